"""Objects that change: dataclasses and dicts written to on the straight line, in branches, in loops
and by helpers, under one name or several."""

import math
from dataclasses import dataclass

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
