"""Random programs of NumPy functions on a vector and a matrix, with writes, views and loops,
against differences: ``python -m tests.arrays.fuzz_functions 500 --seed 1``.
"""

from __future__ import annotations

import argparse
import copy
import linecache
import random
import warnings
from typing import Any

import numpy as np

import symdiff
from symdiff.errors import AliasError
from symdiff.options import GRANULARITIES
from tests.arrays import differences

# {v} is a vector of 5 at hand, {m} the matrix
FUNCTIONS = (
    "np.sort({v})", "{v}[np.argsort({v})]", "np.cumsum({v})*0.3", "np.cumprod({v})",
    "np.convolve({v}, {v}[:3], 'same')*0.3", "np.gradient({v})", "np.polyval({v}[:3], {v})*0.3",
    "np.fft.irfft(np.fft.rfft({v})*np.array([1.0, 0.5, 0.2]), 5)",
    "np.abs(np.fft.fft({v} + 1j*{v}))*0.3", "np.fft.ifft(np.fft.fft({v})*np.exp(1j*{v})).real",
    "np.interp({v}, np.array([-1.5, -0.2, 0.7, 2.0]), {v}[:4])",
    "np.linalg.solve({m} @ {m}.T + 3*np.eye(5), {v})", "np.linalg.det({m}*0.5)*{v}",
    "np.linalg.eigvalsh({m} @ {m}.T + np.diag(np.arange(5.0)))*0.3",
    "np.linalg.svd({m} + np.diag({v}), compute_uv=False)*0.3",
    "np.linalg.lstsq({m}[:, :3], {v}, rcond=None)[0].sum()*{v}",
    "np.linalg.qr({m} + np.diag({v}))[1][0]*0.5", "np.diag(np.linalg.pinv({m} + 3*np.eye(5)))",
    "np.quantile({v}, 0.3)*{v}", "np.median({v}) + {v}", "np.partition({v}, 2)[2]*{v}",
    "np.roll({v}, 2)*{v}", "np.tanh({m} @ {v})", "{v}*{v}", "{v} - {v}", "np.prod({v})*{v}",
    "np.where({v} > 0, {v}, np.sin({v}))", "{v}[::-1]", "np.maximum({v}, {v})",
    "np.unwrap(3*{v})*0.3", "np.maximum.accumulate({v})", "np.logaddexp.accumulate({v})",
    "np.insert({v}, [1, 4], {v}[:2])[1:6]", "np.diff({v}, append={v}[0])",
    "np.apply_along_axis(lambda r: r @ {v}, 1, {m})*0.3", "np.nanmedian(np.tanh({m}), axis=0)",
    "np.interp({v}, np.array([-1.5, 0.2, 1.0]), {v}[:3], period=4.0)",
    "np.polyfit({v}, {v}[::-1], 1).sum()*0.1*np.ones(5)", "np.ldexp(np.frexp({v})[0], 1)*{v}",
    "np.hstack([r*{v}[0] for r in {m}])[3:8]*0.4", "np.cov({m}, {v})[0, :5]*0.3",
    "np.lib.stride_tricks.sliding_window_view({v}, 3).sum(axis=1)[np.array([0, 1, 2, 0, 1])]*0.3",
    "{v}*np.random.default_rng(3).uniform(0.5, 1.5, 5)",
    "{v}[np.random.default_rng(4).permutation(5)]",
    "np.polynomial.chebyshev.chebval(np.tanh({v}), {v})*0.3", "np.abs({v} + 1j*{v})**2*0.3",
    "np.add.reduceat({v}, [0, 2, 3, 1, 4])*0.4", "np.polymul({v}[:3], {v}[:3])*0.3",
)  # fmt: skip
WRITES = (
    "{t}[1:3] = {v}[:2]*0.5", "{t}[0] = {v}[1]", "{t} *= 0.7", "{t}[2:] += {v}[:3]", "{t}.sort()",
    "{t}[::2] *= {v}[:3]", "part = {t}[1:]\n    part *= 0.8\n    part[0] += {v}[2]",
)  # fmt: skip


def source(seed: int) -> str:
    """The text of a random program."""
    rng = random.Random(seed)
    names, own, lines = ["x"], [], []

    def filled(template: str, **given: str) -> str:
        while "{v}" in template:
            template = template.replace("{v}", rng.choice(names), 1)
        return template.replace("{m}", "A").format(**given)

    for k in range(rng.randint(3, 7)):
        kind, name = rng.random(), f"v{k}"
        if kind < 0.65 or (kind < 0.9 and not own):
            text = filled(rng.choice(FUNCTIONS))
            lines.append(f"{name} = {text}")
            if not text.endswith("[::-1]"):
                own.append(name)
        elif kind < 0.9:
            lines.append(filled(rng.choice(WRITES), t=rng.choice(own)))
            continue
        elif kind < 0.94:
            term = filled(rng.choice(FUNCTIONS))
            lines.append(f"{name} = 0.0\n    for row in A:\n"
                         f"        {name} = np.tanh({name} + row*({term}))")
            own.append(name)
        else:
            start, step = rng.choice(names), filled(rng.choice(FUNCTIONS))
            lines.append(f"{name} = {start}*1.0\n    for i in range(2):\n"
                         f"        {name} = np.tanh({name} + {step})\n"
                         f"        {name}[i] = {rng.choice(names)}[i + 1]")
            own.append(name)
        names.append(name)
    body = "".join(f"    {line}\n" for line in lines)
    end = f"np.sum({rng.choice(names)}*np.arange(1.0, 6.0)) + np.sum(np.tanh({names[-1]}))"
    return f"def program(x, A):\n{body}    return {end}\n"


def program(seed: int) -> Any:
    text, name = source(seed), f"<functions {seed}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    space: dict[str, Any] = {"np": np}
    exec(compile(text, name, "exec"), space)
    return space["program"]


def check(seed: int) -> bool:
    """Whether the program could be checked: it is finite, and smooth where it is looked at."""
    f, rng = program(seed), np.random.default_rng(seed)
    args = (rng.normal(size=5), rng.normal(size=(5, 5)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            value = f(*copy.deepcopy(args))
        except (ValueError, np.linalg.LinAlgError):  # np.diag is read-only
            return False
        if not np.isfinite(value) or abs(value) > 1e4:
            return False
        try:
            expected = differences.jacobian(f, args, (0, 1), 1e-3).ravel()
        except AssertionError:  # not smooth here
            return False
        granularity = GRANULARITIES[seed % len(GRANULARITIES)]
        try:
            found = symdiff.grad(f, (0, 1), granularity=granularity)(*copy.deepcopy(args))
        except AliasError:  # a write to what has windows on it
            return False
        scale = 1 + np.abs(expected).max()
        np.testing.assert_allclose(differences.flat(found), expected, rtol=3e-5, atol=3e-6 * scale,
                                   err_msg=source(seed))
        v = tuple(0.1 * np.sin(np.arange(a.size) + 1.0).reshape(a.shape) for a in args)
        _, dot = symdiff.jvp(f, copy.deepcopy(args), v)
        assert np.isclose(dot, expected @ differences.flat(v), rtol=1e-4, atol=1e-5 * scale), (
            source(seed))
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", type=int)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    checked = sum(check(seed) for seed in range(given.seed, given.seed + given.programs))
    print(f"{checked} of {given.programs} programs agree, the others are not smooth or not finite")


if __name__ == "__main__":
    main()
