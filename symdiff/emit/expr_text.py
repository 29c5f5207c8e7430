"""Expressions to text, spaced as numerical people write: blanks around the loosest operators,
none around ``*`` and ``/``.

``text`` gives one line; ``wrapped`` breaks a long expression at its commas, sums and conditionals,
inside parentheses.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

TEST, OR, AND, NOT, COMPARE, BITS, SUM, PRODUCT, SIGN, POWER, ATOM = range(11)

_BINARY: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: (" + ", SUM),
    ast.Sub: (" - ", SUM),
    ast.Mult: ("*", PRODUCT),
    ast.MatMult: (" @ ", PRODUCT),
    ast.Div: ("/", PRODUCT),
    ast.FloorDiv: ("//", PRODUCT),
    ast.Mod: (" % ", PRODUCT),
    ast.Pow: ("**", POWER),
    ast.BitAnd: (" & ", BITS),
    ast.BitOr: (" | ", BITS),
    ast.BitXor: (" ^ ", BITS),
    ast.LShift: (" << ", BITS),
    ast.RShift: (" >> ", BITS),
}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: " < ",
    ast.LtE: " <= ",
    ast.Gt: " > ",
    ast.GtE: " >= ",
    ast.Eq: " == ",
    ast.NotEq: " != ",
    ast.Is: " is ",
    ast.IsNot: " is not ",
    ast.In: " in ",
    ast.NotIn: " not in ",
}
_UNARY: dict[type[ast.unaryop], tuple[str, int]] = {
    ast.USub: ("-", SIGN),
    ast.UAdd: ("+", SIGN),
    ast.Not: ("not ", NOT),
    ast.Invert: ("~", SIGN),
}


def text(node: ast.expr) -> str:
    """The expression on one line; a bare tuple of several has no parentheses."""
    if isinstance(node, ast.Tuple) and len(node.elts) > 1:
        return ", ".join([_at(n, OR) for n in node.elts])
    return _PRINT.get(type(node), _other)(node)[0]


def _at(node: ast.expr, least: int) -> str:
    """The text, in parentheses where it binds less tightly than ``least``."""
    if type(node) is ast.Name:
        return node.id
    string, level = _PRINT.get(type(node), _other)(node)
    return string if level >= least else f"({string})"


def _commas(nodes: list[ast.expr]) -> str:
    return ", ".join([_at(n, TEST) for n in nodes])


def _constant(node: ast.Constant) -> tuple[str, int]:
    return ("..." if node.value is ... else repr(node.value)), ATOM


def _name(node: ast.Name) -> tuple[str, int]:
    return node.id, ATOM


def _binary(node: ast.BinOp) -> tuple[str, int]:
    found = _BINARY.get(type(node.op))
    if found is None:
        return _other(node)
    sign, level = found
    if level == POWER:
        return f"{_at(node.left, ATOM)}{sign}{_at(node.right, SIGN)}", level
    if level == BITS:  # of which each binds differently: always in parentheses
        return f"{_at(node.left, SUM)}{sign}{_at(node.right, SUM)}", level
    left = level
    if level == PRODUCT and isinstance(node.left, ast.BinOp):
        # (a @ b)*c: both bind alike, which nobody remembers
        left += isinstance(node.op, ast.MatMult) != isinstance(node.left.op, ast.MatMult) and (
            _BINARY[type(node.left.op)][1] == level == PRODUCT
        )
    return f"{_at(node.left, left)}{sign}{_at(node.right, level + 1)}", level


def _unary(node: ast.UnaryOp) -> tuple[str, int]:
    sign, level = _UNARY[type(node.op)]
    return sign + _at(node.operand, level), level


def _bool(node: ast.BoolOp) -> tuple[str, int]:
    word, level = (" and ", AND) if isinstance(node.op, ast.And) else (" or ", OR)
    return word.join([_at(v, level + 1) for v in node.values]), level


def _compare(node: ast.Compare) -> tuple[str, int]:
    parts = [_at(node.left, BITS)]
    for op, right in zip(node.ops, node.comparators, strict=True):
        parts.append(_COMPARE[type(op)])
        parts.append(_at(right, BITS))
    return "".join(parts), COMPARE


def _ifexp(node: ast.IfExp) -> tuple[str, int]:
    return f"{_at(node.body, OR)} if {_at(node.test, OR)} else {_at(node.orelse, TEST)}", TEST


def _call(node: ast.Call) -> tuple[str, int]:
    return f"{_at(node.func, ATOM)}({', '.join(_arguments(node))})", ATOM


def _arguments(node: ast.Call) -> Iterator[str]:
    for arg in node.args:
        yield _at(arg, TEST)
    for word in node.keywords:
        yield f"{word.arg}={_at(word.value, TEST)}" if word.arg else f"**{_at(word.value, OR)}"


def _attribute(node: ast.Attribute) -> tuple[str, int]:
    inner = _at(node.value, ATOM)
    if isinstance(node.value, ast.Constant) and isinstance(node.value.value, (int, float)):
        inner = f"({inner})"
    return f"{inner}.{node.attr}", ATOM


def _subscript(node: ast.Subscript) -> tuple[str, int]:
    return f"{_at(node.value, ATOM)}[{_index(node.slice)}]", ATOM


def _index(node: ast.expr) -> str:
    """An index is written without blanks around its own sum: ``x[i+1]``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        sign = "+" if isinstance(node.op, ast.Add) else "-"
        if _is_small(node.left) and _is_small(node.right):
            return f"{_at(node.left, SUM)}{sign}{_at(node.right, PRODUCT)}"
    if isinstance(node, ast.Tuple) and len(node.elts) > 1:
        return ", ".join(map(_index, node.elts))
    if isinstance(node, ast.Slice):
        start, stop = (_index(n) if n is not None else "" for n in (node.lower, node.upper))
        return f"{start}:{stop}" + (f":{_index(node.step)}" if node.step is not None else "")
    return text(node)


def _is_small(node: ast.expr) -> bool:
    return isinstance(node, (ast.Name, ast.Constant))


def _list(node: ast.List) -> tuple[str, int]:
    return f"[{_commas(node.elts)}]", ATOM


def _tuple(node: ast.Tuple) -> tuple[str, int]:
    return f"({_commas(node.elts)}{',' if len(node.elts) == 1 else ''})", ATOM


def _dict(node: ast.Dict) -> tuple[str, int]:
    return "{" + ", ".join(_items(node)) + "}", ATOM


def _items(node: ast.Dict) -> Iterator[str]:
    for key, value in zip(node.keys, node.values, strict=True):
        yield f"**{_at(value, BITS)}" if key is None else f"{_at(key, TEST)}: {_at(value, TEST)}"


def _comprehension(node: ast.ListComp | ast.GeneratorExp) -> tuple[str, int]:
    parts = [_at(node.elt, TEST)]
    for gen in node.generators:
        parts.append(f" for {text(gen.target)} in {_at(gen.iter, OR)}")
        parts += [f" if {_at(test, OR)}" for test in gen.ifs]
    left, right = "[]" if isinstance(node, ast.ListComp) else "()"
    return f"{left}{''.join(parts)}{right}", ATOM


def _starred(node: ast.Starred) -> tuple[str, int]:
    return "*" + _at(node.value, BITS), ATOM


def _other(node: ast.expr) -> tuple[str, int]:
    """What only a user's exception text can hold (f-strings, lambdas, ...)."""
    level = ATOM if isinstance(node, (ast.JoinedStr, ast.Set, ast.SetComp, ast.DictComp)) else -1
    return ast.unparse(node), level


_PRINT: dict[type, Callable[..., tuple[str, int]]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _bool,
    ast.Compare: _compare,
    ast.IfExp: _ifexp,
    ast.Call: _call,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.List: _list,
    ast.Tuple: _tuple,
    ast.Dict: _dict,
    ast.ListComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.Starred: _starred,
}


def parameters(node: ast.arguments) -> list[str]:
    """The parameters of a function, each with its default."""
    plain = [*node.posonlyargs, *node.args]
    padded = [*[None] * (len(plain) - len(node.defaults)), *node.defaults]
    parts = [_parameter(a, d) for a, d in zip(plain, padded, strict=True)]
    if node.posonlyargs:
        parts.insert(len(node.posonlyargs), "/")
    if node.vararg is not None or node.kwonlyargs:
        parts.append(f"*{node.vararg.arg if node.vararg is not None else ''}")
    parts += [_parameter(a, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True)]
    return [*parts, *([f"**{node.kwarg.arg}"] if node.kwarg is not None else [])]


def _parameter(arg: ast.arg, default: ast.expr | None) -> str:
    return arg.arg if default is None else f"{arg.arg}={_at(default, TEST)}"


# -- long lines ----------------------------------------------------------------------------------


def wrapped(node: ast.expr, lead: int, indent: int, width: int, line: str = "") -> str:
    """The expression after ``lead`` columns of a line that is indented by ``indent``, on lines of
    ``width``; ``line`` is its text where it fits, if not that of :func:`text`.
    """
    line = line or text(node)
    if lead + len(line) <= width:
        return line
    inner = _elements(node)
    room = width - indent - 4
    if inner is not None and any(len(a) + len(b) >= room for a, b, _ in inner):
        return _stacked(node, inner, indent, width)
    opening, pieces, closing, hang = _pieces(node)
    if len(pieces) < 2:
        return line
    if hang:  # operators stay under the first operand: x = (a + b\n     + c)
        return opening + _filled(pieces, lead + len(opening), lead + len(opening), width) + closing
    pad = "\n" + " " * (indent + 4)
    body = _filled(pieces, indent + 4, indent + 4, width)
    return opening + pad + body + "\n" + " " * indent + closing


Element = tuple[str, str, ast.expr]  # what stands before an element, its text, its tree


def _elements(node: ast.expr) -> list[Element] | None:
    """The parts of a display or a call, each of which may have a line of its own."""
    if isinstance(node, (ast.Tuple, ast.List)):
        return [("", _at(e, TEST), e) for e in node.elts]
    if isinstance(node, ast.Dict) and all(k is not None for k in node.keys):
        pairs = zip(node.keys, node.values, strict=True)
        return [(f"{_at(k, TEST)}: ", _at(v, TEST), v) for k, v in pairs if k is not None]
    if isinstance(node, ast.Call) and not any(k.arg is None for k in node.keywords):
        found: list[Element] = [("", _at(a, TEST), a) for a in node.args]
        return found + [(f"{k.arg}=", _at(k.value, TEST), k.value) for k in node.keywords]
    return None


def _stacked(node: ast.expr, elements: list[Element], indent: int, width: int) -> str:
    """One line per element, and more where that is too long as well."""
    if isinstance(node, ast.Call):
        opening, closing = f"{_at(node.func, ATOM)}(", ")"
    else:
        brackets = {ast.Tuple: ("(", ")"), ast.List: ("[", "]"), ast.Dict: ("{", "}")}
        opening, closing = brackets[type(node)]
    pad = "\n" + " " * (indent + 4)
    lines = []
    for before, short, element in elements:
        lead = indent + 4 + len(before)
        if lead + len(short) >= width:
            short = wrapped(element, lead, indent + 4, width - 1, short)
        lines.append(f"{before}{short},")
    return opening + "".join(pad + line for line in lines) + "\n" + " " * indent + closing


def signature(lead: str, node: ast.arguments, indent: int, width: int) -> str:
    """``def f(a, b)`` with its parameters, on several lines where one is too short."""
    parts = parameters(node)
    line = f"{lead}({', '.join(parts)})"
    if indent + len(line) < width or not parts:
        return line
    pieces = [f"{p}, " for p in parts[:-1]] + parts[-1:]
    margin = indent + 8
    return f"{lead}(\n{' ' * margin}{_filled(pieces, margin, margin, width)})"


def _filled(pieces: list[str], column: int, margin: int, width: int) -> str:
    lines = [pieces[0]]
    column += len(pieces[0])
    for piece in pieces[1:]:
        if column + len(piece) + 1 > width:
            lines[-1] = lines[-1].rstrip()
            lines.append("\n" + " " * margin + piece.lstrip())
            column = margin + len(piece.lstrip())
        else:
            lines.append(piece)
            column += len(piece)
    return "".join(lines)


def _pieces(node: ast.expr) -> tuple[str, list[str], str, bool]:
    """(opening, breakable pieces, closing, whether the rest hangs under the first)."""
    if isinstance(node, (ast.Tuple, ast.List)):
        left, right = "()" if isinstance(node, ast.Tuple) else "[]"
        return (
            left,
            [f"{_at(e, TEST)}, " for e in node.elts[:-1]]
            + [f"{_at(e, TEST)}," for e in node.elts[-1:]],
            right,
            False,
        )
    if isinstance(node, ast.Call) and len(node.args) + len(node.keywords) > 1:
        args = list(_arguments(node))
        return f"{_at(node.func, ATOM)}(", [f"{a}, " for a in args[:-1]] + args[-1:], ")", False
    if isinstance(node, ast.Dict):
        *items, last = _items(node)
        return "{", [*(f"{i}, " for i in items), last], "}", False
    if isinstance(node, ast.IfExp):
        parts = [_at(node.body, OR), f" if {_at(node.test, OR)}", f" else {_at(node.orelse, TEST)}"]
        return "(", parts, ")", True
    if isinstance(node, ast.BoolOp):
        word, level = (" and ", AND) if isinstance(node.op, ast.And) else (" or ", OR)
        first, *rest = (_at(v, level + 1) for v in node.values)
        return "(", [first, *(word + r for r in rest)], ")", True
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        inner = _sum_in_product(node)
        if inner is not None:
            return inner
    if isinstance(node, ast.BinOp) and _BINARY.get(type(node.op), ("", BITS))[1] != BITS:
        return "(", list(_terms(node, _BINARY[type(node.op)][1])), ")", True
    if isinstance(node, ast.ListComp):
        gens = _comprehension(node)[0][1:-1].removeprefix(_at(node.elt, TEST))
        return "[", [_at(node.elt, TEST), gens], "]", True
    return "", [text(node)], "", True


def _sum_in_product(node: ast.BinOp) -> tuple[str, list[str], str, bool] | None:
    """A product is broken inside its long factor, if that is a sum: ``2.0*(a\\n     + b)``."""
    sign, level = _BINARY[type(node.op)]
    left, right = node.left, node.right
    if _is_sum(right) and len(text(right)) >= len(text(left)):
        return f"{_at(left, level)}{sign}(", list(_terms(right, SUM)), ")", True
    if _is_sum(left):
        return "(", list(_terms(left, SUM)), f"){sign}{_at(right, level + 1)}", True
    return None


def _is_sum(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub))


def _terms(node: ast.expr, level: int) -> Iterator[str]:
    """The terms of a sum (the factors of a product), each with its operator."""
    stack: list[str] = []
    while isinstance(node, ast.BinOp) and _BINARY.get(type(node.op), ("", -1))[1] == level != POWER:
        stack.append(_BINARY[type(node.op)][0] + _at(node.right, level + 1))
        node = node.left
    yield _at(node, level)
    yield from reversed(stack)
