"""Conversion of a batch that a user's source gave to the form that the loops take."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import tree
from glassworks.errors import DataError
from glassworks.training.data.arrays import NAMES, common_length
from glassworks.training.data.base import Batch, ClassWeight
from glassworks.training.data.class_weights import class_weights
from glassworks.training.data.convert import as_trained, to_arrays


def standard_batch(batch: object, kind: str, class_weight: ClassWeight = None, for_predict: bool = False) -> Batch:
    """`(x, y, sample_weight)` of NumPy arrays from x, (x,), (x, y) or (x, y, sample_weight).

    Args:
        batch: What the source gave. A tuple holds the parts; a list or dict is a structure of inputs.
        kind: The kind of the source, for errors.
        class_weight: class -> weight.
        for_predict: Leave out targets and weights.

    Raises:
        DataError: Another form, single samples instead of batches, or lengths that differ.
    """
    where = f"batch of your {kind}"
    parts = batch if isinstance(batch, tuple) and not hasattr(batch, "_fields") else (batch,)
    if not 1 <= len(parts) <= 3 or parts[0] is None:
        found = "None" if batch is None else f"a tuple of {len(parts)}" if parts[0:1] != (None,) else "x=None"
        raise DataError(
            f"{found} as a batch",
            "x, (x, y) or (x, y, sample_weight)",
            "put several inputs into one list or dict: ([x1, x2], y)",
            where=where,
        )
    x, y, sample_weight = (*parts, None, None)[:3]
    if for_predict:
        y = sample_weight = None
    data = tuple(_part(part, name, where) for part, name in zip((x, y, sample_weight), NAMES, strict=True))
    common_length(data, where)  # type: ignore[arg-type]
    if class_weight is None or data[1] is None:
        return data  # type: ignore[return-value]
    return data[0], data[1], class_weights(class_weight, data[1], data[2], is_batch=True)


def _part(part: object, name: str, where: str) -> Any:
    if (isinstance(part, np.ndarray) and part.ndim == 0) or isinstance(part, (bool, int, float, np.generic)):
        raise DataError(
            f"{name} is the single number {part}",
            "whole batches, with one row per sample",
            "collect samples into batches: np.stack(samples)",
            where=where,
        )
    try:
        return tree.map_structure(as_trained, to_arrays(part, name), none_is_leaf=False)
    except DataError as error:
        raise DataError(error.found, error.expected, error.fix, where=where) from None
