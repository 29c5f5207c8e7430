"""The shift of a softmax has no derivative: no result depends on it.

``a = x - m; a - log(sum(exp(a)))``, ``log(sum(exp(x - m))) + m`` and ``exp(a)/sum(exp(a))`` are the
same for every ``m`` that is constant along the axes of the sum, whatever it was made of: usually
the largest element, whose adjoint would be a sum of terms that cancel. In: a primal graph. Out: the
same with ``held(m)`` in those places: the values are the same to the last bit, and the derivative
does not go through ``m``. Only where the difference and the exponentials are read nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.ir.core import Block, Graph, Stmt, Value
from symdiff.ir.types import is_memory
from symdiff.ir.walk import Cloner, blocks, rebuild, statements
from symdiff.ops.array_types import dims_of

Users = dict[Value, list[Stmt | Block]]


def hold_shifts(graph: Graph) -> Graph:
    """The graph with the shifts of softmaxes held; itself where there are none."""
    order = statements(graph.body)
    if not any(s.op.name == "exp" and s.on_arrays for s in order):
        return graph
    users = _users(graph)
    held: set[tuple[Stmt, int]] = set()
    for stmt in order:
        if stmt.op.name == "sub" and is_memory(stmt.result.type):
            held |= _of_softmax(stmt, users)
    if not held:
        return graph

    def rewrite(cloner: Cloner, stmt: Stmt) -> Sequence[Value] | None:
        slots = [k for k in range(len(stmt.args)) if (stmt, k) in held]
        if not slots:
            return None
        args = cloner.all(stmt.args)
        for k in slots:
            args[k] = cloner.builder.op("held", args[k])
        return (cloner.builder.op(stmt.op.name, *args, hint=stmt.result.hint, **stmt.attrs),)

    return rebuild(graph, rewrite)


def _users(graph: Graph) -> Users:
    found: Users = {}
    for block in blocks(graph.body):
        for stmt in block.stmts:
            for arg in dict.fromkeys(stmt.args):
                found.setdefault(arg, []).append(stmt)
        for value in dict.fromkeys(block.yields):
            found.setdefault(value, []).append(block)
    return found


def _only(users: Users, value: Value, *names: str) -> list[Stmt] | None:
    """The readers of a value in the order of ``names``, if these and no others read it."""
    readers = users.get(value, [])
    stmts = [s for s in readers if isinstance(s, Stmt)]
    if len(stmts) < len(readers) or sorted(s.op.name for s in stmts) != sorted(names):
        return None
    return sorted(stmts, key=lambda s: names.index(s.op.name))


def _of_softmax(difference: Stmt, users: Users) -> set[tuple[Stmt, int]]:
    """Where to hold the shift ``m`` of ``x - m``: nowhere, if it is none."""
    shift = difference.args[1]
    exponents = [s for s in users.get(difference.result, ()) if isinstance(s, Stmt)]
    exponent = next((s for s in exponents if s.op.name == "exp"), None)
    if exponent is None:
        return set()
    for names in (("sum",), ("sum", "div")):
        found = _only(users, exponent.result, *names)
        if found is not None and _is_constant(shift, found[0]):
            return _places(difference, found, users)
    return set()


def _is_constant(shift: Value, total: Stmt) -> bool:
    """Whether a shift is the same along all axes of a sum."""
    rank, dims = len(dims_of(total.args[0].type)), dims_of(shift.type)
    return all(
        rank - axis > len(dims) or dims[axis - rank] == "1" for axis in total.attrs["axes"]
    )


def _places(difference: Stmt, found: list[Stmt], users: Users) -> set[tuple[Stmt, int]]:
    a, shift, total = difference.result, difference.args[1], found[0]
    if len(found) == 2:  # exp(a)/sum(exp(a))
        divides = _only(users, total.result, "div")
        whole = total.attrs["keepdims"] and divides == [found[1]]
        alone = _only(users, a, "exp") is not None and found[1].args[1] is total.result
        return {(difference, 1)} if whole and alone else set()
    logs = _only(users, total.result, "log")
    if logs is None:
        return set()
    log = logs[0].result
    rest = _only(users, a, "exp", "sub")
    if rest is not None:  # a - log(sum(exp(a)))
        whole = total.attrs["keepdims"] and rest[1].args == (a, log)
        return {(difference, 1)} if whole and _only(users, log, "sub") == [rest[1]] else set()
    added = _only(users, log, "add")
    if added is None or _only(users, a, "exp") is None:
        return set()
    other = 1 if added[0].args[0] is log else 0
    same = _is_shift(added[0].args[other], shift, total)
    return {(difference, 1), (added[0], other)} if same else set()


def _is_shift(m: Value, shift: Value, total: Stmt) -> bool:
    """Whether ``m``, added to the logarithm of a sum, is the shift along the axes that are left."""
    if total.attrs["keepdims"]:
        return m is shift
    axes = total.attrs["axes"]
    if shift.op == "expand_dims" and shift.stmt is not None and shift.stmt.attrs["axes"] == axes:
        return shift.stmt.args[0] is m
    if m.stmt is None or m.stmt.args[:1] != (shift,):
        return False
    if m.op == "squeeze":
        return bool(m.stmt.attrs["axes"] == axes)
    spec = m.stmt.attrs["spec"] if m.op == "index" else ()  # m[:, 0]: there is no other place
    left = tuple("i" if k in axes else ":" for k in range(len(dims_of(shift.type))))
    return bool(spec) and (*spec, *[":"] * (len(left) - len(spec))) == left
