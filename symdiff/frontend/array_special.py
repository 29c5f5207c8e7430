"""Functions of ``scipy.special`` that are made of others."""

from __future__ import annotations

from symdiff.frontend.array_calls import ArrayCall, apply_row, function
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
