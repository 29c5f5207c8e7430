"""Capture wherever functions are written, and what it does when a text is not what runs."""

import code
import doctest
import importlib
import linecache
import os
import sys
import types
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from symdiff import CaptureError, grad, value_and_grad


@pytest.fixture
def cell() -> Iterator[Callable[..., dict[str, Any]]]:
    """Runs a text as IPython runs a cell: compiled under a name that ``linecache`` knows."""
    names: list[str] = []
    space: dict[str, Any] = {"__name__": "__main__"}

    def run(text: str, name: str = "") -> dict[str, Any]:
        name = name or f"<ipython-input-{len(names) + 1}-5f3c1a2b>"
        names.append(name)
        lines = text.splitlines(keepends=True)
        linecache.cache[name] = (len(text), None, lines, name)
        exec(compile(text, name, "exec"), space)
        return space

    yield run
    for name in names:
        linecache.cache.pop(name, None)


# -- places ----------------------------------------------------------------------------------------


def test_a_cell_of_a_notebook(cell: Any) -> None:
    cell("import math\nfrom symdiff import grad\nK = 3.0\n")
    cell("def helper(x):\n    return K*math.sin(x)\n")
    space = cell("@grad\ndef f(x):\n    return helper(x)**2\n")
    assert space["f"](0.0) == 0.0
    assert space["f"](1.0) == pytest.approx(9.0 * 0.9092974268256817)
    linecache.checkcache()
    assert "ipython-input-3" in grad(space["f"].__wrapped__).source


def test_a_cell_kept_under_the_name_of_a_file_that_is_not_there(cell: Any) -> None:
    space = cell("def f(x):\n    return x*x\n", "/tmp/ipykernel_17/2890765421.py")
    assert grad(space["f"])(1.5) == 3.0


def test_a_cell_run_again_with_another_text(cell: Any) -> None:
    space = cell("def helper(x):\n    return x*x\n\ndef f(x):\n    return helper(x)\n")
    g = grad(space["f"])
    assert g(3.0) == 6.0
    cell("def helper(x):\n    return x*x*x\n")
    assert g(3.0) == 27.0


def in_a_doctest(x):  # type: ignore[no-untyped-def]
    """
    >>> from symdiff import grad
    >>> def square(x):
    ...     return x*x
    >>> @grad
    ... def scaled(x, k=3.0):
    ...     return k*square(x)
    >>> scaled(2.0)
    12.0
    >>> grad(lambda x: x**3)(2.0)
    12.0
    """


def test_a_doctest() -> None:
    (test,) = doctest.DocTestFinder(recurse=False).find(in_a_doctest, "in_a_doctest", globs={})
    assert doctest.DocTestRunner().run(test).failed == 0


def test_the_interactive_interpreter_of_python_3_13() -> None:
    """Each input is a module of its own, named and kept by a function of ``linecache``."""
    console = code.InteractiveInterpreter({"__name__": "__main__"})
    inputs = (
        "from symdiff import grad\n",
        "def f(x):\n    return x*x*k\n",
        "k = 2.0\n",
        "a, b = grad(f)(1.0), grad(lambda x: x*x*x)(1.0)\n",
    )
    for number, text in enumerate(inputs):
        name = f"<python-input-{number}>"
        lines = text.splitlines(keepends=True)
        linecache.cache[name] = (len(text), None, lines, "<stdin>")
        try:
            assert console.runsource(text, name, "exec") is False
        finally:
            if number == len(inputs) - 1:
                for k in range(len(inputs)):
                    linecache.cache.pop(f"<python-input-{k}>", None)
    assert (console.locals["a"], console.locals["b"]) == (4.0, 3.0)


def test_lines_that_python_keeps_by_code_object(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.13.1 and later keep the REPL's inputs so."""
    text = "def f(x):\n    return x*x\n"
    space: dict[str, Any] = {}
    exec(compile(text, "<python-input-99>", "exec"), space)
    known = {space["f"].__code__: text.splitlines(keepends=True)}
    monkeypatch.setattr(linecache, "_getlines_from_code", known.get, raising=False)
    assert grad(space["f"])(1.5) == 3.0


def test_a_module_in_a_zip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "lib.zip", "w") as archive:
        archive.writestr("zipped_mod.py", "K = 2.0\n\ndef f(x):\n    return K*x*x\n")
    monkeypatch.syspath_prepend(str(tmp_path / "lib.zip"))
    module = importlib.import_module("zipped_mod")
    monkeypatch.delitem(sys.modules, "zipped_mod")
    assert grad(module.f)(1.5) == 6.0


# -- several under one name, or on one line --------------------------------------------------------

square, cube = lambda x: x * x, lambda x: x * x * x
twins = [lambda x: 2.0 * x, lambda x: 2.0 * x]
nested = lambda x: (lambda y: y * y * 3.0)(x)  # noqa: E731
wide = [lambda é, x: x * é, lambda é, x: x + é]


def test_lambdas_on_one_line() -> None:
    assert (grad(square)(2.0), grad(cube)(2.0)) == (4.0, 12.0)
    assert [grad(f)(1.0) for f in twins] == [2.0, 2.0]
    assert grad(nested)(2.0) == 12.0
    assert [grad(f)(3.0, 2.0) for f in wide] == [2.0, 1.0]
    assert [grad(f)(2.0) for f in (lambda x: x, lambda x: -x, lambda x: x * 3.0)] == [
        1.0,
        -1.0,
        3.0,
    ]


if sys.maxsize > 2**31:

    def chosen(x):  # type: ignore[no-untyped-def]
        return 2.0 * x

else:

    def chosen(x):  # type: ignore[no-untyped-def]
        return 3.0 * x


def test_one_name_in_two_branches() -> None:
    assert grad(chosen)(1.0) == (2.0 if sys.maxsize > 2**31 else 3.0)
    for flag, expected in ((True, 2.0), (False, 3.0)):
        if flag:

            def local(x):  # type: ignore[no-untyped-def]
                return 2.0 * x

        else:

            def local(x):  # type: ignore[no-untyped-def]
                return 3.0 * x

        assert grad(local)(1.0) == expected


def test_functions_made_in_a_loop() -> None:
    made = []
    for k in range(3):

        def scaled(x, k=float(k)):  # type: ignore[no-untyped-def]
            return k * x * x

        made.append(scaled)
    assert [grad(f)(1.0) for f in made] == [0.0, 2.0, 4.0]
    assert [grad(lambda x, k=k: x * k)(1.0) for k in (1.0, 2.0)] == [1.0, 2.0]
    late = [lambda x: x * k for _ in range(2)]
    assert [grad(f)(1.0) for f in late] == [2.0, 2.0]  # both see the last k, as Python does


@dataclass
class Model:
    k: float
    rate: ClassVar[float] = 2.0

    def loss(self, x):  # type: ignore[no-untyped-def]
        return self.k * x * x

    @staticmethod
    def plain(x):  # type: ignore[no-untyped-def]
        return x * x

    @classmethod
    def rated(cls, x):  # type: ignore[no-untyped-def]
        return cls.rate * x


def test_methods() -> None:
    assert grad(Model(3.0).loss)(1.0) == 6.0
    assert grad(Model.loss, 1)(Model(3.0), 1.0) == 6.0
    assert grad(Model.loss)(Model(3.0), 2.0) == Model(4.0)
    assert grad(Model.plain)(3.0) == grad(Model(1.0).plain)(3.0) == 6.0
    assert grad(Model.rated)(3.0) == 2.0


def doubled(f: Callable[[float], float]) -> Callable[[float], float]:
    def wrapper(x):  # type: ignore[no-untyped-def]
        return 2.0 * f(x)

    return wrapper


@doubled
def decorated(x):  # type: ignore[no-untyped-def]
    return x * x


def test_a_decorated_function_is_what_it_runs() -> None:
    assert grad(decorated)(1.0) == 4.0


# -- texts that change -----------------------------------------------------------------------------


def written(path: Path, text: str, later: float = 0.0) -> None:
    path.write_text(text)
    if later:  # the clock of a file system may be coarse
        os.utime(path, (path.stat().st_atime + later, path.stat().st_mtime + later))


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[types.ModuleType]:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(str(tmp_path))
    written(
        tmp_path / "changing_mod.py",
        "def helper(x):\n    return x*x\n\ndef f(x):\n    return helper(x)\n",
    )
    yield importlib.import_module("changing_mod")
    del sys.modules["changing_mod"]


def path_of(module: types.ModuleType) -> Path:
    assert module.__file__ is not None
    return Path(module.__file__)


def test_a_reloaded_module_is_seen_at_the_next_call(module: Any) -> None:
    g = value_and_grad(module.f)
    assert g(3.0) == (9.0, 6.0)
    text = path_of(module).read_text()
    written(path_of(module), text.replace("return x*x", "return x*x*x"), 10.0)
    importlib.reload(module)
    assert g(3.0) == (27.0, 27.0)
    assert value_and_grad(module.f)(3.0) == (27.0, 27.0)


def test_a_helper_defined_anew_is_seen_at_the_next_call(module: Any) -> None:
    g = grad(module.f)
    assert g(3.0) == 6.0
    module.helper = lambda x: 5.0 * x
    assert g(3.0) == 5.0


def test_a_helper_whose_code_is_replaced_is_seen(module: Any) -> None:
    """So IPython's autoreload does it, for those who hold the old function."""
    g = grad(module.f)
    assert g(3.0) == 6.0
    module.helper.__code__ = (lambda x: 7.0 * x).__code__
    assert g(3.0) == 7.0


def test_a_file_that_changed_without_a_reload_is_refused(module: Any) -> None:
    """The new text has a function of that name on that line: it is not the one that runs."""
    text = path_of(module).read_text()
    written(path_of(module), text.replace("return x*x", "return x+x"), 10.0)
    with pytest.raises(CaptureError, match="helper is not where its code says"):
        grad(module.helper)
    importlib.reload(module)
    assert grad(module.helper)(3.0) == 2.0


# -- no text ---------------------------------------------------------------------------------------


def test_without_a_source_the_error_says_what_can_be_loaded(tmp_path: Path) -> None:
    space: dict[str, Any] = {}
    exec("def f(x):\n    return x*x\n", space)
    with pytest.raises(CaptureError) as caught:
        grad(space["f"])
    assert "f has no source: nothing is known of <string>" in str(caught.value)
    assert "or save its gradient where there is source, grad(f).save(path)" in str(caught.value)


def test_a_saved_gradient_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    g = grad(decorated)
    g(1.0)
    g.save(tmp_path / "saved_mod.py")
    monkeypatch.syspath_prepend(str(tmp_path))
    saved = importlib.import_module("saved_mod")
    monkeypatch.delitem(sys.modules, "saved_mod")
    assert saved.wrapper_grad(2.0) == g(2.0) == 8.0
