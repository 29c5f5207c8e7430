"""Operators on floats and ints, in every combination that has its own rule or its own trap."""

from tests.corpus.registry import at


@at((3.0,), (-0.5,))
def identity(x):
    return x


@at((3.0,), (0.0,))
def constant_result(x):
    return 4.5


@at((3.0,))
def int_result(x):
    return 7


@at((2.0, 5.0))
def unused_argument(x, y):
    return 3.0 * x


@at((1.5, -2.5))
def add_sub(x, y):
    return x + y - (x - 3.0 * y) + 1


@at((1.5, -2.5))
def products(x, y):
    return x * y * x + 2 * y * (x - 1)


@at((1.5, -2.5), (0.0, 1.0))
def quotients(x, y):
    return x / y + 3.0 / (1.0 + x * x) - x / 4


@at((1.5,), (-1.5,), (0.0,))
def small_powers(x):
    return x**2 + x**3 - 2.0 * x**4 + x**1 + x**0


@at((1.5,), (-0.7,))
def negative_powers(x):
    return x**-1 + 2.0 * x**-2 - x**-3


@at((1.5,), (0.3,))
def fractional_powers(x):
    return x**0.5 + x**1.5 + x**-0.5


@at((1.5, 2.5), (0.3, -1.2))
def power_of_both(x, y):
    return x**y + 2.0**x + 3**y


@at((0.0, 2.0), (0.0, 3.0), (-2.0, 2.0), (-2.0, 3.0), wrt=(0,))
def power_of_base_only(x, y):
    return x**y + 1.0


@at((1.5, 3), (0.0, 2), (0.0, 1), (-1.5, 5), (2.0, 0), (2.0, -2))
def power_with_int_argument(x, n):
    return x**n


@at((2.0,))
def same_operand_twice(x):
    return x + x + x * x - x + x / x


@at((2.0, 3.0))
def deep_expression(x, y):
    return ((x + y) * (x - y) / (x * y + 1.0) - (x - 2.0) ** 2) * (y - (x - (y - (x - 1.0))))


@at((2.0, 3.0))
def common_subexpressions(x, y):
    return (x * y + 1.0) * (x * y + 1.0) + (x * y) ** 2 + y * x


@at((7.3, 2.1), (-7.3, 2.1), (7.3, -2.1))
def floor_division_and_modulo(x, y):
    return x // y + x % y * x


@at((7.3,), (-7.3,))
def modulo_by_constant(x):
    return (x % 3) ** 2 + x // 2


@at((7.3, 2.1))
def divmod_both(x, y):
    q, r = divmod(x, y)
    return q * x + r * r


@at((1.5,))
def unary(x):
    return -x + +x - -x - (-x) ** 3


@at((1.5, 2))
def int_and_float_mixed(x, n):
    k = n + 1
    m = k // 2 + k % 2
    return x * k + m / 3 + n**2 * x


@at((0.5,))
def bool_arithmetic(x):
    return x * (x > 0) + (x < 1) * 2.0 * x + True


@at((1.5, 2.0))
def negated_difference(x, y):
    return -(x - y) * -(y - x) - -(x * y)


@at((1e-8, 1e8))
def badly_scaled(x, y):
    return x * y + x / y + y * y * x


@at((0.0, 3.0), (3.0, 0.0), (0.0, 0.0))
def product_with_zero(x, y):
    return x * y * (x + y + 1.0)


@at((2.0,))
def long_chain(x):
    a = x * 1.1
    b = a + x
    c = b * a
    d = c - b
    e = d / a
    f = e * d
    g = f + c * x
    return g - a * b + e


@at((2.0, 0.5))
def bit_operations_on_ints_beside(x, y):
    n = (5 & 3) | (1 << 2)
    return x * n + (~n) * y + (n ^ 2)


@at((0.3, 0.4))
def constant_expressions(x, y):
    return x * (2 * 3 + 1) + y * (10 - 2**3) / 4 - 1 / 3


@at((0.3, 0.4, 0.5))
def zero_and_one_factors(x, y, z):
    return 0.0 * x + 1.0 * y + z * 1 + z * 0 + (0 + y) - 0
