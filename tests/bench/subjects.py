"""The functions that are timed, each with a gradient as an expert would write it by hand."""

import math


def neuron(w0, x0, w1, x1, w2):
    z = w0 * x0 + w1 * x1 + w2
    return 1 / (1 + math.exp(-z))


def neuron_by_hand(w0, x0, w1, x1, w2):
    y = 1.0 / (1.0 + math.exp(-(w0 * x0 + w1 * x1 + w2)))
    d = y * (1.0 - y)
    return d * x0, d * w0, d * x1, d * w1, d


def rosenbrock(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def rosenbrock_by_hand(x):
    n = len(x)
    g = [0.0] * n
    carry = 0.0
    a = x[0]
    for i in range(n - 1):
        following = x[i + 1]
        b = 200.0 * (following - a * a)
        g[i] = carry - 2.0 * (a * b + 1.0 - a)
        carry = b
        a = following
    g[n - 1] = carry
    return g


def branchy(x, y):
    if x > y:
        z = x * math.sin(y)
        if z > 0.5:
            z = z * z - y
    elif x < -1.0:
        z = math.exp(x) * y
    else:
        z = x + y * y
    return z * z + x * y


def branchy_by_hand(x, y):
    if x > y:
        s = math.sin(y)
        c = x * math.cos(y)
        z = x * s
        if z > 0.5:
            d = 2.0 * (z * z - y)
            e = 2.0 * z * d
            return e * s + y, e * c - d + x
        d = 2.0 * z
        return d * s + y, d * c + x
    if x < -1.0:
        t = math.exp(x)
        z = t * y
        d = 2.0 * z
        return d * z + y, d * t + x
    d = 2.0 * (x + y * y)
    return d + y, 2.0 * d * y + x


def newton(a):
    x = 1.0
    while abs(x * x * x - a) > 1e-12:
        x = x - (x * x * x - a) / (3.0 * x * x)
    return x


def newton_by_hand(a):
    x = 1.0
    tape = []
    while abs(r := x * x * x - a) > 1e-12:
        tape.append(x)
        x = x - r / (3.0 * x * x)
    d = 1.0
    g = 0.0
    for x in reversed(tape):
        t = d / (3.0 * x * x)
        g += t
        d = 2.0 * t * (x * x * x - a) / x
    return g


def lotka_volterra(alpha, beta, gamma, delta, x, y):
    h = 0.01
    k = 0.5 * h
    w = h / 6.0
    for _ in range(1000):
        ax = alpha * x - beta * x * y
        ay = delta * x * y - gamma * y
        u = x + k * ax
        v = y + k * ay
        bx = alpha * u - beta * u * v
        by = delta * u * v - gamma * v
        u = x + k * bx
        v = y + k * by
        cx = alpha * u - beta * u * v
        cy = delta * u * v - gamma * v
        u = x + h * cx
        v = y + h * cy
        dx = alpha * u - beta * u * v
        dy = delta * u * v - gamma * v
        x = x + w * (ax + 2.0 * bx + 2.0 * cx + dx)
        y = y + w * (ay + 2.0 * by + 2.0 * cy + dy)
    return x * y


def lotka_volterra_by_hand(alpha, beta, gamma, delta, x, y):
    h = 0.01
    k = 0.5 * h
    w = h / 6.0
    tape = []
    push = tape.append
    for _ in range(1000):
        x0, y0 = x, y
        p0 = x0 * y0
        ax = alpha * x0 - beta * p0
        ay = delta * p0 - gamma * y0
        x1 = x0 + k * ax
        y1 = y0 + k * ay
        p1 = x1 * y1
        bx = alpha * x1 - beta * p1
        by = delta * p1 - gamma * y1
        x2 = x0 + k * bx
        y2 = y0 + k * by
        p2 = x2 * y2
        cx = alpha * x2 - beta * p2
        cy = delta * p2 - gamma * y2
        x3 = x0 + h * cx
        y3 = y0 + h * cy
        p3 = x3 * y3
        x = x0 + w * (ax + 2.0 * (bx + cx) + alpha * x3 - beta * p3)
        y = y0 + w * (ay + 2.0 * (by + cy) + delta * p3 - gamma * y3)
        push((x0, y0, x1, y1, x2, y2, x3, y3))
    gx, gy = y, x
    ga = gb = gg = gd = 0.0
    for x0, y0, x1, y1, x2, y2, x3, y3 in reversed(tape):
        sx = w * gx
        sy = w * gy
        p = x3 * y3
        ga += sx * x3
        gb -= sx * p
        gd += sy * p
        gg -= sy * y3
        t = sy * delta - sx * beta
        ux = sx * alpha + t * y3
        uy = t * x3 - sy * gamma
        gx += ux
        gy += uy
        sx = 2.0 * sx + h * ux
        sy = 2.0 * sy + h * uy
        p = x2 * y2
        ga += sx * x2
        gb -= sx * p
        gd += sy * p
        gg -= sy * y2
        t = sy * delta - sx * beta
        vx = sx * alpha + t * y2
        vy = t * x2 - sy * gamma
        gx += vx
        gy += vy
        sx = sx - h * ux + k * vx
        sy = sy - h * uy + k * vy
        p = x1 * y1
        ga += sx * x1
        gb -= sx * p
        gd += sy * p
        gg -= sy * y1
        t = sy * delta - sx * beta
        ux = sx * alpha + t * y1
        uy = t * x1 - sy * gamma
        gx += ux
        gy += uy
        sx = 0.5 * (sx - k * vx) + k * ux
        sy = 0.5 * (sy - k * vy) + k * uy
        p = x0 * y0
        ga += sx * x0
        gb -= sx * p
        gd += sy * p
        gg -= sy * y0
        t = sy * delta - sx * beta
        gx += sx * alpha + t * y0
        gy += t * x0 - sy * gamma
    return ga, gb, gg, gd, gx, gy


def dense_of_ten(x0, x1, x2, x3, x4, x5, x6, x7, x8, x9):
    """Every second partial is different from zero."""
    s = x0 + 2.0*x1 + 3.0*x2 + 4.0*x3 + 5.0*x4 + 6.0*x5 + 7.0*x6 + 8.0*x7 + 9.0*x8 + 10.0*x9
    q = x0**2 + x1**2 + x2**2 + x3**2 + x4**2 + x5**2 + x6**2 + x7**2 + x8**2 + x9**2
    p = x0*x1 + x1*x2 + x2*x3 + x3*x4 + x4*x5 + x5*x6 + x6*x7 + x7*x8 + x8*x9 + x9*x0
    return s*s*q + math.exp(-0.1*q) + math.sin(p)*s + p*p
