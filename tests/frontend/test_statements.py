"""The exact texts of what statements, operators, text and inner transformations refuse."""

from __future__ import annotations

import enum
from typing import NamedTuple

import pytest

import symdiff
from symdiff.errors import SymdiffError
from tests.frontend.test_refusals import define

CASES = {
    "a float & 3": (
        "def f(x):\n    return (x & 3)*x\n",
        (1.5,),
        "unsupported operand types for &: 'float' and 'int': "
        "bit operators are for whole numbers and truth values",
    ),
    "~ of a float": (
        "def f(x):\n    return ~x*x\n",
        (1.5,),
        "unsupported operand type for ~: 'float': "
        "bit operators are for whole numbers and truth values",
    ),
    "a row in a list of rows": (
        "def f(x, rows):\n    return x if rows[0] in rows else -x\n",
        (1.5, [[1.0]]),
        "a list in a list of list[float] is not looked for: "
        "lists and tuples are not compared as a whole there",
    ),
    "is between floats": (
        "def f(x):\n    return x if x is x*2 else -x\n",
        (1.5,),
        "'is' between values is not supported: identity is not part of a number's value",
    ),
    "is between arguments": (
        "def f(x, y):\n    return x[0] if x is y else y[0]\n",
        ([1.5], [2.5]),
        "'is' between values is not supported: identity is not part of a number's value",
    ),
    "a range of unknown step": (
        "def f(x, n):\n    return x if n in range(0, 9, int(n)) else -x\n",
        (1.5, 2.0),
        "the step of this range is not known: its sign decides which end is which",
    ),
    "part of a text by data": (
        "def f(x, n):\n    return x if 'abc'[int(n)] == 'a' else -x\n",
        (1.5, 2.0),
        "which part of the text is meant depends on values: "
        "text is computed while the function is compiled",
    ),
    "a character that is none": (
        "def f(x):\n    return x if 'abc'[3] == 'a' else -x\n",
        (1.5,),
        "'abc' has 3 characters: [3] is not one",
    ),
    "a text method of data": (
        "def f(x, n):\n    return x if 'abc'.count('a', int(n)) else -x\n",
        (1.5, 2.0),
        "a method of text is given a int that is not known: "
        "text is computed while the function is compiled",
    ),
    "a text method that fails": (
        "def f(x):\n    return x if 'abc'.index('d') else -x\n",
        (1.5,),
        "'abc'.index() fails: substring not found: text is computed while the function is compiled",
    ),
    "a range as a sequence": (
        "def f(x):\n    match range(3):\n        case [a, *_]:\n            return x\n"
        "    return -x\n",
        (1.5,),
        "a range is matched as a sequence: only tuples and lists are followed here",
    ),
    "too many positional patterns": (
        "def f(x):\n    match x:\n        case complex(a, b):\n            return x\n"
        "        case float(a, b):\n            return x\n    return -x\n",
        (1.5,),
        "float() is matched with 2 positional patterns: its __match_args__ name fewer fields",
    ),
    "an attribute of a number": (
        "def f(x):\n    match x:\n        case float(real=a):\n            return a\n"
        "    return -x\n",
        (1.5,),
        "the attribute 'real' of a float is matched: only fields of records are followed here",
    ),
    "a manager that is not known": (
        "def f(x):\n    with open('a'):\n        return x\n",
        (1.5,),
        "open() is not supported: it has no rule",
    ),
    "no manager": (
        "def f(x):\n    with x:\n        return x\n",
        (1.5,),
        "with a float is not supported: what it does at both ends of the block is not known",
    ),
    "warnings as exceptions": (
        "def f(x):\n    import warnings\n    with warnings.catch_warnings(action='error'):\n"
        "        return x\n",
        (1.5,),
        "with warnings.catch_warnings() is not supported in this form: "
        "it turns warnings into values or exceptions",
    ),
    "a manager that looks at the exception": (
        "class M:\n    def __enter__(self):\n        return self\n"
        "    def __exit__(self, kind, value, trace):\n        return kind is ValueError\n"
        "def f(x):\n    with M():\n        return x\n",
        (1.5,),
        "the __exit__ of a M looks at the exception: "
        "which one it is given is known only when it is raised",
    ),
    "another suppress": (
        "def suppress(x):\n    return x\n"
        "def f(x):\n    with suppress(ValueError):\n        return x\n",
        (1.5,),
        "suppress() is not contextlib.suppress: "
        "what this manager does with exceptions is not known",
    ),
    "a key deleted twice": (
        "def f(x):\n    d = {'a': x}\n    del d['a']\n    del d['a']\n    return x\n",
        (1.5,),
        "the dict has no 'a': there is nothing to delete",
    ),
    "a name read after del": (
        "def f(x):\n    y = x\n    del y\n    return y\n",
        (1.5,),
        "'y' may be unbound: it was deleted in line 3",
    ),
    "part of a tuple deleted": (
        "def f(x):\n    y = (x, x)\n    del y[0]\n    return x\n",
        (1.5,),
        "a part of a tuple is deleted: only lists, dicts and objects can change",
    ),
    "an inner derivative of a structure": (
        "from symdiff import grad\ndef f(x):\n    return grad(lambda y: (y, y))(x)\n",
        (1.5,),
        "a gradient needs a function with one float as its result; <lambda> returns "
        "tuple(0: float, 1: float): a tuple of another structure has a Jacobian, not a gradient",
    ),
    "an inner derivative with an effect": (
        "from symdiff import grad\n"
        "def f(x):\n    xs = [x]\n    def g(y):\n        xs[0] = y*y\n        return xs[0]\n"
        "    return grad(g)(x) + xs[0]\n",
        (1.5,),
        "the differentiated function changes 'xs': "
        "how often a derivative runs its function is not defined",
    ),
    "an inner derivative of an argument that is not passed": (
        "from symdiff import grad\ndef f(x):\n    return grad(lambda y: y, 1)(x)\n",
        (1.5,),
        "grad is with respect to 1, which is no argument of this call: "
        "each argument that is differentiated must be passed, once",
    ),
    "an inner derivative of text": (
        "from symdiff import grad\ndef f(x):\n    return grad(lambda y, m: y, 1)(x, 'a')\n",
        (1.5,),
        "m is a str ('a'), which cannot be differentiated: it is no number",
    ),
    "a vector of another form": (
        "from symdiff import hvp\ndef f(x):\n    return hvp(lambda y: y*y)(x, [x])\n",
        (1.5,),
        "a vector is a list of another structure than its argument: "
        "each number of the argument has one of the vector's",
    ),
    "argnums by data": (
        "from symdiff import grad\ndef f(x, n):\n    return grad(lambda y, z: y*z, int(n))(x, x)\n",
        (1.5, 0.0),
        "argnums or argnames is a int: which arguments are differentiated must be known",
    ),
    "a generator that is kept": (
        "def f(x):\n    def g():\n        yield x\n    values = g()\n    return sum(values)\n",
        (1.5,),
        "the values of the generator 'g' are kept: "
        "when it runs would depend on who asks for its values",
    ),
    "a generator that reads what its loop changes": (
        "def f(x):\n    t = 1.0\n    def g():\n        for _ in range(3):\n            yield t*x\n"
        "    for v in g():\n        t = t + v\n    return t\n",
        (1.5,),
        "the generator 'g' is not followed here: "
        "'t' changes while the loop runs, and it reads that",
    ),
    "a generator that reads a list its loop changes": (
        "def f(x):\n    xs = [x, x]\n    def g():\n        for v in xs:\n            yield v\n"
        "    for v in g():\n        xs[1] = v\n    return xs[1]\n",
        (1.5,),
        "'xs' is written to, but it may be shared: a loop runs over 'g', which reads it",
    ),
    "a generator whose loop is left": (
        "def f(x):\n    def g():\n        yield x\n        yield x*x\n"
        "    for v in g():\n        if v > 1:\n            break\n    return v\n",
        (1.5,),
        "the generator 'g' is not followed here: the loop is left before it is at its end",
    ),
    "a generator with an effect": (
        "def f(x):\n    xs = [x]\n    def g():\n        xs.append(x)\n        yield x\n"
        "    return sum(g()) + xs[0]\n",
        (1.5,),
        "the generator 'g' changes what lives outside of it: "
        "its values are collected before they are used, which would show",
    ),
    "a comprehension over a shared name": (
        "def f(x):\n    t = x\n    def g():\n        nonlocal t\n        t = t*x\n    g()\n"
        "    return sum([t for t in (x, x)]) + t\n",
        (1.5,),
        "'t' is a name of this comprehension and of a function that rebinds it: "
        "which of the two a nested function means would have to be kept apart",
    ),
    "a function that is a generator": (
        "def f(x):\n    yield x\n",
        (1.5,),
        "a generator is not supported: it hands out values one by one",
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_refused_with_its_reason(what):
    text, args, message = CASES[what]
    with pytest.raises(SymdiffError) as caught:
        symdiff.grad(define(text))(*args)
    assert f": {message}\n" in str(caught.value)
    assert "    hint: " in str(caught.value)
    assert caught.value.lineno is not None


def test_named_tuple_and_enum_of_a_function():
    """What their metaclasses do is Python's own; the instances are known while compiling."""

    def f(x):
        class Pair(NamedTuple):
            first: float
            second: float = 2.0

            def product(self):
                return self.first * self.second * x

        class Kind(enum.Enum):
            A = 1
            B = 2

        p = Pair(x)._replace(second=x)
        return p.product() if Kind(1) is Kind.A else Kind.B.value

    assert symdiff.value_and_grad(f)(1.5) == (1.5**3, 3 * 1.5**2)
