"""What is found for reductions of arrays: ``python -m tests.bench.array_discovery [NAME]``.

Passes count how often a vector-Jacobian product goes over the array beyond the forward values (a
sum of products is two), ns are per element as the table of operations has them, the error is the
largest relative one against the sound oracle, saturated points included.  A ``*`` marks the
derivative that is better: no bad point more, not a digit less, fewer passes.  Where that by rules
is the least already, the search is asked for what costs no more.
"""

from __future__ import annotations

import sys
import textwrap
import time

from symdiff.discovery.array_candidates import compact
from symdiff.discovery.array_regions import reduction_regions
from symdiff.report.array_discovery import active_in, discover_arrays
from symdiff.report.subject import Subject
from tests.discovery.array_functions import PROBLEMS, Problem, subject_of


def shown(problem: Problem) -> bool:
    """One row of the table; whether a proved derivative of the passes of that by hand is found."""
    subject = subject_of(problem)
    start = time.thread_time()
    (found,) = discover_arrays(subject)
    seconds = time.thread_time() - start
    rules, *others = found.forms
    proofs = [form.proof for form in others] or [again(subject)]
    used = found.best if found.best in others else (others or [rules])[0]
    shortest = found.forms[-1]
    stars = ["*" if found.best is form else " " for form in (rules, used)]
    cells = [f"{f.passes:8d}{f.cost:6.0f}{f.seen.worst:10.1e}" for f in (rules, used)]
    said = proofs[0] or "NOT FOUND"
    print(f"{problem.name:14s}{cells[0]}{stars[0]}{cells[1]}{stars[1]}{seconds:6.2f} s  {said}")
    print(indented(used.pullback()))
    if shortest.title == "shortest":
        print(
            f"{'':14s}the shortest has {shortest.passes} passes, error {shortest.seen.worst:.1e}:"
        )
        print(indented(shortest.pullback()))
    return all(p.startswith("proved") for p in proofs) and shortest.passes <= problem.passes


def indented(text: str) -> str:
    return textwrap.indent("\n".join(filter(None, text.splitlines())), " " * 8)


def again(subject: Subject) -> str:
    """Whether the search finds what is no shorter than that by rules."""
    primal = subject.primal()
    (region,) = reduction_regions(primal, active_in(subject, primal))
    same = next(compact(region.row, more=0.1), None)
    return "" if same is None else "proved, no shorter than by rules"


def main() -> None:
    wanted = sys.argv[1:] or [p.name for p in PROBLEMS]
    print(f"{'':14s}{'by rules':>24s} {'found':>24s}")
    print(f"{'':14s}" + 2 * f"{'passes':>8s}{'ns':>6s}{'error':>10s} ")
    reached = [shown(p) for p in PROBLEMS if p.name in wanted]
    print(f"found and proved, with no more passes than by hand: {sum(reached)} of {len(reached)}")


if __name__ == "__main__":
    main()
