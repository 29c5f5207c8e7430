"""What the survey of real packages has found, each written anew in its smallest form."""

from tests.corpus.registry import at

ROUGHNESS = {
    "plain, as drawn": (5.5e-2, 0.21),
    "steel, honed": (1.2e-2, 0.05),
    "it's coated": (0.5, 0.0002),
    "cement, lined (new)": (3.3e-1, 0.0014),
}
ONE = [[1.0, 0.5], [0.25, 2.0]]
TWO = [[0.3, 0.1], [0.7, 3.0]]


@at((1.5,), (-0.5,))
def text_keys_with_commas(x):
    """A captured table whose keys hold what separates entries."""
    a, b = ROUGHNESS["steel, honed"]
    return a * x**2 + b * x


@at((1.5,), (-0.5,))
def unpacked_repetition(x):
    ys = [x] * 3
    ys[1] *= x
    p, q, r = ys
    return p * q + r


NEAR = {"a": 0.5, "b": (1.0, 2.0)}
FAR = {"a": 0.25, "b": (3.0, 0.5)}


@at((1.5, 1), (1.5, 2), (0.5, 3))
def captured_dict_met_in_an_inner_branch(x, n):
    if n == 1:
        table = NEAR
    elif n == 2:
        table = FAR
    else:
        table = FAR
    return table["a"] * x + table["b"][1] * x * x


@at((1.5, 1), (1.5, 2), (0.5, 3))
def captured_list_met_in_an_inner_branch(x, n):
    if n == 1:
        table = ONE
    elif n == 2:
        table = TWO
    else:
        table = TWO
    return table[0][1] * x + table[1][0] * x * x


@at((1.5, (0.5, 0.25)), (0.5,))
def default_of_another_length(x, coeffs=()):
    total = 1.0
    for k, c in enumerate(coeffs):
        total += c * x**k
    return total * x


@at((1.5, {"C": 2.0, "H": 0.5}), (0.5,))
def default_dict_of_other_keys(x, counts={"O": 3.0}):  # noqa: B006
    total = 0.0
    for count in counts.values():
        total += count * x
    return total * x
