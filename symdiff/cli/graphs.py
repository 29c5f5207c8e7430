"""``trace``, ``graph``, ``ir``: the graph with numbers, as a picture, after a stage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from symdiff.cli.base import (
    EXAMPLE,
    POINT,
    at_option,
    command,
    fail,
    granularity_option,
    some_point,
    subject_of,
    write_file,
)
from symdiff.ir.text import to_text
from symdiff.options import MODES
from symdiff.report.drawing import draw
from symdiff.report.html import graph_page
from symdiff.report.literals import UsageError, point_of
from symdiff.report.subject import Subject
from symdiff.report.svg import to_dot, to_svg
from symdiff.report.text import Printer
from symdiff.report.trace import trace
from symdiff.report.written import values_at


@command(
    "trace",
    "Print the computational graph with numbers. Every node shows its forward value and the "
    "gradient of the result with respect to it.",
    f"symdiff trace {EXAMPLE} --at {POINT}",
)
@at_option
@granularity_option("fine")
def _trace(
    place: str, wrt: str | None, args: tuple[str, ...], at: tuple[str, ...], granularity: str
) -> None:
    if not at:
        raise UsageError("--at is needed: the values of the arguments", f"for example --at {POINT}")
    made = subject_of(place, args, wrt, at)
    values = values_at(made, point_of(at))
    _require_value(made, values)
    Printer().line(str(trace(made, values, granularity)).rstrip("\n"))


def _require_value(made: Subject, values: list[Any]) -> None:
    """There is no graph where the function raises."""
    _, raised = made.outcome(made.primal_function, values)
    if raised is not None:
        fail(
            f"{made.captured.name} raises {type(raised).__name__} here: {raised}\n"
            "    hint: choose a point at which it has a value"
        )


@command(
    "graph",
    "Draw the computational graph. The forward value stands above each wire, the gradient of the "
    "result below it. The name of the output says what is written: .svg, .dot, or .html, where "
    "loops and branches open and the backward pass is walked through.",
    f"symdiff graph {EXAMPLE} --at {POINT} -o neuron.svg",
)
@at_option
@granularity_option("fine")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False),
    help="FILE.svg, FILE.dot or FILE.html.",
)
def _graph(
    place: str,
    wrt: str | None,
    args: tuple[str, ...],
    at: tuple[str, ...],
    granularity: str,
    output: str,
) -> None:
    kind = Path(output).suffix
    if kind not in (".svg", ".dot", ".html"):
        raise UsageError(f"{output!r} ends in neither .svg nor .dot nor .html", "-o graph.svg")
    made = subject_of(place, args, wrt, at)
    values = values_at(made, point_of(at)) if at else some_point(made)
    _require_value(made, values)
    if kind == ".html":
        write_file(output, graph_page(made, values, granularity))
    else:
        write = to_svg if kind == ".svg" else to_dot
        write_file(output, write(draw(trace(made, values, granularity)), made.captured.name))


@command(
    "ir",
    "Print the graph after a stage. The first is lower (the function as it was read), then come "
    "simplify, fuse, differentiate and the passes over the derivative; --stage list names all.",
    f"symdiff ir {EXAMPLE} --stage simplify\n"
    f"symdiff ir {EXAMPLE} --stage differentiate --mode hessian",
)
@click.option(
    "--stage", default="lower", show_default=True, metavar="NAME", help="Which stage, or list."
)
@click.option(
    "--mode", type=click.Choice(MODES), default="grad", show_default=True, help="Which derivative."
)
@granularity_option()
def _ir(
    place: str, wrt: str | None, args: tuple[str, ...], stage: str, mode: str, granularity: str
) -> None:
    stages = subject_of(place, args, wrt).compile(mode, granularity).stages
    if stage == "list":
        click.echo("\n".join(stages))
    elif stage not in stages:
        raise UsageError(
            f"there is no stage {stage!r} at this granularity; there are {', '.join(stages)}"
        )
    else:
        Printer().line(to_text(stages[stage]).rstrip("\n"))
