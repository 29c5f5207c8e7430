"""Random numbers: draws from NumPy's global state, or from a generator that the function makes.

They are data. The text draws where the function does, in its order, so that the stream is that of
the function; derivatives use the numbers that were drawn."""

from __future__ import annotations

import ast
import sys
from typing import Any

from symdiff.errors import UnsupportedCall
from symdiff.frontend import arrays, storage
from symdiff.frontend.array_calls import ArrayCall, static_value
from symdiff.frontend.array_functions import sizes_of
from symdiff.frontend.array_makers import array_of_any
from symdiff.frontend.context import Lowering
from symdiff.frontend.values import NONE_CONST, Abstract, Array, Obj, Ref, Struct
from symdiff.ir.core import Value
from symdiff.ir.types import FLOAT, INT, Type, array_of
from symdiff.ops.array_shapes import letters, size_along
from symdiff.ops.array_types import broadcast, dims_of

# what is drawn: the parameters before ``size``, in NumPy's order, and whether the numbers are whole
FLOATS = {
    "normal": "loc scale", "uniform": "low high", "standard_normal": "", "random": "",
    "random_sample": "", "exponential": "scale", "standard_exponential": "", "gamma": "shape scale",
    "standard_gamma": "shape", "beta": "a b", "laplace": "loc scale", "logistic": "loc scale",
    "lognormal": "mean sigma", "standard_t": "df", "standard_cauchy": "", "chisquare": "df",
    "weibull": "a", "pareto": "a", "gumbel": "loc scale", "rayleigh": "scale", "power": "a",
    "triangular": "left mode right", "vonmises": "mu kappa", "wald": "mean scale",
    "f": "dfnum dfden",
}  # fmt: skip
WHOLE = {
    "poisson": "lam", "binomial": "n p", "geometric": "p", "negative_binomial": "n p",
    "randint": "low high", "integers": "low high", "hypergeometric": "ngood nbad nsample",
    "logseries": "p", "zipf": "a",
}  # fmt: skip
BY_SIZES = {"rand": "random", "randn": "standard_normal"}
_OPTIONS = ("endpoint", "replace", "shuffle", "method")  # literals that go into the text


def owned(lo: Lowering, f: Any, node: ast.AST) -> str:
    """How the text calls a function of ``numpy.random``; "" for another. A generator that is made
    outside is refused."""
    random = sys.modules["numpy"].random
    owner = getattr(f, "__self__", None)
    name = getattr(f, "__name__", "")
    if owner is random.mtrand._rand and getattr(random, name, None) is not None:
        return f"np.random.{name}"
    kinds = (random.Generator, random.RandomState)
    if isinstance(owner, kinds):
        lo.fail(
            UnsupportedCall,
            node,
            "a generator of random numbers that is made outside of the function is not used",
            "the derivative, as a text of its own, could not name it",
            "make it inside, rng = np.random.default_rng(seed), or pass the numbers",
        )
    if any(f is known for known in (random.default_rng, random.RandomState, random.seed)):
        return f"np.random.{name}"
    return ""


def call(
    lo: Lowering, f: Any, args: list[Abstract], kwargs: dict[str, Abstract], node: ast.AST
) -> Abstract | None:
    """A call of one of ``numpy.random``'s; None for other functions."""
    spelled = owned(lo, f, node)
    if not spelled:
        return None
    name = spelled.rpartition(".")[2]
    if name in ("default_rng", "RandomState"):
        return _made(lo, spelled, [*args, *kwargs.values()], node)
    return drawn(lo, spelled, [], name, args, kwargs, node)


def method(
    lo: Lowering,
    owner: Value,
    name: str,
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
) -> Abstract:
    """``rng.normal(...)``."""
    return drawn(lo, f"_0.{name}", [owner], name, args, kwargs, node)


def _made(lo: Lowering, spelled: str, seeds: list[Abstract], node: ast.AST) -> Abstract:
    operands = [arrays.value_of(lo, s, node) for s in seeds if s != NONE_CONST]
    names = ", ".join(f"_{k}" for k in range(len(operands)))
    return lo.builder.op("generator", *operands, template=f"{spelled}({names})")


def drawn(
    lo: Lowering,
    spelled: str,
    operands: list[Value],
    name: str,
    args: list[Abstract],
    kwargs: dict[str, Abstract],
    node: ast.AST,
) -> Abstract:
    """One draw: ``operands`` has the generator, if there is one."""
    made = Draw(ArrayCall(lo, spelled.replace("_0.", "rng."), node, {}), spelled, list(operands))
    if name == "seed":
        for x in (*args, *kwargs.values()):
            made.argument("seed", x, True)
        lo.builder.op("seed", *made.operands, template=f"{spelled}({', '.join(made.words)})")
        return NONE_CONST
    if name in BY_SIZES:
        each = [v for x in args for v in sizes_of(made.call, x)]
        return made.finished("f64", each if each else None, starred=True)
    if name == "permutation":
        return made.permutation(args[0])
    if name == "choice":
        return made.choice(args, kwargs)
    parameters = FLOATS.get(name, WHOLE.get(name))
    if parameters is None:
        made.call.fail(f"{made.call.name}() is not supported", "it is no draw that is known",
                       f"draw by one of {', '.join(sorted(FLOATS)[:6])}, ... or choice")
    assert parameters is not None
    names = [*parameters.split(), "size"]
    if len(args) > len(names):
        made.call.fail(f"{made.call.name}() takes at most {len(names)} arguments here")
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    size = given.pop("size", NONE_CONST)
    for key, x in given.items():
        made.argument(key, x, key in names[: len(args)])
    sizes = None if size == NONE_CONST else sizes_of(made.call, size)
    return made.finished("f64" if name in FLOATS else "int", sizes)


class Draw:
    """The call as the text has it, argument after argument."""

    def __init__(self, call: ArrayCall, spelled: str, operands: list[Value]) -> None:
        self.call, self.spelled, self.operands = call, spelled, operands
        self.words: list[str] = []
        self.parameters: list[Value] = []

    def argument(self, key: str, x: Abstract, positional: bool) -> None:
        if x == NONE_CONST:
            shown = "None"
        elif key in _OPTIONS:
            known = static_value(x, self.call.lo)
            if not isinstance(known, (bool, int, str)):
                self.call.fail(f"{self.call.name}() needs a literal {key}")
            shown = repr(known)
        elif key in ("dtype", "axis", "out"):
            return self.call.fail(f"{self.call.name}() with {key}= is not supported", "",  # type: ignore[no-any-return]
                                  "leave it out")
        else:
            value = array_of_any(self.call, x)
            shown = f"_{len(self.operands)}"
            self.operands.append(value)
            self.parameters.append(value)
        self.words.append(shown if positional else f"{key}={shown}")
        return None

    def finished(self, dtype: str, sizes: list[Value] | None, starred: bool = False) -> Abstract:
        """The draw itself, with a note that it is data."""
        lo = self.call.lo
        at: tuple[int, ...] = ()
        if sizes is not None:
            at = tuple(range(len(self.operands), len(self.operands) + len(sizes)))
            self.operands += sizes
            names = [f"_{k}" for k in at]
            whole = names[0] if len(names) == 1 else f"({', '.join(names)})"
            self.words += names if starred else [f"size={whole}"]
            type_: Type = array_of(dtype, letters(sizes))
        else:
            dims = broadcast(map(dims_of, (v.type for v in self.parameters)))
            type_ = array_of(dtype, dims) if dims else FLOAT if dtype == "f64" else INT
        template = f"{self.spelled}({', '.join(self.words)})"
        noted(self.call, self.call.node)
        value = lo.builder.op("draw", *self.operands, type=type_, template=template, sizes=at)
        return storage.fresh(lo, value)

    def permutation(self, x: Abstract) -> Abstract:
        """Of a number, or of the places of an array."""
        b = self.call.lo.builder
        if not isinstance(x, (Array, Ref, Struct, Obj)):
            n = arrays.as_int(self.call.lo, arrays.value_of(self.call.lo, x, self.call.node))
            return self.places(n, [n])
        rows = array_of_any(self.call, x)
        n = size_along(b, rows, 0)
        at = arrays.value_of(self.call.lo, self.places(n, [n]), self.call.node)
        return self.call.op("index", rows, at, spec=("a",))

    def places(self, n: Value, sizes: list[Value]) -> Abstract:
        """Whole numbers below ``n``."""
        self.operands.append(n)
        self.words.append(f"_{len(self.operands) - 1}")
        lo = self.call.lo
        noted(self.call, self.call.node)
        value = lo.builder.op("draw", *self.operands, type=array_of("int", letters(sizes)),
                              template=f"{self.spelled}({', '.join(self.words)})",
                              sizes=(len(self.operands) - 1,))
        return storage.fresh(lo, value)

    def choice(self, args: list[Abstract], kwargs: dict[str, Abstract]) -> Abstract:
        """Places are drawn, and what stands there is read: elements move with the array."""
        lo, b = self.call.lo, self.call.lo.builder
        given = {**dict(zip(("a", "size", "replace", "p"), args, strict=False)), **kwargs}
        pool, size = given.pop("a"), given.pop("size", NONE_CONST)
        rows: Value | None = None
        if isinstance(pool, (Array, Ref, Struct, Obj)):
            rows = array_of_any(self.call, pool)
            n = size_along(b, rows, 0)
        else:
            n = arrays.as_int(lo, arrays.value_of(lo, pool, self.call.node))
        self.argument("a", n, True)
        self.parameters.clear()
        for key, x in given.items():
            self.argument(key, x, False)
        self.parameters.clear()
        sizes = None if size == NONE_CONST else sizes_of(self.call, size)
        at = self.finished("int", sizes)
        if rows is None:
            return at
        place = arrays.value_of(lo, at, self.call.node)
        return self.call.op("index", rows, place, spec=("a" if dims_of(place.type) else "i",))


def noted(call: ArrayCall, node: ast.AST) -> None:
    """Say once that a draw is data."""
    if id(node) not in call.lo.noted:
        call.lo.noted.add(id(node))
        line = getattr(node, "lineno", 0)
        call.lo.graph.notes.append(f"{call.name} (L{line}) is drawn once, and is data")

