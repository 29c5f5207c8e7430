"""Make a failing program small: ``python -m tests.fuzz.reduce --seed 1 --program 27 [--quick]``.

Statements are deleted, compound statements replaced by their bodies, and expressions by their own
operands, for as long as the program still fails in the same way."""

from __future__ import annotations

import argparse
import ast
import builtins
import random
import sys
from collections.abc import Iterator, Sequence

from tests.fuzz.check import Mismatch, check, within
from tests.fuzz.questions import FIRST_ORDER, ROTATION, SECOND_ORDER, Question
from tests.fuzz.run import KINDS

SECONDS = 3


def verdict(text: str, point: tuple[float, ...], questions: Sequence[Question]) -> str:
    """A short name of how the program fails; "" if it does not."""
    try:
        with within(SECONDS):
            check(text, point, questions=questions)
    except Mismatch as error:
        first = str(error).splitlines()[0]
        return first.split()[0] if ": got" not in first else first.partition(" at (")[0]
    except Exception:  # the candidate itself does not run: no smaller failure
        return ""
    return ""


def _closed(text: str) -> bool:
    """Whether every name that is read is bound somewhere (a reduction may delete a binding)."""
    tree = ast.parse(text)
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
    bound = {n.id for n in names if isinstance(n.ctx, ast.Store)} | set(dir(builtins))
    bound |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    bound |= {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    bound |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    return all(n.id in bound for n in names)


def _statements(tree: ast.AST) -> Iterator[tuple[list[ast.stmt], int]]:
    for node in ast.walk(tree):
        for field in ("body", "orelse"):
            block = getattr(node, field, None)
            if isinstance(block, list):
                for k in range(len(block)):
                    yield block, k


def _smaller_texts(text: str) -> Iterator[str]:
    """Every program that is one step smaller, biggest steps first."""
    count = len(list(_statements(ast.parse(text))))
    for number in range(count):
        for inline in (False, True):
            tree = ast.parse(text)
            block, k = list(_statements(tree))[number]
            node = block[k]
            if inline:
                if not isinstance(node, (ast.If, ast.For, ast.While, ast.Try)):
                    continue
                block[k : k + 1] = node.body
            else:
                del block[k]
                if not block and any(block is getattr(n, "body", None) for n in ast.walk(tree)):
                    if isinstance(node, ast.Pass):
                        continue
                    block.append(ast.Pass())
            yield ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    places = sum(1 for n in ast.walk(ast.parse(text)) if isinstance(n, ast.expr))
    for number in range(places):
        for choice in range(4):
            tree = ast.parse(text)
            swap = _Swap(number, choice)
            new = swap.visit(tree)
            if swap.done:
                yield ast.unparse(ast.fix_missing_locations(new)) + "\n"


class _Swap(ast.NodeTransformer):
    """Replaces one expression by one of its operands, or by a name."""

    def __init__(self, number: int, choice: int) -> None:
        self.number = number
        self.choice = choice
        self.seen = -1
        self.done = False

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.expr) and not self.done:
            self.seen += 1
            if self.seen == self.number and not isinstance(getattr(node, "ctx", None), ast.Store):
                operands = [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)]
                if isinstance(node, ast.Call):
                    operands = node.args
                if self.choice < len(operands) and not isinstance(node, (ast.Attribute, ast.Name)):
                    self.done = True
                    return operands[self.choice]
        return super().generic_visit(node)


def reduced(text: str, point: tuple[float, ...], questions: Sequence[Question]) -> str:
    """The smallest program found that fails as ``text`` does."""
    wanted = verdict(text, point, questions)
    if not wanted:
        return text
    text = ast.unparse(ast.parse(text)) + "\n"
    tried = {text}
    shrinking = True
    while shrinking:
        shrinking = False
        for candidate in _smaller_texts(text):
            if candidate in tried or len(candidate) >= len(text):
                continue
            tried.add(candidate)
            if _closed(candidate) and verdict(candidate, point, questions) == wanted:
                text = candidate
                shrinking = True
                break
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kind", choices=KINDS, default="programs")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--program", type=int, nargs="+", required=True)
    parser.add_argument("--size", type=int)
    parser.add_argument("--quick", action="store_true", help="the question that it failed")
    options = parser.parse_args()
    size = options.size or (6 if options.quick else 12)
    for number in options.program:
        rng = random.Random(f"{options.seed}:{number}")
        text, point = KINDS[options.kind](rng.randrange, size)
        questions: Sequence[Question] = (*FIRST_ORDER, *SECOND_ORDER)
        if options.quick:
            questions = [ROTATION[int(rng.random() * len(ROTATION))]]
        small = reduced(text, point, questions)
        how = verdict(small, point, questions)
        print(f"--- program {number}: {how} at {point}\n{small}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
