"""Linked functions: their source is found, their tracebacks show it, the guard is not in the
text.
"""

from __future__ import annotations

import inspect
import linecache
import math
import traceback

import pytest

from symdiff.emit.link import link, link_dispatch

TEXT = '''import math


def f(a, b, *, c=2.0):
    """Doc."""
    t = math.log(a)
    return t*b*c
'''


def test_source_and_traceback() -> None:
    f = link(TEXT, "f")
    linecache.checkcache()
    assert inspect.getsource(f) == TEXT[TEXT.index("def f") :]
    with pytest.raises(ValueError) as caught:
        f(-1.0, 2.0)
    shown = "".join(traceback.format_exception(caught.value))
    assert "t = math.log(a)" in shown
    assert "<symdiff f-" in shown


def test_each_function_has_a_file_of_its_own() -> None:
    names = {link(TEXT, "f").__code__.co_filename for _ in range(3)}
    assert len(names) == 3


def test_namespace() -> None:
    f = link("def f(x):\n    return x*scale\n", "f", namespace_extra={"scale": 3.0})
    assert f(2.0) == 6.0


def test_dispatch() -> None:
    seen = []

    def slow(*args: object, **kwargs: object) -> str:
        seen.append((args, kwargs))
        return "slow"

    f = link_dispatch(TEXT, "f", ["type(a) is type(b) is float"], slow)
    assert f(math.e, 2.0) == 4.0
    assert f(1, 2.0, c=5.0) == "slow"
    assert seen == [((1, 2.0), {"c": 5.0})]
    assert "__slow__" not in inspect.getsource(f)
    assert f.__doc__ == "Doc."
    with pytest.raises(ValueError) as caught:
        f(-1.0, 2.0)
    assert "t = math.log(a)" in "".join(traceback.format_exception(caught.value))
