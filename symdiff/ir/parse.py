"""IR text back to a graph: the inverse of :mod:`text` up to origins, so that tests can be written
as text.

Lines are statements; indentation gives the blocks.  A name is ``%hint`` or ``%hint.2``; constants
stand where they are used.
"""

from __future__ import annotations

import ast
import math
import re
import sys
from typing import Any

from symdiff.ir.builder import Builder
from symdiff.ir.core import Block, Graph, Stmt, Value, new_graph
from symdiff.ir.opspec import OPS
from symdiff.ir.types import Type, array_of, list_of, scalar, tape_of, tuple_of

_HEAD = re.compile(r"graph (\S+)\((.*)\):$")
_TAPE = re.compile(r"tape (\S+)\((.*)\)$", re.MULTILINE)
_STATEMENT = re.compile(
    r"(?:(?P<left>%[^=]*?) = )?(?P<op>\w+)\((?P<args>.*?)\)(?: \{(?P<attrs>.*)\})?$"
)
_REMARK = re.compile(r"  #(?: L\d+)?(?: \w+)?$")
_NAMES = {"math": math, "sys": sys, "inf": math.inf, "nan": math.nan}


def split(text: str, sep: str = ",") -> list[str]:
    """Split at top-level separators (brackets and quotes protect theirs)."""
    parts, depth, start, quote = [], 0, 0, ""
    for at, ch in enumerate(text):
        if quote:
            quote = "" if ch == quote and text[at - 1] != "\\" else quote
        elif ch in "\"'":
            quote = ch
        elif ch in "([{":
            depth += 1
        elif ch in ")]}":
            depth -= 1
        elif ch == sep and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    parts.append(text[start:].strip())
    return [p for p in parts if p]


def parse_type(text: str) -> Type:
    """``float``, ``list[float]``, ``tuple[float, list[int]]``, ``f64[n,1]``."""
    if text.startswith("list["):
        return list_of(parse_type(text[5:-1]))
    if text.startswith("tuple["):
        return tuple_of(*map(parse_type, split(text[6:-1])))
    array = re.fullmatch(r"(f64|f32|int|bool)\[([1n?,]*)\]", text)
    if array is not None:
        return array_of(array[1], array[2].replace(",", ""))
    if text.startswith("tape["):
        return tape_of(text[5:-1])
    return scalar(text)


class _Parser:
    def __init__(self, text: str) -> None:
        lines = [line for line in text.splitlines() if line.strip()]
        head = _HEAD.match(lines[0])
        if head is None:
            raise ValueError(f"not the head of a graph: {lines[0]}")
        self.graph = new_graph(head[1])
        self.b = Builder(self.graph)
        self.values: dict[str, Value] = {}
        self.params(self.graph.body, head[2])
        self.lines = lines[1:]
        self.at = 0

    def params(self, block: Block, text: str) -> None:
        for part in split(text):
            name, type_ = part.split(": ", 1)
            self.values[name] = block.add_param(parse_type(type_), hint_of(name))

    def value(self, text: str) -> Value:
        if text.startswith("%"):
            return self.values[text]
        if re.fullmatch(r"-?[a-z_]+\.\w+", text):
            return self.b.const(eval(text, {"__builtins__": {}}, _NAMES), text)
        return self.b.const(
            eval(text, {"__builtins__": {}}, _NAMES | {"True": True, "False": False})
        )

    def block(self, block: Block, depth: int) -> None:
        """Statements at ``depth`` up to the yield."""
        with self.b.into(block):
            while True:
                line = _REMARK.sub("", self.lines[self.at])
                body = line.strip()
                self.at += 1
                if body.startswith(("yield", "return")):
                    block.yields = [self.value(v) for v in split(body[6:])]
                    return
                self.statement(body, depth)

    def statement(self, line: str, depth: int) -> None:
        match = _STATEMENT.match(line)
        if match is None:
            raise ValueError(f"not a statement: {line}")
        left = [part.split(": ", 1) for part in split(match["left"] or "")]
        spec = OPS[match["op"]]
        attrs = dict(self.attr(part) for part in split(match["attrs"] or ""))
        args = tuple(self.value(a) for a in split(match["args"]))
        blocks = self.children(depth) if spec.region else []
        stmt = Stmt(spec, args, attrs, tuple(blocks), self.b.current, self.b.block)
        stmt.results = tuple(
            Value(parse_type(t), hint_of(n), self.b.block, stmt, k) for k, (n, t) in enumerate(left)
        )
        for child in blocks:
            child.owner = stmt
        self.values.update(zip((n for n, _ in left), stmt.results, strict=True))
        self.b.block.stmts.append(stmt)

    def attr(self, text: str) -> tuple[str, Any]:
        key, _, value = text.partition("=")
        if key in ("type", "elem"):
            return key, parse_type(value)
        return key, ast.literal_eval(value)

    def children(self, depth: int) -> list[Block]:
        found = []
        while self.at < len(self.lines):
            line = _REMARK.sub("", self.lines[self.at])
            label = re.fullmatch(r" *(then|else|body|cond)(?:\((.*)\))?:", line)
            if label is None or len(line) - len(line.lstrip()) != 2 * depth + 2:
                break
            self.at += 1
            child = self.b.new_block()
            self.params(child, label[2] or "")
            self.block(child, depth + 2)
            found.append(child)
        return found


def hint_of(name: str) -> str:
    hint = name[1:].split(".", 1)[0]
    return "" if hint == "t" else hint


def parse(text: str) -> Graph:
    """The graph that ``to_text`` would print as ``text``, with its tapes and callees."""
    starts = [m.start() for m in re.finditer(r"^(?:graph|tape) ", text, re.MULTILINE)]
    parts = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    main, *callees = [_graph(part) for part in parts if part.startswith("graph")]
    main.callees.update((callee.name, callee) for callee in callees)
    for part in parts:
        match = _TAPE.match(part)
        if match is not None:
            main.tapes[match[1]] = tuple(map(parse_type, split(match[2])))
    return main


def _graph(text: str) -> Graph:
    parser = _Parser(text)
    parser.block(parser.graph.body, 1)
    return parser.graph
