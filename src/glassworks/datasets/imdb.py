"""IMDB: 50,000 film reviews as word numbers, with whether they are positive (Maas et al., 2011)."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks.datasets import words
from glassworks.datasets.arrays import PARTS, Split, read_npz
from glassworks.datasets.files import STORAGE, get_file
from glassworks.errors import ArgumentError, suggest


def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
    **kwargs: Any,
) -> Split:
    """IMDB, downloaded once into Keras's cache.

    Args:
        path: The file's name in the cache.
        num_words: The number of the most frequent words to keep.
        skip_top: The number of the most frequent words to leave out.
        maxlen: Leave out reviews with this number of words or more.
        seed: The seed of the order.
        start_char: The number that starts each review.
        oov_char: The number that replaces words that are left out.
        index_from: The number of the most frequent word, less one.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: object arrays of lists of word numbers, and labels 0 and 1.
    """
    if kwargs:
        known = ["path", "num_words", "skip_top", "maxlen", "seed", "start_char", "oov_char", "index_from"]
        name = next(iter(kwargs))
        raise ArgumentError(f"argument {name!r}", "an argument of load_data", suggest(name, known), where="datasets.imdb.load_data")
    digest = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
    data = read_npz(get_file(path, origin=STORAGE + "imdb.npz", file_hash=digest), "datasets.imdb.load_data", PARTS, lists=True)
    rng = np.random.RandomState(seed)
    parts = [words.shuffled(data[f"x_{part}"], data[f"y_{part}"], rng) for part in ("train", "test")]
    kept = [words.short_enough(words.marked(x, start_char, index_from), y, maxlen) for x, y in parts]
    (x_train, y_train), (x_test, y_test) = kept
    texts = words.limited(x_train + x_test, num_words, skip_top, oov_char)
    return (words.as_objects(texts[: len(x_train)]), y_train), (words.as_objects(texts[len(x_train) :]), y_test)


def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """Word -> number, the most frequent word first."""
    return words.index(path, STORAGE + "imdb_word_index.json", "bfafd718b763782e994055a2d397834f")
