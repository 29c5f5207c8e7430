"""Rows of ``scipy.special``: derivatives in the continuous arguments, where closed forms exist.

Formulas are those of the NIST Handbook of Mathematical Functions (DLMF, chapters 5 to 10 and 19).
The order of a Bessel function and the shapes of incomplete integrals have none: an active one is
refused. Rows that ``math`` has too (``erf``, ``lgamma``, ...) are in ``special``.
"""

from __future__ import annotations

from symdiff.ops.declare import op

_HALF_ROOT_PI = "0.886226925452758"
_DENSITY = "0.3989422804014327*exp(-0.5*(x*x))"  # of the standard normal distribution
_GAMMA_DENSITY = "exp(xlogy(a - 1, x) - x - lgamma(a))"
_BETA_DENSITY = "exp(xlogy(a - 1, x) + xlog1py(b - 1, -x) - betaln(a, b))"
_T_DENSITY = ("exp(lgamma((df + 1)/2) - lgamma(df/2) - 0.5*log(pi*df)"
              " - (df + 1)/2*log1p(x*x/df))")


def _row(name: str, params: str, *partials: str | None, scipy: str = "") -> None:
    """A function that SciPy has under the row's own name."""
    names = scipy.split() or [name]
    text = f"special.{names[0]}({', '.join(params.split())})"
    op(name, params, emit=text, numpy=text, evaluate=None, tags="array", cost=20000,
       partials=partials, python=tuple(f"scipy.special.{n}" for n in names))


# -- error functions, the normal distribution ------------------------------------------------------

_row("erfinv", "x", f"{_HALF_ROOT_PI}*exp(out*out)")
_row("erfcinv", "x", f"-{_HALF_ROOT_PI}*exp(out*out)")
_row("erfcx", "x", "2*x*out - 1.1283791670955126")
_row("erfi", "x", "1.1283791670955126*exp(x*x)")
_row("dawsn", "x", "1 - 2*x*out")
_row("ndtr", "x", _DENSITY)
_row("log_ndtr", "x", "0.3989422804014327*exp(-0.5*(x*x) - out)")
_row("ndtri", "x", "2.5066282746310002*exp(0.5*(out*out))")

# -- the gamma function and its relatives ----------------------------------------------------------

_row("loggamma", "x", "digamma(x)")
_row("polygamma", "n x", None, "polygamma(n + 1, x)")
_row("beta", "x y", "out*(digamma(x) - digamma(x + y))", "out*(digamma(y) - digamma(x + y))")
_row("betaln", "x y", "digamma(x) - digamma(x + y)", "digamma(y) - digamma(x + y)")
_row("gammainc", "a x", None, _GAMMA_DENSITY)
_row("gammaincc", "a x", None, f"-{_GAMMA_DENSITY}")
_row("gammaincinv", "a y", None, "exp(out + lgamma(a) - xlogy(a - 1, out))")
_row("gammainccinv", "a y", None, "-exp(out + lgamma(a) - xlogy(a - 1, out))")
_row("betainc", "a b x", None, None, _BETA_DENSITY)
_row("betaincinv", "a b y", None, None,
     "exp(betaln(a, b) - xlogy(a - 1, out) - xlog1py(b - 1, -out))")
_row("stdtr", "df x", None, _T_DENSITY)
_row("stdtrit", "df p", None, f"1/(lambda x: {_T_DENSITY})(out)")

# -- entropies -------------------------------------------------------------------------------------

_row("xlogy", "x y", "log(y)", "x/y if x != 0 else 0")
_row("xlog1py", "x y", "log1p(y)", "x/(1 + y) if x != 0 else 0")
_row("entr", "x", "-log(x) - 1")
_row("rel_entr", "x y", "log(x/y) + 1", "-x/y")
_row("kl_div", "x y", "log(x/y)", "1 - x/y")

# -- losses and transformations --------------------------------------------------------------------

_row("huber", "delta r", "0 if abs(r) <= delta else abs(r) - delta",
     "r if abs(r) <= delta else delta*sign(r)")
_row("pseudo_huber", "delta r", "2*out/delta - r*r/(delta*sqrt(1 + r/delta*(r/delta)))",
     "r/sqrt(1 + r/delta*(r/delta))")
_row("boxcox", "x lmbda", "pow(x, lmbda - 1)",
     "log(x)*log(x)*exprel_slope(lmbda*log(x))")
_row("boxcox1p", "x lmbda", "pow(1 + x, lmbda - 1)",
     "log1p(x)*log1p(x)*exprel_slope(lmbda*log1p(x))")
_row("inv_boxcox", "y lmbda", "out/(1 + lmbda*y)", None)
_row("inv_boxcox1p", "y lmbda", "(1 + out)/(1 + lmbda*y)", None)
_row("cosm1", "x", "-sin(x)")
_row("exprel", "x", "exprel_slope(x)")
# the series near 0, where the closed form cancels
op("exprel_slope", "x", numpy="exprel_slope(x)", cost=20000, partials=(None,), tags="inline")

# -- Bessel functions ------------------------------------------------------------------------------

for _name, _sign, _step in (("jv", "0.5", "-"), ("yv", "0.5", "-"), ("iv", "0.5", "+"),
                            ("kv", "-0.5", "+")):
    _row(_name, "v x", None, f"{_sign}*({_name}(v - 1, x) {_step} {_name}(v + 1, x))",
         scipy="jv jn" if _name == "jv" else "")
_row("j0", "x", "-j1(x)")
_row("j1", "x", "j0(x) - out/x if x != 0 else 0.5")
_row("y0", "x", "-y1(x)")
_row("y1", "x", "y0(x) - out/x")
_row("i0", "x", "i1(x)")
_row("i1", "x", "i0(x) - out/x if x != 0 else 0.5")
_row("i0e", "x", "i1e(x) - sign(x)*out")
_row("i1e", "x", "i0e(x) - out/x - sign(x)*out if x != 0 else 0.5")
_row("k0", "x", "-k1(x)")
_row("k1", "x", "-k0(x) - out/x")
_row("k0e", "x", "out - k1e(x)")
_row("k1e", "x", "out - k0e(x) - out/x")
op("numpy_i0", "x", numpy="np.i0(x)", partials=("i1(x)",), cost=20000, python=("numpy.i0",))

# -- integrals -------------------------------------------------------------------------------------

_row("expi", "x", "exp(x)/x")
_row("exp1", "x", "-exp(-x)/x")
_row("spence", "x", "-log(x)/(x - 1) if x != 1 else -1")
_row("elliprd", "x y z", None, None, None)
_row("ellipk", "m", "(out - elliprd(0, 1 - m, 1)/3)/(2*(1 - m))")
_row("ellipe", "m", "-elliprd(0, 1 - m, 1)/6")
