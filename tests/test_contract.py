"""What callers may rely on: one test per sentence of the contract that scalars can exercise, each
with the sentence it holds."""

from __future__ import annotations

import functools
import inspect
import math
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import symdiff
from symdiff import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp


def product(x, y):
    return x * y


# -- calls -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("transform", [grad, value_and_grad, jacobian, hessian])
def test_usable_as_call_and_decorator(transform: Any) -> None:
    """usable as call, `@grad`, `@grad(...)`"""

    @transform
    def first(x, y):
        return x * y * y

    @transform(argnums=1)
    def second(x, y):
        return x * y * y

    assert first(3.0, 2.0) == transform(first.__wrapped__)(3.0, 2.0)
    assert second(3.0, 2.0) == transform(second.__wrapped__, 1)(3.0, 2.0)


def test_jvp_vjp_and_hvp_take_their_vectors() -> None:
    """`jvp(f, primals, tangents)`, `vjp(f, *primals)`; `hvp(f)(*args, v)` takes the vector last"""
    assert jvp(product, (3.0, 2.0), (1.0, 10.0)) == (6.0, 32.0)
    value, pullback = vjp(product, 3.0, 2.0)
    assert (value, pullback(10.0)) == (6.0, (20.0, 30.0))
    assert hvp(lambda x, y: x * x * y)(3.0, 2.0, 10.0) == 40.0


def test_a_pullback_may_be_called_repeatedly_and_returns_a_tuple() -> None:
    """may be called repeatedly, and returns a tuple, one gradient per primal"""
    _, pullback = vjp(lambda xs, y: [x * y for x in xs], [1.0, 2.0], 3.0)
    first = pullback([1.0, 0.0])
    assert first == ([3.0, 0.0], 1.0)
    first[0][0] = 99.0
    assert pullback([1.0, 0.0]) == ([3.0, 0.0], 1.0)


@pytest.mark.parametrize("ct", [1.0, [1.0], [1.0, 2.0, 3.0], [1.0, "a"], (1.0, 2.0), None])
def test_a_wrong_cotangent_is_an_error_that_names_it(ct: Any) -> None:
    """A wrong count, shape or structure is an error that names it."""
    _, pullback = vjp(lambda x: [x, x * x], 3.0)
    with pytest.raises(symdiff.ArgumentError, match="cotangent"):
        pullback(ct)


def test_a_tuple_of_argnums_gives_a_tuple() -> None:
    """An int `argnums` gives one gradient; a tuple, even of one, gives a tuple."""
    assert grad(product, 0)(3.0, 2.0) == 2.0
    assert grad(product, (0,))(3.0, 2.0) == (2.0,)
    assert value_and_grad(product, (1, 0))(3.0, 2.0) == (6.0, (3.0, 2.0))


def test_argnums_count_after_what_a_partial_fixed() -> None:
    """after what a `functools.partial` fixed, including those that land in `*args`; negative counts
    from the end"""

    def f(a, *rest):
        return a * rest[0] * rest[1] ** 2

    assert grad(functools.partial(f, 2.0))(3.0, 4.0) == 2.0 * 16.0
    assert grad(f, 2)(2.0, 3.0, 4.0) == grad(f, -1)(2.0, 3.0, 4.0) == 48.0


def test_an_argument_without_influence_gets_an_exact_zero() -> None:
    """gets an exact zero of its type"""
    assert grad(lambda x, ys: x, 1)(1.0, [1.0, (2.0, 3.0)][:1]) == [0.0]
    zero = grad(lambda x, d: x, 1)(1.0, {"a": [1.0, 2.0], "b": (3.0,)})
    assert zero == {"a": [0.0, 0.0], "b": (0.0,)}


def test_an_int_counts_as_a_float() -> None:
    """A Python int where a float is differentiated counts as a float"""
    found = grad(lambda x: x**3)(2)
    assert (found, type(found)) == (12.0, float)


@pytest.mark.parametrize("value", [True, "a", None, 1j, object(), b"x"])
def test_what_is_no_float_is_refused_naming_the_parameter(value: Any) -> None:
    """`bool`, `str`, `None`, `complex`, other objects ... are refused, naming the parameter."""
    with pytest.raises(symdiff.ArgumentError, match="weight"):
        grad(lambda weight: 1.0 * weight)(value)


@pytest.mark.parametrize("f", [lambda x: [x, x], lambda x: [x], lambda x: (x,), lambda x: None])
def test_a_result_that_is_not_a_scalar_is_refused(f: Any) -> None:
    """`grad` of a result that is not a scalar is refused with its shape (a one-element array
    too)."""
    with pytest.raises(symdiff.TypeMismatch, match="one float as its result"):
        grad(f)(1.0)


def test_binding_mistakes_are_pythons_own() -> None:
    """Binding mistakes (missing, unexpected, too many arguments) are Python's own `TypeError`."""
    for args, kwargs in (((1.0,), {}), ((1.0, 2.0, 3.0), {}), ((1.0, 2.0), {"z": 1.0})):
        with pytest.raises(TypeError) as caught:
            grad(product)(*args, **kwargs)
        assert not isinstance(caught.value, symdiff.SymdiffError)


def test_metadata() -> None:
    """`__name__`, `__doc__`, `__wrapped__`, `__signature__` are set (`f` shows in the name)"""
    g = grad(product)
    assert "product" in g.__name__ and g.__wrapped__ is product
    assert isinstance(g.__doc__, str)
    assert list(inspect.signature(g).parameters) == ["x", "y"]


def mutates(xs, m):
    xs.append(xs[0] * m[0][0])
    xs[0] = 7.0
    m[0][0] *= 2.0
    return sum(xs) * m[0][0]


def test_arguments_are_never_changed() -> None:
    """Arguments are never changed."""
    xs, m = [1.0, 2.0], [[3.0]]
    for transform in (grad, value_and_grad, hessian):
        transform(mutates, (0, 1))(xs, m)
    hvp(mutates, (0, 1))(xs, m, (xs, m))
    vjp(mutates, xs, m)[1](1.0)
    jvp(mutates, (xs, m), (xs, m))
    assert (xs, m) == ([1.0, 2.0], [[3.0]])


def identity(xs):
    return xs


def test_results_share_no_memory_with_arguments_or_each_other() -> None:
    """Arguments are never changed (nor are they what is returned)."""
    xs, ct = [1.0, 2.0], [1.0, 1.0]
    value, pullback = vjp(identity, xs)
    (gradient,) = pullback(ct)
    assert gradient == ct and gradient is not ct and value is not xs
    out, tangent = jvp(identity, (xs,), (ct,))
    assert out is not xs and tangent is not ct
    both = vjp(lambda a, b: [p + q for p, q in zip(a, b, strict=True)], xs, [3.0, 4.0])[1](ct)
    assert both[0] == both[1] and both[0] is not both[1] and both[0] is not ct


def writes(xs, ys):
    xs[0] = ys[0] * 2.0
    return xs[0] * ys[0]


@pytest.mark.parametrize("xs", [[1.0, 2.0], [1, 2]])
def test_a_list_passed_twice_to_a_function_that_writes_is_refused(xs: list[Any]) -> None:
    """Overlap of arguments is checked exactly, and only when one of them is written."""
    gradient = grad(writes, (0, 1))
    assert gradient(xs, list(xs)) == ([0.0, 0.0], [4.0, 0.0])
    with pytest.raises(symdiff.ArgumentError, match="one list is in two places"):
        gradient(xs, xs)
    assert grad(lambda a, b: a[0] * b[0], (0, 1))(xs, xs) == ([1.0, 0.0], [1.0, 0.0])


def test_a_call_is_thread_safe() -> None:
    """A call is deterministic, thread-safe, and needs nothing but what it is given."""

    def f(x, n):
        for _ in range(n):
            x = math.sin(x) + 0.5
        return x

    gradient = grad(f)
    found: list[float] = []
    threads = [
        threading.Thread(target=lambda: found.extend(gradient(0.3, 20) for _ in range(50)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 200 and len(set(found)) == 1


def test_differentiating_a_gradient() -> None:
    """Differentiating a `Gradient` ... differentiates in turn."""
    assert grad(grad(grad(lambda x: x**4)))(2.0) == 48.0


# -- captured names --------------------------------------------------------------------------------

RATE = 2.0


def uses_rate(x):
    return x * RATE


def test_globals_are_read_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Globals and closure values are read at every call, as Python does"""
    gradient = grad(uses_rate)
    assert gradient(1.0) == 2.0
    monkeypatch.setitem(globals(), "RATE", 5.0)
    assert gradient(1.0) == 5.0
    assert "RATE = 5.0" in gradient.source


def test_a_name_not_yet_defined_resolves_at_the_first_call() -> None:
    """a name not yet defined at decoration resolves at the first call"""
    space: dict[str, Any] = {}

    def factory():
        def f(x):
            return later(x)

        gradient = grad(f)

        def later(x):
            return x * space["k"]

        return gradient

    space["k"] = 3.0
    assert factory()(1.0) == 3.0


def test_defaults_are_evaluated_once() -> None:
    """Defaults are evaluated once, at definition."""
    k = 2.0

    def f(x, factor=k):
        return x * factor

    k = 100.0
    assert grad(f)(1.0) == 2.0


def test_each_call_of_a_helper_specialises() -> None:
    """each call of a helper specialises on its own types"""

    def add(a, b):
        return a + b

    assert grad(lambda x: add(x, 1.0) * len(add([1.0], [2.0])) * add(2, 3))(1.0) == 10.0


def test_capture_reads_the_code_that_runs() -> None:
    """it does not follow `__wrapped__` past a decorator that changes behaviour"""

    def doubling(f):
        @functools.wraps(f)
        def wrapper(x):
            return 2.0 * f(x)

        return wrapper

    @doubling
    def f(x):
        return x * x

    assert grad(f)(3.0) == 12.0


def test_a_cache_is_looked_through() -> None:
    """a cache changes no value"""
    assert grad(functools.lru_cache(product))(3.0, 2.0) == 2.0
    assert grad(functools.cache(product), argnums=1)(3.0, 2.0) == 3.0


def test_lambdas_on_one_line_are_told_apart() -> None:
    """lambdas are found by `co_positions`"""
    fs = [lambda x: x, lambda x: x * x, lambda x: x * x * x]
    assert [grad(f)(2.0) for f in fs] == [1.0, 4.0, 12.0]


@pytest.mark.parametrize("f", [abs, math.sin, len, functools.partial(abs)])
def test_where_there_is_no_source_capture_error_says_how_to_get_one(f: Any) -> None:
    """where there is no source, `CaptureError` says how to get one"""
    with pytest.raises(symdiff.CaptureError, match="hint:"):
        grad(f)


# -- types decided from values ---------------------------------------------------------------------


def test_tests_that_the_signature_decides_are_pruned() -> None:
    """tests that it decides (`isinstance`, `is None`, `mode == "a"`) are pruned before types are
    checked"""

    def f(x, mode=None):
        if mode is None:
            return x * x
        if isinstance(mode, str):
            return 3.0 * x if mode == "a" else x.no_such_method()
        return x * mode

    gradient = grad(f)
    assert [gradient(2.0), gradient(2.0, "a"), gradient(2.0, 5.0), gradient(2.0, 7)] == [4, 3, 5, 7]


def test_a_value_that_disagrees_with_a_scalar_annotation_raises() -> None:
    """Scalar annotations (`x: float`) fix a signature, and a value that disagrees raises"""

    def f(x: float) -> float:
        return x * x

    with pytest.raises(symdiff.ArgumentError, match="x is annotated float"):
        grad(f)([1.0])


def test_list_elements_widen_to_one_type() -> None:
    """List elements first widen to one type"""
    assert grad(lambda xs: xs[0] * xs[1])([2, 3.0]) == [3.0, 2.0]


# -- errors ----------------------------------------------------------------------------------------


def misspelt(x):
    return math.sine(x)


def without_end(x):
    return without_end(x - 1.0) * x


def calls_open(x):
    return x * float(open("f").read())


@pytest.mark.parametrize("f", [misspelt, without_end, calls_open])
def test_every_error_about_user_code_says_where_what_why_and_a_hint(f: Any) -> None:
    """a `SymdiffError` with `filename` and the absolute `lineno` in the offending function, what,
    why, `hint:`"""
    with pytest.raises(symdiff.SourceError) as caught:
        grad(f)(1.0)
    assert caught.value.filename == __file__
    assert caught.value.lineno == f.__code__.co_firstlineno + 1
    assert "hint:" in str(caught.value)


def test_recursion_without_bound_names_the_function() -> None:
    """Recursion without bound is one, naming the function."""
    with pytest.raises(symdiff.SymdiffError, match="'without_end' calls itself"):
        grad(without_end)(1.0)


class Negative(Exception):
    pass


def test_user_exceptions_come_through_unchanged() -> None:
    """User exceptions (`raise`, `assert`) come through unchanged."""

    def f(xs):
        assert xs, "nothing given"
        for k, x in enumerate(xs):
            if x < 0:
                raise Negative(f"element {k} is {x}")
        return sum(x * x for x in xs)

    gradient = grad(f)
    assert gradient([1.0, 2.0]) == [2.0, 4.0]
    with pytest.raises(Negative, match=r"^element 1 is -2\.0$"):
        gradient([1.0, -2.0])


# -- generated text --------------------------------------------------------------------------------


def test_the_header_says_what_it_is() -> None:
    """A header says the function, its file and line, symdiff's version, the options, and a hash of
    the source"""
    head = "\n".join(grad(product).source.splitlines()[:4])
    line = product.__code__.co_firstlineno
    for part in ("product", f"test_contract.py:{line}", symdiff.__version__, "auto", "sha256"):
        assert part in head


def test_it_imports_only_what_it_needs() -> None:
    """It imports `math`, `numpy`, and otherwise only what the user's function imports or what its
    derivative needs"""

    def imports(f: Any) -> list[str]:
        return [s for s in grad(f).source.splitlines() if s.startswith(("import", "from"))]

    assert imports(product) == []
    assert imports(lambda x: math.sin(x)) == ["import math"]
    assert imports(lambda x: math.lgamma(x)) == ["import math"]  # digamma is written into it


def test_output_is_the_same_byte_for_byte(tmp_path: Path) -> None:
    """Output is the same byte for byte for the same input."""
    path = tmp_path / "net.py"
    path.write_text(
        "import math\n\n\ndef f(a, b, c, xs):\n    if a > b:\n        a, b = b, a\n"
        "    for x in xs:\n        a = math.tanh(a * x + b)\n        if a > c:\n            break\n"
        "    return a * b * c\n"
    )
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import net, symdiff\n"
        "g = symdiff.grad(net.f, (0, 1, 2, 3)); g(1.0, 2.0, 3.0, [0.5]); print(g.source)"
    )
    texts = set()
    for seed in ("1", "2", "3"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            env={"PYTHONHASHSEED": seed},
            text=True,
        )
        assert run.returncode == 0, run.stderr
        texts.add(run.stdout)
    assert len(texts) == 1
