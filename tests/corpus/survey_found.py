"""What the survey of real packages has found, each written anew in its smallest form."""

import logging
import math
import warnings
from numbers import Real
from typing import Sequence  # noqa: UP035 - the alias, on purpose

from scipy import constants

from tests.corpus.registry import at

ROUGHNESS = {
    "plain, as drawn": (5.5e-2, 0.21),
    "steel, honed": (1.2e-2, 0.05),
    "it's coated": (0.5, 0.0002),
    "cement, lined (new)": (3.3e-1, 0.0014),
}
ONE = [[1.0, 0.5], [0.25, 2.0]]
TWO = [[0.3, 0.1], [0.7, 3.0]]


@at((1.5,), (-0.5,))
def text_keys_with_commas(x):
    """A captured table whose keys hold what separates entries."""
    a, b = ROUGHNESS["steel, honed"]
    return a * x**2 + b * x


@at((1.5,), (-0.5,))
def unpacked_repetition(x):
    ys = [x] * 3
    ys[1] *= x
    p, q, r = ys
    return p * q + r


NEAR = {"a": 0.5, "b": (1.0, 2.0)}
FAR = {"a": 0.25, "b": (3.0, 0.5)}


@at((1.5, 1), (1.5, 2), (0.5, 3))
def captured_dict_met_in_an_inner_branch(x, n):
    if n == 1:
        table = NEAR
    elif n == 2:
        table = FAR
    else:
        table = FAR
    return table["a"] * x + table["b"][1] * x * x


@at((1.5, 1), (1.5, 2), (0.5, 3))
def captured_list_met_in_an_inner_branch(x, n):
    if n == 1:
        table = ONE
    elif n == 2:
        table = TWO
    else:
        table = TWO
    return table[0][1] * x + table[1][0] * x * x


@at((1.5, (0.5, 0.25)), (0.5,))
def default_of_another_length(x, coeffs=()):
    total = 1.0
    for k, c in enumerate(coeffs):
        total += c * x**k
    return total * x


@at((1.5, {"C": 2.0, "H": 0.5}), (0.5,))
def default_dict_of_other_keys(x, counts={"O": 3.0}):  # noqa: B006
    total = 0.0
    for count in counts.values():
        total += count * x
    return total * x


@at((1.5, 2), (-0.5, 2), (1.5, 1))
def bound_and_read_under_equal_conditions(x, n):
    if n > 1:
        scale, shift = x * x, 2.0
    y = 3.0 * x
    if n > 1:
        y = scale * y + shift * x
    return y


@at((1.5, 1), (1.5, 2))
def bound_in_all_but_the_last_branch(x, kind):
    if kind == 1:
        factor = x * x
    elif kind == 2:
        factor = 3.0
    return factor * x


@at((1.5, 1.0), (-0.5, 2.0))
def bound_list_in_one_branch(x, y):
    if y > 0.0:
        pair = [x, x * y]
    return pair[0] * pair[1]


@at((1.5, 1.5000001), (1.5, 2.0))
def close_within_a_tolerance(x, y):
    return x * y if math.isclose(x, y, rel_tol=1e-3) else x + y


@at((1.5,), ([1.5, 2.0],))
def instance_of_an_abstract_class(x):
    return sum(x) if isinstance(x, Sequence) and not isinstance(x, Real) else x * x


MIXED = [1, 2.5, -3]


@at((1.5,), (-0.5,))
def captured_list_of_ints_and_floats(x):
    """It counts as a list of floats, but the fast path's test of its elements must let it be."""
    total = 0.0
    for k, c in enumerate(MIXED):
        total += c * x**k
    return total


@at(([1.5, 0.5], 2.0), ([1.5, 0.5, 3.0], -1.0))
def mapped_twice_in_a_branch(xs, t):
    """The number of elements is read again where the branch is reversed."""
    if t > 0.0:
        ys = [x * t for x in xs]
        return [y * y for y in ys]
    return xs


@at((0.2, 0.3, 0.4), (0.4, 0.3, 0.4), (0.1, 0.2, 0.3))
def every_case_is_named(h, s, v):
    """There is an end without a return, which no call reaches."""
    k = int(6.0 * h) % 3
    f = 6.0 * h - int(6.0 * h)
    if k == 0:
        return v, v * (1.0 - s * f)
    if k == 1:
        return v * s, v
    if k == 2:
        return v * (1.0 - s), f


LOG = logging.getLogger("tests.corpus")


@at((1.5, 0.5), (-0.5, 2.0))
def tells_what_it_does(x, y):
    """Messages are no part of a derivative: not printed, not warned of, not logged."""
    if x > 100.0:
        warnings.warn("x is large", stacklevel=2)
    LOG.debug("x is %s", x)
    return x * y


@at((1.5, 0.5), (-0.5, 2.0))
def constant_of_a_familiar_name(x, y):
    """``constants.e`` is a charge, not the base of logarithms."""
    return 1e19 * constants.e * x * y + constants.pi * x
