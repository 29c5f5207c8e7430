"""Objects: dataclasses and dicts that are written to, and classes of all kinds, with methods,
properties, operators and inheritance."""

import copy
import enum
import functools
import math
from dataclasses import InitVar, dataclass, field, replace
from typing import NamedTuple

from tests.corpus.registry import at


@dataclass
class Body:
    x: float
    v: float = 0.0


def advance(body, dt):
    if body.x > 2.0:
        body.v = -0.5 * body.v
        return
    body.v -= dt * math.sin(body.x)
    body.x += dt * body.v


@at((1.3,))
def second_name(x):
    p = Body(x)
    q = p
    q.x = q.x * 2
    q.v += 3 * x
    return p.x * p.v


@at((1.3,), (-0.7,))
def written_in_branches(x):
    p = Body(x)
    if x > 0:
        p.x = p.x * 3
    else:
        p.v = x * x
    return p.x + p.v


@at((0.4, 1.5), (1.2, 2.5))
def stepped_by_a_helper(x, v):
    body = Body(x, v)
    for _ in range(8):
        advance(body, 0.1)
    return body.x * body.v


@at((1.3,), (0.7,))
def swapped_in_a_loop(x):
    a, b = Body(x), Body(2 * x)
    for _ in range(5):
        a, b = b, a
        a.x = a.x * 1.1 + b.x * b.x * 0.1
    return a.x - b.x


@at((1.3,), (0.7,))
def replaced_in_a_loop(x):
    p = Body(x)
    while p.x < 10.0:
        p = Body(p.x * 2, p.v + x * x)
    return p.x * p.v


@at((1.3,), (0.7,))
def previous_one(x):
    p = Body(x, 1.0)
    total = 0.0
    for k in range(4):
        q = p
        p = Body(q.x * 1.1, q.v + k * q.x)
        total += p.x * q.v - q.x
    return total


@at((1.3,), (0.7,), (-2.0,))
def early_return_of_one(x):
    def pick(a, b):
        if x > 1:
            return a
        if x < 0:
            return Body(a.x * b.x, b.v)
        return b

    found = pick(Body(x, 2 * x), Body(x * x, 3.0))
    return found.x * found.v


@at((1.3,), (0.7,))
def read_one_of_two(x):
    a, b = Body(x), Body(2 * x, x)
    p = a if x > 1 else b
    return p.x * a.x + p.v


@at((1.3,))
def nested_dict_of_state(x):
    state = {"body": Body(x), "xs": [x, x]}
    for k in range(4):
        state["body"].x *= x
        state["xs"][0] += state["body"].x
        state["xs"].append(x)
        state["body"] = Body(state["body"].x, state["body"].v + k)
    return state["body"].x + sum(state["xs"]) * state["body"].v


@at((1.3,), (-0.7,))
def keys_made_in_branches(x):
    d = {"a": x}
    for k in range(3):
        d["last"] = x * k
    if x > 0:
        d["b"] = d["a"] * 2
    else:
        d["b"] = 1.0
    d["a"] += d["last"]
    return d["a"] * d["b"]


@at((1.3,))
def changed_in_a_generator(x):
    body = Body(x, 1.0)

    def bump():
        body.x = body.x * 1.5
        return body.x

    return sum(bump() * k for k in range(4)) + body.x


@at((Body(2.0, 3.0),))
def argument_written_to(p):
    p.x = p.x * p.v
    p.v = p.v + p.x
    return p.x**2 * p.v


@at(({"w": 1.5, "b": [0.5, 2.0]}, 2.0))
def dict_argument_written_to(params, x):
    params["w"] *= x
    params["b"][0] = params["w"] * x
    params["c"] = x
    return math.tanh(params["w"]) + params["b"][0] * params["b"][1] * params["c"]


@at((1.3,), refused="AliasError")
def written_one_of_two(x):
    a, b = Body(x), Body(2 * x)
    p = a if x > 1 else b
    p.x = 3.0
    return p.x * a.x


@at((1.3,), refused="AliasError")
def kept_previous_written(x):
    p = Body(x)
    q = Body(x)
    for _ in range(3):
        p.x += q.x
        q = p
    return q.x


# -- classes with operators ------------------------------------------------------------------------


class Vec3:
    """A vector as people write it."""

    def __init__(self, x=0.0, y=0.0, z=0.0):
        self.x, self.y, self.z = x, y, z

    def __add__(self, other):
        return Vec3(self.x + other.x, self.y + other.y, self.z + other.z)

    def __radd__(self, other):
        return self if other == 0 else NotImplemented

    def __sub__(self, other):
        return Vec3(self.x - other.x, self.y - other.y, self.z - other.z)

    def __neg__(self):
        return Vec3(-self.x, -self.y, -self.z)

    def __mul__(self, k):
        if isinstance(k, Vec3):
            return NotImplemented
        return Vec3(self.x * k, self.y * k, self.z * k)

    __rmul__ = __mul__

    def __truediv__(self, k):
        return self * (1.0 / k)

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    def __abs__(self):
        return math.sqrt(self @ self)

    def __iter__(self):
        return iter((self.x, self.y, self.z))

    def __getitem__(self, k):
        return (self.x, self.y, self.z)[k]

    def __len__(self):
        return 3

    def __eq__(self, other):
        return isinstance(other, Vec3) and self.x == other.x and self.y == other.y

    def __iadd__(self, other):
        self.x += other.x
        self.y += other.y
        self.z += other.z
        return self

    def cross(self, other):
        return Vec3(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )

    @property
    def norm2(self):
        return self @ self

    @classmethod
    def along(cls, axis):
        return cls(*[1.0 if k == axis else 0.0 for k in (0, 1, 2)])


ORIGIN = Vec3(0.1, 0.2, 0.3)


@at((1.3, 0.4))
def vector_algebra(x, y):
    a = Vec3(x, x * y, 1.0)
    b = Vec3.along(1) * x + 2 * a - ORIGIN / y
    u, v, w = a.cross(-b)
    total = sum((a, b), Vec3())
    return abs(b) * (a @ b) + a.norm2 + b[0] * u - v * w + abs(total) + len(b) * b[-1]


@at((0.8, 1.1))
def orbit(x, v):
    position, velocity = Vec3(x, 1.0), Vec3(0.0, v, 0.1)
    for _ in range(12):
        velocity = velocity - position * (0.05 / abs(position) ** 3)
        position = position + 0.05 * velocity
    return abs(position)


@at((1.3,), (-0.4,))
def updated_in_place(x):
    total = Vec3()
    kept = total
    for k in range(4):
        total += Vec3(x * k, x * x, 1.0)
        if total.x > 2.0:
            total.x = 0.5 * total.x
    return kept @ total


@at((1.3,), (0.7,))
def captured_vector(x):
    p = ORIGIN
    for _ in range(3):
        p = p + Vec3(x, 1.0)
    return p @ p + (ORIGIN + p).norm2 + (x if p == ORIGIN else 2.0 * x)


class Quaternion:
    __slots__ = ("w", "x", "y", "z")

    def __init__(self, w, x, y, z):
        self.w, self.x, self.y, self.z = w, x, y, z

    def __mul__(self, q):
        return Quaternion(
            self.w * q.w - self.x * q.x - self.y * q.y - self.z * q.z,
            self.w * q.x + self.x * q.w + self.y * q.z - self.z * q.y,
            self.w * q.y - self.x * q.z + self.y * q.w + self.z * q.x,
            self.w * q.z + self.x * q.y - self.y * q.x + self.z * q.w,
        )

    def conjugate(self):
        return Quaternion(self.w, -self.x, -self.y, -self.z)

    def rotate(self, v):
        r = self * Quaternion(0.0, *v) * self.conjugate()
        return Vec3(r.x, r.y, r.z)


@at((0.7, 1.2))
def rotated(angle, x):
    q = Quaternion(math.cos(angle / 2), 0.0, math.sin(angle / 2), 0.0)
    p = (q * q).rotate(Vec3(x, 1.0, x * x))
    return p.x * p.z + p.y


# -- inheritance, properties, special methods ------------------------------------------------------


class Spring:
    scale = 2.0

    def __init__(self, k):
        self.k = k
        self.__rest = 0.1 * k

    def force(self, x):
        return -self.k * (x - self.__rest) * self.scale

    def energy(self, x):
        return -0.5 * self.force(x) * x


class Damped(Spring):
    scale = 3.0

    def __init__(self, k, c):
        super().__init__(k)
        self.c = c

    def force(self, x):
        return super().force(x) - self.c * x * x

    @property
    def ratio(self):
        return self.c / self.k

    @ratio.setter
    def ratio(self, value):
        self.c = value * self.k


@at((1.3, 0.6))
def inherited(k, x):
    s = Damped(k, x * k)
    before = s.energy(x)
    s.ratio = x
    s.ratio += k
    return before * s.energy(x) + Spring.force(s, 1.0) + s.c


@dataclass
class Tank:
    area: float
    level: float = 2.0
    log: list = field(default_factory=list)
    volume: float = field(init=False)
    scale: InitVar[float] = 1.0

    def __post_init__(self, scale):
        self.volume = self.area * self.level * scale

    def drain(self, dt):
        flow = math.sqrt(self.level)
        self.level -= dt * flow / self.area
        self.log.append(flow)


@at((1.3,))
def dataclass_with_everything(x):
    t = Tank(x, scale=x)
    for _ in range(5):
        t.drain(0.1)
    other = replace(t, area=2.0 * x, scale=3.0)
    return t.volume * t.level + sum(t.log) + other.volume


@dataclass(frozen=True, order=True)
class Money:
    amount: float
    rate: float = 1.0

    def __post_init__(self):
        object.__setattr__(self, "amount", self.amount * self.rate)

    def __add__(self, other):
        return Money(self.amount + other.amount)


@at((1.3,), (2.5,))
def frozen_and_ordered(x):
    a, b = Money(x, x), Money(2.0)
    low = a if a < b else b
    total = Money(0.0)
    for _ in range(3):
        total = total + low
    return total.amount * (2.0 if a == b else 3.0) + max(a.amount, b.amount)


@functools.total_ordering
class Version:
    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return self.value == other.value

    def __lt__(self, other):
        return self.value < other.value


@at((1.3,), (2.6,))
def totally_ordered(x):
    a, b = Version(x), Version(2.0)
    return (x if a >= b else x * x) + (x if a > b else 3 * x) + (x if a != b else 1.0)


class Point(NamedTuple):
    x: float
    y: float = 2.0

    def dot(self, other):
        return self.x * other.x + self.y * other.y


@at((1.3,))
def namedtuple_method(x):
    return Point(x).dot(Point(x, x * x))


# -- state -----------------------------------------------------------------------------------------


class Dense:
    """A layer with weights in lists."""

    def __init__(self, weights, bias):
        self.weights = weights
        self.bias = bias
        self.calls = 0

    def __call__(self, xs):
        self.calls += 1
        return [
            math.tanh(sum(w * x for w, x in zip(row, xs, strict=True)) + b)
            for row, b in zip(self.weights, self.bias, strict=True)
        ]


@at((0.3, 0.7))
def two_layers(w, x):
    first = Dense([[w, 0.2], [0.3, w * x]], [0.1, 0.2])
    second = Dense([[x, -w]], [0.0])
    return second(first([x, 1.0]))[0] * first.calls


READOUT = Dense([[0.4, -0.2]], [0.5])


class Tally:
    def __init__(self):
        self.total = 0.0
        self.seen = []

    def add(self, value):
        if value > 2.0:
            return
        self.total += value * value
        self.seen.append(value)

    @functools.cached_property
    def triple(self):
        return self.total * 3


@at((1.3,), (0.7,))
def bound_method_as_a_value(x):
    tally = Tally()
    add = tally.add
    for k in range(5):
        add(x * k * 0.5)
    return tally.total + sum(tally.seen) + tally.triple * tally.triple


class Ball:
    def __init__(self, height, speed):
        self.height = height
        self.speed = speed
        self.bounces = 0
        self.path = []

    def step(self, dt):
        self.speed -= 9.81 * dt
        self.height += dt * self.speed
        if self.height < 0.0:
            self.height = -self.height
            self.speed = -0.8 * self.speed
            self.bounces += 1
        self.path.append(self.height)


@at((1.0, 0.5))
def bouncing_ball(height, speed):
    ball = Ball(height, speed)
    while ball.bounces < 2 and len(ball.path) < 100:
        ball.step(0.05)
    return ball.height * ball.speed + sum(ball.path) / len(ball.path)


class Kalman:
    def __init__(self, q, r):
        self.q, self.r = q, r
        self.mean, self.var = 0.0, 1.0
        self.loss = 0.0

    def predict(self):
        self.var += self.q

    def update(self, z):
        s = self.var + self.r
        error = z - self.mean
        self.loss += 0.5 * (math.log(s) + error * error / s)
        gain = self.var / s
        self.mean += gain * error
        self.var *= 1.0 - gain


@at((0.1, 0.5, [0.3, 0.5, 0.2, 0.9]))
def kalman_loss(q, r, zs):
    k = Kalman(q, r)
    for z in zs:
        k.predict()
        k.update(z)
    return k.loss


class State:
    def __init__(self, x, v):
        self.x = x
        self.v = v

    def __add__(self, other):
        return State(self.x + other.x, self.v + other.v)

    def __rmul__(self, k):
        return State(k * self.x, k * self.v)


class Pendulum:
    def __init__(self, length, damping=0.1):
        self.length = length
        self.damping = damping

    def slope(self, s):
        return State(s.v, -9.81 / self.length * math.sin(s.x) - self.damping * s.v)

    def rk4(self, s, dt):
        a = self.slope(s)
        b = self.slope(s + 0.5 * dt * a)
        c = self.slope(s + 0.5 * dt * b)
        d = self.slope(s + dt * c)
        return s + dt / 6.0 * (a + 2.0 * b + 2.0 * c + d)


@at((0.5, 1.2))
def pendulum_rk4(x, length):
    p = Pendulum(length)
    s = State(x, 0.0)
    for _ in range(4):
        s = p.rk4(s, 0.05)
    return s.x * s.v


class Shape(enum.Enum):
    DISC = 1
    BALL = 2.5

    def measure(self, r):
        return r * r * self.value if self is Shape.DISC else r**3 * self.value


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 5


@at((1.3,))
def enum_switch(x):
    total = 0.0
    for shape in Shape:
        total += shape.measure(x)
    weight = Level.HIGH * x if Level.LOW < 3 else 0.0
    return total * weight + Shape(2.5).value * x


@at((1.3,))
def by_name(x):
    p = Vec3(x)
    q = copy.copy(p)
    setattr(q, "y", x * x)  # noqa: B010
    both = [hasattr(q, "y"), hasattr(q, "w")]
    r = type(q)(getattr(q, "x", 0.0), getattr(q, "w", 3.0 * x))
    same = p is q or not isinstance(p, (Vec3, float))
    return p.y + q.y * r.y + (x if both[0] and not both[1] and not same else 0.0)


@at((1.3,))
def deep_copied(x):
    ball = Ball(x, 1.0)
    ball.path.append(x)
    other = copy.deepcopy(ball)
    other.step(0.1)
    other.path[0] = 7.0
    return ball.height * other.height + sum(ball.path) * sum(other.path)


@at((0.5,))
def captured_callable(x):
    return sum(READOUT.weights[0]) * x + READOUT.bias[0] * x * x


# -- as arguments and results ----------------------------------------------------------------------


@at((Vec3(1.0, 2.0, 3.0), Vec3(0.5, 0.1, 2.0)))
def vector_arguments(a, b):
    return abs(a + 2 * b) * (a @ b)


@at((Kalman(0.1, 0.5), [0.3, 0.9]), second=False)
def object_argument_written_to(k, zs):
    for z in zs:
        k.predict()
        k.update(z)
    return k.loss * k.mean


@at((Money(2.0, 3.0), 1.5))
def frozen_argument(m, x):
    return (m + Money(x, m.rate)).amount * m.amount


@at((Tank(1.5, 2.0, [0.5]),), second=False)
def dataclass_argument_with_more(t):
    t.drain(0.1)
    return t.volume * t.level + t.log[0] * t.log[-1]


@at(({"from": Vec3(1.0, 2.0, 0.5), "to": [0.5, 2.0]},), second=False)
def object_in_a_dict(d):
    p = d["from"]
    p.x *= d["to"][0]
    return p @ p * d["to"][1]


@at((0.7,))
def vector_result(x):
    v = Vec3(x, x * x, 1.0)
    return v * math.sin(x)


@at((0.5,), refused="TypeMismatch")
def captured_written_to(x):
    return READOUT([x, x])[0]


@at((0.5,), refused="TypeMismatch")
def frozen_written_to(x):
    m = Money(x)
    m.amount = 2.0
    return m.amount
