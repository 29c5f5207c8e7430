"""What is refused, and how: the fence's table, names, calls, types, and aliases."""

from __future__ import annotations

import inspect
import linecache
import random

import pytest

import symdiff
from symdiff.errors import (
    AliasError,
    CaptureError,
    SymdiffError,
    TypeMismatch,
    UnresolvedName,
    UnsupportedCall,
    UnsupportedSyntax,
)
from symdiff.frontend.capture import capture
from symdiff.frontend.lower import lower
from symdiff.frontend.subset import REFUSED, check
from symdiff.ir.interp import run
from symdiff.ir.types import FLOAT, list_of

FLOATS = list_of(FLOAT)
MATRIX = list_of(FLOATS)
STATE = [1.0, 2.0]
TABLE = {"k": 1.0}


def define(text, name="f"):
    """A function from text that linecache knows."""
    file = f"<test {abs(hash(text))}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    space = {"random": random}
    exec(compile(text, file, "exec"), space)
    return space[name]


BODIES = {
    "asynchronous": "def f(x):\n    return [v async for v in x]\n",
    "generator is": "def f(x):\n    g = lambda: (yield x)\n    return x\n",
    "asynchronous code": "def f(x):\n    async def g():\n        return x\n    return x\n",
    "except* is": (
        "def f(x):\n    try:\n        x = 1/x\n    except* ValueError:\n        x = 1\n"
        "    return x\n"
    ),
    "a finally that leaves": (
        "def f(x):\n    try:\n        x = 1/x\n    finally:\n        return x\n"
    ),
    "name of the surroundings": (
        "def g():\n    z = 1\n    def f(x):\n        nonlocal z\n        z = 2\n        return x\n"
        "    return f\n\nf = g()\n"
    ),
    "bytes": "def f(x):\n    b = b'1'\n    return x\n",
    "else that leaves": (
        "def f(x):\n    while True:\n        while (y := x) > 1:\n            x = y - 1\n"
        "        else:\n            break\n    return x\n"
    ),
    "bare raise": "def f(x):\n    raise\n",
}


@pytest.mark.parametrize("what", BODIES)
def test_fence(what):
    try:
        f = define(BODIES[what])
    except SyntaxError:
        pytest.skip("this Python does not compile it")
    with pytest.raises(UnsupportedSyntax) as info:
        check(capture(f))
    assert what in str(info.value)
    assert "hint: " in str(info.value)


RESTORED = [
    "def f(x):\n    global z\n    z = x\n    return x\n",
    "z = 1.0\ndef f(x):\n    global z\n    z += 1.0\n    return x * z\n",
    "z = 'a'\ndef f(x):\n    global z\n    if x > 0.0:\n        z = 'b'\n    return x\n",
    "z = 1.0\ndef f(x):\n    global z\n    if x > 0.0:\n        z = x\n        return x\n"
    "    return 2.0 * x\n",
    "z = 1.0\ndef f(x):\n    global z\n    for k in range(3):\n        z = k * x\n    return x\n",
    "z = 1.0\ndef f(x):\n    global z\n    del z\n    return x\n",
    "z = 1.0\ndef g(x, n):\n    global z\n    z = x\n    y = x if n < 1 else g(x * z, n - 1)\n"
    "    z = 1.0\n    return y\n\ndef f(x):\n    return g(x, int(x))\n",
]


@pytest.mark.parametrize("text", RESTORED)
def test_a_global_must_be_put_back(text):
    """A write that a caller could see is refused, whichever path makes it."""
    with pytest.raises(UnsupportedSyntax) as info:
        symdiff.grad(define(text))(1.0)
    assert "a write to a global is not supported" in str(info.value)
    assert "put the old one back before the function ends" in str(info.value)


def test_every_entry_of_the_fence_is_tested():
    missing = [
        r.what
        for r in REFUSED
        if r.nodes
        and not any(what in r.what for what in BODIES)
        and "import *" not in r.what
        and "type alias" not in r.what
        and "t-strings" not in r.what
    ]
    assert missing == []


def test_all_findings_come_together():
    f = define("def f(x):\n    x = b'1'\n    y = b'2'\n    return x * b'3'\n")
    with pytest.raises(UnsupportedSyntax) as info:
        check(capture(f))
    assert [d.span.line for d in info.value.diagnostics] == [2, 3, 4]
    assert info.value.lineno == 2
    assert str(info.value).splitlines()[1:5] == [
        f"{f.__code__.co_filename}:2: bytes are not supported: they are no numbers",
        "    x = b'1'",
        "        ^^^^",
        "    hint: use floats",
    ]


def unknown(x):
    return random.gauss(x, 1)


def recursive(x):
    return abs(recursive(x - 1) * x) if x < 1 else recursive(x - 1)


def half_bound(x):
    for k in range(int(x)):
        y = x if k == 0 else y * x  # noqa: F821 - it may be unbound, which is the point
    return y


def undefined(x):
    return x + nosuch  # noqa: F821


def text_times(x):
    return x * "a"


def clash(x):
    y = [x] if x > 0 else x
    return y


def float_index(xs, x):
    return xs[x]


def stored_then_written(x):
    rows, row = [], [x, x]
    rows.append(row)
    row[0] = 3.0
    return rows[0][0]


def written_then_read(x):
    row = [x, x]
    rows = [row, [1.0, 2.0]]
    rows[0][0] = 3.0
    return row[0]


def repeated_row(x):
    rows = [[0.0] * 2] * 3
    rows[0][0] = x
    return rows[1][0]


def either_list(x):
    a, b = [x, 1.0], [2.0, x]
    c = a if x > 0 else b
    c[0] = 5.0
    return a[0]


def grows_while_read(xs):
    for v in xs:
        xs.append(v)
    return sum(xs)


def old_row(A):
    r = A[0]
    A[0] = [1.0, 2.0]
    return r[0]


def shared_rows(A):
    B = A[:]
    B[0][0] = 5.0
    return A[0][0]


def bits(x):
    return x & 3


def inverted(x):
    return ~x


def matrix_product(x):
    return x @ x


def one_of_two_objects(x):
    a, b = {"k": x}, {"k": 2 * x}
    p = a if x > 0 else b
    p["k"] = 1.0
    return a["k"]


def maybe_a_key(x):
    d = {}
    if x > 0:
        d["k"] = x
    return sum(d.values())


def writes_captured_dict(x):
    TABLE["k"] = x
    return x


def writes_frozen(x):
    x.real = 1.0
    return x


def writes_global(x):
    STATE[0] = x
    return STATE[0]


def writes_default(x, acc=[1.0]):  # noqa: B006
    acc.append(x)
    return sum(acc)


def swapped_alike(x, xs):
    p, q = [x, 2.0], xs
    if x > 1:
        if x > 2:
            p, q = q, p
        else:
            q, p = p, q
    q.append(1.0)
    return sum(xs) + sum(p)


REFUSALS = [
    (unknown, UnsupportedCall, "random.gauss() is not supported"),
    (recursive, UnsupportedCall, "'recursive' calls itself without end"),
    (half_bound, UnresolvedName, "'y' may be unbound"),
    (undefined, UnresolvedName, "'nosuch' is not defined"),
    (text_times, TypeMismatch, "float * str 'a'"),
    (clash, TypeMismatch, "is a list on one path and a float on another"),
    (float_index, TypeMismatch, "an index must be an int"),
    (stored_then_written, AliasError, "'row' is written to"),
    (written_then_read, AliasError, "'row' may have changed"),
    (repeated_row, AliasError, "'rows' is written to"),
    (either_list, AliasError, "which list it is, 'a' or 'b', depends on the path"),
    (grows_while_read, AliasError, "'xs' changes its length"),
    (old_row, AliasError, "a row of 'A' may not be the same"),
    (shared_rows, AliasError, "'B' is written to"),
    (bits, TypeMismatch, "unsupported operand types for &"),
    (inverted, TypeMismatch, "unsupported operand type for ~"),
    (matrix_product, UnsupportedSyntax, "@ of numbers is not defined"),
    (one_of_two_objects, AliasError, "which object it is, 'a' or 'b', depends on the path taken"),
    (maybe_a_key, TypeMismatch, "whether 'd' has 'k' depends on the path taken"),
    (writes_captured_dict, AliasError, "'TABLE' belongs to the surroundings"),
    (writes_frozen, TypeMismatch, "attribute 'real' of a float is written to"),
    (writes_global, AliasError, "'STATE' belongs to the surroundings"),
    (writes_default, AliasError, "shared by all calls"),
    (swapped_alike, AliasError, "depends on the path"),
]


@pytest.mark.parametrize("f, kind, text", REFUSALS, ids=lambda v: getattr(v, "__name__", ""))
def test_refusals(f, kind, text):
    types = {
        n: t for n, t in (("xs", FLOATS), ("A", MATRIX)) if n in inspect.signature(f).parameters
    }
    if f is writes_default:
        types["x"] = FLOAT
    with pytest.raises(kind) as info:
        lower(capture(f), types)
    assert text in str(info.value)
    first, last = f.__code__.co_firstlineno, f.__code__.co_firstlineno + 12
    assert info.value.filename == __file__
    assert first <= info.value.lineno <= last


def same_on_both_sides(x, y):
    a = x
    if x > 0:
        t = 1.0
        a = y
    else:
        t = 2.0
        a = y
    return a + t


def last_wins(x, y):
    for i in range(3):
        for j in range(i):
            z = x * j + y
    return z


def test_values_that_agree_on_both_paths():
    assert run(lower(capture(same_on_both_sides), {}).graph, 3.0, 5.0) == [
        same_on_both_sides(3.0, 5.0)
    ]
    assert run(lower(capture(last_wins), {}).graph, 3.0, 5.0) == [last_wins(3.0, 5.0)]


def never_ran(x):
    for i in range(int(x)):
        y = x * i
    return y


def test_a_loop_that_never_ran_raises():
    graph = lower(capture(never_ran), {}).graph
    assert run(graph, 2.0) == [2.0]
    with pytest.raises(RuntimeError, match="UnboundLocalError"):
        run(graph, 0.0)


def test_no_source():
    space = {}
    exec("def f(x): return x", space)
    with pytest.raises(CaptureError, match="hint"):
        capture(space["f"])
    with pytest.raises(CaptureError, match="no Python source"):
        capture(len)


def test_a_dict_of_the_surroundings_in_a_function_that_calls_itself() -> None:
    def f(a):
        memo = {}

        def power(n):
            if n in memo:
                return memo[n]
            memo[n] = a if n == 0 else power(n - 1) * a
            return memo[n]

        return power(3)

    with pytest.raises(SymdiffError, match="memo"):
        symdiff.grad(f)(0.5)


LOCAL_CLASSES = {
    "a class with a metaclass": "    class A(metaclass=type):\n        pass\n    return x\n",
    "this decorator of a class": "    @print\n    class A:\n        pass\n    return x\n",
    "this statement is not supported in a class": (
        "    class A:\n        for k in range(3):\n            pass\n    return x\n"
    ),
    "a base of a class is a float": "    class A(x):\n        pass\n    return x\n",
    "the class A cannot be made": "    class A(bool):\n        pass\n    return x\n",
    "defined inside a function": "    class A(Exception):\n        pass\n    raise A(x)\n",
    "looks at the exception": (
        "    class A:\n        def __enter__(self):\n            return 1\n"
        "        def __exit__(self, kind, *rest):\n            return kind is not None\n"
        "    with A():\n        return x\n"
    ),
}


@pytest.mark.parametrize("what", LOCAL_CLASSES)
def test_classes_of_a_function(what):
    f = define("def f(x):\n" + LOCAL_CLASSES[what])
    with pytest.raises(SymdiffError) as info:
        symdiff.grad(f)(1.5)
    assert what in str(info.value)
    assert "hint: " in str(info.value)


def test_an_instance_of_a_local_class_is_no_result():
    text = "def f(x):\n    class A:\n        pass\n    a = A()\n    a.x = x\n    return a\n"
    with pytest.raises(TypeMismatch) as info:
        symdiff.jacobian(define(text))(1.5)
    assert "the class is defined inside a function" in str(info.value)


def test_a_vector_is_as_long_as_its_argument():
    """Inside a differentiated function, too: known lengths while compiling, others at the call."""
    text = (
        "import symdiff\ndef f(x, v):\n    g = lambda xs: xs[0] * xs[1]\n"
        "    return symdiff.jvp(g, ([x, 2.0],), (v,))[1]\n"
        "def known(x):\n    return f(x, [x])\n"
        "def by_rows(x, v):\n    g = lambda m: m[0][0] * m[0][1]\n"
        "    return symdiff.hvp(g)([[x, 2.0]], v)[0][0]\n"
    )
    assert symdiff.grad(define(text))(1.5, [1.0, 2.0]) == 2.0
    with pytest.raises(ValueError, match="another number of elements than its argument"):
        symdiff.grad(define(text))(1.5, [1.0])
    with pytest.raises(ValueError, match="another number of elements than its argument"):
        symdiff.grad(define(text, "by_rows"))(1.5, [[1.0]])
    with pytest.raises(TypeMismatch, match="a vector has 1 elements, its argument 2"):
        symdiff.grad(define(text, "known"))(1.5)


def test_a_memo_is_told_of_caches():
    text = (
        "def f(x, n):\n    known = {}\n    for k in range(n):\n        known[k] = x * k\n"
        "    return x\n"
    )
    with pytest.raises(UnsupportedSyntax) as info:
        symdiff.grad(define(text))(1.5, 40)
    assert "hint: use a list indexed by an int; to keep results, put functools.cache" in str(
        info.value
    )
