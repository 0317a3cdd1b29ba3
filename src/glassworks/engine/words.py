"""Words of texts, split at whitespace, counted and looked up: in the compiled core, if it was built, else in Python with the same results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain, repeat
from typing import Any, NamedTuple

import numpy as np

from glassworks.engine.native.core import native

# Texts whose words exist as Python objects at the same time: few enough that the objects stay in the cache.
_AT_ONCE = 32


class Cleaning(NamedTuple):
    """What becomes of the bytes of a text before it is split, as in `bytes.translate`.

    >>> Cleaning(dropped=b".!").words(b"Stop. Go!")
    [b'Stop', b'Go']
    """

    table: bytes = bytes(range(256))
    dropped: bytes = b""

    def words(self, text: bytes) -> list[bytes]:
        """The words of a text."""
        return text.translate(self.table, self.dropped).split()


def count_words(texts: Sequence[bytes], cleaning: Cleaning) -> tuple[dict[bytes, int], dict[bytes, int]]:
    """How often each word comes in texts, and in how many of them.

    >>> count_words([b"a b a", b"a"], Cleaning())
    ({b'a': 3, b'b': 1}, {b'a': 2, b'b': 1})
    """
    if native is None:
        return _count_in_python(texts, cleaning)
    table = native.WordTable()
    table.count(*_end_to_end(texts), *cleaning)
    words = table.words().split()
    counts, texts_with = np.empty((2, len(words)), np.int64)
    table.counts(counts, texts_with)
    return dict(zip(words, counts.tolist(), strict=True)), dict(zip(words, texts_with.tolist(), strict=True))


def _count_in_python(texts: Sequence[bytes], cleaning: Cleaning) -> tuple[dict[bytes, int], dict[bytes, int]]:
    counts: Counter[bytes] = Counter()
    texts_with: Counter[bytes] = Counter()
    for text in texts:
        words = cleaning.words(text)
        counts.update(words)
        # In the order in which they came, as in the compiled code.
        texts_with.update(dict.fromkeys(words).keys())
    return dict(counts), dict(texts_with)


class WordNumbers:
    """The numbers of the words of a vocabulary, from 0 on.

    Args:
        words: The vocabulary, each word once.

    >>> WordNumbers([b"cat", b"dog"]).of([b"dog cow", b"cat"], Cleaning())
    (array([ 1, -1,  0]), array([2, 1]))
    """

    def __init__(self, words: Sequence[bytes]) -> None:
        self._words = words
        self._numbers: dict[bytes, int] = {}
        if native is None:
            self._numbers.update(zip(words, range(len(words)), strict=True))
        else:
            self._table = native.WordTable()
            self._table.add(*_end_to_end(words))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._words,)

    def of(self, texts: Sequence[bytes], cleaning: Cleaning) -> tuple[np.ndarray, np.ndarray]:
        """The numbers of the words of texts, flat, with -1 for unknown words; and how many words each text has."""
        lengths = np.empty(len(texts), np.int64)
        if native is None:
            return self._of_in_python(texts, cleaning, lengths), lengths
        joined, ends = _end_to_end(texts)
        numbers = np.empty((len(joined) + len(texts)) // 2, np.int64)
        count = self._table.look_up(joined, ends, *cleaning, numbers, lengths)
        return numbers[:count].copy(), lengths

    def _of_in_python(self, texts: Sequence[bytes], cleaning: Cleaning, lengths: np.ndarray) -> np.ndarray:
        parts = [np.empty(0, np.int64)]
        for start in range(0, len(texts), _AT_ONCE):
            split = list(map(cleaning.words, texts[start : start + _AT_ONCE]))
            lengths[start : start + _AT_ONCE] = list(map(len, split))
            found = map(self._numbers.get, chain.from_iterable(split), repeat(-1))
            parts.append(np.fromiter(found, np.int64))
        return np.concatenate(parts)


def _end_to_end(texts: Sequence[bytes]) -> tuple[bytes, np.ndarray]:
    """Texts end to end, and the place where each ends."""
    return b"".join(texts), np.fromiter(map(len, texts), np.int64, len(texts)).cumsum()
