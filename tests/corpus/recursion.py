"""Functions that call themselves: directly, several times, through others, through closures."""

import math

from tests.corpus.registry import at

SCALE = 0.7


def _power(x, n):
    return 1.0 if n == 0 else x * _power(x, n - 1)


@at((1.3,))
def power(x):
    return _power(x, 5) + _power(0.5 * x, 0)


@at((1.1, 6), (0.7, 1))
def fibonacci(x, n):
    if n < 2:
        return x
    return fibonacci(x, n - 1) + fibonacci(x, n - 2) * x


def _even(x, n):
    if n == 0:
        return x
    return _odd(x * 1.1, n - 1)


def _odd(x, n):
    if n == 0:
        return 1 / x
    return _even(math.sin(x), n - 1)


@at((0.7, 5), (0.7, 4))
def mutual(x, n):
    return _even(x, n) * _odd(x, n)


@at(([1.0, 2.0, 3.0], 0.5))
def horner_by_index(c, x):
    def go(i):
        if i == len(c):
            return 0.0
        return c[i] + x * go(i + 1)

    return go(0)


@at(([1.0, 2.0, 3.0], 0.5), ([], 0.5))
def horner_by_slices(c, x):
    if not c:
        return 0.0
    return c[0] + x * horner_by_slices(c[1:], x)


def _simpson(f, a, b, fa, fm, fb, whole, tol, depth):
    m = (a + b) / 2
    lm, rm = (a + m) / 2, (m + b) / 2
    flm, frm = f(lm), f(rm)
    left = (m - a) / 6 * (fa + 4 * flm + fm)
    right = (b - m) / 6 * (fm + 4 * frm + fb)
    if depth <= 0 or abs(left + right - whole) <= 15 * tol:
        return left + right + (left + right - whole) / 15
    return _simpson(f, a, m, fa, flm, fm, left, tol / 2, depth - 1) + _simpson(
        f, m, b, fm, frm, fb, right, tol / 2, depth - 1
    )


@at((0.8, 0.1, 1.7))
def adaptive_simpson(p, a, b):
    def f(t):
        return math.exp(-p * t * t) * SCALE

    m = (a + b) / 2
    fa, fm, fb = f(a), f(m), f(b)
    return _simpson(f, a, b, fa, fm, fb, (b - a) / 6 * (fa + 4 * fm + fb), 1e-4, 6)


@at((0.3, 5))
def legendre(x, n):
    if n == 0:
        return 1.0
    if n == 1:
        return x
    return ((2 * n - 1) * x * legendre(x, n - 1) - (n - 1) * legendre(x, n - 2)) / n


@at((0.4, 5))
def hermite(x, n):
    return (
        1.0
        if n == 0
        else 2 * x
        if n == 1
        else (2 * x * hermite(x, n - 1) - 2 * (n - 1) * hermite(x, n - 2))
    )


@at(([1.0, 3.0, -2.0, 0.5], 0.3))
def de_casteljau(p, t):
    if len(p) == 1:
        return p[0]
    lower = [(1 - t) * p[i] + t * p[i + 1] for i in range(len(p) - 1)]
    return de_casteljau(lower, t)


@at((3.72, 1.3))
def euclid(a, b):
    if b < 0.1:
        return a
    return euclid(b, a - b * math.floor(a / b))


def _bisect(f, lo, hi, k):
    mid = (lo + hi) / 2
    if k == 0:
        return mid - f(mid)
    if f(mid) * f(lo) <= 0:
        return _bisect(f, lo, mid, k - 1)
    return _bisect(f, mid, hi, k - 1)


@at((2.0, 3.0))
def bisection(a, b):
    return _bisect(lambda t: t * t - a, 0.1 * b, b, 8)


@at((0.4, 4))
def chebyshev_pairs(x, n):
    def pair(k):
        if k == 0:
            return 1.0, x
        p, q = pair(k - 1)
        return q, 2 * x * q - p

    return pair(n)[0]


@at((0.4, 1, 2))
def ackermann(x, m, n):
    if m == 0:
        return x + n
    if n == 0:
        return ackermann(x, m - 1, 1)
    return ackermann(x * 0.5 + 0.1 * ackermann(x, m, n - 1), m - 1, n)


@at((1.5, 6))
def continued_fraction(x, n):
    return x if n == 0 else n + x / continued_fraction(x, n - 1)


TREE = ((1.0, 2.0), (0.5, (0.25, 3.0)))


@at((0.3,))
def static_tree(x):
    def value(t):
        if not isinstance(t, tuple):
            return t * x
        return math.tanh(value(t[0])) + value(t[1]) * value(t[0])

    return value(TREE)


@at((0.9, 4))
def accumulator(x, n, s=0):
    if n == 0:
        return s
    return accumulator(x, n - 1, s + x**n)


@at((0.4, 3))
def inside_a_loop(x, n):
    if n == 0:
        return x
    s = 0.0
    for k in range(n):
        s = s + math.sin(inside_a_loop(x * (k + 1), k))
    return s


@at((0.5, 3))
def inside_a_while(x, n):
    while x < 4.0:
        if n == 0:
            return x
        x = x * 1.5 + 0.1 * inside_a_while(x, n - 1)
    return x


@at((0.8, 4))
def growing_list(x, n):
    def go(n):
        if n == 0:
            return [x]
        r = go(n - 1)
        r.append(r[-1] * x + n)
        return r

    return sum(go(n))


def _factorial(n):
    return 1 if n == 0 else n * _factorial(n - 1)


@at((0.5,))
def factorials_are_ints(x):
    s = 0.0
    for k in range(5):
        s += x**k / _factorial(k)
    return s


def _sorted(xs):
    if len(xs) <= 1:
        return xs
    m = len(xs) // 2
    a, b = _sorted(xs[:m]), _sorted(xs[m:])
    out = []
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i] < b[j]:
            out.append(a[i])
            i += 1
        else:
            out.append(b[j])
            j += 1
    return out + a[i:] + b[j:]


@at(([3.0, 1.0, 2.0, 0.5],))
def merge_sort(xs):
    s = 0.0
    for i, v in enumerate(_sorted(xs)):
        s += (i + 1) * v * v
    return s


def _descend(x, y, n):
    if n <= 0:
        raise ValueError("too deep")
    if x * x + y * y < 1e-3:
        return x, y
    return _descend(0.2 * x + 0.1 * y * x, 0.3 * y, n - 1)


@at((0.9, 0.4))
def guarded(x, y):
    u, v = _descend(x, y, 9)
    return u * 100.0 + math.log(v)


def _product(xs, i):
    return 1.0 if i < 0 else xs[i] * _product(xs, i - 1)


@at(([0.5, 0.0, 2.0],))
def product_with_zero(xs):
    return _product(xs, len(xs) - 1)


@at((0.7,))
def recursive_lambda(x):
    tower = lambda k: x if k == 0 else x ** tower(k - 1)  # noqa: E731
    return tower(3)


def _pendulum(state, h, n):
    if n == 0:
        return state
    return _pendulum(
        {"q": state["q"] + h * state["p"], "p": state["p"] - h * math.sin(state["q"])}, h, n - 1
    )


@at((0.3, 0.1))
def state_in_a_dict(q, h):
    end = _pendulum({"q": q, "p": 0.2}, h, 4)
    return end["q"] * end["p"]


@at((0.3,))
def collects_in_order(x):
    out = []

    def walk(n):
        if n == 0:
            return
        walk(n - 1)
        out.append(x * n)
        walk(n - 1)

    walk(3)
    return sum((k + 1) * math.sin(v) for k, v in enumerate(out))


def _quicksort(xs, low, high):
    if low >= high:
        return
    pivot, i = xs[high], low
    for j in range(low, high):
        if xs[j] < pivot:
            xs[i], xs[j] = xs[j], xs[i]
            i += 1
    xs[i], xs[high] = xs[high], xs[i]
    _quicksort(xs, low, i - 1)
    _quicksort(xs, i + 1, high)


@at(([3.0, 1.0, 2.0, 0.5],))
def sorts_in_place(xs):
    ys = xs[:]
    _quicksort(ys, 0, len(ys) - 1)
    return sum((i + 1) * v * v for i, v in enumerate(ys))


@at((0.7,))
def backtracks(x):
    total = [0.0]

    def go(path, k):
        if k == 0:
            p = 1.0
            for v in path:
                p *= v
            total[0] += p
            return
        for j in range(2):
            path.append(x + j)
            go(path, k - 1)
            path.pop()

    go([], 3)
    return total[0]


@at(([[1.0, 2.0, 0.5], [0.3, 1.0, 0.2], [2.0, 0.1, 0.4]],))
def determinant_by_minors(m):
    if len(m) == 1:
        return m[0][0]
    s = 0.0
    for j in range(len(m)):
        minor = [row[:j] + row[j + 1 :] for row in m[1:]]
        s += (-1) ** j * m[0][j] * determinant_by_minors(minor)
    return s


@at((0.4, 0.7))
def expression_tree(x, y):
    def value(e):
        if e[0] == "x":
            return x
        if e[0] == "y":
            return y
        a, b = value(e[1]), value(e[2])
        return a + b if e[0] == "+" else a * b

    return value(("+", ("*", ("x",), ("y",)), ("*", ("x",), ("+", ("x",), ("y",)))))


@at((1.1, 7))
def power_by_halves(x, n):
    if n == 0:
        return 1.0
    h = power_by_halves(x, n // 2)
    return h * h if n % 2 == 0 else h * h * x


@at((0.4, 3))
def pegs(x, n, a="A", b="B", c="C"):
    if n == 0:
        return 0.0
    w = x if a == "A" else x * x
    return pegs(x, n - 1, a, c, b) + w + pegs(x, n - 1, c, b, a)
