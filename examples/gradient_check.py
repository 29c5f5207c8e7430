"""A gradient check: symdiff catches a hand-written derivative that is wrong in one place."""

import math

from symdiff import grad


def energy(x, y):
    r = math.sqrt(x * x + y * y)
    return r * math.exp(-r) + 0.5 * x * y


def energy_grad_by_hand(x, y):
    r = math.sqrt(x * x + y * y)
    slope = math.exp(-r) * (1 - r)
    return slope * x / r + 0.5 * y, slope * y / r + 0.5 * y  # the last y should be an x


def digits(found: float, reference: float) -> float:
    """How many decimal digits agree."""
    error = abs(found - reference) / max(abs(reference), 1e-300)
    return 17.0 if error == 0 else min(17.0, -math.log10(error))


def main() -> None:
    point = (1.2, -0.7)
    reference = grad(energy, argnums=(0, 1))(*point)
    verdicts = {}
    for name, by_hand, by_symdiff in zip("xy", energy_grad_by_hand(*point), reference, strict=True):
        agree = digits(by_hand, by_symdiff)
        verdicts[name] = agree > 8
        word = "agrees" if verdicts[name] else "WRONG"
        print(f"d/d{name}: by hand {by_hand:+.12f}, symdiff {by_symdiff:+.12f}", end="")
        print(f": {word} ({agree:.1f} digits)")
    assert verdicts == {"x": True, "y": False}

    h = 1e-6
    difference = (energy(point[0], point[1] + h) - energy(point[0], point[1] - h)) / (2 * h)
    print(f"a central difference of d/dy gives {difference:+.9f}")
    assert abs(difference - reference[1]) < 1e-8


if __name__ == "__main__":
    main()
