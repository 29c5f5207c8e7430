"""Digits in the core and in the tails: ``python -m tests.bench.stability``.

32 functions as users write them.  A function passes where its derivative has at most 16 units of
2**-52 of error, relative to itself or to what one unit in the last place of x changes, for
``|x| < 30`` and for 30 to 700, and where it is a number at the special points up to 1e300 at which
the function has a derivative: at every granularity with ``math``, and by ``auto`` on NumPy arrays.
The reference is interval arithmetic of growing precision.  Then nine programs at the points where
written formulas are known to fail.
"""

from __future__ import annotations

import math
import random
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import symdiff
from symdiff.report.accuracy import EPS, Judge
from symdiff.report.interval import OutOfDomain, Unresolved
from symdiff.report.oracle import ENCLOSED
from symdiff.report.subject import Subject, subject_of_call

MOST = 16.0
TINY = 2.0**-1022
SPECIAL = (710.0, 711.0, 746.0, 1e4, 1e160, 1e200, 1e300)


class Row(NamedTuple):
    """``text`` over x; ``m.`` is the library; ``array`` where NumPy needs another text."""

    name: str
    text: str
    domain: str = "real"
    array: str = ""


_CDF = "0.5*(1 + m.erf({}/m.sqrt(2)))"
ROWS = [
    Row("sigmoid", "1/(1 + m.exp(-x))"),
    Row("tanh, by exp", "(m.exp(x) - m.exp(-x))/(m.exp(x) + m.exp(-x))"),
    Row("tanh", "m.tanh(x)"),
    Row("softplus", "m.log(1 + m.exp(x))"),
    Row("silu", "x/(1 + m.exp(-x))"),
    Row("swish-beta", "x/(1 + m.exp(-1.5*x))"),
    Row("gelu, tanh", "0.5*x*(1 + m.tanh(m.sqrt(2/m.pi)*(x + 0.044715*x**3)))"),
    Row("gelu, erf", f"x*{_CDF.format('x')}"),
    Row("mish", "x*m.tanh(m.log(1 + m.exp(x)))"),
    Row("softsign", "x/(1 + abs(x))"),
    Row("log-sigmoid", "m.log(1/(1 + m.exp(-x)))"),
    Row("BCE", "-(0.3*m.log(1/(1 + m.exp(-x))) + 0.7*m.log(1 - 1/(1 + m.exp(-x))))"),
    Row("logcosh", "m.log(m.cosh(x))"),
    Row("Hill, n=4", "x**4/(x**4 + 2.5**4)", "positive"),
    Row("Michaelis", "3.0*x/(2.5 + x)", "positive"),
    Row("isru", "x/m.sqrt(1 + 0.7*x*x)"),
    Row("gompertz", "m.exp(-2*m.exp(-x))"),
    Row("cloglog", "1 - m.exp(-m.exp(x))"),
    Row("gaussian", "m.exp(-x*x)"),
    Row("sinc", "m.sin(x)/x"),
    Row("elu", "x if x > 0 else m.exp(x) - 1", "real", "m.where(x > 0, x, m.exp(x) - 1)"),
    Row(
        "selu",
        "1.0507*(x if x > 0 else 1.6733*(m.exp(x) - 1))",
        "real",
        "1.0507*m.where(x > 0, x, 1.6733*(m.exp(x) - 1))",
    ),
    Row("logit", "m.log(x/(1 - x))", "unit"),
    Row("arctan", "m.atan(x)", "real", "m.arctan(x)"),
    Row("poisson", "m.exp(x) - 3.0*x"),
    Row("gauss NLL", "0.5*m.log(2.0) + 0.5*(x - 0.5)**2/2.0"),
    Row(
        "huber",
        "0.5*x*x if abs(x) < 1 else abs(x) - 0.5",
        "real",
        "m.where(abs(x) < 1, 0.5*x*x, abs(x) - 0.5)",
    ),
    Row("reciprocal", "1/x", "positive"),
    Row("sqrt", "m.sqrt(x)", "positive"),
    Row("tan", "m.sin(x)/m.cos(x)", "core"),
    Row("x log x", "x*m.log(x)", "positive"),
    Row("student", "3.0*m.log(1 + x*x/5.0)"),
]


def points(domain: str) -> list[float]:
    rng = random.Random(3)
    if domain == "unit":
        return [rng.uniform(0.001, 0.999) for _ in range(24)] + [1e-8, 1e-4, 0.9999, 1 - 1e-9]
    if domain == "positive":
        return [math.exp(rng.uniform(-18, 18)) for _ in range(40)]
    core = [rng.uniform(-30, 30) for _ in range(24)] + [rng.uniform(-2, 2) for _ in range(12)]
    core += [1e-9, -1e-5, 1e-3, -0.02]
    if domain == "core":
        return core
    return core + [s * rng.uniform(30, 700) for _ in range(9) for s in (1, -1)]


def special(domain: str) -> list[float]:
    """Where nothing may be NaN or raise."""
    if domain == "unit":
        return [1e-300, 1e-160]
    if domain == "core":
        return [0.0]
    return [s * x for x in SPECIAL for s in ((1,) if domain == "positive" else (1, -1))] + (
        [1e-300, 1e-100] if domain == "positive" else [0.0, 1e-300]
    )


class Seen(NamedTuple):
    """The largest error in units of 2**-52, and at how many special points there is no number."""

    worst: float
    bad: int
    where: float

    @property
    def passes(self) -> bool:
        return self.worst <= MOST and not self.bad

    def __str__(self) -> str:
        if self.worst != self.worst:
            return "refused *"
        worst = f"{self.worst:.1f}" if self.worst < 1e4 else f"{self.worst:.0e}"
        return f"{worst:>6s} {self.bad:2d} {'' if self.passes else '*':1s}"


class References:
    """The sound derivative at each point, and what one unit in the last place of x changes."""

    def __init__(self, subject: Subject, row: Row) -> None:
        graph = subject.primal()
        self.points: list[tuple[float, float, float]] = []
        self.special: list[float] = []
        for x in points(row.domain):
            found = _partial(graph, x)
            if found is not None:
                self.points.append((x, *found))
        self.special = [x for x in special(row.domain) if _has_derivative(graph, x)]

    def judge(self, slope: Callable[[float], float]) -> Seen:
        worst, bad, where = 0.0, 0, 0.0
        for x, true, change in self.points:
            try:
                found = float(slope(x))
            except (ArithmeticError, ValueError):
                found = math.nan
            scale = max(abs(true), change / EPS, TINY)
            error = abs(found - true) / scale / EPS if math.isfinite(found) else math.inf
            if error > worst:
                worst, where = error, x
        for x in self.special:
            try:
                bad += not math.isfinite(slope(x))
            except (ArithmeticError, ValueError):
                bad += 1
        return Seen(worst, bad, where)


def _partial(graph: Any, x: float) -> tuple[float, float] | None:
    try:
        judge = Judge(graph, [x], [0])
        partial, near = judge.here.partials[0], judge.nearby(0)
    except (OutOfDomain, Unresolved, OverflowError):
        return None
    if partial.status != ENCLOSED and not math.isfinite(partial.value):
        return None
    change = abs(near.value - partial.value) if near is not None else 0.0
    return partial.value, change if math.isfinite(change) else 0.0


def _has_derivative(graph: Any, x: float) -> bool:
    """A removable singularity has one, too: that of its neighbours."""
    try:
        value = Judge(graph, [x], [0]).here.partials[0].value
    except OutOfDomain:
        return all(_partial(graph, y) is not None for y in (x + 1e-6, x - 1e-6)) and x == 0
    except (Unresolved, OverflowError):
        return False
    return math.isfinite(value)


# -- the functions as modules ----------------------------------------------------------------------


def module(rows: Sequence[Row], folder: Path, arrays: bool) -> dict[str, Callable[..., Any]]:
    """The functions in a file of their own, so that their source can be read."""
    head = "import numpy as np\nfrom scipy.special import erf\n" if arrays else "import math\n"
    name = "np" if arrays else "math"
    lines = [head]
    for k, row in enumerate(rows):
        text = (row.array if arrays and row.array else row.text).replace("m.", f"{name}.")
        text = text.replace("np.erf", "erf")
        lines.append(f"def f{k}(x):\n    return {f'({text}).sum()' if arrays else text}\n")
    path = folder / f"written_with_{name}.py"
    path.write_text("\n\n".join(lines), encoding="utf-8")
    space: dict[str, Any] = {"__name__": path.stem}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    return {row.name: space[f"f{k}"] for k, row in enumerate(rows)}


def on_array(f: Callable[..., Any]) -> Callable[[float], float]:
    """One number as an array of three, so that branches are taken element by element."""
    gradient = symdiff.grad(f)

    def slope(x: float) -> float:
        return float(gradient(np.array([x, 0.5, -0.5 if x < 0 else 0.25]))[0])

    return slope


def results(rows: Sequence[Row] = tuple(ROWS)) -> Iterator[tuple[Row, dict[str, Seen]]]:
    """Each function with what was seen of it per column."""
    with tempfile.TemporaryDirectory() as folder:
        scalar, array = (module(rows, Path(folder), arrays) for arrays in (False, True))
        for row in rows:
            f = scalar[row.name]
            references = References(subject_of_call(f, (0.5,), {}, None)[0], row)
            seen = {
                level: references.judge(symdiff.grad(f, granularity=level))
                for level in ("fine", "fused", "auto")
            }
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    seen["numpy"] = references.judge(on_array(array[row.name]))
                except symdiff.SourceError:  # an operation that arrays do not have
                    seen["numpy"] = Seen(math.nan, 0, math.nan)
            yield row, seen


# -- the nine programs -----------------------------------------------------------------------------


class Program(NamedTuple):
    name: str
    f: Callable[..., Any]
    point: tuple[float, ...]
    gradient: tuple[float, ...]


def _sigmoid(x):  # type: ignore[no-untyped-def]
    return 1 / (1 + math.exp(-x))


def _log_of_rest(x):  # type: ignore[no-untyped-def]
    return math.log(1 - 1 / (1 + math.exp(-x)))


def _softplus(x):  # type: ignore[no-untyped-def]
    return math.log(1 + math.exp(x))


def _logaddexp(x, y):  # type: ignore[no-untyped-def]
    return math.log(math.exp(x) + math.exp(y))


def _hypot(x, y):  # type: ignore[no-untyped-def]
    return math.sqrt(x * x + y * y)


def _x_log_x(x):  # type: ignore[no-untyped-def]
    return x * math.log(x) if x > 0 else 0.0


def _versine(x):  # type: ignore[no-untyped-def]
    return (1 - math.cos(x)) / x**2


def _x_root_x(x):  # type: ignore[no-untyped-def]
    return x * math.sqrt(x)


PROGRAMS = [
    Program("sigmoid at -1000", _sigmoid, (-1000.0,), (0.0,)),
    Program("log(1 - sigmoid) at 40", _log_of_rest, (40.0,), (-1.0,)),
    Program("softplus at 1000", _softplus, (1000.0,), (1.0,)),
    Program(
        "logaddexp at 1000, 999",
        _logaddexp,
        (1000.0, 999.0),
        (1 / (1 + math.exp(-1.0)), 1 / (1 + math.exp(1.0))),
    ),
    Program("hypot at 0, 0", _hypot, (0.0, 0.0), (0.0, 0.0)),
    Program("hypot at 1e-200, 0", _hypot, (1e-200, 0.0), (1.0, 0.0)),
    Program("x log x at 0", _x_log_x, (0.0,), (0.0,)),
    Program("(1 - cos x)/x**2 at 0", _versine, (0.0,), (0.0,)),
    Program("x sqrt(x) at 0", _x_root_x, (0.0,), (0.0,)),
]


def is_right(program: Program, granularity: str = "auto") -> bool:
    wrt = tuple(range(len(program.point)))
    try:
        found = symdiff.grad(program.f, wrt, granularity=granularity)(*program.point)
    except (ArithmeticError, ValueError):
        return False
    return all(
        math.isclose(a, b, rel_tol=4 * EPS, abs_tol=1e-300)
        for a, b in zip(found, program.gradient, strict=True)
    )


def main() -> None:
    columns = ("fine", "fused", "auto", "numpy")
    print("largest error in ulp (core and tails), special points without a number; * fails")
    print(f"{'':16s}" + "".join(f"{c:>12s}" for c in columns))
    passed = dict.fromkeys(columns, 0)
    for row, seen in results():
        print(f"{row.name:16s}" + "".join(f"{seen[c]!s:>12s}" for c in columns), end="")
        worst = max((seen[c] for c in ("auto", "numpy")), key=lambda s: (s.bad, s.worst))
        print("" if worst.passes else f"   at {worst.where:.4g}", flush=True)
        for c in columns:
            passed[c] += seen[c].passes
    print(f"{'pass':16s}" + "".join(f"{passed[c]:7d}/{len(ROWS):<4d}" for c in columns))
    print("\nprograms at kinks and overflows")
    for level in ("fine", "auto"):
        right = [p.name for p in PROGRAMS if is_right(p, level)]
        wrong = [p.name for p in PROGRAMS if p.name not in right]
        print(f"{level:6s} {len(right)} of {len(PROGRAMS)} right; wrong: {', '.join(wrong) or '-'}")


if __name__ == "__main__":
    sys.exit(main())
