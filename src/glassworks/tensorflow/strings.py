"""`tf.strings`: functions of texts, on a text of Python or an array of them, as `standardize` of `TextVectorization` gets it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from glassworks import tensorflow_names

Text: TypeAlias = str | bytes | np.ndarray | Sequence["Text"]
"""A text, or an array or nested list of texts."""


def _each(function: Callable[[str], object], input: Text) -> np.ndarray | object:
    """The results for each text, in the shape of the input."""
    if isinstance(input, (str, bytes)):
        return function(_decoded(input))
    texts = np.asarray(input)
    results = [function(_decoded(text)) for text in texts.reshape(-1)]
    array = np.array(results) if results and not isinstance(results[0], list) else np.empty(len(results), object)
    if array.dtype == object:
        array[:] = results
    return array.reshape(texts.shape)


def _decoded(text: str | bytes) -> str:
    return text.decode() if isinstance(text, bytes) else str(text)


def lower(input: Text, encoding: str = "", name: str | None = None) -> object:
    """Texts in lower case.

    >>> lower(["AB", "c"])
    array(['ab', 'c'], dtype='<U2')
    """
    return _each(str.lower, input)


def upper(input: Text, encoding: str = "", name: str | None = None) -> object:
    """Texts in upper case.

    >>> upper("ab")
    'AB'
    """
    return _each(str.upper, input)


def strip(input: Text, name: str | None = None) -> object:
    """Texts without white space at their ends.

    >>> strip(" ab ")
    'ab'
    """
    return _each(str.strip, input)


def regex_replace(input: Text, pattern: str, rewrite: str, replace_global: bool = True, name: str | None = None) -> object:
    """Texts in which what matches a pattern is replaced.

    >>> regex_replace("a<br />b", "<br />", " ")
    'a b'
    """
    return _each(lambda text: re.sub(pattern, rewrite, text, count=0 if replace_global else 1), input)


def regex_full_match(input: Text, pattern: str, name: str | None = None) -> object:
    """Whether texts match a pattern from their beginning to their end.

    >>> regex_full_match("abc", "a.*")
    True
    """
    return _each(lambda text: re.fullmatch(pattern, text) is not None, input)


def split(input: Text, sep: str | None = None, maxsplit: int = -1, name: str | None = None) -> object:
    """The words of texts: a list, or an array of lists.

    >>> split("a b")
    ['a', 'b']
    """
    return _each(lambda text: text.split(sep or None, maxsplit), input)


def length(input: Text, unit: str = "BYTE", name: str | None = None) -> object:
    """The lengths of texts, in bytes or, for unit="UTF8_CHAR", in characters.

    >>> length("für"), length("für", "UTF8_CHAR")
    (4, 3)
    """
    return _each(len if unit == "UTF8_CHAR" else lambda text: len(text.encode()), input)


def substr(input: Text, pos: int, len: int, unit: str = "BYTE", name: str | None = None) -> object:
    """Parts of texts.

    >>> substr("hello", 1, 3)
    'ell'
    """
    return _each(lambda text: text[pos : pos + len], input)


def join(inputs: Sequence[Text], separator: str = "", name: str | None = None) -> object:
    """Texts joined elementwise.

    >>> join(["a", "b"], "-")
    'a-b'
    """
    if all(isinstance(text, (str, bytes)) for text in inputs):
        return separator.join(_decoded(text) for text in inputs)  # type: ignore[arg-type] # texts, as was checked
    columns = np.broadcast_arrays(*(np.asarray(text) for text in inputs))
    joined = [separator.join(map(_decoded, row)) for row in zip(*(column.reshape(-1) for column in columns), strict=True)]
    return np.array(joined).reshape(columns[0].shape)


def to_number(input: Text, out_type: str = "float32", name: str | None = None) -> object:
    """The numbers that texts are.

    >>> to_number(["1", "2.5"])
    array([1. , 2.5], dtype=float32)
    """
    return np.asarray(_each(float, input)).astype(out_type)[()]


def as_string(input: np.ndarray, precision: int = -1, name: str | None = None) -> object:
    """Numbers as texts.

    >>> as_string(7)
    '7'
    """
    numbers = np.asarray(input)
    texts = [str(number) if precision < 0 else f"{number:.{precision}f}" for number in numbers.reshape(-1)]
    return np.array(texts).reshape(numbers.shape) if numbers.ndim else texts[0]


def unicode_split(input: Text, input_encoding: str = "UTF-8", name: str | None = None) -> object:
    """The characters of texts.

    >>> unicode_split("für")
    ['f', 'ü', 'r']
    """
    return _each(list, input)


def reduce_join(inputs: Text, axis: int | None = None, keepdims: bool = False, separator: str = "", name: str | None = None) -> object:
    """All texts of an array, or those along an axis, as one.

    >>> reduce_join(["a", "b"])
    'ab'
    """
    texts = np.asarray(inputs)
    if axis is None:
        return separator.join(map(_decoded, texts.reshape(-1)))
    rows = np.moveaxis(texts, axis, -1)
    joined = [separator.join(map(_decoded, row)) for row in rows.reshape(-1, rows.shape[-1])]
    result = np.array(joined).reshape(rows.shape[:-1])
    return np.expand_dims(result, axis) if keepdims else result[()]


if not TYPE_CHECKING:
    __getattr__ = tensorflow_names.module_getattr("strings")
