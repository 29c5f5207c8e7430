"""break, continue and return at every depth; for-else and while-else."""

# ruff: noqa: B007, SIM113

import math

from tests.corpus.registry import at


@at((0.45,), (0.05,))
def break_on_data(x):
    s = 0.0
    for i in range(10):
        s += x * i
        if s > 3.0:
            break
    return s * s


@at((0.5,))
def break_first(x):
    s = x
    for i in range(10):
        if s > 1.0:
            break
        s = s * 1.4 + i * 0.01
        s += x
    return s


@at((0.5,))
def continue_on_index(x):
    s = 1.0
    for i in range(6):
        if i % 3 == 1:
            continue
        s = s * x + i
    return s


@at((0.5, 0.9))
def continue_on_data(x, y):
    s = 0.0
    for i in range(6):
        v = math.sin(x * i)
        if v < 0.3:
            s += 0.1 * y
            continue
        s = s * y + v
    return s


@at((0.5,))
def break_and_continue(x):
    s = 0.0
    for i in range(20):
        if i % 2:
            continue
        s += x * i
        if s > 6.0:
            break
        s *= 1.1
    return s + i


@at((0.5,), (5.0,), (-1.0,))
def return_in_loop(x):
    for i in range(5):
        x = x * 1.5
        if x > 3.0:
            return x * i
    return -x


@at((0.5, 0.3), (1.5, 0.3), (0.01, 0.01))
def return_in_nested_loop(x, y):
    s = 0.0
    for i in range(4):
        for j in range(4):
            s += x * i + y * j
            if s > 5.0:
                return s * x
        s = s * 0.9
    return s - y


@at((0.5, 0.3))
def break_inner_outer_continues(x, y):
    s = 0.0
    for i in range(5):
        t = x
        for j in range(5):
            t = t * (1.0 + y)
            if t > 1.0:
                break
            t += 0.1 * j
        s += t * i
        if i == 3:
            continue
        s = s * 0.95
    return s


@at((0.5, 0.3))
def continue_outer_from_inner_flag(x, y):
    s = 0.0
    for i in range(5):
        found = False
        for j in range(5):
            if (i * j) % 4 == 3:
                found = True
                break
            s += x * y
        if found:
            continue
        s = s * (1.0 + x) + j
    return s


@at((0.5,), (2.0,))
def for_else(x):
    for i in range(5):
        if x * i > 3.0:
            x = x * x
            break
        x = x + 0.01
    else:
        x = math.sin(x)
    return x * 2.0


@at((0.5, 3), (0.5, 0))
def for_else_without_break(x, n):
    for i in range(n):
        x = x * 1.1 + i
    else:
        x = x * x
    return x


@at((0.5,), (3.0,))
def while_else(x):
    k = 0
    while k < 4:
        k += 1
        x = x * 1.2
        if x > 4.0:
            break
    else:
        x = x - 10.0
    return x * k


@at((0.5,), (2.9,))
def return_from_for_else(x):
    for i in range(3):
        if x > 3.0:
            return x * x
        x += 0.2
    else:
        if x < 2.0:
            return 7.0 * x
    return x * 0.5 + i


@at((0.5,))
def nested_for_else(x):
    s = 0.0
    for n in range(2, 9):
        for d in range(2, n):
            if n % d == 0:
                s = s * x
                break
        else:
            s += n * x
    return s


@at((0.5,), (0.9,))
def while_true_return(x):
    k = 0
    while True:
        k += 1
        x = x + 0.3 * math.sin(x)
        if x > 2.0:
            return x * k
        if k > 6:
            return x - k


@at((0.5,))
def break_in_while_in_for(x):
    s = x
    for i in range(3):
        while True:
            s = s * 1.3
            if s > i + 1.0:
                break
        s += 0.1 * i
    return s


@at((0.5,), (4.0,))
def return_in_while_in_for(x):
    for i in range(4):
        while x < i + 1.0:
            x = x * 1.6
            if x > 3.2:
                return x * i
        x = x - 0.1
    return x * 10.0


@at((0.6,))
def two_breaks(x):
    s = 0.0
    for i in range(10):
        s += x
        if s > 4.0:
            s = s * 2.0
            break
        s *= 1.05
        if i > 3 and s > 3.0:
            s = s + 100.0 * x
            break
    return s


@at((0.6,))
def values_set_before_break(x):
    y, z = 0.0, 1.0
    for i in range(6):
        y = x * i
        if y > 2.0:
            break
        z = z * y + 1.0
    return y * z


@at(([0.5, 1.5, -0.5, 2.5],), ([0.5, 1.5, 0.25, 2.5],))
def find_first_negative(xs):
    s = 0.0
    for x in xs:
        if x < 0:
            break
        s += x * x
    else:
        s = -s
    return s * x


@at(([0.5, 1.5, -0.5, 2.5],))
def skip_negative(xs):
    p = 1.0
    for x in xs:
        if x < 0:
            continue
        p *= x
    return p


@at((0.5, 2), (0.5, 9))
def break_after_count(x, n):
    k = 0
    for i in range(5):
        if k == n:
            break
        k += 1
        x = math.sin(x) * (i + 1)
    return x


@at((0.3, 0.4, 0.5))
def triple_nest_return(x, y, z):
    s = 1.0
    for i in range(3):
        s += x
        for j in range(3):
            s *= 1.0 + 0.1 * y
            for k in range(3):
                s += z * k
                if s > 8.0:
                    return s * (i + j + k)
                if k == j:
                    break
            if s > 7.0:
                continue
            s -= 0.01
    return s


@at((0.3,), (1.7,))
def return_before_after_and_inside(x):
    if x > 1.5:
        return x**3
    for i in range(3):
        if x * (i + 1) > 0.8:
            return x * i
        x = x * 1.01
    if x > 0.5:
        return 2.0 * x
    return x


@at((0.7,))
def continue_in_while(x):
    k = 0
    s = 0.0
    while k < 8:
        k += 1
        if k % 3 == 0:
            continue
        s = s * 0.7 + x * k
    return s


@at((0.7, 0.2))
def break_leaves_old_carry(x, y):
    for i in range(6):
        t = x * (1.0 + y)
        if t > 1.2:
            break
        x = t
    return x * t + i * y


@at((0.4, 1.1))
def return_tuple_element_dependent(x, y):
    best = 0.0
    for i in range(4):
        v = x * i - y
        if v > 0:
            return v * best + y
        best += v * v
    return best


@at((0.4,))
def break_in_else_branch(x):
    s = 0.0
    for i in range(9):
        if s < 2.0:
            s += x + i * 0.1
        else:
            s -= x * x
            break
    return s


@at((1.3,))
def loop_after_loop_with_break(x):
    for _ in range(5):
        x *= 1.2
        if x > 2.0:
            break
    s = 0.0
    for i in range(3):
        if i == 1:
            continue
        s += x * i
    return s + x
