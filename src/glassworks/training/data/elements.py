"""Elements of a `Dataset`: stacked into batches, split into samples, described."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from glassworks import tree
from glassworks.errors import DataError
from glassworks.graph import as_array
from glassworks.layers import InputSpec


def stack(elements: list[Any]) -> Any:
    """One batch of several elements of one structure; texts become an array of objects.

    Raises:
        DataError: Their shapes differ.

    >>> stack([(np.ones(2), 0), (np.zeros(2), 1)])
    (array([[1., 1.],
           [0., 0.]]), array([0, 1]))
    """
    return tree.map_structure(lambda *leaves: _stack(leaves), *elements)


def _stack(leaves: tuple[Any, ...]) -> np.ndarray:
    if isinstance(leaves[0], (str, bytes)):
        return objects(leaves)
    shapes = {np.shape(leaf) for leaf in leaves}
    if len(shapes) > 1:
        shown = ", ".join(map(str, sorted(shapes, key=str)[:4]))
        fix = "make them one size in map(...) before batch(...): resize pictures, pad or cut sequences"
        raise DataError(f"elements of different shapes in one batch: {shown}", "elements of one shape", fix, where="Dataset.batch")
    return np.stack(leaves)


def objects(values: Any) -> np.ndarray:
    """Texts, or arrays of different lengths, in an array with one axis."""
    result = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):
        result[place] = value
    return result


def rows(batch: object) -> Iterator[Any]:
    """The samples of a batch."""
    leaves = tree.flatten(batch)
    for row in zip(*leaves, strict=True):
        yield tree.pack_sequence_as(batch, list(row))


def shown(element: object) -> Any:
    """An element in the form that users see: `Array`s, which have `.numpy()`."""
    return tree.map_structure(
        lambda leaf: leaf if isinstance(leaf, (str, bytes)) or hasattr(leaf, "as_numpy_iterator") else as_array(leaf), element
    )


def spec(element: object, batched: bool) -> InputSpec | tuple | dict:
    """Shape and dtype of each part of an element, without the length of the batch."""

    def leaf_spec(leaf: Any) -> InputSpec:
        shape = np.shape(leaf)
        array = np.asarray(leaf)
        text = array.dtype.kind in "US" or (array.dtype == object and array.size and isinstance(array.flat[0], str))
        return InputSpec(shape=(None, *shape[1:]) if batched else shape, dtype="string" if text else array.dtype.name)

    return tree.map_structure(leaf_spec, element)


def plain(element: object) -> Any:
    """An element of plain NumPy arrays; texts stay unchanged."""
    return tree.map_structure(lambda leaf: leaf if leaf is None or isinstance(leaf, (str, bytes)) else _plain(leaf), element)


def _plain(leaf: object) -> Any:
    return leaf.numpy() if hasattr(leaf, "numpy") else np.asarray(leaf)


def read_only(element: object) -> Any:
    """The element, with its arrays made read-only, so that a cached element cannot change."""
    for leaf in tree.flatten(element):
        if isinstance(leaf, np.ndarray):
            leaf.flags.writeable = False
    return element
