"""Batches for tools that train copies: rows drawn at random from arrays, and the batches of any other source as they come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from glassworks import tree
from glassworks.training.data import DataSource, make_source
from glassworks.training.data.base import Batch
from glassworks.training.data.columns import for_named_inputs
from glassworks.training.steps import batch_length

if TYPE_CHECKING:
    from glassworks.models.model import Model
    from glassworks.typing import Data, Structure


def source_of(model: Model, x: Data, y: Structure, sample_weight: Structure, batch_size: int | None) -> DataSource:
    """The source of batches for data of any kind that `fit` takes, in the order of the data.

    Raises:
        DataError: Data that cannot be trained on.
    """
    return make_source(for_named_inputs(model, x), y, sample_weight, batch_size=batch_size, shuffle=False)


def random_batch(source: DataSource, size: int, seed: int) -> Batch:
    """Rows drawn from all of the data where it is in arrays, since sorted data would give one class; else the first rows of the first batch."""
    if source.arrays is None:
        return _rows(source.first_batch(), slice(0, size))
    count = source.num_samples or 0
    return _rows(source.arrays, np.sort(np.random.default_rng(seed).choice(count, min(size, count), replace=False)))


def endless_batches(source: DataSource, seed: int) -> Iterator[Batch]:
    """Batches without end: arrays in a new order in each pass, other sources as they come. Ends early if a pass gives nothing."""
    rng, size = np.random.default_rng(seed), source.batch_size or 32
    while True:
        count = 0
        if source.arrays is None:
            for batch in source:
                count += 1
                yield batch
        else:
            order = rng.permutation(source.num_samples or 0)
            # A smaller last batch would have a noisier loss than the others.
            for start in range(0, max(len(order) - size, 0) + 1, size):
                count += 1
                yield _rows(source.arrays, np.sort(order[start : start + size]))
        if not count:
            return


def _rows(batch: Batch, rows: slice | np.ndarray) -> Batch:
    return tree.map_structure(lambda array: None if array is None else np.asarray(array[rows]), batch)


def length_of(batch: Batch) -> int:
    """How many samples a batch has."""
    return batch_length(batch[0])
