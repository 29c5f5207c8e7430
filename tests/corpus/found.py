"""What the fuzz test and attempts to break symdiff have found, in its smallest form."""

import math

from tests.corpus.registry import at

MATRIX = [[3.0, 1.0], [2.0, 5.0]]

# -- control flow ----------------------------------------------------------------------------------


@at((1.5, 2.0, 0.5), (1.5, 2.0, -0.5))
def dropped_before_a_return(x, y, z):
    """``x`` is changed on the way out and is live at the loop's head only."""
    for _ in range(3):
        if z > 0.0:
            x /= 1.5
        return y * z
    return x


@at((1.0, 2.0, 3.0), (3.0, 2.0, 3.0))
def dropped_before_a_break(x, y, z):
    for i in range(4):
        if x * i < 1.0:
            if y > x:
                z, x = x, z
            break
    return z * y


@at((1.5, 0.5), (1.5, -0.5))
def dropped_in_front_of_mixed_exits(x, y):
    for i in range(3):
        if y > 0.0:
            x += i
            if x > 2.0:
                return y * y
        else:
            break
        y *= x
    return y


@at((0.3, 1.0), (1.0, 0.3))
def loop_in_one_branch_only(x, y):
    a, m = x, [[x, 2.0], [y, x, 0.5]]
    if y < x:
        m[1][1] += 2.0
    else:
        for k in m[1]:
            y = a * 0.5 * k
    return y + x * m[1][0] * m[0][0]


@at((1.5, 0.5, 1.0), (1.5, 0.5, -1.0), (-1.5, 0.5, 1.0))
def written_again_where_the_loop_goes_on(x, y, z):
    """``x`` is dead behind the inner ``if``, unless the path has left the loop there."""
    for _ in range(3):
        if z > 0.0:  # noqa: SIM102
            if x > 0.0:
                x = y * y
                break
        x, y = y, 0.125 * x
    return x * z + y


@at((1.5, 0.5, 1.0), (-1.5, 0.5, 1.0))
def the_same_in_an_unrolled_loop(x, y, z):
    for i in (1.0, x, 2.0):
        if z > 0.0:
            if x > 0.0:
                x = y * y
                continue
            y = y * 2.0
        x, y = y * x, 0.125 * i * z
    return x + y


# -- functions made in loops and branches ----------------------------------------------------------


@at((1.5, 2.0))
def nested_function_in_a_loop(x, y):
    s = 0.0
    for i in range(3):

        def g(t):
            return t * i * y  # noqa: B023

        s += g(x)
    return s


@at((1.5, 2.0))
def default_of_a_function_in_a_loop(x, y):
    s = 0.0
    for i in range(1, 4):

        def g(t, k=i * x):
            return t * k

        s += g(x)
    return s * g(y)


@at((1.5, 2.0), (3.0, 2.0))
def the_default_of_the_last_definition(x, y):
    """Two passes over one ``def``: on each path the default is that of the pass that ran it."""
    g = None
    for i in (1.0, 2.0, x):
        if g is None or i * x < y:

            def g(t, k=i):
                return t * k * k

    return g(x) * y


@at((0.5, 2.0))
def one_lambda_of_two_factory_calls(x, y):
    compose = lambda f, g: lambda v: f(g(v))  # noqa: E731
    h = compose(lambda v: v * v * x, lambda v: v * y)
    return h(x) + compose(h, h)(y)


# -- lists that grow and shrink --------------------------------------------------------------------


@at((1.5, 2.0))
def slice_assigned_shorter(x, y):
    a = [x, y, x * y, x + y]
    a[1:3] = [y * y]
    return a[0] * a[1] * a[2] + len(a)


@at((1.5, 2.0))
def slice_assigned_longer(x, y):
    a = [x, y, x * y, x + y]
    a[-3:-2] = [y * y, x * x, y * x]
    return a[0] * a[1] * a[2] + a[3] * a[4] * a[5]


@at((1.5, 2.0))
def slice_assigned_outside(x, y):
    a = [x, y]
    a[7:] = [x * y, x]
    a[3:1] = [y * y]
    return a[0] * a[1] * a[2] + a[3] * a[4]


@at((1.5, [1.0, 2.0, 3.0]))
def slice_grows_in_a_loop(x, xs):
    for i in range(3):
        xs[i : i + 1] = [x * xs[i], x]
    return sum(v * v * (k + 1) for k, v in enumerate(xs))


@at((1.5, MATRIX))
def row_pops(x, m):
    return m[0].pop() * x * m[0][0]


@at((1.5, MATRIX))
def rows_pop_in_a_loop(x, m):
    s = 0.0
    for row in m:
        s += row.pop() * x
    return s * m[1][0]


@at((1.5, MATRIX))
def rows_grow_in_a_loop(x, m):
    for row in m:
        row.append(x * row[0])
        row[0] = row[2] * row[1]
    return m[0][2] * m[1][0]


@at((1.5, MATRIX))
def row_replaced_by_a_shorter_one(x, m):
    s = m[0][1] * m[1][1]
    for i in range(2):
        m[i] = [x * m[i][0]]
    return m[0][0] * m[1][0] * s


@at((1.5, MATRIX))
def row_loses_its_first(x, m):
    m[0][:1] = []
    return sum(m[0]) * sum(m[1]) * x


@at((1.5, MATRIX))
def rows_replaced_by_longer_ones(x, m):
    m[0], m[1] = [x] + m[1], m[0][:1]
    return sum(m[0]) * sum(m[1]) * m[0][2]


@at((1.5, MATRIX))
def rows_repeated(x, m):
    k = m * 2
    return k[2][0] * k[0][1] * x * k[3][1]


@at((1.5, [[[1.0, 2.0], [3.0]], [[4.0]]]))
def rows_of_rows_replaced(x, c):
    c[0] = [[x], [x * c[0][0][1]]]
    c[1][0] = [x * c[1][0][0], x]
    return c[0][0][0] * c[0][1][0] * c[1][0][0] * c[1][0][1]


@at((0.5, 2.0))
def products_of_literals(x, y):
    """Constants that are not folded in the user's own expression."""
    a = (-3 * 0.5 * x) - (2 * 1.25)
    b = [-3 + x, 2 * 1.25 * y]
    return a * b[1] + b[0] * sum([0.5 * 2, y])


@at((1.5, -0.5))
def ints_joined_to_floats(x, y):
    """Forward mode took the 2 of the int list for its own tangent."""
    m = [x, 0.5 * y] + [2]  # noqa: RUF005
    n = m[:]
    n.insert(1, 3)
    total = 0.0
    for k, v in enumerate(n + [1, 4]):  # noqa: RUF005
        total += v * v * v * (k + 1)
    return total


@at((-1.2129, -1.1463))
def condition_of_a_loop_that_ended_early(x, y):
    """The tangent's poles asked a loop's result for one value per block, as a branch's has."""
    for i in range(3):
        for k in range(3):
            if i % 2 == 0 and math.atan(y) < x + y:
                return 1 / (1 + math.exp(-math.sin(x)))
            v = [math.tanh(math.sin(k)), math.sin(x), math.tanh(math.log(1.0 + x * x))]
            if y >= 0.125 and (x > v[2] or k > 1):
                t = math.tanh(math.cos(y) / (1.0 + (v[k % 3] * x) ** 2))
                if not (i > y and y > v[-2]):
                    return min(math.cos(y), t * x)
    return math.sqrt(1.0 + math.atan(x) * math.atan(x))


@at((1.5, 0.5))
def handler_of_which_only_comments_are_left(x, y):
    """What is proved to be a constant cannot raise; a line's comment is no statement."""
    w = math.log(x)
    gap = w - w
    v = x * x
    try:
        x = math.sqrt(math.tanh(2.0))
    except Exception:
        try:  # noqa: SIM105
            y = math.log(gap + 0.0137)  # noqa: F841
        except Exception:
            pass
    return v


@at((1.5, 0.5))
def check_of_an_unused_value_that_a_gate_is_part_of(x, z):
    """A gate took ``1 + z*z`` for its own; what divides by zero was checked without it."""
    u = z / (1.0 + z * z) * z / (z * z)
    try:
        z = math.cos(x)
    except ValueError:
        z = u / x
    return x * x


# -- refused: which list a write hits --------------------------------------------------------------


@at((1.5, MATRIX), refused="AliasError")
def rows_collected_by_a_comprehension(x, m):
    c = [row for row in m]
    c[0][0] = x
    return m[0][0] * c[0][0]


@at((1.5, MATRIX), refused="AliasError")
def one_row_collected_twice(x, m):
    row = [x, x]
    c = [row for _ in m]
    c[0][0] = x * x
    return c[1][0] * row[0]


@at((1.5, MATRIX), refused="AliasError")
def rows_of_a_reversed_list(x, m):
    c = list(reversed(m))
    c[0][0] = x
    return m[1][0] * c[1][0]
