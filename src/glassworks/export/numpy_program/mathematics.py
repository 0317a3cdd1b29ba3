"""Functions that NumPy lacks, and small tools. An exported program contains the source of those that it calls."""

import math

import numpy as np


def erf(x):
    """The error function: for each number the one of Python's `math`."""
    return np.vectorize(math.erf, otypes=[x.dtype])(x)


def erfc(x):
    """1 - erf(x), without loss of digits where erf is almost 1."""
    return np.vectorize(math.erfc, otypes=[x.dtype])(x)


def gelu(x):
    """x times the probability that a standard normal number is below x: a smooth relu."""
    return 0.5 * x * erfc(x * -math.sqrt(0.5))


def one_hot(numbers, classes, dtype="float32"):
    """1 at the index, 0 elsewhere, along a new last axis."""
    return (numbers[..., None] == np.arange(classes)).astype(dtype)


def indices(numbers, low, high, dtype):
    """The numbers as integers, checked: at least low and below high. Negative ones count from the end."""
    whole = numbers.astype(dtype)
    if whole.size and not low <= whole.min() <= whole.max() < high:
        raise IndexError(f"numbers from {whole.min()} to {whole.max()}; {low} to {high - 1} are allowed")
    return np.where(whole < 0, whole + np.asarray(high, dtype), whole)


def place(x, where, shape):
    """Zeros of the given shape, with x put at the given slices."""
    y = np.zeros(shape, x.dtype)
    y[where] = x
    return y


def scatter(x, indices, updates, combine=None):
    """A copy of x with rows combined with updates at indices; indices beyond the last row are left out."""
    inside = (indices >= 0) & (indices < len(x))
    y = x.copy()
    if combine is None:
        y[indices[inside]] = updates[inside]
    else:
        combine.at(y, indices[inside], updates[inside])
    return y


def add_at(x, places, size, axis):
    """Zeros with the entries of x added along an axis, at the places that are given; several may be added at one place."""
    y = np.zeros((*x.shape[:axis], size, *x.shape[axis + places.ndim :]), x.dtype)
    np.add.at(y, (slice(None),) * axis + (places,), x)
    return y


def fourier(real, imaginary, axes, inverse=False):
    """The discrete Fourier transform over axes, or its inverse without a factor, by real and imaginary parts."""
    z = real + 1j * imaginary
    z = np.fft.ifftn(z, axes=axes, norm="forward") if inverse else np.fft.fftn(z, axes=axes)
    return z.real.astype(real.dtype), z.imag.astype(real.dtype)


def triangles(shape, axes, below, diagonal, above, dtype):
    """An array with one number below the diagonal of two axes, one on it and one above: a mask, or an identity matrix."""
    rows, columns = (np.arange(shape[axis]).reshape([-1 if i == axis else 1 for i in range(len(shape))]) for axis in axes)
    parts = np.where(rows == columns, diagonal, np.where(rows > columns, below, above))
    return np.broadcast_to(parts, shape).astype(dtype)
