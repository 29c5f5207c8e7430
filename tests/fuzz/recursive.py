"""Random programs with functions that call themselves, each other, and through closures.

``n`` counts down at every call, so that each ends; values stay bounded as in ``programs``.  A
function has floats, a counter, sometimes a list or a tuple among its arguments, and returns a float
or a pair.
"""

from __future__ import annotations

from collections.abc import Callable

Pick = Callable[[int], int]
NAMES = ("walk", "climb", "turn")


class Writer:
    def __init__(self, pick: Pick, size: int) -> None:
        self.pick = pick
        self.size = size
        self.lines: list[str] = []
        self.names = 0
        self.functions: list[Function] = []

    def choice(self, *options: str) -> str:
        return options[self.pick(len(options))]


class Function:
    """One recursive function: its parameters and what it returns."""

    def __init__(self, w: Writer, name: str, outer: tuple[str, ...]) -> None:
        self.w = w
        self.name = name
        self.outer = outer  # names of the surrounding function
        self.floats = ["a", "b"][: 1 + w.pick(2)]
        self.listed = w.pick(3) == 1
        self.paired = w.pick(3) == 1  # an argument that is a tuple
        self.writes = w.pick(2) == 1
        self.returns = ("float", "pair", "list")[w.pick(4) % 3]

    def parameters(self) -> str:
        names = [*self.floats, *(["xs"] if self.listed else []), *(["p"] if self.paired else [])]
        return ", ".join([*names, "n"])


def _atom(w: Writer, scope: list[str]) -> str:
    return scope[w.pick(len(scope))] if w.pick(5) else w.choice("0.5", "1.25", "-0.75", "2")


def _expr(w: Writer, scope: list[str], depth: int = 2) -> str:
    if depth == 0 or w.pick(3) == 0:
        return _atom(w, scope)
    a, b = _expr(w, scope, depth - 1), _expr(w, scope, depth - 1)
    return w.choice(
        f"{a} + {b}",
        f"{a}*({b})",
        f"math.sin({a})",
        f"({a})/(1 + ({b})**2)",
        f"math.exp(-({a})**2)",
        f"({a} if {b} > 0.3 else {b})",
        f"math.tanh({a} - ({b}))",
    )


def _call(w: Writer, f: Function, scope: list[str], lists: list[str], step: int) -> str:
    """A call that counts down; its floats are squashed."""
    args = [f"math.sin({_expr(w, scope, 1)})" for _ in f.floats]
    if f.listed:
        args.append(_list(w, scope, lists))
    if f.paired:
        args.append(f"({_atom(w, scope)}, {_expr(w, scope, 1)})")
    return f"{f.name}({', '.join([*args, f'n - {step}'])})"


def _list(w: Writer, scope: list[str], lists: list[str]) -> str:
    if lists:
        xs = lists[w.pick(len(lists))]
        made = w.pick(5)
        if made < 4:
            return (xs, f"{xs}[1:]", f"[0.5*v for v in {xs}]", f"{xs} + [{_atom(w, scope)}]")[made]
    return f"[{_atom(w, scope)}, {_expr(w, scope, 1)}]"


def _use(w: Writer, f: Function, call: str, pad: str, scope: list[str], lists: list[str]) -> None:
    """Statements that bind what a call returns."""
    w.names += 1
    v = f"v{w.names}"
    if f.returns == "pair":
        w.lines.append(f"{pad}{v}, w{w.names} = {call}")
        scope += [v, f"w{w.names}"]
    elif f.returns == "list":
        w.lines.append(f"{pad}l{w.names} = {call}")
        w.lines.append(f"{pad}{v} = math.sin(sum(l{w.names}))")
        scope.append(v)
        lists.append(f"l{w.names}")
    else:
        w.lines.append(f"{pad}{v} = {call}")
        scope.append(v)


def _result(w: Writer, f: Function, scope: list[str], lists: list[str]) -> str:
    if f.returns == "pair":
        return f"{_expr(w, scope)}, {_expr(w, scope)}"
    if f.returns == "list":
        return w.choice(
            f"[{_expr(w, scope)}, {_expr(w, scope)}]", _list(w, scope, lists) if lists else "[1.0]"
        )
    return _expr(w, scope)


def _body(w: Writer, f: Function, pad: str) -> None:
    scope, lists = [*f.floats, *f.outer], ["xs"] if f.listed else []
    if f.paired:
        scope += ["p[0]", "p[1]"]
    if f.listed:
        w.lines.append(f"{pad}s = sum(xs)")
        scope.append("math.sin(s)")
    if f.listed and f.writes:
        w.lines.append(f"{pad}xs{w.choice('[0] = ', '[-1] = 0.5*')}math.sin({_expr(w, scope)})")
    w.lines.append(f"{pad}if n <= 0:")
    w.lines.append(f"{pad}    return {_result(w, f, scope, lists)}")
    if w.pick(3) == 1:
        w.lines.append(f"{pad}if {_atom(w, scope)} > 0.8:")
        w.lines.append(f"{pad}    return {_result(w, f, scope, lists)}")
    for _ in range(1 + w.pick(2)):
        g = w.functions[w.pick(len(w.functions))]
        call = _call(w, g, scope, lists, 1 + w.pick(2))
        kind = w.pick(6)
        if kind == 1:
            w.names += 1
            t = f"t{w.names}"
            w.lines += [f"{pad}{t} = 0.0", f"{pad}for k in range(2):"]
            inner = [*scope, t]
            _use(w, g, call, pad + "    ", inner, list(lists))
            w.lines.append(f"{pad}    {t} = math.sin({t} + {inner[-1]}*(k + 1))")
            scope.append(t)
        elif kind == 2:
            w.names += 1
            t = f"t{w.names}"
            w.lines += [f"{pad}{t} = {_expr(w, scope)}", f"{pad}if {_atom(w, scope)} < 0.4:"]
            inner = list(scope)
            _use(w, g, call, pad + "    ", inner, list(lists))
            w.lines.append(f"{pad}    {t} = {_expr(w, inner)}")
            scope.append(t)
        elif kind == 3 and g.returns == "float":
            w.names += 1
            w.lines.append(f"{pad}c{w.names} = [{call}*v for v in ({_atom(w, scope)}, 0.5)]")
            lists.append(f"c{w.names}")
            scope.append(f"math.tanh(c{w.names}[0])")
        else:
            _use(w, g, call, pad, scope, lists)
    w.lines.append(f"{pad}return {_result(w, f, scope, lists)}")


def program(pick: Pick, size: int = 12) -> tuple[str, tuple[float, float, float]]:
    """A module with ``f(x, y, z)`` and a point to differentiate it at."""
    w = Writer(pick, size)
    nested = pick(3) == 1
    outer = ("y",) if nested else ()
    w.functions = [Function(w, NAMES[k], outer) for k in range(1 + pick(2))]
    pad = "    " if nested else ""
    for f in w.functions:
        w.lines.append(f"{pad}def {f.name}({f.parameters()}):")
        _body(w, f, pad + "    ")
        w.lines.append("")
    helpers = w.lines
    w.lines = []
    scope, lists = ["x", "y", "z"], []
    if pick(2):
        w.lines.append("    m = [x, 0.5*y]")
        lists.append("m")
        scope.append("m[0]")
    for _ in range(1 + pick(2)):
        g = w.functions[pick(len(w.functions))]
        call = _call(w, g, scope, lists, 0).replace("n - 0", str(2 + pick(3)))
        _use(w, g, call, "    ", scope, lists)
    w.lines.append(f"    return {_expr(w, scope)} + {scope[-1]}")
    head = "def f(x, y, z):"
    body = [head, *helpers, *w.lines] if nested else [*helpers, "", head, *w.lines]
    point = tuple((pick(31) - 15) / 10 + 0.013 * k + 0.0071 for k in range(3))
    return "import math\n\n\n" + "\n".join(body) + "\n", (point[0], point[1], point[2])
