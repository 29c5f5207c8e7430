"""Statements and operators beyond assignment, branches and loops: ``match``, membership, identity,
values of ``and``/``or``, bits, text as static data."""

import decimal
import logging
import math
import warnings
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from tests.corpus.registry import at

POWERS = {"linear": 1, "square": 2, "cubic": 3}
WHOLE = frozenset({2, 3, 5})


class Mode(Enum):
    FAST = 1
    EXACT = 2


MODE = Mode.EXACT


@dataclass
class Point:
    x: float
    y: float


class Pair(NamedTuple):
    first: float
    second: float


# -- match -----------------------------------------------------------------------------------------


@at((1.5, "sq"), (1.5, "square"), (1.5, "sin"), (1.5, "other"), wrt=(0,))
def match_text(x, mode):
    match mode:
        case "sq" | "square":
            return x * x
        case "sin":
            return math.sin(x)
        case other:
            return x * len(other)


@at((1.5, 0), (1.5, 1), (1.5, 2), (1.5, 12), (1.5, 5), wrt=(0,))
def match_number(x, n):
    match n:
        case 0:
            return x
        case 1 | 2:
            y = x * x
        case k if k > 10:
            y = x * k
        case _:
            y = math.exp(x)
    return y * 2


@at(([2.0],), ([2.0, 3.0],), ([2.0, 3.0, 0.5],))
def match_list(xs):
    match xs:
        case []:
            return 1.0
        case [x]:
            return x * x
        case [x, y]:
            return x * y
        case [first, *rest]:
            return first * sum(rest)
        case _:
            raise ValueError("no list")


@at(([2.0, 3.0, 0.5, 4.0],), ([2.0, 3.0],))
def match_ends(xs):
    match xs:
        case [a, b, *_, c]:
            return a * b * c
        case [a, *_]:
            return a * a
        case _:
            return 0.0


@at((1.5, 2.5), (2.5, 1.5))
def match_tuple(x, y):
    match x, y:
        case (a, b) if a > b:
            return a * a * b
        case p:
            return p[0] + p[1] ** 2


@at((0.0, 2.5), (2.5, 0.0), second=False, expect=[[0.0, 5.0], [18.75, 0.0]])
def match_zero(x, y):
    match (x, y):
        case (0.0, b):
            return b * b
        case (a, 0.0):
            return a**3
        case _:
            return x * y


@at((Point(1.5, 2.5),), (Point(2.5, 1.5),))
def match_record(p):
    match p:
        case Point(x, y=y) if x < y:
            return x * y * y
        case Point(x=a):
            return a * a
        case _:
            raise TypeError("no point")


@at((1.5, 2.5))
def match_named_tuple(x, y):
    match Pair(x, y * x):
        case Pair(a, b):
            return a * b
        case _:
            return 0.0


@at(({"a": 1.5, "b": 2.5, "c": 0.5},))
def match_mapping(d):
    match d:
        case {"missing": m}:
            return m
        case {"a": a, **rest}:
            s = a
            for v in rest.values():
                s = s * v
            return s + len(rest)
        case _:
            return 0.0


@at((1.5, 2), (1.5, 2.0), wrt=(0,))
def match_class(x, n):
    match n:
        case int(k):
            return x**k
        case float():
            return math.exp(n * x)
        case str() | None:
            return x
        case _:
            return 0.0


@at((1.5,))
def match_enum(x):
    match MODE:
        case Mode.FAST:
            return x
        case Mode.EXACT:
            return math.sin(x)
        case _:
            return 0.0


@at((1.5, 7), (0.2, 9), wrt=(0,))
def match_in_loop(x, m):
    s = 0.0
    for i in range(m):
        match i % 4:
            case 0:
                continue
            case 1:
                s += x**i
            case _ if s > 5:
                break
            case j:
                s += j * x
    return s


@at((1.5, [3.0, 2.0]), (1.5, [1.0, 2.0]))
def match_guard_binds(x, p):
    """A name bound by a pattern whose guard fails stays bound."""
    y = x
    match p:
        case [y, z] if y > z:
            return y * z * x
        case _:
            pass
    return y * x


@at((1.5, (2.0, (0.5, 3.0))))
def match_nested(x, p):
    match p:
        case (a, (b, c)) as whole:
            return x * a * b + c * whole[0]
        case _:
            return x


@at(([2.0, 3.0],), ([2.0],))
def match_alternatives(xs):
    match xs:
        case [a, b] | [a, b, _]:
            return a * b
        case [_ as c]:
            return c * c
        case _:
            return 0.0


@at((1.5, True), (1.5, False), (1.5, None), wrt=(0,))
def match_singletons(x, flag):
    match flag:
        case True:
            return x * x
        case False:
            return math.sin(x)
        case None:
            return math.cos(x)
        case _:
            return x


# -- membership and identity -----------------------------------------------------------------------


@at((1.5, 3), (1.5, 4), wrt=(0,))
def number_in_tuple(x, n):
    return x * x if n in (1, 3, 5) else x**3


@at((1.5, 3), (1.5, 4), wrt=(0,))
def number_in_set(x, n):
    return x * x if n in {1, 3, 5} else math.sin(x)


@at((1.5, 3), (1.5, 4), wrt=(0,))
def number_in_captured_set(x, n):
    return x * x if n not in WHOLE else math.sin(x)


@at((1.5, 3, [1, 2, 3]), (1.5, 4, [1, 2]), wrt=(0,))
def number_in_list(x, n, known):
    s = 0.0
    for i in range(n):
        if i in known:
            s += x**i
    return s if n not in known else s * x


@at((1.5, 3), (1.5, 4), (1.5, 13), wrt=(0,))
def number_in_range(x, n):
    s = x if n in range(2, 10) else x * x
    return s * x if n in range(1, 20, 2) else s


@at((2.0,), (2.5,), second=False, expect=[[4.0], [18.75]])
def float_in_range(x):
    return x * x if x in range(5) else x**3


@at((1.5, "square"), (1.5, "root"), (1.5, "cubic"), wrt=(0,))
def text_in_dict(x, kind):
    if kind not in POWERS:
        return math.sqrt(x)
    return x * x if "qua" in kind else x**3


@at((1.5, 3), (1.5, 4), wrt=(0,))
def number_in_dict(x, n):
    table = {1: x, 3: x * x}
    return table[3] if n in table else math.sin(x)


@at((1.5, True), (1.5, False), wrt=(0,))
def truth_is(x, flag):
    return x * x if flag is True else (x if flag is not False else x**3)


# -- and, or, not ----------------------------------------------------------------------------------


@at((1.5, None), (1.5, 2.5), wrt=(0,))
def default_by_or(x, scale):
    scale = scale or 3.0
    return x * scale


@at((1.5, 0.0), (1.5, 2.5), (0.0, 2.5), expect=[[6.0, 0.0], [0.0, 5.0], [0.0, 0.0]], second=False)
def number_or_number(x, y):
    a = y or 2.0 * x
    b = x and a
    return b * ((x and y) or x)


@at((1.5, []), (1.5, [2.0, 3.0]), wrt=(0,))
def list_is_true(x, xs):
    if not xs:
        return x
    s = x
    while xs:
        s = s * xs[-1] + x
        xs = xs[:-1]
    return s


@at((1.5, ()), (1.5, (2.0,)), wrt=(0,))
def tuple_is_true(x, xs):
    return x * xs[0] if xs else x * x


# -- bits ------------------------------------------------------------------------------------------


@at((1.5, 6), (1.5, 9), wrt=(0,))
def bits(x, n):
    s = 0.0
    for k in range(4):
        if n >> k & 1:
            s += x**k
    return s * ((n ^ 5) | 8) + (~n & 3) * x * (1 << 2)


@at((1.5, 2.5), (-1.5, 2.5), (-1.5, -2.5))
def eager_and(x, y):
    if (x > 0) & (y > 0):
        return x * y
    return x**3 * y if (x < 0) ^ (y < 0) else x - y * x


@at((1.5, 13), wrt=(0,))
def fast_power(x, n):
    r = 1.0
    while n:
        if n & 1:
            r = r * x
        x = x * x
        n >>= 1
    return r


# -- text ------------------------------------------------------------------------------------------


@at((1.5, "  SIN "), (1.5, "xcos"), wrt=(0,))
def text_methods(x, mode):
    name = mode.strip().lower()
    if name.startswith("x"):
        x = x * len(name.replace("x", ""))
        name = name[1:]
    return math.sin(x) if name == "sin" else math.cos(x)


@at(({"w0": 1.5, "w1": 2.5, "w2": 0.5},))
def text_as_key(p):
    s = 0.0
    for k in (0, 1, 2):
        s = s * p["w0"] + p[f"w{k}"] * p["w" + str(k)] * p["w%d" % k]  # noqa: UP031
    return s


@at((1.5, 2.5))
def text_split(x, y):
    values = {"x": x, "y": y}
    s = 1.0
    for name in "x,y,x".split(sep=","):  # noqa: SIM905
        s = s * values[name]
    for c in "xyx":
        s += values[c] * ("ab" * 2).count("a")
    return s


@at((1.5,))
def text_in_messages(x):
    if x < 0:
        raise ValueError("negative: %g in {}".format("f") % x)
    assert x > 0, "not positive: " + str(x)
    return math.sqrt(x)


# -- with ------------------------------------------------------------------------------------------


class Depth:
    """A manager that changes itself at both ends."""

    def __init__(self, rate):
        self.rate = rate
        self.depth = 0

    def __enter__(self):
        self.depth += 1
        return self

    def __exit__(self, *exc):
        self.depth -= 1
        self.rate = self.rate * 2.0


@at((1.5,), (2.5,))
def managers_left_out(x):
    with warnings.catch_warnings(), decimal.localcontext():
        if x > 2:
            return x * x
        y = x**3
    return y * x


@at((1.5,))
def null_manager(x):
    with nullcontext(x * x) as y, nullcontext():
        z = y * x
    return z + y


@at((1.5,), (4.0,))
def own_manager(x):
    d = Depth(x)
    with d as e, Depth(x * x) as other:
        y = e.rate * e.rate * e.depth + other.rate
        if y > 30:
            return y * x
    return y + d.rate * (d.depth + 1)


@at((1.5, 4), wrt=(0,))
def manager_in_loop(x, n):
    d = Depth(x)
    s = 0.0
    for i in range(n):
        with d:
            if i == 2:
                continue
            s += d.rate * i
    return s


@at((1.5,), (-1.5,))
def suppressed(x):
    y = x
    with suppress(ValueError, ZeroDivisionError):
        y = math.log(x)
        y = y * 2
    return y * x


@at((1.5, 0.5), (0.5, -1.5))
def suppressed_twice(x, y):
    """The first block ends before the second begins."""
    xs = [x, y]
    with suppress(ValueError):
        xs[0] = 2.0 * x
        xs[0] = math.log(y)
    with suppress(ValueError):
        xs[1] = math.sqrt(x - 1.0) * xs[0]
        xs[0] = math.sin(y)
    return xs[0] * x + xs[1]


@at((1.5, 0.5))
def suppresses_nothing(x, y):
    """What could raise is known not to, so that nothing is left to watch."""
    a = b = y
    with suppress(ValueError):
        b = math.sqrt(0.5 + 0.01)
        a = b or math.sin(x)
    return a * x + b * y


# -- del -------------------------------------------------------------------------------------------


@at((1.5,))
def deleted(x):
    y, z = x * x, 2.0
    xs = [x, y, z]
    del y, z
    y = x
    p = {"a": x, "b": x * x, "c": y}
    del p["a"], xs[-1], xs[:1]
    for v in p.values():
        y = y * v
    return y * len(p) + xs[0]


# -- nonlocal --------------------------------------------------------------------------------------


@at((1.5, 5), (1.5, 2), wrt=(0,))
def rebinds_in_loop(x, n):
    total = x
    count = 0

    def step(k):
        nonlocal total, count
        if k % 2 == 0:
            total = total * x
            count += 1
        else:
            total += k

    for k in range(n):
        step(k)
    return total * count


@at((1.5,))
def rebinds_apart(x):
    """Each call of the factory has a name of its own."""

    def make():
        s = x

        def add(v):
            nonlocal s
            s += v * s
            return s

        return add

    f, g = make(), make()
    f(1.0)
    f(x)
    return f(x) * g(x * x)


@at((0.7, 5), wrt=(0,))
def keeps_the_best(x, n):
    best = 0.0

    def visit(v):
        nonlocal best
        if v > best:
            best = v

    i = 0
    while i < n:
        visit(math.sin(i * x))
        i += 1
    return best * x


@at((1.5,))
def sees_later_binding(x):
    def f():
        return y * x

    y = 2.0 * x
    a = f()
    y = x**3
    return a + f()


@at((1.5,))
def rebinds_two_levels(x):
    s = x

    def outer():
        t = 1.0

        def inner():
            nonlocal s, t
            s = s * x
            t = t + s

        inner()
        inner()
        return t

    return outer() + s


@at((0.8, 1.1, 0), (0.3, 1.1, 0), (0.3, 1.1, 3), wrt=(0, 1))
def else_of_known_tests(x, y, n):
    """Conditions that reverse mode recomputes from constants."""
    a, b, c = x, y, 0.5
    i = 0
    while (i := i + 1) < 3:
        pass
    else:
        if not (x < 0.5 and n ^ 3):
            c = 0.5 - (0.5 - a)
        elif not (c < 0.5 and n ^ 3):
            b = math.sin(c if not (b < 0.5 and n ^ 3) else x)
    c = (y - x) * x
    return a + b * c


# -- what only shows something ---------------------------------------------------------------------

_LOG = logging.getLogger(__name__)


@at((1.5,), (-1.5,))
def warned_and_logged(x):
    if x < 0:
        _LOG.debug("negative: %g", x)
        with warnings.catch_warnings(record=False):
            logging.debug("still negative")
            return x * x * x
    return x * x


# -- loops -----------------------------------------------------------------------------------------


@at((1.5, 3), (20.0, 3), wrt=(0,))
def while_binds_with_else(x, n):
    s = x
    k = 0
    while (t := s * x) < 50.0:
        s = t + k
        k += 1
        if k > n:
            break
    else:
        s = s * x
        t = t + x
    return s + t


@at(({"w0": 1.5, "w1": 2.5, "w2": 0.5}, 2.0))
def short_loop_over_keys(p, x):
    """The index is part of a key: the loop is written out."""
    s = 0.0
    for k in range(3):
        if k == 1 and s < 0:
            break
        s = s * x + p[f"w{k}"]
    return s


@at((1.5, 0.5))
def short_loop_over_items(x, y):
    parts = (x, [x, y], y)
    s = None
    for k in range(2):
        for j in range(1, 3):
            v = parts[(k + j) % 3]
            t = v if isinstance(v, float) else v[0] * v[1]
            s = t if s is None else s * t + k
    return s


# -- generators ------------------------------------------------------------------------------------


def _powers(x, n):
    p = 1.0
    for _ in range(n):
        p = p * x
        yield p


class Pieces:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __iter__(self):
        yield self.x
        yield self.y


@at((0.7, 5), wrt=(0,))
def generator_helper(x, n):
    s = 0.0
    for k, p in enumerate(_powers(x, n)):
        s += math.sin(p) * k
    return s + sum(_powers(2.0 * x, n)) + max(_powers(x, n))


@at((1.5,))
def generator_unpacked(x):
    def three(v):
        yield v
        yield v * v
        yield 2.0

    p, q, r = three(x)
    return p * q * r + sum(v * v for v in three(q)) + math.hypot(*three(r * x))


@at((1.5, 0.5))
def generator_method(x, y):
    v = Pieces(x, x * y)
    p, q = v
    s = 0.0
    for z in v:
        s += z * z
    return p * q + sum(v) + s + len(list(v))


@at((0.7, 5), wrt=(0,))
def generator_delegates(x, n):
    def inner(k):
        for i in range(k):
            if i % 2 == 0:
                yield x**i, i

    def outer():
        yield from inner(n)
        yield x, 1

    s = 0.0
    for (v, i), k in zip(outer(), range(n), strict=False):
        s += v * i * k
    return s


@at((0.7, 5), wrt=(0,))
def generator_ends_early(x, n):
    def until(limit):
        s = 0.0
        for i in range(n):
            s += x**i
            if s > limit:
                return
            yield s

    return sum(v * v for v in until(2.5)) + len([*until(2.0)])
