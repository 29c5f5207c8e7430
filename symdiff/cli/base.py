"""What all commands share: the group, how a function and its arguments are written, how errors
are told."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from symdiff.driver import VERSION
from symdiff.errors import SymdiffError
from symdiff.options import GRANULARITIES
from symdiff.report.interval import OutOfDomain, Unresolved
from symdiff.report.literals import UsageError, point_of
from symdiff.report.oracle import reference
from symdiff.report.points import sample
from symdiff.report.subject import Subject
from symdiff.report.written import function_at, names_of, subject_at, types_of

EXAMPLE = "examples/neuron.py:neuron"
POINT = "w0=2,x0=-1,w1=-3,x1=-2,w2=-3"
FAILED = 1
_TRACEBACK = "SYMDIFF_TRACEBACK"

Command = Callable[..., Any]


class Reporting(click.Command):
    """A command whose errors about user code are their own text, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UsageError as err:
            raise click.UsageError(str(err), ctx) from None
        except SymdiffError as err:
            fail("\n".join([str(err), *(f"note: {n}" for n in getattr(err, "__notes__", ()))]))
        except OutOfDomain as err:
            fail(f"the function has no value here: {err}")
        except (click.ClickException, click.exceptions.Exit, click.Abort, OSError):
            raise
        except Exception as err:
            if os.environ.get(_TRACEBACK):
                raise
            last = traceback.extract_tb(err.__traceback__)[-1]
            fail(
                f"this is a bug in symdiff: {type(err).__name__}: {err}\n"
                f"    at {last.filename}:{last.lineno} ({last.name})\n"
                f"    hint: report it with the function; {_TRACEBACK}=1 shows the traceback"
            )


def fail(text: str) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(FAILED)


def write_file(path: str, text: str) -> None:
    """A product into a file that the user named."""
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as err:
        fail(
            f"{path} cannot be written: {err.strerror}\n"
            "    hint: name a file in a folder that exists and that you may write to"
        )
    click.echo(f"wrote {path}", err=True)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nExamples:\n"
    f"  symdiff grad {EXAMPLE}\n"
    f"  symdiff check {EXAMPLE} --at {POINT}\n"
    f"  symdiff compare {EXAMPLE}",
)
@click.version_option(VERSION, prog_name="symdiff")
def main() -> None:
    """Differentiate Python functions: read their source, write that of their derivative.

    FILE.py:FUNC (or package.module:FUNC) says which function.  The file is imported to resolve
    names; FUNC is not run.
    """


def command(
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
            cls=Reporting,
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


def subject_of(
    place: str, args: tuple[str, ...], wrt: str | None, at: tuple[str, ...] = ()
) -> Subject:
    types, names, point = types_of(args), names_of(wrt), point_of(at)
    return subject_at(function_at(place), types, point, names)


def some_point(made: Subject) -> list[Any]:
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
    fail(f"no point of the function's domain was found ({reason})\n    hint: give one with --at")
