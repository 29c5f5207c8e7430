"""``float(dw)`` once behind a loop, not in each of its iterations: valid IR in, valid IR out.

The adjoint of a Python float that meets arrays is a sum of NumPy scalars, and a float in the end.
Where a loop carries such a sum, and only adds NumPy scalars to it, it carries the scalar itself:
the same double. A loop inside of it that goes on with that sum does likewise.
"""

from __future__ import annotations

from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.opspec import OPS
from symdiff.ir.types import FLOAT, array_of
from symdiff.ir.walk import blocks, rebuild, statements, substitute
from symdiff.passes.regions import carry

SCALAR = array_of("f64", "")

Users = dict[Value, list[Stmt | Block]]
Carries = dict[tuple[Stmt, int], None]


def convert_late(graph: Graph) -> Graph:
    """The graph with floats made of what loops sum up; itself where there are none."""
    if not _sums(graph):
        return graph
    new = rebuild(graph)
    sums = _sums(new)
    for loop, k in sums:
        _carry_scalar(loop, k)
    for loop, k in sums:
        _behind(new, loop, k)
    return rebuild(new)  # conversions of what is a scalar now fold


def _sums(graph: Graph) -> Carries:
    """The carries of loops that may be scalars: all that are, less those that another use bars."""
    loops = [s for s in statements(graph.body) if s.op.name in ("for", "while")]
    found: Carries = {
        (loop, k): None
        for loop in loops
        for k in range(loop.attrs["carries"])
        if loop.results[k].type is FLOAT and carry(loop, k)[2].op in ("float", "for", "while")
    }
    if not any(carry(loop, k)[2].op == "float" for loop, k in found):
        return {}
    users = _users(graph)
    while barred := [place for place in found if not _only_sums(*place, users, found)]:
        for place in barred:
            del found[place]
    return found


def _users(graph: Graph) -> Users:
    found: Users = {}
    for block in blocks(graph.body):
        for stmt in block.stmts:
            for arg in stmt.args:
                found.setdefault(arg, []).append(stmt)
        for value in block.yields:
            found.setdefault(value, []).append(block)
    return found


def _only_sums(loop: Stmt, k: int, users: Users, chosen: Carries) -> bool:
    _, params, again, _ = carry(loop, k)
    made = again.stmt
    if made is None or made.block is not loop.blocks[-1]:
        return False
    if made.op.region:
        if (made, again.index) not in chosen:
            return False
    elif made.op.name != "float" or made.args[0].type != SCALAR:
        return False
    return all(_adds(user, param, chosen) for param in params for user in users.get(param, ()))


def _adds(user: Stmt | Block, param: Value, chosen: Carries) -> bool:
    """Whether a reader adds to the sum, or is a loop that goes on with it."""
    if isinstance(user, Block):
        return False
    if user.op.name in ("for", "while"):
        mine = [k for k in range(user.attrs["carries"]) if carry(user, k)[0] is param]
        return user.args.count(param) == len(mine) and all((user, k) in chosen for k in mine)
    if user.op.name not in ("add", "sub"):
        return False
    return all(a.type == SCALAR for a in user.args if a is not param)


def _carry_scalar(loop: Stmt, k: int) -> None:
    _, params, again, result = carry(loop, k)
    for value in (*params, result):
        value.type = SCALAR
    if again.op == "float" and again.stmt is not None:
        body = loop.blocks[-1]
        body.yields[body.yields.index(again)] = again.stmt.args[0]


def _behind(graph: Graph, loop: Stmt, k: int) -> None:
    """A scalar goes into the loop, and what comes out is made a float where one is read."""
    init, _, _, result = carry(loop, k)
    b, block = Builder(graph), loop.block
    if init.type is FLOAT:
        at = k + (3 if loop.op.name == "for" else 0)
        if init.op == "float" and init.stmt is not None and init.stmt.args[0].type == SCALAR:
            start = init.stmt.args[0]
        else:
            with b.origin(loop.origin):
                start = b.before(loop, block, "scalar", init, dtype="f64")
        loop.args = (*loop.args[:at], start, *loop.args[at + 1 :])
    owner = block.owner
    if owner is not None and owner.op.name in ("for", "while"):
        goes_on = [again for j in range(owner.attrs["carries"])
                   for _, params, again, _ in [carry(owner, j)]
                   if again is result and params[-1].type == SCALAR]
        if goes_on:
            return
    behind = block.stmts.index(loop) + 1
    with b.into(block), b.origin(loop.origin):
        made = b._append(OPS["float"], (result,), {}, ())
    made.result.hint = result.hint
    block.stmts.remove(made)
    substitute(block.stmts[behind:], {result: made.result})
    block.yields = [made.result if v is result else v for v in block.yields]
    block.stmts.insert(behind, made)
