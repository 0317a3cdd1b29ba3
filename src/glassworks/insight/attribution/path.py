"""Integrals of the gradient along the straight way from a baseline to each sample, as exact as the score itself can tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassworks.insight.attribution.program import MOST_ROWS, Score

NODES, COMPLETE, MOST_STEPS = 8, 1e-3, 2048
"""The nodes of one piece of the way, the relative error that counts as complete, and the most nodes of one sample."""
MOST_BYTES = 1 << 28
"""The memory for the values of pieces that have not been accepted yet."""


@dataclass
class _Pieces:
    """Pieces of ways: what is known of each stands at its place in every array.

    Attributes:
        sample: Which sample the piece belongs to.
        left, right: Where it begins and ends, from 0 to 1.
        score_left, score_right: The scores there.
    """

    sample: np.ndarray
    left: np.ndarray
    right: np.ndarray
    score_left: np.ndarray
    score_right: np.ndarray

    def halves(self, chosen: np.ndarray, score_middle: np.ndarray) -> _Pieces:
        """The halves of some pieces.

        Args:
            chosen: Which pieces.
            score_middle: The scores in the middle of all pieces.
        """
        middle = (self.left + self.right) / 2

        def both(first: np.ndarray, second: np.ndarray) -> np.ndarray:
            return np.concatenate([first[chosen], second[chosen]])

        return _Pieces(
            both(self.sample, self.sample),
            both(self.left, middle),
            both(middle, self.right),
            both(self.score_left, score_middle),
            both(score_middle, self.score_right),
        )


class Paths:
    """The straight ways from the baseline to each sample, and what is gained along them.

    The gradients of a piece of the way must sum to the change of the score along it, which is known. A network of ReLUs has corners, at
    which quadrature converges slowly, and each corner lies in one piece. So the pieces whose sums are wrong are halved, and no others.

    Args:
        score: Computes scores and gradients.
        ends, starts: The values at each sample and its baseline.
        seeds: What each score counts.
        at_start, at_end: The scores at the baselines and at the samples.

    Attributes:
        attributed: What each number at each point adds, for every sample.
        error: The relative difference between the sum of these and the difference of scores.
        complete: Where it is small enough.
        steps: The nodes at which each way was evaluated.
    """

    def __init__(
        self, score: Score, ends: list[np.ndarray], starts: list[np.ndarray], seeds: np.ndarray, at_start: np.ndarray, at_end: np.ndarray
    ) -> None:
        self._score, self._starts, self._seeds = score, starts, seeds
        self._at_start, self._at_end = np.asarray(at_start, np.float64), np.asarray(at_end, np.float64)
        self._ways = [end.astype(np.float64) - start for end, start in zip(ends, starts, strict=True)]
        self.attributed = [np.zeros(way.shape, np.float64) for way in self._ways]
        count = len(seeds)
        self.error, self.complete, self.steps = np.full(count, np.inf), np.zeros(count, bool), np.zeros(count, int)
        self._tolerance, self._rounding = np.full(count, np.nan), np.zeros(count)

    def follow(self, pieces: int) -> None:
        """Compute the integrals.

        Args:
            pieces: The equal pieces of each way at first.
        """
        numbers = max(sum(way[0].size for way in self._ways), 1)
        together = max(MOST_BYTES // (numbers * 8 * max(pieces, 32)), 1)
        for first in range(0, len(self._seeds), together):
            waiting = self._equal_pieces(np.arange(first, min(first + together, len(self._seeds))), pieces)
            while len(waiting.sample):
                waiting = self._advance(waiting)
        self._judge()

    def _equal_pieces(self, samples: np.ndarray, pieces: int) -> _Pieces:
        sample, number = np.repeat(samples, pieces), np.tile(np.arange(pieces), len(samples))
        inner = number > 0
        scores = self._at_start[sample]
        scores[inner] = self._evaluate(sample[inner], number[inner] / pieces)[0]
        following = np.append(scores[1:], 0.0)
        last = number == pieces - 1
        following[last] = self._at_end[sample[last]]
        return _Pieces(sample, number / pieces, (number + 1) / pieces, scores, following)

    def _advance(self, waiting: _Pieces) -> _Pieces:
        """Evaluate pieces, keep the values of those that are right, and return the halves of the others."""
        added, middle = self._integrals(waiting)
        gained = sum(values.reshape(len(values), -1).sum(axis=1) for values in added)
        off = np.abs(gained - (waiting.score_right - waiting.score_left))
        np.add.at(self.steps, waiting.sample, NODES)
        self._set_tolerances(waiting.sample, added)
        accepted = np.ones(len(off), bool)
        for sample in np.unique(waiting.sample):
            mine = np.flatnonzero(waiting.sample == sample)
            accepted[mine] = self._accepted(int(sample), off[mine])
        for attributed, values in zip(self.attributed, added, strict=True):
            np.add.at(attributed, waiting.sample[accepted], values[accepted])
        return waiting.halves(~accepted, middle)

    def _set_tolerances(self, samples: np.ndarray, added: list[np.ndarray]) -> None:
        """The errors that each sample may have in all, once its first pieces are known."""
        sizes = np.zeros(len(self._seeds))
        np.add.at(sizes, samples, sum(np.abs(values).reshape(len(values), -1).sum(axis=1) for values in added))
        new = np.unique(samples[np.isnan(self._tolerance[samples])])
        # Where the scores are nearly equal, rounding decides about the relative error.
        largest = np.maximum(np.abs(self._at_start), np.abs(self._at_end))
        self._rounding[new] = 8 * float(np.finfo(np.float32).eps) * (sizes + largest)[new]
        self._tolerance[new] = COMPLETE * np.abs(self._at_end - self._at_start)[new] / 2 + self._rounding[new]

    def _accepted(self, sample: int, off: np.ndarray) -> np.ndarray:
        """Which pieces of a sample are right: the best ones, whose errors together are at most half of what the sample may still have."""
        order = np.argsort(off, kind="stable")
        right = np.zeros(len(off), bool)
        right[order] = np.cumsum(off[order]) <= self._tolerance[sample] / 2
        if self.steps[sample] + 2 * NODES * int((~right).sum()) > MOST_STEPS:
            right[:] = True
        self._tolerance[sample] -= min(float(off[right].sum()), self._tolerance[sample])
        return right

    def _integrals(self, pieces: _Pieces) -> tuple[list[np.ndarray], np.ndarray]:
        """What each number adds along each piece, and the score in the middle of each."""
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        # The middle is evaluated too, for the case that the piece is halved; it has no weight.
        places, shares = np.append((nodes + 1) / 2, 0.5), np.append(weights / 2, 0.0)
        width = pieces.right - pieces.left
        along = (pieces.left[:, None] + width[:, None] * places).ravel()
        share = (width[:, None] * shares).ravel()
        piece = np.repeat(np.arange(len(width)), len(places))
        sums = [np.zeros((len(width), *way.shape[1:])) for way in self._ways]
        scores = np.zeros(len(along))
        for first in range(0, len(along), MOST_ROWS):
            rows = slice(first, first + MOST_ROWS)
            scores[rows], slopes = self._evaluate(pieces.sample[piece[rows]], along[rows])
            for total, slope in zip(sums, slopes, strict=True):
                np.add.at(total, piece[rows], _stretched(share[rows], slope) * slope)
        for total, way in zip(sums, self._ways, strict=True):
            total *= way[pieces.sample]
        return sums, scores.reshape(len(width), -1)[:, -1]

    def _evaluate(self, samples: np.ndarray, along: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """Scores and gradients at places along the ways of some samples."""
        if not len(samples):
            return np.zeros(0), []
        places = [
            (start[samples] + _stretched(along, way) * way[samples]).astype(start.dtype)
            for start, way in zip(self._starts, self._ways, strict=True)
        ]
        return self._score.backward(samples, places, self._seeds[samples])

    def _judge(self) -> None:
        """Compare what all numbers add with the difference of the scores."""
        gained = sum(values.reshape(len(values), -1).sum(axis=1) for values in self.attributed)
        wanted = self._at_end - self._at_start
        off = np.abs(gained - wanted)
        self.error = np.where(wanted != 0, off / np.where(wanted != 0, np.abs(wanted), 1), off > self._rounding)
        self.complete = off <= COMPLETE * np.abs(wanted) + self._rounding
        self.attributed = [values.astype(np.float32) for values in self.attributed]


def _stretched(numbers: np.ndarray, like: np.ndarray) -> np.ndarray:
    """One number per row, with axes of size 1 for the others."""
    return numbers.reshape(-1, *[1] * (like.ndim - 1))
