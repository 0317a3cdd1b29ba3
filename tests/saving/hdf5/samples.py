"""Files and trees that several tests use, and comparisons with what h5py reads."""

from __future__ import annotations

import io
from typing import Any

import h5py
import ml_dtypes
import numpy as np

from glassworks.saving import hdf5

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
DTYPES = [
    np.dtype(name)
    for name in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?", ">f2", ">f4", ">f8", ">i2", ">i4", ">u8", "S3")
] + [BFLOAT16]


def written(tree: hdf5.Tree) -> io.BytesIO:
    file = io.BytesIO()
    hdf5.write(file, tree)
    return file


def by_h5py(fill, **settings: Any) -> io.BytesIO:
    """A file that `fill` fills by h5py."""
    file = io.BytesIO()
    with h5py.File(file, "w", **settings) as root:
        fill(root)
    return file


def numbers(shape: tuple[int, ...], dtype: np.dtype, seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).integers(0, 100, shape)
    return (values % 2 == 0) if dtype == np.bool_ else values.astype(dtype)


def assert_same_values(theirs: Any, ours: Any) -> None:
    """`theirs` as h5py gives it."""
    if isinstance(theirs, h5py.Empty):
        assert ours is None
        return
    assert type(ours) is type(theirs)
    if isinstance(theirs, (np.ndarray, np.generic)):
        assert ours.dtype == theirs.dtype.newbyteorder("=")
    np.testing.assert_array_equal(ours, theirs)


def assert_same_tree(theirs: h5py.Group, ours: hdf5.Group) -> None:
    """Names in the same order, attributes and arrays of the same types and values."""
    assert list(ours) == list(theirs)
    assert_same_attributes(theirs.attrs, ours.attributes)
    for name, their in theirs.items():
        our = ours[name]
        if isinstance(their, h5py.Group):
            assert_same_tree(their, our)
            continue
        assert_same_attributes(their.attrs, our.attributes)
        array, expected = our.read(), np.asarray(their[()], their.dtype)
        if expected.dtype.kind == "V":
            expected = expected.view(BFLOAT16)
        if expected.dtype == object:
            expected = np.asarray(their.asstr()[()], object)
        assert our.shape == array.shape and our.dtype == array.dtype == expected.dtype.newbyteorder("=")
        assert array.flags.aligned and array.flags.c_contiguous and array.flags.writeable and array.dtype.isnative
        np.testing.assert_array_equal(array, expected)


def assert_same_attributes(theirs: h5py.AttributeManager, ours: hdf5.Attributes) -> None:
    assert set(ours) == set(theirs)
    for name in theirs:
        assert_same_values(theirs[name], ours[name])
