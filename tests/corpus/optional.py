"""Names that are None on one path and a value on another, tested, carried by loops and returned."""

import math
from dataclasses import dataclass

from tests.corpus.registry import at


@dataclass
class Particle:
    x: float
    v: float = 1.0


@at((1.3,), (2.5,))
def limit_or_none(x):
    limit = None if x < 2.0 else x * x
    if limit is None:
        return math.sin(x)
    return limit * x


@at((1.3,), (2.5,))
def best_and_its_place(x):
    best, arg = -math.inf, None
    for k, v in enumerate([x, 3.2 - x, 2.0]):
        if v > best:
            best, arg = v, k
    return best * (arg + 1) * x


@at((1.3, 0), (1.3, 4))
def best_of_a_loop_that_may_not_run(x, n):
    best = None
    for k in range(n):
        v = (x - k) ** 2 + 0.3 * k
        if best is None or v < best[1]:
            best = (k, v)
    if best is None:
        return x * x
    k, v = best
    return v * x + k


@at((1.3,), (2.5,))
def searched_until_found(x):
    low = high = None
    t = 0.1
    while low is None or high is None:
        if t * t < x:
            low = t * x
        else:
            high = t + x
        t += 0.37
    return low * high


def _root(a):
    if a < 2.0:
        return None
    return math.sqrt(a)


def _first_above(x, bound):
    for k in range(6):
        if k * x > bound:
            return k, k * x


@at((1.3,), (2.5,))
def none_from_helpers(x):
    r = _root(x)
    found = _first_above(x, 9.0)
    total = x if r is None else r * x
    if found is not None:
        k, v = found
        total += k * v * v
    return total + (_root(x + 1.0) or 1.0) * x


@at((1.3,), (2.5,))
def objects_and_lists_or_none(x):
    p = Particle(x, 2.0) if x > 2.0 else None
    xs = None
    q = p
    if q:
        q.x = q.x * 3
        xs = [x, q.v]
    if xs is not None:
        xs.append(x * x)
    return x**3 if p is None else p.x * p.v + sum(xs)


class Extreme:
    def __init__(self):
        self.value = None

    def see(self, v):
        if self.value is None or v > self.value:
            self.value = v


@at((1.3,), (2.5,))
def field_that_is_set_later(x):
    top = Extreme()
    last = None
    total = 0.0
    for k in range(5):
        now = math.sin(x * k)
        top.see(now)
        if last is not None:
            total += (now - last) ** 2
        last = now
    return total * top.value + last


@at((1.3,), (2.5,))
def error_of_none_is_handled(x):
    r = x * x if x > 2.0 else None
    try:
        return r * x
    except TypeError:
        return math.exp(x)


@at((1.3,), (2.5,))
def matched_against_none(x):
    y = None
    if x > 2.0:
        y = x
    match y:
        case None:
            return x * x
        case v:
            return v**3


def _scaled(a, b=None):
    return a * a if b is None else a * b


@at((1.3,), (2.5,))
def argument_that_may_be_none(x):
    y = None if x > 2.0 else 3.0 * x
    r = x if isinstance(y, float) else math.cos(x)
    return _scaled(x, y) + r * (2.0 if y == 3.9 else 1.0) + (y if y else x)


@at((1.3,), (2.5,))
def written_out_after_a_failed_unrolling(x):
    s, t, n = None, x, 0
    while s is None or s < 3.0:
        t = t * 1.5
        n += 1
        s = t if s is None else s + t
    return s * n
