"""The survey itself: that it tells right from wrong, a refusal from a crash, numbers from text."""

import colorsys
import math
from collections.abc import Callable
from typing import Any

import pytest

import symdiff
from tests.survey import arguments, report
from tests.survey.collect import functions, worthwhile
from tests.survey.differences import column
from tests.survey.judge import Verdict, judge


def smooth(x, n=2):  # type: ignore[no-untyped-def]
    """
    >>> smooth(1.5)
    2.25
    """
    return x**n


def area(sides: list[float]) -> float:
    return math.prod(sides)


def refusing(x):  # type: ignore[no-untyped-def]
    return globals()["math"].sin(x)


def named(name: str) -> str:
    return name.upper()


def printing(x):  # type: ignore[no-untyped-def]
    print(x)
    return x


def stepped(x):  # type: ignore[no-untyped-def]
    return float(math.floor(1e4 * x))


def test_what_is_collected() -> None:
    found = {name for _, name in functions("colorsys")}
    assert found == {n for n in vars(colorsys) if "to" in n} | {"_v"}
    assert worthwhile(smooth) and not worthwhile(printing)


def test_arguments_come_from_examples_and_from_use() -> None:
    first = next(arguments.candidates(smooth))
    assert (first.args, first.origin) == ((1.5,), "doctest")
    first = next(arguments.candidates(area))
    assert isinstance(first.kwargs["sides"], list)


@pytest.mark.parametrize(
    ("f", "status"),
    [(smooth, "accepted"), (area, "accepted"), (stepped, "unchecked"), (named, "skipped")],
)
def test_verdicts(f: Any, status: str) -> None:
    assert judge(f).status == status


def test_a_refusal_has_its_reason() -> None:
    verdict = judge(refusing)
    assert (verdict.status, verdict.reason) == ("refused", "globals() is not supported")


def _scaled(factor: float) -> Callable[..., Any]:
    def transform(f: Any, **options: Any) -> Any:
        made = symdiff.grad(f, **options)
        return lambda *args, **kwargs: (
            f(*args, **kwargs),
            [factor * g for g in made(*args, **kwargs)],
        )

    return transform


def test_what_is_wrong_or_breaks_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symdiff, "value_and_grad", _scaled(1.0))
    assert judge(smooth).status == "accepted"
    monkeypatch.setattr(symdiff, "value_and_grad", _scaled(1.001))
    assert judge(smooth).status == "wrong"
    monkeypatch.setattr(symdiff, "value_and_grad", _scaled(math.nan))
    assert judge(smooth).status == "singular"

    def broken(f: Any, **options: Any) -> Any:
        raise KeyError("x")

    monkeypatch.setattr(symdiff, "value_and_grad", broken)
    verdict = judge(smooth)
    assert (verdict.status, verdict.reason) == ("crashed", "KeyError in broken")


@pytest.mark.parametrize(
    ("f", "x", "regular"),
    [(math.sin, 0.7, True), (abs, 0.0, False), (abs, 0.5, True), (math.floor, 3.0, False)],
)
def test_regular_points(f: Any, x: float, regular: bool) -> None:
    (estimate,) = column(lambda xs: [float(f(xs[0]))], [x], 0, [float(f(x))])
    assert estimate.regular == regular
    if f is math.sin:
        assert estimate.agrees(math.cos(x)) and not estimate.agrees(1.001 * math.cos(x))


def test_the_report_ranks_reasons() -> None:
    verdicts = [Verdict("accepted"), *[Verdict("refused", "b")] * 2, Verdict("refused", "a")]
    findings = [report.Finding("p", "m", f"f{k}", v) for k, v in enumerate(verdicts)]
    text = report.markdown(findings)
    assert "**25.0 % are accepted**, 0 are wrong" in text
    assert text.index("| 2 | b | `m.f1` |") < text.index("| 1 | a | `m.f3` |")
