"""Lists, dicts, sets and their relatives: methods, order, comparison, growth, mixed elements."""

# ruff: noqa: B905

import math
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple

from tests.corpus.registry import at

POINT = [0.7, 1.35, 2.1, 0.4]


@at((POINT, 2), (POINT, -3), (POINT, -1))
def inserted_and_popped(xs, i):
    ys = list(xs)
    ys.insert(1, xs[0] * 2)
    ys.insert(-1, xs[1] * 3)
    ys.insert(100, xs[2])
    ys.insert(0, 1.0)
    ys.insert(i, xs[3] ** 2)
    ys.insert(-100, xs[0])
    a = ys.pop(2)
    b = ys.pop(-2)
    c = ys.pop(i)
    s = a * b + c * ys.pop(0)
    for n, v in enumerate(ys):
        s += n * v * v
    return s


@at((POINT,))
def removed_and_found(xs):
    ys = [v * v for v in xs]
    ys.extend(xs)
    ys.remove(xs[2])
    k = ys.index(xs[1])
    return sum(ys) * k + ys.count(xs[1]) * xs[2] * ys[k]


@at((POINT,))
def queue_in_a_loop(xs):
    queue = []
    s = 0.0
    for v in xs:
        queue.insert(0, v * v)
        if len(queue) > 2:
            s += queue.pop(1) * queue[0]
        if v > 2:
            queue.insert(len(queue) // 2, v)
    while queue:
        s = s * 1.5 + queue.pop(0)
    return s


@at((POINT,))
def sorted_in_place(xs):
    ys = [x * x for x in xs]
    ys.sort()
    zs = list(xs)
    zs.sort(key=lambda t: -t)
    ws = xs[1:]
    ws.sort(reverse=True)
    return ys[0] * zs[0] + ys[-1] * ws[1]


@at((POINT,))
def rows_sorted_and_moved(xs):
    rows = [[v * k for v in xs] for k in range(1, 4)]
    rows.insert(1, [v * v for v in xs])
    first = rows.pop(0)
    rows.sort(key=lambda r: -r[0])
    rows[0].insert(1, xs[0])
    return sum(sum(r) * (k + 1) for k, r in enumerate(rows)) + first[0] * rows[1].pop(2)


@at((POINT,))
def compared(xs):
    ys = list(xs)
    s = xs[0]
    if ys == xs:
        s += xs[1]
    if ys[1:] != xs:
        s *= xs[2]
    if (xs[0], xs[1]) < (xs[1], xs[0]):
        s += xs[3]
    if (xs[0], 2) == (xs[0], 2):
        s += xs[3]
    if ys < [1.0]:
        s *= 3
    if xs[0] in ys and 5.0 not in ys:
        s += xs[0] ** 2
    return s


@at((POINT,))
def members_of_ranges(xs):
    s = 0.0
    for i in range(10):
        if i in range(2, 9, 3):
            s += i * xs[0]
        if i in range(5):
            s += xs[1] * xs[2]
        if i in (1, 7):
            s *= 1.1
        if i in [2, 8]:
            s *= 1.2
    return s


# -- dicts -----------------------------------------------------------------------------------------


@at((1.5, 0.7))
def dict_methods(x, y):
    d = {"a": x, "b": x * y}
    d["c"] = d["a"] * 2
    gone = d.pop("b")
    d.setdefault("e", y)
    d.setdefault("a", 99.0)
    d.update({"f": x**3}, g=2 * y)
    d |= {"h": x}
    e = {**d, "a": 5.0}
    both = d | {"z": x * x}
    s = 0.0
    for k, v in d.items():
        s = s * 1.1 + v * len(k)
    key, last = both.popitem()
    s += last * both.get("q", 2.0) + both.get("a") * len(key)
    if "c" in d and "b" not in d:
        s += gone
    return s + len(d) + sum(d.values()) * sum(e.values())


@at((1.5,))
def dict_that_grows(x):
    total = {}
    for k in ("a", "b", "a", "c"):
        total[k] = total.get(k, 0.0) + x * len(total) + 1.0
    parts = dict(zip(("p", "q"), (x, x * x)), r=x)
    return sum(v * v for v in total.values()) + parts["q"] * parts["r"]


@at((1.5,), (0.5,))
def dict_that_grows_on_one_path(x):
    d = {"a": x}
    if x > 1:
        d["b"] = x * x
    else:
        d["a"] = 3.0 * x
    return d.get("b", 7.0) * d["a"] + (x if "b" in d else x**3)


@at((1.5,))
def dict_comprehensions(x):
    d = {k: x * i for i, k in enumerate("abc") if i != 1}
    e = {(i, j): x**i * j for i in range(2) for j in (1, 2)}
    turned = {v: k for k, v in {"a": 1, "b": 2}.items()}
    filled = dict.fromkeys(turned, x)
    return sum(d.values()) * e[1, 2] * e[(0, 1)] + len(turned[1]) * filled[2]


@at((1.5,))
def views_show_changes(x):
    d = {"a": x}
    keys, values = d.keys(), d.values()
    d["b"] = 2 * x
    for k, v in d.items():
        d[k] = v * v
        d["b"] += 1.0
    return len(keys) * x + sum(values) * ("b" in keys)


@at((1.5, 4))
def looked_up_by_number(x, n):
    table = {0: 1.0, 1: x, 2: x * x}
    ops = {0: math.sin, 1: lambda t: t * t, 2: math.exp}
    s = 0.0
    for i in range(n):
        s += table[i % 3] * ops[i % 2](x)
    return s


@at((POINT,))
def default_dicts(xs):
    sums = defaultdict(float)
    for v in xs:
        sums["all"] += v
        if v > 1:
            sums["large"] += v * v
    groups = defaultdict(list)
    for k, v in (("p", xs[0]), ("q", xs[1]), ("p", xs[2])):
        groups[k].append(v)
    nested = defaultdict(lambda: defaultdict(float))
    nested["a"]["b"] += xs[0]
    letters = Counter("abca")
    letters["z"] += 1
    s = sums["all"] * sums["large"] + sums["none"] + sum(groups["p"]) * len(groups)
    return s + nested["a"]["b"] * letters["a"] + letters["nothing"]


@at((1.5,))
def ordered_dict(x):
    d = OrderedDict([("a", x), ("b", 2 * x)])
    d.move_to_end("a")
    s = 0.0
    for v in d.values():
        s = s * 2 + v
    key, first = d.popitem(last=False)
    return s + first * x * len(key)


# -- lists typed per position ----------------------------------------------------------------------


@at((1.5,))
def mixed_list(x):
    xs = [math.sin, x, {"w": x * 2}, (1, 2.0, "s")]
    xs.append(lambda t: t * x)
    xs.insert(1, "text")
    f = xs.pop(0)
    s = f(xs[1]) * xs[2]["w"] + xs[-1](2.0)
    xs[2]["w"] = 5 * x
    for e in xs[2:3]:
        s += e["w"]
    xs[1] += 1.0
    first, *rest = xs
    return s + xs[1] * len(xs) + len(rest) * len(first)


@at((0.7,))
def layers_of_a_network(x):
    layers = []
    for w in (0.5, 1.5):
        layers.append({"w": w, "b": x, "f": math.tanh})
    layers.append({"w": x, "b": 0.0, "f": lambda t: t})
    h = x
    for layer in layers:
        h = layer["f"](layer["w"] * h + layer["b"])
    return h + layers[0]["w"] * layers[1]["b"]


@at((0.7,))
def functions_in_lists(x):
    s = 0.0
    for f in [math.sin, math.cos, lambda t: t * t]:
        s += f(x)
    scaled = [lambda t, k=k: t * k for k in range(3)]
    more = [math.sin] * 2 + [math.cos]
    for i in range(3):
        s += scaled[i](x) * more[i](x)
    return s * sum(f(x) for f in more)


@at(([{"w": 1.5, "b": 0.2}, 2.0, [1.0, 2.0], (3.0,)], 0.7), second=False)
def mixed_list_as_argument(layers, x):
    h = x
    for layer in layers:
        if isinstance(layer, dict):
            h = h * layer["w"] + layer["b"]
        elif isinstance(layer, float):
            h = h * layer
        else:
            h = h + sum(layer) * h
    return h


@at((1.5,))
def two_names_of_a_mixed_list(x):
    a = []
    b = a
    d = {"l": a}
    a.append({"k": x})
    b.append(math.sin)
    d["l"].append(3.0)
    c = a[:]
    c[2] = x
    a[0]["k"] *= x
    return a[0]["k"] * len(b) + d["l"][1](x) * a[2] + c[2] * c[0]["k"]


ACTIVATIONS = {"tanh": lambda t: math.tanh(t), "square": lambda t: t * t, "scale": 0.5}


@at((0.7, "tanh"), (0.7, "square"), second=False)
def functions_in_a_captured_dict(x, name):
    return ACTIVATIONS[name](x) * ACTIVATIONS["scale"] + ACTIVATIONS["square"](x * 2)


# -- deques and sets -------------------------------------------------------------------------------


@at((POINT,))
def deque_both_ends(xs):
    q = deque([xs[0], xs[1]])
    for v in xs:
        q.append(v * q[0])
        q.popleft()
        if v > 1:
            q.appendleft(v)
    q.extendleft([xs[0], 2.0])
    q.rotate(len(q) // 2)
    s = 0.0
    while q:
        s = s * 1.3 + q.popleft()
    return s


@at((POINT,))
def deque_as_window(xs):
    window = deque(maxlen=2)
    other = deque([1.0], maxlen=3)
    s = 0.0
    for i, v in enumerate(xs):
        window.append(v)
        if i % 2:
            other.appendleft(v)
        else:
            other.append(v * v)
        s += sum(window) / len(window) * other[0] * other[-1]
    return s


@at((1.5,))
def sets_of_known_elements(x):
    seen = set()
    twice = 0
    for k in ("a", "b", "a"):
        if k in seen:
            twice += 1
        seen.add(k)
    seen |= {"z"}
    seen -= {"a"}
    s = 0.0
    for k in sorted(seen | {"cc"}):
        s = s * 2 + x * len(k)
    lengths = {len(w) for w in ("aa", "b", "c")}
    return s * twice + sum({1, 2}) * x**2 + len(lengths) + (x if {"z"} <= seen else 0.0)


Corner = namedtuple("Corner", "x y")


@at((1.5,))
def named_tuple_methods(x):
    p = Corner(x, 2 * x)
    q = p._replace(y=x * x)
    d = q._asdict()
    a, b = q
    return p.x * q.y + d["y"] * a + b * (p == p) + (x, 1.0, 1.0).count(1.0) * x


@at((1.5,))
def containers_compared(x):
    s = ([math.sin, 1] == [math.sin, 1]) + ({1, 2} == {2, 1}) + ((1,) < (1, 2))
    return x * (s + ({"a": x, "b": 1} == {"b": 1, "a": x}) + ([x, 1] == [x, 1.0]))


@at((1.5,))
def nested_containers(x):
    cfg = {"a": {"b": [x, 2 * x], "c": (x, {"d": x * x})}, "l": [[1.0, x], [x]]}
    cfg["a"]["b"][0] = 5 * x
    cfg["a"]["b"].append(1.0)
    cfg["l"][1].append(x)
    (p, q), *r = [(x, 2.0), (3.0, x)]
    rows = sum(sum(row) for row in cfg["l"])
    return sum(cfg["a"]["b"]) * cfg["a"]["c"][1]["d"] + rows * p * q + r[0][1]


@at((POINT,), refused="TypeMismatch")
def mixed_list_grows_by_data(xs):
    made = []
    for v in xs:
        made.append({"v": v})
    return made[0]["v"]


@at((1.5,), refused="UnsupportedSyntax")
def set_of_data(x):
    return sum({x, 1.0})


@at((0.7, 0.4), (-1.2, 0.3))
def oscillator(x, v):
    State = namedtuple("State", ["position", "speed", "mass"], defaults=(2.0,))
    s = State(x, v)
    for _ in range(5):
        s = s._replace(
            position=s.position + 0.1*s.speed, speed=s.speed - 0.1*s.position/s.mass
        )
    position, speed, mass = s
    return position*speed*mass + s[0] + sum(s._asdict().values())


@at((0.7, 0.4))
def by_name(x, y):
    Point = namedtuple("Point", "east, north")
    corners = [Point(x*k, y + k) for k in range(4)]
    area = 0.0
    for p, q in zip(corners, corners[1:] + corners[:1], strict=True):
        area += p.east*q.north - q.east*p.north*p.north
    return area/2.0 if Point._fields == ("east", "north") else 0.0
