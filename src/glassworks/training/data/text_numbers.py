"""Numbers stored as text ('2.38', '1,5', '?'), as in CSV files read without converters: their kind, and code that converts them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from glassworks.layers.text_arrays import is_missing

# The number of entries that are examined; the rest are assumed to be alike.
_ENOUGH = 100_000
_FEW_MARKS = 8
# Texts that stand for a missing number.
_MARKS = frozenset({"", "?", "-", "--", ".", "*", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "missing", "unknown"})
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(e[+-]?\d+)?", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_PERCENT = re.compile(r"[+-]?\d+([.,]\d+)?\s*%")
_NUMBER = r"[-+]?[\d.,]*\d"
_WITH_UNIT = re.compile(rf"([$€£¥₹]|[A-Z]{{3}} )?\s*({_NUMBER})\s*([^\W\d_]*|[$€£¥₹])\.?")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}")


class Texts(NamedTuple):
    """The kind of the texts in a column.

    Attributes:
        kind: "numbers", "commas", "thousands", "percent", "units", "dates", or "categories".
        marks: The texts for missing numbers, among texts that are numbers otherwise: `["?"]`.
        example: One of the texts.
        comma: The replacement for a comma in numbers with units: "." or the empty string.
    """

    kind: str
    marks: list[str]
    example: str
    comma: str = ""


def classify(entries: Iterable[Any]) -> Texts:
    """The kind of the texts among some entries.

    >>> classify(["1.5", "?", "2", "3"])[:3]
    ('numbers', ['?'], '1.5')
    >>> classify(["red", "blue"]).kind, classify(["1,5", "2,25"]).kind, classify(["1,500", "12,250.5"]).kind, classify(["$900", "$1,200"]).kind
    ('categories', 'commas', 'thousands', 'units')
    """
    texts, numbers = [], 0
    for _, entry in zip(range(_ENOUGH), entries, strict=False):
        if isinstance(entry, (str, bytes)):
            texts.append((entry.decode("utf-8", "replace") if isinstance(entry, bytes) else str(entry)).strip())
        elif not is_missing(entry):
            numbers += 1
    if texts and all(text.lower() in _MARKS for text in texts):
        return Texts("numbers", sorted(set(texts)), texts[0])
    example = next((text for text in texts if text), texts[0] if texts else "")
    with_comma = [text for text in texts if _DECIMAL_COMMA.fullmatch(text) or _THOUSANDS.fullmatch(text)]
    kinds: tuple[tuple[str, Any], ...] = (
        ("thousands" if with_comma and all(map(_THOUSANDS.fullmatch, with_comma)) else "commas", _is_with_comma),
        ("percent", _PERCENT.fullmatch),
        ("dates", _DATE.match),
    )
    candidates = []
    for kind, matches in (("numbers", _is_number), *kinds):
        rest = [text for text in texts if not matches(text)]
        marks = sorted(set(rest))
        if 2 * len(rest) <= len(texts) + numbers and len(rest) < len(texts) + numbers and len(marks) <= _FEW_MARKS:
            # A word among numbers that are not text is a separate category only if it is rare.
            candidates.append((len(rest), Texts(kind, marks, example)))
    # The best kind leaves the fewest texts unexplained: '900' fits thousands too, and '1,200' is not a mark of a missing number.
    best = min(candidates, key=lambda candidate: candidate[0], default=None)
    with_unit = _with_units(texts, example) if best is None or best[0] else None
    return with_unit or (Texts("categories", [], example) if best is None else best[1])


def _with_units(texts: list[str], example: str) -> Texts | None:
    """The kind of the texts if all but the marks of missing numbers are numbers with the same currency or unit; else None."""
    marks = sorted({text for text in texts if text.lower() in _MARKS})
    matches = [_WITH_UNIT.fullmatch(text) for text in texts if text.lower() not in _MARKS]
    units = {(match[1], match[3]) for match in matches if match}
    if not all(matches) or len(units) != 1 or not any(units.pop()):
        return None
    inner = classify(match[2] for match in matches if match)
    return None if inner.marks or inner.kind == "categories" else Texts("units", marks, example, "." if inner.kind == "commas" else "")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_with_comma(text: str) -> bool:
    return _is_number(text) or bool(_DECIMAL_COMMA.fullmatch(text) or _THOUSANDS.fullmatch(text))


def fix_for_column(texts: Texts, column: str) -> str:
    """Code that converts a column of a DataFrame to numbers.

    Args:
        texts: The kind of its texts.
        column: Code for it: `"x['price']"`.
    """
    if texts.kind == "categories":
        frame, _, label = column.rstrip("]").partition("[")
        codes = f"{column} = {column}.astype('category').cat.codes"
        if frame == "y":
            return f"number the classes: {codes}"
        one_hot = f"{frame} = pd.get_dummies({frame}, columns=[{label}])" if label else f"{frame} = pd.get_dummies({frame})"
        drop = f"; or {frame} = {frame}.drop(columns=[{label}])" if label else ""
        return f"one-hot: {one_hot}; category codes: {codes}{drop}"
    if texts.kind == "dates":
        return f"use what matters of dates: pd.to_datetime({column}).dt.day_of_year, .dt.hour, or days since the first"
    if texts.kind == "percent":
        return f"{column} = {column}.str.rstrip('% ').str.replace(',', '.').astype('float32') / 100"
    sources = {
        "commas": f"{column}.str.replace(',', '.')",
        "thousands": f"{column}.str.replace(',', '')",
        "units": f"{column}.str.extract(r'({_NUMBER})')[0].str.replace(',', {texts.comma!r})",
    }
    source = sources.get(texts.kind, column)
    option = {"commas": "decimal=','", "thousands": "thousands=','"}.get(texts.kind)
    if not texts.marks:
        return f"{column} = pd.to_numeric({source})" + (f", or read the file with {option}" if option else "")
    options = ", ".join([*([option] if option else []), f"na_values={texts.marks}"])
    read = "" if texts.kind == "units" else f"; or read the file with {options}"
    shown = ", ".join(map(repr, texts.marks))
    return f"{column} = pd.to_numeric({source}, errors='coerce'), which makes NaN of {shown}, to be filled in or dropped{read}"


def fix_for_array(texts: Texts, name: str, ndim: int) -> str:
    """Code that converts an array of text to numbers.

    Args:
        texts: The kind of its texts.
        name: Code for it: `"x"`.
        ndim: Its number of axes.
    """
    if texts.kind in ("categories", "dates"):
        if name.startswith("y"):
            return f"number the classes: classes, {name} = np.unique({name}, return_inverse=True)"
        return (
            "turn categories into numbers: np.unique(column, return_inverse=True)[1], or utils.to_categorical of that; "
            "and start the model with layers.TextVectorization() for text"
        )
    if texts.kind == "percent":
        return f"{name} = np.char.replace(np.char.rstrip(np.asarray({name}, str), '% '), ',', '.').astype('float32') / 100"
    if texts.kind == "units":
        numbers = f"c.str.extract(r'({_NUMBER})')[0].str.replace(',', {texts.comma!r})"
        first = "" if ndim > 1 else "[:, 0]"
        return f"{name} = pd.DataFrame({name}, dtype=str).apply(lambda c: pd.to_numeric({numbers}, errors='coerce')).to_numpy(){first}"
    replaced = {"commas": "'.'", "thousands": "''"}.get(texts.kind)
    if not texts.marks:
        code = (
            f"np.asarray({name}, 'float32')"
            if replaced is None
            else f"np.char.replace(np.asarray({name}, str), ',', {replaced}).astype('float32')"
        )
        return f"{name} = {code}"
    source = f"pd.DataFrame({name})" + (f".replace(',', {replaced}, regex=True)" if replaced else "")
    code = f"{source}.apply(pd.to_numeric, errors='coerce').to_numpy()" + ("" if ndim > 1 else "[:, 0]")
    return f"{name} = {code}, which makes NaN of {', '.join(map(repr, texts.marks))}, to be filled in or dropped"
