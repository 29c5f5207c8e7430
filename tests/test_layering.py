"""Imports run one way, and none hides inside a function, except the slow libraries."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import symdiff

ROOT = Path(symdiff.__file__).parent
MODULES = sorted(p for p in ROOT.rglob("*.py"))
SLOW = {"json", "sympy", "numpy", "astor", "mpmath", "rich", "click", "pygments", "difflib"}
LAYERS = {
    "errors": 0, "source": 0, "syntax": 0, "options": 0, "instances": 0, "records": 0,
    "recent": 0, "folder": 0,
    "argnums": 1, "ir": 1, "ops": 2,
    "ndarrays": 1.5, "data": 2, "notation": 2, "signature": 2, "annotations": 2.5, "library": 2.5,
    "guard": 3, "discovery": 3.5, "warn": 3, "uncollected": 0,
    "frontend": 3, "autodiff": 3, "passes": 3, "emit": 4, "driver": 5,
    "specialise": 6, "dispatch": 7, "gradient": 8, "report": 9,
    "api": 10, "extend": 10, "cli": 11, "__init__": 11, "__main__": 12,
}  # fmt: skip


def dotted(path: Path) -> str:
    return ".".join(("symdiff", *path.relative_to(ROOT).with_suffix("").parts))


def part(module: str) -> str:
    """The layer's key of a dotted module: its first name below the package."""
    names = module.split(".")
    return names[1] if len(names) > 1 else "__init__"


def imports(tree: ast.AST) -> list[tuple[str, ast.stmt]]:
    found: list[tuple[str, ast.stmt]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in line {node.lineno}"
            found.append((node.module or "", node))
            if node.module == "symdiff":
                found += [(f"symdiff.{alias.name}", node) for alias in node.names]
    return found


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_run_one_way(path: Path) -> None:
    here = part(dotted(path))
    assert here in LAYERS, f"{here} has no place among the layers"
    for name, node in imports(parsed(path)):
        if name.split(".")[0] != "symdiff" or name == "symdiff":
            continue
        there = part(name)
        if there not in LAYERS:  # a public name taken from the package itself
            continue
        allowed = LAYERS[there] < LAYERS[here] or there == here
        same_low_layer = LAYERS[there] == LAYERS[here] == 0
        assert allowed or same_low_layer, f"{dotted(path)}:{node.lineno} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_no_import_hides_in_a_function(path: Path) -> None:
    tree = parsed(path)
    top = {id(node) for node in tree.body}
    for node in tree.body:
        if isinstance(node, (ast.If, ast.Try)):  # TYPE_CHECKING, and what a Python version lacks
            top |= {id(n) for n in ast.walk(node)}
    for name, node in imports(tree):
        if id(node) not in top:
            assert name.split(".")[0] in SLOW, (
                f"{dotted(path)}:{node.lineno} imports {name} in a function"
            )


def cycle(graph: dict[str, set[str]]) -> list[str]:
    """A cycle of the import graph, or nothing."""
    state: dict[str, int] = {}

    def visit(module: str, path: list[str]) -> list[str]:
        state[module] = 1
        for other in sorted(graph.get(module, ())):
            if state.get(other) == 1:
                return [*path, module, other]
            if other not in state and (found := visit(other, [*path, module])):
                return found
        state[module] = 2
        return []

    for module in sorted(graph):
        if module not in state and (found := visit(module, [])):
            return found
    return []


def test_no_cycle() -> None:
    known = {dotted(p).removesuffix(".__init__") for p in MODULES}
    graph = {}
    for path in MODULES:
        tree = parsed(path)
        typing_only = {
            id(n)
            for node in tree.body
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            for n in ast.walk(node)
        }
        graph[dotted(path).removesuffix(".__init__")] = {
            name for name, node in imports(tree) if name in known and id(node) not in typing_only
        } - {dotted(path).removesuffix(".__init__")}
    graph.pop("symdiff", None)
    assert cycle(graph) == []
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]


def test_importing_loads_nothing_slow() -> None:
    code = "import sys, symdiff; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent
    )
    loaded = set(run.stdout.split())
    assert "symdiff" in loaded
    assert not loaded & SLOW
