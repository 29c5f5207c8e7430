"""Functions as values: chosen, stored, wrapped, fixed in part, handed to map, filter and reduce."""

# ruff: noqa: E731, B023, B905, SIM108, RUF007, UP033

import functools
import itertools
import math
import operator

from tests.corpus.registry import at

POINT = [0.7, 1.35, 2.1, 0.4]


def scaled(a, /, b, *rest, shift=0.0, **more):
    return a * b + sum(rest) * shift + more.get("extra", 1.0) * a


def power_of(k, p=2.0):
    def f(t):
        return k * t**p

    return f


def doubling(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return 2.0 * f(*args, **kwargs) + args[0]

    return wrapper


def times(n):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(x):
            for _ in range(n):
                x = f(x)
            return x

        return wrapper

    return decorate


@doubling
def doubled_product(x, y=2.0):
    return x * y * x


@functools.lru_cache(maxsize=None)
def cached_square(x):
    return x * x


@functools.singledispatch
def measure(v):
    return v * v


@measure.register
def _(v: int):
    return 3.0 * v


RAISED = functools.partial(scaled, 2.0, shift=0.5)
GET_SECOND = operator.itemgetter(1)


@at((1.5, 2.0))
def keywords_both_ways(x, y):
    fixed = {"shift": y, "extra": x}
    return scaled(x, y, x, **fixed) + scaled(*[x, y], 3.0, *(x, y), shift=x)


@at((1.5, 2.0))
def keyword_sum(x, y):
    def total(**parts):
        return sum(v * len(k) for k, v in parts.items())

    return total(a=x, bc=x * y) * total(y=y)


@at((1.5, 2.0))
def stars_handed_on(x, y):
    def outer(*args, **kwargs):
        return inner(*args, *args, **kwargs, scale=2.0)

    def inner(a, b, scale, off=0.0):
        return a * b * scale + off

    return outer(x, off=y) * outer(y)


@at((POINT,))
def star_list_of_any_length(xs):
    def norm(*vs):
        return math.sqrt(sum(v * v for v in vs))

    return norm(*xs) * norm(1.0, *xs) + math.hypot(*xs) * max(*xs)


@at((POINT,))
def star_list_into_parameters(xs):
    def f(a, b, c):
        return a * b**c

    return f(*xs[1:]) * f(2.0, *xs[:2])


@at((1.5, 2.0))
def decorated_helper(x, y):
    return doubled_product(x) + doubled_product(x, y=y)


at((1.5,))(doubled_product)


@at((1.5, 2.0))
def decorated_nested_function(x, y):
    @times(3)
    @doubling
    def step(t):
        return math.sin(t) * y

    return step(x)


@at((1.5,))
def cached_helper(x):
    @functools.cache
    def cube(t):
        return t * cached_square(t)

    return cube(x) + cube(x) * x


@at((1.5, 3))
def single_dispatch(x, n):
    return measure(x) * measure(n)


@at((1.5, 2.0))
def partial_inside(x, y):
    f = functools.partial(scaled, x, shift=y)
    g = functools.partial(f, y)
    return f(2.0) * g(3.0) + RAISED(x, y)


@at((1.5,), (0.5,), (-0.5,))
def chosen_by_branches(x):
    f = math.sin
    if x > 1:
        f = math.cos
    elif x > 0:
        f = lambda t: t * t * x
    return f(x) * f(x * 2)


@at((1.5,), (-0.5,))
def factory_chosen_by_branch(x):
    if x > 0:
        f = power_of(2 * x)
    else:
        f = power_of(3 * x, 3.0)
    g = power_of(x) if x > 0 else math.exp
    return f(x) + g(x * x)


@at((1.5, 2.0), (0.5, 2.0))
def partial_chosen_by_branch(x, y):
    f = functools.partial(scaled, x) if x > 1 else functools.partial(scaled, y)
    return f(x) * y


@at((1.5,))
def function_by_index(x):
    fs = (math.sin, math.exp, lambda t: t * t)
    s = 0.0
    for i in range(3):
        s += fs[i](x) * fs[-i](s)
    return s


@at((0.6,))
def functions_in_a_dict(x):
    table = {"a": math.sin, "b": lambda t: t * t, "c": power_of(x)}
    return sum(table[k](x) for k in ("a", "b")) * table["c"](x)


@at((0.6,))
def composed(x):
    def compose(*fs):
        return functools.reduce(lambda f, g: lambda t: g(f(t)), fs)

    return compose(math.sin, lambda t: t * t + 1, math.exp)(x)


@at((0.6,))
def pipeline(x):
    for f in (math.sin, math.exp, lambda t: t * x):
        x = f(x) + x
    return x


@at((0.6,))
def functions_see_the_last_value(x):
    late = tuple(lambda: i * x for i in range(3))
    fixed = tuple(lambda i=i: i * x * x for i in range(3))
    return sum(f() for f in late) * sum(f() for f in fixed)


@at((POINT,))
def mapped(xs):
    t = 1.0
    for v in map(lambda a: a * t, xs):
        t += v
    return t + sum(map(operator.mul, xs, xs[1:])) + sum(map(math.sin, (t, xs[0])))


@at((POINT,))
def filtered(xs):
    s = 0.0
    for v in filter(lambda t: t > 1, xs):
        s += v * v
    for v in filter(None, xs):
        if v > 2:
            break
        s += math.sin(v)
    for v in itertools.filterfalse(lambda t: t > 1, xs):
        s *= v
    return s + sum(filter(lambda t: t < 1, xs)) * len(list(filter(lambda t: t < 1, xs)))


@at((POINT,))
def reduced(xs):
    a = functools.reduce(lambda p, q: p * q + 1, xs)
    b = functools.reduce(operator.add, xs, 2.0)
    _, c = functools.reduce(lambda p, v: (p[0] + v, p[1] * v), xs, (0.0, 1.0))
    return a * b + c


@at((POINT,))
def getters(xs):
    first_and_third = operator.itemgetter(0, 2)
    a, b = first_and_third(xs)
    pairs = [(v, v * v) for v in xs]
    count = operator.methodcaller("count", 0.0)
    return GET_SECOND(xs) * a * b + sum(map(operator.itemgetter(1), pairs)) + count(xs)


@at((POINT,))
def generator_in_another_scope(xs):
    x = 3.0

    def total(values):
        x = 100.0
        return sum(values) + 0.0 * x

    return total(x * v for v in xs) * total(v * v for v in xs if v > 1)


@at((POINT,))
def generator_kept(xs):
    squares = (v * v for v in xs)
    products = (a * b for a, b in zip(xs, xs[1:], strict=False) if a < b)
    s = 0.0
    for v in squares:
        s = s * 0.5 + v
    for v in products:
        s += v
    return s


@at((POINT,))
def next_of_iterators(xs):
    it = iter(xs)
    a = next(it)
    b = next(it)
    s = 0.0
    for v in it:
        s += v * a
    found = next((v for v in xs if v > 1.5), 0.0)
    none = next((v for v in xs if v > 5), b)
    return s * b + found * none + next(filter(lambda v: v > 1, xs))


@at((POINT,))
def any_and_all_stop_early(xs):
    s = xs[0]
    if any(1 / v > 2 for v in [xs[3], xs[0], 0.0]):
        s += xs[1]
    if all(v > 0 for v in xs):
        s *= xs[2]
    if any(a > b for a in xs for b in xs):
        s *= 2
    return s if all(map(lambda v: v > 1, xs)) else s * s


@at((POINT,))
def sorted_lists(xs):
    up = sorted(xs)
    down = sorted(xs, reverse=True)
    by_key = sorted(xs, key=lambda v: -abs(v - 1.0))
    return up[0] * 3 + up[1] * up[2] + down[0] ** 2 + by_key[0] * by_key[-1] ** 2


@at((POINT,))
def sorted_pairs(xs):
    s = 0.0
    for k, (a, b) in enumerate(sorted([(v, v * 2) for v in xs])):
        s += k * a * b
    best = max([(v * v, v) for v in xs])
    return s + best[1] + min([(v, 1.0) for v in xs], key=lambda p: -p[0])[0]


@at((POINT,))
def order_statistics(xs):
    ordered = sorted(xs)
    n = len(ordered)
    middle = n // 2
    median = (ordered[middle - 1] + ordered[middle]) / 2 if n % 2 == 0 else ordered[middle]
    return median**2 + sum(w * v for w, v in zip((0.1, 0.2, 0.3, 0.4), ordered, strict=True))


@at((POINT,))
def extrema_with_key(xs):
    a = max(xs, key=lambda v: -((v - 1) ** 2)) * 3 + min(xs, key=abs)
    b = max(xs[0], xs[1], key=lambda t: -t) + max([], default=xs[0])
    return a * b + min((x for x in xs if x > 1), default=0.0)


@at((POINT,))
def accumulated(xs):
    s = 0.0
    for k, v in enumerate(itertools.accumulate(xs)):
        s += k * v * v
    for v in itertools.accumulate(xs, lambda a, b: a * b + 1, initial=2.0):
        s += v
    return s + list(itertools.accumulate(xs, max))[-1]


@at((POINT,))
def neighbours(xs):
    s = 0.0
    for a, b in itertools.pairwise(xs):
        s += (a - b) ** 2
    for a, b in itertools.zip_longest(xs, xs[1:], fillvalue=1.0):
        s += a * b
    return s + sum(a * b for a, b in itertools.pairwise(xs))


@at((POINT,))
def chained(xs):
    s = 0.0
    for v in itertools.chain(xs, [1.0], xs[1:]):
        s = s * 0.9 + v
    nested = [[v, v * v] for v in xs]
    return s + sum(itertools.chain.from_iterable(nested)) * sum(itertools.chain(xs, xs))


@at((POINT,))
def pairs_of_a_list(xs):
    s = 0.0
    for a, b in itertools.combinations(xs, 2):
        s += math.sin(a * b)
    for a, b in itertools.product(xs, repeat=2):
        s += a * b
    for a, b in itertools.permutations(xs, 2):
        s += a / b
    for a, b, c in itertools.combinations(xs, 3):
        s += a * b * c
    return s


@at((0.6, 1.5))
def pairs_of_tuples(x, y):
    s = 0.0
    for a, b in itertools.combinations((x, y, x * y), 2):
        s += a * b
    for i, j in itertools.product(range(2), range(3)):
        s += i * j * x
    for p in itertools.permutations([x, y, 3.0]):
        s += p[0] * p[1] ** 2
    for a, b in itertools.combinations_with_replacement((x, y), 2):
        s += a * b
    return s


@at((POINT,))
def pieces_of_iterators(xs):
    s = sum(itertools.islice(itertools.count(1), 4)) * xs[0]
    for v in itertools.islice(xs, 1, None, 2):
        s += v * v
    for k, v in zip(itertools.count(0.5, 0.25), xs, strict=False):
        s += k * v
    for sign, v in zip(itertools.cycle([1.0, -1.0]), xs, strict=False):
        s += sign * v**3
    for v in itertools.repeat(xs[1], 3):
        s *= v
    return s


@at((POINT,))
def parts_by_condition(xs):
    s = 1.0
    for v in itertools.takewhile(lambda t: t < 2, xs):
        s += v
    for v in itertools.dropwhile(lambda t: t < 2, xs):
        s *= v
    for v in itertools.compress(xs, [1, 0, 1, 1]):
        s += v**3
    return s + sum(itertools.starmap(math.pow, [(xs[0], 2), (xs[1], 3)]))


@at(([[1.0, 2.0], [3.0, 4.0]], [[0.5, 1.5, 1.0], [2.5, 3.5, 0.3]]))
def matrix_product_by_zip(a, b):
    c = [[sum(x * y for x, y in zip(row, col, strict=True)) for col in zip(*b)] for row in a]
    return sum(sum(row) * (k + 1) for k, row in enumerate(c)) + c[0][1] * c[1][2]


@at((0.5, 0.5, POINT), (1.2, 0.5, POINT), (0.5, 1.2, POINT))
def reversed_list_on_one_path(x, y, xs):
    s = 0.0
    if y < 0.9:
        s += max(reversed(xs)) * max([v * y for v in reversed(xs)])
    return s + (x * x if x > 0.9 else math.sin(y) - y * s)


@at((1.5, 7))
def whole_numbers(x, n):
    q, r = divmod(x * n, 2.0)
    return q * x + r * x + pow(3, n, 5) * x


@at((POINT,), refused="UnsupportedSyntax")
def iterator_run_over_twice(xs):
    pairs = zip(xs, xs[1:], strict=False)
    return sum(a * b for a, b in pairs) + sum(a for a, _ in pairs)


@at((POINT,), refused="UnsupportedSyntax")
def iterator_advanced_in_a_loop(xs):
    it = iter(xs)
    s = 0.0
    for _ in range(len(xs)):
        s += next(it)
    return s


@at((POINT,), refused="AliasError")
def accumulated_while_it_changes(xs):
    ys = list(xs)
    for k, v in enumerate(itertools.accumulate(ys)):
        if k < 3:
            ys[k + 1] = v
    return sum(ys)


@at((1.5,), refused="TypeMismatch")
def function_made_anew_in_a_loop(x):
    f = math.sin
    for _ in range(int(x * 2)):
        f = power_of(f(x))
    return f(x)
