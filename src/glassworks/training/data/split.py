"""`validation_split`: the last part of the data, kept aside."""

from __future__ import annotations

import math

from glassworks import scope, tree
from glassworks.arguments import Number, check
from glassworks.errors import DataError
from glassworks.training.data.arrays import NAMES, common_length
from glassworks.training.data.base import Batch
from glassworks.training.data.convert import to_arrays
from glassworks.training.data.kinds import kind_of
from glassworks.typing import Data, Structure


def train_validation_split(x: Data, y: Structure, sample_weight: Structure, validation_split: float) -> tuple[Batch, Batch]:
    """Split off the last `validation_split` of the samples, in their order before shuffling.

    Returns:
        `(x, y, sample_weight)` to train on, and the same to validate on; views of the same memory.

    Raises:
        ArgumentError: A fraction that is not between 0 and 1.
        DataError: A part would be empty, or the data is not an array.

    >>> import numpy as np
    >>> (x, _, _), (x_validation, _, _) = train_validation_split(np.arange(10), None, None, 0.2)
    >>> x_validation
    array([8, 9])
    """
    check(scope.where() or "fit", {"validation_split": Number(0, 1, closed="neither")}, validation_split=validation_split)
    kind = kind_of(x)
    if kind != "arrays":
        raise DataError(
            f"validation_split={validation_split} with a {kind}",
            "arrays, which can be split",
            "pass validation_data=..., a source of its own",
        )
    data = tuple(to_arrays(part, name) for part, name in zip((x, y, sample_weight), NAMES, strict=True))
    samples = common_length(data)  # type: ignore[arg-type]
    at = math.floor(samples * (1.0 - validation_split))
    if at in (0, samples):
        raise DataError(
            f"{samples} samples with validation_split={validation_split}: {at} to train on, {samples - at} to validate on",
            "at least one sample in each part",
            "pass more data, or another fraction",
        )
    train = tree.map_structure(lambda leaf: leaf[:at], data, none_is_leaf=False)
    return train, tree.map_structure(lambda leaf: leaf[at:], data, none_is_leaf=False)
