"""Arrays of no dimension: ``x[x < 0] = 0`` where ``x`` may be a number made an array.

Such an array is one number, so that it is a plain value here, and so are NumPy's own numbers, which
cannot change.  A masked read gives one element or none.  A masked write gives the name another
value, which is the same as changing the array where no other name has it: the array was made for
this name, and up to its last write it is only computed with."""

from __future__ import annotations

import ast
import builtins
import math
from typing import Any

from symdiff.errors import AliasError, TypeMismatch
from symdiff.frontend import arrays, names, storage
from symdiff.frontend.branches import branch
from symdiff.frontend.context import Lowering
from symdiff.frontend.values import Abstract
from symdiff.ir.core import Value
from symdiff.ir.types import BOOL, ArrayType
from symdiff.ops.array_types import dims_of, dtype_of
from symdiff.syntax import children, nodes

_MADE = "zeros ones empty full zeros_like ones_like empty_like full_like array copy where"
MAKERS = frozenset(f"numpy.{name}" for name in (*_MADE.split(), "asarray", "asanyarray"))
_READ = "shape ndim size dtype item copy min max sum any all mean astype tolist"
READS = frozenset(_READ.split())
TESTS = (float, int, bool, abs, len, isinstance, round)
COPY_HINT = "write np.where(mask, new, x)"


def is_mask(x: Abstract) -> bool:
    """Whether an index is one truth value."""
    if not isinstance(x, Value):
        return False
    t = x.type
    return t == BOOL or (isinstance(t, ArrayType) and not t.dims and t.dtype == "bool")


def masked(lo: Lowering, x: Value, mask: Value) -> Abstract:
    """``x[mask]``: an array of one element, or of none."""
    b = lo.builder
    one = b.const(1)
    known = mask if isinstance(mask.type, ArrayType) else b.op("astype", mask, dtype="bool")
    row, places = (b.op("reshape", v, one, dims="1") for v in (x, known))
    return storage.fresh(lo, b.op("index", row, places, spec=("m",)))


def write(lo: Lowering, target: ast.Subscript, owner: Value, new: Abstract) -> None:
    """``x[mask] = new``."""
    if _is_number(owner):
        fixed = _stores(lo, target.value)
        if fixed is not None and not any(isinstance(s, ast.AugAssign) for s in fixed):
            lo.raises("TypeError")
        lo.fail(
            TypeMismatch,
            target,
            "a NumPy scalar has no elements to write to",
            "it cannot change",
            "make it an array of one dimension",
        )
    mask = lo.expr(target.slice)
    if not is_mask(mask):
        lo.fail(
            TypeMismatch,
            target,
            "a number is written to by an index that is no truth value",
            "an array of no dimensions has no other elements",
            "write to it by a mask, or give it a new value",
        )
    assert isinstance(mask, Value)
    _owned(lo, target)
    assert isinstance(target.value, ast.Name)
    value = arrays.value_of(lo, new, target, "a write")
    cond = arrays.truth(lo, mask, target) if isinstance(mask.type, ArrayType) else mask
    names.bind(lo, target.value.id, _chosen(lo, cond, value, owner, target))


def _chosen(lo: Lowering, cond: Value, new: Value, old: Value, node: ast.AST) -> Abstract:
    b = lo.builder

    def first() -> Abstract:
        x = b.op("index", new, b.const(0), spec=("i",)) if dims_of(new.type) else new
        return b.op("astype", storage.fitted(lo, old, x, node), dtype=dtype_of(old.type))

    if cond.is_const():
        return first() if cond.constant else old
    return branch(lo, cond, first, lambda: old, node)


def _is_number(x: Value) -> bool:
    """Whether it is surely one of NumPy's numbers, which operations give, and no array."""
    made = x.stmt.op if x.stmt is not None else None
    return made is not None and bool(made.partials) and made.vjp is None and made.name != "astype"


# -- whose it is -----------------------------------------------------------------------------------


def _stores(lo: Lowering, node: ast.expr) -> list[ast.stmt] | None:
    """The statements that give a name of this function a value; None where it is another's."""
    if not isinstance(node, ast.Name) or node.id not in lo.vars:
        return None
    if node.id in lo.scope.shared | lo.scope.outer | lo.scope.rebinds:
        return None
    found: list[ast.stmt] = []
    for stmt in nodes(*lo.scope.body):
        if isinstance(stmt, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For)):
            targets = stmt.targets if isinstance(stmt, ast.Assign) else [stmt.target]
            if any(_binds(t, node.id) for t in targets):
                found.append(stmt)
    return found


def _binds(target: ast.expr, name: str) -> bool:
    if isinstance(target, (ast.Tuple, ast.List)):
        return any(_binds(t, name) for t in target.elts)
    return isinstance(target, ast.Name) and target.id == name


def _owned(lo: Lowering, target: ast.Subscript) -> None:
    """Refuse where another name may be the same array."""
    stores = _stores(lo, target.value)
    why = "it belongs to no name of this function alone"
    if stores is not None:
        assert isinstance(target.value, ast.Name)
        name = target.value.id
        stores = [s for s in stores if not isinstance(s, ast.AugAssign)]  # the array stays the same
        made = [s.value for s in stores if isinstance(s, ast.Assign) and len(s.targets) == 1]
        if not stores or len(made) != len(stores) or not all(_fresh(lo, v) for v in made):
            why = "it was not made for this name"
        elif _in_loop(lo, target):
            why = "inside a loop, what the name holds would have to be carried on"
        elif _handed_on(lo, name):
            why = "it is used under another name before it is written to"
        else:
            return
    what = "an array of no dimensions is written to, but it may be shared"
    lo.fail(AliasError, target, what, why, COPY_HINT)


def _in_loop(lo: Lowering, target: ast.Subscript) -> bool:
    loops = [n for n in nodes(*lo.scope.body) if isinstance(n, (ast.For, ast.While))]
    return any(target is n for n in nodes(*loops))


def _fresh(lo: Lowering, node: ast.expr) -> bool:
    """Whether an expression makes an array that nothing else has, or a number."""
    if not isinstance(node, ast.Call):
        return isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Constant))
    f = _resolved(lo, node.func)
    if _is_ufunc(f) or getattr(f, "__module__", "") == "math":
        return True
    name = f"numpy.{getattr(f, '__name__', '')}"
    if name not in MAKERS or not str(getattr(f, "__module__", "")).startswith("numpy"):
        return False
    if name in ("numpy.asarray", "numpy.asanyarray"):  # an array stays the same
        args = [lo.vars.get(a.id) for a in node.args[:1] if isinstance(a, ast.Name)]
        return all(isinstance(a, Value) and not isinstance(a.type, ArrayType) for a in args)
    return True


def _resolved(lo: Lowering, node: ast.expr) -> Any:
    """What a dotted name of the module means, without looking at anything else."""
    if isinstance(node, ast.Name):
        if node.id in lo.scope.bound:
            return None
        return lo.scope.globals.get(node.id, getattr(builtins, node.id, None))
    if isinstance(node, ast.Attribute):
        owner = _resolved(lo, node.value)
        return getattr(owner, node.attr, None) if isinstance(owner, type(math)) else None
    return None


def _handed_on(lo: Lowering, name: str) -> bool:
    """Whether the name is more than computed with, at a place that a later write may follow."""
    writes: list[int] = []
    kept: list[int] = []
    _look(lo, lo.scope.body, name, writes, kept, 0)
    return bool(kept) and (min(kept) <= max(writes, default=0))


def _look(
    lo: Lowering, body: list[Any], name: str, writes: list[int], kept: list[int], loop: int
) -> None:
    """Lines of the writes and of the uses that keep it; all of a loop is one line."""
    for node in body:
        inner = loop
        if isinstance(node, (ast.For, ast.While)) and not loop:
            inner = node.lineno
        line = inner or getattr(node, "lineno", 0)
        for child in children(node):
            if isinstance(child, ast.Name) and child.id == name:
                store = isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
                if store:
                    writes.append(line)
                elif isinstance(child.ctx, ast.Load) and not _computes(lo, node, child):
                    kept.append(line)
            if isinstance(child, (ast.FunctionDef, ast.Lambda)):
                used = any(isinstance(n, ast.Name) and n.id == name for n in nodes(child))
                kept += [0] if used else []
        _look(lo, children(node), name, writes, kept, inner)


def _computes(lo: Lowering, parent: ast.AST, child: ast.Name) -> bool:
    """Whether what stands around a name only reads the number."""
    if isinstance(parent, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Return, ast.AugAssign)):
        return True
    if isinstance(parent, ast.Subscript):
        return parent.value is child
    if isinstance(parent, ast.Attribute):
        return parent.attr in READS
    if isinstance(parent, ast.Call) and child in parent.args:
        import numpy as np

        f = _resolved(lo, parent.func)
        return _is_ufunc(f) or f in (np.any, np.all, np.isclose, np.where, *TESTS)
    return False


def _is_ufunc(f: Any) -> bool:
    import numpy as np

    return isinstance(f, np.ufunc)
