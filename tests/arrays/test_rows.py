"""Every row on arrays: each argument kind, axis and layout, forward and reverse, first and second
order, against differences. The default run takes one variant of each line, ``-m slow`` all."""

from __future__ import annotations

import copy
import inspect
import re
import sys
import warnings
import zlib
from typing import Any

import numpy as np
import pytest

import symdiff
from symdiff import driver
from symdiff.errors import SymdiffError
from symdiff.frontend.array_calls import FUNCTIONS, METHODS
from symdiff.ir.walk import statements
from symdiff.ops.table import OPS
from tests.arrays import differences, formulas, linear_algebra, sciences, shape_programs
from tests.arrays.programs import PROGRAMS
from tests.arrays.rows import LINES, Line, laid_out, numbers, program, value

# NumPy 2.5 deprecates the function, which programs still use
pytestmark = pytest.mark.filterwarnings("ignore:numpy.fix is deprecated:DeprecationWarning")

Variant = tuple[tuple[str, ...], str, str]


def sampled(line: Line) -> Variant:
    """One variant of a line, another for each: the first is what most texts are written for."""
    variants = list(line.variants())
    return variants[zlib.crc32(line.text.encode()) % len(variants)]


def case(variant: Variant) -> Any:
    kinds, text, layout = variant
    return pytest.param(variant, id=f"{text} [{' '.join(kinds)}] {layout}".strip())


def weights(result: Any) -> Any:
    if not np.ndim(result):
        return 0.7
    return np.cos(np.arange(float(np.size(result))) + 1).reshape(np.shape(result))


def direction(x: Any) -> Any:
    return 0.1 * np.sin(np.arange(float(np.size(x))) + 2).reshape(np.shape(x)).astype(
        np.asarray(x).dtype) if isinstance(x, np.ndarray) else 0.3


def check(variant: Variant, *, second: bool = True) -> None:
    kinds, text, layout = variant
    plain = tuple(numbers(kind, 7 + k) for k, kind in enumerate(kinds))
    args = tuple(laid_out(x, layout) for x in plain)
    argnums = tuple(range(len(args)))
    f = program(text, len(args))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # NumPy's own, of what is empty
        try:
            w = weights(value(text, plain))
        except (ValueError, IndexError) as err:  # of NumPy: so does the derivative
            with pytest.raises((type(err), SymdiffError)):
                symdiff.grad(f, argnums)(*args, 1.0)
            return
        if layout == "float32":
            w = w if isinstance(w, float) else w.astype(np.float32)
            check_float32(f, args, plain, w, argnums)
            return
        expected = differences.jacobian(f, (*plain, w), argnums).ravel()
        g = symdiff.grad(f, argnums)
        found = g(*copy.deepcopy(args), w)
        for x, d in zip(args, found, strict=True):
            assert np.shape(d) == np.shape(x)
            assert np.asarray(d).dtype == np.float64
        np.testing.assert_allclose(differences.flat(found), expected, rtol=2e-6, atol=2e-7)
        check_forward(f, args, w, expected)
        if not layout and second:
            check_second(f, g, args, w)


def check_float32(f: Any, args: Any, plain: Any, w: Any, argnums: Any) -> None:
    found = symdiff.grad(f, argnums)(*args, w)
    exact = symdiff.grad(f, argnums)(*plain, w if isinstance(w, float) else w.astype(float))
    for x, d in zip(args, found, strict=True):
        assert np.asarray(d).dtype == np.asarray(x).dtype
    scale = 1 + np.abs(differences.flat(exact)).max(initial=0.0)
    np.testing.assert_allclose(differences.flat(found), differences.flat(exact), atol=2e-3 * scale)


def check_forward(f: Any, args: Any, w: Any, expected: Any) -> None:
    v = tuple(map(direction, args))
    out, dot = symdiff.jvp(f, (*args, w), (*v, 0.0 if isinstance(w, float) else np.zeros_like(w)))
    if np.isnan(out):  # the mean of nothing
        return
    assert float(dot) == pytest.approx(float(expected @ differences.flat(v)), rel=1e-5, abs=1e-7)


def check_second(f: Any, g: Any, args: Any, w: Any) -> None:
    v = tuple(map(direction, args))

    def gradient_at(t: float) -> np.ndarray:
        return differences.flat(g(*(x + t * d for x, d in zip(args, v, strict=True)), w))

    h = 1e-4
    a = (gradient_at(h) - gradient_at(-h)) / (2 * h)
    b = (gradient_at(h / 2) - gradient_at(-h / 2)) / h
    found = symdiff.hvp(f, tuple(range(len(args))))(*args, w, v)
    np.testing.assert_allclose(differences.flat(found), (4 * b - a) / 3, rtol=2e-5, atol=2e-6)


@pytest.fixture(autouse=True)
def recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which rows the compiled programs are made of."""
    verify = driver.verify

    def keep(graph: Any, name: str) -> None:
        SEEN.update(s.op.name for s in statements(graph.body))
        verify(graph, name)

    monkeypatch.setattr(driver, "verify", keep)


SEEN: set[str] = set()
assert linear_algebra.PROGRAMS is shape_programs.PROGRAMS is PROGRAMS
assert formulas.LINES is sciences.LINES is LINES
DONE: set[str] = set()  # texts whose rows have been seen


@pytest.mark.parametrize(
    ("line", "variant"), [pytest.param(line, *case(sampled(line)).values, id=case(sampled(line)).id)
                          for line in LINES])
def test_one_variant(line: Line, variant: Variant) -> None:
    check(variant, second=line.second)
    kinds, _, layout = variant
    if not layout and not any("0" in k for k in kinds):
        DONE.add(line.text)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "variant"), [pytest.param(line, *case(v).values, id=case(v).id)
                          for line in LINES for v in line.variants()])
def test_every_variant(line: Line, variant: Variant) -> None:
    check(variant, second=line.second)


# -- no row without a line -------------------------------------------------------------------------

# made by Jacobians, lists, loops and passes, which have tests of their own
ELSEWHERE = frozenset(("one_hot", "stack_rows", "from_list", "to_list", "known", "unbroadcast",
                       "slice_size", "size", "update",
                       "last_writes", "draw", "generator", "seed",
                       "unbroadcast_like"))
REFUSED = frozenset(("numpy.linalg.eig", "numpy.linalg.eigvals", "scipy.linalg.pinv",
                     "numpy.trapz", "numpy.in1d", "numpy.row_stack"))  # gone by now


def test_every_row_has_a_line() -> None:
    for line in LINES:
        if line.text in DONE:
            continue
        kinds, text, _ = next(line.variants())
        args = tuple(numbers(kind, 7 + k) for k, kind in enumerate(kinds))
        f = program(text, len(args), "row")  # another file: compiled anew
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            w = weights(value(text, args))
            v = tuple(map(direction, args))
            argnums = tuple(range(len(args)))
            if line.second:
                symdiff.hvp(f, argnums)(*args, w, v)
            else:
                symdiff.jvp(f, (*args, w), (*v, np.zeros_like(w)))
    rows = {s.name for s in OPS if "array" in s.tags}
    assert rows - SEEN - ELSEWHERE == set()


def test_every_function_has_a_line() -> None:
    texts = "\n".join(line.text for line in LINES)
    texts += "".join(inspect.getsource(p.f) for p in PROGRAMS)  # several arrays, or changed ones
    short = {"numpy": "np", "scipy.linalg": "sl", "scipy.special": "sp", "scipy.signal": "sg",
             "scipy.sparse": "ss", "scipy.ndimage": "ni", "scipy.spatial.distance": "sd",
             "scipy.stats": "st", "scipy.fft": "sf"}
    missing = []
    for dotted in FUNCTIONS:
        module, _, name = dotted.rpartition(".")
        if module == "numpy.ndarray" or dotted in REFUSED:
            continue
        where = short.get(module) or module.replace("numpy", "np")
        exists = hasattr(sys.modules.get(module), name)  # in this version of NumPy
        if exists and not re.search(rf"\b{re.escape(where)}\.{name}\(", texts):
            missing.append(dotted)
    assert missing == []
    methods = [m for m in METHODS if not re.search(rf"\.{m}\(", texts)]
    assert methods == []
