"""The graph of a function computes what the function computes, feature by feature."""

# ruff: noqa: B905, RUF005  (the functions are written as users write)

from __future__ import annotations

import math
from collections import namedtuple
from dataclasses import dataclass
from math import exp as e_power

import pytest

from symdiff.frontend.capture import capture
from symdiff.frontend.lower import lower
from symdiff.ir.interp import run
from symdiff.ir.types import FLOAT, INT, Node, list_of
from symdiff.ir.verify import verify

SCALE = 1.5
SHIFTS = [0.5, -0.25]
Point = namedtuple("Point", "x y")


@dataclass
class Params:
    w: float
    b: float


FLOATS = list_of(FLOAT)
MATRIX = list_of(FLOATS)


def rebuild(tree, leaves):
    if isinstance(tree, Node):
        parts = [rebuild(c, leaves) for c in tree.children]
        if tree.kind == "tuple":
            return tuple(parts)
        if tree.kind == "dict":
            return dict(zip(tree.keys, parts, strict=True))
        return tree.cls(*parts)
    return next(leaves) if not hasattr(tree, "value") else tree.value


def flatten(x):
    if isinstance(x, dict):
        return [leaf for v in x.values() for leaf in flatten(v)]
    if isinstance(x, tuple):
        return [leaf for v in x for leaf in flatten(v)]
    if isinstance(x, Params):
        return [x.w, x.b]
    return [x]


def copied(x):
    return [copied(e) for e in x] if isinstance(x, list) else x


def same(got, want):
    """Equal to the bit, but for sums of floats, which newer Pythons compensate."""
    if isinstance(want, (list, tuple)):
        return type(got) is type(want) and len(got) == len(want) and all(map(same, got, want))
    if isinstance(want, dict):
        return got.keys() == want.keys() and all(same(got[k], want[k]) for k in want)
    if isinstance(want, float) and isinstance(got, float):
        return math.isclose(got, want, rel_tol=1e-14, abs_tol=1e-14)
    return got == want


def check(f, *args, **types):
    lowered = lower(capture(f), types)
    verify(lowered.graph)
    leaves = [leaf for a in args for leaf in flatten(a)]
    hidden = [leaf for c in lowered.captures for leaf in flatten(c.read())]
    got = run(lowered.graph, *[copied(x) for x in leaves + hidden])
    want = f(*[copied(a) for a in args])
    assert same(rebuild(lowered.graph.result, iter(got)), want)
    return lowered


# -- expressions -----------------------------------------------------------------------------------


def arithmetic(x, y):
    return x + y - x * y / 3 + x // y + x % y + x**2 + -x + +y + x**y


def comparisons(x, y):
    return (x < y, x <= y, x > y, x >= y, x == y, x != y, 0 < x < y < 9, not x < y)


def short_circuit(x, y):
    a = x > 0 and y / x > 1
    b = x == 0 or y / x > 1
    c = x > 0 and y > 0 and x + y > 3
    return (1.0 if a else 2.0) + (10.0 if b else 20.0) + (100.0 if c else 200.0)


def number_or(x, y):
    return (x or y) + (x and y) + (y or 3)


def ternaries(x, y):
    return (x if x > y else y) * (2 if x < 0 else 3) + (1 if x > 0 else 2.5)


def walrus(x, y):
    if (s := x + y) > 1:
        return s * (t := x * 2) + t
    return s


def mathematics(x, y):
    u = abs(y) + 1.5
    return (
        math.sin(x)
        + math.cos(y) * math.tan(x)
        + e_power(-u)
        + math.log(u)
        + math.log(u, 3)
        + math.log2(u)
        + math.sqrt(u)
        + math.atan2(x, y)
        + math.hypot(x, y, u)
        + math.erf(x)
        + math.lgamma(u)
        + math.pow(u, x)
        + math.copysign(x, y)
        + math.fmod(x, u)
        + math.floor(x)
        + math.pi * math.e
        + math.tanh(x)
        + math.dist([x, y], [u, 1.0])
        + math.dist((x, y), (u, 2.0))
        + math.fsum([x, y, u])
        + math.prod([x, u])
    )


def builtin_calls(x, y):
    q, r = divmod(x, y)
    return (
        abs(x)
        + max(x, y)
        + min(x, y, 1.0)
        + max([x, y, 0.5])
        + pow(x, 2)
        + round(y)
        + round(x, 1)
        + q
        + r
        + float(3)
        + int(x)
        + len([x, y])
        + sum([x, y])
        + sum((x, y, 1))
        + sum([x, y], 5.0)
        + bool(x)
    )


# -- names and assignment --------------------------------------------------------------------------


def assignments(x, y):
    a = b = x * y
    c: float = a + 1
    c += b
    c *= 2
    c -= x
    c /= 3
    (p, q), r = (x, y), c
    x, y = y, x
    first, *rest = (p, q, r, x)
    *init, last = [p, q, r]
    return a + c + p * q + r + x - y + first + sum(rest) + sum(init) + last


def closures(x, y):
    k = x * 2

    def inner(t, n=3, *, scale=1.0):
        return t * k * n * scale

    double = lambda t: t + t + k  # noqa: E731
    k = y
    return inner(x) + inner(y, scale=2.0) + double(inner(x, n=1))


def helper(t, *more, power=2):
    """A helper of this module."""
    if t < 0:
        return 0.0
    total = t**power
    for m in more:
        total += m
    return total * SCALE


def inlined(x, y):
    return helper(x) + helper(-y) + helper(y, x, 1.0, power=3)


def globals_and_defaults(x, y=2.0, *, z=3):
    return x * SCALE + SHIFTS[0] * y + SHIFTS[1] + z


def varargs(x, *rest):
    total = x
    for r in rest:
        total = total * 2 + r
    return total + len(rest)


# -- control flow ----------------------------------------------------------------------------------


def branches(x, y):
    if x > y:
        z = x * 2
        if y > 0:
            z = z + 1
    elif x == y:
        z = 0
    else:
        z = y * 3
        w = z
        z = w + x
    return z


def early_returns(x, y):
    if x > 2:
        return x
    if x > 1:
        if y > 0:
            return y
        y = -y
    elif y < -5:
        return 5.0
    z = x + y
    if z > 0:
        return z
    return -z * 2


def loops(x, y):
    s = 0
    for i in range(4):
        for j in range(i, 6, 2):
            if j == 4:
                continue
            s += x * i + y * j
        if s > 50:
            break
    else:
        s += 1000
    return s + i


def return_in_loop(x, y):
    for i in range(10):
        x = x * 1.5
        for _ in range(3):
            y = y + x
            if y > 30:
                return y * i
        if x > 40:
            break
    return x + y


def newton(x, y):
    z = 1.0
    n = 0
    while abs(z * z - x) > 1e-9 and n < 50:
        z = 0.5 * (z + x / z)
        n += 1
    else:
        z += y
    return z + n


def while_true(x, y):
    while True:
        x = x + y * y + 1
        if x > 20:
            return x
        if x < -20:
            break
    return -x


def while_list(x, y):
    stack = [x, y, 1.0]
    s = 0.0
    while stack:
        t = stack.pop()
        s = s * 2 + t
        if t > 3:
            stack.append(t - 2)
    return s


def while_walrus(x, y):
    n = 0
    while (t := x - n * 0.5) > y:
        n += 1
    return t + n


def reversed_ranges(x, y):
    s = 0.0
    for i in reversed(range(5)):
        s = s * x + i
    for i in range(10, 0, -3):
        s += i * y
    for i in reversed(range(1, 9, 3)):
        s = s * 0.5 + i
    return s


def bound_in_loop(x, y):
    for i in range(int(abs(x)) + 1):
        t = y * i
    return t + i


def unrolled(x, y):
    s = 0.0
    for k, (a, b) in enumerate(((x, y), (y, 1.0), (2.0, x))):
        if a > 5:
            break
        if b > 7:
            return s
        s += a * b * k
    else:
        s += 100
    return s


# -- lists -----------------------------------------------------------------------------------------


def lists(x, y):
    xs = [x, y, 3]
    xs.append(x * y)
    xs[1] = xs[0] + xs[-1]
    xs[2] += 5
    ys = xs
    ys[0] = 7.0
    zs = xs[:]
    zs[0] = 1.0
    return xs[0] + zs[0] + sum(xs[1:]) + len(ys) + sum(zs + xs) + sum(xs[::2]) + sum([x] * 3)


def matrix(x, y):
    a = [[0.0] * 3 for _ in range(2)]
    for i in range(2):
        for j in range(3):
            a[i][j] = x * i + y * j
        a[i][0] += 1
    row = a[1]
    row[2] = 9.0
    return a[1][2] + sum(a[0]) + sum(sum(r) for r in a)


def comprehensions(x, y):
    a = [x * i for i in range(4)]
    b = [v + y for v in a if v > 1]
    c = [[p * q for q in a] for p in b]
    d = [p * q for p in a for q in b if q > p]
    total = sum(v * v for v in a) + sum(b) + sum(r[0] for r in c) + sum(d)
    total += math.fsum(v for v in a) + math.prod(v + 1 for v in a) + max(v * y for v in a)
    x = 5.0
    return total + x + (1 if all(v > 0 for v in a) else 2) + (1 if any(v > y for v in a) else 2)


def double_buffer(x, y):
    old = [x, y, 1.0]
    new = [0.0, 0.0, 0.0]
    for _ in range(3):
        for i in range(3):
            new[i] = old[i] * 0.5 + old[i - 1]
        old, new = new, old
    return old[0] + 2 * old[1] + 3 * new[2]


def growing_rows(x, y):
    rows = []
    for i in range(3):
        row = []
        for j in range(2):
            row.append(x * i + y * j)
        rows.append(row)
    return sum(r[0] * r[1] for r in rows)


def tuples(x, y):
    t = (x, y)
    t = t + (x * y,)
    u = [(x, 1.0), (y, 2.0)]
    s = 0.0
    for a, b in u:
        s += a * b
    return s + t[2] + t[-1] + len(t) + max(t) + sum(t[:2])


def selection_sort(x, y):
    xs = [x, y, 1.0, -2.0]
    for i in range(len(xs)):
        k = i
        for j in range(i + 1, len(xs)):
            if xs[j] < xs[k]:
                k = j
        xs[i], xs[k] = xs[k], xs[i]
    return xs[0] + 2 * xs[1] + 3 * xs[2] + 4 * xs[3]


# -- structures, guards, text ----------------------------------------------------------------------


def structured(x, y):
    d = {"a": x, "b": y * 2}
    p = Point(x, y)
    q = Params(d["a"], b=3.0)
    return {"s": d["a"] + p.x * p.y, "t": (q.w, q.b), "n": None}


def guarded(x, y):
    """Guards are kept."""
    assert x > -100, f"x is {x}"
    if y < -100:
        raise ValueError(f"y={y:.3f} is too small")
    name = f"{x} and {y}"
    print(name, x)
    return x / (y + 50)


def typed_branch(x, y):
    if isinstance(x, float) and y is not None:
        return x + 1
    return "text"


SCALARS = [
    arithmetic,
    comparisons,
    short_circuit,
    number_or,
    ternaries,
    walrus,
    mathematics,
    builtin_calls,
    assignments,
    closures,
    inlined,
    branches,
    early_returns,
    loops,
    return_in_loop,
    newton,
    while_true,
    while_list,
    while_walrus,
    reversed_ranges,
    bound_in_loop,
    unrolled,
    lists,
    matrix,
    comprehensions,
    double_buffer,
    growing_rows,
    tuples,
    selection_sort,
    structured,
    guarded,
    typed_branch,
    globals_and_defaults,
]
POINTS = [(2.0, 3.0), (0.5, -1.5), (1.5, 1.5), (6.0, 0.25), (1.25, 8.0), (1.5, -7.0)]


@pytest.mark.parametrize("f", SCALARS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("point", POINTS)
def test_scalars(f, point):
    try:
        f(*point)
    except (ValueError, OverflowError, TypeError):
        pytest.skip("outside the domain")
    if isinstance(f(*point), complex) or (f is globals_and_defaults):
        check_numbers(globals_and_defaults, point)
        return
    check(f, *point)


def check_numbers(f, point):
    lowered = lower(capture(f), {"x": FLOAT, "y": FLOAT})
    hidden = [c.read() for c in lowered.captures]
    assert same(run(lowered.graph, *point, *hidden), [f(*point)])


# -- list arguments --------------------------------------------------------------------------------


def over_lists(xs, ys):
    s = 0.0
    for a, b in zip(xs, ys):
        s += a * b
    for i, a in enumerate(xs, start=1):
        s += i * a
    for a in reversed(xs):
        s = s * 0.5 + a
    for i, (a, b) in enumerate(zip(xs, ys)):
        s += a * i - b
    return s + len(xs) + sum(v * w for v, w in zip(xs, ys))


def prefix(xs, ys):
    out = [0.0] * len(xs)
    out[0] = xs[0]
    for i in range(1, len(xs)):
        out[i] = out[i - 1] * ys[i] + xs[i]
    return out


def mutates(xs, ys):
    for i, x in enumerate(xs):
        xs[i] = x * 2 + xs[0]
    ys.append(xs[-1])
    return sum(xs) + sum(ys)


def add_to(target, value):
    target[0] += value
    target.append(value)


def through_helper(xs, ys):
    for y in ys:
        add_to(xs, y)
    return sum(xs) + xs[0]


def search(xs, ys):
    for i, x in enumerate(xs):
        for y in ys:
            if x * y < 0:
                return x - y + i
    return 0.0


def unpack_list(xs, ys):
    a, b, c = xs
    d, *rest = ys
    return a * b - c + d + sum(rest)


@pytest.mark.parametrize(
    "f",
    [over_lists, prefix, mutates, through_helper, search, unpack_list],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize(
    "xs, ys", [([1.0, 2.0, -3.0], [0.5, 4.0, 2.0]), ([1.0, 0.5, 2.0], [2.0, 1.0])]
)
def test_lists(f, xs, ys):
    if f is prefix and len(ys) < len(xs):
        ys = [*ys, 1.0]
    check(f, xs, ys, xs=FLOATS, ys=FLOATS)


def gauss(a, b):
    n = len(b)
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(a[i][k]) > abs(a[p][k]):
                p = i
        a[k], a[p] = a[p], a[k]
        b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            m = a[i][k] / a[k][k]
            for j in range(k, n):
                a[i][j] -= m * a[k][j]
            b[i] -= m * b[k]
    x = [0.0] * n
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - sum(a[i][j] * x[j] for j in range(i + 1, n))) / a[i][i]
    return x


def matmul(a, b):
    return [[sum(p * q for p, q in zip(row, col)) for col in b] for row in a]


def test_matrices():
    a = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.5], [7.0, 8.5, 9.0]]
    check(gauss, a, [1.0, 2.0, 3.0], a=MATRIX, b=FLOATS)
    check(matmul, a, [[1.0, 0.0, 2.0], [0.5, 1.0, 1.0]], a=MATRIX, b=MATRIX)


def of_struct(p, t):
    a, (b, c) = t
    return p["w"] * a + p["b"] * b - c


def of_record(p, n):
    return p.w**n + p.b


def test_structured_arguments():
    tree = Node("dict", ("w", "b"), (FLOAT, FLOAT))
    pair = Node("tuple", (0, 1), (FLOAT, Node("tuple", (0, 1), (FLOAT, FLOAT))))
    check(of_struct, {"w": 2.0, "b": 3.0}, (1.0, (4.0, 5.0)), p=tree, t=pair)
    record = Node("record", ("w", "b"), (FLOAT, FLOAT), Params)
    check(of_record, Params(2.0, 3.0), 3, p=record, n=INT)


def test_varargs():
    tree = Node("tuple", (0, 1), (FLOAT, FLOAT))
    lowered = lower(capture(varargs), {"x": FLOAT, "rest": tree})
    assert run(lowered.graph, 1.0, 2.0, 3.0) == [varargs(1.0, 2.0, 3.0)]
    assert [p.kind for p in lowered.graph.params] == ["positional", "varargs"]


def test_lambdas_on_one_line():
    f, g = (lambda x: x * 2), (lambda x: x + 5)
    assert run(lower(capture(f), {}).graph, 3.0) == [6.0]
    assert run(lower(capture(g), {}).graph, 3.0) == [8.0]


def test_captures_are_read_again():
    lowered = lower(capture(globals_and_defaults), {"x": FLOAT, "y": FLOAT})
    assert [c.name for c in lowered.captures] == ["SCALE", "SHIFTS"]
    assert [p.kind for p in lowered.graph.params] == [
        "positional",
        "positional",
        "keyword",
        "captured",
        "captured",
    ]


def test_notes_and_imports():
    lowered = lower(capture(guarded), {})
    assert any(note.startswith("print (L") for note in lowered.graph.notes)


def test_origins_of_inlined_code():
    lowered = lower(capture(inlined), {})
    functions = {s.origin.function for s in lowered.graph.body.stmts if s.op.name != "const"}
    assert functions == {"inlined", "helper"}
