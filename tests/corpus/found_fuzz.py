"""What the quick fuzz has found, in its smallest form."""

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
