"""Quantiles of data that comes in batches, from a summary that stays small.

A summary is an array of two rows: numbers in ascending order, and for how many of the data each stands. Summaries of
batches are merged and thinned out again by interpolation, as Keras does it, so that both learn the same boundaries.
"""

from __future__ import annotations

import numpy as np


def summary_of(values: np.ndarray, epsilon: float) -> np.ndarray:
    """About `1 / epsilon` of the values, evenly spread among them.

    >>> summary_of(np.array([3.0, 1.0, 2.0, 4.0]), 0.5)
    array([[2., 4.],
           [2., 2.]])
    """
    values = np.sort(values)
    step = max(len(values) * epsilon, 1)
    chosen = values[int(step - 1) :: int(step)]
    return np.stack([chosen, np.full_like(chosen, step)])


def merged(first: np.ndarray, second: np.ndarray, epsilon: float) -> np.ndarray:
    """The summary of the data of both."""
    both = np.concatenate((first, second), axis=1)
    return compressed(both[:, np.argsort(both[0])], epsilon)


def compressed(summary: np.ndarray, epsilon: float) -> np.ndarray:
    """A summary of about `1 / epsilon` numbers."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    counts = summary[1].cumsum()
    known = counts / counts[-1]
    values, counts = np.interp(shares, known, summary[0]), np.interp(shares, known, counts)
    return np.stack([values, np.diff(counts, prepend=0)]).astype(np.float32)


def boundaries(summary: np.ndarray, num_bins: int) -> list[float]:
    """The numbers that part the data into bins of equal counts.

    >>> boundaries(summary_of(np.arange(1.0, 101.0), 0.01), 4)
    [25.0, 50.0, 75.0]
    """
    return compressed(summary, 1.0 / num_bins)[0, :-1].tolist()
