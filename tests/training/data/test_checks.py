"""Checks on whole arrays before training: NaN, infinity, unscaled pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks.errors import DataError
from glassworks.training.data.checks import check_finite, looks_like_bytes
from glassworks.training.data.convert import to_arrays

CLEAN = np.zeros((6, 4), "float32")


def with_holes(value: float, *places: tuple[int, ...], shape: tuple[int, ...] = (6, 4)) -> np.ndarray:
    array = np.zeros(shape, "float32")
    for place in places:
        array[place] = value
    return array


@pytest.mark.parametrize(
    ("array", "pieces"),
    [
        (with_holes(np.nan, (1, 2)), ["x has NaN in 1 of 6 rows (first row 1), column 2"]),
        (with_holes(np.inf, (1, 2), (4, 0), (5, 0)), ["x has infinity in 3 of 6 rows (first rows 1, 4, 5), columns 0, 2"]),
        (with_holes(np.nan, *((i, 0) for i in range(6))), ["6 of 6 rows (first rows 0, 1, 2)"]),
        (with_holes(np.nan, (3,), shape=(6,)), ["x has NaN in 1 of 6 rows (first row 3)\n"]),
        (with_holes(np.nan, (3, 1, 0), shape=(6, 2, 2)), ["first at (1, 0) of that row"]),
        (with_holes(np.nan, (0, 0)).astype("float64"), ["NaN"]),
        (np.array([np.inf, -np.inf], "float32"), ["infinity in 2 of 2 rows"]),
    ],
)
def test_numbers_that_are_not_finite_are_reported_with_their_place(array: np.ndarray, pieces: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        check_finite((CLEAN, array), ("other", "x"))
    assert [piece for piece in pieces if piece not in str(caught.value)] == []
    assert "np.nan_to_num" in str(caught.value)


def test_structures_name_the_array_inside() -> None:
    with pytest.raises(DataError, match=r"x\['b'\]\[1\] has NaN"):
        check_finite(({"a": CLEAN, "b": [CLEAN, with_holes(np.nan, (0, 0))]}, None), ("x", "y"))


@pytest.mark.parametrize(
    "array", [CLEAN, np.full((4, 4), 1e38, "float32"), np.array([1, 2]), np.array([True]), np.full(70_000, 60_000, "float16")]
)
def test_finite_numbers_pass_even_where_their_sum_overflows(array: np.ndarray) -> None:
    check_finite((array, None, {"a": array}), ("x", "y", "sample_weight"))


def test_an_array_on_disk_is_checked_in_part(tmp_path: Path) -> None:
    on_disk = np.memmap(tmp_path / "x.bin", dtype="float32", mode="w+", shape=(5, 3))
    on_disk[2, 1] = np.nan
    with pytest.raises(DataError, match=r"first row 2\), column 1"):
        check_finite((on_disk,), ("x",))


PICTURE = np.arange(256).reshape(4, 8, 8)


@pytest.mark.parametrize(
    ("x", "piece"),
    [
        (PICTURE, "divide by 255"),
        (PICTURE.astype("uint8"), "divide by 255"),
        (PICTURE.astype("float32"), "integers from 0 to 255"),
        (PICTURE // 16, "divide by 15"),
        (np.array([[30, 2], [65, 1]]), "layers.Normalization()"),
        (np.arange(40 * 20).reshape(40, 20) % 100, "normalization.adapt(x)"),
        (PICTURE.reshape(4, 64), "divide by 255"),
    ],
)
def test_unscaled_integers_are_warned_of(x: np.ndarray, piece: str) -> None:
    assert piece in str(looks_like_bytes(x))


@pytest.mark.parametrize(
    "x",
    [
        PICTURE / 255.0,
        PICTURE - 5,
        PICTURE * 2,
        PICTURE > 3,
        np.eye(16),
        np.array([[1.0], [2.0], [3.0], [4.0]]),
        np.zeros((0, 16)),
        np.array([[np.nan, 200.0]]),
    ],
    ids=["scaled", "negative", "too large", "bool", "one-hot", "a first example", "empty", "nan"],
)
def test_other_inputs_are_left_in_peace(x: Any) -> None:
    assert looks_like_bytes(x) is None


def test_the_advice_for_a_table_of_whole_numbers_gives_its_columns_one_scale() -> None:
    from glassworks import layers

    x = np.random.default_rng(0).integers(0, 100, (200, 8))
    x[:, 0] //= 20
    text = str(looks_like_bytes(x))
    assert "divide by" not in text
    names: dict[str, Any] = {"layers": layers, "x": x}
    code = "normalization = layers.Normalization(); normalization.adapt(x)"
    assert code in text
    exec(code, names)
    scaled = np.asarray(names["normalization"](x.astype("float32")))
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-5)


def test_the_fix_for_holes_in_one_of_several_arrays_runs_as_printed() -> None:
    x, y = {"a": np.ones((5, 2)), "b": np.ones(5)}, [np.arange(5.0), np.array([0, 1, np.nan, 3, 4])]
    with pytest.raises(DataError) as caught:
        check_finite((x, y), ("x", "y"))
    names = {"x": x, "y": y, "np": np, "keras": keras}
    exec(str(caught.value).partition("everywhere: ")[2], names)
    check_finite((names["x"], names["y"]), ("x", "y"))
    assert [len(array) for array in (*names["x"].values(), *names["y"])] == [4, 4, 4, 4]


@pytest.mark.parametrize("form", ["array", "column", "table", "series", "frame", "dict", "list"])
@pytest.mark.parametrize("name", ["x", "y"])
def test_the_code_that_drops_rows_runs_as_printed(form: str, name: str) -> None:
    pandas = pytest.importorskip("pandas")
    whole, table, holed = np.arange(6.0), np.arange(24.0).reshape(6, 4), np.array([0, 1, np.nan, 3, 4, 5])
    data = {
        "array": holed,
        "column": holed[:, None],
        "table": np.where(table == 9, np.nan, table),
        "series": pandas.Series(holed),
        "frame": pandas.DataFrame({"a": whole, "b": holed}),
        "dict": {"a": whole, "b": holed},
        "list": [whole, holed],
    }[form]
    with pytest.raises(DataError) as caught:
        check_finite((to_arrays(data, name),), (name,))
    code = str(caught.value).split("keep = ")[1].split("), or fill")[0]
    names: dict[str, Any] = {"np": np, "keras": keras, "x": table, "y": whole, name: data}
    exec(f"keep = {code}", names)
    kept = [len(part) for part in keras.tree.flatten((names["x"], names["y"]))]
    assert set(kept) == {5} and len(kept) == (3 if form in ("dict", "list") else 2)
    check_finite((to_arrays(names[name], name),), (name,))
