"""Complex numbers and arrays: two real ones, for Fourier transforms and what is between them.

A complex value is a :class:`Struct` of kind ``complex`` with a real and an imaginary part; one of
them may be the number 0. Arithmetic is done on the parts, what moves elements (a slice, a sum) on
each of them, so that derivatives are those of real functions. What goes into a differentiated
function and what it returns is real.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from symdiff.errors import TypeMismatch, UnsupportedCall, UnsupportedSyntax
from symdiff.frontend import array_calls, arrays, storage
from symdiff.frontend.array_calls import ArrayCall, Entry, apply_row
from symdiff.frontend.context import Lowering
from symdiff.frontend.values import Abstract, Array, BoundMethod, Clash, Struct, is_complex
from symdiff.ir.core import Value
from symdiff.ir.types import ArrayType, is_number
from symdiff.ops.array_shapes import broadcast_to, size_along
from symdiff.ops.array_types import dims_of

Pair = tuple[Value, Value]


def complex_of(lo: Lowering, re: Value, im: Value) -> Struct:
    """A complex value of its parts."""
    return Struct("complex", ("re", "im"), (storage.fresh(lo, re), storage.fresh(lo, im)))


def parts(lo: Lowering, x: Abstract, node: ast.AST) -> Pair:
    """Real and imaginary part; a real value has the imaginary part 0."""
    if is_complex(x):
        if any(isinstance(part, Clash) for part in x.items):
            lo.fail(TypeMismatch, node, "a complex number has both parts on one path only", "",
                    "give it a real and an imaginary part of one shape on both")
        re, im = (arrays.value_of(lo, part, node) for part in x.items)
        return re, im
    return arrays.value_of(lo, x, node, "an operation on complex numbers"), lo.builder.const(0.0)


def _zero(x: Value) -> bool:
    return x.is_const(0)


def whole(lo: Lowering, x: Value, other: Value) -> Value:
    """A part that is the number 0 in the shape of the other."""
    if not _zero(x) or not isinstance(other.type, ArrayType):
        return x
    if not dims_of(other.type):
        return array_calls.numpy_scalar(lo, x)
    return lo.builder.op("full_like", other, lo.builder.const(0.0))


# -- arithmetic ------------------------------------------------------------------------------------


def added(lo: Lowering, x: Value, y: Value) -> Value:
    return y if _zero(x) else x if _zero(y) else lo.builder.add(x, y)


def negated(lo: Lowering, x: Value) -> Value:
    return x if _zero(x) else lo.builder.neg(x)


def times(lo: Lowering, x: Pair, y: Pair, row: str = "mul") -> Pair:
    """``(a + ib)(c + id)``, also of matrices."""
    (a, b), (c, d) = x, y

    def product(p: Value, q: Value) -> Value:
        if _zero(p) or _zero(q):
            return lo.builder.const(0.0)
        return lo.builder.op(row, p, q)

    re = added(lo, product(a, c), negated(lo, product(b, d)))
    return re, added(lo, product(a, d), product(b, c))


def over(lo: Lowering, x: Pair, y: Pair) -> Pair:
    b, (c, d) = lo.builder, y
    if _zero(d):
        return tuple(p if _zero(p) else b.div(p, c) for p in x)  # type: ignore[return-value]
    size = added(lo, b.mul(c, c) if not _zero(c) else c, b.mul(d, d))
    found = times(lo, x, (c, negated(lo, d)))
    return tuple(p if _zero(p) else b.div(p, size) for p in found)  # type: ignore[return-value]


def power(lo: Lowering, x: Pair, n: int) -> Pair:
    b = lo.builder
    one: Pair = (b.const(1.0), b.const(0.0))
    found, square, left = one, x, abs(n)
    while left:
        if left & 1:
            found = square if found is one else times(lo, found, square)
        left >>= 1
        square = times(lo, square, square) if left else square
    return over(lo, one, found) if n < 0 else found


def operate(
    lo: Lowering, op: ast.operator, left: Abstract, right: Abstract, node: ast.AST
) -> Abstract:
    """``left op right`` where one is complex."""
    x, y = parts(lo, left, node), parts(lo, right, node)
    match op:
        case ast.Add():
            found = added(lo, x[0], y[0]), added(lo, x[1], y[1])
        case ast.Sub():
            found = tuple(added(lo, p, negated(lo, q))  # type: ignore[assignment]
                          for p, q in zip(x, y, strict=True))
        case ast.Mult():
            found = times(lo, x, y)
        case ast.Div():
            found = over(lo, x, y)
        case ast.MatMult():
            found = times(lo, x, y, "matmul")
        case ast.Pow() if _zero(y[1]) and y[0].is_const() and float(y[0].constant).is_integer():
            found = power(lo, x, int(y[0].constant))
        case _:
            lo.fail(UnsupportedSyntax, node, "this operation on complex numbers is not supported",
                    "", "use +, -, *, / and powers of ints, or the real and imaginary parts")
    return complex_of(lo, *found)


def unary(lo: Lowering, op: ast.unaryop, x: Struct, node: ast.AST) -> Abstract:
    if isinstance(op, ast.Invert):
        lo.fail(UnsupportedSyntax, node, "~ is supported on arrays of bools only", "", "compare")
    pair = parts(lo, x, node)
    return complex_of(lo, *(pair if isinstance(op, ast.UAdd) else
                            (negated(lo, p) for p in pair)))


def no_comparison(lo: Lowering, left: Abstract, right: Abstract, node: ast.AST) -> None:
    if is_complex(left) or is_complex(right):
        lo.fail(TypeMismatch, node, "complex numbers are not compared", "they have no order",
                "compare their sizes: abs(z)")


def absolute(lo: Lowering, x: Struct, node: ast.AST) -> Value:
    re, im = parts(lo, x, node)
    if _zero(re) or _zero(im):
        return lo.builder.op("abs", re if _zero(im) else im)
    return lo.builder.op("hypot", re, im)


# -- attributes, parts, writes ---------------------------------------------------------------------

SHAPES = ("shape", "ndim", "size")
VIEWS = ("T", "mT")


def part_of(lo: Lowering, x: Struct, index: int, node: ast.AST) -> Abstract:
    pair = parts(lo, x, node)
    if not _zero(pair[index]):
        return x.items[index]
    found = storage.fresh(lo, whole(lo, pair[index], pair[1 - index]))
    if isinstance(found, Array):
        lo.state.heap.frozen[found.cell] = "it is a part of a complex array, which is 0 here"
    return found


def larger(lo: Lowering, x: Struct, node: ast.AST) -> Abstract:
    """The part that has the shape."""
    return x.items[1] if _zero(parts(lo, x, node)[0]) else x.items[0]


def attribute(lo: Lowering, x: Struct, name: str, node: ast.AST) -> Abstract:
    if name in ("real", "imag"):
        return part_of(lo, x, name == "imag", node)
    if name in SHAPES:
        return arrays.attribute(lo, larger(lo, x, node), name, node)
    if name in VIEWS:
        return _each(lo, x, lambda p: arrays.attribute(lo, p, name, node), node)
    return BoundMethod(x, name)


def _each(
    lo: Lowering, x: Struct, view: Callable[[Abstract], Abstract], node: ast.AST
) -> Struct:
    """Both parts seen in the same way; a part that is 0 stays it."""
    pair = parts(lo, x, node)
    items = tuple(part if _zero(value) and not isinstance(part, Array) else view(part)
                  for part, value in zip(x.items, pair, strict=True))
    return Struct("complex", x.keys, items)


def subscript(lo: Lowering, x: Struct, index: ast.expr, node: ast.AST) -> Abstract:
    """The same part of both."""
    return _each(lo, x, lambda p: arrays.subscript(lo, p, index, node), node)


def set_item(lo: Lowering, x: Struct, index: ast.expr, new: Abstract, node: ast.AST) -> None:
    """``z[index] = new``: both parts are written."""
    pair = parts(lo, new, node)
    for part, value in zip(x.items, pair, strict=True):
        if not isinstance(part, Array):
            lo.fail(UnsupportedSyntax, node, "a write into a complex array of one part",
                    "its other part is the number 0 here", "add 0 to it first, or write the parts")
        arrays.set_item(lo, part, index, value, node)


def augment(
    lo: Lowering, op: ast.operator, x: Struct, right: Abstract, node: ast.AST
) -> Abstract:
    """``z op= y`` changes the array itself, under all its names."""
    new = operate(lo, op, x, right, node)
    pair = parts(lo, new, node)
    for part, value in zip(x.items, pair, strict=True):
        if not isinstance(part, Array):
            lo.fail(UnsupportedSyntax, node, "a write into a complex array of one part",
                    "its other part is the number 0 here", "write z = z + ... instead")
        storage.write(lo, part, value, node)
    return x


# -- functions -------------------------------------------------------------------------------------

# what moves or adds up elements does so with both parts
LINEAR = frozenset((
    "sum", "mean", "cumsum", "trace", "reshape", "ravel", "flatten", "transpose", "swapaxes",
    "moveaxis", "expand_dims", "squeeze", "copy", "flip", "flipud", "fliplr", "roll", "repeat",
    "tile", "diag", "diagonal", "diff", "take", "fft.fftshift", "fft.ifftshift", "broadcast_to",
    "atleast_1d", "atleast_2d", "triu", "tril",
))  # fmt: skip
TRANSFORMS = frozenset(f"fft.{n}" for n in (
    "fft", "ifft", "fft2", "ifft2", "fftn", "ifftn", "irfft", "irfft2"))
ARITHMETIC: dict[str, type[ast.operator]] = {
    "add": ast.Add, "subtract": ast.Sub, "multiply": ast.Mult, "divide": ast.Div,
    "true_divide": ast.Div, "matmul": ast.MatMult, "power": ast.Pow,
}  # fmt: skip


def call(made: ArrayCall, entry: Entry) -> Abstract:
    """A function of NumPy's with a complex argument."""
    lo, name, node = made.lo, entry.name.removeprefix("."), made.node
    given = [*made.given.values(), *made.rest]
    first = given[0] if given else None
    if name in FUNCTIONS:
        return FUNCTIONS[name](made)
    if name in TRANSFORMS:
        return entry.handler(made)
    if name in ARITHMETIC:
        return operate(lo, ARITHMETIC[name](), given[0], given[1], node)
    if name in LINEAR and is_complex(first) and sum(map(is_complex, given)) == 1:
        return _each(lo, first, lambda p: _with_first(made, entry, p), node)
    return made.fail(  # type: ignore[no-any-return]
        f"{entry.name}() of complex numbers is not supported", "", "use z.real and z.imag")


def _with_first(made: ArrayCall, entry: Entry, part: Abstract) -> Abstract:
    rest = [part, *made.rest[1:]] if made.rest else []
    given = dict(made.given)
    if not rest:
        given[next(iter(given))] = part
    return entry.handler(ArrayCall(made.lo, made.name, made.node, given, rest))


def _argument(made: ArrayCall) -> Struct:
    x = next(iter(made.given.values()))
    assert is_complex(x)
    return x


def _real(made: ArrayCall) -> Abstract:
    return part_of(made.lo, _argument(made), 0, made.node)


def _imag(made: ArrayCall) -> Abstract:
    return part_of(made.lo, _argument(made), 1, made.node)


def _conj(made: ArrayCall) -> Abstract:
    re, im = parts(made.lo, _argument(made), made.node)
    return complex_of(made.lo, re, negated(made.lo, im))


def _abs(made: ArrayCall) -> Abstract:
    return made.fresh(absolute(made.lo, _argument(made), made.node))


def _angle(made: ArrayCall) -> Abstract:
    re, im = parts(made.lo, _argument(made), made.node)
    re, im = whole(made.lo, re, im), whole(made.lo, im, re)
    return made.fresh(apply_row(made.lo, "atan2", [im, re]))


def _exp(made: ArrayCall) -> Abstract:
    """``exp(a)*(cos(b) + i*sin(b))``."""
    lo, (re, im) = made.lo, parts(made.lo, _argument(made), made.node)
    found: Pair = (apply_row(lo, "cos", [im]), apply_row(lo, "sin", [im]))
    if not _zero(re):
        found = times(lo, (apply_row(lo, "exp", [re]), lo.builder.const(0.0)), found)
    return complex_of(lo, *found)


def _square(made: ArrayCall) -> Abstract:
    pair = parts(made.lo, _argument(made), made.node)
    return complex_of(made.lo, *times(made.lo, pair, pair))


def _negative(made: ArrayCall) -> Abstract:
    return unary(made.lo, ast.USub(), _argument(made), made.node)


def _nansum(made: ArrayCall) -> Abstract:
    """Without what is no number in one of its parts."""
    lo, b = made.lo, made.lo.builder
    re, im = stretched(lo, parts(lo, _argument(made), made.node))
    gone = b.op("or_", b.op("isnan", re), b.op("isnan", im))
    key = next(iter(made.given))
    made.given[key] = complex_of(lo, *(b.op("where", gone, b.const(0.0), p) for p in (re, im)))
    return call(made, array_calls.FUNCTIONS["numpy.sum"])


FUNCTIONS: dict[str, Callable[[ArrayCall], Abstract]] = {
    "real": _real, "imag": _imag, "conj": _conj, "conjugate": _conj, "abs": _abs,
    "absolute": _abs, "angle": _angle, "exp": _exp, "square": _square, "negative": _negative,
    "nansum": _nansum,
}  # fmt: skip
array_calls.COMPLEX.append(call)


def as_parts(call_: ArrayCall, key: str) -> Pair:
    """An argument that may be complex."""
    return parts(call_.lo, call_[key], call_.node)


def method(
    lo: Lowering, x: Struct, name: str, args: list[Abstract], kwargs: dict[str, Abstract],
    node: ast.AST,
) -> Abstract:
    """``z.conj()``, ``z.sum()``."""
    if name == "conjugate" and is_number(parts(lo, x, node)[0].type):
        name = "conj"
    if name not in array_calls.METHODS:
        lo.fail(UnsupportedCall, node, f"the method .{name}() of complex numbers is not supported",
                "", "use z.real and z.imag")
    return array_calls.method(lo, x, name, args, kwargs, node)


def stretched(lo: Lowering, pair: Pair) -> Pair:
    """Both parts in one shape, which matters where only one of them is moved."""
    re, im = (whole(lo, pair[0], pair[1]), whole(lo, pair[1], pair[0]))
    if dims_of(re.type) != dims_of(im.type):
        b = lo.builder
        both = b.add(re, im)
        sizes = [size_along(b, both, k) for k in range(len(dims_of(both.type)))]
        re, im = (broadcast_to(b, p, sizes) for p in (re, im))
    return re, im
