"""Helpers for arrays of labels and samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import dtypes, ops, tree
from glassworks.errors import ArgumentError, DataError
from glassworks.graph import Symbolic


def to_categorical(x: Any, num_classes: int | None = None) -> Any:
    """Class numbers as one-hot rows.

    Args:
        x: Whole numbers from 0, of any shape; a last axis of size 1 is dropped.
        num_classes: The number of classes; one more than the largest number if None.

    >>> to_categorical([0, 2, 1])
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]])
    """
    if isinstance(x, Symbolic):
        return ops.one_hot(x, num_classes)
    numbers = np.asarray(x)
    if numbers.size and (numbers.dtype.kind not in "iufb" or np.any(numbers != np.floor(numbers))):
        raise DataError(
            f"labels of dtype {numbers.dtype}: {numbers.reshape(-1)[:3].tolist()}",
            "class numbers",
            "turn names into numbers: classes, y = np.unique(y, return_inverse=True)",
            where="utils.to_categorical",
        )
    numbers = numbers.astype("int64")
    if numbers.ndim > 1 and numbers.shape[-1] == 1:
        numbers = numbers[..., 0]
    count = int(numbers.max()) + 1 if num_classes is None else num_classes
    if numbers.size and (numbers.min() < 0 or numbers.max() >= count):
        raise DataError(
            f"labels from {numbers.min()} to {numbers.max()}",
            f"labels 0 to {count - 1}",
            "check num_classes, and that classes are numbered from 0",
            where="utils.to_categorical",
        )
    return np.eye(count)[numbers]


def normalize(x: Any, axis: int = -1, order: int = 2) -> Any:
    """Divide by the length along an axis.

    >>> normalize(np.array([[3.0, 4.0]]))
    array([[0.6, 0.8]])
    """
    if isinstance(x, Symbolic):
        return ops.normalize(x, axis=axis, order=order)
    x = np.asarray(x)
    length = np.atleast_1d(np.linalg.norm(x, order, axis))
    length[length == 0] = 1
    return x / np.expand_dims(length, axis)


def split_dataset(
    dataset: Any, left_size: Any = None, right_size: Any = None, shuffle: bool = False, seed: int | None = None
) -> tuple[Any, Any]:
    """Split arrays in two, sample by sample.

    Args:
        dataset: An array, or a tuple, list or dict of arrays of one length.
        left_size, right_size: A number of samples, or a fraction; one of them may be None.
        shuffle: Draw the samples at random.
        seed: Makes the drawing repeat.

    >>> left, right = split_dataset(np.arange(10), left_size=0.8)
    >>> len(left), len(right)
    (8, 2)
    """
    where = "utils.split_dataset"
    flat = [np.asarray(part) for part in tree.flatten(dataset)]
    lengths = {len(part) for part in flat}
    if len(lengths) != 1:
        raise DataError(f"arrays of lengths {sorted(lengths)}", "arrays of one length", "pass one entry per sample in each", where=where)
    total = lengths.pop()
    left, right = _sizes(total, left_size, right_size, where)
    order = np.random.default_rng(seed).permutation(total) if shuffle else np.arange(total)

    def take(chosen: np.ndarray) -> Any:
        return tree.pack_sequence_as(dataset, [part[chosen] for part in flat])

    return take(order[:left]), take(order[total - right :] if left + right == total else order[left : left + right])


def _sizes(total: int, left: Any, right: Any, where: str) -> tuple[int, int]:
    if left is None and right is None:
        raise ArgumentError("neither left_size nor right_size", "at least one of them", "pass left_size=0.8", where=where)

    def count(size: Any) -> int | None:
        if size is None:
            return None
        if isinstance(size, float):
            if not 0 < size < 1:
                raise ArgumentError(
                    f"a size of {size}", "a fraction between 0 and 1, or a number of samples", "pass 0.8 for 80%", where=where
                )
            return round(size * total)
        return int(size)

    a, b = count(left), count(right)
    a = total - b if a is None else a  # type: ignore[operator]
    b = total - a if b is None else b
    if a < 0 or b < 0 or a + b > total:
        raise ArgumentError(f"sizes {a} and {b} of {total} samples", f"at most {total} together", "make one of them smaller", where=where)
    return a, b


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """A batch in its shortest form: x, (x, y) or (x, y, sample_weight).

    >>> pack_x_y_sample_weight("x", "y")
    ('x', 'y')
    """
    if y is None:
        return (x,) if isinstance(x, (list, tuple)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """The parts of a batch, None for those that are not there.

    >>> unpack_x_y_sample_weight(("x", "y"))
    ('x', 'y', None)
    """
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    if len(data) > 3:
        raise ArgumentError(
            f"a batch of {len(data)} parts",
            "x, (x, y) or (x, y, sample_weight)",
            "put several inputs into a list of their own",
            where="utils.unpack_x_y_sample_weight",
        )
    return (*data, None, None)[:3]  # type: ignore[return-value]


def pad_sequences(
    sequences: Any, maxlen: int | None = None, dtype: str = "int32", padding: str = "pre", truncating: str = "pre", value: float = 0.0
) -> np.ndarray:
    """Lists of different lengths as one array, filled up with a value.

    Args:
        sequences: A list of lists.
        maxlen: The length of all; that of the longest if None.
        dtype: The dtype of the result.
        padding, truncating: Fill up, or cut, at the start ("pre") or end ("post").
        value: What to fill up with.

    >>> pad_sequences([[1], [2, 3]])
    array([[0, 1],
           [2, 3]], dtype=int32)
    """
    for name, side in (("padding", padding), ("truncating", truncating)):
        if side not in ("pre", "post"):
            raise ArgumentError(f"{name}={side!r}", "'pre' or 'post'", where="utils.pad_sequences")
    rows = [np.asarray(row) for row in sequences]
    longest = max((len(row) for row in rows), default=0) if maxlen is None else maxlen
    inner = next((row.shape[1:] for row in rows if len(row)), ())
    result = np.full((len(rows), longest, *inner), value, dtype=dtype)
    for i, row in enumerate(rows):
        cut = row[-longest:] if truncating == "pre" else row[:longest]
        if len(cut) and longest:
            result[i, longest - len(cut) :] = cut if padding == "pre" else result[i, longest - len(cut) :]
            if padding == "post":
                result[i, : len(cut)] = cut
    return result


def standardize_dtype(dtype: Any) -> str:
    """The standard name of a dtype.

    >>> standardize_dtype("float")
    'float32'
    """
    return dtypes.standardize(dtype)
