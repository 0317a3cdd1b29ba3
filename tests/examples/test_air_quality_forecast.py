"""The forecast of fine dust of the examples, on the real table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from examples import air_quality_forecast as example


@pytest.fixture(scope="module")
def hours(shared_data: Path) -> example.Hours:
    return example.load_hours(shared_data / example.FILE)


@pytest.fixture(scope="module")
def days(hours: example.Hours) -> dict[str, example.Days]:
    """Every third forecast, which is enough to be better than the rivals."""
    every = example.make_days(hours, example.make_inputs(hours))
    return {name: example.Days(*(column[::3] for column in part)) for name, part in every.items()}


def test_the_network_is_better_than_yesterday_and_than_linear_models(days: dict[str, example.Days]) -> None:
    model, _ = example.train(days, epochs=6, verbose=0)
    yesterday, linear, linear_of_log, network = example.errors(example.forecasts(days, model), days["test"].dust_after).values()
    assert network[0] < min(linear[0], linear_of_log[0]) < yesterday[0]
    assert network[1] < min(linear[1], linear_of_log[1]) < yesterday[1]


def test_a_forecast_sees_the_hours_before_it_and_the_truth_is_the_mean_of_those_after(hours: example.Hours) -> None:
    inputs = np.arange(len(hours.dust), dtype="float32")[:, None]
    for part, year in {"train": None, "validation": 2013, "test": 2014}.items():
        days = example.make_days(hours, inputs)[part]
        now = np.searchsorted(hours.times, days.times)
        np.testing.assert_array_equal(days.inputs[:, -1, 0], now - 1)
        np.testing.assert_array_equal(days.inputs[:, 0, 0], now - example.PAST)
        one = now[len(now) // 2]
        assert days.dust_after[len(now) // 2] == pytest.approx(np.nanmean(hours.dust[one : one + example.AHEAD]))
        if year is not None:
            seen = hours.times[[now[0] - example.PAST, now[-1] + example.AHEAD - 1]]
            assert (seen.astype("datetime64[Y]").astype(str) == str(year)).all()


def test_the_inputs_of_the_training_years_know_nothing_of_later_ones(hours: example.Hours) -> None:
    later = hours.times >= np.datetime64("2013")
    other = hours._replace(dust=np.where(later, 999, hours.dust), weather=np.where(later[:, None], -7, hours.weather))
    np.testing.assert_array_equal(example.make_inputs(hours)[~later], example.make_inputs(other)[~later])


def test_holes_are_filled_from_the_past() -> None:
    holes = np.array([np.nan, 3, np.nan, np.nan, 5, np.nan])
    assert example.fill_forward(holes).tolist() == [3, 3, 3, 3, 5, 5]
