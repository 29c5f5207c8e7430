"""Defaults, keyword-only, *args, positional-only, annotations; ints where floats are
differentiated.
"""

from tests.corpus.registry import at


@at((1.5,), (1.5, 3.0))
def default(x, y=2.0):
    return x * y * y


@at((1.5,))
def default_none(x, scale=None):
    if scale is None:
        scale = x
    return x * scale


@at((1.5,))
def keyword_only(x, *, power=3, shift=0.5):
    return x**power + shift * x


@at((1.5, 2.5), (1.5, 2.5, -3.0), (1.5,))
def varargs(x, *rest):
    s = x
    for r in rest:
        s = s * r + x
    return s


@at((1.5, 2.5, 3.5))
def varargs_only(*xs):
    return sum(x * x for x in xs) * xs[0]


@at((1.5, 2.5))
def positional_only(x, y, /):
    return x - y * x


@at((1.5, 2.5))
def annotated(x: float, y: float) -> float:
    return x * y + x


@at(([1.5, 2.5], 3))
def annotated_list(xs: list[float], n: int) -> float:
    """A docstring stays out of the derivative."""
    return xs[0] * n + xs[1] ** n


@at((3, 2.0), wrt=(0, 1))
def int_where_float_is_meant(x, y):
    return x * y + x**2 / y


@at(([1, 2, 3],), wrt=(0,))
def list_of_ints(xs):
    return xs[0] * xs[1] / xs[2]


@at(([1, 2.5, 3],), wrt=(0,))
def list_of_mixed_numbers(xs):
    return xs[0] * xs[1] / xs[2]


@at((1.5, 2.5, 3.5), wrt=(0, 2))
def some_arguments(x, y, z):
    return x * y * z


@at((1.5, 2.5, 3.5), wrt=(1,))
def one_argument_as_tuple(x, y, z):
    return x * y * y * z


@at((1.5, 2.5, 3.5), wrt=(2, 0))
def arguments_in_other_order(x, y, z):
    return x * y * z * z


@at((1.5, 2.5, 3.5), wrt=(-1,))
def negative_argnum(x, y, z):
    return x + y * z * z
