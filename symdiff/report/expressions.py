"""Values of a graph as expressions of the user's names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from symdiff.emit.templates import text_of
from symdiff.ir.core import Value
from symdiff.ir.types import INT


def expression(v: Value, depth: int = 3) -> str:
    """The user's name for a value, or the expression that it is."""
    if v.is_const():
        return v.stmt.attrs["spelling"] or repr(v.constant)  # type: ignore[union-attr]
    if v.hint or v.stmt is None:
        return v.hint or "i"
    spec, args = v.stmt.op, v.stmt.args
    if spec.name in ("for", "while"):
        loop = f"the {spec.name} loop"
        return f"the trip count of {loop}" if v.type == INT else f"a result of {loop}"
    if spec.name == "getitem":
        return expression(args[0], depth) + "".join(f"[{expression(a, depth)}]" for a in args[1:])
    template = text_of(v.stmt)
    if not template or depth == 0:
        return f"{spec.name}(...)" if args else spec.name
    inner = [expression(a, depth - 1) for a in args]
    params: Sequence[str] = spec.params
    if spec.starred and spec.spell is None:
        return f"{spec.name}({', '.join(inner)})"
    if spec.starred:  # the template counts its operands
        params = [*params[:-1], *(f"_{k}" for k in range(len(params) - 1, len(inner)))]
    loose = not template.endswith((")", "]"))
    names = {
        p: f"({a})" if " " in a and (loose or template.startswith((f"{p}[", f"{p}."))) else a
        for p, a in zip(params, inner, strict=True)
    }
    return re.sub(r"(?<![\w.])[A-Za-z_]\w*", lambda m: names.get(m.group(), m.group()), template)
