"""The long run: ``python -m tests.fuzz.run --programs 20000 --seed 1``.

Every failure is printed with its program, its point and the seed that makes it again.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.fuzz import aliases, language, programs, recursive
from tests.fuzz.check import REFUSALS, Mismatch, check, within

KINDS = {
    "programs": programs.program,
    "aliases": aliases.program,
    "recursive": recursive.program,
    "language": language.program,
}


def one(kind: str, seed: str, size: int, folder: Path, seconds: int = 20) -> tuple[str, str]:
    """The outcome of one program and, if it failed, the report."""
    rng = random.Random(seed)
    text, point = KINDS[kind](rng.randrange, size)
    refusals = () if kind == "programs" else REFUSALS
    try:
        with within(seconds):
            second = rng.random() < 0.25
            return check(text, point, folder, second=second, refusals=refusals), ""
    except Mismatch as error:
        report = str(error)
        return "failed", report if text in report else f"{report}\nat {point}\n\n{text}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", choices=KINDS, default="programs")
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--first", type=int, default=0, help="number of the first program")
    parser.add_argument("--size", type=int, default=12, help="statements of the largest function")
    parser.add_argument("--most-failures", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=20, help="for one program, on an idle core")
    options = parser.parse_args()
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        for number in range(options.first, options.first + options.programs):
            seed = f"{options.seed}:{number}"
            outcome, report = one(options.kind, seed, options.size, Path(name), options.seconds)
            outcomes[outcome] += 1
            if outcome == "failed":
                print(
                    f"--- program {number} of seed {options.seed}, size {options.size}\n{report}",
                    flush=True,
                )
                if outcomes["failed"] >= options.most_failures:
                    break
    print(", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())))
    return 1 if outcomes["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
