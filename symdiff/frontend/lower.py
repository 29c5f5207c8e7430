"""Lowering: a captured function and the types of its arguments to a graph."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from symdiff.errors import SourceError, TypeMismatch, UnsupportedCall, UnsupportedSyntax
from symdiff.frontend import (
    comprehension,
    deletions,
    displays,
    effects,
    expressions,
    local_classes,
    loop_statements,
    managers,
    names,
    ordering,
    patterns,
    recursion,
    reflection,
    restored,
    sequence_calls,
    statements,
    stream_calls,
    tries,
)
from symdiff.frontend.calls import code_of, settled, text_of
from symdiff.frontend.capture import Capture, Captured
from symdiff.frontend.context import Derive, Lowering, Recursive
from symdiff.frontend.desugar import prepared
from symdiff.frontend.results import flatten
from symdiff.frontend.statements import detached
from symdiff.frontend.suite import suite
from symdiff.frontend.values import Abstract
from symdiff.ir.core import Block, Graph, Param, Value
from symdiff.ir.types import FLOAT, Node, SizedArray, Static, Tree, leaves, without_sizes
from symdiff.ops import table
from symdiff.records import dataclass, replace
from symdiff.source import Origin, Span

PARTS = (
    comprehension,
    deletions,
    displays,
    effects,
    expressions,
    local_classes,
    loop_statements,
    managers,
    patterns,
    reflection,
    ordering,
    sequence_calls,
    statements,
    stream_calls,
    table,
    tries,
)  # imported to register what they lower


@dataclass(slots=True)
class Lowered:
    """The graph; what it reads from outside at every call; what it took for granted by identity."""

    graph: Graph
    captures: list[Capture]
    statics: list[tuple[Capture, Any]]
    writes: bool = False  # to its arguments, which then must not share lists


def lower(captured: Captured, types: Mapping[str, Tree], derive: Derive | None = None) -> Lowered:
    """The graph of ``captured`` for parameters of the given structure.

    ``derive`` makes the graph of a derivative that is taken inside the function.  Where types do
    not agree, captured ints may be what decides them: then they are taken for known, as text is,
    and short comprehensions are written out.
    """
    recursive: frozenset[Any] = frozenset()
    refused: SourceError | None = None
    while True:
        lo = _lowering(captured, derive, recursive, refused is not None)
        try:
            return _lowered(lo, types)
        except Recursive as found:
            recursive |= {found.code}
        except SourceError as error:
            if refused is not None:
                raise refused from None
            decided = isinstance(error, (TypeMismatch, UnsupportedCall, UnsupportedSyntax))
            if not decided or not lo.open_still:
                raise
            refused = error


def _lowering(
    captured: Captured, derive: Derive | None, recursive: frozenset[Any], known_ints: bool
) -> Lowering:
    graph = Graph(
        captured.name, Block(None), file=captured.file, line=captured.line, doc=captured.doc
    )
    lo = Lowering(graph, captured, derive)
    lo.recursive, lo.known_ints = recursive, known_ints
    lo.builder.current = Origin(Span(captured.file, captured.line), "primal", "", captured.name)
    return lo


def _lowered(lo: Lowering, types: Mapping[str, Tree]) -> Lowered:
    captured, recursive = lo.captured, lo.recursive
    tree = captured.tree
    _parameters(lo, types)
    body, facts = prepared(tree)
    facts.into(lo.scope)
    if code_of(lo.scope, tree) in recursive:
        result = recursion.call(lo, replace(lo.scope), tree, dict(lo.vars), tree, text_of(tree))
        return _finished(lo, result, tree)
    names.share(lo)
    lo.active.append(((id(tree), id(None)), dict(lo.vars)))
    if isinstance(tree, ast.Lambda):
        result = lo.expr(tree.body)
        with lo.at(tree.body):
            result = detached(lo, result, tree.body)
    else:
        suite(lo, body, frozenset())
        if lo.state.dead:
            lo.fail(
                UnsupportedCall,
                tree,
                f"'{captured.name}' returns on no path",
                "there is nothing to differentiate",
                "see that a path reaches a return (a loop that never ends has none)",
            )
        result = settled(lo, tree)
    restored.check(lo)
    return _finished(lo, result, tree)


def _finished(lo: Lowering, result: Abstract, tree: ast.AST) -> Lowered:
    """The graph with what the function returns."""
    graph = lo.graph
    outputs: list[Value] = []
    graph.result = flatten(lo, result, outputs, tree, f"'{lo.captured.name}' returns")
    graph.body.yields = outputs
    graph.params.extend(lo.hidden_params)
    return Lowered(graph, lo.captures, lo.statics, lo.writes)


def _parameters(lo: Lowering, types: Mapping[str, Tree]) -> None:
    captured = lo.captured
    kinds = {
        "positional": "positional",
        "keyword": "keyword",
        "varargs": "varargs",
        "varkeywords": "varkeywords",
    }
    for p in captured.parameters:
        default = (captured.defaults[p.name],) if p.has_default else None
        found = types.get(p.name)
        if found is None:
            if p.kind == "varargs":
                found = Node("tuple", (), ())
            elif p.kind == "varkeywords":
                found = Node("dict", (), ())
            elif default is None:
                found = FLOAT
            else:
                lo.vars[p.name] = names.constant_of(lo, default[0], captured.tree)
                lo.graph.params.append(Param(p.name, Static(default[0]), kinds[p.kind], default))
                continue
        before, tree = len(lo.graph.inputs), without_sizes(found)
        lo.graph.params.append(Param(p.name, tree, kinds[p.kind], default))
        lo.vars[p.name] = names.inputs(lo, tree, p.name)
        for value, leaf in zip(lo.graph.inputs[before:], leaves(found), strict=True):
            if isinstance(leaf, SizedArray):
                lo.builder.sizes[value] = leaf.sizes
                lo.graph.notes.append(f"For {value.hint} of the sizes {leaf} only")
