"""Checks for DataFrames whose rows or columns do not match. pandas itself is never imported."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, Protocol

from glassworks.checks import Finding
from glassworks.training.data.columns import is_frame, is_series


class Frame(Protocol):
    """The attributes of a DataFrame that are used here."""

    columns: Iterable[Hashable]


def column_names(x: Any) -> list[str] | None:
    """The names of a DataFrame's columns, or of a Series; None for anything else."""
    if not (is_frame(x) or is_series(x)):
        return None
    if hasattr(x, "columns"):
        return list(map(str, x.columns))
    return None if x.name is None else [str(x.name)]


def frame_index(x: Any, y: Any, where: str, suffix: str = "") -> Finding | None:
    """A finding if the rows of x and y have different names, so that they were probably sorted or filtered separately.

    A y that was just made, and so counts its rows 0, 1, 2, ..., has no names to compare; unless those of x are the same numbers in
    another order.
    """
    if not all(is_frame(data) or is_series(data) for data in (x, y)) or len(x) != len(y) or x.index.equals(y.index):
        return None
    permuted = x.index.sort_values().equals(y.index.sort_values())
    if not permuted and (_counts_rows(x.index) or _counts_rows(y.index)):
        return None
    place = next(i for i, (a, b) in enumerate(zip(x.index, y.index, strict=True)) if a != b)
    return Finding(
        "frame_index",
        where,
        f"x{suffix} and y{suffix} have different indexes: row {place} of x is {_shown(x.index[place])}, row {place} of y is {_shown(y.index[place])}. Rows are taken by place",
        f"rows in the same order: x{suffix}.index.equals(y{suffix}.index)",
        f"y{suffix} = y{suffix}.loc[x{suffix}.index]"
        if permuted
        else "take both from one DataFrame after the last filter, or reset_index(drop=True) on both if their rows do match",
    )


def frame_columns(trained_on: list[str] | None, x: object, what: str, where: str) -> Finding | None:
    """A finding if the columns are not those of the training data, or in another order: columns are used by position."""
    found = column_names(x)
    if trained_on is None or found is None or not hasattr(x, "columns") or found == trained_on or len(found) != len(trained_on):
        return None
    place = next(i for i, (a, b) in enumerate(zip(trained_on, found, strict=True)) if a != b)
    moved = sorted(found) == sorted(trained_on)
    return Finding(
        "frame_columns",
        where,
        f"the columns of {what} {'stand in another order than' if moved else 'have other names than'} in fit(): "
        f"column {place} is {found[place]!r}, and was {trained_on[place]!r}. Columns are taken by place",
        f"columns {', '.join(map(repr, trained_on[:8]))}{', ...' if len(trained_on) > 8 else ''}",
        f"{what} = {what}[{_listed(trained_on, x)}]" if moved else _renamed(what, x, trained_on),
    )


def _listed(names: list[str], x: Frame) -> str:
    """Code for a list of columns, written out where there are few."""
    labels = {str(label): label for label in x.columns}
    return repr([labels.get(name, name) for name in names]) if len(names) <= 12 else "list(x_train.columns)"


def _renamed(what: str, x: Frame, wanted: list[str]) -> str:
    """Code that restores the names of the columns."""
    old, new = [label for label in x.columns if str(label) not in wanted], [name for name in wanted if name not in set(map(str, x.columns))]
    if len(old) > 8:
        return f"prepare {what} as the training data was; if only the names differ: {what} = {what}.set_axis(list(x_train.columns), axis=1)"
    code = f"{what} = {what}.rename(columns={dict(zip(old, new, strict=False))})[{_listed(wanted, x)}]"
    return f"prepare {what} as the training data was; if only the names differ: {code}"


def _shown(label: Hashable) -> str:
    """The name of a row, with NumPy integers printed as plain integers."""
    return str(label) if type(label).__module__ == "numpy" else repr(label)


def _counts_rows(index: Any) -> bool:
    return type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1
