"""Lines of the functions of SciPy for images, distances and samples, of what libraries ask arrays
for, and of places that are objects: the form of a line is explained in ``rows``."""

from __future__ import annotations

from tests.arrays.rows import LINES, line

__all__ = ["LINES"]

# -- scipy.ndimage ---------------------------------------------------------------------------------

for _mode in ("reflect", "nearest", "mirror", "wrap", "constant"):
    line(f"ni.correlate1d(x, y, mode='{_mode}')**2", "5", "4", shapes=(("34", "3"),), float32=False)
    line(f"ni.convolve1d(x, y, 0, mode='{_mode}')**2", "5", "4", shapes=(("53", "3"),),
         float32=False)
    line(f"ni.correlate(x, y, mode='{_mode}')**2", "34", "23", shapes=(("5", "4"),), float32=False)
    line(f"ni.convolve(x, y, mode='{_mode}', cval=2.0)**2", "34", "23", shapes=(("5", "4"),),
         float32=False)
line("ni.convolve1d(x, [1.0, 2.0, -1.0], origin=1)**2", "5", float32=False)
for _text in ("sobel(x)", "sobel(x, 0, mode='mirror')", "prewitt(x)", "laplace(x)",
              "gaussian_filter(x, 0.7)", "gaussian_filter(x, (0.7, 0.4), order=(1, 0))",
              "gaussian_laplace(x, 0.6)", "uniform_filter(x)", "uniform_filter(x, (2, 3))"):
    line(f"ni.{_text}**2", "45", float32=False)
line("ni.gaussian_filter1d(x, y, order=2)**2", "5", "-p", float32=False)
line("ni.uniform_filter1d(x, 4)**2", "5", float32=False)
line("np.where(ni.generate_binary_structure(2, 1), x, x*x)", "33", float32=False)

# -- scipy.spatial.distance ------------------------------------------------------------------------

for _metric in ("euclidean", "sqeuclidean", "cityblock", "chebyshev", "cosine", "correlation"):
    line(f"sd.cdist(x, y, '{_metric}')**2", "34", "24", float32=False)
    line(f"sd.squareform(sd.pdist(x, '{_metric}'))**2", "34", float32=False)
line("sd.cdist(x, y, 'minkowski', p=3)**2", "34", "24", float32=False)
line("sd.squareform(x + x.T - 2*np.diag(np.diag(x)))**2", "44", float32=False)
line("sd.cdist(x, x)**2", "34", float32=False)  # distances of 0

# -- scipy.stats -----------------------------------------------------------------------------------

for _name in ("skew", "kurtosis", "sem", "gmean", "hmean", "variation"):
    line(f"st.{_name}(x{{axis}})", "34p", shapes=(("5p",),), float32=False)
line("st.skew(x, bias=False) + st.kurtosis(x, fisher=False, bias=False)", "5p", float32=False)
for _name in ("zscore", "moment", "pmean", "median_abs_deviation", "tmean"):
    _more = {"moment": ", 3", "pmean": ", 2.5"}.get(_name, "")
    line(f"st.{_name}(x{_more})**2", "34p", shapes=(("5p",),), float32=False)
line("st.zmap(x, y)**2 + st.pmean(y, 0)", "4p", "5p", float32=False)
line("st.moment(x, 2, center=y)", "34", "-", float32=False)
line("st.median_abs_deviation(x, center=np.mean, scale='normal')", "5", float32=False)
line("st.iqr(x)**2", "5p", float32=False)
line("st.iqr(x, axis=0, scale='normal')", "54", float32=False)
for _method in ("bh", "by"):
    line(f"st.false_discovery_control(x/40, method='{_method}')", "5p", float32=False)

# -- scipy.special ---------------------------------------------------------------------------------

for _text in ("gammainc(x, y)", "gammaincc(x, y)", "gammaincinv(x, sp.expit(y))",
              "gammainccinv(x, sp.expit(y))"):
    line(f"sp.{_text}", "4p", "4p", float32=False, second=False)  # by both: the slope has none
line("sp.wofz(x + 1j*y).real*sp.wofz(x).imag", "4", "4p", float32=False)
line("sp.wofz(x + 0.5j).imag*x", "4", shapes=(("-",),), float32=False)

# -- dtypes ----------------------------------------------------------------------------------------

line("x.astype(np.promote_types(x.dtype, np.float64))*np.can_cast(x.dtype, complex)", "4",
     float32=False)
line("x*3 if np.isdtype(x.dtype, 'real floating') and not np.isdtype(x.dtype, 'bool') else x", "4")
line("np.require(x, float, ['C', 'W'])*len(np.geterr())*len(np.seterr())", "4", float32=False)
line("np.where(np.isclose([1.0, 2.0, 3.0, np.nan], [1.5, 5.0, 3.0, np.nan], rtol=0.1, atol=0.4,"
     " equal_nan=True), x*x, x)", "34", float32=False)
line("x*3 if isinstance(x, int | float | np.ndarray) and x.flags.writeable else x", "34")
line("x*np.iinfo(np.int64).max**-1*np.iinfo(x.dtype if x.dtype == int else int).bits", "4",
     float32=False)

# -- places that are objects, lists as arrays ------------------------------------------------------

line("x[slice(1, None), ...]*x[np.s_[:-1]]", "34")
line("x[np.index_exp[1:, None, ::2]]**2", "34")
line("x[tuple([slice(None)] * (x.ndim - 1) + [slice(None, None, -1)])]*x", "34", shapes=(("4",),))
line("x + [1.0, 2.0, 3.0, 4.0]*x", "34")
line("np.sum(x.flat[1::2]**2)", "34", shapes=(("4",),))
line("sum(x, 0)*sum(r*r for r in x)", "34")
line("np.abs(np.nansum(np.exp(1j*x)*x))", "34", float32=False)
line("np.squeeze(x[:, :x.shape[1] - 3])**2", "34", float32=False)
line("np.ones([*x.shape[:-1], 2])[..., :1]*x", "34")

# -- scipy.fft, and options of functions that others have ------------------------------------------

for _name in ("fft", "ifft", "fftn", "ifftn", "fft2", "ifft2", "rfft"):
    line(f"abs(sf.{_name}(x, workers=1))**2", "34", float32=False)
line("sf.rfft2(x).real + sf.rfftn(x).imag", "34", float32=False)
line("np.fft.rfftn(x, axes=(0,)).real + np.fft.rfftn(x, (3, 4), (0, 1)).imag.sum()", "34",
     float32=False)
line("sf.irfftn(np.fft.rfftn(x)**2, (3, 5), (0, 1)) + np.fft.irfftn(sf.rfftn(x)**2)[:, :1]", "34",
     float32=False)
line("sf.irfft(sf.rfft(x)**2) + sf.irfft2(sf.rfft(x)**2).sum()", "34", float32=False)
line("x*sf.fftshift(sf.fftfreq(4))*sf.ifftshift(x) + np.sum(sf.rfftfreq(4))", "4", float32=False)
line("sg.lfilter([0.3, 0.2], [1.0, -0.4, 0.1], x, axis=0, zi=x[:2])[0]**2", "43",
     shapes=(("5",),), float32=False)
line("sg.lfilter([0.3, 0.2], [2.0, -0.4], x, zi=y)[1]**2", "5", "1", float32=False)
line("np.cross(x, y, axis=0)**2", "34", "34", shapes=(("3", "3"),))
line("np.cross(x, y, axisa=0, axisb=1, axisc=0)**2", "34", "43")
line("sl.solve(x, y, assume_a='pos')**2", "33s", "3", float32=False)
line("sl.solve(x, y, assume_a='sym', lower=True)**2", "33s", "34", float32=False)
line("sp.factorial(x) + sp.comb(x + 3, y)*sp.comb(5, 2, exact=True)", "4p", "4p", float32=False)
line("sp.comb(x + 3, 2, repetition=True)", "4p", float32=False)

# -- loops that are written out --------------------------------------------------------------------

line("sum([np.sum(x, axis=k)[0]**2 for k in range(x.ndim)])*x", "34", float32=False)
line("np.zeros([n for n in x.shape if n > 3]) + x[0, 0]**2", "34", float32=False)
line("np.stack(np.meshgrid(*x, indexing='ij'))**2", "2", float32=False)
line("sl.block_diag(*[x]*2)**2", "23", float32=False)
