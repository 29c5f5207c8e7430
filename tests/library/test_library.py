"""The shipped library: every entry is proved again, holds its measures, and is found in what people
write; a file from elsewhere is data and no more."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

import symdiff
from symdiff.discovery.certify import certified, shape_of
from symdiff.discovery.proof import proved
from symdiff.driver import Request, compile
from symdiff.errors import SymdiffWarning
from symdiff.folder import VARIABLE, cache_folder
from symdiff.frontend.capture import capture
from symdiff.ir.interp import run
from symdiff.ir.types import FLOAT
from symdiff.ir.walk import statements
from symdiff.library import shelf
from symdiff.library.catalogue import SHAPES
from symdiff.library.entries import (
    Entry,
    Measure,
    NotAnEntry,
    form_graph,
    from_data,
    graph_of,
    to_data,
)
from symdiff.library.shelf import PACKAGE, Book, Shelf, books, kept, written
from symdiff.ops.table import OPS
from symdiff.options import Options
from symdiff.passes.cover import cover
from symdiff.passes.dce import dce
from symdiff.passes.fuse import fuse
from symdiff.records import replace

BOOKS = books(PACKAGE)
ENTRIES = [book.opened() for book in BOOKS]
POINT = (0.3, 0.7, 0.4)
each = pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.name)


def test_the_library_is_that_of_the_catalogue() -> None:
    assert [e.name for e in ENTRIES] == [s.name for s in SHAPES]
    assert len(ENTRIES) >= 60
    for entry, shape in zip(ENTRIES, SHAPES, strict=True):
        assert entry.forms == (shape.form, *shape.others)


@pytest.mark.parametrize("book", BOOKS, ids=lambda b: b.opened().name)
def test_every_entry_is_proved(book: Book) -> None:
    assert certified(book.opened(), book.shapes) == book.opened().proof


OTHERWISE = [e for e in ENTRIES if not e.proof.startswith("normal form")]


@pytest.mark.parametrize("entry", OTHERWISE, ids=lambda e: e.name)
def test_no_series_or_saturation_is_certified_with_another_constant(entry: Entry) -> None:
    """Nor under the shape of something else; whatever its proof is said to be."""
    shapes = [s for s in (shape_of(f, entry.params) for f in entry.forms) if s]
    for k in range(len(entry.partials)):
        wrong = [f"1.0625*({f})" if j == k else f for j, f in enumerate(entry.partials)]
        assert not certified(replace(entry, partials=tuple(wrong)), shapes)
    assert not certified(replace(entry, value=f"({entry.value}) + 1e-7"), shapes)
    assert not certified(entry, [*shapes, "cos({0})*{0}".format(entry.params[0])])


@each
def test_no_entry_is_proved_with_a_wrong_constant(entry: Entry) -> None:
    """The proof is about these formulas: half of a partial, or a value and a bit, is none."""
    outputs = [entry.value, *entry.partials]
    for k in range(len(outputs)):
        wrong = [f"1.0625*({f})" if j == k else f for j, f in enumerate(outputs)]
        assert not proved(entry.forms[0], entry.params, entry.lets, wrong)


@each
def test_every_form_is_found(entry: Entry) -> None:
    """As one gate; checks of the domain of what it covers may stand before it."""
    checks = {"const", "undef", "eq", "le", "lt", "if", "raise"}
    for form in entry.forms:
        graph = dce(cover(fuse(form_graph(form, entry.params)), "whole"))
        names = [s.op.name for s in statements(graph.body) if s.op.name not in checks]
        assert len(names) == 1 and "library" in OPS[names[0]].tags, (form, names)


@each
def test_value_and_partials_are_those_of_the_form(entry: Entry) -> None:
    """By differences of the form, which know no rule."""
    point = list(POINT[: len(entry.params)])
    value, *partials = run(graph_of(entry), *point)
    form = form_graph(entry.forms[0], entry.params)
    assert value == pytest.approx(run(form, *point)[0], rel=1e-13)
    for k, found in enumerate(partials):
        h = 1e-5
        sides = [
            run(form, *(x + s * h * (j == k) for j, x in enumerate(point)))[0] for s in (1, -1)
        ]
        assert found == pytest.approx((sides[0] - sides[1]) / (2 * h), rel=1e-6, abs=1e-8)


@each
def test_what_auto_takes_is_no_worse(entry: Entry) -> None:
    gate = entry.measures["gate"]
    for measure in (entry.measures["fine"], entry.measures["fused"]):
        if not entry.gain:
            continue
        assert gate.bad <= measure.bad and gate.worst <= max(1.1 * measure.worst, 4e-15)
        if entry.gain == "operations":
            assert gate.operations <= measure.operations and gate.cost <= 1.03 * measure.cost
        else:
            assert gate.bad < measure.bad or gate.worst < measure.worst / 10


# -- in use ----------------------------------------------------------------------------------------


def cross_entropy(w, x, t):
    p = 1 / (1 + math.exp(-w * x))
    return -(t * math.log(p) + (1 - t) * math.log(1 - p))


def test_a_cross_entropy_is_one_gate() -> None:
    g = symdiff.grad(cross_entropy, (0, 1, 2))
    assert g(2.0, -400.0, 1.0) == (400.0, -2.0, 800.0)
    assert "math.log" not in g.source


def sinc(x):
    return math.sin(x) / x


def test_a_removable_singularity_has_its_value() -> None:
    assert symdiff.value_and_grad(sinc)(0.0) == (1.0, 0.0)
    for exact in ({"strict": True}, {"granularity": "fine"}):
        with pytest.raises(ZeroDivisionError):
            symdiff.value_and_grad(sinc, **exact)(0.0)


def test_a_part_that_is_read_elsewhere_is_no_gate() -> None:
    def f(x):
        u = 1 + abs(x)
        return x / u + u

    assert "softsign" not in symdiff.grad(f).source


def test_strict_recognises_nothing_and_keeps_every_bit() -> None:
    def f(x, y):
        return 1 / (1 + math.exp(-x)) + (x * y) ** 3 / (1 + abs(y)) + math.log(1 + math.exp(y))

    g = symdiff.value_and_grad(f, (0, 1), strict=True)
    assert "Recognised" not in g.source and "strict" in g.source
    for k in range(50):
        x, y = math.sin(3.0 * k) * 5, math.cos(7.0 * k) * 5
        assert g(x, y)[0] == f(x, y)
        assert g(x, y)[1] == pytest.approx(symdiff.grad(f, (0, 1))(x, y), rel=1e-9)
    with pytest.raises(symdiff.ArgumentError, match="strict"):
        symdiff.grad(f, granularity="whole", strict=True)
    out, along = symdiff.jvp(f, (0.3, 0.4), (1.0, 0.0), strict=True)
    again, pullback = symdiff.vjp(f, 0.3, 0.4, strict=True)
    assert out == again == f(0.3, 0.4)
    assert along == pytest.approx(pullback(1.0)[0], rel=1e-12)


def test_a_function_without_shapes_reads_no_entry(tmp_path) -> None:
    (tmp_path / "model.py").write_text("import math\ndef f(x):\n    return x*math.sin(x*x)\n")
    code = "import sys, symdiff, model; symdiff.grad(model.f)(0.3); print('json' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert found.stdout == "False\n"


def test_a_hit_takes_less_than_a_millisecond() -> None:
    graph = dce(fuse(form_graph("x/(1 + abs(x))", ["x"])))
    cover(graph, "auto")
    best = min(_seconds(graph) for _ in range(7))
    assert best < 1e-3


def _seconds(graph) -> float:
    start = time.process_time()
    assert cover(graph, "auto") is not graph
    return time.process_time() - start


# -- the user's own --------------------------------------------------------------------------------


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setattr(shelf, "SHELF", Shelf())
    monkeypatch.setattr("symdiff.passes.cover.SHELF", shelf.SHELF)
    return tmp_path


def own(name: str = "own") -> Entry:
    """What ``symdiff discover --keep`` would keep of x*sin(x) (which the library does not have)."""
    measures = {
        "fine": Measure(9, 90.0, 0, 0.0), "fused": Measure(9, 90.0, 0, 0.0),
        "gate": Measure(5, 50.0, 0, 0.0),
    }  # fmt: skip
    return Entry(name, ("x",), ("x*sin(x)",), "x*sin(x)", ("sin(x) + x*cos(x)",),
                 proof="normal form", measures=measures)  # fmt: skip


def product(x):
    return x * math.sin(x)


def gradient() -> str:
    request = Request((("x", FLOAT),), ((0,),), True, Options("grad"))
    return compile(capture(product), request).text


def test_what_is_kept_is_used(cache: Path) -> None:
    assert "own" not in gradient()
    assert kept({"x*sin(x)": own()}) == cache / shelf.FILE == cache_folder() / shelf.FILE
    assert "Recognised: own" in gradient()
    other = replace(own("other"), forms=("x*x*cos(x)",), value="x*x*cos(x)",
                    partials=("2*x*cos(x) - x*x*sin(x)",))  # fmt: skip
    kept({"cos(x)*x*x": other})
    assert [b.opened().name for b in books(cache / shelf.FILE)] == ["own", "other"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda t: t.replace("sin(x) + x*cos(x)", "sin(x) - x*cos(x)"),
        lambda t: t.replace('"digest"', '"nothing"'),
        lambda t: t[: len(t) // 2],
        lambda t: "not a file of this kind\n",
        lambda t: t.replace('"bad": 0', '"bad": "none"'),
        lambda t: "\x00\xff",
    ],
)
def test_what_is_damaged_is_ignored_with_a_warning(cache: Path, damage) -> None:
    plain = gradient()
    path = kept({"x*sin(x)": own()})
    path.write_text(damage(path.read_text()), encoding="latin-1")
    with pytest.warns(SymdiffWarning, match="is not used"):
        assert gradient() == plain
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert gradient() == plain  # once is enough


@pytest.mark.parametrize(
    "change",
    [
        lambda e: replace(e, partials=("sin(x) - x*cos(x)",)),
        lambda e: replace(e, value="x*sin(x) + 1e-9"),
        lambda e: replace(e, forms=("x*cos(x)",), value="x*cos(x)", partials=("cos(x)-x*sin(x)",)),
        lambda e: replace(e, value="x*sin(x) if x > 0 else sqrt(x*x)*sqrt(sin(x)**2)"),
        lambda e: replace(e, partials=("(1 - x*0*sqrt(x))*(sin(x) + x*cos(x))",)),
    ],
)
def test_an_entry_with_the_right_digest_is_proved_again(cache: Path, change) -> None:
    """A wrong partial, a wrong value, another function under this shape, a branch that is not
    equal, a smaller domain: anybody can compute a digest."""
    plain = gradient()
    kept({"x*sin(x)": change(own())})
    with pytest.warns(SymdiffWarning, match="is not proved"):
        assert gradient() == plain


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os').system('true')",
        *("x.real", "(lambda: x)()", "[x for x in (1,)][0]", "open(x)", "'text'", "f'{x}'"),
        *("x if True else y", "raise_(x)", "x@x", "sin(x=1)", "(" * 300 + "x"),
    ],
)
def test_nothing_but_arithmetic_is_a_formula(formula: str) -> None:
    """Whatever its digest says."""
    places = ({"value": formula}, {"partials": (formula,)}, {"lets": {"t": formula}},
              {"forms": (formula,)}, {"raises": ((formula, "ValueError", ""),)})  # fmt: skip
    for place in places:
        entry = replace(own(), **place)
        with pytest.raises(NotAnEntry):
            from_data(json.loads(json.dumps(to_data(entry))))


def test_an_entry_survives_the_file(cache: Path) -> None:
    for entry in ENTRIES:
        assert from_data(json.loads(json.dumps(to_data(entry)))) == entry
    assert written({}) == "{\n\n}\n" and books(cache / "none.json") == []


def test_the_command_keeps_what_it_finds(cache: Path) -> None:
    from click.testing import CliRunner

    from symdiff.cli import main

    source = cache / "model.py"
    source.write_text("import math\n\ndef f(x):\n    return math.cos(2*x)/math.sin(2*x)\n")
    result = CliRunner().invoke(main, ["discover", f"{source}:f", "--keep"])
    assert result.exit_code == 0, result.output
    (book,) = books(cache / shelf.FILE)
    assert book.opened().name.startswith("f_") and book.opened().gain
    shown = CliRunner().invoke(main, ["grad", f"{source}:f"])
    assert f"Recognised: {book.opened().name}" in shown.output
