"""Statistics of samples that SciPy has, in terms of NumPy's functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symdiff.frontend.array_calls import formula

# mypy: disable-error-code="no-untyped-def, no-untyped-call"


def flat(a: Any, axis: Any) -> Any:
    """(the sample, the axis): all of it along the first axis where none is named."""
    a = np.asarray(a)
    return (np.ravel(a), 0) if axis is None else (a, axis)


def central(a: Any, order: Any, axis: Any, keepdims: Any = False) -> Any:
    centred = a - np.mean(a, axis=axis, keepdims=True)
    return np.mean(centred**order, axis=axis, keepdims=keepdims)


@formula("scipy.stats.moment")
def moment(a: Any, order: Any = 1, axis: Any = 0, *, center: Any = None) -> Any:
    a, axis = flat(a, axis)
    if center is None:
        return central(a, order, axis)
    return np.mean((a - center) ** order, axis=axis)


@formula("scipy.stats.skew")
def skew(a: Any, axis: Any = 0, bias: Any = True) -> Any:
    a, axis = flat(a, axis)
    n = a.shape[axis]
    found = central(a, 3, axis) / central(a, 2, axis) ** 1.5
    if bias:
        return found
    return found * math.sqrt((n - 1.0) * n) / (n - 2.0)


@formula("scipy.stats.kurtosis")
def kurtosis(a: Any, axis: Any = 0, fisher: Any = True, bias: Any = True) -> Any:
    a, axis = flat(a, axis)
    n = a.shape[axis]
    found = central(a, 4, axis) / central(a, 2, axis) ** 2
    if not bias:
        found = ((n**2 - 1.0) * found - 3.0 * (n - 1) ** 2) / ((n - 2.0) * (n - 3.0)) + 3.0
    return found - 3.0 if fisher else found


@formula("scipy.stats.sem")
def sem(a: Any, axis: Any = 0, ddof: Any = 1) -> Any:
    a, axis = flat(a, axis)
    return np.std(a, axis=axis, ddof=ddof) / math.sqrt(a.shape[axis])


@formula("scipy.stats.zscore")
def zscore(a: Any, axis: Any = 0, ddof: Any = 0) -> Any:
    a = np.asarray(a)
    deviation = np.std(a, axis=axis, ddof=ddof, keepdims=True)
    return (a - np.mean(a, axis=axis, keepdims=True)) / deviation


@formula("scipy.stats.zmap")
def zmap(scores: Any, compare: Any, axis: Any = 0, ddof: Any = 0) -> Any:
    compare = np.asarray(compare)
    deviation = np.std(compare, axis=axis, ddof=ddof, keepdims=True)
    return (np.asarray(scores) - np.mean(compare, axis=axis, keepdims=True)) / deviation


@formula("scipy.stats.variation")
def variation(a: Any, axis: Any = 0, nan_policy: Any = "propagate", ddof: Any = 0) -> Any:
    a, axis = flat(a, axis)
    return np.std(a, axis=axis, ddof=ddof) / np.mean(a, axis=axis)


@formula("scipy.stats.gmean")
def gmean(a: Any, axis: Any = 0) -> Any:
    a, axis = flat(a, axis)
    return np.exp(np.mean(np.log(a), axis=axis))


@formula("scipy.stats.hmean")
def hmean(a: Any, axis: Any = 0) -> Any:
    a, axis = flat(a, axis)
    return a.shape[axis] / np.sum(1.0 / a, axis=axis)


@formula("scipy.stats.pmean")
def pmean(a: Any, p: Any, *, axis: Any = 0) -> Any:
    a, axis = flat(a, axis)
    if p == 0:
        return gmean(a, axis)
    return np.mean(a**p, axis=axis) ** (1.0 / p)


@formula("scipy.stats.median_abs_deviation")
def median_abs_deviation(
    x: Any, axis: Any = 0, center: Any = np.median, scale: Any = 1.0, nan_policy: Any = "propagate"
) -> Any:
    x, axis = flat(x, axis)
    middle = np.median(x, axis=axis, keepdims=True)
    if center is not np.median:
        middle = np.expand_dims(center(x, axis=axis), axis)
    if scale == "normal":
        scale = 0.6744897501960817
    return np.median(np.abs(x - middle), axis=axis) / scale


@formula("scipy.stats.iqr")
def iqr(x: Any, axis: Any = None, rng: Any = (25, 75), scale: Any = 1.0) -> Any:
    x, axis = flat(x, axis)
    if scale == "normal":
        scale = 1.3489795003921634
    low, high = np.percentile(x, rng[0], axis=axis), np.percentile(x, rng[1], axis=axis)
    return (high - low) / scale


@formula("scipy.stats.tmean")
def tmean(a: Any, limits: Any = None, inclusive: Any = (True, True), axis: Any = None) -> Any:
    if limits is not None:
        raise NotImplementedError("limits of a trimmed mean")
    return np.mean(np.asarray(a), axis=axis)


@formula("scipy.stats.false_discovery_control")
def false_discovery_control(ps: Any, *, axis: Any = 0, method: Any = "bh") -> Any:
    """Of Benjamini and Hochberg, or Benjamini and Yekutieli: the least of the scaled p values from
    each on, in their order."""
    ps, axis = flat(ps, axis)
    ps = np.moveaxis(ps, axis, -1)
    m = ps.shape[-1]
    order = np.argsort(ps, axis=-1)
    found = np.take_along_axis(ps, order, axis=-1) * (m / np.arange(1, m + 1))
    if method == "by":
        found = found * np.sum(1.0 / np.arange(1, m + 1))
    found = np.minimum.accumulate(found[..., ::-1], axis=-1)[..., ::-1]
    back = np.argsort(order, axis=-1)
    return np.moveaxis(np.clip(np.take_along_axis(found, back, axis=-1), 0, 1), -1, axis)
