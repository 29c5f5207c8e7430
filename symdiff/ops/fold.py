"""What the builder folds while it builds.

Exact folds (no bit of any result changes) apply everywhere; the algebraic ones only where
``builder.relaxed`` says that the code is ours: adjoint and tangent code, in which nobody counts
on ``0.0 + x`` keeping the sign of a zero.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

from symdiff.ir.builder import Builder, is_finite_const
from symdiff.ir.core import Value
from symdiff.ir.types import BOOL, FLOAT, INT, is_array, is_differentiable
from symdiff.ops.array_types import dims_of, dtype_of

Args = tuple[Value, ...]
Attrs = Mapping[str, Any]


def _ints(*values: Value) -> bool:
    return all(v.type in (INT, BOOL) and v.is_const() and abs(v.constant) < 2**53 for v in values)


def _numbers(x: Value, y: Value) -> bool:
    """Two constants of one type: Python would compute the same, bit for bit."""
    if x.op != "const" or y.op != "const":
        return False
    return _ints(x, y) or (x.type == y.type == FLOAT and _plain(x) and _plain(y))


def _plain(value: Value) -> bool:
    """A finite constant without a spelling of its own (``math.pi`` keeps its name)."""
    if value.op != "const":
        return False
    return is_finite_const(value) and not value.stmt.attrs["spelling"]  # type: ignore[union-attr]


def _two_floats(x: Value, y: Value) -> bool:
    """The plain case, which most statements of most programs are."""
    return x.type is FLOAT and y.type is FLOAT


def _floats(b: Builder, x: Value, y: Value) -> tuple[Value, Value]:
    """An int literal beside a float operand is the float it would become (exact below 2**53)."""
    if x.type is y.type:
        return x, y
    if x.type == FLOAT and y.type != FLOAT and _ints(y):
        return x, b.const(float(y.constant))
    if y.type == FLOAT and x.type != FLOAT and _ints(x):
        return b.const(float(x.constant)), y
    return x, y


def _exactly(value: Value, text: str) -> bool:
    """Whether this is the float constant that ``text`` spells (``0.0`` is not ``-0.0``)."""
    return value.op == "const" and value.type == FLOAT and repr(value.constant) == text


def _is_neg(v: Value) -> bool:
    return v.op == "neg"


def _operand(v: Value) -> Value:
    assert v.stmt is not None
    return v.stmt.args[0]


def _real(x: Value, y: Value) -> bool:
    """Whether floats are added or multiplied, be it in arrays."""
    return FLOAT in (x.type, y.type) or _floating(x) or _floating(y)


def _floating(x: Value) -> bool:
    return is_array(x.type) and is_differentiable(x.type)


def _plain_scalars(b: Builder, x: Value, y: Value) -> tuple[Value, Value]:
    """A NumPy scalar of known value beside an array of its dtype is a number: ``1.0``."""
    if not b.relaxed:
        return x, y
    if _known_scalar(x) and is_array(y.type) and dtype_of(x.type) == dtype_of(y.type):
        return _operand(x), y
    if _known_scalar(y) and is_array(x.type) and dtype_of(x.type) == dtype_of(y.type):
        return x, _operand(y)
    return x, y


def _known_scalar(x: Value) -> bool:
    return x.op == "scalar" and _operand(x).is_const() and _operand(x).type == FLOAT


def add(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    x, y = args
    plain = _two_floats(x, y)
    if not plain:
        x, y = _plain_scalars(b, *_floats(b, x, y))
    if _numbers(x, y):
        return b.const(x.constant + y.constant)
    if not plain:
        if b.relaxed and x.type == y.type and is_array(x.type):
            found = _sum_of_arrays(b, x, y)
            if found is not None:
                return found
        if x.type is y.type is INT:
            return _add_ints(b, x, y)
    if b.relaxed:
        x, y = _bare(b, x, y)
        if plain or _real(x, y):
            found = _add_relaxed(b, x, y)
            if found is not None:
                return found
    return b.op("add", x, y) if (x, y) != args else None


def _add_relaxed(b: Builder, x: Value, y: Value) -> Value | None:
    if x.op == "const" and x.is_const(0):
        return b.to_float(y)
    if y.op == "const" and y.is_const(0):
        return b.to_float(x)
    if y.op == "neg":
        return b.sub(x, _operand(y))
    if x.op == "neg":
        return b.sub(y, _operand(x))
    return _like_terms(b, x, y, 1.0)


def _sum_of_arrays(b: Builder, x: Value, y: Value) -> Value | None:
    """Zeros are nothing in a sum, and two halves of a choice are one."""
    if _is_zeros(x) or _is_zeros(y):
        return y if _is_zeros(x) else x
    if x.op == "where" and y.op == "where":
        return _one_choice(b, x, y) or _one_choice(b, y, x)
    return None


def _one_choice(b: Builder, x: Value, y: Value) -> Value | None:
    """``where(c, u, 0) + where(c, 0, v)`` is ``where(c, u, v)``."""
    assert x.stmt is not None and y.stmt is not None
    (c, u, no), (other, yes, v) = x.stmt.args, y.stmt.args
    return b.op("where", c, u, v) if c is other and no.is_const(0) and yes.is_const(0) else None


def _is_zeros(x: Value) -> bool:
    """Whether it is an array of zeros, which a sum with one of the same shape can do without."""
    if x.op == "zeros_like":
        return True
    if x.op not in ("full", "full_like") or x.stmt is None:
        return False
    return x.stmt.args[0 if x.op == "full" else 1].is_const(0)


def _add_ints(b: Builder, x: Value, y: Value) -> Value | None:
    """Sums of ints, which are exact in any form."""
    for zero, other in ((x, y), (y, x)):
        if zero.is_const(0):
            return other
    if _is_neg(y):
        return b.sub(x, _operand(y))
    if _is_neg(x):
        return b.sub(y, _operand(x))
    if y.is_const() and x.op == "sub" and x.stmt is not None and x.stmt.args[1].is_const():
        n, less = x.stmt.args  # (n - 1) + 1
        more = y.constant - less.constant
        return b.sub(n, b.const(-more)) if more < 0 else b.add(n, b.const(more))
    return b.op("add", y, x) if b.relaxed and x.is_const() and not y.is_const() else None


def _bare(b: Builder, x: Value, y: Value) -> tuple[Value, Value]:
    """``float(i)`` beside a float is what ``i`` becomes there by itself."""
    if (x.op == "float" or y.op == "float") and b.relaxed and _two_floats(x, y):
        if x.op == "float" and _operand(x).type == INT and y.op != "float":
            return _operand(x), y
        if y.op == "float" and _operand(y).type == INT and x.op != "float":
            return x, _operand(y)
    return x, y


def sub(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    x, y = args
    plain = _two_floats(x, y)
    if not plain:
        x, y = _plain_scalars(b, *_floats(b, x, y))
    if _numbers(x, y):
        return b.const(x.constant - y.constant)
    if y.op == "const" and x.type is FLOAT and _exactly(y, "0.0"):
        return x
    if x.type is y.type is INT:
        return x if y.is_const(0) else b.add(x, _operand(y)) if _is_neg(y) else None
    if not b.relaxed:
        return b.op("sub", x, y) if (x, y) != args else None
    x, y = _bare(b, x, y)
    if plain or _real(x, y):
        if x.op == "const" and x.is_const(0):
            return b.neg(b.to_float(y))
        if y.op == "const" and y.is_const(0):
            return b.to_float(x)
        if y.op == "neg":
            return b.add(x, _operand(y))
        like = _like_terms(b, x, y, -1.0)
        if like is not None:
            return like
    return b.op("sub", x, y) if (x, y) != args else None


# What a product can be simplified by.
_FACTORS = ("const", "neg", "float", "scalar", "div", "expand_dims")
_MULTIPLES = ("mul", "neg")  # what may be a multiple of another value


def mul(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    x, y = args
    if x.op not in _FACTORS and y.op not in _FACTORS:
        return None
    if not _two_floats(x, y):
        x, y = _plain_scalars(b, *_floats(b, x, y))
    if _numbers(x, y):
        return b.const(x.constant * y.constant)
    other = _times_one(b, x, y) if x.op == "const" or y.op == "const" else None
    if other is not None:
        return other
    x, y = _bare(b, x, y)
    if b.relaxed and _real(x, y):
        if y.is_const() and not x.is_const():
            x, y = y, x  # 2.0*x, as one writes it
        folded = _mul_sign(b, x, y)
        if folded is not None:
            return folded
        if _plain(x):
            scaled = _scale(b, x.constant, y)
            if scaled is not None:
                return scaled
        cancelled = _cancelled(b, x, y) or _cancelled(b, y, x)
        if cancelled is not None:
            return cancelled
    return b.op("mul", x, y) if (x, y) != args else None


def _times_one(b: Builder, x: Value, y: Value) -> Value | None:
    """The other factor of a product with one, exactly."""
    for one, other in ((x, y), (y, x)):
        if one.op != "const":
            continue
        if _exactly(one, "1.0") and other.type == FLOAT:
            return other
        if x.type == y.type == INT and one.is_const(1):
            return other
        if x.type == y.type == INT and one.is_const(-1):
            return b.neg(other)
    return None


def _coefficient(v: Value) -> tuple[float, Value]:
    """``v`` as a constant times a value."""
    if v.op == "neg":
        c, u = _coefficient(_operand(v))
        return -c, u
    if v.op == "mul" and v.stmt is not None:
        first = v.stmt.args[0]
        if first.op == "const" and _plain(first):
            return float(first.constant), v.stmt.args[1]
    return 1.0, v


def _like_terms(b: Builder, x: Value, y: Value, sign: float) -> Value | None:
    """``t + t`` is ``2*t``; ``3*t - t`` likewise; ``(a - t) - t`` is ``a - 2*t``."""
    if x.op in ("add", "sub") and x.stmt is not None and y.op != "add":
        a, t = x.stmt.args
        inner = _like(b, t, y, sign if x.op == "add" else -sign)
        if inner is not None:
            return b.op(x.op, a, inner)
    return _like(b, x, y, sign)


def _like(b: Builder, x: Value, y: Value, sign: float) -> Value | None:
    """``x + sign*y`` as one product where both are multiples of the same product."""
    if x.type is not FLOAT or y.type is not FLOAT:
        if x.type != y.type or not _floating(x):
            return None
    elif x is not y and x.op not in _MULTIPLES and y.op not in _MULTIPLES:
        return None
    (p, u), (q, v) = _coefficient(x), _coefficient(y)
    if u is not v:
        if x.op != "mul" or x.type is not FLOAT:
            return None
        p, us = _monomial(x)
        q, vs = _monomial(y)
        if not us or us[:1] == [x] or sorted(map(id, us)) != sorted(map(id, vs)):
            return None
        u = y if _coefficient(y)[0] == q == 1.0 else _product(b, us)
    total = p + sign * q
    if total == 1.0 and x.type != FLOAT and u.type == x.type:
        return u
    return b.mul(b.const(total), u) if total not in (0.0, 1.0) else None


def _monomial(v: Value) -> tuple[float, list[Value]]:
    """A product as its constant and its other factors (at most eight)."""
    coefficient, rest = 1.0, [v]
    factors: list[Value] = []
    while rest:
        one = rest.pop()
        if one.op == "mul" and one.stmt is not None and len(factors) + len(rest) < 8:
            rest += one.stmt.args[::-1]
        elif one.op == "const" and _plain(one):
            coefficient *= one.constant
        else:
            factors.append(one)
    return coefficient, factors


def _product(b: Builder, factors: list[Value]) -> Value:
    product = factors[0]
    for factor in factors[1:]:
        product = b.mul(product, factor)
    return product


def _scale(b: Builder, c: float, y: Value) -> Value | None:
    """``c*(d*u)`` is ``(c*d)*u``, also where ``d*u`` is the first factor of a product."""
    if _known_scalar(y) and _plain(_operand(y)):
        return b.op("scalar", b.const(c * _operand(y).constant), dtype=dtype_of(y.type))
    d, u = _coefficient(y)
    if u is not y:
        return b.mul(b.const(c * d), u)
    if y.op == "expand_dims" and y.stmt is not None:
        d, u = _coefficient(y.stmt.args[0])
        if u is not y.stmt.args[0]:
            return b.mul(b.const(c * d), b.op("expand_dims", u, **y.stmt.attrs))
    if _is_share(y) and y.block is b.block:
        assert y.stmt is not None
        return b.div(b.const(c * y.stmt.args[0].constant), y.stmt.args[1])
    if y.op == "mul" and y.stmt is not None:
        first, second = y.stmt.args
        d, u = _coefficient(first)
        if u is not first:
            return b.mul(b.mul(b.const(c * d), u), second)
        if _is_share(first) and first.block is b.block:
            return b.mul(b.mul(b.const(c), first), second)
    return None


def _is_share(v: Value) -> bool:
    """Whether it is a constant by a number of elements: ``2.0/n``, as one writes a mean."""
    return v.op == "div" and v.stmt is not None and _plain(v.stmt.args[0]) and _is_count(
        v.stmt.args[1]
    )


def _is_count(v: Value) -> bool:
    """Whether an int is a size, or a product of sizes."""
    if v.op in ("shape_of", "size", "len"):
        return True
    return v.op == "mul" and v.stmt is not None and all(map(_is_count, v.stmt.args))


def _cancelled(b: Builder, x: Value, y: Value) -> Value | None:
    """A product with a quotient, of which something cancels: ``a/(c*v)*c``, ``1.0/n*v``."""
    if x.op == "expand_dims" and x.stmt is not None and dims_of(y.type):
        inner = x.stmt.args[0]
        share = inner.stmt is not None and inner.op == "div" and _exactly(inner.stmt.args[0], "1.0")
        if share and inner.stmt.origin.role != "primal":  # type: ignore[union-attr]
            total = inner.stmt.args[1]  # type: ignore[union-attr]
            return b.div(y, b.op("expand_dims", total, **x.stmt.attrs))
    if x.op != "div" or x.stmt is None:
        return None
    above, below = x.stmt.args
    ours = x.block is b.block and x.stmt.origin.role != "primal" and not dims_of(x.type)
    if ours and _exactly(above, "1.0") and (_is_count(below) or dims_of(y.type)):
        return b.div(y, below)
    if below.op == "mul" and below.stmt is not None and _is_nonzero(y):
        for one, other in (below.stmt.args, below.stmt.args[::-1]):
            if one is y:
                return b.div(above, other)
    return None


def _is_nonzero(v: Value) -> bool:
    """Whether it is made of constants other than zero: ``2.0*math.pi``."""
    if v.op == "const":
        return is_finite_const(v) and v.constant != 0
    return v.op == "mul" and v.stmt is not None and all(map(_is_nonzero, v.stmt.args))


def _mul_sign(b: Builder, x: Value, y: Value) -> Value | None:
    """Factors of one and signs: a product's sign stands before it."""
    for one, other in ((x, y), (y, x)):
        if one.op not in ("const", "neg"):
            continue
        if one.is_const(0) and other.type == FLOAT and _plain(one):
            return b.const(0.0)
        if one.is_const(1):
            return b.to_float(other)
        if one.is_const(-1):
            return b.neg(b.to_float(other))
        if one.op == "neg":
            inner = _operand(one)
            return b.neg(b.mul(inner, other) if one is x else b.mul(other, inner))
        if _plain(one) and one.constant < 0:
            return b.neg(b.mul(b.const(-one.constant), other))
    return None


def div(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    x, y = args
    if not _two_floats(x, y):
        x, y = _plain_scalars(b, *_floats(b, x, y))
    if y.op == "const" and x.type is FLOAT and _exactly(y, "1.0"):
        return x
    if b.relaxed:
        if x.op == "const" and _plain(x) and x.constant == 0 and y.type is FLOAT:
            return b.const(0.0)
        if x.op == "float" and _operand(x).type is INT and _floating(y):
            return b.op("div", _operand(x), y)
        if x.op == "neg" and (x.type is FLOAT or _floating(x)):
            return b.neg(b.div(_operand(x), y))
        if y.op != "const":
            return b.op("div", x, y) if (x, y) != args else None
        if _plain(y) and x.op == "mul" and y.constant != 0 and _plain(x.stmt.args[0]):  # type: ignore[union-attr]
            scale = x.stmt.args[0].constant / y.constant  # type: ignore[union-attr]
            if scale * y.constant == x.stmt.args[0].constant:  # type: ignore[union-attr]
                return b.mul(b.const(scale), x.stmt.args[1])  # type: ignore[union-attr]
        if _plain(x) and _plain(y) and y.constant != 0:
            return b.const(x.constant / y.constant)
    return b.op("div", x, y) if (x, y) != args else None


def neg(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (x,) = args
    if x.is_const() and not x.stmt.attrs["spelling"] and x.type in (INT, FLOAT):  # type: ignore[union-attr]
        return b.const(-x.constant)
    if _is_neg(x) and _operand(x).type == x.type:
        return _operand(x)
    if not b.relaxed or x.stmt is None:
        return None
    if x.op == "sub" and (x.type == FLOAT or is_array(x.type)):
        return b.sub(x.stmt.args[1], x.stmt.args[0])
    return None


def pow_(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    x, p = args
    if is_array(x.type):
        return _pow_of_array(b, x, p)
    if x.type == FLOAT and p.is_const() and not p.stmt.attrs["spelling"]:  # type: ignore[union-attr]
        n = p.constant
        if isinstance(n, float) and n.is_integer() and abs(n) < 2**31:
            # the same power; an integer exponent takes negative bases
            return b.op("pow", x, b.const(int(n)))
        if n == 1:
            return x
        if n == 0:
            return b.const(1.0)
        if b.relaxed and n in (2, 3):
            return b.mul(x, x) if n == 2 else b.mul(b.mul(x, x), x)
    if _ints(x, p) and 0 <= p.constant <= 64 and abs(x.constant) <= 64:
        return b.const(x.constant**p.constant)
    return None


def _pow_of_array(b: Builder, x: Value, p: Value) -> Value | None:
    """A whole power is that of an int; a first one is the array itself."""
    if not is_differentiable(x.type) or not p.is_const():
        return None
    n = p.constant
    if isinstance(n, float) and n.is_integer() and abs(n) < 2**31:
        return b.op("pow", x, b.const(int(n)))
    return x if n == 1 and b.relaxed else None


def float_(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (x,) = args
    if x.type == FLOAT:
        return x
    return b.const(float(x.constant)) if _ints(x) else None


def int_(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (x,) = args
    if x.type == INT:
        return x
    return b.const(int(x.constant)) if _ints(x) else None


def pos(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (x,) = args
    return x if x.type in (INT, FLOAT) else None


def bool_(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (x,) = args
    if x.type == BOOL:
        return x
    return b.const(bool(x.constant)) if x.is_const() else None


def not_(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (x,) = args
    if x.is_const():
        return b.const(not x.constant)
    return _operand(x) if x.op == "not" else None


def inf_times(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (g,) = args
    if g.is_const() and isinstance(g.constant, float):
        if g.constant == 0:
            return b.const(0.0)
        sign = "" if g.constant > 0 else "-"
        return b.const(float("inf") if not sign else float("-inf"), f"{sign}math.inf")
    return None


def floor_div(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    x, y = args
    return b.const(x.constant // y.constant) if _ints(x, y) and y.constant else None


def remainder(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    x, y = args
    return b.const(x.constant % y.constant) if _ints(x, y) and y.constant else None


def comparison(name: str) -> Any:
    """Fold a comparison of two int constants, and of a float with an int literal to floats."""
    decide = getattr(operator, name)

    def fold(b: Builder, args: Args, attrs: Attrs) -> Value | None:
        if all(a.is_const() for a in args) and len({a.type for a in args}) == 1:
            return b.const(bool(decide(args[0].constant, args[1].constant)))
        x, y = args
        if x.type in (INT, FLOAT, BOOL) and y.type in (INT, FLOAT, BOOL):
            x, y = _whole(b, *_floats(b, x, y))
        return b.op(name, x, y) if (x, y) != args else None

    return fold


def _whole(b: Builder, x: Value, y: Value) -> tuple[Value, Value]:
    """A whole float literal beside an int is an int: Python compares the two exactly."""
    if x.type == INT and _plain(y) and y.type == FLOAT and y.constant.is_integer():
        return x, b.const(int(y.constant))
    if y.type == INT and _plain(x) and x.type == FLOAT and x.constant.is_integer():
        return b.const(int(x.constant)), y
    return x, y


def getitem(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    xs, *path = args
    if len(path) == 1 and xs.op == "make_list" and path[0].is_const() and xs.stmt is not None:
        items, at = xs.stmt.args, path[0].constant
        if -len(items) <= at < len(items):
            return items[at] if items[at].type == xs.type.elem else None  # type: ignore[attr-defined]
    if b.relaxed and xs.op == "list_fill" and len(path) == 1 and xs.stmt is not None:
        return xs.stmt.args[1]
    if xs.op == "getitem" and xs.stmt is not None and xs.stmt.origin.role != "tape":
        return b.op("getitem", *xs.stmt.args, *path)
    return None


def length(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    xs, appended = args[0], 0
    stmt = xs.stmt
    while stmt is not None and stmt.op.name in _AS_LONG:  # one after another, maybe thousands
        appended += stmt.op.name == "append"
        xs = stmt.args[0]
        stmt = xs.stmt
    found = _own_length(b, xs)
    if xs is args[0]:
        return found
    found = found if found is not None else b.op("len", xs)
    for _ in range(appended):
        found = b.op("add", found, b.const(1))
    return found


_AS_LONG = ("set_at", "list_copy", "add_at", "zeros_like", "append")  # ... as their operand


def _own_length(b: Builder, xs: Value) -> Value | None:
    """The length of a list where it is known from how the list was made."""
    stmt = xs.stmt
    if stmt is None:
        return None
    if stmt.op.name == "make_list":
        return b.const(len(stmt.args))
    if stmt.op.name == "list_fill":
        return stmt.args[0] if stmt.args[0].is_const() else None
    if stmt.op.name in ("for", "while") and xs.index >= stmt.attrs["carries"]:
        return stmt.results[-2]  # a collected list is as long as the loop ran
    return None


def tuple_get(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    (t,) = args
    if t.op == "make_tuple" and t.stmt is not None:
        return t.stmt.args[attrs["index"]]
    return None


def add_lists(b: Builder, args: Args, attrs: Attrs) -> Value | None:
    for one, other in (args, args[::-1]):
        if one.op == "zeros_like":
            return other
    return None
