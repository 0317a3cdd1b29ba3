"""Recognition of the kind of data that a user passed, without importing the library it comes from."""

from __future__ import annotations

from collections.abc import Iterator

from glassworks.training.data.base import DataSource
from glassworks.training.data.dataset import Dataset
from glassworks.training.data.py_dataset import PyDataset


def kind_of(x: object) -> str:
    """ "arrays", "generator", "PyDataset", "Dataset", "DataLoader", "iterable", or "source" for a `DataSource`.

    A list of arrays is one array per input, as in Keras; a list of tuples of arrays is a list of batches.

    >>> kind_of([[1.0, 2.0]]), kind_of(iter([])), kind_of({1.0, 2.0})
    ('arrays', 'generator', 'iterable')
    >>> import numpy as np
    >>> x, y = np.ones((4, 2)), np.ones(4)
    >>> kind_of([x, x]), kind_of([(x, y), (x, y)])
    ('arrays', 'iterable')
    """
    if isinstance(x, DataSource):
        return "source"
    if isinstance(x, PyDataset):
        return "PyDataset"
    if isinstance(x, Dataset):
        return "Dataset"
    if any(cls.__name__ == "DataLoader" and cls.__module__.startswith("torch.utils.data") for cls in type(x).__mro__):
        return "DataLoader"
    if isinstance(x, Iterator):
        return "generator"
    if isinstance(x, list) and x and all(_is_batch(entry) for entry in x):
        return "iterable"
    if isinstance(x, (list, tuple, dict, str, bytes)) or hasattr(x, "__array__") or hasattr(x, "tocsr"):
        return "arrays"
    return "iterable" if hasattr(x, "__iter__") else "arrays"


def _is_batch(entry: object) -> bool:
    """Whether an entry of a list is a batch `(x, y)` rather than an array of inputs or a row of numbers."""
    return (
        isinstance(entry, tuple)
        and 1 <= len(entry) <= 3
        and all(part is None or hasattr(part, "__array__") or isinstance(part, (list, dict)) for part in entry)
    )
