"""The split of a data set into two parts, such as for training and testing."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import tree
from glassworks.errors import ArgumentError, DataError
from glassworks.ops.convert import is_number_list
from glassworks.training.data.dataset import Dataset
from glassworks.training.data.py_dataset import PyDataset
from glassworks.typing import Data

_WHERE = "utils.split_dataset"


def split_dataset(
    dataset: Data, left_size: float | None = None, right_size: float | None = None, shuffle: bool = False, seed: int | None = None
) -> tuple[Dataset, Dataset]:
    """Split a data set in two, sample by sample.

    Args:
        dataset: An array or a list of numbers; a tuple, list or dict of arrays of one length; or a `PyDataset` or `Dataset`,
            which is read completely, once.
        left_size: The size of the first part: a number of samples, or a fraction. None takes the rest after `right_size`.
        right_size: The size of the second part, likewise; one of the two may be None.
        shuffle: Draw the samples at random.
        seed: Makes the drawing repeat.

    Returns:
        Two `Dataset`s of samples, in the structure of `dataset`; of batches, if it has batches.

    Raises:
        DataError: The arrays have different lengths, or the data set has no end or no batches.
        ArgumentError: The sizes do not fit, or leave a part empty.

    >>> x, y = np.arange(20).reshape(10, 2), np.arange(10)
    >>> left, right = split_dataset((x, y), left_size=0.8)
    >>> len(left), [int(label) for _, label in right]
    (8, [8, 9])
    >>> train = left.shuffle(8).batch(4)
    """
    batch_size = None
    if isinstance(dataset, Dataset):
        elements = list(dataset.as_numpy_iterator())
        batch_size = len(tree.flatten(elements[0])[0]) if dataset.is_batched and elements else None
        dataset = _joined(elements, dataset.is_batched)
    elif isinstance(dataset, PyDataset):
        batches = _all_batches(dataset)
        batch_size, dataset = len(tree.flatten(batches[0])[0]), _joined(batches, batched=True)
    elif is_number_list(dataset):
        dataset = np.asarray(dataset)  # numbers are samples, not arrays
    flat = [np.asarray(part) for part in tree.flatten(dataset)]
    lengths = {len(part) if part.ndim else None for part in flat}
    if len(lengths) != 1 or None in lengths:
        shapes = ", ".join(str(part.shape) for part in flat) or "no arrays"
        raise DataError(f"shapes {shapes}", "arrays of one length", "pass one entry per sample in each", where=_WHERE)
    total = len(flat[0])
    left, right = _sizes(total, left_size, right_size)
    order = np.random.default_rng(seed).permutation(total) if shuffle else np.arange(total)

    def take(chosen: np.ndarray) -> Dataset:
        arrays = tree.pack_sequence_as(dataset, [part[chosen] for part in flat])
        part = Dataset.from_tensor_slices(tuple(arrays) if isinstance(arrays, list) else arrays)
        return part if batch_size is None else part.batch(batch_size)

    # As in Keras, the right part is counted from the end; samples between two small parts are left out.
    return take(order[:left]), take(order[total - right :])


def _all_batches(dataset: PyDataset) -> list[Any]:
    """The batches of a data set."""
    if not dataset.num_batches:
        found = "a data set without end" if dataset.num_batches is None else "a data set of 0 batches"
        raise DataError(found, "a number of batches", "define __len__ to return how many batches there are", where=_WHERE)
    return list(dataset)


def _joined(elements: list[Any], batched: bool) -> Any:
    join = np.concatenate if batched else np.stack
    return tree.map_structure(lambda *parts: join([np.asarray(part) for part in parts]), *elements)


def _sizes(total: int, left_size: object, right_size: object) -> tuple[int, int]:
    """Both sizes as numbers of samples."""
    left, right = _count("left_size", left_size, total), _count("right_size", right_size, total)
    if left is None and right is None:
        raise ArgumentError("neither left_size nor right_size", "at least one of them", "pass left_size=0.8", where=_WHERE)
    left = total - right if left is None else left  # type: ignore[operator]
    right = total - left if right is None else right
    if min(left, right) == 0:
        found = f"sizes {left} and {right} of {total} samples, which leave a part empty"
        raise ArgumentError(found, "at least one sample in each", "choose other sizes, or use the data as it is", where=_WHERE)
    if min(left, right) < 0 or left + right > total:
        raise ArgumentError(f"sizes {left} and {right} of {total} samples", f"at most {total} together", "make one smaller", where=_WHERE)
    return left, right


def _count(name: str, size: Any, total: int) -> int | None:
    if size is None:
        return None
    fraction = isinstance(size, (float, np.floating)) and 0 < size < 1
    number = isinstance(size, (int, np.integer)) and not isinstance(size, bool)
    if not fraction and not number:
        raise ArgumentError(f"{name}={size!r}", "a fraction between 0 and 1, or a number of samples", "pass 0.8 for 80%", where=_WHERE)
    return round(size * total) if fraction else int(size)
