"""Every function of math that has a derivative, over its domain and near its edges."""

import math
from math import erf, exp, pi, sqrt

from tests.corpus.registry import at


@at((0.7,), (-2.5,), (20.0,))
def trigonometric(x):
    return math.sin(x) + 2.0 * math.cos(x) * math.tan(x) - math.sin(x) ** 2


@at((0.7,), (-0.3,))
def inverse_trigonometric(x):
    return math.asin(x) * math.acos(x) + math.atan(3.0 * x)


@at((0.7, 1.5), (-0.7, 1.5), (-0.7, -1.5), (0.7, -1.5), (1.0, 0.0))
def atan2_quadrants(y, x):
    return math.atan2(y, x) * 2.0


@at((0.7,), (-0.3,))
def hyperbolic(x):
    return math.sinh(x) + math.cosh(x) * math.tanh(x)


@at((0.7,), (-0.3,))
def inverse_hyperbolic(x):
    return math.asinh(x) + math.acosh(x + 2.0) * math.atanh(x)


@at((0.7,), (-3.0,))
def exponentials(x):
    return math.exp(x) + math.exp2(x) + math.expm1(x) + math.exp(-x * x)


@at((0.7,), (30.0,))
def logarithms(x):
    return math.log(x) + math.log2(x) * math.log10(x) + math.log1p(x)


@at((0.7, 3.0), (8.0, 0.5))
def log_with_base(x, base):
    return math.log(x, base) + math.log(x, 2) + math.log(5.0, base)


@at((0.7,), (8.0,))
def roots(x):
    return math.sqrt(x) + math.cbrt(x) + math.cbrt(-x) ** 2 + x * math.sqrt(1.0 + x)


@at((0.7,), (-0.7,), (3.0,))
def error_functions(x):
    return math.erf(x) + 2.0 * math.erfc(x) * x


@at((0.7,), (3.5,), (-0.7,))
def gamma_functions(x):
    return math.gamma(x) + math.lgamma(x) * x


@at((3.0, 4.0), (-3.0, 0.5))
def hypot_of_two(x, y):
    return math.hypot(x, y) * x


@at((3.0, 4.0, -12.0))
def hypot_of_many(x, y, z):
    return math.hypot(x, y, z) + math.hypot(x) + math.hypot(x, 1.0, y, 2.0)


@at(([1.0, 2.0, 3.0], [4.0, -5.0, 6.5]))
def distance(p, q):
    return math.dist(p, q) ** 3


@at((1.0, 2.0))
def distance_of_literals(x, y):
    return math.dist((x, y), (3.0, -x)) + math.dist([x], [y])


@at((7.3, 2.1), (-7.3, 2.1), (7.3, -2.1))
def fmod_and_remainder(x, y):
    return math.fmod(x, y) * x + math.remainder(x, y)


@at((1.5, -2.0), (-1.5, 2.0))
def copysign(x, y):
    return math.copysign(x, y) * x + math.fabs(x * y)


@at((1.7,), (-1.7,))
def flat_functions(x):
    return math.floor(x) * x + math.ceil(x) + math.trunc(x) * 2.0 * x


@at((0.7,))
def angles(x):
    return math.degrees(x) * 0.01 + math.radians(x) * 50.0


@at((1.7, 2.2))
def math_pow(x, y):
    return math.pow(x, y) + math.pow(x, 3)


@at((1.7,))
def ldexp(x):
    return math.ldexp(x, 3) * x


@at((0.7,))
def constants(x):
    return math.pi * x + math.e**x + math.tau * x * x


@at((0.7,))
def imported_names(x):
    return sqrt(2.0 * pi) * exp(-x) * erf(x)


@at((0.7,))
def shared_calls(x):
    return math.exp(x) * math.sin(x) + math.exp(x) * math.cos(x) + 1.0 / math.exp(x)


@at((0.7,), (30.0,), (-30.0,))
def sigmoid_minus_form(x):
    return 1 / (1 + math.exp(-x))


@at((0.7,), (30.0,), (-30.0,))
def sigmoid_ratio_form(z):
    return math.exp(z) / (1 + math.exp(z))


@at((0.7,), (-30.0,))
def sigmoid_inside(x):
    s = 1.0 / (1.0 + math.exp(-(2.0 * x + 1.0)))
    return s * s + 0.5 * x


@at((0.7,), (-5.0,), (20.0,))
def softplus(x):
    return math.log(1 + math.exp(x)) + math.log(1.0 + math.exp(-x)) * 2.0


@at((0.7,), (-5.0,), (20.0,))
def log1p_exp(x):
    return math.log1p(math.exp(x)) - math.log1p(math.exp(-x)) * 0.5


@at((0.7,), (-5.0,))
def tanh_by_hand(x):
    a, b = math.exp(x), math.exp(-x)
    return (a - b) / (a + b)


@at((0.7,), (-5.0,))
def tanh_other_form(x):
    return (math.exp(2 * x) - 1) / (math.exp(2 * x) + 1) + 2 / (1 + math.exp(-2 * x)) - 1


@at((0.7,), (-5.0,))
def silu(x):
    return x / (1.0 + math.exp(-x))


@at((0.7,), (-5.0,))
def log_sigmoid(x):
    return math.log(1 / (1 + math.exp(-x)))


@at((0.7, -1.2), (5.0, 4.0))
def logaddexp(x, y):
    return math.log(math.exp(x) + math.exp(y)) * x


@at((0.7, -1.2, 2.0))
def logsumexp_of_three(x, y, z):
    m = max(x, y, z)
    return m + math.log(math.exp(x - m) + math.exp(y - m) + math.exp(z - m))


@at((0.02,), (1e-6,))
def small_differences(x):
    return math.exp(x) - 1 + math.log(1 + x)


@at((3.0, 4.0))
def hypot_by_hand(x, y):
    return math.sqrt(x * x + y * y) + math.sqrt(x**2 + y**2)


@at((0.7,), (-0.4,))
def gelu(x):
    inner = math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)
    return 0.5 * x * (1.0 + math.tanh(inner)) + 0.5 * x * (1.0 + math.erf(x / math.sqrt(2.0)))


@at((0.4,))
def composed(x):
    return math.sin(math.cos(math.exp(math.tanh(math.sqrt(x + 1.0)))))


if hasattr(math, "sumprod"):  # Python 3.12

    @at(([1.0, 2.0], [3.0, -4.0]))
    def sumprod(p, q):
        return math.sumprod(p, q) * p[0]


if hasattr(math, "fma"):  # Python 3.13

    @at((1.5, 2.5, -0.5))
    def fused_multiply_add(x, y, z):
        return math.fma(x, y, z) * x
