"""The page and the pictures: complete, self-contained, and alive in a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from symdiff.cli import main
from symdiff.report.drawing import draw
from symdiff.report.subject import subject
from symdiff.report.trace import trace

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
    assert re.search(r'class="wire lit" id="fused-w\d+-\d+"', dom)
    fine = re.search(r'<section class="level"[^>]*data-level="fine"[^>]*>', dom)
    assert fine is not None and "hidden" in fine.group()


def test_a_step_is_upstream_times_local() -> None:
    def f(x: float, y: float, z: float) -> float:
        return (x + y) * z

    drawing = draw(trace(subject(f), [1.0, 3.0, -3.0]))
    found = [(drawing.spots[s.into].name, s.upstream, s.local, s.product) for s in drawing.steps]
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
    refused = CliRunner().invoke(main, ["graph", NEURON, "-o", str(tmp_path / "g.png")])
    assert refused.exit_code == 2 and "neither .svg nor .dot" in refused.output
