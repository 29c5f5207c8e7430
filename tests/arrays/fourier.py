"""Programs with complex numbers between real ones: filters, spectra, complex states in loops."""

from __future__ import annotations

import numpy as np

from tests.arrays.programs import PROGRAMS, at, normal

__all__ = ["PROGRAMS"]


@at(normal(6), normal(4))
def filtered(x, h):
    return np.sum(np.fft.irfft(np.fft.rfft(x) * h, len(x)) ** 3)


@at(normal(7))
def low_pass_in_place(x):
    F = np.fft.rfft(x)
    F[2:] = 0
    F[0] *= 2
    F += 1j * F
    return np.sum(np.fft.irfft(F, 7) ** 2 * np.arange(7.0))


@at(normal(6))
def spectrum(x):
    F = np.fft.fft(x)
    power = F.real**2 + F.imag**2
    return np.sum(power * np.arange(len(x))) + np.sum(np.angle(F)[1:3] ** 2)


@at(normal(4, 6), 0.7)
def shifted_by_phases(X, k):
    F = np.fft.fft2(X)
    G = F * np.exp(1j * k * np.arange(6.0))
    return np.sum(np.fft.ifft2(G).real ** 2 * np.arange(24.0).reshape(4, 6)) + np.abs(F[1, 2])


@at(normal(6), 0.3)
def derivative_by_frequencies(x, d):
    k = np.fft.rfftfreq(len(x), d)
    return np.sum(np.fft.irfft(2j * np.pi * k * np.fft.rfft(x), len(x)) ** 2)


@at(normal(6))
def split_steps(x):
    z = np.fft.fft(x)
    for _ in range(3):
        z = z * np.exp(-0.1j * np.arange(6.0))
        z = np.fft.fft(np.fft.ifft(z) * x)
    return np.sum(np.abs(z))


@at(normal(4))
def complex_in_branches(x):
    z = 1j * x + x**2
    if x[0] > 0:
        z += x
    else:
        z = z * z
    return np.sum(np.abs(z + 0.1) ** 2)


@at(0.7, 0.4)
def plain_complex_numbers(a, b):
    z = (a + 1j * b) / (1 + 2j * a)
    w = z**2 + 1 / z - z.conjugate()
    return abs(w) * w.real + z.imag**-2
