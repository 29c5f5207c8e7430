"""Functions that call themselves: what their derivative costs, how deep it goes, what it keeps."""

from __future__ import annotations

import inspect
import math
import sys

import pytest

import symdiff


def fibonacci(x, n):
    if n < 2:
        return x
    return 0.5 * fibonacci(x, n - 1) + x * fibonacci(x, n - 2)


def chain(x, n):
    return x if n == 0 else 0.5 * math.sin(x) + 0.9 * chain(x, n - 1)


def counted(f, *args):
    """How many Python functions run in a call, by name."""
    calls: dict[str, int] = {}

    def count(frame, event, arg):
        if event == "call":
            calls[frame.f_code.co_name] = calls.get(frame.f_code.co_name, 0) + 1

    sys.setprofile(count)
    try:
        f(*args)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("n", [5, 10, 15])
def test_one_forward_and_one_reverse_call_for_each_call_of_the_primal(n: int) -> None:
    primal = counted(fibonacci, 0.3, n)["fibonacci"]
    gradient = symdiff.grad(fibonacci)
    gradient(0.3, n)
    calls = counted(gradient, 0.3, n)
    assert calls["_fibonacci_fwd"] == calls["_fibonacci_rev"] == primal


def test_second_order_stays_linear_in_the_calls() -> None:
    primal = counted(fibonacci, 0.3, 12)["fibonacci"]
    product = symdiff.hvp(fibonacci)
    product(0.3, 12, 1.0)
    calls = counted(product, 0.3, 12, 1.0)
    assert calls["_fibonacci_fwd_dot"] == calls["_fibonacci_rev_dot"] == primal


def test_as_deep_as_the_primal() -> None:
    """One frame per call forward, one in reverse, never both at once."""
    gradient = symdiff.grad(chain)
    gradient(0.3, 1)
    left = sys.getrecursionlimit() - len(inspect.stack())
    deep = left - 40
    chain(0.3, deep)
    expected = 10.0 * 0.5 * math.cos(0.3)  # the geometric series, and the seed's end is gone
    assert gradient(0.3, deep) == pytest.approx(expected, rel=1e-12)


def test_too_deep_is_pythons_own_error() -> None:
    gradient = symdiff.grad(chain)
    gradient(0.3, 1)
    with pytest.raises(RecursionError):
        chain(0.3, -1)
    with pytest.raises(RecursionError):
        gradient(0.3, -1)


def endless(x):
    return endless(x * 0.5) + 1.0


def to(x):
    return fro(x) * 2.0


def fro(x):
    return to(x + 1.0)


def test_recursion_of_which_no_path_returns_names_the_function() -> None:
    with pytest.raises(symdiff.UnsupportedCall, match="'endless' calls itself without end"):
        symdiff.grad(endless)(0.5)
    with pytest.raises(symdiff.UnsupportedCall, match=r"'(to|fro)' calls itself without end"):
        symdiff.grad(to)(0.5)


def doubles(xs, n):
    if n == 0:
        return xs[0]
    xs[0] = xs[0] * 2.0
    return doubles(xs, n - 1)


def test_the_callers_list_is_never_changed() -> None:
    given = [0.5]
    assert symdiff.value_and_grad(doubles)(given, 3) == (4.0, [8.0])
    assert given == [0.5]


def twice(x):
    def go(xs, ys, n):
        if n == 0:
            return ys[0]
        xs[0] = xs[0] * x
        return go(xs, ys, n - 1) + ys[0]

    v = [x, 2.0]
    return go(v, v, 2)


def kept(x):
    def go(xs, n):
        return [xs, xs] if n == 0 else go(xs, n - 1)

    v = [x, 2.0]
    go(v, 2)[0][0] = 5.0
    v[0] = 2.0 * x
    return v[0]


def spun(x, n):
    def go(state, n):
        if n == 0:
            return state["q"]
        state["q"] = state["q"] * x
        return go(state, n - 1)

    return go({"q": x}, n)


@pytest.mark.parametrize(
    ("f", "args", "text"),
    [
        (twice, (0.5,), "'v' is passed twice to 'go', which writes to it"),
        (kept, (0.5,), "may return a list of its caller"),
        (spun, (0.5, 2), "'go' calls itself and writes to an object that it was given"),
    ],
)
def test_writes_that_another_name_would_see_are_refused(f, args, text) -> None:
    with pytest.raises(symdiff.SymdiffError, match=text):
        symdiff.grad(f)(*args)


def positive(x, n):
    if x <= 0.0:
        raise ValueError(f"x is {x}")
    return 0.0 * math.log(x - 0.01) if n == 0 else positive(x - 0.25, n - 1) + x


def test_exceptions_come_through() -> None:
    gradient = symdiff.grad(positive)
    assert gradient(1.0, 3) == 3.0
    with pytest.raises(ValueError, match=r"x is 0\.0"):
        gradient(1.0, 5)
    with pytest.raises(ValueError, match="domain"):
        gradient(0.755, 3)


RATE = 0.5


def decays(x, n):
    return x if n == 0 else RATE * decays(x, n - 1)


def test_a_global_is_read_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = symdiff.grad(decays)
    assert gradient(1.0, 3) == 0.125
    monkeypatch.setitem(globals(), "RATE", 2.0)
    assert gradient(1.0, 3) == 8.0


def shadows(math, len, n):
    """Its arguments have the names that generated text uses."""
    return math * len if n == 0 else 0.5 * shadows(math * len, len, n - 1)


def test_arguments_may_hide_names_of_the_text() -> None:
    gradient = symdiff.grad(shadows, argnums=(0, 1))
    assert gradient(3.0, 2.0, 2) == (0.25 * 2.0**3, 0.25 * 3.0 * 3 * 2.0**2)
