"""Checks for equal rows: in training and validation data, and with different labels.

Rows are compared by a number that is made of a few of their columns, those with the same number by one of more columns, and those that are
left by one of all bytes. Of large arrays a sample is read: if a share p of the training rows is in it, a share p of the equal rows is found,
so that what is found is divided by p.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassworks.checks import Finding
from glassworks.training.data.convert import is_on_disk
from glassworks.training.diagnosis.evidence import Evidence, some_rows
from glassworks.training.diagnosis.registry import looks_for
from glassworks.training.diagnosis.targets import class_numbers

FEWEST = 50
"""Fewer rows than this may be equal by chance, or on purpose."""
SHARE = 0.01
LARGE_SHARE = 0.05
FEW_VALUES = 32
"""Columns with at most this many different values are categories; a table of few such columns has equal rows by nature."""
FEW_COLUMNS = 64
COMBINATIONS = 100
"""Up to this many combinations of values per row, equal rows are to be expected."""
_FEW, _SOME = 8, 64
_TRAINING_ROWS, _VALIDATION_ROWS, _CONFLICT_ROWS = 1 << 15, 1 << 12, 1 << 14


@dataclass
class Rows:
    """A sample of the rows of all inputs together.

    Attributes:
        arrays: The inputs by name.
        columns: For each input its columns, those that vary most first.
        places: The rows of the sample.
        keys: A number for each of them, made of a few columns, which is the same for equal rows.
    """

    arrays: dict[str, np.ndarray]
    columns: list[np.ndarray]
    places: np.ndarray
    keys: np.ndarray

    def finer(self, chosen: np.ndarray) -> np.ndarray:
        """A number for each chosen row of the sample, made of more columns."""
        return _keys(self.arrays, self.places[chosen], [columns[:_SOME] for columns in self.columns])

    def exact(self, chosen: np.ndarray) -> np.ndarray:
        """A number for each chosen row of the sample, made of all its bytes."""
        return _keys(self.arrays, self.places[chosen], [slice(None)] * len(self.arrays))


def _sampled(arrays: dict[str, np.ndarray], columns: list[np.ndarray], most: int) -> Rows:
    """A sample of the rows of arrays of the same length."""
    length = len(next(iter(arrays.values())))
    chosen = some_rows(length, most)
    few = [part[: _FEW if len(part) > FEW_COLUMNS else _FEW // 2] for part in columns]
    return Rows(arrays, columns, np.arange(length) if isinstance(chosen, slice) else chosen, _keys(arrays, chosen, few))


def _training_rows(evidence: Evidence) -> Rows:
    """A sample of the training rows, the same for all checks."""
    if evidence.rows is None:
        samples = [evidence.sample(array).reshape(-1, _width(array)) for array in evidence.x.values()]
        columns = [np.argsort(-rows.std(axis=0), kind="stable") for rows in samples]
        evidence.rows = _sampled(evidence.x, columns, _TRAINING_ROWS)
    return evidence.rows


def _width(array: np.ndarray) -> int:
    return int(np.prod(array.shape[1:], dtype=np.int64))


def _keys(arrays: dict[str, np.ndarray], rows: slice | np.ndarray, columns: Sequence[slice | np.ndarray]) -> np.ndarray:
    """A number for each row: the sum of elements as integers, each times an odd number of its own."""
    total: np.ndarray | None = None
    generator = np.random.default_rng(1)
    for array, places in zip(arrays.values(), columns, strict=True):
        unsigned = array.reshape(len(array), _width(array)).view(f"u{array.dtype.itemsize}")
        if isinstance(rows, slice) or isinstance(places, slice):
            few = unsigned[rows, places]
        else:
            few = unsigned[rows[:, None], places]
        odd = generator.integers(1 << 62, size=few.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        keys = few.astype(np.uint64) @ odd
        keys ^= keys >> np.uint64(29)
        total = keys if total is None else total * np.uint64(0x9E3779B97F4A7C15) + keys
    assert total is not None
    return total


@looks_for("duplicate_rows")
def duplicate_rows(evidence: Evidence) -> Finding | None:
    """A finding if rows of the validation data are in the training data as well."""
    pair = _comparable(evidence)
    if pair is None:
        return None
    train = _training_rows(evidence)
    held = _sampled(pair[1], train.columns, _VALIDATION_ROWS)
    part = len(train.keys) / len(next(iter(pair[0].values())))
    count = len(_shared(held, train))
    share = min(count / len(held.keys) / part, 1.0)
    if count < 3 or share <= SHARE or _is_natural(evidence, train, part, share):
        return None
    estimated = "" if part == 1 and len(held.keys) == len(next(iter(pair[1].values()))) else "about "
    return Finding(
        "duplicate_rows",
        evidence.where,
        f"{estimated}{share:.1%} of the validation rows are in the training data as well, bit by bit (threshold {SHARE:.0%})",
        "validation data that the model is not trained on",
        _fix(evidence),
        why="the model can remember these rows, so that the validation numbers are better than on new data",
        severity="error" if share > LARGE_SHARE else "warning",
        value=share,
        threshold=SHARE,
    )


def _fix(evidence: Evidence) -> str:
    """Code that takes equal rows out."""
    if len(evidence.x) > 1:
        return "remove repeated samples before the split, and make copies (oversampling, augmentation) of training samples after it"
    if evidence.is_split:
        return (
            "remove repeated rows before the split: _, first = np.unique(x, axis=0, return_index=True); first = np.sort(first); "
            "x, y = x[first], y[first]; copies (oversampling) are made after the split"
        )
    return (
        "leave them out of the validation data: seen = {row.tobytes() for row in x}; keep = [row.tobytes() not in seen for row in x_validation]; "
        "x_validation, y_validation = x_validation[keep], y_validation[keep]"
    )


def _comparable(evidence: Evidence) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]] | None:
    """The inputs for training and for validation, if rows of them can be compared."""
    ours, theirs = evidence.x, evidence.validation_x
    if not evidence.is_whole or not ours or list(ours) != list(theirs) or evidence.has_text:
        return None
    arrays = [*ours.values(), *theirs.values()]
    if any(is_on_disk(array) or not array.flags.c_contiguous or not array.size for array in arrays):
        return None
    if any(a.shape[1:] != b.shape[1:] or a.dtype != b.dtype for a, b in zip(ours.values(), theirs.values(), strict=True)):
        return None
    lengths = [{len(array) for array in part.values()} for part in (ours, theirs)]
    return (ours, theirs) if all(len(length) == 1 and min(length) >= FEWEST for length in lengths) else None


def _shared(few: Rows, many: Rows) -> np.ndarray:
    """The places in the sample `few` of rows that are in `many` too; rows that are one number throughout, such as blank images, do not count."""
    mask = np.uint64((1 << 20) - 1)
    marks = np.zeros(1 << 20, bool)
    marks[few.keys & mask] = True
    likely = np.flatnonzero(marks[many.keys & mask])
    likely = likely[np.isin(many.keys[likely], few.keys)]
    ours = np.flatnonzero(np.isin(few.keys, many.keys[likely]))
    for compared in (Rows.finer, Rows.exact):
        left, right = compared(few, ours), compared(many, likely)
        ours, likely = ours[np.isin(left, right)], likely[np.isin(right, left)]
    blank = [np.ptp(array.reshape(len(array), -1)[few.places[ours]].astype(np.float64), axis=1) == 0 for array in few.arrays.values()]
    varies = np.zeros(len(ours), bool)
    for array, is_blank in zip(few.arrays.values(), blank, strict=True):
        varies |= ~is_blank if _width(array) > 1 else True
    return ours[varies]


def _is_natural(evidence: Evidence, train: Rows, part: float, share: float) -> bool:
    """Whether rows repeat because only few different rows are possible, so that they repeat within the training data just as well."""
    if not _is_discrete(evidence):
        return False
    order = np.random.default_rng(2).permutation(len(train.keys))
    few = min(len(order) // 2, _VALIDATION_ROWS)
    first, rest = (Rows(train.arrays, train.columns, train.places[chosen], train.keys[chosen]) for chosen in (order[:few], order[few:]))
    return len(_shared(first, rest)) / max(few, 1) / part >= 0.5 * share * len(rest.keys) / len(order)


def _is_discrete(evidence: Evidence) -> bool:
    """Whether all inputs together have few columns, and each column few different values."""
    if sum(map(_width, evidence.x.values())) > FEW_COLUMNS:
        return False
    for array in evidence.x.values():
        rows = evidence.sample(array)[:1024].reshape(-1, _width(array))
        if array.dtype.kind == "f" and any(len(np.unique(rows[:, i])) > FEW_VALUES for i in range(rows.shape[1])):
            return False
    return True


def _has_few_combinations(evidence: Evidence) -> bool:
    """Whether the values of the columns have few combinations for the number of rows, so that equal rows are to be expected."""
    combinations, length = 0.0, 1
    for array in evidence.x.values():
        length = len(array)
        rows = evidence.sample(array)[:1024].reshape(-1, _width(array))
        combinations += sum(math.log(len(np.unique(rows[:, i]))) for i in range(rows.shape[1]))
    return combinations < math.log(COMBINATIONS * length)


@looks_for("conflicting_labels")
def conflicting_labels(evidence: Evidence) -> Finding | None:
    """A finding if equal rows have different labels."""
    x = evidence.x
    if (
        not evidence.is_whole
        or not x
        or evidence.has_text
        or any(is_on_disk(a) or not a.flags.c_contiguous or not a.size for a in x.values())
    ):
        return None
    for output in evidence.outputs:
        labels = class_numbers(output)
        if labels is None or labels.ndim != 1 or any(len(array) != len(labels) for array in x.values()) or len(labels) < FEWEST:
            continue
        train = _training_rows(evidence)
        part = len(train.keys) / len(labels)
        # Equal rows have equal keys: a part chosen by the key has all or none of them.
        chosen = np.flatnonzero(train.keys % np.uint64(max(1, len(train.keys) // _CONFLICT_ROWS)) == 0)
        kept = Rows(x, train.columns, train.places[chosen], train.keys[chosen])
        wrong, groups = _in_conflict(kept, labels)
        share = wrong / max(len(kept.keys), 1) / part
        if wrong < 3 or share <= SHARE or groups < 3:
            continue
        return Finding(
            "conflicting_labels",
            evidence.where,
            f"{'about ' if part < 1 else ''}{min(share, 1.0):.1%} of the training rows are equal to a row with another label for '{output.name}' (threshold {SHARE:.0%})",
            "one label for equal inputs",
            "correct their labels, or add the columns that tell them apart; or leave them out: labels = {}; "
            "[labels.setdefault(row.tobytes(), set()).add(str(label)) for row, label in zip(x, y)]; "
            "keep = [len(labels[row.tobytes()]) == 1 for row in x]; x, y = x[keep], y[keep]",
            why="no model can answer both, so that they limit the accuracy that can be reached",
            severity="info" if _is_discrete(evidence) and _has_few_combinations(evidence) else "warning",
            value=min(share, 1.0),
            threshold=SHARE,
        )
    return None


def _in_conflict(rows: Rows, labels: np.ndarray) -> tuple[int, int]:
    """How many rows of a sample are equal to a row with another label, and how many groups of equal rows these are."""
    chosen = np.flatnonzero(_is_repeated(rows.keys))
    for compared in (Rows.finer, Rows.exact):
        chosen = chosen[_is_repeated(compared(rows, chosen))]
    if not len(chosen):
        return 0, 0
    _, group = np.unique(rows.exact(chosen), return_inverse=True)
    _, answers = np.unique(labels[rows.places[chosen]], return_inverse=True)
    pairs = np.unique(np.stack([group, answers], axis=1), axis=0)
    differ = np.bincount(pairs[:, 0]) > 1
    return int(differ[group].sum()), int(differ.sum())


def _is_repeated(keys: np.ndarray) -> np.ndarray:
    """For each number, whether it occurs more than once."""
    order = np.argsort(keys)
    equal = keys[order[1:]] == keys[order[:-1]]
    repeated = np.zeros(len(keys), bool)
    repeated[order[1:][equal]] = repeated[order[:-1][equal]] = True
    return repeated
