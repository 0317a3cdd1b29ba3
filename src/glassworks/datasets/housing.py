"""The format of the two housing data sets: features and prices in an `.npz`, shuffled and split."""

from __future__ import annotations

import numpy as np

from glassworks.arguments import Number, check
from glassworks.datasets.arrays import Split, read_npz


def read(path: str, test_split: float, seed: int, limit: int | None = None) -> Split:
    """The arrays x and y of a file, in a random order, with the last samples for testing."""
    check("datasets", {"test_split": Number(0, 1, closed="left")}, test_split=test_split)
    arrays = read_npz(path, "datasets", ("x", "y"))
    x, y = arrays["x"][:limit], arrays["y"][:limit]
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    x, y = x[order], y[order]
    cut = int(len(x) * (1 - test_split))
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])
