"""Printing trees: spacing, parentheses, long lines, comments; astor and ``ast.unparse`` agree."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import warnings

import pytest

from symdiff.emit.expr_text import text
from symdiff.emit.printer import note, render
from symdiff.emit.python import emit
from symdiff.emit.statements import Statements
from symdiff.passes.inplace import inplace
from tests.emit.programs import Programs

EXPRESSIONS = [
    "w0*x0 + w1*x1 + w2",
    "1.0/(1.0 + t)",
    "x**2",
    "-x**2",
    "(-x)**2",
    "x**-1",
    "(x**2)**3",
    "x**(y + 1)",
    "a - (b - c)",
    "a - b - c",
    "a/(b*c)",
    "a*(b/c)",
    "a/b*c",
    "-(a + b)",
    "-a*b",
    "a*-b",
    "- -a",
    "not (a and b)",
    "(not a) == b",
    "a if b else c",
    "(a if b else c)*2.0",
    "a if b else (c if d else e)",
    "(a if b else c) if d else e",
    "(a, b)[0]",
    "f((a, b), *c, d=e)",
    "x[i + 1]",
    "x[i - 1][j]",
    "x[a*b + 1]",
    "x[:n]",
    "x[1:n + 1:2]",
    "x[-1]",
    "[a for a, b in zip(x, y)]",
    "[(a, b) for a in x if a < b]",
    "{'a': 1, 'b': (2,)}",
    "a < b and c >= d or e != f",
    "a and (b or c)",
    "math.pow(x, 0.5)",
    "(1.5).hex()",
    "f'{x} is {y!r}'",
    "a % b",
    "a % (b % c)",
    "a//b",
    "x is not None",
    "[]",
    "()",
    "(a,)",
    "sum(i for i in x)",
    "'it''s'",
    "lambda x: x + 1",
    "(lambda x: x)(2)",
    "a | b",
    "(a | b)*c",
    "x.y.z(1)[2]",
    "(a < b) < c",
    "a == (b == c)",
]


@pytest.mark.parametrize("source", EXPRESSIONS)
def test_expressions_keep_their_tree(source: str) -> None:
    tree = ast.parse(source, mode="eval").body
    assert ast.dump(ast.parse(text(tree), mode="eval").body) == ast.dump(tree)


@pytest.mark.parametrize(
    "source", ["w0*x0 + w1*x1 + w2", "1.0/(1.0 + t)", "-x**2", "x[i+1]", "a % b", "x[1:n+1]"]
)
def test_spacing(source: str) -> None:
    assert text(ast.parse(source, mode="eval").body) == source


def test_astor_and_unparse_give_the_same_tree() -> None:
    """The sample is what the emitter writes: functions with every kind of statement it has."""
    texts = [emit(inplace(Programs(seed, size=8).graph), name="f").text for seed in range(40)]
    for source in texts:
        tree = ast.parse(source)
        pretty, plain = render(tree), render(tree, use_astor=False)
        assert ast.dump(ast.parse(pretty.text)) == ast.dump(ast.parse(plain.text)) == ast.dump(tree)


def test_comments_are_folded_in_and_lines_mapped() -> None:
    body = ast.parse("x = 1\nif x:\n    y = 2\nz = 3").body
    for at, comment, user in ((2, "", 9), (1, "L7", 7), (0, "L5", 5)):
        body.insert(at, note(comment, user))
    for use_astor in (True, False):
        printed = render(ast.Module(list(body), []), use_astor=use_astor)
        lines = [line for line in printed.text.split("\n") if line]
        assert lines[0] == "x = 1  # L5"
        assert lines[1] == "if x:  # L7"
        assert [printed.line_map[k + 1] for k in range(4)] == [5, 7, 7, 9]


def test_long_lines_are_broken() -> None:
    terms = " + ".join(f"coefficient_{k}*variable_{k}" for k in range(12))
    items = ", ".join(f"coefficient_{k}*variable_{k}" for k in range(12))
    source = f"def f():\n    total = {terms}\n    g({items})\n    return {items}\n"
    tree = ast.parse(source)
    printed = render(tree).text
    assert max(map(len, printed.split("\n"))) <= 88
    assert ast.dump(ast.parse(printed)) == ast.dump(tree)


@pytest.mark.parametrize("last", ["_, x", "xs"])
def test_long_heads_of_loops_keep_their_tuples(last: str) -> None:
    names = ", ".join(f"variable_{k}" for k in range(12))
    source = f"for i, ({names}), ({last}) in zip(a, b, c):\n    pass\n"
    tree = ast.parse(source)
    printed = render(tree).text
    assert ast.dump(ast.parse(printed)) == ast.dump(tree)


def test_docstrings_survive() -> None:
    for doc in (
        "plain",
        "two\n\nlines",
        'a "quote"',
        "a \\ backslash",
        'three """ quotes',
        'ends in "',
    ):
        tree = ast.parse("def f():\n    pass")
        tree.body[0].body.insert(0, ast.Expr(ast.Constant(doc)))  # type: ignore[attr-defined]
        space: dict[str, object] = {}
        exec(render(tree).text, space)
        assert inspect.getdoc(space["f"]) == inspect.cleandoc(doc)


def test_no_warnings_come_through() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        render(ast.parse("x = 1.5\nassert x, 'text'\n"))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the deprecated names are new in 3.12")
def test_no_warnings_at_the_first_use() -> None:
    lines = [
        "import ast",
        "from symdiff.emit.printer import render",
        "print(render(ast.parse('x = 1')).text)",
    ]
    code = "\n".join(lines)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "x = 1", done.stderr


def test_a_branch_of_notes_only_is_none() -> None:
    """It would be a suite without a statement."""

    class Negated:
        @staticmethod
        def negated(test: ast.expr) -> ast.expr:
            return ast.UnaryOp(ast.Not(), test)

    class Stub:
        expr = Negated

    def written(yes: list[ast.stmt], no: list[ast.stmt]) -> str:
        out: list[ast.stmt] = []
        Statements._write_if(Stub, [], ast.Name("c", ast.Load()), yes, no, out)  # type: ignore[arg-type]
        tree = ast.Module(out, [])
        return ast.unparse(ast.fix_missing_locations(tree))

    only, change = [note("f", 3)], ast.parse("x = 1").body
    assert written(list(only), list(change)) == "if not c:\n    x = 1"
    assert written(list(change), list(only)) == "if c:\n    x = 1"
    assert written(list(only), list(only)) == ""
