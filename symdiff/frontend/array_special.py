"""Functions of ``scipy.special`` that are made of others."""

from __future__ import annotations

from symdiff.frontend import complexes
from symdiff.frontend.array_calls import ArrayCall, apply_row, function, numpy_scalar
from symdiff.frontend.array_moves import as_array
from symdiff.frontend.values import Abstract


@function("scipy.special.multigammaln", "a d")
def multigammaln(call: ArrayCall) -> Abstract:
    """``d(d - 1)/4*log(pi)`` and the sum of ``gammaln(a - j/2)`` for ``j < d``."""
    b, x, d = call.lo.builder, as_array(call, "a"), call.static("d")
    total = b.const(0.2862473582472151 * d * (d - 1))  # log(pi)/4
    for j in range(d):
        total = b.add(total, apply_row(call.lo, "lgamma", [b.sub(x, b.const(0.5 * j))]))
    return call.fresh(total)


@function("scipy.special.wofz", "z")
def wofz(call: ArrayCall) -> Abstract:
    """Faddeeva's function, of a real or a complex number."""
    given = complexes.parts(call.lo, call["z"], call.node)
    pair = [numpy_scalar(call.lo, p) for p in given]
    found = [call.lo.builder.op(row, *pair) for row in ("wofz_real", "wofz_imag")]
    return complexes.complex_of(call.lo, *found)


complexes.FUNCTIONS["scipy.special.wofz"] = wofz
