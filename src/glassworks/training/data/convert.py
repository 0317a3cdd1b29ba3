"""Conversion of users' data (lists, DataFrames, tensors) to NumPy arrays in the dtypes that training uses."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np

from glassworks import dtypes, settings, tree
from glassworks.errors import DataError
from glassworks.layers.text_arrays import TEXT_KINDS, as_text_array, is_missing, is_text
from glassworks.training.data.text_numbers import Texts, classify, fix_for_array, fix_for_column
from glassworks.typing import DTypeLike


def to_arrays(data: object, name: str) -> Any:
    """A structure of array-likes as the same structure of NumPy arrays.

    Dicts, tuples and lists of arrays keep their structure (several inputs); nested lists of numbers are one array.

    Args:
        data: What the user passed; None stays None.
        name: The argument's name, for errors: `"x"`.

    Raises:
        DataError: Text, rows of different lengths, a single number, or something that is not an array.
    """
    if data is None:
        return None
    if isinstance(data, dict) or (isinstance(data, (list, tuple)) and not _is_numeric_list(data)):
        if not data:
            raise DataError(f"{name} is empty: {data!r}", "at least one sample", f"pass an array, or a list or dict of arrays, as {name}")
        if isinstance(data, dict):
            return {key: to_arrays(part, f"{name}[{key!r}]") for key, part in data.items()}
        parts = [to_arrays(part, f"{name}[{index}]") for index, part in enumerate(data)]
        return tuple(parts) if isinstance(data, tuple) else parts
    return to_array(data, name)


def _is_numeric_list(data: object) -> bool:
    """Whether a list or tuple stands for one array: its leaves are numbers or text, not arrays."""
    if not isinstance(data, (list, tuple)):
        return False
    first: Any = data
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    return isinstance(first, (bool, int, float, complex, str, bytes, np.generic))


def to_array(data: Any, name: str) -> np.ndarray:
    """One array-like as a C-contiguous NumPy array.

    Floats become `floatx()`; integers and bool keep their dtype; a pandas Series becomes a column, as in Keras.
    An array on disk (`numpy.memmap`) stays there: its rows are read and cast by batch.
    """
    if isinstance(data, np.ndarray):
        array = np.asarray(data)
    elif is_pandas(data):
        array = _from_pandas(data, name)
    elif hasattr(data, "detach") and hasattr(data, "cpu"):  # PyTorch
        data = data.detach().cpu()
        array = np.asarray(data if "bfloat16" not in str(data.dtype) else data.float())
    elif hasattr(data, "tocsr"):  # a sparse matrix of SciPy
        array = data.toarray()
    elif hasattr(data, "__array__"):
        array = np.asarray(data)
    elif isinstance(data, (list, tuple)):
        array = _from_lists(data, name)
    else:
        raise DataError(
            f"{name} of type {type(data).__name__}: {str(data)[:60]}",
            "an array (NumPy, pandas, PyTorch), a list of numbers, or a source of batches",
            "put a single text into a list" if isinstance(data, str) else "convert it with np.array(...)",
        )
    if name.startswith("x") and _is_all_text(array):
        return array  # some models read text; `refuse_text` raises for the others
    if array.dtype.kind in "OUSTMm":
        array = _from_objects(array, name)
    if array.ndim == 0:
        raise DataError(f"{name} is the single number {array}", "an array with one row per sample", f"pass {name} as np.array([...])")
    if is_on_disk(array):
        return array
    return np.ascontiguousarray(as_trained(array))


def as_trained(array: np.ndarray) -> np.ndarray:
    """The array in the dtype it is trained in: floats in `floatx()`, everything else as it is, in this machine's byte order."""
    if dtypes.is_float(array.dtype.name) and array.dtype.name != settings.floatx():
        return array.astype(dtypes.numpy_dtype(settings.floatx()))
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def is_on_disk(array: np.ndarray) -> bool:
    """Whether the array, or the one it is a view of, is mapped from a file."""
    base: Any = array
    while base is not None:
        if isinstance(base, (np.memmap, mmap.mmap)):
            return True
        base = getattr(base, "base", None)
    return False


def is_pandas(data: object) -> bool:
    """Whether this is an object of pandas that holds values: a DataFrame, a Series, an Index. pandas itself is never imported."""
    return type(data).__module__.split(".")[0] == "pandas" and hasattr(data, "to_numpy")


def _from_pandas(data: Any, name: str) -> np.ndarray:
    if not hasattr(data, "columns"):
        return _column(data, name)[:, None]
    bad = [column for column, dtype in zip(data.columns, data.dtypes, strict=True) if not _is_number_dtype(dtype)]
    if bad:
        looks = {column: _classify_column(data[column]) for column in bad[:8]}
        some = ", ".join(map(repr, looks)) + (f" and {len(bad) - 8} more" if len(bad) > 8 else "")
        examples = [repr((look.marks or [look.example])[0]) for look in looks.values() if look.marks or look.example]
        some += f"; they hold {', '.join(examples)}" if examples else ""
        # One fix per kind of column, with the first column of the kind as the example.
        kinds = {(look.kind, bool(look.marks)): fix_for_column(look, f"{name}[{column!r}]") for column, look in reversed(looks.items())}
        if len(bad) > 1 and len(bad) <= len(looks) and all(look.kind == "numbers" and not look.marks for look in looks.values()):
            kinds = {("numbers", False): f"{name}[{bad}] = {name}[{bad}].apply(pd.to_numeric)"}
        raise DataError(
            f"{name} has {'a column' if len(bad) == 1 else 'columns'} that {'is' if len(bad) == 1 else 'are'} not numbers: {some}",
            "columns of numbers only",
            "; ".join(reversed(kinds.values())),
        )
    array = data.to_numpy()
    return data.to_numpy(dtype="float64", na_value=np.nan) if array.dtype == object else array


def _classify_column(column: Any) -> Texts:
    return Texts("dates", [], "") if getattr(column.dtype, "kind", "O") in "mM" else classify(column)


def _column(data: Any, name: str) -> np.ndarray:
    if name.startswith("x") and getattr(data.dtype, "kind", "") == "O" and _is_all_text(data.to_numpy(dtype=object)):
        return data.to_numpy(dtype=object)
    if not _is_number_dtype(data.dtype):
        fix = fix_for_column(_classify_column(data), name)
        raise DataError(f"{name} is a column of {data.dtype}: {list(data[:3])}...", "a column of numbers", fix)
    array = data.to_numpy()
    return data.to_numpy(dtype="float64", na_value=np.nan) if array.dtype == object else array


def _is_number_dtype(dtype: DTypeLike) -> bool:
    return getattr(dtype, "kind", "O") in "biuf" and str(dtype) != "category"


def _from_lists(data: Any, name: str) -> np.ndarray:
    try:
        if is_text(data):
            return as_text_array(data)
        return np.asarray(data)
    except ValueError:
        pass
    lengths = [len(row) if hasattr(row, "__len__") else 0 for row in data]
    common = max(set(lengths), key=lengths.count)
    odd = next((index for index, length in enumerate(lengths) if length != common), 0)
    raise DataError(
        f"{name} has rows of different lengths: row {odd} has {lengths[odd]} values, others {common}",
        "rows of one length",
        "pad the short rows (utils.pad_sequences for sequences), or cut the long ones",
    )


def _is_all_text(array: np.ndarray) -> bool:
    kind = array.dtype.kind
    return kind in "UST" or (kind == "O" and array.size > 0 and all(isinstance(entry, (str, bytes)) for entry in array.flat))


def refuse_text(x: object) -> None:
    """Raise a `DataError` if inputs hold text; for models that have no layer for it."""
    for path, leaf in tree.flatten_with_path(x):
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind in TEXT_KINDS:
            _from_objects(leaf, "x" + "".join(f"[{key!r}]" for key in path))


def refuse_numbers_as_text(x: object) -> None:
    """Raise a `DataError` if inputs hold text that stands for numbers."""
    for path, leaf in tree.flatten_with_path(x):
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind in TEXT_KINDS and classify(leaf.flat).kind != "categories":
            _from_objects(leaf, "x" + "".join(f"[{key!r}]" for key in path))


def _from_objects(array: np.ndarray, name: str) -> np.ndarray:
    """Numbers in an array of Python objects; an error for text, dates and ragged rows."""
    if array.dtype.kind in "Mm":
        raise DataError(
            f"{name} has dates (dtype {array.dtype})",
            "numbers",
            "use what matters of them: the hour, the day of the year, days since the start",
        )
    flat = array.ravel()
    odd = next((entry for entry in flat if isinstance(entry, (str, bytes))), None)
    missing = next((place for place, entry in enumerate(flat) if is_missing(entry)), None)
    if odd is not None and missing is not None and all(isinstance(entry, (str, bytes)) or is_missing(entry) for entry in flat):
        raise DataError(f"{name} has text, but {flat[missing]} at item {missing}", "text everywhere", f"fill it in: {name}.fillna('')")
    if odd is not None:
        look = classify(flat)
        # In a table with categories, it does not help to name the columns that hold numbers as text.
        worst = next((one for one in map(classify, array.T) if one.kind == "categories" and one.example), look) if array.ndim == 2 else look
        shown = worst.marks[0] if worst.marks else odd.decode("utf-8", "replace") if isinstance(odd, bytes) else str(odd)
        raise DataError(f"{name} has text{_text_columns(array, worst.marks)}: {shown!r}", "numbers", fix_for_array(worst, name, array.ndim))
    ragged = next((entry for entry in flat if hasattr(entry, "__len__")), None)
    if ragged is not None:
        lengths = sorted({len(entry) for entry in flat if hasattr(entry, "__len__")})
        shown = f" of lengths {', '.join(map(str, lengths[:5]))}{', ...' if len(lengths) > 5 else ''}"
        if len(lengths) == 1:
            return to_array(np.stack([np.asarray(entry) for entry in flat]), name)
        raise DataError(
            f"{name} has dtype object, with rows{shown}",
            "rows of one length",
            "pad the short rows (utils.pad_sequences), then np.stack(rows)",
        )
    try:
        return array.astype(np.float64)  # None becomes NaN, which a later check reports with its position
    except (TypeError, ValueError):
        kinds = sorted({type(entry).__name__ for entry in flat[:1000]})
        raise DataError(
            f"{name} has dtype object, with {', '.join(kinds)}",
            "numbers",
            f"{name}.astype('float32'), after converting what is not a number",
        ) from None


def _text_columns(array: np.ndarray, marks: list[str]) -> str:
    """The columns that have text, or those that have one of the marks, if there are any."""
    if array.ndim != 2:
        return ""

    def is_odd(entry: object) -> bool:
        return str(entry).strip() in marks if marks else isinstance(entry, (str, bytes))

    columns = [column for column in range(array.shape[1]) if any(map(is_odd, array[:1000, column]))]
    if not columns or (array.dtype.kind != "O" and len(columns) == array.shape[1]):
        return ""
    return f" in column{'s' if len(columns) > 1 else ''} {', '.join(map(str, columns[:10]))}"
