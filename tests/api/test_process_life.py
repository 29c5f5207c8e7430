"""A gradient in a long-lived program: tasks, workers, forks, and signatures that keep coming."""

import asyncio
import multiprocessing
import os
import pickle
import threading
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

from symdiff import SymdiffWarning, driver, grad, specialise, value_and_grad


def cubed(x):  # type: ignore[no-untyped-def]
    return x * x * x


@grad
def decorated(x, k=2.0):  # type: ignore[no-untyped-def]
    return k * x * x


def step(x: float) -> float:
    """What a worker runs: a plain function of a module, which uses a gradient."""
    return x - 0.1 * decorated(x)


def total(xs):  # type: ignore[no-untyped-def]
    return sum(x * x for x in xs)


def chosen(x, mode):  # type: ignore[no-untyped-def]
    return x * x if mode == "a" else x


# -- processes -------------------------------------------------------------------------------------


def test_functions_that_use_a_gradient_run_in_spawned_workers() -> None:
    """As joblib's processes do it: the function goes by name, gradients among its arguments by
    their text."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        steps = list(pool.map(step, [1.0, 2.0]))
        slopes = list(pool.map(grad(cubed), [1.0, 2.0]))
    assert steps == [step(1.0), step(2.0)] and slopes == [3.0, 12.0]


def test_a_gradient_survives_two_hops() -> None:
    g = value_and_grad(cubed)
    twin = g
    for _ in range(2):
        twin = pickle.loads(pickle.dumps(twin, protocol=pickle.HIGHEST_PROTOCOL))
    assert twin(2.0) == g(2.0) == (8.0, 12.0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_while_another_thread_compiles() -> None:
    """The child is not born with a lock that nobody will release."""
    held = threading.Event()

    def hold() -> None:
        with specialise.LOCK:
            held.set()
            time.sleep(0.2)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads and fork, on purpose
        child = os.fork()
    if not child:
        os.write(write, str(grad(lambda x: x**2)(3.0)).encode())
        os._exit(0)
    thread.join()
    os.close(write)
    with os.fdopen(read) as answer:
        assert answer.read() == "6.0"
    os.waitpid(child, 0)


# -- tasks -----------------------------------------------------------------------------------------


def test_tasks_share_one_compilation(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    real = driver.compile
    monkeypatch.setattr(driver, "compile", lambda *args: (seen.append(args), real(*args))[1])
    g = grad(lambda x: x * x * 5.0)

    async def one(k: int) -> float:
        await asyncio.sleep(0)
        direct = g(float(k))
        threaded = await asyncio.to_thread(g, float(k))
        assert direct == threaded
        return direct

    async def all_of_them() -> list[float]:
        return list(await asyncio.gather(*(one(k) for k in range(32))))

    assert asyncio.run(all_of_them()) == [10.0 * k for k in range(32)]
    assert len(seen) == 1


# -- signatures ------------------------------------------------------------------------------------


def test_many_values_of_a_static_argument_are_warned_of() -> None:
    g = grad(chosen)
    for k in range(32):
        g(1.0, f"mode {k}")
    with pytest.warns(SymdiffWarning) as caught:
        g(1.0, "mode 32")
    (warning,) = caught
    assert str(warning.message) == (
        "grad of chosen has more than 32 signatures, and is compiled for each: "
        "each value of 'mode' is one (33 so far)\n"
        "    hint: take 'mode' out of the arguments, or pass what varies as a number"
    )
    assert warning.filename == __file__
    g(1.0, "mode 33")  # once is enough


def test_many_lengths_are_warned_of_and_lists_make_none() -> None:
    g = grad(total)
    for n in range(1, 40):
        g([1.0] * n)
    for n in range(1, 32):
        g((1.0,) * n)
    with pytest.warns(SymdiffWarning, match="each length or structure of 'xs' is one"):
        g((1.0,) * 40)
