"""Handwritten digits that need no download: the set that scikit-learn bundles.

1,797 images of 8 x 8 pixels with values from 0 to 16, written by 43 people: E. Alpaydin and C. Kaynak, Optical
Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998, licence CC BY 4.0 (the test part, as in
scikit-learn). `digits.npz` holds them unchanged; `digits.md` says where they come from.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from glassworks.arguments import Integer, Number, check
from glassworks.datasets.arrays import Split

_ARGUMENTS = {"test_split": Number(0, 1, closed="neither"), "seed": Integer(0)}


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """The digits, split so that each digit has the same frequency in both parts.

    Args:
        test_split: The fraction of samples for the test part.
        seed: The seed of the split.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: images of shape (n, 8, 8), uint8 from 0 to 16, and labels 0 to 9.

    >>> (x_train, y_train), (x_test, y_test) = load_data()
    >>> x_train.shape, x_test.shape
    ((1438, 8, 8), (359, 8, 8))
    """
    check("datasets.digits.load_data", _ARGUMENTS, test_split=test_split, seed=seed)
    with np.load(Path(__file__).with_name("digits.npz"), allow_pickle=False) as file:
        x, y = file["x"], file["y"]
    rng = np.random.default_rng(seed)
    test: list[int] = []
    for digit in range(10):
        places = rng.permutation(np.flatnonzero(y == digit))
        test.extend(places[: round(len(places) * test_split)])
    in_test = np.zeros(len(y), dtype=bool)
    in_test[test] = True
    train_order, test_order = rng.permutation(np.flatnonzero(~in_test)), rng.permutation(np.flatnonzero(in_test))
    return (x[train_order], y[train_order]), (x[test_order], y[test_order])
