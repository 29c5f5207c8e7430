"""The long run: ``python -m tests.fuzz.run --programs 20000 --seed 1 --quick``.

Every failure is printed with its program, its point and the seed that makes it again.  With
``--quick`` each program is asked one question only and answered by differences of floats first (see
:func:`tests.fuzz.check.quick`): ten times the programs in the same time.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter

from tests.fuzz import aliases, exits, idioms, language, programs, recursive
from tests.fuzz.check import REFUSALS, Mismatch, check, quick, within
from tests.fuzz.questions import ROTATION

KINDS = {
    "programs": programs.program,
    "aliases": aliases.program,
    "recursive": recursive.program,
    "language": language.program,
    "idioms": idioms.program,
    "exits": exits.program,
}


def one(
    kind: str, seed: str, size: int, *, seconds: int = 20, hurry: bool = False
) -> tuple[str, str]:
    """The outcome of one program and, if it failed, the report."""
    rng = random.Random(seed)
    text, point = KINDS[kind](rng.randrange, size)
    refusals = () if kind == "programs" else REFUSALS
    chance = rng.random()
    try:
        with within(seconds):
            if hurry:
                question = ROTATION[int(chance * len(ROTATION))]
                return quick(text, point, question, refusals=refusals), ""
            return check(text, point, second=chance < 0.25, refusals=refusals), ""
    except Mismatch as error:
        report = str(error)
        return "failed", report if text in report else f"{report}\nat {point}\n\n{text}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", choices=KINDS, default="programs")
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--first", type=int, default=0, help="number of the first program")
    parser.add_argument("--size", type=int, help="statements of the largest function")
    parser.add_argument("--most-failures", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=20, help="for one program")
    parser.add_argument("--quick", action="store_true", help="one question a program")
    options = parser.parse_args()
    size = options.size or (6 if options.quick else 12)
    outcomes: Counter[str] = Counter()
    for number in range(options.first, options.first + options.programs):
        seed = f"{options.seed}:{number}"
        outcome, report = one(
            options.kind, seed, size, seconds=options.seconds, hurry=options.quick
        )
        outcomes[outcome] += 1
        if outcome == "failed":
            print(f"--- program {number} of seed {options.seed}, size {size}\n{report}", flush=True)
            if outcomes["failed"] >= options.most_failures:
                break
    print(", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())))
    return 1 if outcomes["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
