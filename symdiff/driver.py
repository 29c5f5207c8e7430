"""The ten steps from a captured function to generated text, in order, with every stage kept.

``compile`` reads as the path of a function; the CLI and the reports only read what it kept in
``stages``.
"""

from __future__ import annotations

import importlib
import linecache
import time
from collections.abc import Callable, Mapping
from typing import Any

from symdiff.autodiff import matrices, transform
from symdiff.autodiff.activity import varied
from symdiff.autodiff.residual import CHEAP, WHOLE_ITERATION
from symdiff.autodiff.transform import Derived, Path, Wrt
from symdiff.emit.link import link
from symdiff.emit.notes import docstring
from symdiff.emit.python import emit
from symdiff.frontend.capture import Capture, Captured
from symdiff.frontend.lower import Lowered, lower
from symdiff.ir.core import Graph
from symdiff.ir.types import Tree
from symdiff.ir.verify import verify
from symdiff.ir.walk import rebuild, statements
from symdiff.ops.calibrated import machine
from symdiff.ops.cost import SHIPPED, graph_cost
from symdiff.options import LIBRARY, Options
from symdiff.passes.accumulate import accumulate
from symdiff.passes.assemble import assemble
from symdiff.passes.batch import batch_products
from symdiff.passes.branches import merge_branches
from symdiff.passes.callees import called, everywhere
from symdiff.passes.contract import contract
from symdiff.passes.convert import convert_late
from symdiff.passes.cover import cover
from symdiff.passes.dce import Checks, dce
from symdiff.passes.expand import expand
from symdiff.passes.factor import factor
from symdiff.passes.facts import decide
from symdiff.passes.fuse import fuse
from symdiff.passes.hoist import hoist
from symdiff.passes.inplace import inplace
from symdiff.passes.pack import pack_tapes
from symdiff.passes.parts import take_parts
from symdiff.passes.quotients import quotients
from symdiff.passes.rotate import rotate
from symdiff.passes.scale import join_constants
from symdiff.passes.shifts import hold_shifts
from symdiff.passes.sink import sink_results
from symdiff.passes.sizes import settle_sizes
from symdiff.passes.strength import reduce_strength
from symdiff.passes.tile import tile
from symdiff.recent import Recent
from symdiff.records import dataclass, field, replace
from symdiff.uncollected import Uncollected

VERSION = "0.1.0"
VERIFY_EACH = False  # tests verify after every pass, users at the end

FIRST_ORDER = ("grad", "value_and_grad", "vjp")  # by reverse mode alone
SUFFIX = {
    "grad": "grad",
    "value_and_grad": "value_and_grad",
    "jacobian": "jacobian",
    "hessian": "hessian",
    "hvp": "hvp",
    "jvp": "jvp",
    "vjp": "vjp",
}
TITLES = {
    "grad": "Gradient",
    "value_and_grad": "Value and gradient",
    "jacobian": "Jacobian",
    "hessian": "Hessian",
    "hvp": "Hessian-vector product",
    "jvp": "Value and tangent (forward mode)",
    "vjp": "Value and pullback (reverse mode)",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What to compile: the parameters' structures, which are differentiated, and the options."""

    params: tuple[tuple[str, Tree], ...]
    wrt: tuple[Path, ...]
    single: bool
    options: Options = field(default_factory=Options)


@dataclass(slots=True)
class Compiled:
    """Generated text and how it came about: each stage's graph by name, in order."""

    request: Request
    text: str
    name: str
    line_map: Mapping[int, int]
    captures: list[Capture]
    statics: list[tuple[Capture, Any]]
    stages: dict[str, Graph] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)  # when each stage was done, in seconds
    writes: bool = False  # whether the function writes to its arguments

    def link(self) -> Any:
        """The function itself."""
        return link(self.text, self.name)


def compile(captured: Captured, request: Request) -> Compiled:
    """Source to derivative for one signature."""
    with Uncollected():
        return _compiled(captured, request)


def _compiled(captured: Captured, request: Request) -> Compiled:
    options = request.options
    stages: dict[str, Graph] = {}
    times = {"start": time.perf_counter()}

    def keep(name: str, graph: Graph) -> Graph:
        if VERIFY_EACH:
            verify(graph, name)
        stages[name] = graph
        times[name] = time.perf_counter()
        return graph

    lowered = _known(captured) or lower(captured, dict(request.params), _inner(options))
    primal = keep("lower", lowered.graph)
    primal = keep("simplify", _swept(primal))
    reduces = options.level == "whole" and options.mode in FIRST_ORDER and _on_arrays(primal)
    if reduces:
        primal = keep("reduce", _reduced(primal, request))
    if options.level != "fine":
        primal = keep("fuse", everywhere(_recognised(options), primal))
    primal = keep("settle", everywhere(_settled, primal))
    wrt = transform.locate(primal, request.wrt, request.single)
    derived, graph = _derive(primal, wrt, options)
    if reduces:
        derived.graph, graph = _dissolved(derived.graph), _tidied(_dissolved(graph))
    keep("differentiate", derived.graph)
    graph = keep("clean", graph)
    graph = keep("expand", everywhere(_exact if options.strict else _lowered, graph))
    graph = keep("merge", everywhere(_merged, graph) if derived.split is None else graph)
    graph = keep("decide", everywhere(_decided, graph))
    graph = keep("join", everywhere(_joined, graph))
    if options.level == "whole":
        graph = keep("number", _numbered(graph))
    graph = keep("rotate", everywhere(rotate, graph))
    graph = keep("hoist", everywhere(_hoisted, graph))
    graph = keep("pack", everywhere(pack_tapes, graph))
    if not options.strict:
        graph = keep("batch", everywhere(batch_products, graph))
    if options.level == "whole" and derived.split is None:
        graph = keep("tile", tile(graph))
    graph = keep("inplace", _in_place(called(graph), derived.split))
    verify(graph, "all passes")
    name = f"{_identifier(primal.name)}_{SUFFIX[options.mode]}"
    emitted = emit(
        graph,
        name=name,
        header=_header(captured, primal, request),
        doc=docstring(_doc(primal, wrt, options.mode), primal),
        split=derived.split,
        captured={c.name: c.read() for c in lowered.captures},
    )
    _GENERATED[emitted.text] = stages["clean"]
    return Compiled(
        request,
        emitted.text,
        emitted.name,
        emitted.line_map,
        lowered.captures,
        lowered.statics,
        stages,
        {**times, "end": time.perf_counter()},
        lowered.writes,
    )


def _recognised(options: Options) -> Callable[[Graph], Graph]:
    """Gates put in the place of what users wrote: by rows, and by the library."""

    def recognise(graph: Graph) -> Graph:
        graph = hold_shifts(fuse(graph))
        return cover(graph, options.level) if options.level in LIBRARY else graph

    return recognise


def _swept(graph: Graph, checks: Checks | None = None) -> Graph:
    """Dead code out of the graph and its callees, and dead callees."""
    return called(everywhere(lambda g: dce(g, checks), graph))


def _in_place(graph: Graph, split: int | None) -> Graph:
    """The last pass; a callee has no pullback, and its results need not be its own."""
    table = {
        n: inplace(accumulate(sink_results(c)), results=False) for n, c in graph.callees.items()
    }
    return replace(inplace(accumulate(graph, split), split), callees=table)


def _lowered(graph: Graph) -> Graph:
    """Only what the target has: gates expanded, small powers multiplied out, sums of products as
    matrix products, parts of tuples."""
    lower = take_parts(contract(reduce_strength(expand(graph))))
    return graph if lower is graph else dce(lower)


def _exact(graph: Graph) -> Graph:
    """The same, a power as it is written: a product may round in another way."""
    lower = take_parts(expand(graph))
    return graph if lower is graph else dce(lower)


def _numbered(graph: Graph) -> Graph:
    """Without what is proved to be 0 or there already; what proves is not loaded otherwise."""
    return importlib.import_module("symdiff.discovery.numbering").numbered(graph)  # type: ignore[no-any-return]


def _reduced(graph: Graph, request: Request) -> Graph:
    """Reductions of kept shapes as operations with the derivative that was found for them."""
    gates = importlib.import_module("symdiff.discovery.array_gates")
    wrt = transform.locate(graph, request.wrt, request.single)
    active = varied(graph, [graph.inputs[k] for k in wrt.flat])
    return _swept(gates.recognised(graph, active))


def _dissolved(graph: Graph) -> Graph:
    """Those operations as what they were made of."""
    gates = importlib.import_module("symdiff.discovery.array_gates")
    return _swept(gates.dissolved(graph))


def _settled(graph: Graph) -> Graph:
    """Sizes from before loops, and ints out of them: the derivative need not keep them."""
    if not _on_arrays(graph):
        return graph
    return dce(hoist(settle_sizes(graph)))


def _on_arrays(graph: Graph) -> bool:
    return any(s.on_arrays for s in statements(graph.body))


def _merged(graph: Graph) -> Graph:
    merged = merge_branches(graph)
    return graph if merged is graph else dce(merged)


def _decided(graph: Graph) -> Graph:
    decided = decide(graph)
    return graph if decided is graph else dce(decided)


def _joined(graph: Graph) -> Graph:
    joined = quotients(join_constants(graph))
    return graph if joined is graph else dce(joined)


def _hoisted(graph: Graph) -> Graph:
    """What a loop need not do in each iteration: invariant numbers, floats of what it sums up."""
    return convert_late(hoist(graph))


# Generated text -> the graph it was printed from: differentiating a derivative starts there.
_GENERATED: Recent[str, Graph] = Recent(512)


def remembers(text: str) -> bool:
    """Whether the graph of a generated text is at hand."""
    return text in _GENERATED


def _known(captured: Captured) -> Lowered | None:
    """The graph of a function that symdiff itself generated in this process."""
    if not captured.file.startswith("<symdiff "):
        return None
    graph = _GENERATED.get("".join(linecache.getlines(captured.file)))
    if graph is None:
        return None
    primal = rebuild(graph)
    primal.name = captured.name
    captures = [
        Capture(p.name, captured.globals, p.name, "global")
        for p in primal.params
        if p.kind == "captured"
    ]
    return Lowered(primal, captures, [])


def _inner(options: Options) -> Callable[[Graph, int, bool, str], Graph]:
    """How a derivative is made that is taken inside a function: as that of a whole one, up to
    where it would be lowered to the target."""

    def derive(graph: Graph, count: int, single: bool, mode: str) -> Graph:
        primal = dce(graph)
        if options.level != "fine":
            primal = _recognised(options)(primal)
        paths = [(k,) for k in range(count)]
        wrt = transform.locate(primal, paths, single)
        return _derive(primal, wrt, replace(options, mode=mode))[1]

    return derive


def _derive(primal: Graph, wrt: Wrt, options: Options) -> tuple[Derived, Graph]:
    """The derivative's graph, by the tape policy of least estimated cost."""
    mode, tidied = options.mode, assemble if options.strict else _tidied
    derived = _first_order(primal, wrt, mode, CHEAP)
    graph = _swept(derived.graph, derived.checks)
    if derived.has_choice:
        other = _first_order(primal, wrt, mode, WHOLE_ITERATION)
        lean = _swept(other.graph, other.checks)
        costs = machine().costs if options.level == "auto" else SHIPPED
        if graph_cost(lean, costs) < graph_cost(graph, costs):
            derived, graph = other, lean
    graph = everywhere(tidied, graph)
    if mode == "hessian":
        derived = matrices.hessian(graph, wrt)
    elif mode == "hvp":
        derived = transform.hvp(graph, wrt)
    else:
        return derived, graph
    return derived, everywhere(tidied, _swept(derived.graph))


def _tidied(graph: Graph) -> Graph:
    return factor(assemble(graph))


def _first_order(primal: Graph, wrt: Wrt, mode: str, budget: float) -> Derived:
    if mode == "jvp":
        return transform.jvp(primal, wrt)
    if mode == "vjp":
        return transform.vjp(primal, wrt, budget)
    if mode == "jacobian":
        return matrices.jacobian(primal, wrt, budget)
    if mode == "grad" and primal.tapes:
        forward = matrices.gradient_forward(primal, wrt)
        if forward is not None:
            return forward
    return transform.gradient(primal, wrt, budget, value=mode == "value_and_grad")


def _identifier(name: str) -> str:
    return "f" if name == "<lambda>" else name


def _header(captured: Captured, graph: Graph, request: Request) -> str:
    options = request.options
    source = graph.file.rsplit("/", 1)[-1].rsplit("\\", 1)[-1]
    strict = "strict, " if options.strict else ""
    return (
        f"{TITLES[options.mode]} of {graph.name} ({source}:{graph.line}), "
        f"generated by symdiff {VERSION}\n"
        f"granularity={options.level}, {strict}source sha256 {captured.hash[:16]}"
    )


def _doc(graph: Graph, wrt: Wrt, mode: str) -> str:
    source = graph.file.rsplit("/", 1)[-1].rsplit("\\", 1)[-1]
    names = ", ".join(wrt.names)
    return f"{TITLES[mode]} of {graph.name} ({source}:{graph.line}) with respect to {names}."
