"""A worker: reads ``module qualname`` lines, answers each with a line of JSON.

Its own standard output is kept from the functions it calls; a phase is written before each step, so
that whoever waits knows in which one a worker hung."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import json
import os
import sys
import tempfile
import types
import warnings
from collections.abc import Callable

from tests.survey.collect import functions
from tests.survey.judge import Late, Verdict, judge


def main(judge: Callable[[types.FunctionType], Verdict]) -> None:
    """Answer requests until the input ends, with what a judge says."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.chdir(tempfile.mkdtemp())
    warnings.simplefilter("ignore")
    _quiet_numpy()
    for line in sys.stdin:
        words = line.split()
        if words[0] == "collect":
            answers.write(json.dumps(sorted(set(functions(words[1])))) + "\n")
        else:
            answers.write(json.dumps(dataclasses.asdict(_verdict(judge, *words))) + "\n")


def _quiet_numpy() -> None:
    import numpy as np

    np.seterr(all="ignore")


def _verdict(
    judge: Callable[[types.FunctionType], Verdict], module: str, qualname: str
) -> Verdict:
    try:
        holder = importlib.import_module(module)
        f = functools.reduce(getattr, qualname.split("."), holder)
        assert isinstance(f, types.FunctionType)
        _quiet_numpy()  # a package may have changed that for all while it was imported
        return judge(f)
    except Late:
        return Verdict("skipped", "the primal takes too long")


if __name__ == "__main__":
    main(judge)
