"""Checks for single columns of a table: constant ones, numbers of rows, and columns that give the answer away."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from glassworks.checks import Finding, Severity
from glassworks.training.data.convert import is_on_disk
from glassworks.training.diagnosis.evidence import Evidence, Output, some_rows
from glassworks.training.diagnosis.registry import looks_for
from glassworks.training.diagnosis.targets import QUANTITIES, class_numbers

WIDEST = 64
"""An array with more columns than this holds pixels, counts of words or the like, rather than the columns of a table."""
FEWEST = 100
"""Fewer rows than this say nothing about a column."""
TELLING = 0.98
"""The correlation, and the area under the ROC curve, of a column that alone gives the answer."""
EXACT = 0.999
"""Quantities correlate as strongly as `TELLING` with their own last value, as in forecasts; not as strongly as this."""
_ROWS = 2048
_DENSE = 1.5
_NAMES_OF_IDS = re.compile(r"(^|[_ ])(id|uuid|guid|index|row|rownumber|rowid|unnamed: 0)$|[a-z]Id$|ID$", re.IGNORECASE)


@looks_for("constant_columns")
def constant_columns(evidence: Evidence) -> Finding | None:
    """A finding if inputs, or columns of a table, never vary."""
    constant = [name for name, array in evidence.x.items() if _is_constant(evidence, array)]
    if constant and len(constant) == len(evidence.x):
        array = evidence.x[constant[0]]
        number = array.reshape(-1)[0]
        return Finding(
            "constant_columns",
            evidence.where,
            f"every number of {' and '.join(constant)} is {number:g}, in all {len(array):,} rows",
            "inputs that differ from row to row",
            "look at how x was made: dividing integers rounds to 0 (x // 255); write x = x.astype('float32') / 255",
            why="all samples look the same to the model, so that it can only learn the mean of the targets",
            severity="error",
            value=1.0,
            threshold=1.0,
        )
    for name, array in _tables(evidence):
        if name in evidence.looked_up:
            continue  # tokens: each text that a decoder reads begins with the same one
        rows = evidence.sample(array)
        places = [int(i) for i in np.flatnonzero((rows == rows[0]).all(axis=0)) if _is_constant_column(array, i)]
        if evidence.columns is None:
            # Pixels that are background in all images.
            places = [i for i in places if array[0, i] != array.min()]
        if not places:
            continue
        # A column of ones is a bias, and one of zeros a category that does not occur.
        odd = [i for i in places if array[0, i] not in (0, 1)]
        severity: Severity = "warning" if odd else "info"
        shown = ", ".join(f"{_label(evidence, name, i)} (always {array[0, i]:g})" for i in (odd or places)[:4])
        others = f" and {len(places) - 4} more" if len(places) > 4 else ""
        keep = "keep = np.ptp(x, axis=0) > 0; x, x_validation = x[:, keep], x_validation[:, keep]"
        if evidence.columns is not None:
            keep = f"x, x_validation = (part.drop(columns={[evidence.columns[i] for i in places]}) for part in (x, x_validation))"
        return Finding(
            "constant_columns",
            evidence.where,
            f"{len(places)} of {array.shape[1]} columns of {name} never vary: {shown}{others}",
            "columns that differ from row to row",
            f"{keep}; and look at how they were made",
            why="a column without variation tells the model nothing, and is often the sign of a failed join or conversion",
            severity=severity,
            value=float(len(places)),
            threshold=0.0,
        )
    return None


def _is_constant(evidence: Evidence, array: np.ndarray) -> bool:
    """Whether all numbers of an input are the same, in at least `FEWEST` rows."""
    if len(array) < FEWEST or array.ndim < 2 or not evidence.is_whole or is_on_disk(array):
        return False
    first = array.reshape(-1)[0]
    if not (evidence.sample(array) == first).all():
        return False
    return all((array[start : start + 4096] == first).all() for start in range(0, len(array), 4096))


def _is_constant_column(array: np.ndarray, column: np.integer) -> bool:
    return bool((array[:, column] == array[0, column]).all())


def _tables(evidence: Evidence) -> Iterator[tuple[str, np.ndarray]]:
    """The inputs that are tables of at least two columns and `FEWEST` rows, in memory."""
    for name, array in evidence.x.items():
        if evidence.is_whole and array.ndim == 2 and 2 <= array.shape[1] <= WIDEST and len(array) >= FEWEST and not is_on_disk(array):
            yield name, array


def _label(evidence: Evidence, name: str, column: int) -> str:
    """A column in words: by its name in the DataFrame, or by its number."""
    names = evidence.columns
    return f"column {names[column]!r}" if names is not None and column < len(names) else f"column {column} of {name}"


def _without(evidence: Evidence, column: int) -> str:
    """Code that drops a column from the inputs."""
    names = evidence.columns
    if names is not None and column < len(names):
        return f"x, x_validation = (part.drop(columns=[{names[column]!r}]) for part in (x, x_validation))"
    return f"x, x_validation = (np.delete(part, {column}, axis=1) for part in (x, x_validation))"


@looks_for("id_column")
def id_column(evidence: Evidence) -> Finding | None:
    """A finding if a column numbers the rows: different integers in a range not much larger than the number of rows."""
    for name, array in _tables(evidence):
        if name in evidence.looked_up:
            continue
        rows = evidence.sample(array)
        for column in np.flatnonzero((rows == np.floor(rows)).all(axis=0)):
            values = rows[:, column]
            span = values.max() - values.min() + 1
            named = evidence.columns is not None and column < len(evidence.columns) and _NAMES_OF_IDS.search(evidence.columns[column])
            if len(np.unique(values)) < len(values) or not (named or span <= _DENSE * len(array)):
                continue
            if not _all_differ(array[:, column]):
                continue
            return Finding(
                "id_column",
                evidence.where,
                f"{_label(evidence, name, int(column))} has a different integer in each of the {len(array):,} rows, from {values.min():.0f} "
                f"to {values.max():.0f}: it numbers the rows",
                "columns that say something about a sample, and not which one it is",
                f"leave it out, with one input less: {_without(evidence, int(column))}",
                why="the number of a row means nothing for new rows; the model can only use it to remember the order of the training data",
                value=float(len(array)),
                threshold=float(len(array)),
            )
    return None


def _all_differ(column: np.ndarray) -> bool:
    """Whether no integer occurs twice."""
    numbers = column.astype(np.int64)
    low, high = int(numbers.min()), int(numbers.max())
    if (column != numbers).any():
        return False
    if high - low > 4 * len(column):
        return len(np.unique(numbers)) == len(numbers)
    seen = np.zeros(high - low + 1, bool)
    seen[numbers - low] = True
    return int(seen.sum()) == len(numbers)


@looks_for("leaking_column")
def leaking_column(evidence: Evidence) -> Finding | None:
    """A finding if one column alone gives the targets."""
    for output in evidence.outputs:
        answers = _answers(output)
        for name, array in _tables(evidence):
            if answers is None or len(array) != len(output.target):
                continue
            chosen = some_rows(len(array), _ROWS)
            table, y = np.asarray(array[chosen], np.float64), answers[chosen].astype(np.float64)
            strength, measure = _strengths(table, y, output.function in QUANTITIES)
            column = int(strength.argmax())
            if not strength[column] > TELLING:
                continue
            exact = measure == "correlation" and (output.function not in QUANTITIES or strength[column] > EXACT)
            return Finding(
                "leaking_column",
                evidence.where,
                f"{_label(evidence, name, column)} alone gives the targets of '{output.name}': {measure} {strength[column]:.4f} (threshold {TELLING})",
                "columns that are known before the answer is, and that give only a part of it",
                f"if it was measured after the answer, or made from it, leave it out: {_without(evidence, column)}",
                why="where the answer is not known yet this column is not known either, and the model has learned nothing else",
                severity="warning" if exact else "info",
                value=float(strength[column]),
                threshold=TELLING,
            )
    return None


def _answers(output: Output) -> np.ndarray | None:
    """One target per row: a quantity or a class number."""
    if output.function in QUANTITIES:
        y = output.target
        return y.reshape(-1) if y.dtype.kind in "biuf" and y.size == len(y) else None
    labels = class_numbers(output)
    return labels if labels is not None and labels.ndim == 1 else None


def _strengths(table: np.ndarray, y: np.ndarray, is_quantity: bool) -> tuple[np.ndarray, str]:
    """How well each column alone gives the targets, from 0 to 1, and the name of the measure.

    Quantities: the correlation. Classes: the square root of the share of variance between the classes (for two classes the same as the
    correlation), and for two classes the area under the ROC curve where that alone exceeds the threshold.
    """
    if not np.isfinite(table).all() or not np.isfinite(y).all():
        return np.zeros(table.shape[1]), "correlation"
    centred = table - table.mean(axis=0)
    total = np.square(centred).sum(axis=0)
    varies = total > 1e-12 * (1 + np.square(table).sum(axis=0))
    safe = np.where(varies, total, 1.0)
    if is_quantity:
        deviation = y - y.mean()
        correlation = np.abs(deviation @ centred) / np.sqrt(safe * max(float(deviation @ deviation), 1e-30))
        return np.where(varies, correlation, 0.0), "correlation"
    classes = np.unique(y)
    # As many classes as rows would give every column away.
    if not 2 <= len(classes) <= max(2, len(y) // 20):
        return np.zeros(table.shape[1]), "correlation"
    between = sum(np.square(centred[y == c].sum(axis=0)) / max(int((y == c).sum()), 1) for c in classes)
    strength = np.where(varies, np.sqrt(between / safe), 0.0)
    if len(classes) > 2 or strength.max(initial=0.0) > TELLING:
        return strength, "correlation"
    # A column with this area correlates by more than a half, unless it has a few very large numbers.
    areas = np.array([_area(table[:, i], y == classes[1]) if strength[i] > 0.5 else 0.0 for i in range(table.shape[1])])
    return areas, "area under the ROC curve"


def _area(column: np.ndarray, positive: np.ndarray) -> float:
    """The area under the ROC curve of a column as a score, in the better direction (Mann-Whitney)."""
    _, inverse, counts = np.unique(column, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    ones = int(positive.sum())
    zeros = len(column) - ones
    if min(ones, zeros) < 10:
        return 0.0
    area = (ranks[positive].sum() - ones * (ones + 1) / 2) / (ones * zeros)
    return float(max(area, 1 - area))
