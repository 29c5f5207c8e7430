"""``python -m tests.survey PACKAGE... [--most N] [--seconds S]``: survey installed packages.

``--record FILE`` keeps every verdict as a line of JSON; with ``--again`` those of the file that are
not accepted are judged anew, and the others taken from it."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import random
import selectors
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from tests.survey import report
from tests.survey.judge import Verdict
from tests.survey.report import Finding

RESULTS = Path(__file__).with_name("RESULTS.md")
_ROOT = Path(__file__).parents[2]
_SETTLED = ("accepted", "unchecked", "skipped")

Job = tuple[str, str, str]  # package, module, qualified name


class Worker:
    """A worker process that is started again after it hung or died."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.process: subprocess.Popen[str] | None = None

    def ask(self, line: str, seconds: float) -> Any:
        """The answer, or "late" or "died"."""
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                cwd=_ROOT,
                env={**os.environ, "NUMBA_DISABLE_JIT": "1"},  # the functions as they are written
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        process = self.process
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(line + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            return self._gone("died")
        with selectors.DefaultSelector() as ready:
            ready.register(process.stdout, selectors.EVENT_READ)
            if not ready.select(seconds):
                return self._gone("late")
        answer = process.stdout.readline()
        return json.loads(answer) if answer else self._gone("died")

    def _gone(self, how: str) -> str:
        self.close()
        return how

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


def collected(package: str, most: int | None, module: str) -> list[Job]:
    """A package's functions; a random but fixed choice where there are too many."""
    worker = Worker(module)
    found = worker.ask(f"collect {package}", 300.0)
    worker.close()
    if isinstance(found, str):
        print(f"{package}: cannot be imported here", file=sys.stderr)
        return []
    if most is not None and len(found) > most:
        found = sorted(random.Random(package).sample(found, most))
    return [(package, module, name) for module, name in found]


def judged(jobs: list[Job], seconds: float, workers: int, module: str) -> Iterator[Finding]:
    """Verdicts as they come, from several workers."""
    queue: Queue[Job] = Queue()
    for job in jobs:
        queue.put(job)
    done: Queue[Finding] = Queue()

    def work() -> None:
        worker = Worker(module)
        while True:
            try:
                package, home, name = queue.get_nowait()
            except Empty:
                worker.close()
                return
            answer = worker.ask(f"{home} {name}", seconds)
            verdict = Verdict(**answer) if isinstance(answer, dict) else _lost(answer, seconds)
            done.put(Finding(package, home, name, verdict))

    for _ in range(workers):
        threading.Thread(target=work, daemon=True).start()
    for _ in jobs:
        yield done.get()


def _lost(how: str, seconds: float) -> Verdict:
    if how == "late":
        return Verdict("slow", "time limit", f"no answer within {seconds:g} s")
    return Verdict("crashed", "the process died")


def _recorded(path: Path) -> list[Finding]:
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [
        Finding(r["package"], r["module"], r["qualname"], Verdict(**r["verdict"])) for r in rows
    ]


def survey(module: str, results: Path, title: str) -> None:
    """Survey by workers that run a module, print the table, write it to a file."""
    options = _options(results)
    known: list[Finding] = []
    if options.again:
        found = _recorded(options.record)
        known = [f for f in found if not _anew(f, options)]
        jobs = [(f.package, f.module, f.qualname) for f in found if _anew(f, options)]
    else:
        each = (collected(package, options.most, module) for package in options.packages)
        jobs = [job for found in each for job in found]
    findings = list(known)
    for number, finding in enumerate(judged(jobs, options.seconds, options.workers, module), 1):
        findings.append(finding)
        v = finding.verdict
        print(f"[{number}/{len(jobs)}] {finding.name}: {v.status} {v.reason}", file=sys.stderr)
    findings.sort(key=lambda f: (f.package, f.module, f.qualname))
    if options.record:
        rows = (json.dumps(dataclasses.asdict(f)) + "\n" for f in findings)
        options.record.write_text("".join(rows), encoding="utf-8")
    print(report.text(findings, title))
    options.results.write_text(report.markdown(findings, title), encoding="utf-8")


def _anew(finding: Finding, options: argparse.Namespace) -> bool:
    verdict = finding.verdict
    return verdict.status not in _SETTLED and options.match in f"{verdict.reason} {finding.name}"


def _options(results: Path) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.survey", description=__doc__)
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help="an installed package")
    parser.add_argument("--most", type=int, help="functions per package, at most")
    parser.add_argument("--seconds", type=float, default=20.0, help="per function")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--record", type=Path, help="a file of verdicts, written or read")
    parser.add_argument("--again", action="store_true", help="judge anew what is not accepted")
    parser.add_argument("--match", default="", help="with --again: only reasons or names with this")
    parser.add_argument("--results", type=Path, default=results, help="the report's file")
    options = parser.parse_args()
    if bool(options.packages) == options.again or (options.again and not options.record):
        parser.error("name packages, or --again with --record FILE")
    return options


if __name__ == "__main__":
    survey("tests.survey.work", RESULTS, report.TITLE)
