"""NumPy functions made of others: averages, sums over named axes, sums of exponentials."""

from __future__ import annotations

import math
from string import ascii_letters
from typing import Any

from symdiff.frontend import arrays
from symdiff.frontend.array_calls import (
    FUNCTIONS,
    ArrayCall,
    apply_row,
    function,
    numpy_scalar,
    static_value,
)
from symdiff.frontend.values import Abstract, Const, pack
from symdiff.ir.core import Value
from symdiff.ops.array_shapes import expand
from symdiff.ops.array_types import Axes, dims_of

# -- averages --------------------------------------------------------------------------------------


@function("average", "a | axis weights returned keepdims")
def average(call: ArrayCall) -> Abstract:
    b, x = call.lo.builder, call.value("a")
    axes = call.axes(len(dims_of(x.type)))
    keep = bool(call.static("keepdims", False))
    if not call.has("weights"):
        if call.static("returned", False):
            ones = b.op("full_like", x, b.const(1.0))
            return pack([call.op("mean", x, axes=axes, keepdims=keep),
                         call.op("sum", ones, axes=axes, keepdims=keep)])
        return call.op("mean", x, axes=axes, keepdims=keep)
    w = call.value("weights")
    if len(dims_of(w.type)) != len(dims_of(x.type)):
        rank = len(dims_of(x.type))
        w = expand(b, w, [k for k in range(rank) if k not in axes])
    total = b.op("sum", b.mul(x, w), axes=axes, keepdims=keep)
    weight = b.op("sum", w, axes=axes, keepdims=keep)
    mean = b.div(total, weight)
    if not call.static("returned", False):
        return call.fresh(mean)
    whole = b.add(weight, b.mul(mean, b.const(0.0)))  # one for each mean
    return pack([call.fresh(mean), call.fresh(whole)])


# -- sums over named axes --------------------------------------------------------------------------


@function("einsum", "*xs | optimize")
def einsum(call: ArrayCall) -> Abstract:
    spec, items = _named_axes(call)
    values = [arrays.value_of(call.lo, i, call.node) for i in items]
    inputs, arrow, out = spec.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(values):
        return call.fail(f"np.einsum() names {len(terms)} operands of {len(values)}")  # type: ignore[no-any-return]
    terms, dots = _without_dots(call, terms, values)
    if arrow:
        out = out.replace("...", dots)
    else:
        letters = [c for t in terms for c in t]
        out = dots + "".join(sorted(c for c in set(letters) - set(dots) if letters.count(c) == 1))
    for k, named in enumerate(terms):
        term = named
        while len(set(term)) != len(term):
            term, values[k] = _diagonal(call, term, values[k])
        terms[k] = term
    return call.op("einsum", *values, spec=f"{','.join(terms)}->{out}")


def _named_axes(call: ArrayCall) -> tuple[str, list[Abstract]]:
    """The text and the operands; lists of numbers after each operand are such a text."""
    first, *items = call.rest
    spec = first.value if isinstance(first, Const) else None
    if isinstance(spec, str):
        return spec, items
    lists = [static_value(x, call.lo) for x in call.rest[1::2]]
    last = static_value(call.rest[-1], call.lo) if len(call.rest) % 2 else None
    known = all(isinstance(x, tuple) for x in lists) and isinstance(last, (tuple, type(None)))
    if not known or len(call.rest) < 2:
        call.fail("np.einsum() without a literal text or literal lists of axes", "",
                  "write 'ij,jk->ik'")

    def text(axes: tuple[Any, ...]) -> str:
        return "".join("..." if a is Ellipsis else ascii_letters[a] for a in axes)

    spec = ",".join(map(text, lists))
    return spec if last is None else f"{spec}->{text(last)}", call.rest[: 2 * len(lists) : 2]


def _without_dots(
    call: ArrayCall, terms: list[str], values: list[Value]
) -> tuple[list[str], str]:
    """The operands' letters, where ``...`` stands for axes from the end, and those of ``...``."""
    free = [c for c in reversed(ascii_letters) if not any(c in t for t in terms)]
    longest, found = "", []
    for term, v in zip(terms, values, strict=True):
        count = len(dims_of(v.type)) - len(term.replace("...", ""))
        if "..." in term and count < 0:
            call.fail(f"'{term}' names more axes than its operand has")
        dots = "".join(free[:count][::-1]) if "..." in term and count else ""
        longest = max(longest, dots, key=len)
        found.append(term.replace("...", dots))
    return found, longest


def _diagonal(call: ArrayCall, term: str, x: Value) -> tuple[str, Value]:
    """Of the first letter that stands twice: its axes become one, the last."""
    letter = next(c for c in term if term.count(c) > 1)
    i = term.index(letter)
    j = term.index(letter, i + 1)
    b = call.lo.builder
    given: dict[str, Abstract] = {"a": x, "axis1": b.const(i), "axis2": b.const(j)}
    line = FUNCTIONS["numpy.diagonal"].handler(ArrayCall(call.lo, "diagonal", call.node, given))
    rest = "".join(c for k, c in enumerate(term) if k not in (i, j))
    return rest + letter, arrays.value_of(call.lo, line, call.node)


@function("tensordot", "a b | axes")
def tensordot(call: ArrayCall) -> Abstract:
    x, y = call.value("a"), call.value("b")
    left, right = len(dims_of(x.type)), len(dims_of(y.type))
    axes = call.static("axes", 2)
    if isinstance(axes, int):
        mine, others = list(range(left - axes, left)), list(range(axes))
    else:
        mine, others = ([a] if isinstance(a, int) else list(a) for a in axes)
    names = "abcdefghijklmnopqrstuvwxyz"
    first = list(names[:left])
    second = list(names[left : left + right])
    for p, q in zip(mine, others, strict=True):
        second[q % right] = first[p % left]
    gone = {first[p % left] for p in mine}
    out = [c for c in (*first, *second) if c not in gone]
    return call.op("einsum", x, y, spec=f"{''.join(first)},{''.join(second)}->{''.join(out)}")


# -- stable sums of exponentials -------------------------------------------------------------------


def _shifted(call: ArrayCall, key: str) -> tuple[Value, Value, Value, Axes]:
    """(shift, exponentials, their sum, the axes), which are kept: nothing overflows."""
    b, x = call.lo.builder, numpy_scalar(call.lo, call.value(key))
    axes = call.axes(len(dims_of(x.type)))
    best = b.op("held", b.op("amax", x, axes=axes, keepdims=True))
    shift = b.op("where", b.op("isfinite", best), best, b.const(0.0))
    terms = b.op("exp", b.sub(x, shift))
    total = b.op("sum", terms, axes=axes, keepdims=True)
    return shift, terms, total, axes


def _weighted(call: ArrayCall) -> tuple[Value, Value, Value, Axes]:
    """The same with weights: the largest of what has one is the shift. What has none may be larger,
    and its exponential is kept from overflowing; its weight has a derivative all the same."""
    b, x, w = call.lo.builder, numpy_scalar(call.lo, call.value("a")), call.value("b")
    axes = call.axes(len(dims_of(x.type)))
    counted = b.op("where", b.op("ne", w, b.const(0)), x, b.const(-math.inf, "-math.inf"))
    best = b.op("held", b.op("amax", counted, axes=axes, keepdims=True))
    shift = b.op("where", b.op("isfinite", best), best, b.const(0.0))
    terms = b.mul(w, b.op("exp", b.op("min", b.sub(x, shift), b.const(700.0))))
    return shift, terms, b.op("sum", terms, axes=axes, keepdims=True), axes


@function("scipy.special.logsumexp", "a | axis b keepdims")
def logsumexp(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    shift, _, total, axes = _weighted(call) if call.has("b") else _shifted(call, "a")
    result = b.add(shift, b.op("log", total))
    if not call.static("keepdims", False):
        result = b.op("squeeze", result, axes=axes)
    return call.fresh(result)


@function("scipy.special.softmax", "x | axis")
def softmax(call: ArrayCall) -> Abstract:
    _, terms, total, _ = _shifted(call, "x")
    return call.fresh(call.lo.builder.div(terms, total))


@function("scipy.special.log_softmax", "x | axis")
def log_softmax(call: ArrayCall) -> Abstract:
    b = call.lo.builder
    shift, _, total, _ = _shifted(call, "x")
    return call.fresh(b.sub(b.sub(call.value("x"), shift), b.op("log", total)))


@function("scipy.special.expit", "x")
def expit(call: ArrayCall) -> Abstract:
    return call.fresh(apply_row(call.lo, "sigmoid", [call.value("x")]))


@function("scipy.special.log_expit", "x")
def log_expit(call: ArrayCall) -> Abstract:
    return call.fresh(apply_row(call.lo, "log_sigmoid", [call.value("x")]))


@function("scipy.special.logit", "x")
def logit(call: ArrayCall) -> Abstract:
    b, x = call.lo.builder, numpy_scalar(call.lo, call.value("x"))
    return call.fresh(b.sub(b.op("log", x), b.op("log1p", b.neg(x))))


@function("logaddexp", "x1 x2")
def logaddexp(call: ArrayCall) -> Abstract:
    return call.fresh(apply_row(call.lo, "logaddexp", [call.value("x1"), call.value("x2")]))
