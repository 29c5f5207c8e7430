"""What the library is pre-filled for: shapes that people write, by what they are for.

Here are forms only; what they are computed by is found, proved and measured by
``symdiff discover --build`` (``report.making``), and kept in ``library.json``.
"""

from __future__ import annotations

from collections.abc import Mapping

from symdiff.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Shape:
    """What an entry is to be made for; ``domain`` of the first parameter is real, positive or unit,
    the others are within (0.3, 2) or as ``ranges`` says."""

    name: str
    form: str
    params: tuple[str, ...] = ("x",)
    domain: str = "real"
    others: tuple[str, ...] = ()  # further ways of writing it that are other shapes
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def _shape(
    name: str, params: str, form: str, *others: str, domain: str = "real",
    **ranges: tuple[float, float],
) -> Shape:  # fmt: skip
    return Shape(name, form, tuple(params.split()), domain, others, ranges)


_PHI = "(1 + erf(x/sqrt(2)))"
_LABEL = (0.05, 0.95)

ACTIVATIONS = [
    _shape("mish", "x", "x*tanh(log(1 + exp(x)))"),
    _shape("swish_beta", "x b", "x/(1 + exp(-b*x))"),
    _shape("gelu", "x", f"0.5*x*{_PHI}", "x*(0.5*erfc(-x/sqrt(2)))"),
    _shape("gelu_tanh", "x", "0.5*x*(1 + tanh(0.7978845608028654*(x + 0.044715*x**3)))"),
    _shape("quick_gelu", "x", "x/(1 + exp(-1.702*x))"),
    _shape("softsign", "x", "x/(1 + abs(x))"),
    _shape("elliot", "x", "0.5*x/(1 + abs(x)) + 0.5"),
    _shape("isru", "x a", "x/sqrt(1 + a*x*x)"),
    _shape("squareplus", "x", "0.5*(x + sqrt(x*x + 4))", "(x + sqrt(x*x + 4))/2"),
    _shape("tanh_shrink", "x", "x - tanh(x)"),
    _shape("bent_identity", "x", "(sqrt(x*x + 1) - 1)/2 + x"),
    _shape("serf", "x", "x*erf(log(1 + exp(x)))"),
    _shape("tanh_exp", "x", "x*tanh(exp(x))"),
    _shape("gaussian_bump", "x", "exp(-x*x)"),
    _shape("gaussian_half", "x", "exp(-0.5*x*x)"),
    _shape("hermite_bump", "x", "x*exp(-0.5*x*x)"),
    _shape("ricker", "x", "(1 - x*x)*exp(-0.5*x*x)"),
    _shape("snake", "x a", "x + sin(a*x)**2/a"),
    _shape("lecun_tanh", "x", "1.7159*tanh(0.6666666666666666*x)"),
    _shape("softplus_beta", "x b", "log(1 + exp(b*x))/b"),
    _shape("one_plus_tanh", "x", "1 + tanh(x)"),
    _shape("one_minus_tanh", "x", "1 - tanh(x)"),
    _shape("sech", "x", "1/cosh(x)", "2/(exp(x) + exp(-x))"),
    _shape("sech_squared", "x", "1/cosh(x)**2"),
]
LINKS = [
    _shape("logit", "p", "log(p/(1 - p))", "log(p) - log(1 - p)", domain="unit"),
    _shape("cloglog_inverse", "p", "log(-log(1 - p))", domain="unit"),
    _shape("cloglog", "x", "1 - exp(-exp(x))"),
    _shape("gompertz", "x", "exp(-exp(-x))"),
    _shape("gompertz_scaled", "x b", "exp(-b*exp(-x))"),
    _shape("gompertz_growth", "x a b", "a*exp(-b*exp(-x))"),
    _shape("probit", "x", "0.5*(1 + erf(x/sqrt(2)))"),
    _shape("cauchit", "x", "atan(x)/pi + 0.5"),
    _shape("odds", "p", "p/(1 - p)", domain="unit"),
    _shape("hill_4", "x k", "x**4/(x**4 + k)", domain="positive"),
    _shape("hill_3", "x k", "x**3/(x**3 + k)", domain="positive"),
    _shape("hill_2", "x k", "x**2/(x**2 + k)", domain="positive"),
    _shape("michaelis_menten", "x v k", "v*x/(k + x)", domain="positive"),
    _shape("saturation", "x", "x/(1 + x)", domain="positive"),
]
LOSSES = [
    _shape("cross_entropy_of_logit", "x t",
           "-(t*log(1/(1 + exp(-x))) + (1 - t)*log(1 - 1/(1 + exp(-x))))",
           "-t*log(1/(1 + exp(-x))) - (1 - t)*log(1 - 1/(1 + exp(-x)))",
           "log(1 + exp(x)) - t*x", t=_LABEL),
    _shape("cross_entropy", "p t", "-(t*log(p) + (1 - t)*log(1 - p))",
           "-t*log(p) - (1 - t)*log(1 - p)", domain="unit", t=_LABEL),
    _shape("binary_entropy", "p", "-(p*log(p) + (1 - p)*log(1 - p))",
           "-p*log(p) - (1 - p)*log(1 - p)", domain="unit"),
    _shape("log_cosh", "x", "log(cosh(x))", "log(0.5*(exp(x) + exp(-x)))",
           "log((exp(x) + exp(-x))/2)"),
    _shape("pseudo_huber", "x d", "d*d*(sqrt(1 + (x/d)**2) - 1)"),
    _shape("pseudo_huber_unit", "x", "sqrt(1 + x*x) - 1"),
    _shape("cauchy_loss", "x", "log(1 + x*x)"),
    _shape("cauchy_loss_scaled", "x c", "log(1 + (x/c)**2)"),
    _shape("geman_mcclure", "x", "x*x/(1 + x*x)"),
    _shape("welsch", "x", "1 - exp(-x*x)"),
    _shape("gaussian_nll", "x m v", "0.5*log(v) + 0.5*(x - m)**2/v", m=(-1.0, 1.0)),
    _shape("student_nll", "x n", "0.5*(n + 1)*log(1 + x*x/n)"),
    _shape("poisson_nll", "x k", "exp(x) - k*x"),
    _shape("focal", "x", "-(1 - 1/(1 + exp(-x)))**2*log(1/(1 + exp(-x)))"),
    _shape("x_log_x", "x", "x*log(x)", domain="positive"),
    _shape("arctan_loss", "x", "atan(x*x)"),
]
SERIES = [
    _shape("sinc", "x", "sin(x)/x"),
    _shape("versine_ratio", "x", "(1 - cos(x))/(x*x)", "(1 - cos(x))/x/x"),
    _shape("versine_over_x", "x", "(1 - cos(x))/x"),
    _shape("exprel", "x", "(exp(x) - 1)/x", "expm1(x)/x"),
    _shape("sine_excess", "x", "(x - sin(x))/x**3"),
    _shape("sinhc", "x", "sinh(x)/x"),
    _shape("tanhc", "x", "tanh(x)/x"),
    _shape("bernoulli_quotient", "x", "x/(exp(x) - 1)", "x/expm1(x)"),
]
PHYSICS = [
    _shape("lennard_jones", "r", "4*((1/r)**12 - (1/r)**6)", domain="positive"),
    _shape("morse", "r", "(1 - exp(-(r - 1)))**2"),
    _shape("yukawa", "r", "exp(-r)/r", domain="positive"),
    _shape("lorentzian", "x", "1/(1 + x*x)"),
    _shape("lorentz_factor", "v", "1/sqrt(1 - v*v)", domain="unit"),
    _shape("inverse_root", "x", "1/sqrt(x)", domain="positive"),
    _shape("planck", "x", "x**3/(exp(x) - 1)", domain="positive"),
    _shape("bose", "x", "1/(exp(x) - 1)", domain="positive"),
    _shape("debye_waller", "x", "exp(-x)*(1 + x)", domain="positive"),
    _shape("langevin", "x", "1/tanh(x) - 1/x", "cosh(x)/sinh(x) - 1/x"),
    _shape("normal_density", "x", "exp(-0.5*x*x)/sqrt(2*pi)"),
    _shape("arctan_ratio", "x y", "x/sqrt(x*x + y*y)"),
    _shape("tangent", "x", "sin(x)/cos(x)"),
]
SHAPES = [*ACTIVATIONS, *LINKS, *LOSSES, *SERIES, *PHYSICS]
