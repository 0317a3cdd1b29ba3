"""What kind of data a user passed, told without importing the library it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from glassworks.training.data.base import DataSource
from glassworks.training.data.py_dataset import PyDataset


def kind_of(x: Any) -> str:
    """ "arrays", "generator", "PyDataset", "DataLoader", "iterable", or "source" for a `DataSource`.

    >>> kind_of([[1.0, 2.0]]), kind_of(iter([])), kind_of(range(3))
    ('arrays', 'generator', 'iterable')
    """
    if isinstance(x, DataSource):
        return "source"
    if isinstance(x, PyDataset):
        return "PyDataset"
    if any(cls.__name__ == "DataLoader" and cls.__module__.startswith("torch.utils.data") for cls in type(x).__mro__):
        return "DataLoader"
    if isinstance(x, Iterator):
        return "generator"
    if isinstance(x, (list, tuple, dict, str, bytes)) or hasattr(x, "__array__") or hasattr(x, "tocsr"):
        return "arrays"
    return "iterable" if hasattr(x, "__iter__") else "arrays"
