"""``symdiff grad FILE.py:FUNC`` and its sisters: the source of a derivative."""

from __future__ import annotations

import click

from symdiff.cli.base import (
    EXAMPLE,
    command,
    granularity_option,
    subject_of,
    write_file,
)
from symdiff.driver import TITLES
from symdiff.options import MODES
from symdiff.report.text import Printer


def _title(mode: str) -> str:
    """A title inside a sentence: proper names keep their capital."""
    title = TITLES[mode]
    return title if mode in ("jacobian", "hessian", "hvp") else title[0].lower() + title[1:]


def _derivative(mode: str, name: str, *, hidden: bool = False) -> None:
    examples = (
        f"symdiff {name} {EXAMPLE}\n"
        f"symdiff {name} model.py:loss --wrt w --arg xs=list[float] -o loss_{mode}.py"
    )

    @command(name, f"Print the source of the {_title(mode)}.", examples, hidden=hidden)
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
    def printed(
        place: str,
        wrt: str | None,
        args: tuple[str, ...],
        granularity: str,
        strict: bool,
        output: str | None,
    ) -> None:
        if strict and granularity not in ("fine", "auto"):
            raise click.UsageError(f"--strict recognises no gates: --granularity {granularity}")
        text = subject_of(place, args, wrt).compile(mode, granularity, strict).text
        if output is None:
            Printer().code(text)
            return
        write_file(output, text)


for _mode in MODES:
    _derivative(_mode, _mode.replace("_", "-"))
_derivative("value_and_grad", "value_and_grad", hidden=True)
