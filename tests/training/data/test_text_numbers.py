"""Numbers that came as text: the error names column and entry, and the code that it shows makes numbers of them."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers
from glassworks.errors import DataError
from glassworks.training.data.text_numbers import classify

pandas = pytest.importorskip("pandas")
N = 12
Y = np.arange(N, dtype="float32")
COLUMNS: dict[str, tuple[list[str], str]] = {
    "plain": ([f" {i}.5" for i in range(N)], "numbers"),
    "decimal": ([f"{i},25" for i in range(N)], "commas"),
    "thousands": ([f"{i},500" for i in range(1, N + 1)], "thousands"),
    "percent": ([f"{i} %" for i in range(N)], "percent"),
    "questions": ([str(i) if i % 4 else "?" for i in range(N)], "numbers"),
    "gaps": ([str(i) if i % 4 else "" for i in range(N)], "numbers"),
    "commas and marks": ([f"{i},5" if i % 4 else "n/a" for i in range(N)], "commas"),
    "only marks": (["?"] * N, "numbers"),
    "some commas": ([f"{i},5" if i % 2 else f"{i}.5" for i in range(N)], "commas"),
    "some thousands": ([f"{900 + i}" if i % 3 else f"{i + 1},250" for i in range(N)], "thousands"),
    "dollars": ([f"${900 + i}" if i % 3 else f"${i + 1},250.5" for i in range(N)], "units"),
    "euros": ([f"{i},50 €" if i % 4 else "n/a" for i in range(N)], "units"),
    "kilograms": ([f"{i}.5 kg" for i in range(N)], "units"),
}


def train(x: Any, y: Any) -> None:
    model = keras.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, y, verbose=0)


def error(x: Any, y: Any = Y) -> tuple[str, str]:
    with pytest.raises(DataError) as caught:
        train(x, y)
    found, fix = str(caught.value).split("found:")[1].split("fix:")
    return found, fix.strip()


def code_in(fix: str) -> str:
    """The assignment that the fix starts with."""
    return re.split(r", which makes|, or read|; or", fix)[0]


def numbers(texts: list[str]) -> np.ndarray:
    """What a reader would take the texts for."""
    cleaned = [re.sub(r"[%$€kg ]", "", text) for text in texts]
    if all(re.fullmatch(r"\d+(,\d{3})?(\.5)?", text) for text in cleaned):
        cleaned = [text.replace(",", "") for text in cleaned]
    scale = 0.01 if "%" in texts[0] else 1.0
    return np.array([scale * float(text.replace(",", ".")) if re.match(r"\d", text) else np.nan for text in cleaned])


@pytest.mark.parametrize("name", COLUMNS)
def test_the_fix_for_a_column_of_a_frame_makes_its_numbers(name: str) -> None:
    texts, kind = COLUMNS[name]
    assert classify(texts).kind == kind
    x = pandas.DataFrame({"size": np.ones(N), "price": texts})
    found, fix = error(x)
    assert "'price'" in found
    assert "get_dummies" not in fix
    code = code_in(fix)
    assert code.startswith("x['price'] = ")
    exec(code, {"pd": pandas, "x": x})
    np.testing.assert_allclose(x["price"].to_numpy("float64"), numbers(texts), rtol=1e-6)
    if not x["price"].isna().any():
        train(x / x.max(), Y)


@pytest.mark.parametrize("name", ["decimal", "thousands", "questions", "commas and marks"])
def test_the_option_for_reading_the_file_reads_numbers(name: str) -> None:
    texts, _ = COLUMNS[name]
    _, fix = error(pandas.DataFrame({"price": texts}))
    options = fix.split("read the file with ")[1]
    read = eval(f"pd.read_csv(file, sep=';', {options})", {"pd": pandas, "file": io.StringIO("\n".join(["price", *texts]))})
    np.testing.assert_allclose(read["price"].to_numpy("float64"), numbers(texts), rtol=1e-6)


@pytest.mark.parametrize("dtype", [object, str])
@pytest.mark.parametrize("name", COLUMNS)
def test_the_fix_for_an_array_makes_its_numbers(name: str, dtype: type) -> None:
    texts, _ = COLUMNS[name]
    for x in (np.array([texts, texts], dtype=dtype).T, np.array(texts, dtype=dtype)):
        _, fix = error(x)
        code = code_in(fix)
        assert code.startswith("x = ")
        names: dict[str, Any] = {"pd": pandas, "np": np, "x": x}
        exec(code, names)
        result = names["x"] if x.ndim == 1 else names["x"][:, 0]
        np.testing.assert_allclose(result.astype("float64"), numbers(texts), rtol=1e-6)


@pytest.mark.parametrize("name", COLUMNS)
def test_the_fix_for_targets_makes_their_numbers(name: str) -> None:
    texts, _ = COLUMNS[name]
    x = np.ones((N, 2), "float32")
    for y in (np.array(texts), pandas.Series(texts), list(texts)):
        _, fix = error(x, y)
        names: dict[str, Any] = {"pd": pandas, "np": np, "y": y}
        exec(code_in(fix), names)
        np.testing.assert_allclose(np.asarray(names["y"], "float64"), numbers(texts), rtol=1e-6)


def test_the_column_of_an_array_with_a_mark_is_named_with_the_mark() -> None:
    x = np.arange(4.0 * N).reshape(N, 4).astype(object)
    x[3, 2] = "?"
    found, fix = error(x)
    assert "in column 2: '?'" in found
    assert "pd.to_numeric, errors='coerce'" in fix
    found, _ = error(x.astype(str))
    assert "in column 2: '?'" in found


def test_each_kind_of_column_gets_its_fix() -> None:
    some = {name: COLUMNS[name][0] for name in ("plain", "decimal", "questions")}
    x = pandas.DataFrame(some | {"colour": ["red", "blue", "green"] * 4})
    found, fix = error(x)
    assert "'colour'; they hold '0.5', '0,25', '?', 'red'" in found
    assert "pd.to_numeric(x['plain'])" in fix
    assert "x['decimal'].str.replace(',', '.')" in fix
    assert "na_values=['?']" in fix


def test_categories_are_still_categories() -> None:
    x = pandas.DataFrame({"size": np.ones(N), "colour": ["red", "blue", "12"] * 4})
    _, fix = error(x)

    def after(code: str) -> Any:
        names = {"pd": pandas, "x": x.copy()}
        exec(code, names)
        return names["x"]

    assert after(re.split("one-hot: |; category", fix)[1]).shape == (N, 4)
    assert after(fix.split("category codes: ")[1].split("; or ")[0])["colour"].dtype.kind == "i"
    assert list(after(fix.split("; or ")[1]).columns) == ["size"]
    table = np.array([["1", "red"], ["2", "blue"]] * 6, dtype=object)
    assert "np.unique(column, return_inverse=True)" in error(table)[1]
    for y in (np.array(["cat", "dog"] * 6), pandas.Series(["cat", "dog"] * 6)):
        _, fix = error(np.ones((N, 2)), y)
        names: dict[str, Any] = {"np": np, "y": y}
        exec(fix.split(": ")[1], names)
        assert sorted(set(names["y"])) == [0, 1]


def test_several_columns_of_numbers_are_made_numbers_at_once() -> None:
    x = pandas.DataFrame({name: [f"{i}.5" for i in range(N)] for name in ("a", "b", "c")})
    x["ready"] = np.ones(N)
    _, fix = error(x)
    exec(fix, {"pd": pandas, "x": x})
    train(x / 10, Y)


def test_dates_become_what_matters_of_them() -> None:
    x = pandas.DataFrame({"day": [f"2024-05-{i:02d}" for i in range(1, N + 1)]})
    _, fix = error(x)
    code = fix.split("dates: ")[1].split(", ")[0]
    assert list(eval(code, {"pd": pandas, "x": x}))[:2] == [122, 123]


@pytest.mark.parametrize("texts", [["1,5", "2"], ["2", "3", "1,5"], ["2", "1,5", "?", "4"]])
def test_numbers_without_a_comma_beside_one_with_a_comma_are_not_marks(texts: list[str]) -> None:
    found = classify(texts)
    assert found.kind == "commas" and "1,5" not in found.marks
