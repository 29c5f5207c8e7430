"""while on data, nested, inside for, with conditions that compute."""

import math

from tests.corpus.registry import at


@at((9.0,), (0.5,), (1000.0,))
def halve(x):
    while x > 1.0:
        x = x * 0.5
    return x * x


@at((0.3, 4), (0.3, 0))
def counted(x, n):
    k = 0
    y = x
    while k < n:
        y = math.sin(y) + x
        k += 1
    return y


@at((0.3,))
def counting_down(x):
    n = 5
    y = 1.0
    while n:
        y *= x + n
        n -= 1
    return y


@at((2.0,), (10.0,), (0.1,))
def newton_sqrt(a):
    x = a
    while abs(x * x - a) > 1e-12 * a:
        x = 0.5 * (x + a / x)
    return x


@at((0.8,), (0.1,))
def growth_until(x):
    y = x
    steps = 0
    while y < 10.0:
        y = y * (1.5 + 0.1 * x)
        steps += 1
    return y + steps * x


@at((0.7, 0.4))
def while_in_for(x, y):
    s = 0.0
    for i in range(4):
        t = x + i
        while t > 1.0:
            t = t * 0.6
            if t < y:
                t = t + 0.1 * y
        s += t * (i + 1)
    return s


@at((0.7, 0.4))
def for_in_while(x, y):
    s = x
    while s < 20.0:
        for j in range(3):
            s = s + y * j + 0.1 * s
    return s * y


@at((5.0, 3.0))
def while_in_while(x, y):
    s = 0.0
    while x > 1.0:
        t = y
        while t > 0.5:
            t = t * 0.5 + 0.05 * x / (1.0 + x)
            s += t
        x = x * 0.7
    return s + x


@at((0.7,))
def compound_condition(x):
    k = 0
    y = x
    while k < 10 and y * y < 4.0:
        y = y * 1.3 + 0.1
        k += 1
    return y


@at((0.7,))
def walrus_condition(x):
    y = x
    s = 0.0
    while (z := y * y) < 5.0:
        y = y + 0.6
        s += z
    return s * y + z


@at((0.7,))
def value_used_after(x):
    y, prev = x, 0.0
    while y < 3.0:
        prev = y
        y = y * 1.7
    return y - prev * prev


@at((0.7,))
def never_runs(x):
    while x > 100.0:
        x = x * x
    return x * 3.0


@at((24.5123, 9.2617))
def euclid(a, b):
    while b > 0.5:
        a, b = b, a % b
    return a


@at((0.9,))
def fixed_point(a):
    x = 0.0
    d = 1.0
    while d > 1e-12:
        new = a * math.cos(x)
        d = abs(new - x)
        x = new
    return x


@at(([3.0, 1.0, 4.0, 1.5], 5.0), ([3.0, 1.0, 4.0, 1.5], 0.5))
def scan_list_until(xs, limit):
    i = 0
    s = 0.0
    while i < len(xs) and s < limit:
        s += xs[i] * xs[i]
        i += 1
    return s * i


@at((27, 1.5))
def collatz(n, x):
    s = 0.0
    while n != 1:
        if n % 2:
            n = 3 * n + 1
            s = s * 0.99 + x
        else:
            n //= 2
            s = s + 0.01 * x * x
    return s


@at((1.5, 0.2))
def while_true_break(x, r):
    k = 0
    while True:
        x = r * x + 0.5
        k += 1
        if k == 5:
            break
    return x * k


@at((0.4, 6))
def two_whiles_in_a_row(x, n):
    k = 0
    while k < n:
        x = x + 0.1 * math.sin(x)
        k += 2
    while k > 0:
        x = x * 1.1
        k -= 1
    return x
