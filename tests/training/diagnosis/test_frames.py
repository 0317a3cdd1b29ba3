"""DataFrames whose rows or columns do not go together."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers
from glassworks.errors import GlassworksWarning

pandas = pytest.importorskip("pandas", reason="DataFrames need pandas, an extra")

RNG = np.random.default_rng(0)
FRAME = pandas.DataFrame(RNG.normal(size=(60, 3)), columns=["age", "height", "weight"])
TARGET = pandas.Series(FRAME.sum(axis=1), name="sum")


def net() -> Any:
    model = keras.Sequential([keras.Input(shape=(3,)), layers.Dense(1)], name="net")
    model.compile("adam", "mse")
    return model


def fitted() -> Any:
    model = net()
    model.fit(FRAME, TARGET, verbose=0)
    return model


@pytest.mark.parametrize(
    ("x", "y", "fix"),
    [
        (FRAME, TARGET.sample(frac=1, random_state=1), "y = y.loc[x.index]"),
        (FRAME.sort_values("age"), TARGET, "y = y.loc[x.index]"),
        (FRAME.iloc[::-1], TARGET.to_frame(), "y = y.loc[x.index]"),
        (FRAME.iloc[10:40], TARGET.iloc[30:], "reset_index(drop=True)"),
        (FRAME[FRAME.age > 0].iloc[:20], TARGET[FRAME.height > 0].iloc[:20], "after the last filter"),
    ],
)
def test_rows_with_other_names_are_told(x: Any, y: Any, fix: str) -> None:
    with pytest.warns(GlassworksWarning, match="x and y have different indexes: row") as caught:
        net().fit(x, y, verbose=0)
    assert len(caught) == 1 and fix in str(caught[0].message) and caught[0].filename == __file__


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (FRAME, TARGET),
        (FRAME.sample(frac=1, random_state=1), TARGET.sample(frac=1, random_state=1)),
        (FRAME[FRAME.age > 0], TARGET[FRAME.age > 0]),
        (FRAME[FRAME.age > 0], TARGET[FRAME.age > 0].to_numpy()),
        (FRAME[FRAME.age > 0], pandas.Series(TARGET[FRAME.age > 0].to_numpy())),
    ],
)
def test_rows_that_go_together_are_silent(x: Any, y: Any) -> None:
    net().fit(x, y, verbose=0)


HELD_OUT = FRAME + 0.001  # other rows, with the same index
SWAPPED = FRAME[["height", "age", "weight"]]
RENAMED = FRAME.rename(columns={"weight": "mass"})


@pytest.mark.parametrize(
    ("changed", "pieces"),
    [
        (SWAPPED, ["stand in another order", "column 0 is 'height', and was 'age'"]),
        (RENAMED, ["have other names", "column 2 is 'mass', and was 'weight'"]),
    ],
)
@pytest.mark.parametrize(
    "call",
    [
        lambda model, changed: model.predict(changed, verbose=0),
        lambda model, changed: model.evaluate(changed, TARGET, verbose=0),
        lambda model, changed: model.fit(FRAME, TARGET, validation_data=(changed + 0.001, TARGET), verbose=0),
    ],
    ids=["predict", "evaluate", "validation"],
)
def test_columns_that_changed_since_fit_are_told(changed: Any, pieces: list[str], call: Any) -> None:
    model = fitted()
    with pytest.warns(GlassworksWarning) as caught:
        call(model, changed)
    text = str(caught[0].message)
    assert len(caught) == 1 and [piece for piece in [*pieces, "'age', 'height', 'weight'"] if piece not in text] == [], text


def test_the_same_columns_and_arrays_are_silent() -> None:
    model = fitted()
    model.predict(FRAME.iloc[:5], verbose=0)
    model.predict(FRAME.to_numpy(), verbose=0)
    model.evaluate(FRAME, TARGET, verbose=0)
    model.fit(FRAME, TARGET, validation_data=(HELD_OUT, TARGET), verbose=0)
    model.fit(SWAPPED, TARGET, verbose=0)
    model.predict(SWAPPED, verbose=0)


def test_the_checks_of_frames_are_off_by_name() -> None:
    keras.config.disable_checks("frame_index", "frame_columns")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = net()
        model.fit(FRAME.iloc[::-1], TARGET, verbose=0)
        model.predict(SWAPPED, verbose=0)


@pytest.mark.parametrize("names", [["age", "height", "weight"], [0, 1, 2]])
@pytest.mark.parametrize("changed", [lambda x: x[x.columns[::-1]], lambda x: x.rename(columns={x.columns[0]: "other"})])
def test_the_code_that_puts_columns_right_runs_as_printed(names: list[Any], changed: Any) -> None:
    frame = FRAME.set_axis(names, axis=1)
    model = net()
    model.fit(frame, TARGET, verbose=0)
    x = changed(frame)
    with pytest.warns(GlassworksWarning) as caught:
        model.predict(x, verbose=0)
    text = str(caught[0].message)
    scope = {"x": x}
    exec(text.split("fix:")[1].split("silence:")[0].split("differ:")[-1].strip(), scope)
    np.testing.assert_allclose(model.predict(scope["x"], verbose=0), model.predict(frame, verbose=0))


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda model, x: model.evaluate(x, TARGET, verbose=0), "x"),
        (lambda model, x: model.fit(FRAME, TARGET, validation_data=(x + 0.001, TARGET), verbose=0), "x_validation"),
    ],
)
def test_rows_of_held_out_data_with_other_names_are_told(call: Any, name: str) -> None:
    model = fitted()
    with pytest.warns(GlassworksWarning, match="have different indexes: row 0 of x is 59, row 0 of y is 0") as caught:
        call(model, FRAME.iloc[::-1])
    assert len(caught) == 1 and f"{name}.index.equals" in str(caught[0].message)


def test_a_hole_in_a_prediction_names_its_column_and_code_without_targets() -> None:
    model = fitted()
    x = FRAME.copy()
    x.loc[7, "height"] = np.nan
    with pytest.warns(GlassworksWarning, match="NaN in 1 of 60 rows .first row 7., column 'height'") as caught:
        model.predict(x, verbose=0)
    scope = {"np": np, "x": x}
    exec(str(caught[0].message).split("rows (")[2].split("), or fill")[0], scope)
    assert len(scope["x"]) == 59
