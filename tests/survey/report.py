"""The survey's result as a table: per package, and the refusals ranked by what they block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata

from tests.survey.judge import Verdict

TITLE = "A survey of real code"
REAL = ("accepted", "unchecked", "singular", "refused", "wrong", "crashed", "slow")


@dataclass(frozen=True)
class Finding:
    """A function and what became of it."""

    package: str
    module: str
    qualname: str
    verdict: Verdict

    @property
    def name(self) -> str:
        return f"{self.module}.{self.qualname}"


def markdown(findings: Sequence[Finding], title: str = TITLE) -> str:
    """The report that is kept: totals, packages, refusals, what is wrong."""
    parts = [f"# {title}", "", *_totals(findings), "", *_packages(findings)]
    return "\n".join([*parts, "", *_ranked(findings), ""])


def text(findings: Sequence[Finding], title: str = TITLE) -> str:
    """The same for a terminal: the tables without their rules."""
    lines = markdown(findings, title).splitlines()
    return "\n".join(line for line in lines if not line.startswith("|--"))


def _count(findings: Sequence[Finding]) -> Counter[str]:
    return Counter(f.verdict.status for f in findings)


def _share(count: Counter[str]) -> str:
    real = sum(count[s] for s in REAL)
    return f"{100.0 * (count['accepted'] + count['unchecked']) / real:.1f} %" if real else "-"


def _totals(findings: Sequence[Finding]) -> Iterator[str]:
    count = _count(findings)
    real = sum(count[s] for s in REAL)
    packages = len({f.package for f in findings})
    yield (
        f"{len(findings)} functions of {packages} packages were collected; "
        f"{real} of them return real numbers for the arguments that were found. Of those "
        f"**{_share(count)} are accepted**, {count['wrong']} are wrong, {count['crashed']} crashed."
    )
    yield ""
    yield (
        "*accepted*: differentiated, and equal to differences; *unchecked*: differentiated at "
        "points where differences say nothing (kinks, noise); *singular*: inf or nan everywhere, "
        "because an inner derivative is infinite there; *slow*: over the time limit."
    )


def _packages(findings: Sequence[Finding]) -> Iterator[str]:
    yield "| package | functions | real-valued | " + " | ".join(REAL) + " | share |"
    yield "|--" * (len(REAL) + 4) + "|"
    for package in sorted({f.package for f in findings}):
        mine = [f for f in findings if f.package == package]
        yield _row(f"{package} {_version(package)}", mine)
    yield _row("**all**", findings)


def _row(name: str, findings: Sequence[Finding]) -> str:
    count = _count(findings)
    real = sum(count[s] for s in REAL)
    cells = [name, len(findings), real, *(count[s] for s in REAL), _share(count)]
    return "| " + " | ".join(map(str, cells)) + " |"


def _version(package: str) -> str:
    top = package.split(".")[0]
    found = metadata.packages_distributions().get(top)
    return metadata.version(found[0]) if found else "(standard library)"


def _ranked(findings: Sequence[Finding]) -> Iterator[str]:
    refused = [f for f in findings if f.verdict.status == "refused"]
    yield "## Refusals, by how many functions each blocks"
    yield ""
    yield "| functions | reason | for example |"
    yield "|--|--|--|"
    for why, number in Counter(f.verdict.reason for f in refused).most_common():
        example = next(f for f in refused if f.verdict.reason == why)
        yield f"| {number} | {_cell(why)} | `{example.name}` |"
    bad = [f for f in findings if f.verdict.status in ("wrong", "crashed", "singular", "slow")]
    if bad:
        yield ""
        yield "## Wrong, crashed, singular or slow"
        yield ""
        yield "| function | verdict | detail |"
        yield "|--|--|--|"
        for f in bad:
            v = f.verdict
            yield f"| `{f.name}` | {v.status} | {_cell(v.detail or v.reason)} |"


def _cell(text: str) -> str:
    first = text.split("\n")[0].replace("|", "\\|")
    return first if len(first) <= 160 else first[:157] + "..."
