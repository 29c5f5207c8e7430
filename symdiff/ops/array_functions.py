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
    rows = moved.reshape([x.shape[k] for k in kept] + [-1])
    before = np.ones_like(rows)
    after = np.ones_like(rows)
    before[..., 1:] = rows[..., :-1].cumprod(axis=-1)
    after[..., :-1] = rows[..., :0:-1].cumprod(axis=-1)[..., ::-1]
    found = (before*after).reshape(moved.shape)
    return found.transpose(sorted(range(x.ndim), key=[*kept, *axes].__getitem__))
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

INLINE_FUNCTIONS.update(
    cofactors=_COFACTORS,
    one_hot=_ONE_HOT,
    others_product=_OTHERS_PRODUCT,
    unbroadcast=_UNBROADCAST,
)
