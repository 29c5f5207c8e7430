"""Lines of the functions that are formulas in Python (``frontend/formulas_*.py``), and of the rows
that came with them: the form of a line is explained in ``rows``."""

from __future__ import annotations

from tests.arrays.rows import LINES, line, one

__all__ = ["LINES"]

# -- elementwise -----------------------------------------------------------------------------------

line("np.unwrap(4*x{axis})*x", "34", shapes=(("5",), ("234",)), float32=False)
line("np.unwrap(x, discont=3.5, period=2.0)*x", "5", float32=False)
for _name in ("round", "around", "fix"):
    line(f"np.{_name}(8*x)*x", "34", shapes=(("4",),))
line("(x + 0.013).round(1)*x + np.round(10*x, -1)", "34", float32=False)
line("x*np.array_equal(x, x)*np.allclose(x, x + 1e-9)", "34")
line("x*np.isclose(x, np.round(x, 3)) + np.isclose(x, y, atol=0.5)*y", "34", "34")
line("np.real_if_close(x)*x", "34")
line("np.ediff1d(x)**2", "34")
one("np.nan_to_num(np.where(x > 0.5, np.nan, x), nan=0.25)*x")
line("np.nan_to_num(np.where(x > 0.5, np.inf, -x), posinf=2.0, neginf=-1.0)*x", "34")
one("np.frexp(x)[0]*x")
line("np.frexp(x)[1]*x", "34")
line("np.ldexp(x, 3)*np.ldexp(y, np.array([1, 2, -1, 0]))", "34", "4")
line("x*np.gcd(np.arange(4), 6)*np.lcm(np.arange(4), 6)", "4", float32=False)
line("x*np.bitwise_and(np.arange(4), 6)*np.bitwise_or(np.arange(4), 1)", "4", float32=False)
line("x*np.bitwise_xor(np.arange(4), 6) + x*np.invert(np.arange(4)) + x*np.bitwise_not(x > 0)", "4",
     float32=False)
line("x*np.left_shift(np.arange(4), 1)*np.right_shift(np.arange(4), 1)", "4", float32=False)
line("x*(np.arange(4) & 6)*(np.arange(4) | 1)*(np.arange(4) << 2 >> 1)*~np.arange(4)", "4",
     float32=False)
line("x*np.finfo(x.dtype).eps*np.issubdtype(x.dtype, np.floating)", "4", float32=False)
line("x*np.finfo(float).max**-1*np.iinfo(int).bits", "4", float32=False)
line("x.nbytes*x.itemsize*x", "34", float32=False)

# -- ufuncs over an axis ---------------------------------------------------------------------------

line("np.logaddexp.reduce(x{axis}{keep})**2", "34", shapes=(("4",), ("234",)))
line("np.hypot.reduce(x)**2 + np.subtract.reduce(x)**2", "34p")
line("np.logaddexp.accumulate(x{axis})**2", "34", shapes=(("4",),))
line("np.add.reduceat(x, [0, 2, 1])**2 + np.multiply.reduceat(x, np.array([0, 2, 1]))", "34")

# -- statistics ------------------------------------------------------------------------------------

GAPS = "np.where(x > 0.6, np.nan, x)"
for _name in ("nanmedian(x{axis}{keep})", "nanpercentile(x, 40{axis}{keep})",
              "nanquantile(x, 0.3{axis}{keep})"):
    line(f"np.{_name.replace('(x', '(' + GAPS)}**2", "34", shapes=(("5",), ("234",)), float32=False)
for _name in ("nancumsum", "nancumprod"):
    line(f"np.{_name}({GAPS}{{axis}})**2", "34", shapes=(("5",),))
for _name in ("nanargmax", "nanargmin"):
    line(f"np.sum(x)**2*np.{_name}({GAPS}{{axis}})", "34", shapes=(("5",),))
for _name in ("var", "std"):
    line(f"np.{_name}(x{{axis}}{{keep}}, where=x > -1, ddof=1)", "34", shapes=(("5",),))
line("np.average(x{axis}, returned=True)[0]**2*np.average(x{axis}, returned=True)[1]", "34")
line("np.average(x, axis=0, weights=y, returned=True)[1]**2", "34", "3p")
line("np.cov(x, aweights=y)**2", "34", "4p")
line("np.cov(x, fweights=np.array([1, 2, 1, 3]), ddof=0)**2", "34")
line("np.histogram(np.array([0.1, 0.2, 1.0, 1.5]), 4, (0.0, 2.0), True, x)[0]**2", "4p",
     float32=False)
line("x*np.histogram_bin_edges(np.array([0.1, 0.2, 1.0]), 4)[0]", "4", float32=False)

# -- products --------------------------------------------------------------------------------------

line("np.vecdot(x, y)**2", "34", "34", shapes=(("34", "4"),))
line("np.linalg.vecdot(x, y, axis=0)**2", "34", "34")
line("np.matvec(x, y)**2", "34", "4", shapes=(("234", "4"), ("234", "24")))
line("np.vecmat(x, y)**2", "3", "34", shapes=(("23", "34"),))
line("np.linalg.outer(x, y)**2", "3", "4")
line("np.linalg.cross(x, y)**2", "43", "3")
line("np.linalg.diagonal(x)**2", "34", shapes=(("234",),))
line("np.linalg.trace(x)**2", "34", shapes=(("234",),))
line("np.linalg.matmul(x, y)**2", "34", "42")
line("np.linalg.matrix_transpose(x)**2", "34", shapes=(("234",),))
line("np.matrix_transpose(x)**2", "34")
line("np.linalg.tensordot(x, y, axes=1)**2", "34", "42")
line("np.linalg.tensorsolve(x, y)**2", "33r", "3")
line("np.linalg.tensorinv(np.reshape(x, (2, 2, 4)))**2", "44r", float32=False)
line("np.dot(x, y)**2", "234", "42", shapes=(("234", "4"), ("4", "243")))
line("np.inner(x, y)**2", "234", "34", shapes=(("234", "4"), ("234", "214")))
line("np.apply_along_axis(lambda v, k: v[::2]*k*v[0], 0, x, 3.0)**2", "34", shapes=(("4",),))
line("np.apply_along_axis(np.sum, 1, x*x)", "34", shapes=(("234",),))
line("np.apply_over_axes(np.sum, x, [0, 2])**2", "234")
line("np.vectorize(lambda a, b: a*b if a > b else a)(x, y)", "34", "4", float32=False)

# -- places and shapes -----------------------------------------------------------------------------

line("x[np.argwhere(x > 0)[:, 0]]**2", "4")
line("np.extract(x > 0, x)**2", "34")
line("np.compress([True, False, True], x{axis})**2", "34")
line("x.compress(np.array([True, False, True]), axis=0)**2", "34")
line("np.indices((3, 4))[0]*x", "34", float32=False)
line("np.fromfunction(lambda i, j: i + 2*j, (3, 4))*x", "34", float32=False)
line("np.fromiter((a*a for a in x), float)", "4", float32=False)
line("x*np.ravel_multi_index((1, 2), (3, 4))", "34")
line("np.resize(x, (3, 3))**2", "5", shapes=(("34",), ("12",)))
line("np.require(x, float)*np.asfortranarray(x)*np.astype(x, np.float64)", "34", float32=False)
line("x*np.isin(np.arange(4), [1, 3])*~np.isin(np.arange(4), [0], invert=True)", "4")
for _name in ("sum", "prod"):
    line(f"np.cumulative_{_name}(x, axis=1, include_initial=True)**2", "34")
line("np.array(x, ndmin=2)**2", "4", shapes=(("34",),))
line("np.array([[a*b for a in x] for b in y])**2", "3", "4", float32=False)
line("np.take(x, [5, -6, 1], mode='wrap')**2 + np.take(x, [5, -6, 1], mode='clip')**3", "34")
line("np.insert(x, [3, 1, 1], y)**2", "5", "3", shapes=(("34", "3"), ("4", "-"), ("4", "1")))
line("np.insert(x, [1, -1], y, axis=1)**2", "34", "32", shapes=(("34", "1"), ("34", "31")))
line("np.diff(x, prepend=y, append=0.5)**2", "34", "-", shapes=(("5", "-"), ("34", "32")))
line("np.diff(x, 2, axis=0, append=y)**2", "34", "14")
line("np.interp(x, [-0.9, 0.1, 0.8], y, period=2.5)**2", "4", "3", float32=False)
line("np.gradient(x, np.cumsum(y), edge_order=2)**2", "5", "5p")
line("np.gradient(x, np.array([0.0, 0.7, 1.0]), axis=0, edge_order=2)**2", "34")
line("np.lib.stride_tricks.sliding_window_view(x, 2)**2", "4")
line("np.lib.stride_tricks.sliding_window_view(x, (2, 3))**2", "34")
line("np.lib.stride_tricks.sliding_window_view(x, 2, axis=1)**2", "34", shapes=(("234",),))
for _name in ("hanning", "hamming", "blackman", "bartlett"):
    line(f"np.{_name}(4)*x*np.{_name}(1)", "4", float32=False)
line("np.kaiser(4, y)*x", "4", "-p", float32=False)
line("np.unique(x)**2", "34", shapes=(("5",),))
line("x*np.unique(np.array([3, 1, 3, 1]), return_inverse=True)[1]", "4")
line("np.sum(x)**2*np.unique(np.round(x), return_counts=True, return_index=True)[2]", "34",
     float32=False)
line("x[np.lexsort((x, np.array([1, 0, 1, 0])))]**2", "4")

# -- polynomials, quadrature -----------------------------------------------------------------------

for _name in ("polyadd", "polysub", "polymul"):
    line(f"np.{_name}(x, y)**2", "4", "2")
line("np.polyder(x)**2 + np.polyint(x, 1)[:3]", "4")
line("np.polyder(x, 2)**2", "4")
line("np.poly(x)**2", "4", float32=False)
line("np.polyfit(x, y, 2)**2", "5", "5", shapes=(("5", "52"),), float32=False)
line("np.polyfit(np.arange(5.0), x, 1, w=y)", "5", "5p", float32=False)
line("np.polynomial.polynomial.polyval(x, y)**2", "34", "4", shapes=(("-", "4"), ("3", "1")))
for _name in ("chebyshev.chebval", "legendre.legval", "hermite.hermval", "hermite_e.hermeval",
              "laguerre.lagval"):
    line(f"np.polynomial.{_name}(x, y)**2", "34", "4", shapes=(("-", "4"), ("3", "1"), ("3", "2")))
for _name in ("legendre.leggauss", "hermite.hermgauss", "hermite_e.hermegauss",
              "laguerre.laggauss", "chebyshev.chebgauss"):
    line(f"np.polynomial.{_name}(4)[0]*x + np.polynomial.{_name}(4)[1]*x**2", "4", float32=False)

# -- scipy.linalg, scipy.signal --------------------------------------------------------------------

line("sl.toeplitz(x)**2", "3")
line("sl.toeplitz(x, y)**2", "3", "4")
line("sl.hankel(x)**2 + sl.hankel(x, x*x)", "3")
line("sl.circulant(x)**2", "3")
line("sl.companion(x)**2", "4p")
line("sl.khatri_rao(x, y)**2", "23", "43")
for _name in ("convolve", "fftconvolve", "oaconvolve", "correlate"):
    line(f"sg.{_name}(x, y, mode='same')**2", "5", "4", shapes=(("3", "5"), ("34", "23")),
         float32=False)
    line(f"sg.{_name}(x, y)**2", "5", "3", shapes=(("34", "22"),), float32=False)
line("sg.convolve2d(x, y, 'valid')**2", "34", "22", shapes=(("22", "34"),), float32=False)
line("sg.lfilter(x, y + 1, np.array([1.0, -0.5, 2.0, 0.3]))**2", "3", "2p", float32=False)
line("sg.lfilter([0.3, 0.2], [1.0, -0.4], x{axis})**2", "34", float32=False)
line("sg.detrend(x{axis})**2", "34", shapes=(("5",),), float32=False)
line("sg.detrend(x, type='constant')**2", "34")

# -- lists of arrays whose number is data, dtypes --------------------------------------------------

line("np.concatenate([r*r[0] for r in x])**2", "34", shapes=(("14",),), float32=False)
line("np.concatenate([r[:, None]*y for r in x], axis=-1)**2", "34", "3", float32=False)
line("np.hstack([r*r for r in x])**2", "34", float32=False)
line("np.vstack([r*y for r in x])**2", "34", "4", float32=False)
line("np.column_stack([r*y for r in x])**2", "34", "4", float32=False)
line("x*3 if x.dtype == np.float64 and x.dtype.kind == 'f' else x*2", "34", float32=False)
line("x*(np.dtype(float) == x.dtype)*np.zeros(4, x.dtype) + x*np.finfo(x.dtype.type).eps", "34")
line("x*3 if hasattr(x, 'shape') and type(x) is np.ndarray else x*2", "34")
line("x*np.size(np.zeros(3, np.result_type(x.dtype, 1)))", "34")
line("x*3 if np.ma.isMaskedArray(x) or np.ma.isMA(x) or np.ma.is_masked(x) else x*2", "34")
line("x*3 if ss.issparse(x) or ss.isspmatrix(x) else x*2", "34")
line("sl.logm(x)**2", "33s", shapes=(("22s",),), float32=False)
line("sl.sqrtm(x)**2 + sl.sqrtm(x)", "33s", shapes=(("22s",),), float32=False)
