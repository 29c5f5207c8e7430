"""What the text of whole derivatives reads like: names, loops, comments, the docstring."""

from __future__ import annotations

import ast
import inspect
import math
import random
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest

import symdiff
from symdiff.emit.expr_text import wrapped


def body(derivative: Any, *args: Any) -> str:
    """The generated function without its docstring and comments."""
    derivative(*args)
    (function,) = [n for n in ast.parse(derivative.source).body if isinstance(n, ast.FunctionDef)]
    return "\n".join(ast.unparse(s) for s in function.body[1:])


def reads(f: Callable[..., Any], args: tuple[Any, ...], want: str) -> None:
    assert body(symdiff.grad(f), *args) == ast.unparse(ast.parse(dedent(want)))


def has_a_dx(x):
    dx = x * x
    y = dx * math.sin(dx)
    return y * dx


def test_the_users_names_come_first() -> None:
    reads(
        has_a_dx,
        (0.5,),
        """
        dx = x*x
        y = dx*math.sin(dx)
        d_x = 2.0*((2.0*y + dx*dx*math.cos(dx))*x)
        return d_x
        """,
    )


def has_a_t(x):
    t = x * x
    t1 = t * math.exp(x)
    return t1 * (x + t) * math.sin(t1)


def test_a_temporary_takes_no_name_of_the_users() -> None:
    text = body(symdiff.grad(has_a_t), 0.5)
    assert "t = x * x" in text
    assert "t1 = t * exp_x" in text
    assert "u = x + t" in text


def product_of_steps(x, n):
    y = 1.0
    for _ in range(n):
        y = y * x
    return y


def test_what_a_loop_replaces_is_computed_last() -> None:
    reads(
        product_of_steps,
        (0.5, 3),
        """
        y = 1.0
        y_tape = []
        for _ in range(n):
            y_tape.append(y)
            y *= x
        dy = 1.0
        dx = 0.0
        for y in reversed(y_tape):
            dx += dy*y
            dy *= x
        return dx
        """,
    )


def leaves_early(x, n):
    for _ in range(n):
        x = x * 1.5
        if x > 10.0:
            break
        x = x + math.log(x)
    return x


def test_a_break_stands_where_the_user_put_it() -> None:
    reads(
        leaves_early,
        (2.0, 9),
        """
        x_tape = []
        for _ in range(n):
            x *= 1.5
            x_tape.append(x)
            cond = x > 10.0
            if cond:
                break
            x += math.log(x)
        dx = 1.0
        for x in reversed(x_tape):
            if not x > 10.0:
                dx += dx/x
            dx *= 1.5
        return dx
        """,
    )


def over_two_lists(a, b):
    s = 0.0
    for x, y in zip(a, b, strict=True):
        s = s * x + y
    return s


def test_lists_checked_to_be_of_one_length_are_zipped() -> None:
    assert "for x, y in zip(a, b):" in body(symdiff.grad(over_two_lists), [1.0], [2.0])


def with_index_and_tape(xs, n):
    p = 1.0
    for i in range(n):
        q = p * xs[i]
        p = p * math.sin(q)
    return p


def test_a_tape_is_taken_apart_in_the_header() -> None:
    text = body(symdiff.grad(with_index_and_tape), [0.5, 1.5], 2)
    assert "in zip(reversed(range(n)), reversed(tape)):" in text
    assert "tape[" not in text


def both(x, y):
    if x > 0.0 and y > 0.0 or x < -1.0:  # noqa: RUF021
        return x * y
    return x


def test_logic_reads_as_written() -> None:
    assert "if x > 0.0 and y > 0.0 or x < -1.0:" in body(symdiff.grad(both), 0.5, 0.5)


def rows(x, n):
    table = []
    for i in range(n):
        row = [x * i, x + i]
        table.append(row)
    table[0][1] = table[0][1] * x
    return table[1][0] * table[0][1]


def test_rows_are_not_copied_for_every_write() -> None:
    assert body(symdiff.grad(rows), 0.5, 3).count("copy()") <= 2


def noted(z):
    print(z)
    a = 1 / (1 + math.exp(-z))
    b = math.log(1 + math.exp(z * 2.0))
    return a * b * abs(z)


def test_the_docstring_says_what_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    gradient = symdiff.grad(noted)
    gradient(0.5)
    (function,) = [n for n in ast.parse(gradient.source).body if isinstance(n, ast.FunctionDef)]
    line = inspect.getsourcelines(noted)[1]
    doc = (ast.get_docstring(function) or "").split("\n")
    assert doc[0].startswith("Gradient of noted")
    assert doc[1] == ""
    assert doc[2:] == [
        f"Recognised: sigmoid (L{line + 2}), softplus (L{line + 3}).",
        "Convention: abs'(0) = 0.",
        f"print (L{line + 1}) is left out.",
    ]


def several_lines(x, y):
    a = x * y
    b = math.sin(a)
    c = math.tanh(b)
    return c * c * y


def test_reversed_lines_and_rules_are_named() -> None:
    gradient = symdiff.grad(several_lines)
    gradient(0.5, 1.5)
    line = inspect.getsourcelines(several_lines)[1]
    comments = [x.split("  # ")[1] for x in gradient.source.split("\n") if "  # " in x]
    assert comments[0] == f"L{line + 1}"
    assert f"L{line + 3}: dc/db = 1 - c*c" in comments
    assert len(comments) == len(set(comments))


def expression(rng: random.Random, depth: int) -> ast.expr:
    """A random expression."""
    kind = rng.randrange(11) if depth else 0
    if kind < 2:
        return ast.Name("n" * rng.randint(1, 9))
    parts = [expression(rng, depth - 1) for _ in range(rng.randint(1, 4))]
    x, y, z = parts[0], parts[-1], parts[len(parts) // 2]
    if kind < 6:
        signs = (ast.Add(), ast.Sub(), ast.Mult(), ast.Div(), ast.Pow(), ast.Mult(), ast.Mod())
        return ast.BinOp(x, rng.choice(signs), y)
    if kind == 6:
        return ast.IfExp(x, y, z)
    if kind == 7:
        return rng.choice([ast.Tuple, ast.List])(parts, ast.Load())
    if kind == 8:
        return ast.Call(ast.Name("f"), parts, [ast.keyword("k", y)])
    if kind == 9:
        return ast.Dict([ast.Constant("a"), ast.Constant("b")], [x, y])
    return ast.BoolOp(ast.And(), [x, y])


@pytest.mark.parametrize("seed", range(20))
def test_a_broken_expression_keeps_its_tree(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(40):
        tree = expression(rng, rng.randint(1, 5))
        text = wrapped(tree, 11, 4, rng.randint(20, 90))
        (function,) = ast.parse(f"def f():\n    return {text}").body
        want = ast.parse(f"({ast.unparse(ast.fix_missing_locations(ast.Expression(tree)))})")
        assert ast.dump(function.body[0].value) == ast.dump(want.body[0].value)  # type: ignore[attr-defined]
