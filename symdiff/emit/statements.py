"""Lines to ``ast`` statements: assignments, copies at joins, loops with their exits."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from symdiff.emit import templates as t
from symdiff.emit.comments import Comments
from symdiff.emit.destructure import destructured
from symdiff.emit.expr_text import text
from symdiff.emit.expressions import Expressions
from symdiff.emit.folding import Plan
from symdiff.emit.handlers import Settled, handlers, is_copy
from symdiff.emit.joins import Joins, Pair, Suite, assign
from symdiff.emit.layout import Layout, Line
from symdiff.emit.naming import Names
from symdiff.emit.printer import is_note
from symdiff.emit.unpacking import returns_tuple
from symdiff.ir.core import Stmt, Value
from symdiff.ir.types import FLOAT, INT, Type, is_memory
from symdiff.ops.array_index import never_twice, subscript
from symdiff.ops.attempt import is_try

AUGMENTED = {"add": ast.Add, "sub": ast.Sub, "mul": ast.Mult, "div": ast.Div}


def as_object(index: ast.expr) -> ast.expr:
    """An index outside of brackets: ``slice(a, b)`` for ``a:b``."""
    if isinstance(index, ast.Tuple):
        return ast.Tuple([as_object(i) for i in index.elts], ast.Load())
    if not isinstance(index, ast.Slice):
        return index
    bounds = [b or ast.Constant(None) for b in (index.lower, index.upper, index.step)]
    return t.call("slice", *(bounds if index.step else bounds[:2]))


def on_memory(stmt: Stmt) -> bool:
    """Whether the result is an array, which an augmented assignment would change in place."""
    return is_memory(stmt.results[0].type)


def store(place: ast.expr) -> ast.Name | ast.Attribute | ast.Subscript:
    assert isinstance(place, (ast.Name, ast.Attribute, ast.Subscript))
    return place


def _scaled(name: str, node: ast.expr) -> ast.stmt | None:
    """``s *= -0.5`` for ``s = -0.5*s``."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)):
        return None
    own = isinstance(node.right, ast.Name) and node.right.id == name
    return ast.AugAssign(ast.Name(name, ast.Store()), ast.Mult(), node.left) if own else None


_OPPOSITE = {ast.Add: ast.Sub, ast.Sub: ast.Add}


def _grown(
    place: ast.Name | ast.Attribute | ast.Subscript,
    term: ast.expr,
    sign: ast.operator = ast.Add(),  # noqa: B008
) -> ast.stmt:
    """``x += t``; ``x -= t`` for a term ``-t``, and for ``-a*b`` too."""
    opposite = _OPPOSITE.get(type(sign))
    positive = None if opposite is None else _without_minus(term)
    if positive is None or opposite is None:
        return ast.AugAssign(place, sign, term)
    return ast.AugAssign(place, opposite(), positive)


def _without_minus(term: ast.expr) -> ast.expr | None:
    """``a*b`` for ``-a*b``; nothing for what does not begin with a sign."""
    match term:
        case ast.UnaryOp(ast.USub(), positive):
            return positive
        case ast.BinOp(left, (ast.Mult() | ast.Div()) as op, right):
            first = _without_minus(left)
            return None if first is None else ast.BinOp(first, op, right)
    return None


class Statements(Joins):
    """Writes the suites of a plan."""

    def __init__(
        self, plan: Plan, names: Names, expressions: Expressions, comments: Comments
    ) -> None:
        super().__init__(plan, names, expressions)
        self.comments = comments
        self.tapes: Mapping[str, tuple[Type, ...]] = {}
        self.opened: set[Value] = set()  # tuples that have been taken apart

    def suite(self, layout: Layout) -> Suite:
        """The lines of a suite, without what its end does."""
        out: Suite = []
        for line in self.names.lines[layout]:
            self.line(line, out)
        return destructured(out)

    def line(self, line: Line, out: Suite) -> None:
        stmt = line.stmt
        whole = self.plan.unpacking.opens(line) if self.plan.unpacking.parts else None
        if whole is not None and self._unpack(whole, stmt, out):
            return
        if stmt is not None and not self.plan.unpacking.bound.isdisjoint(stmt.results):
            return
        if line.kind == "access":
            assert line.value is not None
            out.append(assign(self.names[line.value], self.expr.unpack[line.value]))
        elif line.kind == "collect":
            assert line.value is not None and line.tape is not None
            node = t.method(t.name(self.names[line.tape]), "append", self.expr(line.value))
            out += [*self.comments.tape(line), ast.Expr(node)]
        elif stmt is None:
            return
        elif stmt.op.region and not self.names.is_expression(line):
            (self._if if stmt.op.name == "if" else self._loop)(line, stmt, out)
        else:
            out += self.comments.statement(stmt)
            self._simple(stmt, out)

    # -- one statement ---------------------------------------------------------------------------

    def _simple(self, stmt: Stmt, out: Suite) -> None:
        if stmt.op.name == "raise":
            out.append(self._raise(stmt))
        elif stmt.op.name == "settled":
            out.append(Settled())
        elif stmt.op.name == "assert":
            cond, *args = (self.expr(a) for a in stmt.args)
            template = stmt.attrs.get("template")
            out.append(ast.Assert(cond, self.expr.message(template, args) if template else None))
        elif "inplace" in stmt.op.tags:
            self._in_place(stmt, out)
        else:
            result = self._result(stmt)
            node = self.expr.of(stmt)
            if result is None:
                out.append(ast.Expr(node))
            else:
                name = self.names[result]
                out.append(self._augmented(stmt, name, node) or assign(name, node))

    def _raise(self, stmt: Stmt) -> ast.stmt:
        template = stmt.attrs["template"]
        if not template:
            return ast.Raise(None, None)
        args = [self.expr(a) for a in stmt.args]
        cause = stmt.attrs.get("cause")
        return ast.Raise(
            self.expr.message(template, args),
            None if cause is None else self.expr.message(cause, ()),
        )

    def _unpack(self, whole: Value, stmt: Stmt | None, out: Suite) -> bool:
        """``value, tape = f(x)``; whether it is to be printed here and not before."""
        if whole in self.opened:
            return False
        self.opened.add(whole)
        assert stmt is not None
        out += self.comments.statement(stmt)
        target = self.plan.unpacking.target(whole, self.tapes, self._printed_name)
        source = self.expr.of(stmt) if returns_tuple(stmt) else self.expr(whole)
        out.append(ast.Assign([target], source))
        return True

    def _printed_name(self, value: Value) -> str:
        return self.names[value] if self.plan.count.get(value) else ""

    def _result(self, stmt: Stmt) -> Value | None:
        if stmt.op.region:
            return next((r for r in stmt.results if self.plan.count.get(r)), None)
        result = stmt.results[0]
        return result if result in self.plan.count else None

    def _augmented(self, stmt: Stmt, name: str, node: ast.expr) -> ast.stmt | None:
        """``s += x`` where the result has its operand's name."""
        op = AUGMENTED.get(stmt.op.name)
        if op is None:
            return _scaled(name, node) if stmt.op.name == "neg" and not on_memory(stmt) else None
        if on_memory(stmt):  # an array would change under its other names
            return None
        left, right = self.plan.args(stmt) if self.plan.elements else stmt.args
        for mine, other in ((left, right), (right, left)):
            if mine is right and not stmt.op.commutative:
                break
            if mine not in self.plan.inline and self.names.names.get(mine) == name:
                return ast.AugAssign(ast.Name(name, ast.Store()), op(), self.expr(other))
        return None

    def _in_place(self, stmt: Stmt, out: Suite) -> None:
        """An operation that the last pass allowed to write into its first operand."""
        xs, *args = self.plan.args(stmt)
        own = self.names[xs]
        self._write(stmt, own, args, out)
        if stmt.result in self.names.names and self.names[stmt.result] != own:
            out.append(assign(self.names[stmt.result], t.name(own)))

    def _write(self, stmt: Stmt, own: str, args: Sequence[Value], out: Suite) -> None:
        """The statement that changes the list or array of this name."""
        node: ast.expr = t.name(own)
        values = [self.expr(a) for a in args]
        match stmt.op.name:
            case "append":
                out.append(ast.Expr(t.method(node, "append", *values)))
            case "insert_at":
                out.append(ast.Expr(t.method(node, "insert", values[1], values[0])))
            case "drop_last":
                self._pop(own, out)
            case "delete_at":
                self._pop(own, out, values[0])
            case "set_slice":
                part = t.index(node, self.expr.slice_of(values[1:], stmt.attrs["present"]))
                out.append(ast.Assign([part], values[0]))
            case "update":
                sign = AUGMENTED[stmt.attrs["how"]]()
                out.append(_grown(ast.Name(own, ast.Store()), values[0], sign))
            case "set_index" | "add_index":
                self._write_part(stmt, node, values, out)
            case "set_at":
                out.append(ast.Assign([self.expr.path(node, values[1:])], values[0]))
            case "add_at":
                place = self.expr.path(node, values[1:])
                if stmt.args[1].type in (FLOAT, INT):
                    out.append(_grown(store(place), values[0]))
                else:
                    out.append(ast.Assign([place], t.sum_of(stmt.args[1].type, place, values[0])))
            case other:
                raise NotImplementedError(f"no text for {other}")

    def _write_part(
        self, stmt: Stmt, node: ast.expr, values: list[ast.expr], out: Suite
    ) -> None:
        """``x[...] = v``, ``x[...] += v``; where an index may occur twice, ``np.add.at``."""
        given = {f"_{k + 2}": place for k, place in enumerate(values[1:])}
        template = t.parse(f"x[{subscript(stmt, 2)}]")
        place: ast.Subscript = t.fill(template, {"x": node, **given}.get)
        if stmt.op.name == "set_index":
            out.append(ast.Assign([place], values[0]))
        elif never_twice(stmt.attrs["spec"], stmt.args[2:]):
            out.append(_grown(place, values[0]))
        else:
            call = ast.Call(t.copied("np.add.at"), [node, as_object(place.slice), values[0]], [])
            out.append(ast.Expr(call))

    @staticmethod
    def _pop(xs: str, out: Suite, at: ast.expr | None = None) -> None:
        """``x = xs[i]`` and the removal are one ``x = xs.pop(i)``."""
        pop = t.method(t.name(xs), "pop", *([] if at is None else [at]))
        place = "-1" if at is None else text(at)
        last = next((s for s in reversed(out) if not is_note(s)), None)
        if isinstance(last, ast.Assign) and text(last.value) == f"{xs}[{place}]":
            last.value = pop
        elif at is None:
            out.append(ast.Expr(pop))
        else:
            out.append(ast.Delete([ast.Subscript(t.name(xs), at, ast.Del())]))

    # -- conditionals ----------------------------------------------------------------------------

    def _if(self, line: Line, stmt: Stmt, out: Suite) -> None:
        suites = []
        head = self.comments.statement(stmt)
        for child in line.layouts:
            body = self.suite(child)
            if line in self.plan.tails:
                if not (body and isinstance(body[-1], (ast.Raise, ast.Return))):
                    body += self.result(child)
            elif not (body and isinstance(body[-1], ast.Raise)):
                body += self._joins(child, stmt)
            suites.append(body)
        self._write_choice(head, stmt, suites[0], suites[1], out)

    def _joins(self, child: Layout, stmt: Stmt, skip: int | None = None) -> Suite:
        """What a branch assigns to the results."""
        pairs = []
        for k in self.plan.used_results(stmt):
            result, value = stmt.results[k], child.yields[k]
            if k == skip or (value.op == "undef" and not self.reads_value(result)):
                continue
            pairs.append((self.names[result], value))
        return self.copies(pairs)

    def _write_choice(self, head: Suite, stmt: Stmt, yes: Suite, no: Suite, out: Suite) -> None:
        if is_try(stmt):
            self._write_try(head, stmt, yes, no, out)
        else:
            self._write_if(head, self.expr(stmt.args[0]), yes, no, out)

    def _write_try(self, head: Suite, stmt: Stmt, yes: Suite, no: Suite, out: Suite) -> None:
        """A ``try`` statement: ``yes`` is watched up to the mark in it, ``no`` handles."""
        at = next((k for k, s in enumerate(yes) if isinstance(s, Settled)), len(yes))
        watched, rest = yes[:at], yes[at + 1 :]
        (cond,) = stmt.args
        assert cond.stmt is not None
        if self.plan.count.get(cond):  # which branch ran is asked again
            rest.insert(0, assign(self.names[cond], ast.Constant(True)))
            no = [assign(self.names[cond], ast.Constant(False)), *no]
        if all(map(is_note, watched)):  # nothing left that raises
            out += [*head, *watched, *rest]
            return
        if not leaves(no) and all(map(is_copy, rest)):
            watched, rest = watched + rest, []
        handler = handlers(cond.stmt.attrs["kinds"], no, self.expr.caught)
        node = ast.Try(watched, handler, [] if leaves(no) else rest, [])
        out += [*head, node]
        if leaves(no):
            out += rest

    def _write_if(self, head: Suite, cond: ast.expr, yes: Suite, no: Suite, out: Suite) -> None:
        """An ``if`` statement; what follows a branch that leaves is not indented."""
        yes, no = ([] if all(map(is_note, s)) else s for s in (yes, no))
        if not yes and not no:
            return
        if not yes or (no and not leaves(yes) and leaves(no)):
            cond, yes, no = self.expr.negated(cond), no, yes
        if leaves(yes):
            out += [*head, ast.If(cond, yes, []), *no]
        else:
            out += [*head, ast.If(cond, yes, without_notes(no))]

    # -- loops -----------------------------------------------------------------------------------

    def _loop(self, line: Line, stmt: Stmt, out: Suite) -> None:
        trip, stopped = stmt.results[-2:]
        pairs = []
        for init, param, _, result in self.plan.live_carries(stmt):
            if init.op == "undef" and not (self.reads_value(param) or self.reads_value(result)):
                continue
            pairs.append((self.names[result], init))
        before = self.copies(pairs)
        before += [
            assign(self.names[tape], ast.List([], ast.Load()))
            for tape in self.plan.live_tapes(line)
        ]
        counted = self.plan.count.get(trip) and not self.plan.is_derived(trip)
        if counted:
            before.append(assign(self.names[trip], ast.Constant(0)))
        if self.plan.count.get(stopped):
            before.append(assign(self.names[stopped], ast.Constant(False)))
        out += self.comments.before(stmt, before)
        body: Suite = []
        if counted:
            body.append(
                ast.AugAssign(ast.Name(self.names[trip], ast.Store()), ast.Add(), ast.Constant(1))
            )
        head = self.comments.statement(stmt)
        if stmt.op.name == "for":
            target, source = self.expr.header(self.plan.forms[stmt])
        else:
            test = self._condition(line.layouts[0], body)
        body += self._body(line, stmt)
        body = body or [ast.Pass()]
        out += head
        out.append(
            ast.For(target, source, body, [])
            if stmt.op.name == "for"
            else ast.While(test, body, [])
        )

    def _condition(self, cond: Layout, body: Suite) -> ast.expr:
        """The test of a ``while``; where it takes statements of its own these open the body."""
        test = self.expr(cond.yields[0])
        lines = self.suite(cond)
        if not lines:
            return test
        body[:0] = [*lines, ast.If(self.expr.negated(test), [ast.Break()], [])]
        return ast.Constant(True)

    def _body(self, line: Line, stmt: Stmt) -> Suite:
        body = line.layouts[-1]
        pairs = [
            (self.names[result], again) for _, _, again, result in self.plan.live_carries(stmt)
        ]
        pairs = [p for p in pairs if p[1].op != "undef" or self._must_reset(stmt, p)]
        if not stmt.attrs["exits"]:
            return self.suite(body) + self.copies(pairs)
        lines = self.names.lines[body]
        stop = self.plan.resolve(body.yields[0])
        if lines and self._ends_in_exit(lines[-1], stop) and not self.copies(pairs):
            out: Suite = []
            for other in lines[:-1]:
                self.line(other, out)
            self._exit_if(lines[-1], stop, stmt, out)
            return out
        return self.suite(body) + self._leave(stmt, stop, pairs)

    def _ends_in_exit(self, line: Line, stop: Value) -> bool:
        """Whether a loop's last line is the ``if`` that decides on its end."""
        stmt = line.stmt
        if stmt is None or stmt.op.name != "if" or stmt in self.plan.expressible:
            return False
        return self._decides(stmt, stop) is not None or self._recovers(line, stop)

    def _decides(self, stmt: Stmt, stop: Value) -> int | None:
        """The branch that ends the loop, if a conditional's condition alone says so."""
        if self.plan.resolve(stmt.args[0]) is stop:
            return 0
        negated = stop.op == "not" and stop.stmt is not None and stop.stmt.args[0]
        return 1 if negated is stmt.args[0] else None

    def _must_reset(self, stmt: Stmt, pair: Pair) -> bool:
        return any(
            self.reads_value(param) or self.reads_value(result)
            for _, param, again, result in self.plan.live_carries(stmt)
            if again is pair[1] and self.names[result] == pair[0]
        )

    def _recovers(self, line: Line, stop: Value) -> bool:
        """Whether the stop flag is what a final ``if`` says, so that ``break`` can stand in its
        branches.
        """
        stmt = line.stmt
        if (
            stmt is None
            or stop.stmt is not stmt
            or stmt.op.name != "if"
            or stmt in self.plan.expressible
        ):
            return False
        return len(self.plan.users.get(stop, ())) == 1

    def _exit_if(self, line: Line, flag: Value, loop: Stmt, out: Suite) -> None:
        """A final ``if`` of a loop's body whose branches end the loop or do not."""
        stmt = line.stmt
        assert stmt is not None
        head = self.comments.statement(stmt)
        suites = []
        k = flag.index if flag.stmt is stmt else None
        ending = self._decides(stmt, flag)
        for child in line.layouts:
            if k is None:  # the condition itself
                stop: Value | bool = ending is not None and child is line.layouts[ending]
            else:
                stop = self.plan.resolve(child.yields[k])
            lines = self.names.lines[child]
            joins = [p for p in self._join_pairs(child, stmt, k)]
            body: Suite = []
            inner = lines[-1] if lines and not isinstance(stop, bool) else None
            if inner and self._recovers(inner, stop) and not self.copies(joins):  # type: ignore[arg-type]
                for other in lines[:-1]:
                    self.line(other, body)
                self._exit_if(inner, stop, loop, body)  # type: ignore[arg-type]
            else:
                body = self.suite(child)
                if not (body and isinstance(body[-1], ast.Raise)):
                    body += self._leave(loop, stop, joins)
            suites.append(body)
        self._write_choice(head, stmt, suites[0], suites[1], out)

    def _join_pairs(self, child: Layout, stmt: Stmt, skip: int | None) -> list[Pair]:
        pairs = []
        for k in self.plan.used_results(stmt):
            result, value = stmt.results[k], child.yields[k]
            if k != skip and (value.op != "undef" or self.reads_value(result)):
                pairs.append((self.names[result], value))
        return pairs

    def _leave(self, loop: Stmt, stop: Value | bool, pairs: Sequence[Pair]) -> Suite:
        """The copies at the end of an iteration, and the ``break`` if the flag says so."""
        if isinstance(stop, bool):
            return self.copies(pairs) + (self._break(loop) if stop else [])
        if stop.is_const():
            return self.copies(pairs) + (self._break(loop) if stop.constant else [])
        targets = {name for name, _ in pairs}
        if any(self.names[v] in targets for v in self.plan.leaves(stop)) and self.copies(pairs):
            flag = self.names.stops[loop]
            out = self.copies([*pairs, (flag, stop)])
            return [*out, ast.If(t.name(flag), self._break(loop), [])]
        return [*self.copies(pairs), ast.If(self.expr(stop), self._break(loop), [])]

    def _break(self, loop: Stmt) -> Suite:
        stopped = loop.results[-1]
        if self.plan.count.get(stopped):
            return [assign(self.names[stopped], ast.Constant(True)), ast.Break()]
        return [ast.Break()]

    # -- results ---------------------------------------------------------------------------------

    def outputs(self, layout: Layout) -> list[ast.expr]:
        """The expressions that a suite which returns gives back, in the order of the outputs."""
        return [self.expr(v) for v in self.returned(layout)]

    def returned(self, layout: Layout) -> list[Value]:
        """The graph's outputs as seen at the end of a suite under final conditionals."""
        if layout.kind in ("root", "pullback"):
            return layout.yields
        owner = layout.owner
        assert owner is not None and owner.stmt is not None and layout.parent is not None
        results = dict(zip(owner.stmt.results, layout.yields, strict=True))
        return [results.get(v, v) for v in self.returned(layout.parent)]

    def result(self, layout: Layout) -> Suite:
        """The ``return`` of a suite; set by the function's writer."""
        raise NotImplementedError


def leaves(suite: Suite) -> bool:
    """Whether a suite never reaches its end."""
    last = suite[-1] if suite else None
    if isinstance(last, ast.Try):
        end = last.orelse or last.body
        return leaves(end) and all(leaves(h.body) for h in last.handlers)
    if isinstance(last, ast.If):
        return bool(last.orelse) and leaves(last.body) and leaves(last.orelse)
    return isinstance(last, (ast.Return, ast.Raise, ast.Break))


def without_notes(suite: Suite) -> Suite:
    """A lone ``if`` in an else-branch gives up its comment, so that it prints as ``elif``."""
    if len(suite) != 2 or not isinstance(suite[1], ast.If):
        return suite
    return suite[1:] if is_note(suite[0]) else suite
