"""Conversion of DataFrames to dicts of columns, for models with named inputs and `FeatureSpace`. pandas itself is never imported."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import tree
from glassworks.errors import DataError, suggest
from glassworks.training.data.convert import is_pandas, to_array


def is_frame(data: object) -> bool:
    """Whether this is a DataFrame of pandas."""
    return is_pandas(data) and hasattr(data, "columns")


def is_series(data: object) -> bool:
    """Whether this is a Series of pandas: a column, or a row."""
    return is_pandas(data) and hasattr(data, "index") and not is_frame(data)


def by_column(frame: Any, wanted: Any = None) -> dict[str, np.ndarray]:
    """The columns of a DataFrame by name (a string): numbers as numbers, text as text.

    Args:
        frame: The DataFrame.
        wanted: The names to take; all of them by default.
    """
    names = {str(column): place for place, column in enumerate(frame.columns)}
    return {name: column_array(frame.iloc[:, names[name]], name) for name in (names if wanted is None else wanted)}


def column_array(column: Any, name: str) -> np.ndarray:
    """A column of a DataFrame as an array. A missing number is NaN; a missing text is the empty string, a category like any other.

    Raises:
        DataError: Text and numbers in one column, or dates.
    """
    kind = getattr(column.dtype, "kind", "O")
    if kind in "biufmM" and str(column.dtype) != "category":
        return to_array(column, f"column {name!r}")[:, 0]
    missing = np.asarray(column.isna(), bool)
    values = column.to_numpy(dtype=object)
    held = values[~missing]
    is_text = np.fromiter((isinstance(value, (str, bytes)) for value in held), bool, len(held))
    if is_text.any() and not is_text.all():
        texts, numbers = held[is_text], held[~is_text]
        raise DataError(
            f"column {name!r} has text ({texts[0]!r}) and other values ({numbers[0]!r})",
            "one kind of value in a column",
            f"frame[{name!r}].astype(str) for categories, or pd.to_numeric(frame[{name!r}], errors='coerce') for numbers",
        )
    if is_text.any():
        values = values.copy()
        values[missing] = ""
        return values
    numbers = np.full(len(values), np.nan)
    numbers[~missing] = held.astype(np.float64)
    return numbers


def for_named_inputs(model: Any, x: Any) -> Any:
    """The columns of a DataFrame by the names of a model's inputs, where it has several or they are a dict; else x as it is.

    Raises:
        DataError: An input has no column of its name.
    """
    if isinstance(x, dict):
        return {key: column_array(part, str(key)) if is_series(part) else part for key, part in x.items()}
    if not is_frame(x):
        return x
    functional = getattr(model, "_functional", None) or model
    inputs, names = getattr(functional, "_inputs", None), getattr(functional, "input_names", None)
    if inputs is None or names is None:
        return x
    keys = list(inputs) if isinstance(inputs, dict) else names
    columns = {str(column) for column in x.columns}
    if not isinstance(inputs, dict) and len(tree.flatten(inputs)) == 1 and str(keys[0]) not in columns:
        return x
    missing = [str(key) for key in keys if str(key) not in columns]
    if missing:
        raise DataError(
            f"a DataFrame without {'a column' if len(missing) == 1 else 'columns'} {', '.join(map(repr, missing[:8]))}; it has "
            f"{', '.join(map(repr, sorted(columns)[:8]))}{', ...' if len(columns) > 8 else ''}",
            "a column for each input of the model, of the input's name",
            suggest(missing[0], columns),
        )
    return dict(zip(keys, by_column(x, list(map(str, keys))).values(), strict=True))
