"""Transformations inside a differentiated function; ``reference`` is the same in closed form."""

import math

from symdiff import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from tests.corpus.registry import at

SCALE = 1.5


def cubic(w):
    return w * w * w


def wave(w, k=2.0):
    return math.sin(k * w) * w


slope = grad(wave)


@grad
def decorated(w):
    return math.exp(w) * SCALE


class Model:
    rate = 0.5
    energy = staticmethod(cubic)
    force = staticmethod(grad(cubic))


MODEL = Model()


# -- how it is called ------------------------------------------------------------------------------


def _of_global(x):
    return (3 * x * x) ** 2 + x


@at((1.3,), reference=_of_global)
def of_global(x):
    return grad(cubic)(x) ** 2 + x


def _made_before(x):
    a = 2.0 * math.cos(2.0 * x) * x + math.sin(2.0 * x)
    return a * x + 1.5 * math.exp(x)


@at((1.3,), reference=_made_before)
def made_before(x):
    return slope(x) * x + decorated(x)


def _of_attribute(x):
    return 3 * x * x * 0.5 + 3 * x * x


@at((1.3,), reference=_of_attribute)
def of_attribute(x):
    return MODEL.force(x) * MODEL.rate + grad(MODEL.energy)(x)


def _with_options(x, y):
    return x * x + 2.0 * x * y + math.cos(x) * y


@at((1.3, 0.7), reference=_with_options)
def with_options(x, y):
    def f(a, b, c=1.0):
        return a * a * b + math.sin(a) * c

    da, db = grad(f, (0, 1))(x, y)
    by_name = grad(f, argnames="c", granularity="fine")(x, b=0.0, c=y)
    return da + db - (math.cos(x) * 1.0 - math.cos(x) * y) + 0.0 * by_name


def _by_keyword(x, y):
    return math.sin(x) * y


@at((1.3, 0.7), reference=_by_keyword)
def by_keyword(x, y):
    def f(a, *, c):
        return math.sin(a) * c

    return grad(f, argnames="c")(x, c=2.0) * y


def _factory(x):
    return (2.0 * x + 3.0 * x * x) * x


@at((1.3,), reference=_factory)
def factory(x):
    def power(n):
        def f(w):
            return w**n

        return grad(f)

    return (power(2)(x) + power(3)(x)) * x


def _passed(x):
    return math.cos(x) + 2.0 * x


@at((1.3,), reference=_passed)
def passed(x):
    def apply(transform, f, v):
        return transform(f)(v)

    return apply(grad, lambda v: math.sin(v), x) + apply(grad, lambda v: v * v, x)


# -- captured active values ------------------------------------------------------------------------


def _perturbation(x):
    return x * (1.0 + x)


@at((1.5,), reference=_perturbation)
def perturbation(x):
    """The classic: an inner derivative that does not depend on the outer argument's tangent."""
    return x * grad(lambda y: x + y)(1.0) + x * grad(lambda y: x * y)(2.0)


def _nested_perturbation(x):
    return 2.0 * x * x


@at((1.5,), reference=_nested_perturbation)
def nested_perturbation(x):
    return x * grad(lambda y: y * grad(lambda z: x * z + y * z)(y) + y * x)(1.0) - 2.0 * x


def _penalty(w, x):
    d = (1.0 - math.tanh(w * x) ** 2) * w
    return math.tanh(w * x) ** 2 + (d * d - 1.0) ** 2


@at((0.7, 0.4), (-0.7, 0.4), reference=_penalty)
def penalty(w, x):
    """A gradient penalty."""

    def f(x):
        return math.tanh(w * x)

    value, slope = value_and_grad(f)(x)
    return value * value + (slope * slope - 1.0) ** 2


def _meta(w, lr, xs):
    for _ in range(2):
        w = w - lr * sum(2.0 * (w * x - x * x) * x for x in xs)
    return sum((w * x - x * x) ** 2 for x in xs)


@at((0.5, 0.05, [1.0, 2.0, 0.5]), reference=_meta)
def meta(w, lr, xs):
    """Two steps of an inner optimiser."""

    def loss(w):
        s = 0.0
        for x in xs:
            s += (w * x - x * x) ** 2
        return s

    for _ in range(2):
        w = w - lr * grad(loss)(w)
    return loss(w)


def _newton(a):
    x = 1.0
    for _ in range(8):
        x = x - (x**3 - a) / (3.0 * x**2)
    return x * a


@at((2.0,), (5.0,), reference=_newton)
def newton(a):
    def f(x):
        return x**3 - a

    x = 1.0
    for _ in range(8):
        x = x - f(x) / grad(f)(x)
    return x * a


def _minimise(a):
    x = 0.5
    for _ in range(4):
        x = x - (math.sinh(x) - a) / math.cosh(x)
    return x * x


@at((0.3,), reference=_minimise)
def minimise(a):
    """Newton's method on a minimum: gradient and second derivative of one function."""

    def energy(x):
        return math.cosh(x) - a * x

    x = 0.5
    for _ in range(4):
        x -= grad(energy)(x) / grad(grad(energy))(x)
    return x * x


# -- every transformation --------------------------------------------------------------------------


def _of_lists(ps):
    return sum(3.0 * p**3 for p in ps) + sum(ps[k] * ps[k + 1] for k in range(len(ps) - 1))


@at(([1.0, 2.0, 0.5],), reference=_of_lists)
def of_lists(ps):
    g = grad(lambda q: sum(v * v * v for v in q))(ps)
    s = 0.0
    for a, b in zip(g, ps, strict=True):
        s += a * b
    for k in range(len(ps) - 1):
        s += ps[k] * ps[k + 1]
    return s


def _of_structures(x, y):
    return 2.0 * x * y + x * x * 3.0 + y


@at((1.3, 0.7), reference=_of_structures)
def of_structures(x, y):
    def f(p):
        return p["a"] ** 2 * p["b"][0] + p["b"][1]

    g = grad(f)({"a": x, "b": (y, 3.0)})
    return g["a"] + g["b"][0] * 3.0 + g["b"][1] * y


def _jacobians(x, y):
    return y * 2.0 * x + math.cos(y) * x + x * x


@at((1.3, 0.7), reference=_jacobians)
def jacobians(x, y):
    def f(a, b):
        return a * a * b, math.sin(b) * a

    (daa, dab), (dba, dbb) = jacobian(f, (0, 1))(x, y)
    return daa + dab + dbb + dba * 0.0


def _hessians(x, y):
    return 2.0 * y + 4.0 * x + math.exp(y)


@at((1.3, 0.7), reference=_hessians)
def hessians(x, y):
    def f(a, b):
        return a * a * b + math.exp(b)

    (haa, hab), (hba, hbb) = hessian(f, (0, 1))(x, y)
    return haa + hab + hba + hbb


def _products(x, v):
    return (6.0 * x * v) * x + v


@at((1.3, 0.7), reference=_products)
def products(x, v):
    return hvp(cubic)(x, v) * x + hvp(lambda w: 0.5 * w * w)(x, v=v)


def _forward(x, v):
    return x**3 + 3.0 * x * x * v + math.sin(x) + v * math.cos(x) * x


@at((1.3, 0.7), reference=_forward)
def forward(x, v):
    value, dot = jvp(cubic, (x,), (v,))
    (s, p), (ds, dp) = jvp(lambda a: (math.sin(a), a), (x,), (v,))
    return value + dot + s + ds * p + 0.0 * dp


def _backward(x, y):
    return x * y + math.sin(y) + 2.0 * y + 3.0 * x + math.cos(y) * x


@at((1.3, 0.7), reference=_backward)
def backward(x, y):
    out, pull = vjp(lambda a, b: (a * b, math.sin(b)), x, y)
    (ga, gb) = pull((2.0, x))
    (ha, _) = pull((0.0, 1.0))
    return out[0] + out[1] + ga + gb + x + ha


# -- under control flow ----------------------------------------------------------------------------


def _in_branches(x):
    return 3 * x * x if x > 0 else math.sin(x) * x


@at((1.3,), (-1.3,), reference=_in_branches)
def in_branches(x):
    if x > 0:
        return grad(cubic)(x)
    g = grad(lambda w: -math.cos(w))
    return g(x) * x


def _of_loops(x, n):
    return sum(k * x ** (k - 1) for k in range(1, n)) * x


@at((1.3, 4), wrt=(0,), reference=_of_loops)
def of_loops(x, n):
    def f(w):
        s = 0.0
        p = 1.0
        for _ in range(1, n):
            p = p * w
            s += p
        return s

    return grad(f)(x) * x


def _of_branches(x, y):
    return (2.0 * x if x > y else y) * y


@at((1.3, 0.7), (0.5, 0.7), reference=_of_branches)
def of_branches(x, y):
    def f(w):
        if w > y:
            return w * w
        return w * y

    return grad(f)(x) * y


def _of_whiles(x, y):
    n, p = 0, 1.0
    while p < 20.0:
        p, n = p * x, n + 1
    return n * x ** (n - 1) * y


@at((1.7, 0.7), reference=_of_whiles)
def of_whiles(x, y):
    def f(w):
        p = 1.0
        while p < 20.0:
            p = p * w
        return p * y

    return grad(f)(x)


def _of_constants(x):
    return 12.0 * x + 1.0


@at((1.3,), reference=_of_constants)
def of_constants(x):
    return grad(cubic)(2.0) * x + grad(lambda n: n * 1.0)(3)
