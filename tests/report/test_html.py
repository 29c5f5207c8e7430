"""The page and the pictures: complete, self-contained, and alive in a real browser."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner

from symdiff.cli import main
from symdiff.report.drawing import draw
from symdiff.report.html import graph_page
from symdiff.report.subject import subject, subject_of_call
from symdiff.report.trace import trace
from symdiff.report.unfold import Unfolded, unfold

ROOT = Path(__file__).parent.parent.parent
NEURON = f"{ROOT / 'examples' / 'neuron.py'}:neuron"
POINT = "w0=2,x0=-1,w1=-3,x1=-2,w2=-3"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("page") / "neuron.html"
    result = CliRunner().invoke(
        main, ["compare", NEURON, "--at", POINT, "--points", "6", "--html", str(out)]
    )
    assert result.exit_code == 0, result.output
    return out


def test_the_page_needs_nothing_from_elsewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r'(?:src|href)="([^"]*)"|url\(([^)]*)\)|@import', text)
    assert links == []
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_the_page_holds_graphs_numbers_plots_and_sources(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count('<button role="tab"') == 2  # fine, and fused, which auto equals
    for part in ("In numbers", "largest rel. error", "nanoseconds per call", "over w0", "Sources"):
        assert part in text
    assert "return 1 / (1 + math.exp(-z))" in text  # the user's own lines
    assert text.count('data-line="10"') >= 3


def browser(page: Path, fragment: str) -> str:
    assert CHROMIUM is not None
    options = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    options += "--disable-background-networking --disable-component-update --disable-sync"
    home = page.parent / "profile"
    command = [CHROMIUM, *options.split(), f"--user-data-dir={home}", "--dump-dom"]
    done = subprocess.run(
        [*command, f"{page.as_uri()}#{fragment}"], capture_output=True, text=True, timeout=120
    )
    return done.stdout


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_backward_pass_walks_in_a_browser(page: Path) -> None:
    dom = browser(page, "fused:2")
    assert re.search(r'aria-selected="true"[^>]*data-level="fused"', dom)
    assert re.search(r"Step 2 of \d+: through \+ into \S+: upstream 0.1966", dom)
    assert re.search(r'class="wire lit" id="fused-0-w\d+-\d+"', dom)
    fine = re.search(r'<section class="level"[^>]*data-level="fine"[^>]*>', dom)
    assert fine is not None and "hidden" in fine.group()


def test_a_step_is_upstream_times_local() -> None:
    def f(x: float, y: float, z: float) -> float:
        return (x + y) * z

    made = unfold(subject(f), [1.0, 3.0, -3.0], "fine")
    spots = made.pages[0].drawing.spots
    found = [(spots[s.into].name, s.upstream, s.local, s.product) for s in made.steps]
    assert found == [
        ("", "1", "-3", "-3"),
        ("z", "1", "4", "4"),
        ("x", "-3", "1", "-3"),
        ("y", "-3", "1", "-3"),
    ]


def test_a_node_is_right_of_what_it_reads_and_none_covers_another() -> None:
    def f(x: float, y: float) -> float:
        for _ in range(3):
            x = x * y + 2.0
        return x / y if x > y else x + y

    drawing = draw(trace(subject(f), [1.0, 3.0]))
    for wire in drawing.wires:
        assert drawing.spots[wire.source].x < drawing.spots[wire.target].x
    assert len({(s.x, s.y) for s in drawing.spots}) == len(drawing.spots)
    assert {s.label for s in drawing.spots if s.kind == "region"} == {"for", "if"}


def test_graph_writes_svg_and_dot(tmp_path: Path) -> None:
    svg, dot = tmp_path / "g.svg", tmp_path / "g.dot"
    for out in (svg, dot):
        result = CliRunner().invoke(main, ["graph", NEURON, "--at", POINT, "-o", str(out)])
        assert result.exit_code == 0, result.output
    root = ElementTree.parse(svg).getroot()
    texts = [e.text for e in root.iter() if e.tag.endswith("text")]
    assert "w0" in texts and "0.7311" in texts and "-0.5898" in texts
    assert dot.read_text().count("->") == 14
    page = tmp_path / "g.html"
    result = CliRunner().invoke(main, ["graph", NEURON, "--at", POINT, "-o", str(page)])
    assert result.exit_code == 0, result.output
    text = page.read_text(encoding="utf-8")
    assert 'id="fine-0-n0"' in text and "In numbers" not in text
    refused = CliRunner().invoke(main, ["graph", NEURON, "-o", str(tmp_path / "g.png")])
    assert refused.exit_code == 2 and "neither .svg nor .dot nor .html" in refused.output


# -- what is inside of loops, branches and calls ---------------------------------------------------


def wandering(x: float, n: int = 4) -> float:
    s = x
    for _ in range(n):
        s = math.sqrt(s) if s > 1 else s * x + math.sin(s)
    return s


def factorial_like(x: float, n: int) -> float:
    return 1.0 if n == 0 else x * factorial_like(x, n - 1)


def total_like(x: np.ndarray) -> float:
    s = 0.0
    for k in range(3):
        s = s + np.sum(np.sin(x * k))
    return s


def titles(made: Unfolded) -> list[tuple[str, int]]:
    return [(p.drawing.title.partition(",")[0], len(p.runs)) for p in made.pages]


def test_every_block_has_a_page_and_every_run_its_numbers() -> None:
    made = unfold(subject(wandering), [0.9, 4], "fine")
    assert titles(made) == [("wandering", 1), ("for: body", 4), ("if: then", 3), ("if: else", 1)]
    body = made.pages[1]
    states, s = [], 0.9
    for _ in range(4):
        states.append(s)
        s = math.sqrt(s) if s > 1 else s * 0.9 + math.sin(s)
    at = next(k for k, spot in enumerate(body.drawing.spots) if spot.label == "s")
    assert [r.values[at] for r in body.runs] == [f"{x:.4g}" for x in states]
    assert [r.label for r in body.runs] == [f"iteration {k}" for k in (1, 2, 3, 4)]
    assert [r.within for r in made.pages[2].runs] == [1, 2, 3]  # the iterations that took it
    assert made.pages[3].parent is not None and made.pages[3].parent[0] == 1


def test_the_gradient_of_an_iteration_is_its_own() -> None:
    made = unfold(subject(wandering), [0.9, 4], "fine")
    body = made.pages[1]
    at = next(k for k, spot in enumerate(body.drawing.spots) if spot.label == "s")

    def rest(s: float, k: int) -> float:  # what follows from the value before iteration k
        for _ in range(k, 4):
            s = math.sqrt(s) if s > 1 else s * 0.9 + math.sin(s)
        return s

    for k, run in enumerate(body.runs[1:], 1):  # in the first it is x itself
        s = float(run.values[at])
        slope = (rest(s + 1e-6, k) - rest(s - 1e-6, k)) / 2e-6
        assert float(run.gradients[at]) == pytest.approx(slope, rel=2e-3)


def test_the_steps_enter_the_blocks_from_the_last_iteration_on() -> None:
    made = unfold(subject(wandering), [0.9, 4], "fine")
    assert [(s.page, s.run) for s in made.steps[:3]] == [(2, 2), (2, 1), (2, 0)]
    assert {(s.page, s.run) for s in made.steps[3:]} == {(3, 0)}
    reached = {s.ids[1] for s in made.steps}
    assert all(s.ids[0] in reached for s in made.steps[1:])  # the gradient came from somewhere


def test_a_recursive_call_is_a_page_with_a_run_per_call() -> None:
    made = unfold(subject(factorial_like), [2.0, 3], "fine")
    assert ("factorial_like: body", 4) in titles(made) and len(made.steps) == 5


def test_loops_on_arrays_and_while_and_try_have_pages() -> None:
    made = unfold(*subject_of_call(total_like, (np.ones(3),)), "auto")
    assert ("for: body", 3) in titles(made) and made.steps

    def tried(x: float) -> float:
        while x * x > 2.0:
            x = 0.5 * x
        try:
            return math.log(x)
        except ValueError:
            return -x * x

    made = unfold(subject(tried), [-3.0], "fine")
    found = dict(titles(made))
    assert (found["while: condition"], found["while: body"]) == (3, 2)
    assert (found["try: body"], found["try: handler"]) == (1, 1)


def test_a_long_program_shows_its_last_iteration() -> None:
    made = unfold(subject(wandering), [0.9, 2000], "fine")
    assert made.steps == []
    assert [len(p.runs) for p in made.pages] == [1, 1, 1, 1]
    assert made.pages[1].runs[0].label == "the last of 2000 iterations, gradients are sums"


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_walk_opens_the_loop_at_its_iteration(tmp_path: Path) -> None:
    out = tmp_path / "loop.html"
    out.write_text(graph_page(subject(wandering), [0.9, 4], "fine"), encoding="utf-8")
    text = out.read_text(encoding="utf-8")
    node = re.search(r'<g class="spot region" id="(\S+)" tabindex="0" role="button" '
                     r'aria-expanded="false"', text)  # fmt: skip
    assert node is not None  # the node can be reached and opened by the keyboard
    assert text.count(f'data-of="{node.group(1)}"') == 1 and "<details" in text
    dom = browser(out, "fine:2")
    assert "Step 2 of 8, in if: then, line" in dom and "iteration 3: through sqrt into s" in dom
    assert re.search(r'id="fine-1" open=""', dom) and re.search(r'id="fine-2" open=""', dom)
    assert "iteration 3 (3 of 4 runs)" in dom and "iteration 3 (2 of 3 runs)" in dom
    assert re.search(r'aria-expanded="true"', dom)
    assert re.search(r'class="wire lit" id="fine-2-w\d+-\d+"', dom)
    assert re.search(r'class="inside idle"[^>]*id="fine-3"', dom)  # the other branch
