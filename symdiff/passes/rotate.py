"""What the condition of a ``while`` computes and its body computes again is carried instead.

``while abs(x*x - a) > e: x = x - (x*x - a)/(2*x)`` evaluates ``x*x - a`` twice with the same x.
Rotated, the value is computed once before the loop and once at the end of every iteration, which
is when the condition is evaluated: as often as before, and never in between.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.types import is_number
from symdiff.ir.walk import Cloner, free_values, rebuild, statements
from symdiff.ops.attempt import protected_statements

WORTH = 20.0  # ns that are saved: a cheaper value is not worth a name

Cone = list[Stmt]  # the statements of a condition that lead to a value, in order


def rotate(graph: Graph) -> Graph:
    """The graph in which no ``while`` computes a value in its condition and again in its body."""
    if not any([_shared(s) for s in statements(graph.body) if s.op.name == "while"]):
        return graph
    watched = protected_statements(graph)  # what may raise there stays in its order
    if not watched:
        return rebuild(graph, _rotated)
    return rebuild(graph, lambda cloner, loop: None if loop in watched else _rotated(cloner, loop))


def _shared(loop: Stmt) -> list[tuple[Value, Value]]:
    """(value of the condition, the same of the body): the largest that are worth it."""
    if loop.op.name != "while" or loop.attrs["exits"]:  # at a break no condition is evaluated
        return []
    cond, body = loop.blocks
    same: dict[Value, Value] = dict(zip(cond.params, body.params, strict=True))
    known = {_key(s, s.args): s.result for s in body.stmts if _is_plain(s)}
    for stmt in cond.stmts:
        if _is_plain(stmt):
            found = known.get(_key(stmt, [same.get(a, a) for a in stmt.args]))
            if found is not None:
                same[stmt.result] = found
    inner = {a for s in cond.stmts if s.results and s.results[0] in same for a in s.args}
    pairs = [(s.result, same[s.result]) for s in cond.stmts if s.results and s.result in same]
    return [
        (mine, other)
        for mine, other in pairs
        if mine not in inner and sum(s.op.cost for s in _cone(cond, mine)) > WORTH
    ]


def _is_plain(stmt: Stmt) -> bool:
    op = stmt.op
    return not (op.region or op.effect or op.fresh) and is_number(stmt.result.type)


def _key(stmt: Stmt, args: Sequence[Value]) -> tuple[object, ...]:
    return stmt.op.name, *map(id, args), *sorted(stmt.attrs.items())


def _cone(block: Block, value: Value) -> Cone:
    """The statements of a block that a value is computed by."""
    wanted, found = {value}, []
    for stmt in reversed(block.stmts):
        if not wanted.isdisjoint(stmt.results):
            wanted.update(stmt.args)
            found.append(stmt)
    return found[::-1]


def _rotated(cloner: Cloner, loop: Stmt) -> Sequence[Value] | None:
    shared = _shared(loop)
    if not shared:
        return None
    b = cloner.builder
    cond, body = loop.blocks
    cones = [_cone(cond, mine) for mine, _ in shared]
    starts = cloner.all(loop.args)
    hints = [other.hint or mine.hint for mine, other in shared]
    first = [_again(b, cloner, c, dict(zip(cond.params, starts, strict=True))) for c in cones]
    new_cond = _block(cloner, cond, [(m, h) for (m, _), h in zip(shared, hints, strict=True)], [])
    new_body = _block(cloner, body, [(o, h) for (_, o), h in zip(shared, hints, strict=True)],
                      body.yields)
    count = loop.attrs["carries"]
    with b.into(new_body):
        ends = dict(zip(cond.params, new_body.yields[:count], strict=True))
        new_body.yields[count:count] = [_again(b, cloner, c, ends) for c in cones]
    names = [r.hint for r in loop.results]
    results = b.region(
        "while",
        [*starts, *first],
        {**loop.attrs, "carries": count + len(shared)},
        (new_cond, new_body),
        [
            *(r.type for r in loop.results[:count]),
            *(mine.type for mine, _ in shared),
            *(r.type for r in loop.results[count:]),
        ],
        [*names[:count], *hints, *names[count:]],
    ).results
    return [*results[:count], *results[count + len(shared) :]]


def _again(b: Builder, cloner: Cloner, cone: Cone, params: dict[Value, Value]) -> Value:
    """The value of a condition for other values of the carries, at the builder's place."""
    env = dict(params)
    for stmt in cone:
        args = [env[a] if a in env else cloner[a] for a in stmt.args]
        with b.origin(stmt.origin):
            env[stmt.result] = b.op(stmt.op.name, *args, hint=stmt.result.hint, **stmt.attrs)
    return env[cone[-1].result]


def _block(
    cloner: Cloner, old: Block, carried: list[tuple[Value, str]], yields: Sequence[Value]
) -> Block:
    """A copy of a loop's block in which some values are parameters, and what only they needed is
    left out.
    """
    b = cloner.builder
    with b.into(b.new_block()) as new:
        for param in old.params:
            cloner.env[param] = new.add_param(param.type, param.hint)
        for value, hint in carried:
            cloner.env[value] = new.add_param(value.type, hint)
        gone = _gone(old, [value for value, _ in carried])
        for stmt in old.stmts:
            if stmt not in gone:
                cloner.stmt(stmt)
        new.yields = cloner.all(yields or old.yields)
    return new


def _gone(block: Block, carried: Sequence[Value]) -> set[Stmt]:
    """The statements that compute the carried values, and those that only these read."""
    computing = {stmt for value in carried for stmt in _cone(block, value)}
    read = set(block.yields).difference(carried)
    gone: set[Stmt] = set()
    for stmt in reversed(block.stmts):
        if stmt in computing and (stmt.result in carried or stmt.result not in read):
            gone.add(stmt)
        else:
            read.update(free_values(stmt))
    return gone
