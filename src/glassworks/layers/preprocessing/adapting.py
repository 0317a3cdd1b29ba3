"""What `adapt` of a layer goes through: arrays as a whole, other data batch by batch."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from glassworks.errors import ArgumentError
from glassworks.graph import Symbolic


def batches(data: Any, steps: int | None = None, where: str = "adapt") -> Iterator[Any]:
    """The batches in the data, without their targets; what is one array is one batch.

    Args:
        data: An array, a list of strings or numbers, a data set or another iterable of batches; of `(x, y)` batches, x counts.
        steps: At most so many batches.
        where: The layer, for errors.

    Raises:
        ArgumentError: It is none of these.

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


def is_one_array(data: Any) -> bool:
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
