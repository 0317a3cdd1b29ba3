"""The format of IMDB and Reuters: texts as lists of word numbers, the most frequent word first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from glassworks.datasets.files import get_file
from glassworks.errors import DataError


def shuffled(x: np.ndarray, y: np.ndarray, rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Texts and labels in one random order."""
    order = np.arange(len(x))
    rng.shuffle(order)
    return x[order], y[order]


def marked(texts: Any, start_char: int | None, index_from: int | None) -> list[list[int]]:
    """Word numbers increased by `index_from`, after a start mark."""
    start = [] if start_char is None else [start_char]
    return [start + [word + (index_from or 0) for word in text] for text in texts]


def short_enough(texts: list[list[int]], labels: np.ndarray, maxlen: int | None) -> tuple[list[list[int]], Any]:
    """The texts with fewer words than `maxlen`."""
    if not maxlen:
        return texts, labels
    kept = [i for i, text in enumerate(texts) if len(text) < maxlen]
    if not kept:
        raise DataError(f"no text with fewer than maxlen={maxlen} words", "at least one", "make maxlen larger", where="datasets")
    return [texts[i] for i in kept], np.asarray(labels)[kept]


def limited(texts: list[list[int]], num_words: int | None, skip_top: int, oov_char: int | None) -> list[list[int]]:
    """Rare words, and the `skip_top` most frequent, replaced by a mark, or left out if there is none."""
    limit = num_words or max(max(text, default=0) for text in texts)
    if oov_char is None:
        return [[word for word in text if skip_top <= word < limit] for text in texts]
    return [[word if skip_top <= word < limit else oov_char for word in text] for text in texts]


def as_objects(texts: list[list[int]]) -> np.ndarray:
    """Lists of different lengths in an array."""
    result = np.empty(len(texts), dtype=object)
    for i, text in enumerate(texts):  # in a single assignment, lists of equal length would become a second axis
        result[i] = text
    return result


def index(path: str, origin: str, digest: str) -> dict[str, int]:
    """Word -> number, from a file of the cache."""
    return json.loads(Path(get_file(path, origin=origin, file_hash=digest)).read_text(encoding="utf-8"))
