"""Comprehensions and generator expressions: loops that collect or accumulate."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from symdiff.errors import UnsupportedSyntax
from symdiff.frontend import (
    arrays,
    attempts,
    heap,
    iterate,
    loop_statements,
    loops,
    mixed_lists,
    names,
    objects,
    sets,
)
from symdiff.frontend.assign import assign
from symdiff.frontend.branches import branch_stmt, open_side
from symdiff.frontend.context import Lowering, Scope, expression
from symdiff.frontend.displays import static_key
from symdiff.frontend.expressions import test
from symdiff.frontend.join import clear
from symdiff.frontend.liveness import stored_names
from symdiff.frontend.loop_statements import passes, through
from symdiff.frontend.suite import leave
from symdiff.frontend.values import (
    Abstract,
    Array,
    Cell,
    Closure,
    Filtered,
    Generator,
    Mapped,
    Obj,
    Ref,
    Struct,
    pack,
)
from symdiff.ir.core import Value
from symdiff.ir.types import UNKNOWN
from symdiff.syntax import nodes

Comp = ast.ListComp | ast.GeneratorExp | ast.DictComp | ast.SetComp


@contextmanager
def _own_names(lo: Lowering, node: Comp) -> Iterator[None]:
    """The targets of a comprehension are its own: names of the function come back behind it."""
    targets = stored_names([g.target for g in node.generators])
    shared = sorted(targets & (lo.scope.shared | lo.scope.outer))
    if shared:
        lo.fail(
            UnsupportedSyntax,
            node,
            f"'{shared[0]}' is a name of this comprehension and of a function that rebinds it",
            "which of the two a nested function means would have to be kept apart",
            "give the comprehension a name of its own",
        )
    saved = {n: lo.vars[n] for n in targets if n in lo.vars}
    yield
    for n in targets:
        lo.vars.pop(n, None)
    lo.vars.update(saved)


@contextmanager
def _own_scope(lo: Lowering, node: Comp, home: Scope) -> Iterator[None]:
    """A scope below ``home``, for what is run elsewhere than it is written, or makes functions."""
    if walrus_names(node):
        lo.fail(
            UnsupportedSyntax,
            node,
            "a := inside this comprehension is not supported",
            "it binds a name of the function around it, and runs elsewhere or makes functions",
            "write the loop out",
        )
    caller = lo.scope
    caller.vars = lo.state.vars
    lo.suspended.append(caller)
    bound = frozenset(stored_names([g.target for g in node.generators]))
    scope = Scope(home.name, home.file, home.globals, home.cells, home, bound=bound)
    lo.scope, lo.state.vars = scope, {}
    try:
        yield
    finally:
        scope.vars = lo.state.vars
        lo.suspended.pop()
        lo.scope, lo.state.vars = caller, caller.vars


def _home(lo: Lowering, node: Comp, scope: Scope) -> AbstractContextManager[None]:
    makes = any(isinstance(n, (ast.Lambda, ast.GeneratorExp)) for n in nodes(node) if n is not node)
    if makes or scope is not lo.scope:
        return _own_scope(lo, node, scope)
    return _own_names(lo, node)


def walrus_names(node: ast.AST) -> frozenset[str]:
    """Names that the comprehension binds in the function around it."""
    return frozenset(n.target.id for n in nodes(node) if isinstance(n, ast.NamedExpr))


def _over(
    lo: Lowering,
    node: Comp,
    first: Abstract,
    emit: Callable[[], None],
    changed: frozenset[str],
    cells: frozenset[Cell],
    stops: bool,
) -> None:
    """Run ``emit`` for every element; ``changed`` and ``cells`` are what it writes to; it leaves
    early by ``broke`` where it ``stops``."""
    names = changed | walrus_names(node)

    def level(k: int) -> None:
        if k == len(node.generators):
            emit()
            return
        gen = node.generators[k]
        iterable = first if k == 0 else lo.expr(gen.iter)

        def element(x: Abstract) -> None:
            assign(lo, gen.target, x, node)
            _filtered(lo, gen.ifs, lambda: level(k + 1), node)

        hint = loop_statements.index_hint(iterable, gen.target)
        _run(lo, iterable, node, element, names, cells, stops, hint)

    level(0)


def _run(
    lo: Lowering,
    iterable: Abstract,
    node: ast.AST,
    element: Callable[[Abstract], None],
    changed: frozenset[str],
    cells: frozenset[Cell],
    stops: bool,
    hint: str = "",
) -> None:
    """One loop, or one copy of its body per element."""
    iterable = iterate.settled(lo, iterable, node)
    iterable, stages = iterate.stages(iterable)
    keyed = isinstance(node, (ast.DictComp, ast.SetComp)) and iterate.known_range(iterable)

    def inner(x: Abstract) -> None:
        through(lo, stages, x, element, node, frozenset(lo.vars))

    lo.exits.append(changed)
    if iterate.is_static(iterable) or keyed:
        size, get = iterate.known(lo, iterable, node)
        _unrolled(lo, range(size), lambda k: inner(get(k)), node, changed)
        lo.exits.pop()
        return
    plan = iterate.plan(lo, iterable, node)

    def body(index: Value | None) -> None:
        assert index is not None
        inner(plan.element(index))

    loop = loops.Loop(
        node,
        body,
        (plan.start, plan.stop, plan.step),
        index=hint,
        names=changed,
        cells=cells,
        head=changed,
        after=changed,
        ran=plan.ran,
        watched=iterate.sources(iterable),
        expression=True,
    )
    _, stopped = loops.run(lo, loop)
    lo.exits.pop()
    if stops:
        lo.state.broke = stopped


def _unrolled(
    lo: Lowering,
    places: range,
    element: Callable[[int], None],
    node: ast.AST,
    changed: frozenset[str],
) -> None:
    """One copy per element; after a possible exit the rest is guarded."""
    for k in places:
        element(k)
        gone = lo.exited()
        if gone is True:
            return
        if isinstance(gone, Value):

            def rest(k: int = k) -> None:
                clear(lo.state)
                _unrolled(lo, places[places.index(k) + 1 :], element, node, changed)

            branch_stmt(lo, gone, leave(lo, gone), rest, node, frozenset(lo.vars) | changed)
            return


def _filtered(lo: Lowering, ifs: list[ast.expr], inner: Callable[[], None], node: ast.AST) -> None:
    if not ifs:
        inner()
        return
    cond = test(lo, ifs[0])
    live = frozenset(lo.vars)
    branch_stmt(lo, cond, lambda: _filtered(lo, ifs[1:], inner, node), lambda: None, node, live)


@expression(ast.ListComp)
def list_comp(lo: Lowering, node: ast.ListComp) -> Abstract:
    return collect(lo, node, lo.scope, lo.expr(node.generators[0].iter))


def generated(lo: Lowering, gen: Generator) -> Ref:
    """The elements of a generator as a list of one type."""
    made = collect(lo, gen.node, gen.scope, gen.first)
    if isinstance(made, Obj):
        made = heap.make_list(lo, mixed_lists.items_of(lo, made, gen.node), gen.node)
    return made


def collect(
    lo: Lowering, node: ast.ListComp | ast.GeneratorExp, scope: Scope, first: Abstract
) -> Ref | Obj:
    """The list of a comprehension: collected directly if it is one loop without conditions."""
    gen = node.generators[0]
    with _home(lo, node, scope):
        first = iterate.settled(lo, first, gen.iter)
        if (
            len(node.generators) == 1
            and not gen.ifs
            and not walrus_names(node)
            and not iterate.stages(first)[1]
        ):

            def element(x: Abstract) -> Abstract:
                assign(lo, gen.target, x, node)
                return lo.expr(node.elt)

            if (
                iterate.is_static(first)
                or _written_out(lo, first, node)
                or _unlike(lo, first, node, element)
            ):
                with iterate.unchanged(lo, first, gen.iter):
                    items = [element(x) for x in iterate.static_items(lo, first, gen.iter)]
                return mixed_lists.make(lo, items, node)
            hint = loop_statements.index_hint(first, gen.target)
            return loop_statements.collect_plan(lo, first, node, element, hint)
        kept = _chosen(lo, node, first)
        if kept is not None:
            return mixed_lists.make(lo, kept, node)
        made = lo.new_cell(lo.builder.op("make_list", elem=UNKNOWN))
        cells = frozenset([made.cell])

        def put() -> None:
            heap.append(lo, made, lo.expr(node.elt), node)

        _over(lo, node, first, put, frozenset(), cells, False)
        return made


class _Open(Exception):
    """A condition that is not known."""


def _chosen(
    lo: Lowering, node: ast.ListComp | ast.GeneratorExp, first: Abstract
) -> list[Abstract] | None:
    """The elements that the conditions of one short loop keep, where all of these are known."""
    gen = node.generators[0]
    single = len(node.generators) == 1 and not walrus_names(node)
    if not single or iterate.stages(first)[1]:
        return None
    if not iterate.is_static(first) and not _written_out(lo, first, node):
        return None
    found: list[Abstract] = []
    try:
        with attempts.undone(lo, _Open), iterate.unchanged(lo, first, gen.iter):
            for x in iterate.static_items(lo, first, gen.iter):
                assign(lo, gen.target, x, node)
                tests = [test(lo, cond) for cond in gen.ifs]
                if not all(t.is_const() for t in tests):
                    raise _Open
                if all(t.constant for t in tests):
                    found.append(lo.expr(node.elt))
    except _Open:
        return None
    return found


def _written_out(lo: Lowering, first: Abstract, node: Comp) -> bool:
    """Whether a short comprehension does not stay a loop: each element may be something else to
    what asks for a length, an axis or a text."""
    short = _few(lo, first, node)
    if not short and iterate.known_range(first):
        size, _ = iterate.known(lo, first, node)
        short = size <= _FEW
    lo.open_still |= short
    return short and lo.known_ints


def _unlike(
    lo: Lowering, first: Abstract, node: Comp, element: Callable[[Abstract], Abstract]
) -> bool:
    """Whether a comprehension of known length makes what no list of one type holds (functions,
    dicts, objects), or arrays of a few numbers or rows, which are joined one by one: its first
    element is tried out in a block that nobody keeps."""
    assert isinstance(node, (ast.ListComp, ast.GeneratorExp))
    few = _few(lo, first, node)
    if not few and not (iterate.known_range(first) and isinstance(node.elt, MAKERS)):
        return False
    size, get = iterate.known(lo, first, node)
    unlike: list[bool] = []
    if size:

        def tried() -> None:
            x = element(get(0))
            other = isinstance(x, Array) if few else mixed_lists.element_type(lo, x) is None
            unlike.append(other)

        open_side(lo, tried)
    return any(unlike)


_FEW = 8  # elements that are written out


def _few(lo: Lowering, x: Abstract, node: ast.AST) -> bool:
    """Whether it is an array, or a list that was written down, of a few elements."""
    if isinstance(x, Array):
        size = arrays.length(lo, x, node)
        return size.is_const() and size.constant <= _FEW
    if not isinstance(x, Ref):
        return False
    made = heap.read(lo, x, node)
    return made.op == "make_list" and made.stmt is not None and len(made.stmt.args) <= _FEW


MAKERS = (ast.Lambda, ast.Dict, ast.DictComp, ast.Set, ast.Call, ast.Tuple, ast.Name)


def each(
    lo: Lowering,
    x: Abstract,
    node: ast.AST,
    start: Abstract,
    step: Callable[[Abstract, Abstract], Abstract],
    done: Callable[[Abstract], Value] | None = None,
) -> Abstract:
    """An accumulation over any iterable, ``acc = step(acc, element)``: the loop that ``sum(... for
    ...)`` is. Where ``done(acc)`` is true the rest is not looked at."""
    x = iterate.opened(lo, x, node)
    name = f"<fold {id(node)} {len(lo.exits)}>"
    changed = frozenset([name])

    def take(item: Abstract) -> None:
        lo.vars[name] = step(lo.vars[name], item)
        if done is None:
            return
        over = done(lo.vars[name])
        if over.is_const():
            lo.state.broke = bool(over.constant)
        else:
            branch_stmt(lo, over, lambda: _break(lo), lambda: None, node, changed)

    stops = done is not None
    with _home(lo, x.node, x.scope) if isinstance(x, Generator) else nullcontext():
        lo.vars[name] = start
        if isinstance(x, Generator):
            gen = x.node
            _over(lo, gen, x.first, lambda: take(lo.expr(gen.elt)), changed, frozenset(), stops)
        else:
            _run(lo, x, node, take, changed, frozenset(), stops)
        lo.state.broke = False
        return names.usable(lo, "the result", lo.vars.pop(name), node)


def _break(lo: Lowering) -> None:
    lo.state.broke = True


def lazy(lo: Lowering, gen: Generator) -> Abstract:
    """A generator that a loop runs over, element by element: a ``map`` of a ``filter``."""
    node = gen.node
    part = node.generators[0]
    target = part.target
    simple = [target] if isinstance(target, ast.Name) else getattr(target, "elts", [])
    if (
        len(node.generators) > 1
        or walrus_names(node)
        or not simple
        or not all(isinstance(t, ast.Name) for t in simple)
        or (part.ifs and simple[0] is not target)
    ):
        return gathered(lo, gen)
    _refuse_late(lo, gen)
    x = gen.first
    for cond in part.ifs:
        x = Filtered(_function(gen, simple, cond), x)
    return Mapped(_function(gen, simple, node.elt), (x,), star=simple[0] is not target)


def _refuse_late(lo: Lowering, gen: Generator) -> None:
    """A function that reads the variable of the generator that makes it sees a later value of it
    when it is called later."""
    targets = stored_names([g.target for g in gen.node.generators])
    for node in nodes(gen.node.elt):
        if isinstance(node, ast.Lambda):
            a = node.args
            params = {p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)}
            read = {n.id for n in nodes(node.body) if isinstance(n, ast.Name)} - params
            if read & targets:
                lo.fail(
                    UnsupportedSyntax,
                    node,
                    f"a function that reads '{min(read & targets)}' of the generator around it",
                    "which value it sees depends on when it is called",
                    f"fix the value: lambda {min(read & targets)}={min(read & targets)}: ...",
                )


_FUNCTIONS: dict[int, ast.Lambda] = {}  # by the expression that they hold


def _function(gen: Generator, targets: list[ast.expr], body: ast.expr) -> Closure:
    """An expression of a generator as a function of its targets."""
    found = _FUNCTIONS.get(id(body))
    if found is None or found.body is not body:
        params = [ast.copy_location(ast.arg(t.id), t) for t in targets if isinstance(t, ast.Name)]
        args = ast.arguments([], params, None, [], [], None, [])
        found = ast.copy_location(ast.Lambda(args, body), body)
        _FUNCTIONS[id(body)] = found
    return Closure(found, gen.scope, gen.scope.name, {})


def gathered(lo: Lowering, gen: Generator) -> Abstract:
    """The elements of a generator at once: a tuple where their number is known."""
    part = gen.node.generators[0]
    first = iterate.settled(lo, gen.first, part.iter)
    known = iterate.is_static(first) or iterate.known_range(first)
    if len(gen.node.generators) > 1 or part.ifs or not known:
        return collect(lo, gen.node, gen.scope, first)
    items: list[Abstract] = []
    with _home(lo, gen.node, gen.scope):
        for x in iterate.static_items(lo, first, part.iter):
            assign(lo, part.target, x, gen.node)
            items.append(lo.expr(gen.node.elt))
    return pack(items)


def filtered(lo: Lowering, x: Filtered, node: ast.AST) -> Abstract:
    """A filter that is run over: decided here where every test is known, else left to the loop."""
    part = iterate.settled(lo, x.part, node)
    if not iterate.is_static(part):
        return Filtered(x.func, part, x.keep)
    items = iterate.static_items(lo, part, node)
    tests = [passes(lo, x.func, x.keep, item, node) for item in items]
    if all(k.is_const() for k in tests):
        return pack([item for item, k in zip(items, tests, strict=True) if k.constant])
    made = lo.new_cell(lo.builder.op("make_list", elem=UNKNOWN))
    for item, k in zip(items, tests, strict=True):

        def put(item: Abstract = item) -> None:
            heap.append(lo, made, item, node)

        branch_stmt(lo, k, put, lambda: None, node, frozenset(lo.vars))
    return made


def kept(lo: Lowering, x: Abstract, node: ast.AST) -> Ref:
    """The list of what passes the filters."""
    made = lo.new_cell(lo.builder.op("make_list", elem=UNKNOWN))
    cells = frozenset([made.cell])
    _run(lo, x, node, lambda v: heap.append(lo, made, v, node), frozenset(), cells, False)
    return made


@expression(ast.DictComp)
def dict_comp(lo: Lowering, node: ast.DictComp) -> Abstract:
    """A dict whose keys are known: its loops unroll."""
    made = lo.new_object(Struct("dict", (), ()))

    def put() -> None:
        key = static_key(lo, lo.expr(node.key), node.key)
        objects.store(lo, made, key, lo.expr(node.value), node)

    first = lo.expr(node.generators[0].iter)
    with _home(lo, node, lo.scope):
        _over(lo, node, first, put, frozenset(), frozenset(), False)
    return made


@expression(ast.SetComp)
def set_comp(lo: Lowering, node: ast.SetComp) -> Abstract:
    """A set whose elements are known: its loops unroll."""
    made = lo.new_object(sets.contents(lo, ()))

    def put() -> None:
        key = sets.key_of(lo, lo.expr(node.elt), node.elt)
        old = sets.keys_of(lo, made, node)
        objects.replace(lo, made, sets.contents(lo, [*old, key]), node)

    first = sets.in_any_order(lo, lo.expr(node.generators[0].iter), node)
    with _home(lo, node, lo.scope):
        _over(lo, node, first, put, frozenset(), frozenset(), False)
    return made


iterate.COLLECT.append(generated)
iterate.LAZY.append(lazy)
iterate.FILTER.append(filtered)
iterate.KEPT.append(kept)
iterate.GATHER.append(gathered)
