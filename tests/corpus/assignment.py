"""Every form of assignment: chained, annotated, augmented, unpacked, swapped, shadowed."""

from tests.corpus.registry import at

x0 = 100.0  # shadowed below


@at((1.5, 2.5))
def reuse(x, y):
    x = x * y
    x = x + y
    y = x * x
    return x - y


@at((1.5,))
def chained(x):
    a = b = c = x * x
    a = a + 1.0
    return a * b - c


@at((1.5,))
def annotated(x):
    a: float = x * 2.0
    b: float
    b = a + x
    return a * b


@at((1.5, 2.5))
def augmented(x, y):
    x += y
    x *= x
    y -= x / 3.0
    y /= x
    x **= 2
    return x * y


@at((7.5, 2.5))
def augmented_modulo(x, y):
    x %= y + 0.3
    y //= 2
    return x * x + y * x


@at((1.5, 2.5))
def swap(x, y):
    x, y = y, x
    return x * x - y


@at((1.5, 2.5, 3.5))
def rotate(a, b, c):
    a, b, c = b, c, a * b
    a, b, c = c, a, b - c
    return a + 2.0 * b + 3.0 * c * a


@at((1.5, 2.5))
def unpack_nested(x, y):
    (a, b), c = (x * y, x + y), x - y
    [d, e] = a, c
    return a * b - c * d + e


@at((1.5, 2.5))
def starred(x, y):
    first, *rest = x, y, x * y, 2.0
    *most, last = rest
    return first * rest[0] + rest[1] * last + most[1]


@at((1.5,))
def starred_empty(x):
    a, b, *c = x, x * x
    return a * b + len(c)


@at((1.5, 2.5))
def walrus(x, y):
    z = (a := x * y) + a
    return z * a if (b := z - 1.0) > 0 else b


@at((0.5,))
def walrus_in_condition(x):
    if (y := x * 3.0) > 1.0:
        return y * y
    return y


@at((1.5,))
def shadow_global(x):
    x0 = x * 2.0
    return x0 * x


@at((1.5, 2.5))
def tuple_temporary(x, y):
    t = x * y, x + y
    u = (*t, 1.0)
    a, b, c = u
    return a * t[1] + b * c + t[-2]


@at((1.5, 2.5))
def names_like_adjoints(x, dx):
    dy = x * dx
    d_x = dy + dx
    d_dx = d_x * x
    return d_dx * dy - d_x


@at((1.5, 2.5))
def names_like_builtins(sum, max):
    abs = sum * max
    return abs + sum - max * abs


@at((1.5,))
def names_like_modules(math):
    symdiff = math * math
    return symdiff + math


@at((0.7,))
def names_that_are_used_by_generated_code(t):
    g = t * t
    tape = g + t
    range_ = tape * g
    _ = range_ - t
    return _ * g


@at((1.5, 2.5))
def dead_code(x, y):
    unused = x / y
    unused = unused * 3.0
    z = x * y
    w = z * 2.0  # noqa: F841
    return z


@at((1.5, 2.5))
def overwritten_before_use(x, y):
    z = x * x
    z = y * y
    return z + x


@at((1.5,))
def delete_name(x):
    y = x * x
    z = y + x
    del y
    y = z * 2.0
    return y * x


@at((1.5, -0.5))
def fibonacci_swap(a, b):
    for _ in range(6):
        a, b = b, a + 0.5 * b * a
    return a - b


@at((1.5, 2.5))
def subscript_unpack(x, y):
    v = [0.0, 0.0, 0.0]
    v[0], v[2] = x * y, x
    v[0], v[2] = v[2], v[0]
    return v[0] * 3.0 + v[2] * v[0]


@at((2.0, 3.0))
def argument_overwritten_in_one_branch(x, y):
    if y > 1.0:
        x = y * y
    return x * y
