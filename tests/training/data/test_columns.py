"""DataFrames go into FeatureSpace and models with named inputs as they are; what is missing names its column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers, utils
from glassworks.errors import DataError

pandas = pytest.importorskip("pandas", reason="DataFrames need pandas, an extra")

FRAME = pandas.DataFrame(
    {"age": [30, 41, 25, 60] * 10, "pet": ["cat", None, "dog", "cat"] * 10, "size": np.linspace(0, 1, 40), "hour": [1, 2, 3, 4] * 10}
)
TARGET = pandas.Series(np.tile([0.0, 1.0], 20))
KINDS = {"age": "float_normalized", "pet": "string_categorical", "hour": "integer_categorical"}


def space_model(frame: Any = FRAME, kinds: Any = KINDS) -> Any:
    space = utils.FeatureSpace(kinds)
    space.adapt(frame)
    model = keras.Model(space.get_inputs(), layers.Dense(1)(space.get_encoded_features()))
    model.compile("adam", "mse")
    return model


def named(names: Any) -> Any:
    inputs = {name: keras.Input((1,), name=str(name)) for name in names}
    model = keras.Model(inputs, layers.Dense(1)(layers.Concatenate()(list(inputs.values()))))
    model.compile("adam", "mse")
    return model


def filled() -> dict[str, Any]:
    return {"age": FRAME.age.to_numpy(), "pet": np.array(["cat", "", "dog", "cat"] * 10), "hour": FRAME.hour.to_numpy()}


def test_a_feature_space_takes_a_frame_a_row_and_a_dict_of_series() -> None:
    space, by_hand = utils.FeatureSpace(KINDS), utils.FeatureSpace(KINDS)
    space.adapt(FRAME)
    by_hand.adapt(filled())
    expected = by_hand(filled()).numpy()
    np.testing.assert_array_equal(space(FRAME).numpy(), expected)
    np.testing.assert_array_equal(space(dict(FRAME)).numpy(), expected)
    np.testing.assert_array_equal(space(FRAME.iloc[0]).numpy(), expected[0])


@pytest.mark.filterwarnings("ignore:.*the inputs .* are not used")  # a dict with other columns
@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame,
        lambda frame: frame[frame.columns[::-1]],
        lambda frame: frame.assign(pet=frame.pet.astype("category"), age=frame.age.astype("Int64")),
        lambda frame: frame.assign(pet=frame.pet.astype("string"), hour=frame.hour.astype("float64")),
        dict,
    ],
    ids=["as it is", "in another order", "categories and nullable integers", "strings and floats", "a dict of series"],
)
def test_a_model_of_a_feature_space_takes_a_frame_with_text(change: Any) -> None:
    model = space_model()
    expected = model.predict(filled(), verbose=0)
    frame = change(FRAME)
    np.testing.assert_allclose(model.predict(frame, verbose=0), expected, rtol=1e-6)
    model.fit(frame, TARGET, verbose=0, validation_data=(frame, TARGET))
    assert np.isfinite(model.evaluate(frame, TARGET, verbose=0))
    assert np.isfinite(model.train_on_batch(frame, TARGET))


def test_a_frame_is_split_for_validation() -> None:
    model = space_model()
    assert np.isfinite(model.fit(FRAME, TARGET, validation_split=0.25, verbose=0).history["val_loss"][0])


NUMBERS = pandas.DataFrame(np.random.default_rng(0).normal(size=(40, 3)))


@pytest.mark.parametrize("names", [[0, 1, 2], ["0", "1", "2"], [2, 0]])
def test_columns_whose_names_are_integers_find_their_inputs(names: Any) -> None:
    model = named(names)
    arrays = {name: NUMBERS[int(name)].to_numpy() for name in names}
    np.testing.assert_allclose(model.predict(NUMBERS, verbose=0), model.predict(arrays, verbose=0), rtol=1e-6)
    model.fit(NUMBERS, TARGET, verbose=0)
    space = utils.FeatureSpace(dict.fromkeys(names, "float"))
    assert space(NUMBERS).shape == (40, len(names))


def test_a_list_of_named_inputs_is_fed_by_name() -> None:
    inputs = [keras.Input((1,), name=name) for name in ("b", "a")]
    model = keras.Model(inputs, layers.Dense(1)(layers.Concatenate()(inputs)))
    frame = NUMBERS.rename(columns={0: "a", 1: "b"})
    np.testing.assert_allclose(model.predict(frame, verbose=0), model.predict([frame.b, frame.a], verbose=0), rtol=1e-6)


def test_one_input_takes_the_frame_as_a_table() -> None:
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    np.testing.assert_allclose(model.predict(NUMBERS, verbose=0), model.predict(NUMBERS.to_numpy(), verbose=0), rtol=1e-6)


def test_an_input_without_a_column_is_named() -> None:
    with pytest.raises(DataError, match=r"without a column 'hours'; it has 'age', 'hour'(?s:.)*did you mean 'hour'"):
        named(["age", "hours"]).fit(FRAME, TARGET)


HOLES = FRAME.assign(age=FRAME.age.where(FRAME.age < 50), hour=FRAME.hour.where(FRAME.hour > 1))


@pytest.mark.parametrize(
    ("call", "piece"),
    [
        (lambda: space_model(HOLES), "column 'age' has NaN in 10 of 40 rows (first row 3)"),
        (lambda: utils.FeatureSpace({"hour": "integer_categorical"}).adapt(HOLES), "column 'hour' has NaN in 10 of 40 rows (first row 0)"),
        (lambda: space_model().fit(HOLES, TARGET, verbose=0), "x['age'] has NaN in 10 of 40 rows"),
        (lambda: space_model().fit(HOLES.assign(age=1.0), TARGET, verbose=0), "x['hour'] has NaN in 10 of 40 rows"),
        (lambda: named(["age", "size"]).fit(HOLES, TARGET, verbose=0), "x['age'] has NaN in 10 of 40 rows"),
        (
            lambda: named(["size"]).fit(FRAME, pandas.DataFrame({"a": TARGET, "b": TARGET.where(TARGET > 0)}), verbose=0),
            "y has NaN in 20 of 40 rows (first rows 0, 2, 4), column 'b'",
        ),
        (lambda: table().fit(HOLES[["age", "size"]], TARGET, verbose=0), "x has NaN in 10 of 40 rows (first rows 3, 7, 11), column 'age'"),
        (lambda: table().fit(FRAME[["age", "size"]], HOLES.hour, verbose=0), "column 'hour'"),
        (lambda: named(["pet", "age"]).fit(FRAME.assign(pet=["a", 1] * 20), TARGET), "column 'pet' has text ('a') and other values (1)"),
    ],
)
def test_a_hole_names_its_column(call: Any, piece: str) -> None:
    with pytest.raises(DataError) as caught:
        call()
    assert piece in str(caught.value), str(caught.value)


def table() -> Any:
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def test_the_census_goes_from_its_file_into_a_model(shared_data: Path) -> None:
    frame = pandas.read_csv(shared_data / "adult_train.csv", na_values="?", skipinitialspace=True, nrows=1000)
    target = (frame.pop("income") == ">50K").astype(int)
    assert frame.isna().any().any()
    kinds = {name: "float_normalized" if dtype.kind in "if" else "string_categorical" for name, dtype in frame.dtypes.items()}
    space = utils.FeatureSpace(kinds)
    space.adapt(frame)
    model = keras.Model(space.get_inputs(), layers.Dense(1, activation="sigmoid")(space.get_encoded_features()))
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(frame, target, epochs=5, verbose=0, validation_split=0.2).history
    assert history["val_accuracy"][-1] > 0.78


def test_the_air_of_beijing_names_the_column_with_holes(shared_data: Path) -> None:
    frame = pandas.read_csv(shared_data / "beijing_pm25.csv", nrows=500)
    with pytest.raises(DataError, match=r"column 'pm2\.5' has NaN in"):
        utils.FeatureSpace({"pm2.5": "float_normalized", "cbwd": "string_categorical"}).adapt(frame)


@pytest.mark.parametrize("kind", ["float", "float_normalized", "float_discretized", "integer_categorical"])
@pytest.mark.parametrize(
    ("texts", "fix"),
    [(["red", "blue"] * 4, "features={'kind': 'string_categorical', ...}"), (["1,5", "2,5"] * 4, "frame['kind'].str.replace(',', '.')")],
)
def test_a_feature_space_names_the_column_of_text_that_it_takes_for_numbers(kind: str, texts: list[str], fix: str) -> None:
    frame = pandas.DataFrame({"size": np.arange(8.0), "kind": texts})
    space = keras.utils.FeatureSpace(features={"size": "float", "kind": kind})
    with pytest.raises(DataError) as caught:
        space.adapt(frame)
        space(frame)
    assert f"column 'kind' has text ('{texts[0]}')" in str(caught.value) and fix in str(caught.value)
