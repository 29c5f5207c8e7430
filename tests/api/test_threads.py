"""Many threads at once: one compilation, and the right numbers while the types change."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from symdiff import driver, grad


def f(x, y):  # type: ignore[no-untyped-def]
    return x * x * y


def total(xs):  # type: ignore[no-untyped-def]
    s = 0.0
    for x in xs:
        s += x * x
    return s


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """The results of ``work(k)`` in threads that start together."""
    barrier = threading.Barrier(count)

    def started(k: int) -> Any:
        barrier.wait()
        return work(k)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(started, range(count)))


def test_the_first_call_of_64_threads_compiles_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    real = driver.compile

    def counted(captured: Any, request: Any) -> Any:
        seen.append(request)
        return real(captured, request)

    monkeypatch.setattr(driver, "compile", counted)
    results = at_once(64, lambda k: grad(f, granularity="fine")(float(k), 2.0))
    assert results == [4.0 * k for k in range(64)]
    assert len(seen) == 1


def test_threads_with_different_signatures() -> None:
    g = grad(total)

    def work(k: int) -> bool:
        for n in range(200):
            x = float(n)
            given: Any = ([x, 1.0], (x, 1.0), [x], (x, 2.0, 3.0))[(k + n) % 4]
            if g(given) != type(given)(2.0 * v for v in given):
                return False
        return True

    assert all(at_once(16, work))
