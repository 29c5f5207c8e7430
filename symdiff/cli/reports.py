"""``compare``, ``discover``, ``check``, ``explain``, ``calibrate``: what there is to say."""

from __future__ import annotations

import sys

import click

from symdiff.cli.base import (
    EXAMPLE,
    FAILED,
    POINT,
    Reporting,
    at_option,
    command,
    fail,
    granularity_option,
    main,
    some_point,
    subject_of,
    write_file,
)
from symdiff.discovery.array_shelf import kept as rows_kept
from symdiff.errors import CaptureError, SourceError
from symdiff.library.shelf import kept
from symdiff.report import calibrate
from symdiff.report.array_discovery import ArrayDiscovery, discover_arrays
from symdiff.report.array_making import entry as entry_of_rows
from symdiff.report.check import DIGITS, against, check
from symdiff.report.compare import POINTS, comparison
from symdiff.report.discover import Discovery, discover
from symdiff.report.explain import explained, refusal
from symdiff.report.html import page
from symdiff.report.literals import point_of
from symdiff.report.making import make_from
from symdiff.report.text import Printer
from symdiff.report.written import function_at, values_at


@command(
    "compare",
    "Compare the granularities side by side. Gates, edges, operations, saved values, time, and the "
    "largest error against a sound high-precision derivative.",
    f"symdiff compare {EXAMPLE}\nsymdiff compare {EXAMPLE} --at {POINT} --json",
)
@at_option
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@click.option(
    "--points",
    type=click.IntRange(1),
    default=POINTS,
    show_default=True,
    help="Points for the accuracy.",
)
@click.option("--source/--no-source", default=True, help="Print the generated sources too.")
@click.option(
    "--html",
    "html_file",
    type=click.Path(dir_okay=False),
    metavar="OUT.html",
    help="Write the comparison as one page instead: the graph, the backward pass step by step, "
    "errors, times and sources.",
)
def _compare(
    place: str,
    wrt: str | None,
    args: tuple[str, ...],
    at: tuple[str, ...],
    as_json: bool,
    points: int,
    source: bool,
    html_file: str | None,
) -> None:
    made = subject_of(place, args, wrt, at)
    values = values_at(made, point_of(at)) if at else some_point(made)
    found = comparison(made, values, points)
    if html_file is not None:
        write_file(html_file, page(found, made, values))
    elif as_json:
        click.echo(found.to_json())
    else:
        Printer().comparison(found, source)


@command(
    "discover",
    "Search for shorter derivatives. Every part of the function with one active input is a "
    "candidate gate: its derivative by rules, and a cheaper one where one is found among the "
    "forward values and proved equal, each judged against a sound high-precision derivative over "
    "the core and the tails. The one marked * is the better one: no bad points before fewer "
    "digits lost before cost. The gates of the library are used at granularity auto and whole; "
    "--keep puts what is found here into your own.",
    f"symdiff discover {EXAMPLE}\nsymdiff discover model.py:loss --keep",
)
@click.option(
    "--keep",
    is_flag=True,
    help="Put the gates into the library in the cache folder (SYMDIFF_CACHE), so that auto and "
    "whole use them from now on; derivatives of reductions of arrays are used by whole.",
)
def _discover(place: str, wrt: str | None, args: tuple[str, ...], keep: bool) -> None:
    subject = subject_of(place, args, wrt)
    found, arrays = discover(subject), discover_arrays(subject)
    Printer().discoveries(found, arrays)
    if keep:
        _keep_rows(arrays)
        _keep(subject.captured.name, found, quiet=bool(arrays))


def _keep_rows(found: list[ArrayDiscovery]) -> None:
    entries = [e for e in map(entry_of_rows, found) if e is not None]
    if entries:
        path = rows_kept(dict(entries))
        for shape, _ in entries:
            click.echo(f"kept the derivative of {shape} (whole) in {path}", err=True)
    elif found:
        click.echo("nothing to keep of reductions", err=True)


def _keep(name: str, found: list[Discovery], *, quiet: bool) -> None:
    made = [
        make_from(d.graph, f"{name}_{d.line or k}")
        for k, d in enumerate(found)
        if d.graph is not None
    ]
    entries = dict(pair for pair in made if pair is not None)
    if not entries:
        if not quiet:
            click.echo("nothing to keep", err=True)
        return
    path = kept(entries)
    for entry in entries.values():
        use = "auto and whole" if entry.gain else "whole: it is not better than what is there"
        click.echo(f"kept {entry.name} ({use}) in {path}", err=True)


@command(
    "check",
    "Check the gradient, argument by argument. Each partial is compared with a high-precision "
    "derivative of the function itself; without --at at several points.",
    f"symdiff check {EXAMPLE}\nsymdiff check {EXAMPLE} --at {POINT}\n"
    "symdiff check model.py:loss --derivative model.py:loss_by_hand",
)
@at_option
@granularity_option()
@click.option(
    "--tolerance",
    type=click.FloatRange(1, 16),
    default=DIGITS,
    show_default=True,
    help="Digits that must agree.",
)
@click.option(
    "--derivative",
    metavar="FILE.py:FUNC",
    help="Check this hand-written derivative instead of symdiff's.",
)
def _check(
    place: str,
    wrt: str | None,
    args: tuple[str, ...],
    at: tuple[str, ...],
    granularity: str,
    tolerance: float,
    derivative: str | None,
) -> None:
    made = subject_of(place, args, wrt, at)
    values = values_at(made, point_of(at)) if at else None
    if derivative is None:
        found = check(made, values, granularity=granularity, tolerance=tolerance)
    else:
        found = against(made, function_at(derivative), values, tolerance)
    Printer().check(found)
    if not found.passed:
        sys.exit(FAILED)


@command(
    "explain",
    "Explain the derivative in words. What is active and what is not and why, what is kept for the "
    "reverse sweep, what is computed again, and where the function has kinks; of what is refused, "
    "what to write instead.",
    f"symdiff explain {EXAMPLE}",
)
@granularity_option()
def _explain(place: str, wrt: str | None, args: tuple[str, ...], granularity: str) -> None:
    try:
        found = explained(subject_of(place, args, wrt), granularity)
    except (CaptureError, SourceError) as err:
        found = refusal(place.rpartition(":")[2], err)
    Printer().explanation(found)
    if found.refused:
        sys.exit(FAILED)


@main.command(
    "calibrate",
    cls=Reporting,
    help="Measure what operations cost on this machine. Arithmetic, functions and branches on "
    "floats, elementwise operations on arrays, tapes of loops: a few seconds, once per "
    "interpreter. The costs go into the cache folder (SYMDIFF_CACHE), and granularity auto chooses "
    "by them instead of by those shipped; it is best done while the machine has nothing else to "
    "do.",
    short_help="Measure what operations cost on this machine.",
    epilog="\b\nExamples:\n  symdiff calibrate",
)
def _calibrate() -> None:
    try:
        made, path = calibrate.calibrate()
    except OSError as err:
        fail(f"the costs cannot be kept: {err}\n    hint: set SYMDIFF_CACHE to a folder of yours")
    rows = calibrate.shown(made)
    Printer().table(["operation", "shipped ns", "here ns", "array ns/element"], rows)
    for line in calibrate.changed(made):
        Printer().line(f"auto now {line}")
    click.echo(f"kept in {path}\nremove it to go back to what is shipped", err=True)
