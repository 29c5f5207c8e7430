"""What the quick fuzz has found, in its smallest form."""

import math
from dataclasses import dataclass, field

from tests.corpus.registry import at

# -- tapes of recursive calls ----------------------------------------------------------------------


def rotated(a, b, p, n):
    if n <= 0:
        return a * b
    return rotated(b, a * a, 0.5, n - 1)


@at((1.5, 0.7, -0.3))
def an_argument_that_the_next_call_does_not_get(x, y, z):
    """The tangent of its tape is zero all the way down, and is taken apart all the same."""
    return rotated(x, y, z, 2) * z


def spiral(a, p, n):
    if n <= 0:
        return a * p[1], p[0]
    u, v = spiral(0.5, (p[1], a * a), n - 1)
    return u * v, a


@at((0.7, -0.4, 1.3))
def a_pair_from_a_pair(x, y, z):
    u, v = spiral(x, (y, 1.25), 3)
    w, _ = spiral(v, (x, u * y), 2)
    return u * w + z


@at((0.9, 1.2))
def a_closure_that_reads_what_moves(x, y):
    def down(a, n):
        if n <= 0:
            return a * y
        return down(y, n - 1) * a

    return down(x, 2) * down(0.5, 1)


def halved(xs, n):
    total = sum(xs)
    if n <= 0:
        return [total, xs[0] * total]
    inner = halved([0.5 * v for v in xs], n - 2)
    for k in range(2):
        inner = [inner[k] * total, halved([total, 0.75], n - 2)[1]]
    return inner


@at((0.8, 0.7))
def lists_through_a_loop_of_calls(x, y):
    return sum(halved([x, 0.5 * y], 4)) * y


def to_and(a, b, n):
    if n <= 0:
        return a * a * b
    return fro(b, n - 1) * a


def fro(a, n):
    if n <= 0:
        return 1.5
    return to_and(0.5, a * a, n - 1)


@at((0.8, 0.7), (0.8, -0.7))
def two_that_call_each_other(x, y):
    return to_and(x, y, 4) if x > y else fro(x, 3) * y


# -- keys and elements that are known --------------------------------------------------------------

STEPS = {(0, 1): 2.0, (1, 0): 3.0}


@at((0.7, 1.3))
def numbers_seen_before(x, y):
    """A number was in no set that the function had made."""
    total = 0.0
    seen = {5}
    for k in (1, 2, 1, 5, 3):
        if k in seen:
            continue
        seen.add(k)
        total += x * k
    return total * y + len(seen)


@at((0.7, 1.3))
def pairs_seen_before(x, y):
    total = 0.0
    seen = set()
    for i, v in enumerate((x, y, x * y)):
        key = (i % 2, 1)
        if key in seen:
            continue
        seen.add(key)
        total += v * v
    return total


@at((0.7, 1.3))
def keys_that_are_pairs(x, y):
    """No key of a dict was equal to a pair."""
    total = 0.0
    for k, v in STEPS.items():
        if k == (0, 1):
            total += x * v
        elif k in {(1, 0), (2, 2)}:
            total += y * v
        i, j = k
        total += i * x * y + j
    return total


@at((0.7, 1.3))
def elements_of_a_sorted_set(x, y):
    total = sum({1, 2}) * x
    for a, b in sorted({(0, 1), (2, 1)}):
        total += a * x + b * y
    for k in {3}:
        total += k * x
    return total


@at((0.7, 1.3))
def a_list_that_was_never_filled(x, y):
    """What its elements would be is not asked."""
    items = []
    for v in items:
        x += v
    for k, v in enumerate(items):
        y -= v * k
    return x * y


# -- exits from try bodies -------------------------------------------------------------------------


@at((0.7, 1.3), (0.1, 2.5))
def finally_behind_two_exits(x, y):
    """The ``finally`` ran twice where the body had left under a condition and the handler did."""
    t = x
    for k in range(4):
        try:
            t += math.sqrt(y - k)
            if t > 1.0:
                break
        except ValueError:
            break
        finally:
            t = t * y
    return t * y


@at((0.7, 1.3, -0.4), (0.7, 0.2, -0.4))
def finally_behind_returns(x, y, z):
    for k in range(3):
        try:
            x = math.log(y - k) + x
            if x > 0.5:
                return x
        except ValueError:
            return x * y * z
        finally:
            z = z * y
        x = x * z
    return x * z


@at((0.7, 1.3, -0.4))
def finally_within_finally(x, y, z):
    t = x
    for k in range(3):
        try:
            try:
                t += math.sqrt(y - k)
                if t > 1.0:
                    continue
            except ValueError:
                break
            finally:
                t = t * y
                x = x + 1.0
            t = t * 0.5
        finally:
            z = z * x
        x *= 1.5
    return t * x * z


@dataclass
class Tree:
    value: float
    kids: list = field(default_factory=list)

    def total(self):
        return self.value + sum(0.5 * kid.total() for kid in self.kids)


@at((0.7, 1.3))
def a_tree_of_objects(x, y):
    return Tree(x, [Tree(y), Tree(x * y, [Tree(y * y)])]).total()
