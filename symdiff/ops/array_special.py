"""Rows of ``scipy.special``: elementwise functions that ``math`` lacks.

They are written as SciPy's, which the user's function calls as well. Formulas are those of the
Digital Library of Mathematical Functions (chapters 5 to 10); where one divides by zero at a point
at which the derivative exists, the value there stands beside it. Parameters in which no closed form
is known (the order of a Bessel function, the shape of an incomplete gamma function) have none.
"""

from __future__ import annotations

from typing import Any

from symdiff.ops.declare import op, real


def _row(
    name: str, params: str, *partials: str | None, cost: float = 3000, **more: Any
) -> None:
    """A function under SciPy's own name."""
    args = ", ".join(params.split())
    op(name, params, numpy=f"special.{name}({args})", infer=real, partials=partials, cost=cost,
       python=(f"scipy.special.{name}",), **more)


# -- error functions and the normal distribution ---------------------------------------------------

_row("erfcx", "x", "2*x*out - 1.1283791670955126")
_row("erfi", "x", "1.1283791670955126*exp(x*x)", image="erfi(x)")
_row("dawsn", "x", "1 - 2*x*out")
_row("erfinv", "x", "0.886226925452758*exp(out*out)", image="erfinv(x)")
_row("erfcinv", "x", "-0.886226925452758*exp(out*out)")
_row("ndtr", "x", "0.3989422804014327*exp(-0.5*x*x)")
_row("log_ndtr", "x", "exp(-0.5*x*x - 0.9189385332046727 - out)")
_row("ndtri", "x", "2.5066282746310002*exp(0.5*out*out)")

# -- gamma and beta --------------------------------------------------------------------------------

_row("rgamma", "x", "-digamma(x)*out")
_row("polygamma", "n x", None, "polygamma(n + 1, x)", image="polygamma(n, x)")
_row("beta", "a b", "out*(digamma(a) - digamma(a + b))", "out*(digamma(b) - digamma(a + b))",
     image="gamma(a)*gamma(b)/gamma(a + b)")
_row("betaln", "a b", "digamma(a) - digamma(a + b)", "digamma(b) - digamma(a + b)")
_row("gammainc", "a x", None, "exp((a - 1)*log(x) - x - lgamma(a))")
_row("gammaincc", "a x", None, "-exp((a - 1)*log(x) - x - lgamma(a))")
_row("gammaincinv", "a x", None, "exp(lgamma(a) + out - (a - 1)*log(out))")
_row("betainc", "a b x", None, None,
     "exp((a - 1)*log(x) + (b - 1)*log1p(-x) - lgamma(a) - lgamma(b) + lgamma(a + b))")
_row("stdtr", "n x", None,
     "exp(lgamma(0.5*n + 0.5) - lgamma(0.5*n) - 0.5723649429247001 - 0.5*log(n)"
     " - 0.5*(n + 1)*log1p(x*x/n))")

_row("stdtrit", "n q", None,
     "exp(lgamma(0.5*n) - lgamma(0.5*n + 0.5) + 0.5723649429247001 + 0.5*log(n)"
     " + 0.5*(n + 1)*log1p(out*out/n))")
_row("betaincinv", "a b y", None, None,
     "exp(lgamma(a) + lgamma(b) - lgamma(a + b) - (a - 1)*log(out) - (b - 1)*log1p(-out))")

# -- Bessel functions ------------------------------------------------------------------------------

_row("i0", "x", "i1(x)")
_row("i1", "x", "i0(x) - out/x if x != 0 else 0.5")
_row("i0e", "x", "i1e(x) - sign(x)*out")
_row("i1e", "x", "i0e(x) - (sign(x) + 1/x)*out if x != 0 else 0.5")
_row("iv", "v x", None, "0.5*(iv(v - 1, x) + iv(v + 1, x))")
_row("j0", "x", "-j1(x)")
_row("j1", "x", "j0(x) - out/x if x != 0 else 0.5")
_row("jv", "v x", None, "0.5*(jv(v - 1, x) - jv(v + 1, x))")
_row("jn", "v x", None, "0.5*(jv(v - 1, x) - jv(v + 1, x))")
_row("y0", "x", "-y1(x)")
_row("y1", "x", "y0(x) - out/x")
_row("yv", "v x", None, "0.5*(yv(v - 1, x) - yv(v + 1, x))")
_row("yn", "v x", None, "0.5*(yv(v - 1, x) - yv(v + 1, x))")
_row("k0", "x", "-k1(x)")
_row("k1", "x", "-k0(x) - out/x")
_row("kv", "v x", None, "-0.5*(kv(v - 1, x) + kv(v + 1, x))")
_row("kn", "v x", None, "-0.5*(kv(v - 1, x) + kv(v + 1, x))")

# -- integrals -------------------------------------------------------------------------------------

_row("expi", "x", "exp(x)/x")
_row("exp1", "x", "-exp(-x)/x")
_row("expn", "n x", None, "-expn(n - 1, x)")
_row("spence", "x", "log(x)/(1 - x) if x != 1 else -1")
_row("ellipk", "m", "(ellipe(m)/(1 - m) - out)/(2*m) if m != 0 else 0.39269908169872414")
_row("ellipe", "m", "(out - ellipk(m))/(2*m) if m != 0 else -0.39269908169872414")

# -- information and losses ------------------------------------------------------------------------

_row("xlogy", "x y", "log(y)", "x/y if x != 0 else 0")
_row("xlog1py", "x y", "log1p(y)", "x/(1 + y) if x != 0 else 0")
_row("entr", "x", "-log(x) - 1")
_row("rel_entr", "x y", "log(x/y) + 1", "-x/y")
_row("kl_div", "x y", "log(x/y)", "1 - x/y")
_row("huber", "delta r", "abs(r) - delta if abs(r) > delta else 0",
     "r if abs(r) <= delta else delta*sign(r)")
_row("pseudo_huber", "delta r",
     "2*delta*(hypot(1, r/delta) - 1) - r*r/(delta*hypot(1, r/delta))", "r/hypot(1, r/delta)")

# -- powers and differences that keep their digits -------------------------------------------------

_row("exp10", "x", "2.302585092994046*out", image="10**x")
_row("cosm1", "x", "-sin(x)", image="cos(x) - 1")
_row("exprel", "x", "(exp(x) - out)/x if x != 0 else 0.5")
_row("boxcox", "x p", "pow(x, p - 1)",
     "(pow(x, p)*(p*log(x) - 1) + 1)/(p*p) if p != 0 else 0.5*log(x)*log(x)")
_row("boxcox1p", "x p", "pow(1 + x, p - 1)",
     "(pow(1 + x, p)*(p*log1p(x) - 1) + 1)/(p*p) if p != 0 else 0.5*log1p(x)*log1p(x)")
_row("inv_boxcox", "y p", "pow(out, 1 - p)",
     "out*(y/(p*(1 + p*y)) - log1p(p*y)/(p*p)) if p != 0 else -0.5*y*y*out")
