"""One table of ratios: ``python -m tests.bench``.

Contenders are interleaved and medians are taken; by hand means as an expert would write it.  Peers
(JAX, autograd, SymPy) appear where they are installed and can take the function as it is.
"""

from __future__ import annotations

import importlib.util
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import symdiff
from tests.bench import subjects
from tests.bench.clock import seconds_per_call

Row = tuple[str, Callable[..., Any], Callable[..., Any] | None, tuple[Any, ...], str]

POINT = (2.0, -1.0, -3.0, -2.0, -3.0)
PREY = (1.1, 0.4, 0.4, 0.1, 10.0, 5.0)
TEN = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def chain(n: int) -> list[float]:
    return [1.0 + 0.3 * math.sin(k) for k in range(n)]


ROWS: list[Row] = [
    ("neuron", subjects.neuron, subjects.neuron_by_hand, POINT, "grad"),
    (
        "Rosenbrock loop, n=10",
        subjects.rosenbrock,
        subjects.rosenbrock_by_hand,
        (chain(10),),
        "grad",
    ),
    (
        "Rosenbrock loop, n=1000",
        subjects.rosenbrock,
        subjects.rosenbrock_by_hand,
        (chain(1000),),
        "grad",
    ),
    ("branchy", subjects.branchy, subjects.branchy_by_hand, (1.4, 0.9), "grad"),
    ("Newton, while loop", subjects.newton, subjects.newton_by_hand, (2.0,), "grad"),
    (
        "Lotka-Volterra, RK4, 1000 steps",
        subjects.lotka_volterra,
        subjects.lotka_volterra_by_hand,
        PREY,
        "grad",
    ),
    ("Hessian, 10 variables", subjects.dense_of_ten, None, TEN, "hessian"),
]


def duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.1e} s"


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
    heads = ("primal", "by hand", "generated", "called", "/ primal", "/ hand")
    print(f"{'':34s}" + "".join(f"{h:>10s}" for h in heads))
    for name, f, by_hand, args, mode in ROWS:
        derived = derivative(f, mode, args)
        direct = generated(derived, args)
        contenders = [(f, args), (direct, args), (derived, args)]
        if by_hand:
            contenders.append((by_hand, args))
            for a, b in zip(flat(by_hand(*args)), flat(derived(*args)), strict=True):
                assert math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12), (name, a, b)
        primal, ours, called, *hand = seconds_per_call(contenders)
        times = [primal, hand[0] if hand else None, ours, called]
        shown = [duration(t) if t is not None else "-" for t in times]
        ratios = [f"{ours / primal:.2f}", f"{ours / hand[0]:.2f}" if hand else "-"]
        print(f"{name:34s}" + "".join(f"{s:>10s}" for s in (*shown, *ratios)))


def sympy_hessian() -> None:
    """The same Hessian by SymPy: differentiate, share common subexpressions, print as ``math``."""
    if importlib.util.find_spec("sympy") is None:
        return
    import sympy

    names = sympy.symbols([f"x{k}" for k in range(10)])
    space = {"math": sympy}
    f = subjects.dense_of_ten
    expression = type(f)(f.__code__, space)(*names)
    entries = [sympy.diff(expression, u, v) for k, u in enumerate(names) for v in names[k:]]
    theirs = sympy.lambdify(names, entries, modules="math", cse=True)
    ours = generated(derivative(f, "hessian", TEN), TEN)
    a, b = seconds_per_call([(theirs, TEN), (ours, TEN)])
    print(f"Hessian, SymPy diff + cse / symdiff: {a / b:.2f}")


def overhead() -> None:
    derived = derivative(subjects.neuron, "grad", POINT)
    direct, through = seconds_per_call([(generated(derived, POINT), POINT), (derived, POINT)])
    print(
        "\ncall of grad(f) on five floats over the generated function: "
        + duration(max(through - direct, 1e-10))
    )


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
    for k in range(9 if lines < 100 else 3):
        text = source_text(lines) + f"# {k}\n"
        path = folder / f"lines_{lines}_{k}.py"
        path.write_text(text, encoding="utf-8")
        space: dict[str, Any] = {"__name__": path.stem}
        exec(compile(text, str(path), "exec"), space)
        start = time.perf_counter()
        symdiff.grad(space["f"], (0, 1, 2))(0.1, 0.2, 0.3)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def fresh_process() -> None:
    root = str(Path(__file__).parent.parent.parent)
    code = {
        "a bare interpreter": "pass",
        "import symdiff": "import symdiff",
        "first gradient of the neuron": (
            "import symdiff; from tests.bench.subjects import neuron;"
            "symdiff.grad(neuron, (0, 1, 2, 3, 4))(2.0, -1.0, -3.0, -2.0, -3.0)"
        ),
    }
    times: dict[str, list[float]] = {name: [] for name in code}
    for _ in range(7):
        for name, text in code.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", text], check=True, cwd=root)
            times[name].append(time.perf_counter() - start)
    for name, seconds in times.items():
        print(f"fresh process, {name}: {duration(statistics.median(seconds))}")


def jax_neuron(neuron: Callable[..., Any]) -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def f(w0, x0, w1, x1, w2):
        return 1 / (1 + jnp.exp(-(w0 * x0 + w1 * x1 + w2)))

    return jax.jit(jax.grad(f, (0, 1, 2, 3, 4)))


def autograd_neuron(neuron: Callable[..., Any]) -> Callable[..., Any]:
    import autograd
    import autograd.numpy as anp

    def f(w):
        return 1 / (1 + anp.exp(-(w[0] * w[1] + w[2] * w[3] + w[4])))

    gradient = autograd.grad(f)
    return lambda *w: gradient(anp.array(w))


def sympy_neuron(neuron: Callable[..., Any]) -> Callable[..., Any]:
    import sympy

    names = sympy.symbols("w0 x0 w1 x1 w2")
    w0, x0, w1, x1, w2 = names
    value = 1 / (1 + sympy.exp(-(w0 * x0 + w1 * x1 + w2)))
    return sympy.lambdify(names, [value.diff(v) for v in names], modules="math", cse=True)


def peers() -> None:
    makers = {"jax": jax_neuron, "autograd": autograd_neuron, "sympy": sympy_neuron}
    ours = derivative(subjects.neuron, "grad", POINT)
    for name, make in makers.items():
        if importlib.util.find_spec(name) is None:
            continue
        theirs = make(subjects.neuron)
        theirs(*POINT)
        a, b = seconds_per_call([(ours, POINT), (theirs, POINT)])
        print(f"neuron, {name} / symdiff: {b / a:.2f}")


def main() -> None:
    table()
    sympy_hessian()
    overhead()
    with tempfile.TemporaryDirectory() as name:
        for lines in (20, 1000):
            print(
                f"source to gradient, {lines} lines:",
                duration(source_to_function(lines, Path(name))),
            )
    fresh_process()
    peers()


if __name__ == "__main__":
    main()
