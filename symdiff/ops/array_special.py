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
_row("loggamma", "x", "digamma(x)")
_row("polygamma", "n x", None, "polygamma(n + 1, x)", image="polygamma(n, x)")
_row("beta", "a b", "out*(digamma(a) - digamma(a + b))", "out*(digamma(b) - digamma(a + b))",
     image="gamma(a)*gamma(b)/gamma(a + b)")
_row("betaln", "a b", "digamma(a) - digamma(a + b)", "digamma(b) - digamma(a + b)")
op("gammainc_slope", "a x psi lga", numpy="gammainc_slope(a, x, psi, lga)", infer=real, cost=90000,
   partials=(None,) * 4, tags="inline")
_row("gammainc", "a x", "gammainc_slope(a, x, digamma(a), lgamma(a))",
     "exp((a - 1)*log(x) - x - lgamma(a))")
_row("gammaincc", "a x", "-gammainc_slope(a, x, digamma(a), lgamma(a))",
     "-exp((a - 1)*log(x) - x - lgamma(a))")
_row("gammainccinv", "a x",
     "-gammainc_slope(a, out, digamma(a), lgamma(a))*exp(lgamma(a) + out - (a - 1)*log(out))",
     "-exp(lgamma(a) + out - (a - 1)*log(out))")
_row("gammaincinv", "a x",
     "-gammainc_slope(a, out, digamma(a), lgamma(a))*exp(lgamma(a) + out - (a - 1)*log(out))",
     "exp(lgamma(a) + out - (a - 1)*log(out))")
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
_row("y0", "x", "-y1(x)")
_row("y1", "x", "y0(x) - out/x")
_row("yv", "v x", None, "0.5*(yv(v - 1, x) - yv(v + 1, x))")
_row("yn", "v x", None, "0.5*(yv(v - 1, x) - yv(v + 1, x))")
_row("k0", "x", "-k1(x)")
_row("k1", "x", "-k0(x) - out/x")
_row("k0e", "x", "out - k1e(x)")
_row("k1e", "x", "out - k0e(x) - out/x")
_row("kv", "v x", None, "-0.5*(kv(v - 1, x) + kv(v + 1, x))")
_row("kn", "v x", None, "-0.5*(kv(v - 1, x) + kv(v + 1, x))")

# -- integrals -------------------------------------------------------------------------------------

_row("expi", "x", "exp(x)/x")
_row("exp1", "x", "-exp(-x)/x")
op("numpy_i0", "x", numpy="np.i0(x)", partials=("i1(x)",), cost=20000, python=("numpy.i0",))
_row("expn", "n x", None, "-expn(n - 1, x)")
_row("spence", "x", "log(x)/(1 - x) if x != 1 else -1")
# near 0 series, as the differences cancel there
_row("ellipk", "m", "(ellipe(m)/(1 - m) - out)/(2*m) if abs(m) > 0.01 else pi/2*(1/4 + m*(9/32"
     " + m*(75/256 + m*(1225/4096 + m*(19845/65536 + m*(160083/524288 + m*(1288287/4194304)))))))")
_row("ellipe", "m", "(out - ellipk(m))/(2*m) if abs(m) > 0.01 else -pi/2*(1/4 + m*(3/32"
     " + m*(15/256 + m*(175/4096 + m*(2205/65536 + m*(14553/524288 + m*(99099/4194304)))))))")

# Faddeeva's function of a complex number, in parts: w' = -2*z*w + 2i/sqrt(pi) (DLMF 7.10.2)
op("wofz_real", "x y", numpy="special.wofz(x + 1j*y).real", infer=real, cost=9000, tags="array",
   partials=("-2*(x*out - y*wofz_imag(x, y))",
             "2*(x*wofz_imag(x, y) + y*out) - 1.1283791670955126"))
op("wofz_imag", "x y", numpy="special.wofz(x + 1j*y).imag", infer=real, cost=9000, tags="array",
   partials=("1.1283791670955126 - 2*(x*out + y*wofz_real(x, y))",
             "-2*(x*wofz_real(x, y) - y*out)"))

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
_row("exprel", "x", "exprel_slope(x)")
_row("boxcox", "x p", "pow(x, p - 1)", "log(x)*log(x)*exprel_slope(p*log(x))")
_row("boxcox1p", "x p", "pow(1 + x, p - 1)", "log1p(x)*log1p(x)*exprel_slope(p*log1p(x))")
# near 0 a series, as the quotients cancel there
op("exprel_slope", "x", numpy="exprel_slope(x)", cost=20000, tags="inline",
   partials=("(exp(x) - 2*out)/x if abs(x) > 0.1 else 1/3 + x*(1/4 + x*(1/10 + x*(1/36"
             " + x*(1/168 + x*(1/960 + x*(1/6480 + x/50400))))))",))
_SLOPE = ("y*y*((1/(1 + p*y) - log1p(p*y)/(p*y))/(p*y) if abs(p*y) > 0.02 else -1/2 + p*y*(2/3"
          " - p*y*(3/4 - p*y*(4/5 - p*y*(5/6 - p*y*(6/7 - p*y*(7/8 - p*y*(8/9))))))))")
_row("inv_boxcox", "y p", "pow(out, 1 - p)", f"out*{_SLOPE}")
_row("inv_boxcox1p", "y p", "pow(1 + out, 1 - p)", f"(1 + out)*{_SLOPE}")
