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
