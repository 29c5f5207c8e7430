"""abs, max, min, sum, pow, round, divmod, float, int, len, isinstance away from kinks."""

# ruff: noqa: SIM108

from tests.corpus.registry import at


@at((1.5,), (-1.5,))
def absolute(x):
    return abs(x) * x + abs(-2 * x)


@at((1.5, 2.5), (2.5, 1.5))
def max_of_two(x, y):
    return max(x, y) * x + min(x, y) * y


@at((1.5, 2.5, -0.5), (2.5, 1.5, 9.0))
def max_of_three(x, y, z):
    return max(x, y * 2.0, z) + 3.0 * min(x * y, z, 4.0)


@at((1.5,), (-1.5,))
def relu(x):
    return max(x, 0.0) * x + max(0, x) + min(1, x)


@at(([1.0, 5.0, -3.0],), ([9.0, 5.0, 7.0],), ([2.0],))
def max_of_list(xs):
    return max(xs) ** 2 + min(xs) * xs[0]


@at(([1.0, 5.0, -3.0],))
def sum_of_list(xs):
    return sum(xs) * sum(xs) + sum(xs, 2.0)


@at((1.5, 2.5))
def sum_of_literal(x, y):
    return sum([x, y, x * y]) + sum((x, 1, y)) + max([x, y]) * min((x, y))


@at((1.5, 2.5))
def pow_function(x, y):
    return pow(x, y) + pow(x, 2) + pow(2, y) + pow(x, -1)


@at((2.6,), (-1.3,))
def rounding_is_flat(x):
    return round(x) * x + round(x, 1) + int(x) * x


@at((2.6,))
def float_of(x):
    return float(x) * float(3) + float("1.5") * x


@at((2.6, 3))
def isinstance_prunes(x, n):
    if isinstance(x, float):
        y = x * x
    else:
        y = x + "never"
    return y * n if isinstance(n, int) else y


@at(([1.0, 5.0, -3.0],))
def length(xs):
    n = len(xs)
    return sum(xs) / n + n


@at((5.5, 1.3))
def divmod_in_loop(x, y):
    s = 0.0
    for i in range(1, 4):
        q, r = divmod(x * i, y)
        s += q * 0.1 + r * x
    return s


@at((1.5, -2.5))
def clamp(x, y):
    lo, hi = -1.0, 2.0
    return min(max(x, lo), hi) * y + max(lo, min(y, hi)) * x


@at((0.3, 0.8))
def max_in_loop(x, y):
    m = -1e9
    for i in range(5):
        m = max(m, x * i - y * i * i * 0.3)
    return m * x


@at(([3.0, 1.0, 2.0],))
def max_by_hand(xs):
    best = xs[0]
    for x in xs[1:]:
        if x > best:
            best = x
    return best * best


@at((1.5,))
def bool_of(x):
    return x * x if bool(x) else x


@at((2, 1.5))
def int_arithmetic_stays_exact(n, x):
    k = n**70 + 1
    return x * (k % 10) + (k // 2**60) * x
