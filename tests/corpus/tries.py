"""``try``: the gradient follows the path that ran, and a handler sees the state at the raise."""

import math

from tests.corpus.registry import at


class Lost(ArithmeticError):
    """An exception of the user's own."""


@at((2.0,), (-1.0,))
def fallback(x):
    try:
        y = math.log(x)
    except ValueError:
        y = 0.5 * x
    return y * x


@at((2.0,), (-1.5,))
def returns(x):
    try:
        return math.sqrt(x)
    except ValueError:
        return -x * x


@at((2.0, 3.0, 2), (-1.0, 2.0, 2), (2.0, 3.0, 0))
def two_clauses(x, y, n):
    try:
        a = math.log(x) * y / n
    except ValueError:
        a = 2.0 * x
    except ZeroDivisionError:
        a = 3.0 * x * y
    return a * a


@at((1.5, 2.5, 2), (1.5, -2.0, 2), (1.5, 2.5, 0), (1.5, -2.5, 0))
def state_at_the_raise(x, y, n):
    """Each handler reads what the body had assigned when its statement raised."""
    s = 1.0
    try:
        s = s * x
        t = math.log(y)
        s = s + t
        s = s * (x / n)
        s = s * t
    except ValueError:
        s = s * s * 3.0 - y
    except ZeroDivisionError:
        s = s * s / 2.0
    return s


@at((1.5, 2), (1.5, 0))
def arithmetic_error(x, n):
    """A base class catches what is derived from it."""
    try:
        y = x * x / n
    except ArithmeticError:
        y = x * x * x
    return 2.0 * y


@at((1.5, 0.5), (-1.5, 0.5))
def tuple_of_exceptions(x, y):
    try:
        z = math.sqrt(x) / y
    except (ValueError, ZeroDivisionError):
        z = x - y
    return z * x


@at((1.5,), (-1.5,))
def bare(x):
    try:
        return math.acosh(x) * x
    except:  # noqa: E722
        return math.sin(x)


@at((1.5,), (-1.5,))
def with_else(x):
    try:
        y = math.log(x)
    except ValueError:
        z = x
    else:
        z = y * y
    return z * 3.0


@at((1.5,), (-1.5,))
def with_finally(x):
    n = 1.0
    try:
        y = math.log(x)
    except ValueError:
        y = x * x
    finally:
        n = n + x
    return y * n


@at(([1.0, 2.0, 3.0],), ([1.0, -2.0, 3.0],), ([-1.0, 2.0],))
def partial_sum(xs):
    """The handler reads what the loop had added up."""
    total = 0.0
    try:
        for x in xs:
            total += math.log(x)
    except ValueError:
        total = 2.0 * total + xs[0]
    return total * total


@at(([1.0, 2.0, 3.0],), ([1.0, -2.0, 3.0],))
def skipping(xs):
    total = 0.0
    for x in xs:
        try:
            root = math.sqrt(x)
        except ValueError:
            continue
        total += root * x
    return total


@at(([1.0, 2.0, 3.0],), ([1.0, -2.0, 3.0],))
def stopping(xs):
    total = 1.0
    for x in xs:
        try:
            total = total * math.sqrt(x)
        except ValueError:
            total = total + x
            break
        finally:
            total = total + 0.5 * x
    return total


@at(([1.0, 2.0, 3.0],), ([1.0, -2.0, 3.0],))
def returning_from_a_loop(xs):
    total = 1.0
    for k, x in enumerate(xs):
        try:
            total += math.log(x) * k
        except ValueError:
            return total * x
    return total


@at(([1.0, 2.0], 1), ([1.0, 2.0], 5))
def index_error(xs, k):
    try:
        return xs[k] * xs[0]
    except IndexError:
        return xs[-1] * 3.0


@at((1.5, 2), (1.5, -1))
def asserted(x, n):
    try:
        assert n > 0, "n must be positive"
        y = x**n
    except AssertionError:
        y = x
    return y * y


def _checked(x):
    if x < 0.0:
        raise Lost(f"negative: {x}")
    return math.sqrt(x)


@at((1.5,), (-1.5,))
def own_exception_in_a_helper(x):
    try:
        return _checked(x) + _checked(x + 0.5)
    except Lost:
        return x * x


def _guarded(x):
    try:
        return math.log(x)
    except ValueError:
        return x


@at((1.5,), (-1.5,))
def try_in_a_helper(x):
    return _guarded(x) * _guarded(2.0 * x + 1.0)


@at((1.5, 2.0), (-1.5, 2.0), (1.5, -2.0), (-1.5, -2.0))
def nested(x, y):
    try:
        try:
            a = math.log(x)
        except ValueError:
            a = math.sqrt(y)
        b = a * math.log(y + 0.5)
    except ValueError:
        b = x * y
    return b * x


@at((1.5, 2.0), (-1.5, 2.0), (-1.5, -2.0))
def raised_again(x, y):
    try:
        try:
            a = math.log(x)
        except ValueError:
            if y > 0.0:
                raise
            a = x * y
    except ValueError:
        a = x * x * y
    return a * y


@at((1.5, 2.0), (-1.5, 2.0))
def translated(x, y):
    try:
        try:
            return math.log(x)
        except ValueError as err:
            raise Lost(f"no logarithm of {x}") from err
    except Lost:
        return x * y


@at((1.5,), (0.5,), (-1.5,))
def unused_value_decides(x):
    """The logarithm is not used, but decides which branch runs."""
    try:
        math.log(x)
        y = 2.0 * x
    except ValueError:
        y = x * x
    return y


@at((1.5, [1.0, 2.0]), (-1.5, [1.0, 2.0]))
def list_written_before(x, ys):
    """The handler sees the write."""
    ys = list(ys)
    try:
        ys[0] = x * x
        ys[1] = math.log(x)
    except ValueError:
        ys[1] = ys[0] * 2.0
    return ys[0] * ys[1]


@at((1.5, [1.0, 2.0]), (-1.5, [1.0, 2.0]))
def list_written_after(x, ys):
    ys = [y * y for y in ys]
    try:
        t = math.log(x)
        ys[1] = t * x
    except ValueError:
        ys[0] = x
    return ys[0] * ys[1]


@at((1.5, 3), (0.5, 3), (-0.5, 3))
def while_in_try(x, n):
    k, y = 0, x
    try:
        while k < n:
            y = math.sqrt(y - 0.2)
            k += 1
    except ValueError:
        y = y * y + k
    return y * x


@at((1.5, 2.0), (-1.5, 2.0))
def return_in_loop_in_try(x, y):
    try:
        for k in range(3):
            t = math.log(x) * k
            if t > 0.5:
                return t * y
    except ValueError:
        return x * y
    return x


@at((1.5,), (-1.5,))
def finally_on_every_path(x):
    trace = [0.0]
    y = 1.0
    for k in range(3):
        try:
            if k == 1:
                continue
            y = math.log(x)
        except ValueError:
            y = x
        finally:
            trace[0] = trace[0] + x * k
    return trace[0] * y


@at((1.5,), (-1.5,))
def ending_inside(x):
    """A ``finally`` runs on the way to an outer handler."""
    y = x
    try:
        try:
            y = y * math.log(x)
        finally:
            y = y + 1.0
    except ValueError:
        y = y * 3.0
    return y * y


@at((0.5,), (1.5,))
def static_lookups(x):
    """What is known when the function is compiled takes its path there."""
    rates = {"low": 0.5, "high": 2.0}
    try:
        import no_such_module as fast
    except ImportError:
        fast = None
    try:
        rate = rates["middle"]
    except KeyError:
        rate = rates["high"]
    return math.sin(rate * x) if fast is None else fast.sin(rate * x)


@at((2.0,), (800.0,), expect=((-0.1049935854035065,), (1.0,)), second=False)
def overflow(x):
    """A sigmoid whose exponential overflows: the handler runs, whatever is fused."""
    try:
        y = 1.0 / (1.0 + math.exp(x))
    except OverflowError:
        y = x
    return y


@at((1.5, 0.5), (-1.5, 0.5))
def comprehension(x, y):
    try:
        logs = [math.log(x + k) for k in range(3)]
    except ValueError:
        logs = [x, y]
    return sum(logs) * y


@at((1.5, 0.5), (-1.5, 0.5))
def condition_raises(x, y):
    s = y
    try:
        s = s * x
        if math.log(x) > 0.0:
            s = s + x
        s = s * 2.0
    except ValueError:
        s = s * s
    return s


@at((1.5, 0.5, 3), (1.5, 0.5, 0), (1.5, -0.5, 3))
def tries_side_by_side(x, y, n):
    """Each remembers its own outcome, also where one stands in a loop behind the other."""
    s = x * y
    rows = [x, 0.7, s]
    try:
        rows[0] = math.sqrt(y) / n
        for k in range(3):
            if s > 0.3:
                s = s + rows[k] * x
    except (ValueError, ZeroDivisionError):
        s = s * x
    return s + sum(rows)


@at((1.5, 0.5), (1.5, -0.5), (-1.5, 0.5), (-1.5, -0.5))
def inner_loop_of_tries(x, y):
    """The outer handler reads what the inner statements left."""
    total = y
    try:
        for k in range(3):
            try:
                total = total + math.sqrt(x + k)
                total = total * x
            except ValueError:
                total = total - 0.5 * x
            else:
                total = total + math.log(y + 0.6 * k)
    except ValueError:
        total = total * total
    finally:
        total = total + x * y
    return total


def _refuses(x):
    raise Lost(f"never: {x}")


@at((1.5, 2), (1.5, -2))
def always_raising_helper(x, n):
    try:
        y = x
        if n < 0:
            y = 2.0 * _refuses(x) + y
        y = y * x
    except Lost:
        y = x
    return y * x


@at((0.5, 0.7), (0.5, -0.7), (-2.5, 0.7))
def leaves_or_goes_on(x, y):
    s = x + 3.0
    try:
        s = s * math.log(s)
        return _checked(y) - x * s
    except ValueError:
        s = 2.0 * s
    except Lost:
        pass
    return s * x


@at((-1.5, -0.75, 1), (1.5, 0.75, 1), (1.5, -0.75, 1), (1.5, 0.75, 0))
def handler_that_leaves_behind_a_finally(x, y, n):
    """The ``finally`` of the inner statement is none of the outer handler's."""
    s = x * y
    for _ in range(2):
        try:
            try:
                s = s * math.log(y) / n
            finally:
                s = s + x
        except Exception:
            s = s * y
            continue
        s = s + y
    return s


@at((1.5, 0.5), (-1.5, 0.5), (1.5, -0.5))
def raising_on(x, y):
    """Each of the inner statements may be the one that is translated."""
    s = y
    try:
        try:
            s = s * x
            s = s + math.log(x)
            s = s * math.sqrt(y)
        except ValueError as err:
            raise Lost(f"lost at {s}") from err
    except Lost:
        s = x * y * y
    return s * s


@at((1.5,), (-1.5,))
def by_type(x):
    """What raises for these types is known when the function is compiled."""
    try:
        n = len(x)
    except TypeError:
        n = 1
    try:
        scale = float("two")
    except ValueError:
        scale = 2.0
    return scale * x * x * n


@at((0.5, 0.3, 0.2), (0.1, 0.4, 2.0), (0.5, 3.0, 0.6))
def read_in_the_else_only(x, y, z):
    """What the last statement of a body sets is read where the body has ended, and nowhere else."""
    w = math.cos(y)
    try:
        for _ in range(3):
            if w < 0.5:
                break
            z = math.sin(z + w / y)
        x = math.sin(math.sqrt(math.sin(y) + 0.0137))
    except ValueError:
        z = 2 * z
    else:
        for _ in range(3):
            if z > 100.0:
                x = z
            z = math.cos(z + x)
            if z < x:
                break
    return math.sqrt(1.0 + z * z)
