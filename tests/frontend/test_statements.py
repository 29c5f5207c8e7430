"""The exact texts of what ``match``, ``in``, ``is``, bit operators and text refuse."""

from __future__ import annotations

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
        "def f(x, n):\n    return x if n in range(0, 9, n) else -x\n",
        (1.5, 2),
        "the step of this range is not known: its sign decides which end is which",
    ),
    "part of a text by data": (
        "def f(x, n):\n    return x if 'abc'[n] == 'a' else -x\n",
        (1.5, 2),
        "which part of the text is meant depends on values: "
        "text is computed while the function is compiled",
    ),
    "a character that is none": (
        "def f(x):\n    return x if 'abc'[3] == 'a' else -x\n",
        (1.5,),
        "'abc' has 3 characters: [3] is not one",
    ),
    "a text method of data": (
        "def f(x, n):\n    return x if 'abc'.count('a', n) else -x\n",
        (1.5, 2),
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
}


@pytest.mark.parametrize("what", CASES)
def test_refused_with_its_reason(what):
    text, args, message = CASES[what]
    with pytest.raises(SymdiffError) as caught:
        symdiff.grad(define(text))(*args)
    assert f": {message}\n" in str(caught.value)
    assert "    hint: " in str(caught.value)
    assert caught.value.lineno is not None
