"""Derivatives of the gamma function, which ``math`` lacks: source for the generated file.

Each function has a relative error of a few ulp, except that digamma's is absolute near its negative
roots. At a pole they give nan. The interval [1, 2], which holds digamma's positive root, is served
by a rational approximation that has the root as a factor; elsewhere the recurrence leads there or
to the asymptotic series.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from symdiff.ops.declare import op

_DIGAMMA = '''\
def digamma(x):
    """Derivative of math.lgamma."""
    if x <= 0.0:
        if x == math.floor(x):
            return math.nan
        return digamma(1.0 - x) - math.pi/math.tan(math.pi*(x - round(x)))
    if x >= 10.0:
        y = 1.0/(x*x)
        series = 1/12 - y*(1/120 - y*(1/252 - y*(1/240 - y*(1/132 - y*(691/32760 - y/12)))))
        return math.log(x) - 0.5/x - y*series
    shift = 0.0
    while x > 2.0:
        x -= 1.0
        shift += 1.0/x
    while x < 1.0:
        shift -= 1.0/x
        x += 1.0
    root = x - 1569415565.0/1073741824.0 - 381566830.0/1073741824.0**2 - 9.016312093258695e-20
    t = x - 1.0
    p = 0.25479851061131551 + t*(-0.32555031186804491 + t*(-0.65031853770896507 + t*(
        -0.28919126444774784 + t*(-0.045251321448739056 - t*0.0020713321167745952))))
    q = 1.0 + t*(2.0767117023730469 + t*(1.4606242909763515 + t*(0.43593529692665969 + t*(
        0.054151797245674225 + t*(0.0021284987017821144 - t*0.55789841321675513e-6)))))
    return shift + (root*0.99558162689208984 + root*(p/q))
'''

_TRIGAMMA = '''\
def trigamma(x):
    """Second derivative of math.lgamma."""
    if x <= 0.0:
        if x == math.floor(x):
            return math.nan
        csc = math.pi/math.sin(math.pi*(x - round(x)))
        return csc*csc - trigamma(1.0 - x)
    shift = 0.0
    while x < 12.0:
        shift += 1.0/x/x
        x += 1.0
    y = 1.0/(x*x)
    series = 1/6 - y*(1/30 - y*(1/42 - y*(1/30 - y*(5/66 - y*(691/2730 - y*(7/6))))))
    return shift + (1.0 + 0.5/x + y*series)/x
'''

_TETRAGAMMA = '''\
def tetragamma(x):
    """Third derivative of math.lgamma."""
    if x <= 0.0:
        if x == math.floor(x):
            return math.nan
        r = math.pi*(x - round(x))
        csc = math.pi/math.sin(r)
        return tetragamma(1.0 - x) - 2.0*math.cos(r)*csc*csc*csc
    shift = 0.0
    while x < 14.0:
        shift += 2.0/x/x/x
        x += 1.0
    y = 1.0/(x*x)
    series = 1/2 - y*(1/6 - y*(1/6 - y*(3/10 - y*(5/6 - y*(691/210 - y*(35/2))))))
    return -(shift + y*(1.0 + 1.0/x + y*series))
'''

INLINE_FUNCTIONS = {"digamma": _DIGAMMA, "trigamma": _TRIGAMMA, "tetragamma": _TETRAGAMMA}


def _inline(name: str) -> Callable[[float], float]:
    """The function that a text defines, compiled at its first use."""
    space: dict[str, Any] = {}

    def evaluate(x: float) -> float:
        if not space:
            space["math"] = math
            exec(INLINE_FUNCTIONS[name], space)
        return float(space[name](x))

    return evaluate


for _name, _partial, _order in (("digamma", "trigamma(x)", 0), ("trigamma", "tetragamma(x)", 1),
                                ("tetragamma", None, 2)):
    _numpy = f"special.polygamma({_order}, x)" if _order else "special.digamma(x)"
    op(_name, "x", emit=f"{_name}(x)", evaluate=_inline(_name), partials=(_partial,), cost=500,
       numpy=_numpy, python=() if _order else ("scipy.special.digamma", "scipy.special.psi"),
       image=f"polygamma({_order}, x)", domain={"x": (0.2, 5.0)}, total=True, tags="inline")
