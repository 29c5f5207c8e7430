"""``numpy.linalg`` and ``scipy.linalg``: systems, determinants, decompositions, powers.

What SciPy has under the name of a NumPy function is lowered as that; of its options those are taken
that do not change the result.
"""

from __future__ import annotations

from typing import Any

from symdiff.frontend import arrays
from symdiff.frontend.array_calls import ArrayCall, function
from symdiff.frontend.array_makers import members
from symdiff.frontend.values import Abstract, Struct, pack
from symdiff.ir.core import Value
from symdiff.ops.array_build import eye
from symdiff.ops.array_linear import flipped, matmul
from symdiff.ops.array_shapes import broadcast_to, expand, full, size_along
from symdiff.ops.array_types import dims_of, dtype_of

OPTIONS = "overwrite_a overwrite_b check_finite"  # of SciPy: they change no result


def matrix(call: ArrayCall, key: str = "a", *, stacks: bool = True) -> Value:
    """A matrix, or a stack of them."""
    x = call.value(key)
    rank = len(dims_of(x.type))
    if rank < 2 or (rank > 2 and not stacks):
        call.fail(
            f"{call.name}() of an array of {rank} dimension{'s'[: rank != 1]} is not supported",
            "" if rank < 2 else "one matrix is taken at a time",
            "pass a matrix, of two dimensions",
        )
    return x


def _only(call: ArrayCall, key: str, *allowed: Any) -> None:
    """Refuse an option that changes the result."""
    if key in call.given and call.static(key) not in allowed:
        call.fail(f"{call.name}() with {key}={call.static(key)!r} is not supported", "",
                  f"leave {key} out")


# -- systems and inverses --------------------------------------------------------------------------


@function("numpy.linalg.inv scipy.linalg.inv", f"a | {OPTIONS}")
def inv(call: ArrayCall) -> Abstract:
    return call.op("inv", matrix(call))


@function("numpy.linalg.det scipy.linalg.det", f"a | {OPTIONS}")
def det(call: ArrayCall) -> Abstract:
    return call.op("det", matrix(call))


@function("numpy.linalg.slogdet", "a")
def slogdet(call: ArrayCall) -> Abstract:
    return _parts(call, "slogdet", ("slogdet_sign", "slogdet_log"), matrix(call))


@function("numpy.linalg.solve", "a b")
def solve(call: ArrayCall) -> Abstract:
    a, y = matrix(call), call.value("b")
    left, right = len(dims_of(a.type)), len(dims_of(y.type))
    if right == 0 or (right > 1 and right == left - 1):
        return call.fail(  # type: ignore[no-any-return]
            f"{call.name}() of a stack of matrices and this right side is not supported",
            "NumPy 1 takes it for vectors, NumPy 2 for a matrix",
            "write b[..., None] for vectors",
        )
    return call.op("solve", a, y)


@function("scipy.linalg.solve", f"a b | lower {OPTIONS} assume_a transposed")
def scipy_solve(call: ArrayCall) -> Abstract:
    a, kind = matrix(call, stacks=False), call.static("assume_a")
    if kind in ("pos", "sym", "her", "positive definite", "symmetric", "hermitian"):
        a = _mirrored(call, a)
    else:
        _only(call, "assume_a", None, "gen", "general")
    if call.static("transposed", False):
        a = flipped(call.lo.builder, a)
    return call.op("solve", a, call.value("b"))


def _mirrored(call: ArrayCall, a: Value) -> Value:
    """The symmetric matrix of the triangle that is read."""
    b, lower = call.lo.builder, bool(call.static("lower", False))
    row, k = ("tril", -1) if lower else ("triu", 1)
    return b.add(b.op(row, a, k=0), flipped(b, b.op(row, a, k=k)))


@function("scipy.linalg.solve_triangular", f"a b | trans lower unit_diagonal {OPTIONS}")
def solve_triangular(call: ArrayCall) -> Abstract:
    a, lower = matrix(call, stacks=False), bool(call.static("lower", False))
    if call.static("trans", 0) in (1, 2, "T", "C"):
        a, lower = flipped(call.lo.builder, a), not lower
    return call.op("solve_triangular", a, call.value("b"), lower=lower,
                   unit=bool(call.static("unit_diagonal", False)))


@function("numpy.linalg.pinv", "a | rcond hermitian")
def pinv(call: ArrayCall) -> Abstract:
    _only(call, "hermitian", False)
    return call.op("pinv", matrix(call), rcond=call.static("rcond"))


@function("scipy.linalg.pinv", "a | check_finite")
def scipy_pinv(call: ArrayCall) -> Abstract:
    """SciPy's cut-off is the larger of the sizes times the precision; NumPy's a number."""
    return call.fail("scipy.linalg.pinv() is not supported", "its cut-off is another than NumPy's",  # type: ignore[no-any-return]
                     "use np.linalg.pinv")


@function("numpy.linalg.lstsq", "a b | rcond")
def lstsq(call: ArrayCall) -> Abstract:
    a, y = matrix(call, stacks=False), call.value("b")
    attrs = {"rcond": call.static("rcond")}
    names = ("lstsq_x", "lstsq_residuals", "lstsq_rank")
    found = _parts(call, "lstsq", names, a, y, **attrs)
    assert isinstance(found, Struct)
    return pack([*found.items, call.fresh(singular_values(call, a))])


# -- Cholesky --------------------------------------------------------------------------------------


@function("numpy.linalg.cholesky", "a | upper")
def cholesky(call: ArrayCall) -> Abstract:
    return call.fresh(_factor(call, matrix(call), lower=not call.static("upper", False)))


def _factor(call: ArrayCall, x: Value, lower: bool) -> Value:
    """The upper factor is the transpose of the lower one of the transpose: which triangle is read
    is exchanged as well.
    """
    b = call.lo.builder
    return b.op("cholesky", x) if lower else flipped(b, b.op("cholesky", flipped(b, x)))


@function("scipy.linalg.cholesky", f"a | lower {OPTIONS}")
def scipy_cholesky(call: ArrayCall) -> Abstract:
    lower = bool(call.static("lower", False))
    return call.fresh(_factor(call, matrix(call, stacks=False), lower))


@function("scipy.linalg.cho_factor", f"a | lower {OPTIONS}")
def cho_factor(call: ArrayCall) -> Abstract:
    """The triangle that SciPy leaves as it was is 0 here: nobody may read it."""
    lower = bool(call.static("lower", False))
    factor = _factor(call, matrix(call, stacks=False), lower)
    return pack([call.fresh(factor), call.lo.builder.const(lower)])


@function("scipy.linalg.cho_solve", f"c_and_lower b | {OPTIONS}")
def cho_solve(call: ArrayCall) -> Abstract:
    given = call["c_and_lower"]
    items = given.items if isinstance(given, Struct) else ()
    flag = items[1] if len(items) == 2 else None
    if not (isinstance(flag, Value) and flag.is_const()):
        return call.fail("cho_solve() needs a pair of a factor and a flag that is known", "",  # type: ignore[no-any-return]
                         "write cho_solve((c, True), b)")
    b, lower = call.lo.builder, bool(flag.constant)
    factor = arrays.value_of(call.lo, items[0], call.node, "cho_solve()")
    other = flipped(b, factor)
    low, up = (factor, other) if lower else (other, factor)
    inner = b.op("solve_triangular", low, call.value("b"), lower=True, unit=False)
    return call.op("solve_triangular", up, inner, lower=False, unit=False)


# -- decompositions --------------------------------------------------------------------------------


def _parts(
    call: ArrayCall, row: str, names: tuple[str, ...], *args: Value, **attrs: Any
) -> Abstract:
    """What a decomposition returns, part by part."""
    b = call.lo.builder
    made = b.op(row, *args, **attrs)
    return pack([call.op(name, *args, made, **attrs) for name in names])


def _triangle(call: ArrayCall) -> bool:
    given = call.static("UPLO", "L")
    if given not in ("L", "U", "l", "u"):
        call.fail(f"{call.name}() with UPLO={given!r} is not supported", "", "write 'L' or 'U'")
    return str(given).upper() == "L"


@function("numpy.linalg.eigh", "a | UPLO")
def eigh(call: ArrayCall) -> Abstract:
    names = ("eigh_values", "eigh_vectors")
    return _parts(call, "eigh", names, matrix(call), lower=_triangle(call), scipy=False)


@function("numpy.linalg.eigvalsh", "a | UPLO")
def eigvalsh(call: ArrayCall) -> Abstract:
    return call.fresh(_eigenvalues(call, matrix(call), _triangle(call)))


def _eigenvalues(call: ArrayCall, x: Value, lower: bool) -> Value:
    b = call.lo.builder
    attrs: dict[str, Any] = {"lower": lower, "scipy": False}
    return b.op("eigh_values", x, b.op("eigh", x, **attrs), **attrs)


@function("scipy.linalg.eigh", f"a | b lower eigvals_only {OPTIONS}")
def scipy_eigh(call: ArrayCall) -> Abstract:
    if call.has("b"):
        return call.fail("scipy.linalg.eigh() of a pair of matrices is not supported", "",  # type: ignore[no-any-return]
                         "factor b with np.linalg.cholesky and transform a")
    x, lower = matrix(call, stacks=False), bool(call.static("lower", True))
    names = ("eigh_values", "eigh_vectors")  # of signs that may be others than NumPy's
    found = _parts(call, "eigh", names, x, lower=lower, scipy=True)
    assert isinstance(found, Struct)
    return found.items[0] if call.static("eigvals_only", False) else found


@function("scipy.linalg.eigvalsh", f"a | b lower {OPTIONS}")
def scipy_eigvalsh(call: ArrayCall) -> Abstract:
    if call.has("b"):
        return call.fail("scipy.linalg.eigvalsh() of a pair of matrices is not supported", "",  # type: ignore[no-any-return]
                         "factor b with np.linalg.cholesky and transform a")
    x, lower = matrix(call, stacks=False), bool(call.static("lower", True))
    return call.fresh(_eigenvalues(call, x, lower))


def _complex(call: ArrayCall) -> Abstract:
    return call.fail(  # type: ignore[no-any-return]
        f"np.{call.name}() is not supported",
        "eigenvalues of a matrix that is not symmetric are complex in general",
        "use np.linalg.eigh for a symmetric matrix",
    )


for _name in ("eig", "eigvals"):
    function(f"numpy.linalg.{_name}", "a")(_complex)


def singular_values(call: ArrayCall, x: Value) -> Value:
    b = call.lo.builder
    attrs: dict[str, Any] = {"full": False, "scipy": False}
    return b.op("svd_values", x, b.op("svd", x, **attrs), **attrs)


@function("numpy.linalg.svd", "a | full_matrices compute_uv hermitian")
def svd(call: ArrayCall) -> Abstract:
    return _svd(call, scipy=False)


@function("scipy.linalg.svd", f"a | full_matrices compute_uv {OPTIONS}")
def scipy_svd(call: ArrayCall) -> Abstract:
    return _svd(call, scipy=True)


def _svd(call: ArrayCall, scipy: bool) -> Abstract:
    _only(call, "hermitian", False)
    x = matrix(call, stacks=not scipy)
    if not call.static("compute_uv", True):
        return call.fresh(singular_values(call, x))
    full_ = bool(call.static("full_matrices", True))
    kind = "full" if full_ else "svd"
    names = (f"{kind}_u", "svd_values", f"{kind}_v")
    return _parts(call, "svd", names, x, full=full_, scipy=scipy)


@function("numpy.linalg.svdvals scipy.linalg.svdvals", f"a | {OPTIONS}")
def svdvals(call: ArrayCall) -> Abstract:
    return call.fresh(singular_values(call, matrix(call)))


@function("numpy.linalg.qr", "a | mode")
def qr(call: ArrayCall) -> Abstract:
    x, mode = matrix(call), call.static("mode", "reduced")
    if mode not in ("reduced", "r"):
        return call.fail(f"np.linalg.qr() with mode={mode!r} is not supported",  # type: ignore[no-any-return]
                         "the columns that only make q square are not determined",
                         "use mode='reduced'")
    found = _parts(call, "qr", ("qr_q", "qr_r"), x)
    assert isinstance(found, Struct)
    return found.items[1] if mode == "r" else found


# -- products --------------------------------------------------------------------------------------


@function("numpy.linalg.multi_dot", "arrays")
def multi_dot(call: ArrayCall) -> Abstract:
    first, *rest = members(call, "arrays")
    for x in rest:
        first = matmul(call.lo.builder, first, x)
    return call.fresh(first)


@function("numpy.linalg.matrix_power", "a n")
def matrix_power(call: ArrayCall) -> Abstract:
    b, x, n = call.lo.builder, matrix(call), call.static("n")
    if not isinstance(n, int):
        return call.fail("np.linalg.matrix_power() needs an int", "", "write n as a literal")  # type: ignore[no-any-return]
    if n < 0:
        x, n = b.op("inv", x), -n
    rank = len(dims_of(x.type))
    if n == 0:
        size = size_along(b, x, rank - 1)
        one = eye(b, size, size, dtype=dtype_of(x.type))
        return call.fresh(broadcast_to(b, one, [size_along(b, x, k) for k in range(rank)])
                          if rank > 2 else one)
    found: Value | None = None
    square = x
    while n:  # by the binary digits of n
        if n & 1:
            found = square if found is None else matmul(b, found, square)
        n >>= 1
        square = matmul(b, square, square) if n else square
    assert found is not None
    return call.fresh(found)


@function("scipy.linalg.expm", "A")
def expm(call: ArrayCall) -> Abstract:
    return call.op("expm", matrix(call, "A", stacks=False))


for _name in ("logm", "sqrtm"):

    @function(f"scipy.linalg.{_name}", "A")
    def function_of_matrix(call: ArrayCall) -> Abstract:
        """Where it is real."""
        row = call.name.rpartition(".")[2]
        return call.op(row, matrix(call, "A", stacks=False))


@function("scipy.linalg.block_diag", "*xs")
def block_diag(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    blocks = [_two_dimensional(call, arrays.value_of(call.lo, x, call.node)) for x in call.rest]
    sizes = [[size_along(b, x, k) for x in blocks] for k in (0, 1)]
    totals = [_sum(b, s) for s in sizes]
    kinds = [dtype_of(x.type) for x in blocks]
    dtype = "f32" if set(kinds) == {"f32"} else "f64"
    found = full(b, b.const(0.0), totals, dtype)
    start: list[Value | None] = [None, None]
    for j, x in enumerate(blocks):
        ends = [s[j] if at is None else b.add(at, s[j]) for at, s in zip(start, sizes, strict=True)]
        bounds = [v for at, end in zip(start, ends, strict=True)
                  for v in ((end,) if at is None else (at, end))]
        spec = tuple("s010" if at is None else "s110" for at in start)
        found = b.op("add_index", found, x, *bounds, spec=spec)  # into zeros
        start = list(ends)
    return call.fresh(found)


def _two_dimensional(call: ArrayCall, x: Value) -> Value:
    """A number as a matrix of one element, a vector as a row."""
    b, rank = call.lo.builder, len(dims_of(x.type))
    if rank > 2:
        call.fail(f"{call.name}() of more than two dimensions", "", "pass matrices")
    if rank == 0:
        return b.op("array", x, shape=(1, 1), dtype=None)
    return expand(b, x, [0]) if rank == 1 else x


def _sum(b: Any, values: list[Value]) -> Value:
    total = values[0]
    for v in values[1:]:
        total = b.add(total, v)
    return total

