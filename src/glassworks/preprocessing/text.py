"""Texts as numbers, in the form of Keras 2: `Tokenizer` and its functions. New code uses `layers.TextVectorization`."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from glassworks.arguments import OneOf, check
from glassworks.errors import ArgumentTypeError, StateError, warn

_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
_MODES = OneOf("binary", "count", "tfidf", "freq")
_TABLES = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")


def text_to_word_sequence(input_text: str, filters: str = _FILTERS, lower: bool = True, split: str = " ") -> list[str]:
    """The words of a text.

    Args:
        input_text: The text.
        filters: Characters that separate words, as `split` does.
        lower: Whether to convert to lower case.
        split: The separator of words.

    >>> text_to_word_sequence("The cat, the hat!")
    ['the', 'cat', 'the', 'hat']
    """
    text = input_text.lower() if lower else input_text
    separators: dict[str, str | int | None] = dict.fromkeys(filters, split)
    return [word for word in text.translate(str.maketrans(separators)).split(split) if word]


def hashing_trick(
    text: str,
    n: int,
    hash_function: Callable[[str], int] | str | None = None,
    filters: str = _FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Iterable[str]] | None = None,
) -> list[int]:
    """The words of a text as numbers from 1 to n - 1, by a hash; two words may have the same number.

    Args:
        text: The text.
        n: The size of the vocabulary.
        hash_function: "md5", or a function from a word to an integer. Python's `hash` if None, which differs between processes.
        filters, lower, split: See `text_to_word_sequence`.
        analyzer: A function from the text to its words, in place of `text_to_word_sequence`.

    >>> hashing_trick("the cat the hat", 10, hash_function="md5")
    [6, 3, 6, 6]
    """
    number_of = _md5 if hash_function == "md5" else hash if hash_function is None else hash_function
    if not callable(number_of):
        fix = 'pass hash_function="md5"'
        raise ArgumentTypeError(f"hash_function={hash_function!r}", '"md5", a function or None', fix, where="text.hashing_trick")
    words = text_to_word_sequence(text, filters, lower, split) if analyzer is None else analyzer(text)
    return [number_of(word) % (n - 1) + 1 for word in words]


def _md5(word: str) -> int:
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


def one_hot(
    input_text: str,
    n: int,
    filters: str = _FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Iterable[str]] | None = None,
) -> list[int]:
    """The words of a text as numbers from 1 to n - 1, by Python's `hash`, which differs between processes; see `hashing_trick`.

    >>> len(one_hot("the cat the hat", 10))
    4
    """
    return hashing_trick(input_text, n, hash, filters, lower, split, analyzer)


class Tokenizer:
    """Texts as lists of numbers or as rows of a matrix: a word's number is its rank by frequency, from 1.

    Args:
        num_words: Only words with smaller numbers are used; all if None.
        filters, lower, split: See `text_to_word_sequence`.
        char_level: Whether each character is a word.
        oov_token: The word, with the number 1, that stands for words that are not in the vocabulary; None leaves them out.
        analyzer: A function from a text to its words, in place of `text_to_word_sequence`.
        **kwargs: `document_count`, the number of texts so far; `nb_words`, the oldest name of `num_words`.

    Attributes:
        word_index: Word -> number.
        index_word: Number -> word.
        word_counts: Word -> how often it came.
        word_docs: Word -> in how many texts it came.
        index_docs: Number -> in how many texts its word came.
        document_count: The number of texts.

    >>> tokenizer = Tokenizer(oov_token="<OOV>")
    >>> tokenizer.fit_on_texts(["The cat sat.", "The hat"])
    >>> tokenizer.word_index
    {'<OOV>': 1, 'the': 2, 'cat': 3, 'sat': 4, 'hat': 5}
    >>> tokenizer.texts_to_sequences(["the dog sat"])
    [[2, 1, 4]]
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = _FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        analyzer: Callable[[str], Iterable[str]] | None = None,
        **kwargs: Any,
    ) -> None:
        if "nb_words" in kwargs:
            warn("Tokenizer: write num_words, the new name of nb_words")
            num_words = kwargs.pop("nb_words")
        self.document_count: int = kwargs.pop("document_count", 0)
        if kwargs:
            unknown = ", ".join(kwargs)
            raise ArgumentTypeError(f"argument {unknown}", "an argument of Tokenizer", "look at its signature", where="text.Tokenizer")
        self.num_words, self.filters, self.lower, self.split = num_words, filters, lower, split
        self.char_level, self.oov_token, self.analyzer = char_level, oov_token, analyzer
        self.word_counts: dict[str, int] = {}
        self.word_docs: dict[str, int] = defaultdict(int)
        self.index_docs: dict[int, int] = defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    def _words(self, text: str | list[str]) -> Iterable[str]:
        if isinstance(text, list):
            return [word.lower() for word in text] if self.lower else text
        if self.char_level:
            return text.lower() if self.lower else text
        return self.analyzer(text) if self.analyzer else text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts: Iterable[str | list[str]]) -> None:
        """Count the words of some texts, and number them from the most frequent one.

        Args:
            texts: Texts, or lists of words.
        """
        for text in texts:
            self.document_count += 1
            words = list(self._words(text))
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] = self.word_docs.get(word, 0) + 1
        ranked = sorted(self.word_counts, key=lambda word: -self.word_counts[word])
        vocabulary = ranked if self.oov_token is None else [self.oov_token, *ranked]
        self.word_index = {word: number for number, word in enumerate(vocabulary, 1)}
        self.index_word = {number: word for word, number in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Sequence[Sequence[int]]) -> None:
        """Count in how many sequences each number comes, for `sequences_to_matrix` without texts."""
        self.document_count += len(sequences)
        for sequence in sequences:
            for number in set(sequence):
                self.index_docs[number] = self.index_docs.get(number, 0) + 1

    def texts_to_sequences(self, texts: Iterable[str | list[str]]) -> list[list[int]]:
        """Each text as a list of the numbers of its words; unknown and rare words are left out, or the number of `oov_token`."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[str | list[str]]) -> Iterator[list[int]]:
        """Like `texts_to_sequences`, one text after the other."""
        unknown = None if self.oov_token is None else self.word_index.get(self.oov_token)
        for text in texts:
            numbers = (self.word_index.get(word) for word in self._words(text))
            used = (number if number is not None and self._is_used(number) else unknown for number in numbers)
            yield [number for number in used if number is not None]

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Each list of numbers as a text: its words with spaces between them."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Iterable[int]]) -> Iterator[str]:
        """Like `sequences_to_texts`, one sequence after the other."""
        unknown = self.oov_token if self.oov_token in self.word_index else None
        for sequence in sequences:
            words = (self.index_word.get(number) if self._is_used(number) else None for number in sequence)
            used = (unknown if word is None else word for word in words)
            yield " ".join(word for word in used if word is not None)

    def _is_used(self, number: int) -> bool:
        return not self.num_words or number < self.num_words

    def texts_to_matrix(self, texts: Iterable[str | list[str]], mode: str = "binary") -> np.ndarray:
        """Each text as a row with a column for each word; see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode=mode)

    def sequences_to_matrix(self, sequences: Sequence[Sequence[int]], mode: str = "binary") -> np.ndarray:
        """Each list of numbers as a row with a column for each word.

        Args:
            sequences: Lists of numbers.
            mode: What a column holds: "binary" (whether the word comes), "count", "freq" (the count divided by the length), or "tfidf"
                (the logarithm of the count, times the logarithm of how rare the word is among the texts).

        Raises:
            StateError: The number of words is not known, or that of texts, which "tfidf" needs.
        """
        where = "Tokenizer.sequences_to_matrix"
        check(where, {"mode": _MODES}, mode=mode)
        if not self.num_words and not self.word_index:
            fix = "call fit_on_texts(texts) first, or pass num_words"
            raise StateError("a Tokenizer without words", "num_words, or a vocabulary", fix, where=where)
        if mode == "tfidf" and not self.document_count:
            fix = "call fit_on_texts(texts) or fit_on_sequences(sequences) first"
            raise StateError("a Tokenizer that has seen no texts", "texts, for their number", fix, where=where)
        columns = self.num_words or len(self.word_index) + 1
        matrix = np.zeros((len(sequences), columns))
        for row, sequence in zip(matrix, sequences, strict=True):
            for number, count in Counter(number for number in sequence if number < columns).items():
                row[number] = self._entry(number, count, len(sequence), mode)
        return matrix

    def _entry(self, number: int, count: int, length: int, mode: str) -> float:
        if mode == "tfidf":
            return (1 + math.log(count)) * math.log(1 + self.document_count / (1 + self.index_docs.get(number, 0)))
        return {"binary": 1, "count": count, "freq": count / length}[mode]

    def get_config(self) -> dict[str, Any]:
        """The arguments, and the counts as JSON."""
        names = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")
        return {name: getattr(self, name) for name in names} | {name: json.dumps(getattr(self, name)) for name in _TABLES}

    def to_json(self, **kwargs: Any) -> str:
        """The tokenizer as JSON, which `tokenizer_from_json` reads.

        Args:
            **kwargs: For `json.dumps`.
        """
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """The tokenizer that `to_json` wrote, here or in Keras.

    >>> tokenizer = Tokenizer()
    >>> tokenizer.fit_on_texts(["the cat"])
    >>> tokenizer_from_json(tokenizer.to_json()).texts_to_sequences(["cat"])
    [[2]]
    """
    config = dict(json.loads(json_string)["config"])
    tables = {name: json.loads(config.pop(name)) for name in _TABLES}
    tokenizer = Tokenizer(**config)
    tokenizer.word_counts, tokenizer.word_docs, tokenizer.word_index = (tables[name] for name in ("word_counts", "word_docs", "word_index"))
    tokenizer.index_docs = {int(number): count for number, count in tables["index_docs"].items()}
    tokenizer.index_word = {int(number): word for number, word in tables["index_word"].items()}
    return tokenizer
