"""Checks for data that would silently train on nonsense: NaN, and inputs that are still in 0..255."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import dtypes, tree
from glassworks.checks import Finding
from glassworks.errors import DataError
from glassworks.training.data.convert import is_on_disk

# Fewer columns than this are those of a table, each with its own scale; more may be the pixels of an image.
_PIXELS = 64
# If half of the numbers above 0 are at most this, they are counts, as of words in texts: pixels are larger.
_SMALL_COUNT = 3
# The most bytes of an array on disk that a check reads.
_DISK_BYTES = 1 << 27


def check_finite(arrays: Sequence[Any], names: Sequence[str], columns: Sequence[list[str] | None] = (), alone: bool = False) -> None:
    """Raise a `DataError` that says where, if any number is NaN or infinite.

    Args:
        arrays: Structures of arrays, such as `(x, y, sample_weight)`; None is passed over.
        names: A name for each.
        columns: For each, the names of its columns, where it came from a DataFrame.
        alone: Whether there are only inputs, as for predictions.

    >>> check_finite([np.array([[1.0, np.nan]])], ["x"])
    Traceback (most recent call last):
    ...
    glassworks.errors.DataError: [glassworks]
      found:    x has NaN in 1 of 1 rows (first row 0), column 1
      expected: finite numbers
      fix:      drop the rows (keep = np.isfinite(x).all(axis=1); x, y = x[keep], y[keep]), or fill them in (df.fillna(df.median()), np.nan_to_num(x))
    """
    for part, name, labels in zip(arrays, names, columns or [None] * len(names), strict=True):
        for path, leaf in tree.flatten_with_path(part):
            if leaf is None or not dtypes.is_float(leaf.dtype.name):
                continue
            leaf = part_to_check(leaf)
            # A sum is finite only if all numbers are, and costs a tenth of testing each number.
            with np.errstate(all="ignore"):
                if np.isfinite(np.sum(leaf, dtype=np.float32 if leaf.dtype.itemsize < 4 else None)) or np.isfinite(leaf).all():
                    continue
            _raise_not_finite(np.asarray(leaf), name + "".join(f"[{key!r}]" for key in path), labels, alone)


def part_to_check(array: np.ndarray) -> np.ndarray:
    """The array; for an array on disk, only as many rows as can be read quickly."""
    return array[: max(1, _DISK_BYTES // max(array[:1].nbytes, 1))] if is_on_disk(array) else array


def _raise_not_finite(array: np.ndarray, name: str, labels: list[str] | None, alone: bool) -> None:
    bad = ~np.isfinite(array)
    word = "NaN" if np.isnan(array).any() else "infinity"
    rows = np.flatnonzero(bad.reshape(len(array), -1).any(axis=1))
    shown = f"first row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows[:3]))}"
    place = ""
    if array.ndim == 2 and (array.shape[1] > 1 or labels is not None):
        columns = np.flatnonzero(bad.any(axis=0))
        names = [repr(labels[i]) if labels is not None and len(labels) == array.shape[1] else str(i) for i in columns[:8]]
        place = f", column{'s' if len(columns) > 1 else ''} {', '.join(names)}{', ...' if len(columns) > 8 else ''}"
    elif array.ndim > 2:
        place = f", first at {tuple(int(i) for i in np.argwhere(bad[rows[0]])[0])} of that row"
    raise DataError(
        f"{name} has {word} in {len(rows)} of {len(array)} rows ({shown}){place}",
        "finite numbers",
        _fix_for_holes(name, array.shape, alone),
    )


def _fix_for_holes(name: str, shape: tuple[int, ...], alone: bool) -> str:
    """The fix for rows with numbers that are not finite, in the array of this name."""
    if name.startswith("sample_weight"):
        return f"give these samples no weight: sample_weight = np.nan_to_num({name}, posinf=0.0)"
    if int(np.prod(shape[1:])) == 1:
        keep = f"np.isfinite(np.ravel({name}))"
    else:
        keep = f"np.isfinite({name}).all(axis={1 if len(shape) == 2 else tuple(range(1, len(shape)))})"
    # In a dict or list of arrays, the rows are dropped from all arrays.
    parts = "x" if alone else "x, y"
    kept = f"keras.tree.map_structure(lambda part: part[keep], {parts if alone else f'({parts})'})"
    if "[" not in name:
        kept = "x[keep]" if alone else "x[keep], y[keep]"
    code = f"keep = {keep}; {parts} = {kept}"
    if "[" in name:
        return f"leave these rows out everywhere: {code}"
    if name.startswith("y"):
        return f"leave out rows without a target: {code}"
    return f"drop the rows ({code}), or fill them in (df.fillna(df.median()), np.nan_to_num({name}))"


def looks_like_bytes(x: np.ndarray | Sequence, name: str = "x", where: str = "") -> Finding | None:
    """A finding if inputs look like unscaled images or counts: integers from 0 to 255, many per sample.

    Args:
        x: An array of inputs; a few hundred samples are enough.
        name: Code for it.
        where: What was being done.

    >>> looks_like_bytes(np.arange(256).reshape(1, 16, 16)).fix
    'divide by 255 (x = x / 255.0), or put layers.Rescaling(1 / 255) first'
    >>> looks_like_bytes(np.array([[0.1, 0.9]]))
    """
    x = np.asarray(x)
    if x.dtype.kind not in "iuf" or x.size == 0:
        return None
    low, high = x.min(), x.max()
    # A few small integers per sample are a toy example or a code, not an image.
    few = x.size // len(x) < 16
    if not (low >= 0 and 2 < high <= 255) or (few and high <= 20) or (x.dtype.kind == "f" and not (x == np.round(x)).all()):
        return None
    if np.median(x[x > 0]) <= _SMALL_COUNT:
        return None
    if x.ndim == 2 and x.shape[1] < _PIXELS:
        return Finding(
            "inputs_like_bytes",
            where,
            f"{name} is a table of integers from {int(low)} to {int(high)}",
            "columns of one scale, around -1 to 1, from which networks learn best",
            f"put layers.Normalization() first and adapt it to {name} (normalization = layers.Normalization(); normalization.adapt({name}))",
        )
    scale = 255 if high > 127 else int(high)
    return Finding(
        "inputs_like_bytes",
        where,
        f"{name} holds integers from {int(low)} to {int(high)}",
        "numbers around 0 to 1, from which networks learn best",
        f"divide by {scale} ({name} = {name} / {scale}.0), or put layers.Rescaling(1 / {scale}) first",
    )
