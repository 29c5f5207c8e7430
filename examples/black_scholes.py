"""The price of a European call and its greeks: delta, vega, theta, rho by one gradient, gamma by
the Hessian, against the formulas of the textbook.
"""

import math

from symdiff import compare, grad, hessian


def normal(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


def call(S, K, r, sigma, T):
    """``S`` spot, ``K`` strike, ``r`` rate and ``sigma`` volatility per year, ``T`` years."""
    d1 = (math.log(S / K) + (r + 0.5 * sigma**2) * T) / (sigma * math.sqrt(T))
    d2 = d1 - sigma * math.sqrt(T)
    return S * normal(d1) - K * math.exp(-r * T) * normal(d2)


def textbook(S, K, r, sigma, T):
    d1 = (math.log(S / K) + (r + 0.5 * sigma**2) * T) / (sigma * math.sqrt(T))
    d2 = d1 - sigma * math.sqrt(T)
    density = math.exp(-0.5 * d1**2) / math.sqrt(2 * math.pi)
    discounted = K * math.exp(-r * T)
    return {
        "delta": normal(d1),
        "gamma": density / (S * sigma * math.sqrt(T)),
        "vega": S * density * math.sqrt(T),
        "theta": -S * density * sigma / (2 * math.sqrt(T)) - r * discounted * normal(d2),
        "rho": discounted * T * normal(d2),
    }


def main() -> None:
    point = (100.0, 105.0, 0.03, 0.25, 0.75)
    g = grad(call, argnums=(0, 2, 3, 4))
    delta, rho, vega, per_year = g(*point)
    greeks = {
        "delta": delta,
        "gamma": hessian(call, argnums=0)(*point),
        "vega": vega,
        "theta": -per_year,  # the option loses value as the time to maturity runs out
        "rho": rho,
    }
    print(g.source)
    for name, expected in textbook(*point).items():
        print(f"{name:6s}{greeks[name]:16.10f}   textbook {expected:16.10f}")
        assert math.isclose(greeks[name], expected, rel_tol=1e-11), name
    print(compare(call, *point))


if __name__ == "__main__":
    main()
