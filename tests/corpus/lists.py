"""Lists built, appended to, written, nested, swapped, aliased: old values matter."""

import math

from tests.corpus.registry import at


@at((1.5, 2.5))
def literal(x, y):
    v = [x, y, x * y]
    return v[0] * v[2] + v[-1] * v[1]


@at((1.5,))
def append_and_sum(x):
    v = []
    for i in range(4):
        v.append(x**i)
    return sum(v) * v[2]


@at((1.5,))
def append_reads_previous(x):
    v = [x]
    for i in range(5):
        v.append(math.sin(v[-1]) + 0.5 * v[i])
    return v[-1] * v[2]


@at((0.5, 1.2))
def recurrence_by_index(x, y):
    v = [0.0] * 6
    v[0] = x
    v[1] = y
    for i in range(2, 6):
        v[i] = v[i - 1] * x + v[i - 2] * y
    return v[5]


@at((0.5,))
def overwrite_value_used_before(x):
    v = [x, x * x]
    a = v[0] * 3.0
    v[0] = a * v[1]
    v[1] = v[0] + a
    return v[0] * v[1] + a


@at((0.5,))
def overwrite_in_loop(x):
    v = [x, 1.0, x * x]
    for i in range(5):
        v[i % 3] = v[(i + 1) % 3] * x + v[i % 3]
    return v[0] + v[1] * v[2]


@at((0.5, 1.5))
def augmented_element(x, y):
    v = [x, y, 1.0]
    v[0] += y * v[1]
    v[1] *= v[0]
    v[2] -= v[1] / v[0]
    v[-1] **= 2
    return v[0] * v[1] + v[2]


@at((0.5, 1.5))
def histogram(x, y):
    h = [0.0, 0.0, 0.0]
    for i in range(8):
        h[(i * i) % 3] += x * i + y
    return h[0] * h[1] + h[2]


@at(([3.0, 1.0, 2.0],))
def bubble_sort(xs):
    v = [x * 1.0 for x in xs]
    n = len(v)
    for i in range(n):
        for j in range(n - 1 - i):
            if v[j] > v[j + 1]:
                v[j], v[j + 1] = v[j + 1], v[j]
    return v[0] + 10.0 * v[1] + 100.0 * v[2] * v[0]


@at(([3.0, 1.0, 2.0],))
def writes_to_argument(xs):
    xs[0] = xs[1] * xs[2]
    xs[1] += xs[0]
    return xs[0] * xs[1] + xs[2]


@at(([3.0, 1.0, 2.0],))
def alias_write(xs):
    v = [x for x in xs]
    w = v
    w[0] = w[1] * 5.0
    return v[0] * w[2] + v[1]


@at(([3.0, 1.0, 2.0],))
def copy_is_no_alias(xs):
    v = list(xs)
    w = v[:]
    w[0] = v[1] * 5.0
    v[2] = w[0] * v[0]
    return v[0] * w[0] + v[2] - w[2]


@at((0.5, 1.5))
def nested_lists(x, y):
    m = [[x, y], [1.0, x * y]]
    return m[0][0] * m[1][1] + m[0][1] * m[1][0]


@at((0.5, 1.5))
def nested_write(x, y):
    m = [[0.0, 0.0], [0.0, 0.0]]
    for i in range(2):
        for j in range(2):
            m[i][j] = x * i + y * (j + 1)
    m[0][1] += m[1][0] * m[1][1]
    return m[0][0] * m[0][1] - m[1][0]


@at((0.5, 1.5))
def rows_built_then_appended(x, y):
    rows = []
    for i in range(3):
        row = []
        for j in range(2):
            row.append(x * i - y * j)
        rows.append(row)
    return rows[2][1] * rows[1][0] + rows[0][1]


@at((0.5, 1.5))
def row_alias(x, y):
    m = [[x, y], [y, x]]
    row = m[0]
    row[1] = row[0] * 4.0
    return m[0][1] * m[1][0]


@at(([[1.0, 2.0], [3.0, 4.0]], [[0.5, -1.0], [2.0, 1.5]]))
def matrix_product(a, b):
    n = len(a)
    c = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            for k in range(n):
                c[i][j] += a[i][k] * b[k][j]
    return c[0][0] * c[1][1] - c[0][1] * c[1][0]


@at(([1.0, 2.0, 3.0, 4.0],))
def slices(xs):
    a = xs[1:]
    b = xs[:-1]
    c = xs[::2]
    return sum(p * q for p, q in zip(a, b, strict=True)) + c[0] * c[1] + xs[1:3][1]


@at(([1.0, 2.0], [3.0, 4.0]))
def concatenation(xs, ys):
    v = xs + ys
    w = ys + xs[:1] + [xs[0] * ys[0]]
    return sum(v[i] * w[i] for i in range(4))


@at(([1.0, 2.0],))
def repetition(xs):
    v = xs * 2
    return v[0] * v[3] + sum(v)


@at((0.5,))
def pop_from_end(x):
    stack = [x, x * x]
    stack.append(x * 3.0)
    top = stack.pop()
    return top * stack[-1] + len(stack)


@at((0.5,))
def prefix_sums(x):
    v = [x * i for i in range(5)]
    for i in range(1, 5):
        v[i] += v[i - 1]
    return v[4] * v[2]


@at(([0.1, 0.5, 0.2, 0.9, 0.3],))
def in_place_smoothing(xs):
    v = list(xs)
    for _ in range(3):
        for i in range(1, len(v) - 1):
            v[i] = (v[i - 1] + v[i] + v[i + 1]) / 3.0
    return v[2] * v[3]


@at(([0.1, 0.5, 0.2, 0.9, 0.3],))
def double_buffering(xs):
    old = list(xs)
    new = [0.0] * len(old)
    for _ in range(3):
        for i in range(len(old)):
            new[i] = 0.5 * old[i] + 0.5 * old[i - 1] * old[i]
        old, new = new, old
    return old[0] + old[2] * old[4]


@at((0.5, 1.5))
def write_in_branch(x, y):
    v = [x, y]
    if x < y:
        v[0] = v[1] * x
    else:
        v[1] = 3.0
    return v[0] * v[1]


@at((0.5, 1.4))
def conditional_append(x, y):
    v = [1.0]
    for i in range(6):
        t = x * i - y
        if t > 0:
            v.append(t * v[-1])
    return v[-1] + len(v) * v[0]


@at((0.5,))
def written_then_break(x):
    v = [0.0] * 5
    for i in range(5):
        v[i] = x * (i + 1)
        if v[i] > 1.2:
            break
        v[i] = v[i] * v[i]
    return sum(v) + v[2] * i


@at((0.55,))
def index_computed_from_data(x):
    v = [1.0, 2.0, 3.0]
    k = int(x * 4.0)
    v[k] = v[k] * x
    return v[k] * v[0] + v[2]


@at(([5.0, 3.0, 8.0, 1.0],))
def partition_like_quickselect(xs):
    v = list(xs)
    store = 0
    for i in range(len(v) - 1):
        if v[i] < v[-1] + 4.5:
            v[store], v[i] = v[i], v[store]
            store += 1
    v[store], v[-1] = v[-1], v[store]
    return v[store] * store + v[0] * v[3]


@at(([1.0, 2.0, 3.0],))
def while_with_list(xs):
    v = list(xs)
    k = 0
    while sum(v) < 40.0:
        v[k % 3] = v[k % 3] * 1.5 + 0.1 * v[0]
        k += 1
    return v[0] * v[1] * v[2]


@at((0.5, 0.25))
def list_of_tuples(x, y):
    pairs = [(x, y), (x * y, 2.0)]
    pairs.append((x + y, x))
    s = 0.0
    for a, b in pairs:
        s = s * a + b
    return s + pairs[1][0]


@at(([1.0, 2.0, 3.0],))
def reverse_by_swaps(xs):
    v = list(xs)
    i, j = 0, len(v) - 1
    while i < j:
        v[i], v[j] = v[j], v[i]
        i += 1
        j -= 1
    return v[0] * 1.0 + v[1] * 2.0 * v[0]


@at((0.9,))
def ints_then_float_written(x):
    v = [0, 0, 1]
    v[0] = x * 2.0
    v[1] = v[0] + v[2]
    return v[0] * v[1]


@at((0.6, 4))
def pascal(x, n):
    row = [1.0]
    for _ in range(n):
        new = [1.0]
        for i in range(len(row) - 1):
            new.append(row[i] * x + row[i + 1])
        new.append(x)
        row = new
    return sum(row) + row[2]
