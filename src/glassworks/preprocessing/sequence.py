"""Sequences: `pad_sequences`, windows of time series, and pairs of words for skip-gram models, in the form of Keras 2."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.errors import ArgumentError, ArgumentTypeError
from glassworks.training.data.py_dataset import PyDataset
from glassworks.typing import ArrayLike
from glassworks.utils.sequences import pad_sequences as pad_sequences


class TimeseriesGenerator(PyDataset):
    """Batches of windows of a time series, each with the target that follows it. New code uses `utils.timeseries_dataset_from_array`.

    Args:
        data: The series, one step a row.
        targets: A target for each step.
        length: The number of steps that a window spans.
        sampling_rate: Every how many steps of the window one is taken.
        stride: How many steps lie between a window and the next one.
        start_index, end_index: The first and the last step to use; up to the last of the series if None.
        shuffle: Whether windows are drawn at random.
        reverse: Whether windows run backwards in time.
        batch_size: Windows in a batch.
        **kwargs: For `PyDataset`: `workers`, `use_multiprocessing`, `max_queue_size`.

    Raises:
        ArgumentError: `data` and `targets` differ in length, or no window fits.

    >>> windows = TimeseriesGenerator([[0], [1], [2], [3], [4]], [0, 1, 2, 3, 4], length=2, batch_size=2)
    >>> [(x[..., 0].tolist(), y.tolist()) for x, y in windows]
    [([[0, 1], [1, 2]], [2, 3]), ([[2, 3]], [4])]
    """

    def __init__(
        self,
        data: np.ndarray | Sequence[Any],
        targets: np.ndarray | Sequence[Any],
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        where = "sequence.TimeseriesGenerator"
        if len(data) != len(targets):
            lengths = f"data has {len(data)} steps, targets {len(targets)}"
            raise ArgumentError(lengths, "the same length", "pass one target for each step", where=where)
        self.data, self.targets, self.length = data, targets, length
        self.sampling_rate, self.stride, self.batch_size = sampling_rate, stride, batch_size
        self.start_index, self.end_index = start_index + length, len(data) - 1 if end_index is None else end_index
        self.shuffle, self.reverse = shuffle, reverse
        if self.start_index > self.end_index:
            bounds = f"start_index + length = {self.start_index}, end_index = {self.end_index}"
            raise ArgumentError(bounds, "at least one window", f"pass a length below {self.end_index - start_index + 1}", where=where)

    def __len__(self) -> int:
        steps = self.batch_size * self.stride
        return (self.end_index - self.start_index + steps) // steps

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            rows = np.arange(first, min(first + self.batch_size * self.stride, self.end_index + 1), self.stride)
        samples = np.array([self.data[row - self.length : row : self.sampling_rate] for row in rows])
        return (samples[:, ::-1] if self.reverse else samples), np.array([self.targets[row] for row in rows])

    def get_config(self) -> dict[str, Any]:
        """The arguments, with the series and its targets as JSON. As in Keras, `start_index` is that of the first target."""
        names = ("length", "sampling_rate", "stride", "start_index", "end_index", "shuffle", "reverse", "batch_size")
        base = {name: getattr(self, name) for name in ("workers", "use_multiprocessing", "max_queue_size")}
        return (
            base
            | {name: _as_json(getattr(self, name), name) for name in ("data", "targets")}
            | {name: getattr(self, name) for name in names}
        )

    def to_json(self, **kwargs: Any) -> str:
        """The generator as JSON.

        Args:
            **kwargs: For `json.dumps`.
        """
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def _as_json(values: object, name: str) -> str:
    try:
        return json.dumps(values.tolist() if isinstance(values, np.ndarray) else values)
    except TypeError as error:
        fix = f"pass {name} as an array or a list of numbers"
        raise ArgumentTypeError(f"{name} of type {type(values).__name__}", "values that JSON can hold", fix, where="get_config") from error


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    """For each rank of a word by frequency, the probability to use the word in `skipgrams`: frequent words are used less often.

    Frequencies are those of Zipf's law; the probability is that of word2vec (Mikolov et al., 2013), at most 1.

    Args:
        size: The number of words.
        sampling_factor: The frequency from which on words are used less often.

    >>> make_sampling_table(4).round(5)
    array([0.00315, 0.00315, 0.00548, 0.00742])
    """
    rank = np.arange(size)
    rank[:1] = 1
    # The reciprocal of the harmonic numbers' approximation: 1 / frequency = rank * (log(rank) + gamma) + 1/2 - 1 / (12 * rank).
    inverse_frequency = rank * (np.log(rank) + 0.577) + 0.5 - 1 / (12 * rank)
    return np.minimum(1.0, np.sqrt(sampling_factor * inverse_frequency))


def skipgrams(
    sequence: Sequence[int],
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: ArrayLike | None = None,
    seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """Pairs of words: those that are near to each other with the label 1, and random ones with the label 0.

    Args:
        sequence: The numbers of the words of a text; 0 stands for a gap, not for a word.
        vocabulary_size: The largest number of a word, plus 1.
        window_size: How far from a word its neighbours are taken.
        negative_samples: Random pairs for each pair of neighbours.
        shuffle: Whether to shuffle the pairs.
        categorical: Labels `[0, 1]` and `[1, 0]` in place of 1 and 0.
        sampling_table: For each number the probability to use the word; see `make_sampling_table`.
        seed: The seed of the order; Python's generator `random` draws everything.

    Returns:
        Pairs, and their labels.

    >>> skipgrams([1, 2, 3], 4, window_size=1, negative_samples=0, shuffle=False)
    ([[1, 2], [2, 1], [2, 3], [3, 2]], [1, 1, 1, 1])
    """
    table = None if sampling_table is None else np.asarray(sampling_table)
    couples: list[list[int]] = []
    for place, word in enumerate(sequence):
        if word and (table is None or table[word] >= random.random()):
            near = (*sequence[max(0, place - window_size) : place], *sequence[place + 1 : place + window_size + 1])
            couples += [[word, other] for other in near if other]
    labels: list[Any] = [[0, 1] if categorical else 1] * len(couples)
    if negative_samples > 0:
        count = int(len(labels) * negative_samples)
        words = [word for word, _ in couples]
        random.shuffle(words)
        couples += [[words[i % len(words)], random.randint(1, vocabulary_size - 1)] for i in range(count)]
        labels += [[1, 0] if categorical else 0] * count
    if shuffle:
        seed = random.randint(0, 10_000_000) if seed is None else seed
        for values in (couples, labels):
            random.seed(seed)
            random.shuffle(values)
    return couples, labels
