"""The batches that `adapt` of a layer reads: arrays as a whole, other data batch by batch."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from glassworks.errors import ArgumentError, DataError
from glassworks.graph import Symbolic
from glassworks.layers.text_arrays import is_text


def batches(data: Any, steps: int | None = None, where: str = "adapt") -> Iterator[Any]:
    """The batches in the data, without their targets; a single array is one batch.

    Args:
        data: An array, a list of strings or numbers, a data set or another iterable of batches; of `(x, y)` batches, x is used.
        steps: The largest number of batches.
        where: The layer, for errors.

    Raises:
        ArgumentError: The data is of another kind.

    >>> [x for x in batches([(["a"], 0), (["b"], 1)], steps=1)]
    [['a']]
    """
    if isinstance(data, (Symbolic, str, bytes)) or not (hasattr(data, "__iter__") or hasattr(data, "__getitem__")):
        raise ArgumentError(f"{type(data).__name__}", "an array or an iterable of batches", "pass the training inputs", where=where)
    if is_one_array(data):
        yield data
        return
    indexed = hasattr(data, "__getitem__") and hasattr(data, "__len__") and not isinstance(data, dict)
    found: Iterable[Any] = (data[i] for i in range(len(data))) if indexed else data
    for batch in itertools.islice(found, steps):
        yield batch[0] if isinstance(batch, tuple) else batch


def is_one_array(data: object) -> bool:
    """Whether the data is an array or stands for one, rather than a list of batches.

    >>> is_one_array([[1, 2], [3, 4]]), is_one_array([np.ones(2), np.ones(2)])
    (True, False)
    """
    if not isinstance(data, (list, tuple)):
        return hasattr(data, "__array__") or hasattr(data, "detach")
    first = data[0] if data else np.zeros(0)
    if isinstance(first, tuple):  # a row of numbers, or a batch with its targets
        return bool(first) and isinstance(first[0], (int, float, str, bytes, np.generic))
    return not hasattr(first, "shape")


def refuse_text(batch: np.ndarray | Sequence) -> None:
    """Raise a `DataError` for text in a layer that learns from numbers."""
    array = np.asarray(batch)
    if not is_text(array):
        return
    places = [place for place, entry in np.ndenumerate(array) if isinstance(entry, (str, bytes))]
    columns = sorted({place[-1] for place in places}) if array.ndim > 1 else []
    where = f" in column{'s' if len(columns) > 1 else ''} {', '.join(map(str, columns[:8]))}" if columns else ""
    raise DataError(
        f"text{where}: {array[places[0]]!s}",
        "numbers",
        "leave columns of categories out (layers.StringLookup() reads them), and make numbers of numbers as text: pd.to_numeric",
    )
