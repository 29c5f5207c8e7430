"""A sigmoid and a cross entropy: two gates whose derivatives collapse to s - t.

Written as one writes it, the loss overflows for a sure and wrong guess, and operation by operation
its gradient divides by s*(1 - s), which is zero there.  The report shows both granularities.
"""

import math

from symdiff import compare, grad


def loss(z, t):
    s = 1 / (1 + math.exp(-z))
    return -(t * math.log(s) + (1 - t) * math.log(1 - s))


def main() -> None:
    g = grad(loss)
    for z, t in ((0.3, 1.0), (-2.0, 0.0), (4.0, 0.25)):
        s = 1 / (1 + math.exp(-z))
        print(f"z = {z}, t = {t}: gradient {g(z, t):.12f}, s - t = {s - t:.12f}")
        assert math.isclose(g(z, t), s - t, rel_tol=1e-14)
    print(g.source)

    print("a sure guess at z = 800: right", g(800.0, 1.0), "and wrong", g(800.0, 0.0))
    assert (g(800.0, 1.0), g(800.0, 0.0)) == (0.0, 1.0)
    fine = grad(loss, granularity="fine")
    try:
        fine(800.0, 0.0)
    except ValueError as error:
        print("operation by operation:", error)
    else:
        raise AssertionError("log(1 - s) is beyond its domain there")

    report = compare(loss, 0.3, 1.0)
    print(report)
    columns = {c.granularity: c for c in report.columns}
    assert columns["auto"].bad == 0 < columns["fine"].bad


if __name__ == "__main__":
    main()
