"""From numbers at the points of the graph to numbers per input of the model, and what kind of data each input is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks.errors import ArgumentError, StateError
from glassworks.insight.attribution.program import Score
from glassworks.insight.attribution.result import Part
from glassworks.insight.attribution.rows import Entry, Rows
from glassworks.layers.text_arrays import TEXT_KINDS

# An array without an axis for channels is an image if it is a square of at least this size.
_LEAST_IMAGE = 8


def parts_of(rows: Rows, score: Score, at_points: Sequence[np.ndarray], names: Sequence[str] | None, where: str) -> list[Part]:
    """What is attributed to each input of the model, given what is attributed to the values at the points."""
    totals: dict[int, np.ndarray] = {}
    embedded: set[int] = set()
    for point, values in zip(score.points, at_points, strict=True):
        entry = rows.entries[point.source]
        summed = _summed(values, entry, rows.names[entry.source], where)
        totals[point.source] = totals.get(point.source, 0) + summed
        if values.ndim > entry.array.ndim:
            embedded.add(point.source)
    parts = []
    for place, given in enumerate(rows.given):
        own = [i for i, entry in enumerate(rows.entries) if entry.source == place]
        if not any(i in totals for i in own):
            values = np.zeros(given.shape, np.float32)
            parts.append(_part(rows, place, values, given, Entry(place, given, None), False, names, where))
            continue
        entry = rows.entries[own[0]]
        values = np.sum([totals[i] for i in own if i in totals], axis=0)
        parts.append(_part(rows, place, values, given, entry, own[0] in embedded, names, where))
    return parts


def _summed(values: np.ndarray, entry: Entry, name: str, where: str) -> np.ndarray:
    """Numbers at a point as numbers of an entry: the vector of each integer is summed."""
    shape = entry.array.shape
    if values.shape[: len(shape)] == shape:
        return values.sum(axis=tuple(range(len(shape), values.ndim)))
    if entry.array[0].size == 1:
        return values.sum(axis=tuple(range(1, values.ndim))).reshape(shape)
    raise StateError(
        f"vectors of shape {values.shape[1:]} that are computed from a part of input '{name}', of shape {shape[1:]}",
        "a vector for each number of the input, so that its sum belongs to the number",
        "give each column of categories an Input of its own",
        where=where,
    )


def _part(
    rows: Rows, place: int, values: np.ndarray, given: np.ndarray, entry: Entry, embedded: bool, names: Sequence[str] | None, where: str
) -> Part:
    name, is_text = rows.names[place], given.dtype.kind in TEXT_KINDS
    if is_text and entry.vocabulary is None and values.shape != given.shape:
        values = values.reshape(len(values), -1).sum(-1).reshape(given.shape)  # a category, whose columns belong together
    if entry.vocabulary is not None and entry.array.dtype.kind in "iu":
        return Part(name, values, given, "tokens", _words(entry.array, entry.vocabulary))
    if entry.vocabulary is not None:
        return Part(name, values, entry.array, "table", entry.vocabulary)
    if values.ndim == 2 and values.shape[1] > 1 and (embedded or is_text):
        labels = [list(map(str, row)) for row in given] if is_text or names is None else _words(given.astype(int), names)
        return Part(name, values, given, "tokens", labels)
    kind = kind_of(values.shape[1:])
    return Part(name, values, given, kind, _columns(rows, name, values, names, where) if kind == "table" else [])


def _words(numbers: np.ndarray, vocabulary: Sequence[str]) -> list[list[str]]:
    """The word of each number; a number without one stands for itself."""
    return [[str(vocabulary[n]) if 0 <= n < len(vocabulary) else str(n) for n in row] for row in numbers]


def kind_of(shape: tuple[int, ...]) -> str:
    """What the numbers of a sample are, by their shape.

    >>> kind_of((28, 28, 1)), kind_of((28, 28)), kind_of((24, 7)), kind_of((14,))
    ('image', 'image', 'series', 'table')
    """
    if len(shape) == 3 and (shape[-1] in (1, 3, 4) or shape[0] in (1, 3, 4)):
        return "image"
    if len(shape) == 2 and shape[0] == shape[1] >= _LEAST_IMAGE:
        return "image"
    return "table" if len(shape) < 2 or max(shape) == 1 else "series"


def _columns(rows: Rows, name: str, values: np.ndarray, names: Sequence[str] | None, where: str) -> list[Any]:
    count = int(np.prod(values.shape[1:]))
    if names is not None and len(rows.given) == 1:
        if len(names) != count:
            raise ArgumentError(
                f"{len(names)} names for {count} columns", "one name per column", "pass names=list(frame.columns)", where=where
            )
        return [str(one) for one in names]
    if count == 1:
        return [name] if len(rows.given) > 1 else list(rows.columns or [name])[:1]
    known = rows.columns if rows.columns is not None and len(rows.columns) == count else None
    return list(known) if known else [f"{name if len(rows.given) > 1 else 'column'} {i}" for i in range(count)]
