"""Functions of ``scipy.special`` that are made of others."""

from __future__ import annotations

from symdiff.frontend import arrays, complexes
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


@function("scipy.special.factorial", "n | exact")
def factorial(call: ArrayCall) -> Abstract:
    """``gamma(n + 1)``, and 0 of what is negative."""
    b, n = call.lo.builder, as_array(call, "n")
    if call.static("exact", False):
        return call.fail("scipy.special.factorial() with exact=True is not supported",  # type: ignore[no-any-return]
                         "its result is an int of any size", "use math.factorial")
    found = apply_row(call.lo, "gamma", [b.add(n, b.const(1.0))])
    return call.op("where", apply_row(call.lo, "ge", [n, b.const(0)]), found, b.const(0.0))


@function("scipy.special.comb", "N k | exact repetition")
def comb(call: ArrayCall) -> Abstract:
    """How many ways to choose; of floats by the beta function, and 0 outside of ``0 <= k <= N``."""
    b, lo = call.lo.builder, call.lo
    n, k = call.value("N"), call.value("k")
    if call.static("repetition", False):
        n = b.sub(b.add(n, k), b.const(1))
    if call.static("exact", False):
        return call.fresh(b.op("comb", arrays.as_int(lo, n), arrays.as_int(lo, k)))
    n, k = numpy_scalar(lo, n), numpy_scalar(lo, k)
    one = b.const(1.0)
    inside = apply_row(lo, "and_", [apply_row(lo, "ge", [k, b.const(0)]),
                                    apply_row(lo, "ge", [n, k])])
    ways = b.op("beta", b.add(b.sub(n, k), one), b.add(k, one))
    return call.op("where", inside, b.div(one, b.mul(b.add(n, one), ways)), b.const(0.0))
