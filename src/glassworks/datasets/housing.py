"""What the two housing data sets share: features and prices in an `.npz`, shuffled and split."""

from __future__ import annotations

import numpy as np

from glassworks.arguments import Number, check
from glassworks.datasets.digits import Split


def read(path: str, test_split: float, seed: int, limit: int | None = None) -> Split:
    """The arrays x and y of a file, in a random order, the last share for testing."""
    check("datasets", {"test_split": Number(0, 1, closed="left")}, test_split=test_split)
    with np.load(path, allow_pickle=False) as file:
        x, y = file["x"][:limit], file["y"][:limit]
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    x, y = x[order], y[order]
    cut = int(len(x) * (1 - test_split))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])
