"""A line per operation on arrays: an expression over ``x``, ``y``, ``z`` and what they are.

Arguments are written as their sizes, ``34`` a matrix of 3 x 4, ``-`` a number, and a letter for the
numbers in it: ``p`` positive, ``u`` between -1 and 1, ``s`` a symmetric positive matrix, ``r``
square matrices that can be inverted. ``{axis}`` and ``{keep}`` stand for NumPy's arguments.
"""

from __future__ import annotations

import itertools
import linecache
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import fft, linalg, ndimage, signal, sparse, special, stats
from scipy.spatial import distance

from symdiff.frontend.array_calls import load
from symdiff.ops.table import OPS

ANY = ("34", "4", "234", "1", "31", "14", "11", "-", "0", "03", "30", "203")
PAIRS = (("34", "34"), ("34", "4"), ("34", "31"), ("31", "14"), ("34", "-"), ("-", "4"),
         ("4", "234"), ("1", "4"), ("03", "3"), ("11", "34"))  # fmt: skip
LAYOUTS = ("strided", "fortran", "backwards", "float32")


@dataclass(frozen=True, eq=False)
class Line:
    text: str
    args: tuple[str, ...]
    shapes: tuple[tuple[str, ...], ...] = ()
    second: bool = True
    float32: bool = True
    points: tuple[int, ...] = field(default=(0,))

    def variants(self) -> Iterator[tuple[tuple[str, ...], str, str]]:
        """(what the arguments are, the text, their layout)."""
        for args in dict.fromkeys((self.args, *self.shapes)):
            for text in self.texts(len(args[0].strip("psur-"))):
                yield args, text, ""
        text = next(self.texts(len(self.args[0].strip("psur-"))))
        for layout in LAYOUTS:
            if layout != "float32" or self.float32:
                yield self.args, text, layout

    def texts(self, rank: int) -> Iterator[str]:
        axes = [""]
        if "{axis}" in self.text:
            axes += [f", axis={k}" for k in range(-1, rank)]
        if "{axes}" in self.text:
            axes += [f", axis=({rank - 1}, 0)"] if rank > 1 else []
        keeps = [""] if "{keep}" not in self.text else ["", ", keepdims=True"]
        for axis, keep in itertools.product(axes[:1] if rank == 0 else axes, keeps):
            text = self.text.replace("{axes}", "").replace("{axis}", axis).replace("{keep}", keep)
            yield text.replace("(, ", "(")


LINES: list[Line] = []


def line(text: str, *args: str, **more: Any) -> None:
    LINES.append(Line(text, args or ("34",), **more))


def one(text: str, letter: str = "", **more: Any) -> None:
    """An expression of one array of any shape."""
    shapes = (s for s in ANY if s != "-" or "x." not in text)  # a float has no methods
    line(text, "34" + letter, shapes=tuple((s + letter,) for s in shapes), **more)


def two(text: str, letters: str = "  ", **more: Any) -> None:
    """An expression of two arrays that broadcast."""
    pairs = [tuple((s + c).strip() for s, c in zip(p, letters, strict=True)) for p in PAIRS]
    line(text, *pairs[0], shapes=tuple(pairs), **more)


def numbers(kind: str, seed: int) -> Any:
    """The argument that a text stands for."""
    sizes = kind.strip("psur-")
    shape = tuple(int(c) for c in sizes)
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.3, 0.9, shape) if kind[-1] in "pu" else rng.normal(size=shape)
    x = x + np.where(x > 0, 0.05, -0.05)  # away from kinks at 0
    if kind[-1] == "u":
        x = x * np.where(rng.random(shape) < 0.5, -1.0, 1.0)
    if kind[-1] in "sr":
        x = x @ x.swapaxes(-1, -2) * (kind[-1] == "s") + x * (kind[-1] == "r")
        x = x + np.diag(np.arange(2.0, shape[-1] + 2))
    return x if sizes else float(x)


def laid_out(x: Any, layout: str) -> Any:
    """The same numbers in another layout of memory."""
    if not isinstance(x, np.ndarray):
        return x
    if layout == "strided":
        wide = np.full(tuple(2 * n for n in x.shape), 7.0)
        part = wide[tuple(slice(None, None, 2) for _ in x.shape)]
        part[...] = x
        return part
    if layout == "fortran":
        return np.asfortranarray(x)
    if layout == "backwards":
        every = tuple(slice(None, None, -1) for _ in x.shape)
        return x[every].copy()[every]
    return x.astype(np.float32) if layout == "float32" else x


NAMES = ("x", "y", "z")
SPACE = {"np": np, "sl": linalg, "sp": special, "sg": signal, "ss": sparse, "ni": ndimage,
         "sd": distance, "st": stats, "sf": fft}


def program(text: str, count: int, where: str = "line") -> Any:
    """``def program(x, y, w)``: the sum of the result, each element with a weight of its own."""
    params = ", ".join(NAMES[:count])
    source = f"def program({params}, w):\n    return np.sum(({text})*w)\n"
    name = f"<{where} {zlib.crc32(source.encode()):x}>"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    space: dict[str, Any] = dict(SPACE)
    exec(compile(source, name, "exec"), space)
    return space["program"]


def value(text: str, args: tuple[Any, ...]) -> Any:
    return eval(text, SPACE | dict(zip(NAMES, args, strict=False)))


# -- elementwise: from the table -------------------------------------------------------------------

DOMAINS = {"acosh": "np.arccosh(x + 1)", "cbrt": "np.cbrt(x + 2)"}
STEPS = ("floordiv", "mod", "fmod", "heaviside")


def elementwise() -> None:
    """Every elementwise row that is a function of NumPy, whoever adds it."""
    load()
    for spec in OPS:
        names = [n for n in spec.python if n.startswith("numpy.") and n.count(".") == 1]
        structured = spec.vjp or spec.sizes or spec.spell or spec.part is not None
        if not names or structured or not spec.partials or "{" in spec.name:
            continue
        count = 2 if spec.starred else len(spec.params)
        for dotted in names:
            call = dotted.replace("numpy.", "np.")
            if spec.name in DOMAINS:
                one(DOMAINS[spec.name], "p")
            elif spec.name in ("and_", "or_", "xor"):
                two(f"{call}(x > 0, y > 0)*x")
            elif spec.name in ("where", "not"):
                continue
            elif count == 1:
                one(f"{call}(x)" if "data" not in spec.tags else f"{call}(x)*x",
                    "p" if spec.domain or spec.name.startswith(("log", "sqrt")) else "u")
            elif count == 2:
                two(f"{call}(x + 4, y + 2.5)*x" if spec.name in STEPS else f"{call}(x, y)", "pp")


elementwise()
one("np.where(x > 0, x**2, np.sin(x))")
line("np.where(x > y, x, y*y)", "34", "4", shapes=(("4", "34"), ("31", "14"), ("-", "4")))
one("np.logical_not(x > 0)*x")
one("np.clip(x, -0.5, 0.5)*x")
one("x.clip(0.1, None)*x")
one("np.abs(x)*x")
one("np.square(x)")
one("np.reciprocal(x)", "p")
two("np.float_power(x, y)", "pu")
two("np.logaddexp(x, y)")
two("x + y")
two("x - y*y")
two("x / y", " p")
two("x**y", "pu")
two("((x + 4) // (y + 2.5))*x", "pp")
two("((x + 4) % (y + 2.5))*x", "pp")
for _sign in ("<", "<=", ">", ">=", "==", "!="):
    two(f"(x {_sign} y)*x")
for _sign in ("&", "|", "^"):
    two(f"((x > 0) {_sign} (y > 0))*x")
one("(~(x > 0))*x")
one("-x + (+x)**3")
one("sp.expit(x)")
one("sp.log_expit(x)")
one("sp.logit(x)", "p")
line("np.sum(np.where(x != 0, np.sin(x)/x, 1), axis=0)", "34", float32=False)

# -- reductions ------------------------------------------------------------------------------------

for _name in ("sum", "mean", "prod", "max", "min"):
    one(f"np.{_name}(x{{axis}}{{axes}}{{keep}})**2")
    one(f"x.{_name}({{axis}}{{keep}})*x.{_name}()")
for _name in ("amax", "amin", "ptp"):
    one(f"np.{_name}(x{{axis}}{{keep}})**2")
for _name in ("var", "std"):
    one(f"np.{_name}(x{{axis}}{{axes}}{{keep}})**3")
    line(f"x.{_name}({{axis}}, ddof=1)", "34", shapes=(("4",), ("234",)))
for _name in ("all", "any", "argmax", "argmin"):
    one(f"np.sum(x)**2*np.{_name}(x{{axis}})")
    line(f"np.sum(x)**2*x.{_name}({{axis}})", "34")
one("np.sum(x)**2*np.count_nonzero(x{axis}{keep})")
line("np.average(x{axis})**2", "34", shapes=(("4",), ("234",)))
line("np.average(x, weights=y, axis=1)**2", "34", "4p", shapes=(("34", "34p"),))
line("sp.logsumexp(x{axis}{keep})**2", "34", shapes=(("4",), ("234",), ("-",), ("14",)))
one("sp.softmax(x{axis})**2")
one("sp.log_softmax(x{axis})**2")
one("np.linalg.norm(x)**2*np.sum(x)")
line("np.linalg.norm(x{axis}{keep})**3", "34", shapes=(("4",), ("14",)))
for _order in ("1", "2", "3", "2.5", "np.inf", "-np.inf", "0"):
    line(f"np.linalg.norm(x, {_order}, axis=-1)*np.sum(x)", "34", shapes=(("4",), ("234",)))
for _order in ("1", "-1", "2", "-2", "np.inf", "-np.inf", "'fro'", "'nuc'"):
    line(f"np.linalg.norm(x, {_order})", "34", shapes=(("43",), ("14",)))
    line(f"sl.norm(x, {_order})", "33")

# -- products --------------------------------------------------------------------------------------

line("x @ y", "34", "42", shapes=(("4", "4"), ("34", "4"), ("3", "34"), ("234", "42"),
                                  ("234", "4"), ("3", "234"), ("234", "243"), ("134", "243"),
                                  ("03", "32"), ("30", "02"), ("14", "41")))
line("np.matmul(x, y)", "34", "42")
line("np.dot(x, y)", "34", "42", shapes=(("4", "4"), ("34", "4"), ("-", "34")))
line("x.dot(y)", "34", "4")
line("np.vdot(x, y)", "34", "34")
line("np.inner(x, y)", "34", "24", shapes=(("4", "4"), ("34", "4")))
line("np.outer(x, y)", "3", "4", shapes=(("34", "2"),))
line("np.einsum('ij,jk->ik', x, y)", "34", "42")
line("np.einsum('ij->j', x)*np.einsum('ij,kj', x, y).sum()", "34", "24")
line("np.tensordot(x, y, axes=([1, 2], [1, 0]))", "234", "43")
line("np.tensordot(x, y, axes=1)", "34", "42")

# -- linear algebra --------------------------------------------------------------------------------

STACKS = (("22s",), ("11s",), ("233s",), ("2233s",))
GENERAL = (("22r",), ("11r",), ("233r",))
for _name in ("inv", "det"):
    line(f"np.linalg.{_name}(x)", "33r", shapes=GENERAL)
    line(f"sl.{_name}(x)", "33r", shapes=GENERAL[:2])
line("np.linalg.slogdet(x)[1]**2", "33r", shapes=GENERAL)
line("np.linalg.slogdet(x)[0]*np.sum(x)**2", "33r")
line("np.linalg.cholesky(x)", "33s", shapes=STACKS)
line("sl.cholesky(x)", "33s")
line("sl.cholesky(x, lower=True)", "33s")
line("np.linalg.solve(x, y)", "33r", "3", shapes=(("33r", "32"), ("233r", "3"), ("233r", "232"),
                                                  ("33r", "432"), ("233r", "132")))
line("sl.solve(x, y)", "33r", "3", shapes=(("33r", "32"),))
line("sl.solve_triangular(x, y)", "33s", "3", shapes=(("33s", "32"),))
line("sl.solve_triangular(x, y, lower=True, trans=1)", "33s", "3")
line("sl.cho_solve(sl.cho_factor(x), y)", "33s", "3", shapes=(("33s", "32"),))
line("np.linalg.eigh(x)[0]**2", "33s", shapes=STACKS)
line("np.linalg.eigh(x)[1]**2", "33s", shapes=STACKS[2:])
line("np.linalg.eigvalsh(x, UPLO='U')**2", "33s", shapes=STACKS)
line("sl.eigh(x)[1]**2", "33s", float32=False)
line("sl.eigh(x, eigvals_only=True)", "33s")
line("sl.eigvalsh(x)", "33s")
RECTANGLES = (("43",), ("33",), ("234",), ("243",))
line("np.linalg.svd(x, full_matrices=False)[0]**2", "34", shapes=RECTANGLES)
line("np.linalg.svd(x, full_matrices=False)[2]**2", "34", shapes=RECTANGLES)
line("np.linalg.svd(x, compute_uv=False)**2", "34", shapes=(*RECTANGLES, ("14",)))
line("np.linalg.svd(x)[1]", "34", shapes=RECTANGLES)
line("np.linalg.svdvals(x)", "34", shapes=RECTANGLES)
line("sl.svd(x, full_matrices=False)[0]**2", "34", float32=False)
line("sl.svdvals(x)", "34")
line("np.linalg.qr(x)[0]**2", "34", shapes=(*RECTANGLES, ("31",)))
line("np.linalg.qr(x)[1]**2", "34", shapes=(*RECTANGLES, ("14",)))
line("np.linalg.qr(x, mode='r')**2", "43")
line("np.linalg.pinv(x)", "34", shapes=RECTANGLES)
line("np.linalg.lstsq(x, y, rcond=None)[0]", "43", "4", shapes=(("43", "42"), ("34", "3")))
line("np.linalg.lstsq(x, y, rcond=None)[2]*np.sum(x**2)", "43", "4")
line("np.linalg.lstsq(x, y, rcond=None)[3]", "43", "4")
line("np.linalg.matrix_rank(x)*np.sum(x**2)", "34", shapes=(("234",),))
line("np.linalg.vector_norm(x{axis}{keep})**2", "34", shapes=(("4",), ("234",)))
line("np.linalg.vector_norm(x, ord=3)**2", "34")
line("np.linalg.matrix_norm(x{keep})**2 + np.linalg.matrix_norm(x, ord=1)", "34",
     shapes=(("234",),))
line("np.linalg.cond(x)", "34", shapes=RECTANGLES)
line("np.linalg.cond(x, 1)", "33r")
line("np.linalg.matrix_power(x, 3)", "33r", shapes=GENERAL)
line("np.linalg.matrix_power(x, -2)", "33r")
line("np.linalg.matrix_power(x, 0) @ x", "33r", shapes=GENERAL)
line("np.linalg.multi_dot([x, y, x])", "34", "43")
line("sl.expm(0.3*x)", "33", shapes=(("22",),))
line("sl.block_diag(x, y)", "34", "2", shapes=(("22", "-"),))

# -- shapes, moves, constructors -------------------------------------------------------------------

one("np.reshape(x, (-1,))**2")
one("x.reshape(-1, 1)**2")
one("np.ravel(x)**2")
one("x.ravel()**2")
one("x.flatten()**2")
one("np.copy(x)**2")
one("x.copy()**2")
one("x.T**2")
line("np.transpose(x, (2, 0, 1))**2", "234")
line("x.transpose(1, 0)**2", "34")
line("np.transpose(x)**2", "34", shapes=(("4",), ("234",)))
line("np.swapaxes(x, 0, -1)**2", "234", shapes=(("34",),))
line("x.swapaxes(0, 1)**2", "34")
line("np.moveaxis(x, 0, -1)**2", "234")
line("np.expand_dims(x, 1)**2", "34", shapes=(("4",),))
line("np.squeeze(x, 1)**2", "31", shapes=(("314",),))
line("x.squeeze()**2", "31")
line("np.broadcast_to(x, (3, 4))**2", "4", shapes=(("31",), ("-",)))
one("np.size(x)*np.ndim(x)*np.sum(x)**2")
line("np.shape(x)[1]*np.sum(x)**2", "34")
line("x.shape[0]*x.size*np.sum(x)**2", "34")
line("x.item()**2", "11", float32=False)
one("np.flip(x)**2")
line("x.astype(np.float64)**2", "34")
line("np.array(x.tolist())**2", "34", float32=False)
line("np.array([r*r[0] for r in x])", "34", shapes=(("4",), ("14",), ("234",)))
line("np.stack([r*r for r in x], axis=1)", "34")
line("np.flip(x{axis})*x", "34", shapes=(("4",), ("234",)))
line("np.flipud(x)*x", "34")
line("np.fliplr(x)*x", "34")
line("np.roll(x, 2{axis})*x", "34", shapes=(("4",), ("234",)))
line("np.repeat(x, 2{axis})**2", "34", shapes=(("4",), ("-",)))
line("x.repeat(2, axis=0)**2", "34")
line("np.tile(x, (2, 3))**2", "34", shapes=(("4",),))
line("np.diag(x)**2", "4", shapes=(("34",), ("44",)))
line("np.diag(x, 1)**2", "4", shapes=(("34",),))
line("np.diagonal(x, -1)**2", "34", shapes=(("43",),))
line("x.diagonal()**2", "34")
line("np.trace(x)**2", "34")
line("x.trace(1)**2", "34")
line("np.triu(x, 1)*x", "34", shapes=(("234",),))
line("np.tril(x)*x", "34", shapes=(("234",),))
for _name in ("cumsum", "cumprod"):
    one(f"np.{_name}(x{{axis}})**2")
    line(f"x.{_name}({{axis}})**2", "34", shapes=(("4",), ("234",)))
line("np.diff(x{axis})**2", "34", shapes=(("4",), ("234",), ("1",)))
line("np.diff(x, n=2)**2", "34")
one("np.atleast_1d(x)**2")
one("np.atleast_2d(x)**2")
line("np.take(x, np.array([0, 2, 2]), axis=1)**2", "34")
line("x.take(2)**2", "34")
for _name in ("concatenate", "vstack", "hstack", "stack"):
    line(f"np.{_name}([x, y*y])**2", "34", "34", shapes=(("4", "4"),))
line("np.concatenate([x, y], axis=1)**2", "34", "32")
line("np.column_stack([x, y])**2", "34", "3")
line("np.append(x, y)**2", "34", "2")
line("np.array([x[0], y])**2", "4", "-", float32=False)
line("np.asarray(x)*np.asanyarray(x)*np.ascontiguousarray(x)", "34")
line("np.full(3, y)*x", "3", "-")
line("np.full_like(x, y)*x", "34", "-")
line("np.zeros(4) + np.ones(4)*x + np.empty(4)*0", "4")
line("np.zeros_like(x) + np.ones_like(x)*x + 0*np.empty_like(x)", "34")
line("np.eye(3, 4)*x + np.eye(3, 4, k=1)", "34", float32=False)
line("np.identity(3) @ x", "34", float32=False)
line("np.arange(4)*x + np.arange(1, 5, 1)", "4", float32=False)
line("np.linspace(x, y, 4)", "-", "-")

# -- reading and writing parts ---------------------------------------------------------------------

line("x[1:, ::2]*x[0, 1] + x[..., -1, None, None]", "34")
line("x[x > 0]**2", "34")
line("x[np.array([0, 0, 2]), 1]**2", "34")

# -- sorting, searching, counting ------------------------------------------------------------------

SAMPLES = (("5",), ("34",), ("234",), ("1",), ("31",), ("03",))
line("np.sort(x{axis})**2", "34", shapes=SAMPLES)
line("np.sort(x, axis=None)**2", "34")
line("np.take(x, x.argsort(0)[0])*np.argsort(x{axis})*x", "34")
line("x*x.argsort()", "5", shapes=(("34",),))
line("np.partition(x, 2)[2]**2", "5")
line("np.partition(x, 1, axis=0)**2", "34", shapes=(("234",),))
line("x*np.argpartition(x, 1{axis})", "34")
line("x*x.argpartition(1)", "34")
line("np.median(x{axis}{axes}{keep})**2", "34", shapes=(("5",), ("234",), ("4",), ("1",), ("-",)))
for _q in ("0.3", "0.5", "1.0", "0.0"):
    line(f"np.quantile(x, {_q}{{axis}}{{keep}})**2", "34", shapes=(("5",), ("234",)),
         float32=False)
line("np.quantile(x, [0.25, 0.8]{axis})**2", "34", float32=False)
line("np.quantile(x, y, axis=1)**2", "34", "-p", float32=False)
line("np.percentile(x, 40{axis})**2", "34", shapes=(("5",),), float32=False)
line("np.searchsorted(np.array([-0.5, 0.1, 0.8]), x)*x", "34", shapes=(("4",),))
line("np.array([-0.5, 0.1, 0.8]).searchsorted(x, side='right')*x", "34")
line("np.digitize(x, np.array([-0.5, 0.1, 0.8]))*x", "34")
line("np.unique(np.array([2, 1, 1, 3]))*x", "3", float32=False)
line("np.bincount(np.array([0, 2, 2, 5]))[:3]*x", "3", float32=False)
line("np.bincount(np.array([0, 2, 2, 5]), x, minlength=8)**2", "4", float32=False)
line("np.histogram(np.array([0.1, 0.2, 1.0, 1.5]), 4, (0.0, 1.0), weights=x)[0]**2", "4",
     float32=False)
line("np.histogram(np.array([0.1, 0.2, 1.0]), np.array([0.0, 0.5, 1.0]))[0]*x", "2",
     float32=False)
line("np.histogram(np.array([0.1, 0.2, 1.0]), bins=2)[1]*x", "3", float32=False)
line("np.interp(x, np.array([-0.8, 0.0, 0.8]), y)**2", "34", "3", shapes=(("-", "3"),),
     float32=False)
line("np.interp(np.array([-2.0, 0.3, 0.5, 1.7]), np.cumsum(np.abs(x)), y, right=0.5)**2", "3", "3",
     float32=False)

# -- sampled functions, polynomials ----------------------------------------------------------------

line("np.trapezoid(x{axis})**2", "34", shapes=(("5",), ("234",)))
line("np.trapezoid(x, y, axis=0)**2", "34", "3", shapes=(("4", "4"), ("34", "34")))
line("np.gradient(x, axis=0)**2", "34", shapes=(("5",), ("234",), ("2",)))
line("np.gradient(x, y, axis=-1, edge_order=2)**2", "34", "-", shapes=(("5", "-"),))
line("np.gradient(x, np.cumsum(np.abs(y)), axis=0)**2", "34", "3")
line("np.gradient(x)[1]**2", "34")
for _mode in ("full", "same", "valid"):
    line(f"np.convolve(x, y, '{_mode}')**2", "5", "3", shapes=(("3", "5"), ("4", "4"), ("1", "3")))
    line(f"np.correlate(x, y, '{_mode}')**2", "5", "4", shapes=(("3", "5"), ("4", "4")))
line("np.polyval(x, y)**2", "4", "34", shapes=(("4", "-"), ("1", "3")))
line("np.polyval(x, y)", "4", "-", float32=False)
line("np.vander(x)**2", "3")
line("np.vander(x, 4, increasing=True)**2", "3", float32=False)

# -- statistics ------------------------------------------------------------------------------------

line("np.cov(x)**2", "34", shapes=(("5",),))
line("np.cov(x, rowvar=False, bias=True)**2", "34")
line("np.cov(x, y)**2", "5", "5")
line("np.corrcoef(x)**2", "34")
GAPS = "np.where(x > 0.9, np.nan, x)"
for _name in ("nansum", "nanprod", "nanmax", "nanmin", "nanmean", "nanvar", "nanstd"):
    line(f"np.{_name}({GAPS}{{axis}}{{keep}})**2", "34", shapes=(("5",), ("234",)))

# -- Fourier transforms, complex numbers between real ones -----------------------------------------

for _name in ("fft", "ifft"):
    line(f"np.fft.{_name}(x{{axis}}).real**2 + np.fft.{_name}(x, norm='ortho').imag**3", "34",
         shapes=(("5",), ("234",), ("1",)))
    line(f"np.fft.{_name}(x + 1j*y, n=3, axis=0).imag**2", "43", "43", shapes=(("23", "23"),))
for _name in ("fft2", "ifft2", "fftn", "ifftn"):
    line(f"np.abs(np.fft.{_name}(x*np.exp(1j*y)))**2", "34", "34", shapes=(("234", "234"),))
line("np.abs(np.fft.rfft(x{axis}))**2", "34", shapes=(("5",), ("6",), ("234",)))
line("np.fft.rfft(x, n=6).real**2 + np.fft.rfft(x, n=7, norm='forward').imag**2", "34")
line("np.fft.irfft(x + 1j*y{axis})**2", "34", "34", shapes=(("5", "5"), ("234", "234")))
line("np.fft.irfft(x - 1j*y, 5)**2", "34", "34", shapes=(("3", "3"), ("2", "2")))
line("np.fft.irfft(x, n=3, axis=0, norm='ortho')**2", "34")
line("np.abs(np.fft.rfft2(x))**2", "34", shapes=(("234",),))
line("np.fft.irfft2(np.fft.rfft2(x)*1j)**2", "34", shapes=(("234",),))
for _name in ("fftshift", "ifftshift"):
    line(f"np.fft.{_name}(x)*x", "34", shapes=(("5",), ("4",)))
    line(f"np.fft.{_name}(np.fft.fft(x), axes=0).real*x", "34")
line("np.fft.fftfreq(5, 0.1)*x", "5", float32=False)
line("np.fft.rfftfreq(5, y)*x", "3", "-p", float32=False)
line("np.real(np.conj(x + 1j*y)*(x*2j - y)) + np.imag((x + 1j*y).conj()**2)", "34", "34",
     shapes=(("4", "34"),))
line("np.conj(x + 1j*y).imag*abs(x - 1j*y)", "34", "34", shapes=(("-", "-"),))
line("np.conjugate(x)*np.real(x) + np.imag(x) + x.conj()*x.conjugate()", "34")
line("np.angle(x + 1j*y) + np.angle(x)", "34", "34")
line("abs((x + 2j)/(y - 1j*x) - 1/(1j*x + y))", "34", "34", shapes=(("-", "-"),))
line("((x + 1j*y) @ (1j*x - y)).imag", "33", "33")
line("np.abs(np.sum(x + 1j*y, axis=0))*np.abs((x*1j - y).mean())", "34", "34")
line("np.square(np.negative(x*1j) + 1)[1:, :2].real*(1j*x).T[:1, 1:].imag", "33")

# -- scipy.special ---------------------------------------------------------------------------------

for _name in ("erf", "erfc", "erfcx", "erfi", "dawsn", "ndtr", "log_ndtr", "gamma", "gammaln",
              "digamma", "psi", "rgamma", "i0", "i1", "i0e", "i1e", "j0", "j1", "y0", "y1", "k0",
              "k1", "expi", "exp1", "entr", "exp10", "cosm1", "exprel", "expm1", "log1p", "exp2",
              "cbrt", "spence"):  # fmt: skip
    line(f"sp.{_name}(x)", "4p", shapes=(("-p",),), float32=False)
for _name in ("erfinv", "ellipk", "ellipe"):
    line(f"sp.{_name}(x)", "4u", float32=False)
for _name in ("erfcinv", "ndtri"):
    line(f"sp.{_name}(0.2 + 0.5*sp.expit(x))", "4", float32=False)
for _name in ("beta", "betaln", "xlogy", "xlog1py", "rel_entr", "kl_div", "huber", "pseudo_huber",
              "boxcox", "boxcox1p", "inv_boxcox"):  # fmt: skip
    line(f"sp.{_name}(x, y)", "34p", "4p", shapes=(("4p", "-p"),), float32=False)
for _text in ("polygamma(2, x)", "gammainc(1.5, x)", "gammaincc(1.5, x)", "iv(1.5, x)",
              "jv(1.5, x)", "jn(2, x)", "yv(1.5, x)", "yn(2, x)", "kv(1.5, x)", "kn(2, x)",
              "expn(2, x)", "stdtr(3.0, x)", "betainc(1.5, 2.0, sp.expit(x))",
              "gammaincinv(1.5, sp.expit(x))", "betaincinv(1.5, 2.0, sp.expit(x))",
              "stdtrit(3.0, sp.expit(x))"):  # fmt: skip
    line(f"sp.{_text}", "4p", float32=False)
for _text in ("gammainccinv(1.5, sp.expit(x))", "k0e(x)", "k1e(x)", "inv_boxcox1p(x, 1.5)",
              "inv_boxcox(x, 1e-7)", "loggamma(x)", "boxcox(x, 1e-7)",
              "multigammaln(x + 3, 3)"):  # fmt: skip
    line(f"sp.{_text}", "4p", float32=False)
line("np.i0(x)", "4", float32=False)

# -- index arrays ----------------------------------------------------------------------------------

line("np.repeat(x, [1, 2, 0, 3])", "4")
line("x[np.nonzero(x > 0)]", "34")
line("x[np.tril_indices(3)]", "34")
line("np.pad(x, 1, 'edge')", "4")
line("np.maximum.accumulate(x)", "4")

# -- products of vectors and blocks ----------------------------------------------------------------

line("np.cross(x, y)", "3", "3", shapes=(("43", "43"), ("43", "3"), ("3", "43"), ("243", "43"),
                                          ("143", "243")))  # fmt: skip
line("np.cross(x, x[::-1]*y)**2", "3", "3")
line("np.kron(x, y)", "3", "4", shapes=(("23", "34"), ("23", "4"), ("-", "3"), ("1", "13")))
