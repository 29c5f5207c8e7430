"""Numerical classics: root finding, integration, differential equations, linear algebra by hand."""

import math

from tests.corpus.registry import at


@at(([-1.2, 1.0],), ([0.3, 0.5, -0.7, 1.1],))
def rosenbrock(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


@at((2.0,))
def newton_cube_root(a):
    x = 1.0
    for _ in range(60):
        step = (x**3 - a) / (3.0 * x * x)
        x = x - step
        if abs(step) < 1e-14:
            break
    return x


@at((1.0, 0.3), (2.5, 0.8))
def kepler(mean, eccentricity):
    e = mean
    for _ in range(50):
        delta = (e - eccentricity * math.sin(e) - mean) / (1.0 - eccentricity * math.cos(e))
        e -= delta
        if abs(delta) < 1e-13:
            break
    return math.cos(e) - eccentricity


@at((0.3, 2.9))
def bisection(lo, hi):
    for _ in range(12):
        mid = 0.5 * (lo + hi)
        if mid * mid < 2.0:
            lo = mid
        else:
            hi = mid
    return 0.5 * (lo + hi)


@at((0.3, 2.0))
def secant(x0, x1):
    for _ in range(5):
        f0 = x0 * x0 * x0 - 2.0
        f1 = x1 * x1 * x1 - 2.0
        x0, x1 = x1, x1 - f1 * (x1 - x0) / (f1 - f0)
    return x1


@at((0.2, 1.7, 10))
def simpson(a, b, n):
    h = (b - a) / n
    s = math.exp(-a * a) + math.exp(-b * b)
    for i in range(1, n):
        x = a + i * h
        s += (4.0 if i % 2 else 2.0) * math.exp(-x * x)
    return s * h / 3.0


@at((0.5, 1.5, 8))
def trapezoid_with_callback(a, k, n):
    def f(t):
        return math.sin(k * t) / (1.0 + t)

    h = a / n
    return h * (0.5 * f(0.0) + sum(f(i * h) for i in range(1, n)) + 0.5 * f(a))


@at((1.1, 0.4, 0.4, 0.1, 10.0, 5.0))
def lotka_volterra_rk4(alpha, beta, gamma, delta, x, y):
    def slope(x, y):
        return alpha * x - beta * x * y, delta * x * y - gamma * y

    h = 0.05
    for _ in range(12):
        k1x, k1y = slope(x, y)
        k2x, k2y = slope(x + 0.5 * h * k1x, y + 0.5 * h * k1y)
        k3x, k3y = slope(x + 0.5 * h * k2x, y + 0.5 * h * k2y)
        k4x, k4y = slope(x + h * k3x, y + h * k3y)
        x += h / 6.0 * (k1x + 2.0 * k2x + 2.0 * k3x + k4x)
        y += h / 6.0 * (k1y + 2.0 * k2y + 2.0 * k3y + k4y)
    return x * y


@at(([1.0, 0.0, 0.0, 1.1], 0.1))
def orbit_symplectic(state, h):
    x, y, u, v = state
    for _ in range(10):
        r3 = (x * x + y * y) ** 1.5
        u -= h * x / r3
        v -= h * y / r3
        x += h * u
        y += h * v
    return 0.5 * (u * u + v * v) - 1.0 / math.sqrt(x * x + y * y)


@at(([1.0, 2.0, -3.0, 0.5], 1.7))
def horner(coefficients, x):
    y = 0.0
    for c in reversed(coefficients):
        y = y * x + c
    return y


@at((0.6,))
def chebyshev_clenshaw(x):
    b1 = b2 = 0.0
    for c in [0.25, -0.5, 0.75, 1.0]:
        b1, b2 = 2.0 * x * b1 - b2 + c, b1
    return b1 - x * b2


@at((0.8, 12))
def continued_fraction(x, n):
    f = 1.0
    for k in range(n, 0, -1):
        f = k + x * x / f
    return x / f


@at((1.3,))
def arithmetic_geometric_mean(x):
    a, g = 1.0, x
    while abs(a - g) > 1e-13:
        a, g = 0.5 * (a + g), math.sqrt(a * g)
    return a


@at(([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]], [1.0, 2.0, 3.0]))
def gaussian_elimination(a, b):
    n = len(b)
    for k in range(n):
        for i in range(k + 1, n):
            m = a[i][k] / a[k][k]
            for j in range(k, n):
                a[i][j] -= m * a[k][j]
            b[i] -= m * b[k]
    x = [0.0] * n
    for i in range(n - 1, -1, -1):
        s = b[i]
        for j in range(i + 1, n):
            s -= a[i][j] * x[j]
        x[i] = s / a[i][i]
    return x[0] * x[1] + x[2]


@at(([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]],))
def cholesky_log_determinant(a):
    n = len(a)
    low = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            s = a[i][j]
            for k in range(j):
                s -= low[i][k] * low[j][k]
            if i == j:
                low[i][i] = math.sqrt(s)
            else:
                low[i][j] = s / low[j][j]
    return 2.0 * sum(math.log(low[i][i]) for i in range(n))


@at(([[1.0, 3.0], [2.0, 0.5]],))
def determinant_with_pivoting(a):
    n = len(a)
    m = [list(row) for row in a]
    det = 1.0
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(m[i][k]) > abs(m[p][k]):
                p = i
        if p != k:
            m[k], m[p] = m[p], m[k]
            det = -det
        det *= m[k][k]
        for i in range(k + 1, n):
            r = m[i][k] / m[k][k]
            for j in range(k, n):
                m[i][j] -= r * m[k][j]
    return det


@at(([[2.0, 1.0], [1.0, 3.0]],))
def power_iteration(a):
    x, y = 1.0, 0.3
    for _ in range(12):
        u = a[0][0] * x + a[0][1] * y
        v = a[1][0] * x + a[1][1] * y
        r = math.sqrt(u * u + v * v)
        x, y = u / r, v / r
    return a[0][0] * x * x + (a[0][1] + a[1][0]) * x * y + a[1][1] * y * y


@at(([0.9, 0.2, 0.7, 0.4],))
def sorting_network(v):
    a, b, c, d = v
    if a > b:
        a, b = b, a
    if c > d:
        c, d = d, c
    if a > c:
        a, c = c, a
    if b > d:
        b, d = d, b
    if b > c:
        b, c = c, b
    return a + 2.0 * b * b + 3.0 * c * a + 4.0 * d


@at(([3.0, 1.0, 2.0, 0.5],))
def insertion_sort_median(xs):
    v = list(xs)
    for i in range(1, len(v)):
        x = v[i]
        j = i - 1
        while j >= 0 and v[j] > x:
            v[j + 1] = v[j]
            j -= 1
        v[j + 1] = x
    return 0.5 * (v[1] + v[2]) * v[0]


@at(([0.5, 1.0, 0.25], [1.0, 2.0, 3.0, 4.0, 5.0]))
def convolution(kernel, signal):
    out = []
    for i in range(len(signal) - len(kernel) + 1):
        s = 0.0
        for j in range(len(kernel)):
            s += kernel[j] * signal[i + j]
        out.append(s)
    return sum(o * o for o in out)


@at(([0.1, 0.4, 0.3, 0.2],))
def discrete_fourier_power(xs):
    n = len(xs)
    power = 0.0
    for k in range(n):
        re = im = 0.0
        for t in range(n):
            angle = 2.0 * math.pi * k * t / n
            re += xs[t] * math.cos(angle)
            im -= xs[t] * math.sin(angle)
        power += (k + 1) * (re * re + im * im)
    return power


@at(([0.0, 1.0, 0.5, 2.0], [0.2, 1.1, 0.9]))
def dynamic_time_warping(a, b):
    big = 1e6
    previous = [0.0] + [big] * len(b)
    for i in range(len(a)):
        current = [big]
        for j in range(len(b)):
            cost = (a[i] - b[j]) ** 2
            best = previous[j]
            if previous[j + 1] < best:
                best = previous[j + 1]
            if current[j] < best:
                best = current[j]
            current.append(cost + best)
        previous = current
    return previous[-1]


@at(([0.1, 0.2, 0.35, 0.5, 0.4, 0.2],))
def heat_equation(u):
    u = list(u)
    for _ in range(4):
        new = list(u)
        for i in range(1, len(u) - 1):
            new[i] = u[i] + 0.3 * (u[i - 1] - 2.0 * u[i] + u[i + 1])
        u = new
    return sum(v * v for v in u)


@at((0.3, 0.6), (1.5, 0.2))
def mandelbrot_escape(cr, ci):
    zr = zi = 0.0
    n = 0
    while zr * zr + zi * zi < 100.0 and n < 8:
        zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
        n += 1
    return zr * zr + zi * zi


@at((0.3,), (0.9,))
def logistic_map(x):
    r = 3.2
    for _ in range(8):
        x = r * x * (1.0 - x)
    return x


@at((0.02, 10.0))
def runge_kutta_fehlberg_like_adaptive(h, limit):
    t, y = 0.0, 1.0
    while t < 0.5:
        k1 = -limit * y
        k2 = -limit * (y + h * k1)
        error = abs(0.5 * h * (k2 - k1))
        if error > 0.05:
            h = h * 0.5
            continue
        y = y + 0.5 * h * (k1 + k2)
        t = t + h
        if error < 0.01:
            h = h * 1.5
    return y


@at((2.0, 3.0))
def geometric_median_step(x, y):
    for _ in range(4):
        wx = wy = w = 0.0
        for px, py in [(0.0, 0.0), (4.0, 0.5), (1.0, 5.0)]:
            d = 1.0 / math.hypot(x - px, y - py)
            wx += d * px * x
            wy += d * py * y
            w += d
        x, y = wx / w, wy / w
    return x + y


@at(([0.0, 0.9, 2.1, 0.3, 1.5, 0.2],))
def lennard_jones(q):
    n = len(q) // 2
    e = 0.0
    for i in range(n):
        for j in range(i):
            dx = q[2 * i] - q[2 * j]
            dy = q[2 * i + 1] - q[2 * j + 1]
            r6 = 1.0 / (dx * dx + dy * dy) ** 3
            e += 4.0 * (r6 * r6 - r6)
    return e


@at(([0.1, -0.2, 0.3], [0.5, 0.4, -0.1]))
def cross_product_norm(a, b):
    cx = a[1] * b[2] - a[2] * b[1]
    cy = a[2] * b[0] - a[0] * b[2]
    cz = a[0] * b[1] - a[1] * b[0]
    return math.sqrt(cx**2 + cy**2 + cz**2)


@at(([0.3, 0.4, 0.5, 1.2],))
def quaternion_rotation(q):
    w, x, y, z = q
    n = math.sqrt(w * w + x * x + y * y + z * z)
    w, x, y, z = w / n, x / n, y / n, z / n
    return (1 - 2 * (y * y + z * z)) * 1.0 + 2 * (x * y - w * z) * 2.0 + 2 * (x * z + w * y) * 3.0
