"""Comprehensions and generator expressions, alone and inside sum, max, min, math.prod,
math.fsum.
"""

import math

from tests.corpus.registry import at


@at((0.4, 5), (0.4, 0))
def sum_of_generator(x, n):
    return sum(x**k for k in range(n)) + x


@at(([1.0, -2.0, 3.0],), ([],), wrt=(0,))
def sum_of_squares(xs):
    return sum(x * x for x in xs)


@at(([1.0, -2.0, 3.0],))
def sum_of_list_comprehension(xs):
    return sum([math.sin(x) for x in xs])


@at(([1.0, -2.0, 3.0], [4.0, 5.0, 6.0]))
def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


@at(([1.0, -2.0, 3.0],))
def sum_with_start(xs):
    return sum((x * x for x in xs), xs[0])


@at(([1.0, -2.0, 3.0],))
def filtered(xs):
    return sum(x * x for x in xs if x > 0) + sum(1 for x in xs if x < 0)


@at(([1.0, -2.0, 3.0],))
def nested_generators(xs):
    return sum(a * b for a in xs for b in xs) + sum(
        xs[i] * xs[j] for i in range(3) for j in range(i)
    )


@at(([[1.0, 2.0], [3.0, 4.0]],))
def sum_of_sums(m):
    return sum(sum(v * v for v in row) * row[0] for row in m)


@at(([1.0, -2.0, 3.0],))
def enumerate_inside(xs):
    return sum((i + 1) * x for i, x in enumerate(xs))


@at(([1.0, -2.0, 3.0],))
def max_of_generator(xs):
    return max(x * x for x in xs) + min(x * 2.0 for x in xs)


@at(([1.0, -2.0, 3.0],), ([1.0, 0.0, 3.0],), ([0.0, 0.0, 3.0],))
def prod_of_list(xs):
    return math.prod(xs)


@at(([1.0, -2.0, 3.0],))
def prod_of_generator(xs):
    return math.prod(1.0 + x * x for x in xs)


@at(([1.0, -2.0, 3.0],))
def fsum_of_generator(xs):
    return math.fsum(x / (i + 1) for i, x in enumerate(xs))


@at(([1.0, -2.0, 3.0],))
def fsum_of_list(xs):
    return math.fsum(xs) ** 2


@at(([1.0, -2.0, 3.0],))
def list_then_index(xs):
    ys = [x * x for x in xs]
    return ys[0] * ys[-1] + ys[1]


@at(([1.0, -2.0, 3.0],))
def comprehension_over_comprehension(xs):
    ys = [x * x for x in xs]
    zs = [y + ys[0] for y in ys]
    return sum(y * z for y, z in zip(ys, zs, strict=True))


@at((0.5,))
def powers_table(x):
    table = [x**k for k in range(6)]
    return sum(table[i] * table[5 - i] * (i + 1) for i in range(6))


@at(([1.0, -2.0, 3.0],))
def comprehension_with_ternary(xs):
    return sum([x if x > 0 else 0.1 * x for x in xs])


@at(([[1.0, 2.0], [3.0, 4.0]], [5.0, 6.0]))
def matrix_vector(a, v):
    w = [sum(a[i][j] * v[j] for j in range(2)) for i in range(2)]
    return w[0] * w[1]


@at((0.5, 1.5))
def nested_list_comprehension(x, y):
    m = [[x * i + y * j for j in range(3)] for i in range(2)]
    return m[0][1] * m[1][2] + sum(sum(row) for row in m)


@at(([1.0, -2.0, 3.0],))
def variable_of_comprehension_shadows(xs):
    x = xs[0] * 10.0
    s = sum(x * x for x in xs)
    return s * x


@at(([0.5, 1.5, -1.0],))
def mean_and_variance(xs):
    n = len(xs)
    mean = sum(xs) / n
    return sum((x - mean) ** 2 for x in xs) / (n - 1)


@at((0.3,))
def generator_with_index_condition(x):
    return sum(x * k for k in range(10) if k % 3 == 0)
