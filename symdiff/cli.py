"""The command line: ``symdiff grad FILE.py:FUNC`` and its sisters, and the reports.

Standard output is the product (for the derivatives: the code alone), standard error all else.  The
exit code is 0 for success, 1 where the function cannot be differentiated or a check fails, 2 where
the command line is wrong.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from symdiff.discovery.array_shelf import kept as rows_kept
from symdiff.driver import TITLES, VERSION
from symdiff.errors import CaptureError, SourceError, SymdiffError
from symdiff.ir.text import to_text
from symdiff.library.shelf import kept
from symdiff.options import GRANULARITIES, MODES
from symdiff.report import calibrate
from symdiff.report.array_discovery import ArrayDiscovery, discover_arrays
from symdiff.report.array_making import entry as entry_of_rows
from symdiff.report.check import DIGITS, against, check
from symdiff.report.compare import POINTS, comparison
from symdiff.report.discover import Discovery, discover
from symdiff.report.drawing import draw
from symdiff.report.explain import explained, refusal
from symdiff.report.html import graph_page, page
from symdiff.report.interval import OutOfDomain, Unresolved
from symdiff.report.literals import UsageError, point_of
from symdiff.report.making import make_from
from symdiff.report.oracle import reference
from symdiff.report.points import sample
from symdiff.report.subject import Subject
from symdiff.report.svg import to_dot, to_svg
from symdiff.report.text import Printer
from symdiff.report.trace import trace
from symdiff.report.written import function_at, names_of, subject_at, types_of, values_at

_EXAMPLE = "examples/neuron.py:neuron"
_POINT = "w0=2,x0=-1,w1=-3,x1=-2,w2=-3"
_FAILED = 1
_TRACEBACK = "SYMDIFF_TRACEBACK"

Command = Callable[..., Any]


class _Reporting(click.Command):
    """A command whose errors about user code are their own text, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UsageError as err:
            raise click.UsageError(str(err), ctx) from None
        except SymdiffError as err:
            _fail("\n".join([str(err), *(f"note: {n}" for n in getattr(err, "__notes__", ()))]))
        except OutOfDomain as err:
            _fail(f"the function has no value here: {err}")
        except (click.ClickException, click.exceptions.Exit, click.Abort, OSError):
            raise
        except Exception as err:
            if os.environ.get(_TRACEBACK):
                raise
            last = traceback.extract_tb(err.__traceback__)[-1]
            _fail(
                f"this is a bug in symdiff: {type(err).__name__}: {err}\n"
                f"    at {last.filename}:{last.lineno} ({last.name})\n"
                f"    hint: report it with the function; {_TRACEBACK}=1 shows the traceback"
            )


def _fail(text: str) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(_FAILED)


def _write(path: str, text: str) -> None:
    """A product into a file that the user named."""
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as err:
        _fail(
            f"{path} cannot be written: {err.strerror}\n"
            "    hint: name a file in a folder that exists and that you may write to"
        )
    click.echo(f"wrote {path}", err=True)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nExamples:\n"
    f"  symdiff grad {_EXAMPLE}\n"
    f"  symdiff check {_EXAMPLE} --at {_POINT}\n"
    f"  symdiff compare {_EXAMPLE}",
)
@click.version_option(VERSION, prog_name="symdiff")
def main() -> None:
    """Differentiate Python functions: read their source, write that of their derivative.

    FILE.py:FUNC (or package.module:FUNC) says which function.  The file is imported to resolve
    names; FUNC is not run.
    """


def _command(
    name: str, doc: str, examples: str, *, hidden: bool = False
) -> Callable[[Command], Command]:
    """Register a command with the arguments that all have, its help, and examples."""

    def register(f: Command) -> Command:
        made: Any = f
        made = click.option(
            "--arg",
            "args",
            multiple=True,
            metavar="NAME=TYPE",
            help="The type of an argument: float, int, bool, list[float], tuple[float, int], "
            "f64[n,m] (an array; f32, int, bool too; a size is a letter or 1), [f64[n,m], f64[m]], "
            "str:VALUE. Default: its annotation, or its use (iterated, indexed: a list), or float.",
        )(made)
        made = click.option(
            "--wrt",
            metavar="A,B",
            help="The arguments to differentiate. Default: all that hold floats.",
        )(made)
        made = click.argument("place", metavar="FILE.py:FUNC")(made)
        lines = "\n".join(f"  {line}" for line in examples.splitlines())
        made = main.command(
            name,
            cls=_Reporting,
            help=doc,
            epilog=f"\b\nExamples:\n{lines}",
            short_help=doc.split(".")[0],
            hidden=hidden,
        )(made)
        return f

    return register


def granularity_option(default: str = "auto") -> Callable[[Command], Command]:
    return click.option(
        "--granularity",
        type=click.Choice(GRANULARITIES),
        default=default,
        show_default=True,
        help="How much becomes one gate: every operation, forms such as the sigmoid, every shape "
        "of the gate library, or of these what is better.",
    )


at_option = click.option(
    "--at",
    "at",
    multiple=True,
    metavar="A=1,XS=[1,2],X=@X.npy",
    help="Values of the arguments: literals of Python or JSON, or arrays in files. Nested lists "
    "become arrays where --arg or an annotation says so.",
)


def _subject(
    place: str, args: tuple[str, ...], wrt: str | None, at: tuple[str, ...] = ()
) -> Subject:
    types, names, point = types_of(args), names_of(wrt), point_of(at)
    return subject_at(function_at(place), types, point, names)


# -- derivatives ---


def _title(mode: str) -> str:
    """A title inside a sentence: proper names keep their capital."""
    title = TITLES[mode]
    return title if mode in ("jacobian", "hessian", "hvp") else title[0].lower() + title[1:]


def _derivative(mode: str, name: str, *, hidden: bool = False) -> None:
    examples = (
        f"symdiff {name} {_EXAMPLE}\n"
        f"symdiff {name} model.py:loss --wrt w --arg xs=list[float] -o loss_{mode}.py"
    )

    @_command(name, f"Print the source of the {_title(mode)}.", examples, hidden=hidden)
    @granularity_option()
    @click.option(
        "--strict",
        is_flag=True,
        help="Every operation as it is written: values are the function's to the bit.",
    )
    @click.option(
        "-o",
        "--output",
        metavar="OUT.py",
        type=click.Path(dir_okay=False),
        help="Write to a file instead.",
    )
    def command(
        place: str,
        wrt: str | None,
        args: tuple[str, ...],
        granularity: str,
        strict: bool,
        output: str | None,
    ) -> None:
        if strict and granularity not in ("fine", "auto"):
            raise click.UsageError(f"--strict recognises no gates: --granularity {granularity}")
        text = _subject(place, args, wrt).compile(mode, granularity, strict).text
        if output is None:
            Printer().code(text)
            return
        _write(output, text)


for _mode in MODES:
    _derivative(_mode, _mode.replace("_", "-"))
_derivative("value_and_grad", "value_and_grad", hidden=True)


# -- reports ---


@_command(
    "compare",
    "Compare the granularities side by side. Gates, edges, operations, saved values, time, and the "
    "largest error against a sound high-precision derivative.",
    f"symdiff compare {_EXAMPLE}\nsymdiff compare {_EXAMPLE} --at {_POINT} --json",
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
    made = _subject(place, args, wrt, at)
    values = values_at(made, point_of(at)) if at else _some_point(made)
    found = comparison(made, values, points)
    if html_file is not None:
        _write(html_file, page(found, made, values))
    elif as_json:
        click.echo(found.to_json())
    else:
        Printer().comparison(found, source)


def _some_point(made: Subject) -> list[Any]:
    """The first drawn point at which the function has a value."""
    reason = ""
    for point in sample(made.params, None, 60, tails=False, written=made.sizes):
        try:
            if not made.on_arrays():
                base = made.compiled("fine")
                reference(made.primal(), made.inputs(base, point), ())
        except (OutOfDomain, Unresolved) as err:
            reason = str(err)
            continue
        _, raised = made.outcome(made.primal_function, point)
        if raised is None:
            return point
        reason = f"{type(raised).__name__}: {raised}"
    _fail(f"no point of the function's domain was found ({reason})\n    hint: give one with --at")


@_command(
    "discover",
    "Search for shorter derivatives. Every part of the function with one active input is a "
    "candidate gate: its derivative by rules, and a cheaper one where one is found among the "
    "forward values and proved equal, each judged against a sound high-precision derivative over "
    "the core and the tails. The one marked * is the better one: no bad points before fewer "
    "digits lost before cost. The gates of the library are used at granularity auto and whole; "
    "--keep puts what is found here into your own.",
    f"symdiff discover {_EXAMPLE}\nsymdiff discover model.py:loss --keep",
)
@click.option(
    "--keep",
    is_flag=True,
    help="Put the gates into the library in the cache folder (SYMDIFF_CACHE), so that auto and "
    "whole use them from now on; derivatives of reductions of arrays are used by whole.",
)
def _discover(place: str, wrt: str | None, args: tuple[str, ...], keep: bool) -> None:
    subject = _subject(place, args, wrt)
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


@_command(
    "check",
    "Check the gradient, argument by argument. Each partial is compared with a high-precision "
    "derivative of the function itself; without --at at several points.",
    f"symdiff check {_EXAMPLE}\nsymdiff check {_EXAMPLE} --at {_POINT}\n"
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
    made = _subject(place, args, wrt, at)
    values = values_at(made, point_of(at)) if at else None
    if derivative is None:
        found = check(made, values, granularity=granularity, tolerance=tolerance)
    else:
        found = against(made, function_at(derivative), values, tolerance)
    Printer().check(found)
    if not found.passed:
        sys.exit(_FAILED)


@_command(
    "trace",
    "Print the computational graph with numbers. Every node shows its forward value and the "
    "gradient of the result with respect to it.",
    f"symdiff trace {_EXAMPLE} --at {_POINT}",
)
@at_option
@granularity_option("fine")
def _trace(
    place: str, wrt: str | None, args: tuple[str, ...], at: tuple[str, ...], granularity: str
) -> None:
    if not at:
        raise UsageError(
            "--at is needed: the values of the arguments", f"for example --at {_POINT}"
        )
    made = _subject(place, args, wrt, at)
    values = values_at(made, point_of(at))
    _require_value(made, values)
    Printer().line(str(trace(made, values, granularity)).rstrip("\n"))


def _require_value(made: Subject, values: list[Any]) -> None:
    """There is no graph where the function raises."""
    _, raised = made.outcome(made.primal_function, values)
    if raised is not None:
        _fail(
            f"{made.captured.name} raises {type(raised).__name__} here: {raised}\n"
            "    hint: choose a point at which it has a value"
        )


@_command(
    "graph",
    "Draw the computational graph. The forward value stands above each wire, the gradient of the "
    "result below it. The name of the output says what is written: .svg, .dot, or .html, where "
    "loops and branches open and the backward pass is walked through.",
    f"symdiff graph {_EXAMPLE} --at {_POINT} -o neuron.svg",
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
    made = _subject(place, args, wrt, at)
    values = values_at(made, point_of(at)) if at else _some_point(made)
    _require_value(made, values)
    if kind == ".html":
        _write(output, graph_page(made, values, granularity))
    else:
        write = to_svg if kind == ".svg" else to_dot
        _write(output, write(draw(trace(made, values, granularity)), made.captured.name))


@_command(
    "ir",
    "Print the graph after a stage. The first is lower (the function as it was read), then come "
    "simplify, fuse, differentiate and the passes over the derivative; --stage list names all.",
    f"symdiff ir {_EXAMPLE} --stage simplify\n"
    f"symdiff ir {_EXAMPLE} --stage differentiate --mode hessian",
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
    stages = _subject(place, args, wrt).compile(mode, granularity).stages
    if stage == "list":
        click.echo("\n".join(stages))
    elif stage not in stages:
        raise UsageError(
            f"there is no stage {stage!r} at this granularity; there are {', '.join(stages)}"
        )
    else:
        Printer().line(to_text(stages[stage]).rstrip("\n"))


@_command(
    "explain",
    "Explain the derivative in words. What is active and what is not and why, what is kept for the "
    "reverse sweep, what is computed again, and where the function has kinks; of what is refused, "
    "what to write instead.",
    f"symdiff explain {_EXAMPLE}",
)
@granularity_option()
def _explain(place: str, wrt: str | None, args: tuple[str, ...], granularity: str) -> None:
    try:
        found = explained(_subject(place, args, wrt), granularity)
    except (CaptureError, SourceError) as err:
        found = refusal(place.rpartition(":")[2], err)
    Printer().explanation(found)
    if found.refused:
        sys.exit(_FAILED)


@main.command(
    "calibrate",
    cls=_Reporting,
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
        _fail(f"the costs cannot be kept: {err}\n    hint: set SYMDIFF_CACHE to a folder of yours")
    rows = calibrate.shown(made)
    Printer().table(["operation", "shipped ns", "here ns", "array ns/element"], rows)
    for line in calibrate.changed(made):
        Printer().line(f"auto now {line}")
    click.echo(f"kept in {path}\nremove it to go back to what is shipped", err=True)
