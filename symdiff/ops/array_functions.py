"""Small functions that NumPy lacks: source for the generated file."""

from __future__ import annotations

from symdiff.ops.polygamma import INLINE_FUNCTIONS

_UNBROADCAST = '''\
def unbroadcast(g, shape):
    """The sum of g over the axes along which an array of this shape was stretched."""
    if g.shape == shape:
        return g
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    stretched = tuple(k for k, n in enumerate(shape) if n == 1 and g.shape[k] != 1)
    return g.sum(axis=stretched, keepdims=True) if stretched else g
'''

_OTHERS_PRODUCT = '''\
def others_product(x, axes):
    """For each element, the product of the others along the axes: zeros among them are no case."""
    kept = [k for k in range(x.ndim) if k not in axes]
    moved = x.transpose([*kept, *axes])
    size = math.prod(x.shape[k] for k in axes)
    rows = moved.reshape([x.shape[k] for k in kept] + [size])
    before = np.ones_like(rows)
    after = np.ones_like(rows)
    before[..., 1:] = rows[..., :-1].cumprod(axis=-1)
    after[..., :-1] = rows[..., :0:-1].cumprod(axis=-1)[..., ::-1]
    found = (before*after).reshape(moved.shape)
    return found.transpose(sorted(range(x.ndim), key=[*kept, *axes].__getitem__))
'''

_RECURRENCE = '''\
def recurrence(c, a, axis):
    """y[k] = c[k] + a[k]*y[k - 1] along an axis, from the front."""
    y = np.moveaxis(c.copy(), axis, 0)
    for k, factor in enumerate(np.moveaxis(a, axis, 0)[1:]):
        y[k + 1] += factor*y[k]
    return np.moveaxis(y, 0, axis)
'''

_RECURRENCE_BACK = '''\
def recurrence_back(c, a, axis):
    """y[k] = c[k] + a[k + 1]*y[k + 1] along an axis, from the end."""
    y = np.moveaxis(c.copy(), axis, 0)
    a = np.moveaxis(a, axis, 0)
    for k in reversed(range(len(a) - 1)):
        y[k] += a[k + 1]*y[k + 1]
    return np.moveaxis(y, 0, axis)
'''

_ONE_HOT = '''\
def one_hot(i, shape, dtype=float):
    """Zeros of this shape with a 1 in the i-th place."""
    found = np.zeros(shape, dtype)
    found.flat[i] = 1.0
    return found
'''

_COFACTORS = '''\
def cofactors(a):
    """The derivative of the determinant, which singular matrices have as well."""
    u, s, v = np.linalg.svd(a)
    others = np.where(np.eye(s.shape[-1], dtype=bool), 1.0, s[..., None, :]).prod(axis=-1)
    sign = np.linalg.det(u)*np.linalg.det(v)
    return sign[..., None, None]*(u*others[..., None, :]) @ v
'''

_COFACTORS_DOT = '''\
def cofactors_dot(a, t):
    """The derivative of cofactors(a) along t: of each pair of singular values, the others' product.
    """
    u, s, v = np.linalg.svd(a)
    n = s.shape[-1]
    left = np.eye(n, dtype=bool)
    left = left[:, None] | left[None]
    others = np.where(left, 1.0, s[..., None, None, :]).prod(axis=-1)*~np.eye(n, dtype=bool)
    turned = u.swapaxes(-1, -2) @ t @ v.swapaxes(-1, -2)
    line = others @ np.diagonal(turned, axis1=-2, axis2=-1)[..., None]
    inner = np.eye(n)*line - others*turned.swapaxes(-1, -2)
    sign = np.linalg.det(u)*np.linalg.det(v)
    return sign[..., None, None]*(u @ inner @ v)
'''

_RUNNING_MEANS = '''\
def running_means(t, x, run, axis):
    """The mean of t over the elements up to each place that are equal to the running extreme."""
    t, x, run = (np.moveaxis(a, axis, 0) for a in (t, x, run))
    equal = x == run
    total = np.where(equal, t, 0)
    count = equal.astype(t.dtype)
    for k in range(1, len(x)):
        same = run[k] == run[k - 1]
        total[k] += np.where(same, total[k - 1], 0)
        count[k] += np.where(same, count[k - 1], 0)
    return np.moveaxis(total/np.maximum(count, 1), 0, axis)
'''

_RUNNING_SHARES = '''\
def running_shares(g, x, run, axis):
    """The transpose of running_means: g goes evenly to the elements that it is a mean of."""
    g, x, run = (np.moveaxis(a, axis, 0) for a in (g, x, run))
    equal = x == run
    count = equal.astype(g.dtype)
    for k in range(1, len(x)):
        count[k] += np.where(run[k] == run[k - 1], count[k - 1], 0)
    share = g/np.maximum(count, 1)
    for k in reversed(range(len(x) - 1)):
        share[k] += np.where(run[k + 1] == run[k], share[k + 1], 0)
    return np.moveaxis(np.where(equal, share, 0), 0, axis)
'''

_LAST_WRITES = '''\
def last_writes(shape, places):
    """Where a write at these places is not overwritten by a later part of the same write."""
    found = np.empty(shape, int)
    order = np.arange(found[places].size).reshape(found[places].shape)
    found[places] = order
    return found[places] == order
'''

_AS_REAL = '''\
def as_real(y):
    """A function of a matrix that must be real: a complex one has no derivative here."""
    if np.iscomplexobj(y):
        raise ValueError("the matrix has no real logarithm or root")
    return y
'''

_EXPREL_SLOPE = '''\
def exprel_slope(x):
    """The derivative of (exp(x) - 1)/x: a series near 0, where the quotient cancels."""
    near = np.abs(x) < 0.1
    u = np.where(near, x, 0.0)
    series = 1/2 + u*(1/3 + u*(1/8 + u*(1/30 + u*(1/144 + u*(1/840 + u*(1/5760 + u/45360))))))
    u = np.where(near, 1.0, x)
    return np.where(near, series, (u*np.exp(u) - np.expm1(u))/(u*u))
'''

_GAMMAINC_SLOPE = '''\
def gammainc_slope(a, x, psi, lgamma):
    """The derivative of gammainc(a, x) by a: of the power series of it below its mean, of the
    continued fraction of its complement above, term by term (DLMF 8.11.4 and 8.9.2)."""
    a, x, psi, lgamma = np.broadcast_arrays(np.asarray(a, float), x, psi, lgamma)
    inside = (x > 0) & (x < np.inf)
    x = np.where(inside, x, 1.0)
    low = (x <= 1.0) | (x <= a)
    log = np.log(x)
    scale = np.exp(a*log - x - lgamma)
    # x**n/(a*(a + 1)*...*(a + n)), and its derivative
    u, v = np.where(low, x, 0.0), np.where(low, a, 1.0)
    term = 1.0/v
    slope = -term*term
    total, change, n = term, slope, 0
    while np.any(np.abs(slope) > 1e-17*np.abs(change)):
        n += 1
        slope = (slope - term/(v + n))*u/(v + n)
        term = term*u/(v + n)
        total, change = total + term, change + slope
    below = total*(log - psi) + change
    # numerators and denominators of the fraction with their derivatives
    u, v = np.where(low, 9.0, x), np.where(low, 1.0, a)
    y, z, n = 1.0 - v, u - v + 2.0, 0
    p, q, p0, q0 = u + 1.0, z*u, np.ones_like(u), u
    dp, dq, dp0, dq0 = np.zeros_like(u), -u, np.zeros_like(u), np.zeros_like(u)
    total = p/q
    change = (dp - total*dq)/q
    moved = True
    while moved and n < 20000:
        n, y, z = n + 1, y + 1.0, z + 2.0
        p, p0, dp, dp0 = p*z - p0*y*n, p, dp*z - p - dp0*y*n + p0*n, dp
        q, q0, dq, dq0 = q*z - q0*y*n, q, dq*z - q - dq0*y*n + q0*n, dq
        size = np.where(q == 0.0, 1.0, q)
        p, p0, q, q0, dp, dp0, dq, dq0 = (t/size for t in (p, p0, q, q0, dp, dp0, dq, dq0))
        new = (dp - p*dq)
        moved = np.any(np.abs(new - change) > 1e-15*np.abs(new))
        total, change = p, new
    above = -(total*(log - psi) + change)
    return np.where(inside, scale*np.where(low, below, above), 0.0)[()]
'''

_SHARE_TIES = '''\
def share_ties(g, y, axis):
    """The mean of g over each run of equal elements of y, which is sorted along the axis."""
    y = np.moveaxis(y, axis, -1)
    first = np.ones(y.shape, bool)
    first[..., 1:] = y[..., 1:] != y[..., :-1]
    if first.all():
        return g
    run = first.ravel().cumsum() - 1
    means = np.bincount(run, np.moveaxis(g, axis, -1).ravel())/np.bincount(run)
    return np.moveaxis(means.astype(g.dtype)[run].reshape(y.shape), -1, axis)
'''

_IRFFT_ADJOINT = '''\
def irfft_adjoint(g, m, axis, norm):
    """The transpose of np.fft.irfft: m frequencies, each one that stands for two counted twice."""
    g = np.moveaxis(g, axis, -1)
    found = np.fft.rfft(g, norm=norm)
    found[..., 1:(g.shape[-1] + 1)//2] *= 2.0
    missing = max(m - found.shape[-1], 0)
    found = np.pad(found[..., :m], [(0, 0)]*(g.ndim - 1) + [(0, missing)])
    return np.moveaxis(found, -1, axis)
'''

_GRADIENT_ADJOINT = '''\
def gradient_adjoint(g, axis, order):
    """The transpose of the matrix of np.gradient(x, axis=axis, edge_order=order)."""
    g = np.moveaxis(g, axis, 0)
    x = np.zeros_like(g)
    x[2:] = 0.5*g[1:-1]
    x[:-2] -= 0.5*g[1:-1]
    for k, weight in enumerate((1.0, -1.0) if order == 1 else (1.5, -2.0, 0.5)):
        x[k] -= weight*g[0]
        x[-1 - k] += weight*g[-1]
    return np.moveaxis(x, 0, axis)
'''

_POWER_SUMS = '''\
def power_sums(x, g, n):
    """The sums of g*x**(n - 1), ..., g*x, g: the derivative of polyval by its coefficients."""
    sums = np.empty(n, np.result_type(x, g))
    for k in reversed(range(n)):
        sums[k] = np.sum(g)
        g = g*x
    return sums
'''

# Functions that the text imports: only where the user's function calls SciPy itself.
IMPORTED = {
    "eigh": "scipy.linalg:eigh",
    "expm": "scipy.linalg:expm",
    "expm_frechet": "scipy.linalg:expm_frechet",
    "logm": "scipy.linalg:logm",
    "sqrtm": "scipy.linalg:sqrtm",
    "solve_triangular": "scipy.linalg:solve_triangular",
    "special": "scipy.special",
    "svd": "scipy.linalg:svd",
}

INLINE_FUNCTIONS.update(
    as_real=_AS_REAL,
    cofactors=_COFACTORS,
    cofactors_dot=_COFACTORS_DOT,
    exprel_slope=_EXPREL_SLOPE,
    gammainc_slope=_GAMMAINC_SLOPE,
    gradient_adjoint=_GRADIENT_ADJOINT,
    irfft_adjoint=_IRFFT_ADJOINT,
    last_writes=_LAST_WRITES,
    one_hot=_ONE_HOT,
    power_sums=_POWER_SUMS,
    recurrence=_RECURRENCE,
    recurrence_back=_RECURRENCE_BACK,
    others_product=_OTHERS_PRODUCT,
    share_ties=_SHARE_TIES,
    running_means=_RUNNING_MEANS,
    running_shares=_RUNNING_SHARES,
    unbroadcast=_UNBROADCAST,
)
