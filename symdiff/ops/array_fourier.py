"""Rows of Fourier transforms, and of the complex arrays between real ones.

The front end keeps a complex array as two real ones; a graph value of a complex dtype stands only
between a transform and its parts: ``t = np.fft.rfft(x)``, then ``t.real`` and ``t.imag``. Its
cotangent is complex too, such that a change ``dz`` of ``z`` changes the result by the real part of
``conj(g)*dz``: the real and the imaginary part of ``g`` are the cotangents of those of ``z``. A
transform is linear, and its rule its adjoint: the inverse, with the other normalisation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import REAL, ArrayType, Type, array_of, result_dtype
from symdiff.ops.array_shapes import broadcast_to, full, operand_size, size_along
from symdiff.ops.array_types import broadcast, dims_of, dtype_of
from symdiff.ops.declare import op

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Tangents = Sequence[Value | None]

ADJOINT_NORM = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


# -- real and imaginary parts ----------------------------------------------------------------------


def _complex(types: Types, attrs: Attrs) -> Types:
    kind = "c64" if result_dtype(types) == "f32" else "c128"
    return (array_of(kind, broadcast(map(dims_of, types))),)


def _fold_complex(b: Builder, args: Sequence[Value], attrs: Attrs) -> Value | None:
    re, im = args
    if re.op == "real_of" and im.op == "imag_of" and re.stmt is not None and im.stmt is not None:
        whole = re.stmt.args[0]
        return whole if whole is im.stmt.args[0] else None
    return None


def _spell_complex(stmt: Stmt) -> str:
    re, im = stmt.args
    if im.is_const(0):
        return "re"
    return "1j*im" if re.is_const(0) else "re + 1j*im"


def pair(b: Builder, z: Value) -> tuple[Value, Value]:
    """The parts of a complex value, or of a real one."""
    if z.op == "complex" and z.stmt is not None:
        re, im = z.stmt.args
        return re, im
    if dtype_of(z.type) not in REAL:
        return z, b.const(0.0)
    return b.op("real_of", z), b.op("imag_of", z)


def _vjp_complex(ctx: Any, stmt: Stmt, g: Value) -> None:
    b = ctx.b
    for k, part in enumerate(pair(b, g)):
        if ctx.wants(stmt.args[k]):
            ctx.add(stmt.args[k], ctx.undo(stmt, k, part))


def _jvp_complex(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    if all(t is None for t in tangents):
        return None
    zero = ctx.b.const(0.0)
    return ctx.b.op("complex", *[zero if t is None else t for t in tangents])  # type: ignore[no-any-return]


op("complex", "re im", spell=_spell_complex, infer=_complex, fold=_fold_complex, vjp=_vjp_complex,
   jvp=_jvp_complex, cost=2000)


def _part(types: Types, attrs: Attrs) -> Types:
    return (array_of(REAL[dtype_of(types[0])], dims_of(types[0])),)


def _fold_part(index: int) -> Any:
    def fold(b: Builder, args: Sequence[Value], attrs: Attrs) -> Value | None:
        (z,) = args
        if z.op != "complex" or z.stmt is None:
            return None
        part = z.stmt.args[index]
        return part if dims_of(part.type) == dims_of(z.type) and isinstance(
            part.type, ArrayType) else None

    return fold


def _vjp_part(ctx: Any, stmt: Stmt, g: Value) -> None:
    zero = ctx.b.const(0.0)
    parts = (g, zero) if stmt.op.name == "real_of" else (zero, g)
    ctx.add(stmt.args[0], ctx.b.op("complex", *parts))


def _jvp_part(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    (t,) = tangents
    if t is None:
        return None
    part = pair(ctx.b, t)[stmt.op.name == "imag_of"]
    return ctx.b.const(0.0) if part.is_const(0) else part


for _index, _name in enumerate(("real", "imag")):
    op(f"{_name}_of", "z", numpy=f"z.{_name}", infer=_part, fold=_fold_part(_index),
       sizes=operand_size(0), vjp=_vjp_part, jvp=_jvp_part, tags="view", cost=100,
       python=(f"numpy.{_name}",))


# -- transforms ------------------------------------------------------------------------------------


def dense(ctx: Any, z: Value, like: Value) -> Value:
    """A complex cotangent or tangent in the shape of its value."""
    b, dims = ctx.b, dims_of(like.type)
    if dims_of(z.type) == dims:
        return z
    sizes = [ctx.size(like, k) for k in range(len(dims))]
    parts = []
    for part in pair(b, z):
        if part.is_const(0):
            parts.append(part)
        elif dims_of(part.type):
            parts.append(broadcast_to(b, part, sizes))
        else:
            parts.append(full(b, part, sizes, REAL[dtype_of(like.type)]))
    return b.op("complex", *parts)  # type: ignore[no-any-return]


def _transformed(types: Types, attrs: Attrs) -> Types:
    kind = "c64" if dtype_of(types[0]) in ("f32", "c64") else "c128"
    return (array_of(kind, dims_of(types[0])),)


def _norm(stmt: Stmt) -> list[str]:
    norm = stmt.attrs["norm"]
    return [f"norm={norm!r}"] * (norm != "backward")


def _spell_fft(stmt: Stmt) -> str:
    axes, rank = stmt.attrs["axes"], len(dims_of(stmt.result.type))
    stem = "ifft" if stmt.attrs["inverse"] else "fft"
    if len(axes) == 1:
        words = [f"axis={axes[0]}"] * (axes[0] != rank - 1)
    elif axes == (rank - 2, rank - 1):
        stem, words = f"{stem}2", []
    else:
        stem, words = f"{stem}n", [f"axes={axes}"] * (axes != tuple(range(rank)))
    return f"np.fft.{stem}({', '.join(['x', *words, *_norm(stmt)])})"


def _vjp_fft(ctx: Any, stmt: Stmt, g: Value) -> None:
    (z,), attrs = stmt.args, stmt.attrs
    back = ctx.b.op("fft", dense(ctx, g, stmt.result), axes=attrs["axes"],
                    inverse=not attrs["inverse"], norm=ADJOINT_NORM[attrs["norm"]])
    ctx.add(z, back if dtype_of(z.type) in REAL else ctx.b.op("real_of", back))


def _tangent(ctx: Any, x: Value, t: Value) -> Value:
    return dense(ctx, t, x) if dtype_of(x.type) in REAL else ctx.dense(x, t)


def _jvp_linear(ctx: Any, stmt: Stmt, tangents: Tangents) -> Value | None:
    t, (x, *sizes) = tangents[0], stmt.args
    if t is None:
        return None
    return ctx.b.op(stmt.op.name, _tangent(ctx, x, t), *map(ctx.value, sizes), **stmt.attrs)  # type: ignore[no-any-return]


op("fft", "x", spell=_spell_fft, infer=_transformed, sizes=operand_size(0), vjp=_vjp_fft,
   jvp=_jvp_linear, cost=20000,
   python=tuple(f"numpy.fft.{inverse}{name}" for name in ("fft", "fft2", "fftn")
                for inverse in ("", "i")))


# -- transforms of real arrays ---------------------------------------------------------------------


def _axis(stmt: Stmt) -> list[str]:
    axis = stmt.attrs["axis"]
    return [f"axis={axis}"] * (axis != len(dims_of(stmt.args[0].type)) - 1)


def _words(stmt: Stmt, *first: str) -> str:
    return ", ".join([*first, *_axis(stmt), *_norm(stmt)])


def _other(stmt: Stmt) -> dict[str, Any]:
    return {"axis": stmt.attrs["axis"], "norm": ADJOINT_NORM[stmt.attrs["norm"]]}


def _changed(types: Types, attrs: Attrs, kinds: Mapping[str, str]) -> Types:
    dims, axis = dims_of(types[0]), attrs["axis"]
    return (array_of(kinds[dtype_of(types[0])], dims[:axis] + "?" + dims[axis + 1 :]),)


def _half(types: Types, attrs: Attrs) -> Types:
    return _changed(types, attrs, {"f32": "c64", "f64": "c128"})


def _whole(types: Types, attrs: Attrs) -> Types:
    return _changed(types, attrs, {**REAL, "f64": "f64", "f32": "f32"})


def _half_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    size = size_along(b, stmt.args[0], axis)
    if axis != stmt.attrs["axis"]:
        return size
    return b.add(b.op("floordiv", size, b.const(2)), b.const(1))


def _whole_size(b: Builder, stmt: Stmt, axis: int) -> Value:
    return stmt.args[1] if axis == stmt.attrs["axis"] else size_along(b, stmt.args[0], axis)


def _vjp_rfft(ctx: Any, stmt: Stmt, g: Value) -> None:
    (x,) = stmt.args
    n = ctx.size(x, stmt.attrs["axis"])
    back = ctx.b.op("rfft_adjoint", dense(ctx, g, stmt.result), n, **_other(stmt))
    ctx.add(x, ctx.b.coerce(back, x.type))


def _vjp_rfft_adjoint(ctx: Any, stmt: Stmt, g: Value) -> None:
    z, _ = stmt.args
    back = ctx.b.op("rfft", ctx.dense(g, stmt.result), **_other(stmt))
    ctx.add(z, back)


op("rfft", "x", spell=lambda s: f"np.fft.rfft({_words(s, 'x')})", infer=_half, sizes=_half_size,
   vjp=_vjp_rfft, jvp=_jvp_linear, cost=20000, python=("numpy.fft.rfft", "numpy.fft.rfft2"))
# The frequencies that rfft leaves out are 0 here, not the conjugates of the others.
op("rfft_adjoint", "z n", infer=_whole, sizes=_whole_size, vjp=_vjp_rfft_adjoint,
   jvp=_jvp_linear, cost=20000, spell=lambda s: f"np.fft.ifft({_words(s, 'z', 'n')}).real")


def _vjp_irfft(ctx: Any, stmt: Stmt, g: Value) -> None:
    z, _ = stmt.args
    many = ctx.size(z, stmt.attrs["axis"])
    back = ctx.b.op("irfft_adjoint", ctx.dense(g, stmt.result), many, **_other(stmt))
    ctx.add(z, back if dtype_of(z.type) in REAL else ctx.b.op("real_of", back))


def _vjp_irfft_adjoint(ctx: Any, stmt: Stmt, g: Value) -> None:
    x, _ = stmt.args
    n = ctx.size(x, stmt.attrs["axis"])
    back = ctx.b.op("irfft", dense(ctx, g, stmt.result), n, **_other(stmt))
    ctx.add(x, ctx.b.coerce(back, x.type))


op("irfft", "z n", spell=lambda s: f"np.fft.irfft({_words(s, 'z', 'n')})", infer=_whole,
   sizes=_whole_size, vjp=_vjp_irfft, jvp=_jvp_linear, cost=20000,
   python=("numpy.fft.irfft", "numpy.fft.irfft2"))
op("irfft_adjoint", "x m", infer=_half, sizes=_whole_size, vjp=_vjp_irfft_adjoint,
   jvp=_jvp_linear, cost=20000,
   spell=lambda s: f"irfft_adjoint(x, m, {s.attrs['axis']}, {s.attrs['norm']!r})")


# -- frequencies -----------------------------------------------------------------------------------


def _frequencies(types: Types, attrs: Attrs) -> Types:
    return (array_of("f64", "?"),)


for _name in ("fftfreq", "rfftfreq"):
    op(_name, "n d", infer=_frequencies, partials=("0", None), tags="data", cost=3000,
       spell=lambda s: f"np.fft.{s.op.name}(n{'' if s.args[1].is_const(1) else ', d'})",
       sizes=lambda b, s, k: s.args[0] if s.op.name == "fftfreq" else None,
       python=(f"numpy.fft.{_name}",))
