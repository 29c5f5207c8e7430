"""How reports look: tables and highlighted source on a terminal, plain text everywhere else.

Escape codes are written only to a terminal and never under ``NO_COLOR``; a pipe gets ASCII.
"""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Sequence
from typing import TextIO

from rich import box
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from symdiff.report.array_discovery import ArrayDiscovery
from symdiff.report.check import Check, digits_text
from symdiff.report.comparison import (
    Comparison,
    aligned,
    headline,
    reasons,
    remarks,
    table,
)
from symdiff.report.discover import Discovery
from symdiff.report.explain import Explanation
from symdiff.report.oracle import ENCLOSED

_NARROW = 84


def is_plain(stream: TextIO) -> bool:
    """Whether a stream gets text without escape codes."""
    return bool(os.environ.get("NO_COLOR")) or not stream.isatty()


class Printer:
    """Writes reports to standard output, as it is when the printer is made."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream if stream is not None else sys.stdout
        self.plain = is_plain(self.stream)
        self.console = Console(
            file=self.stream,
            no_color=self.plain,
            highlight=False,
            emoji=False,
            markup=False,
        )

    def line(self, text: str = "", style: str = "") -> None:
        """Text as it is, in its own lines."""
        if self.plain:
            self.stream.write(text + "\n")
        else:
            self.console.print(Text(text, style=style), soft_wrap=True)

    def wrapped(self, text: str, indent: str, style: str = "") -> None:
        """A line of words, in as many as the terminal's width needs."""
        width = max(self.console.width, 40)
        for line in textwrap.wrap(text, width, subsequent_indent=indent):
            self.line(line, style)

    def code(self, text: str, language: str = "python") -> None:
        """Source text: byte for byte in a pipe, highlighted on a terminal."""
        text = text.rstrip("\n")
        if self.plain:
            self.stream.write(text + "\n")
        else:
            self.console.print(
                Syntax("", language, background_color="default").highlight(text),
                soft_wrap=True,
                end="",
            )

    def table(
        self, heading: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: int = 1
    ) -> None:
        """A table whose columns from ``numbers`` on are aligned to the right."""
        if self.plain:
            self.stream.write("".join(f"{x}\n" for x in aligned([heading, *rows], numbers)))
            return
        made = Table(
            box=box.SIMPLE_HEAD, header_style="bold", show_edge=False, pad_edge=False
        )
        for k, title in enumerate(heading):
            made.add_column(title, justify="right" if k >= numbers else "left", overflow="fold")
        for row in rows:
            made.add_row(*(Text(cell) for cell in row))
        self.console.print(made)

    @property
    def narrow(self) -> bool:
        return self.console.width < _NARROW

    # -- reports ---------------------------------------------------------------------------------

    def comparison(self, c: Comparison, sources: bool = True) -> None:
        self.wrapped(headline(c), "  ", "bold")
        if not c.raised:
            self.line(f"primal {c.primal_ns:.0f} ns per call, {c.primal_peak_bytes} B at most")
        (_, heading), *rows = table(c)
        self.table(["", *heading], [[label, *cells] for label, cells in rows])
        for remark in remarks(c):
            self.wrapped(remark, "  ")
        for first, *rest in reasons(c):
            self.line()
            self.line(first, "bold")
            for line in rest:
                self.wrapped(line, " " * 10)
        shown: dict[str, list[str]] = {}
        for column in c.columns if sources else ():
            body = "\n".join(
                line for line in column.source.splitlines() if not line.startswith("# ")
            )
            shown.setdefault(body.strip("\n"), []).append(column.granularity)
        for body, names in shown.items():
            self.line()
            self.line(f"# {' and '.join(names)}", "bold")
            self.code(body)

    def check(self, c: Check) -> None:
        for point in c.points:
            self.line(f"{c.name} at {point.point}", "bold")
            show = (lambda x: f"{x:.9g}") if self.narrow else repr
            rows = [
                [
                    r.argument,
                    show(r.found),
                    show(r.reference),
                    digits_text(r) + ("" if r.digits >= c.tolerance else " !"),
                ]
                for r in point.rows
            ]
            self.table(["argument", "found", "reference", "digits"], rows)
            sure = [r for r in point.rows if r.note.startswith("known to")]
            if len(sure) > 1:
                known = max(sure, key=lambda r: float(r.note.split()[-1])).note
                self.line(f"the reference is differences of the function, {known}")
            told: dict[str, list[str]] = {}
            for r in point.rows if len(sure) < 2 else [r for r in point.rows if r not in sure]:
                how = "" if r.how == ENCLOSED else f"the reference is {r.how}"
                remark = ", ".join(filter(None, (how, r.note)))
                if remark:
                    told.setdefault(remark, []).append(f"d/d{r.argument}")
            for remark, names in told.items():
                some = ", ".join(names) if len(names) <= 3 else f"{len(names)} partials"
                self.wrapped(f"{some}: {remark}", "  ")
        self.line(c.verdict, "green" if c.passed else "bold red")

    def discoveries(self, found: Sequence[Discovery], arrays: Sequence[ArrayDiscovery]) -> None:
        """Each region with its forms, and the source of the one to use."""
        if not found and not arrays:
            self.line("no part of this function has one active input and more than one operation")
        for a in arrays:
            self.array_discovery(a)
        for d in found:
            self.line(f"line {d.line}: {d.operations} operations of {d.entry}", "bold")
            rows = [
                [
                    form.title + (" *" if form is d.best else ""),
                    f"{form.cost:.0f}",
                    f"{form.seen.bad} of {form.seen.points}",
                    f"{form.seen.worst:.1e}",
                ]
                for form in d.forms
            ]
            self.table(["derivative", "cost ns", "bad points", "largest rel. error"], rows)
            self.code(d.best.source)
            self.line()

    def array_discovery(self, d: ArrayDiscovery) -> None:
        """A region that reduces an array."""
        self.line(f"line {d.line}: {d.operations} operations of the array {d.entry}", "bold")
        rows = [
            [
                form.title + (" *" if form is d.best else ""),
                str(form.passes),
                f"{form.cost:.0f}",
                f"{form.seen.bad} of {form.seen.points}" if form.seen.points else "",
                f"{form.seen.worst:.1e}" if form.seen.points else "not judged",
                form.proof,
            ]
            for form in d.forms
        ]
        heads = ["derivative", "passes", "cost ns", "bad points", "largest rel. error", "proof"]
        self.table(heads, rows)
        if len(d.forms) == 1:
            self.line("nothing shorter is found")
        self.code(d.best.source)
        for form in d.forms:
            if form.title == "shortest":
                self.line("shortest, but not as good:")
                self.code(form.source)
        self.line()

    def explanation(self, e: Explanation) -> None:
        self.line(f"{e.name} ({e.place})", "bold")
        for heading, items in e.sections():
            self.line(heading, "bold")
            for item in items:
                self.line(f"  {item}")
