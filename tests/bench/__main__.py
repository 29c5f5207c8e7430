"""What is reached beside what is asked for: ``python -m tests.bench``.

Contenders are interleaved (see ``clock``); by hand means as an expert would write it.  Peers
(JAX, autograd, SymPy) appear where they are installed and can take the function as it is.
"""

from __future__ import annotations

import importlib.util
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import symdiff
from tests.bench import subjects
from tests.bench.clock import percentile, seconds_per_call
from tests.bench.hessian_by_hand import dense_of_ten_hessian

BY_HAND = 1.1  # times the hand-written derivative
# The goals in seconds were set on a machine where the neuron's derivative by hand takes this long;
# a machine is as many times slower as it takes longer for that.
NEURON_BY_HAND = 186e-9


class Row(NamedTuple):
    name: str
    f: Callable[..., Any]
    by_hand: Callable[..., Any] | None
    args: tuple[Any, ...]
    goal: float  # times the primal
    mode: str = "grad"


rosenbrock = subjects.rosenbrock
POINT = (2.0, -1.0, -3.0, -2.0, -3.0)
PREY = (1.1, 0.4, 0.4, 0.1, 10.0, 5.0)
TEN = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def chain(n: int) -> list[float]:
    return [1.0 + 0.3 * math.sin(k) for k in range(n)]


ROWS = [
    Row("neuron", subjects.neuron, subjects.neuron_by_hand, POINT, 1.95),
    Row("Rosenbrock loop, n=10", rosenbrock, subjects.rosenbrock_by_hand, (chain(10),), 1.0),
    Row("Rosenbrock loop, n=1000", rosenbrock, subjects.rosenbrock_by_hand, (chain(1000),), 1.0),
    Row("branchy", subjects.branchy, subjects.branchy_by_hand, (1.4, 0.9), 2.1),
    Row("Newton, while loop", subjects.newton, subjects.newton_by_hand, (2.0,), 2.3),
    Row(
        "Lotka-Volterra, RK4, 1000 steps",
        subjects.lotka_volterra,
        subjects.lotka_volterra_by_hand,
        PREY,
        2.6,
    ),
    Row("Hessian, 10 variables", subjects.dense_of_ten, dense_of_ten_hessian, TEN, 3.1, "hessian"),
]


def duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.1e} s"


def verdict(reached: float, goal: float) -> str:
    return "reached" if reached <= goal else "missed"


def slowness() -> float:
    """How many times slower than the machine of the goals this one is now."""
    (seconds,) = seconds_per_call([(subjects.neuron_by_hand, POINT)], rounds=100)
    return seconds / NEURON_BY_HAND


def report(name: str, reached: float, goal: float, *, over: str = "") -> None:
    """One line for a duration with a goal, here and as it were on the machine of the goals."""
    there = reached / slowness()
    found = f"{duration(reached):>10s}{duration(there):>10s}{duration(goal):>10s}   "
    print(f"{name:52s}{found}{verdict(there, goal)}{over and '   ' + over}")


def flat(x: Any) -> list[float]:
    return [x] if isinstance(x, float) else [v for e in x for v in flat(e)]


def derivative(f: Callable[..., Any], mode: str, args: tuple[Any, ...]) -> Callable[..., Any]:
    argnums = tuple(range(len(args))) if len(args) > 1 else 0
    return getattr(symdiff, mode)(f, argnums)


def generated(derived: Any, args: tuple[Any, ...]) -> Callable[..., Any]:
    """The generated function itself, from its text."""
    derived(*args)
    space: dict[str, Any] = {}
    exec(compile(derived.source, "<generated>", "exec"), space)
    names = [n for n in space if n.endswith(("_grad", "_hessian"))]
    return space[names[-1]]


def table() -> None:
    """Times of the generated function itself, and of a call of what ``grad(f)`` returns."""
    heads = ("primal", "by hand", "generated", "called", "/ primal", "goal", "/ hand", "goal")
    print(f"{'':34s}" + "".join(f"{h:>10s}" for h in heads))
    for name, f, by_hand, args, goal, mode in ROWS:
        derived = derivative(f, mode, args)
        direct = generated(derived, args)
        contenders = [(f, args), (direct, args), (derived, args)]
        if by_hand:
            contenders.append((by_hand, args))
            for a, b in zip(flat(by_hand(*args)), flat(derived(*args)), strict=True):
                assert math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12), (name, a, b)
        primal, ours, called, *hand = seconds_per_call(contenders)
        times = [primal, hand[0] if hand else None, ours, called]
        cells = [duration(t) if t is not None else "-" for t in times]
        cells += [f"{ours / primal:.2f}", f"{goal:.2f}"]
        cells += [f"{ours / hand[0]:.2f}", f"{BY_HAND:.2f}"] if hand else ["-", "-"]
        print(f"{name:34s}" + "".join(f"{c:>10s}" for c in cells))
    print(
        "Goals over the primal are those of other functions of the same kind (RK4, Hessian) or of\n"
        "the same formulas; a derivative by hand is as close as one gets."
    )


# -- the call itself, and the way to it ------------------------------------------------------------


def overhead() -> None:
    """A call of ``grad(f)`` on five floats, over one of the generated function."""
    derived = derivative(subjects.neuron, "grad", POINT)
    direct = generated(derived, POINT)
    guarded = next(iter(derived._dispatch.linked.values())).guarded
    calls = [(direct, POINT), (guarded, POINT), (derived, POINT)]
    bare, checked, through = seconds_per_call(calls)
    parts = f"of which the check of types {duration(max(checked - bare, 1e-10))}"
    report("call of grad(f) on five floats", max(through - bare, 1e-10), 75e-9, over=parts)
    xs = (chain(1000),)
    derived = derivative(subjects.rosenbrock, "grad", xs)
    bare, through = seconds_per_call([(generated(derived, xs), xs), (derived, xs)])
    each = (through - bare) / 1000
    print(f"{'the same on a list of 1000, per element':52s}{duration(each):>10s}")


def source_text(lines: int) -> str:
    forms = (
        "a = b*c + 0.5*a",
        "b = math.sin(a) - b*0.5",
        "c = (a + b)/(1.5 + c*c)",
        "a = math.tanh(c) + a*b",
    )
    body = "\n".join("    " + forms[k % 4] for k in range(lines - 2))
    return f"import math\n\n\ndef f(x, y, z):\n    a, b, c = x, y, z\n{body}\n    return a + b*c\n"


def source_to_function(lines: int, folder: Path) -> float:
    """Seconds from a function to its first gradient, in a process that is warm."""
    times = []
    for k in range(40 if lines < 100 else 4):
        text = source_text(lines) + f"# {k}\n"
        path = folder / f"lines_{lines}_{k}.py"
        path.write_text(text, encoding="utf-8")
        os.utime(path, (1, 1))  # as old as a module that is imported is
        space: dict[str, Any] = {"__name__": path.stem}
        exec(compile(text, str(path), "exec", dont_inherit=True), space)
        start = time.perf_counter()
        symdiff.grad(space["f"], (0, 1, 2))(0.1, 0.2, 0.3)
        times.append(time.perf_counter() - start)
    return percentile(times)


def fresh_process(folder: Path) -> None:
    """Whole processes, with compiled modules at hand as an installation has them."""
    root = str(Path(__file__).parent.parent.parent)
    code = {
        "a bare interpreter": "pass",
        "import symdiff": "import symdiff",
        "first gradient of the neuron": (
            "import symdiff; from tests.bench.subjects import neuron;"
            "symdiff.grad(neuron, (0, 1, 2, 3, 4))(2.0, -1.0, -3.0, -2.0, -3.0)"
        ),
    }
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    times: dict[str, list[float]] = {name: [] for name in code}
    for _ in range(21):
        for name, text in code.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", text], check=True, cwd=root, env=env)
            times[name].append(time.perf_counter() - start)
    bare, imported, first = (percentile(t[1:]) for t in times.values())
    report("fresh process: import symdiff, over a bare one", max(imported - bare, 1e-4), 0.06)
    report("fresh process: first gradient of the neuron", first, 0.1, over=f"bare {duration(bare)}")


# -- peers -----------------------------------------------------------------------------------------


def jax_neuron() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def f(w0, x0, w1, x1, w2):
        return 1 / (1 + jnp.exp(-(w0 * x0 + w1 * x1 + w2)))

    return jax.jit(jax.grad(f, (0, 1, 2, 3, 4)))


def autograd_neuron() -> Callable[..., Any]:
    import autograd
    import autograd.numpy as anp

    def f(w):
        return 1 / (1 + anp.exp(-(w[0] * w[1] + w[2] * w[3] + w[4])))

    gradient = autograd.grad(f)
    return lambda *w: gradient(anp.array(w))


def by_sympy(f: Callable[..., Any], mode: str, args: tuple[Any, ...]) -> Callable[..., Any]:
    """Differentiate the unrolled function, share common subexpressions, print as ``math``."""
    import sympy

    whole = isinstance(args[0], list)
    names = sympy.symbols([f"x{k}" for k in range(len(flat(args)))])
    traced = type(f)(f.__code__, {"math": sympy, "range": range, "len": len})
    value = traced(names) if whole else traced(*names)
    entries = [value.diff(v) for v in names]
    if mode == "hessian":
        entries = [e.diff(v) for k, e in enumerate(entries) for v in names[k:]]
    theirs = sympy.lambdify(names, entries, modules="math", cse=True)
    return (lambda xs: theirs(*xs)) if whole else theirs


def peers() -> None:
    found: list[tuple[str, Row, Callable[[], Callable[..., Any]]]] = [
        ("jax", ROWS[0], jax_neuron),
        ("autograd", ROWS[0], autograd_neuron),
    ]
    for row in (ROWS[0], ROWS[1], ROWS[-1]):
        found.append(("sympy", row, lambda row=row: by_sympy(row.f, row.mode, row.args)))  # type: ignore[misc]
    for peer, row, make in found:
        if importlib.util.find_spec(peer) is None:
            continue
        theirs, ours = make(), generated(derivative(row.f, row.mode, row.args), row.args)
        theirs(*row.args)
        a, b = seconds_per_call([(ours, row.args), (theirs, row.args)])
        print(f"{row.name}: {peer} takes {b / a:.2f} times as long")


def main() -> None:
    table()
    print(f"\n{'':52s}{'here':>10s}{'scaled':>10s}{'goal':>10s}")
    overhead()
    print(
        f"(scaled by {slowness():.2f}: the neuron's derivative by hand takes that many times "
        f"{duration(NEURON_BY_HAND)}, its time on the machine of the goals)"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for lines, goal in ((20, 0.01), (1000, 1.0)):
            report(f"source to gradient, {lines} lines", source_to_function(lines, folder), goal)
        fresh_process(folder)
    print()
    peers()


if __name__ == "__main__":
    main()
