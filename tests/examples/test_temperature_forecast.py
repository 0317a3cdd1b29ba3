"""The forecast of temperatures of the examples, on the real ten years."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from examples import temperature_forecast as example


@pytest.fixture(scope="module")
def series(shared_data: Path) -> example.Series:
    return example.load_series(shared_data / example.FILE)


def test_the_network_is_better_than_today_and_than_a_linear_model(series: example.Series) -> None:
    problem = example.Problem(series)
    model, _ = example.train(problem, epochs=15, verbose=0)
    said = example.forecasts(problem, model, problem.test)
    network, linear, today = (
        example.errors(said, problem.truth(problem.test))[name] for name in ("GRU", "linear model", "tomorrow = today")
    )
    assert network < linear < today and network[1] < linear[1] < today[1]


def test_windows_end_on_the_eve_of_their_day_and_nothing_of_the_test_years_enters_training(series: example.Series) -> None:
    problem = example.Problem(series)
    x, y = next(iter(problem.windows(problem.test)))
    first = series.first_of(1989)
    assert series.dates[first] == np.datetime64("1989-01-01")
    np.testing.assert_allclose(x[0, :, 0], problem.scaled[first - example.WINDOW : first], rtol=1e-6)
    np.testing.assert_allclose(y, problem.scaled[first : first + len(y)])
    other = example.Problem(series._replace(degrees=np.where(np.arange(len(series.degrees)) < first, series.degrees, 99)))
    for days in (problem.train, problem.validation):
        for batch, same in zip(problem.windows(days), other.windows(days), strict=True):
            np.testing.assert_array_equal(batch[0], same[0])
            np.testing.assert_array_equal(batch[1], same[1])
