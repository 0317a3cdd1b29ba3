"""One sample or a few: the inputs and targets of a trace in the form of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import tree
from glassworks.errors import ArgumentError, ArgumentTypeError, GlassworksError
from glassworks.training.data.convert import to_array
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from glassworks.models.model import Model

MOST_SAMPLES = 1024
"""A trace keeps every value of every layer, so it is made for a few samples."""


def as_samples(model: Model, x: Data, y: Structure, sample_weight: Structure, where: str) -> tuple[Any, Any, Any]:
    """A batch, from a batch or from one sample without a batch axis.

    Args:
        model: The model, whose inputs say which of both it is.
        x, y, sample_weight: As the user gave them.
        where: The call, for errors.

    Raises:
        ArgumentError: There are no samples, or more than a trace is made for.
        ArgumentTypeError: x is not arrays, but a generator or data set.
    """
    x = _arrays(x)
    for leaf in tree.flatten(x):
        if not hasattr(leaf, "shape") and leaf is not None:
            raise ArgumentTypeError(
                f"x of type {type(leaf).__name__}",
                "arrays",
                "pass a few samples of it: x, y = next(iter(data)); model.trace(x, y)",
                where=where,
            )
    shapes = _input_shapes(model)
    leaves = tree.flatten(x)
    is_single = len(leaves) == len(shapes) and all(map(_is_sample, leaves, shapes)) and bool(leaves)
    if is_single:
        x = tree.pack_sequence_as(x, [_with_batch(leaf, shape) for leaf, shape in zip(leaves, shapes, strict=True)])
        y, sample_weight = (
            tree.map_structure(lambda leaf: None if leaf is None else np.asarray(leaf)[None], _arrays(one)) for one in (y, sample_weight)
        )
    else:
        x = tree.map_structure(lambda leaf: leaf[None] if isinstance(leaf, np.ndarray) and not leaf.ndim else leaf, x)
        y = tree.map_structure(lambda leaf: leaf[None] if isinstance(leaf, np.ndarray) and not leaf.ndim else leaf, _arrays(y))
    count = next((leaf.shape[0] for leaf in tree.flatten(x) if leaf is not None and leaf.shape), 1)
    if not 0 < count <= MOST_SAMPLES:
        fix = "pass a few samples: x[:32]" if count else "pass one sample, or a few"
        raise ArgumentError(f"{count:,} samples", f"1 to {MOST_SAMPLES:,}: a trace keeps every value of every layer", fix, where=where)
    return x, y, sample_weight


def _arrays(structure: object) -> Any:
    """Numbers, texts and lists of them as arrays; tables and structures of arrays as they are."""
    if isinstance(structure, (str, int, float, np.generic)):
        return np.asarray(structure)
    if isinstance(structure, dict):
        return {key: _arrays(value) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)) and structure:
        plain = not any(hasattr(leaf, "shape") or leaf is None for leaf in tree.flatten(structure))
        if not plain:
            return type(structure)(map(_arrays, structure))
        try:
            return np.asarray(structure)
        except ValueError:
            return to_array(structure, "data")  # which says what is wrong with the rows
    return structure


def _input_shapes(model: Model) -> list[tuple]:
    """The shape of each input with None for unknown sizes; an empty list where the model does not know them yet."""
    try:
        return [tuple(tensor.shape) for tensor in model.inputs]  # type: ignore[attr-defined]  # of models that declare inputs
    except (AttributeError, GlassworksError):
        return [(None, *leaf.shape[1:]) for leaf in tree.flatten(model._trainer.no_rows) if leaf is not None]


def _is_sample(leaf: object, shape: tuple) -> bool:
    """Whether an array has the shape of an input without its batch axis."""
    own = getattr(leaf, "shape", None)
    if own is None or hasattr(leaf, "columns"):
        return False
    if own == ():
        return all(size in (None, 1) for size in shape[1:])
    return len(own) == len(shape) - 1 and all(size in (None, n) for size, n in zip(shape[1:], own, strict=True))


def _with_batch(leaf: np.ndarray, shape: tuple) -> np.ndarray:
    return np.reshape(leaf, (1,) * len(shape)) if np.ndim(leaf) == 0 else np.asarray(leaf)[None]
