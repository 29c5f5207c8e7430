"""assert and raise are kept; prints and f-strings stay out of the derivative."""

import math

from tests.corpus.registry import at


@at((1.5,))
def asserts(x):
    assert x > 0
    assert x < 10, "too large"
    return math.log(x)


@at((1.5, 2.5))
def raises(x, y):
    if y == 0:
        raise ZeroDivisionError("y is zero")
    if x < 0:
        raise ValueError(f"x must not be negative, but is {x}")
    return math.sqrt(x) / y


@at((1.5,))
def raise_in_loop(x):
    for i in range(5):
        x = x * 0.9
        if x < 0.1:
            raise ArithmeticError("lost")
        x = x + 0.05 * i
    return x


@at((1.5,), (0.5,))
def raise_in_else(x):
    if x > 1.0:
        return x * x
    elif x > 0.0:
        return x
    else:
        raise ValueError("not positive")


@at((1.5,))
def prints(x):
    y = x * x
    print("y is", y)
    print(f"{x:.3f} -> {y!r}", end="\n")
    return y + x


@at((1.5,))
def text_beside(x):
    label = f"value {x}"
    label = label + "!"
    return x * len("abc") * 1.0


@at((1.5,))
def docstring(x):
    """Says what it does.

    In two paragraphs.
    """
    "a string that is no docstring"
    return x * x


@at((1.5,))
def ellipsis_and_pass(x):
    pass
    if x > 5:
        ...
    return x * 2.0 * x


@at((1.5,))
def assert_in_branch(x):
    if x > 1.0:
        assert x < 2.0, f"{x} is not in range"
        x = x * x
    return x


@at(
    (3.0, 2),
)
def validates_types(x, n):
    if not isinstance(n, int):
        raise TypeError("n must be an int")
    if n < 0:
        raise ValueError("n must not be negative")
    result = 1.0
    for _ in range(n):
        result *= x
    return result
