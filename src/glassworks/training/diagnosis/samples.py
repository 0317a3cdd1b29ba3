"""`Samples`: batches to look into a network with, of the shapes that it is trained on."""

from __future__ import annotations

from collections import deque

import numpy as np

from glassworks import tree
from glassworks.training.data.base import Batch, DataSource

FEWEST, MOST = 64, 256
"""The number of samples of one draw: of smaller batches several, of larger ones a part."""
MOST_BATCHES = 16
KEPT_BYTES = 1 << 24
"""The memory for batches of a source that cannot give them again."""


class Samples:
    """Batches to look into a network with: rows of arrays drawn from all of them; of other sources those that were trained on last.

    Args:
        source: The source of the batches.
    """

    def __init__(self, source: DataSource) -> None:
        self._source, self._kept = source, deque[Batch](maxlen=3 * MOST_BATCHES)
        self._generator = np.random.default_rng(0)  # of its own: the shared ones must not be drawn from
        self._next = 0

    def keep(self, data: Batch) -> None:
        """Keep a batch, where the source cannot give batches again."""
        if self._source.arrays is None or self._source.num_samples is None:
            size = sum(leaf.nbytes for leaf in tree.flatten(data) if leaf is not None)
            self._kept.append(data)
            while len(self._kept) > 1 and size * len(self._kept) > KEPT_BYTES:
                self._kept.popleft()

    def draw(self) -> list[Batch]:
        """Batches of one shape, others than in the draw before where there are enough; empty where there are none."""
        return self._of_arrays() if self._source.arrays is not None and self._source.num_samples else self._of_kept()

    def _of_arrays(self) -> list[Batch]:
        arrays, samples = self._source.arrays, self._source.num_samples or 0
        size = min(self._source.batch_size or 32, samples)
        rows = min(size, MOST)
        count = min(max(-(-FEWEST // rows), 1), MOST_BATCHES, max(samples // rows, 1))
        batches = []
        for _ in range(count):
            chosen = (
                np.sort(self._generator.choice(samples, rows, replace=False))
                if samples < 1 << 20
                else self._generator.integers(0, samples, rows)
            )
            batches.append(tree.map_structure(lambda leaf, at=chosen: None if leaf is None else np.ascontiguousarray(leaf[at]), arrays))
        return batches  # type: ignore[return-value]

    def _of_kept(self) -> list[Batch]:
        if not self._kept:
            return []
        shape = _shapes(self._kept[-1])
        same = [batch for batch in self._kept if _shapes(batch) == shape]
        rows = max(shape[0][0], 1) if shape and shape[0] else 1
        count = min(max(-(-FEWEST // rows), 1), MOST_BATCHES, len(same))
        start = self._next % len(same)
        self._next += count
        return [same[(start + i) % len(same)] for i in range(count)]


def _shapes(batch: Batch) -> list[tuple[int, ...]]:
    return [leaf.shape for leaf in tree.flatten(batch) if leaf is not None]
