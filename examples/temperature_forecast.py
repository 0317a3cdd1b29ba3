"""How cold will tomorrow night be? A GRU reads the last two weeks and answers in degrees.

A recurrent layer reads a series day by day and carries a small memory along; a GRU learns which part of it to keep
and which to overwrite. Here the memory has 16 numbers, and a dense layer turns its last state into a forecast.

A forecast is worth something only beside a simple one, on days that nothing was learned from. Seven years train the
network, the eighth says when to stop, and the last two are the test. The rivals: "tomorrow is like today", and a
linear model of exactly the same inputs, solved by least squares.

Run: python examples/temperature_forecast.py          (daily_min_temperatures.csv is in $GLASSWORKS_DATA or here)
     python examples/temperature_forecast.py --help   (where else the data may be, and what can be changed)

The file has the minimum temperatures of Melbourne, 1981-1990 (Australian Bureau of Meteorology):
https://raw.githubusercontent.com/jbrownlee/Datasets/master/daily-min-temperatures.csv
"""

from __future__ import annotations

import csv
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from command_line import CommandLine

import glassworks as keras
from glassworks import layers

FILE = "daily_min_temperatures.csv"
PICTURE = "temperature_forecast.png"
WINDOW = 14
VALIDATION_YEAR, TEST_YEAR = 1988, 1989


class Series(NamedTuple):
    """The days in order, and the minimum temperature of each in degrees Celsius."""

    dates: np.ndarray
    degrees: np.ndarray

    def first_of(self, year: int) -> int:
        """The row with which a year begins."""
        return int(np.searchsorted(self.dates, np.datetime64(f"{year}-01-01")))


def load_series(path: str | Path) -> Series:
    """The series from a file with columns Date and Temp, a row per day."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = [(row["Date"], float(row["Temp"])) for row in csv.DictReader(file)]
    dates, degrees = zip(*rows, strict=True)
    return Series(np.array(dates, "datetime64[D]"), np.array(degrees, "float32"))


class Problem:
    """The series as windows of the past with the day that follows, all in units that a network likes."""

    def __init__(self, series: Series) -> None:
        self.series = series
        self.train = slice(WINDOW, series.first_of(VALIDATION_YEAR))
        self.validation = slice(self.train.stop, series.first_of(TEST_YEAR))
        self.test = slice(self.validation.stop, len(series.degrees))
        # What the test years are like is unknown in training: the scale comes from the training years alone.
        known = series.degrees[: self.train.stop]
        self.mean, self.spread = known.mean(), known.std()
        self.scaled = (series.degrees - self.mean) / self.spread
        # The season as a point on a circle, so that 31 December lies beside 1 January.
        day_of_year = (series.dates - series.dates.astype("datetime64[Y]")).astype(int)
        angle = 2 * np.pi * day_of_year / 365.25
        self.inputs = np.stack([self.scaled, np.sin(angle), np.cos(angle)], axis=1).astype("float32")

    def windows(self, days: slice, batch_size: int = 32, shuffle: bool = False) -> Iterable:
        """For each of the days: the inputs of the WINDOW days before it, and its own scaled temperature."""
        past, targets = self.inputs[days.start - WINDOW : days.stop], self.scaled[days]
        return keras.utils.timeseries_dataset_from_array(past, targets, WINDOW, batch_size=batch_size, shuffle=shuffle)

    def flat_windows(self, days: slice) -> np.ndarray:
        """The same windows as rows of one matrix, with a column of ones."""
        rows = np.concatenate([x.reshape(len(x), -1) for x, _ in self.windows(days)])
        return np.column_stack([rows, np.ones(len(rows))])

    def truth(self, days: slice) -> np.ndarray:
        """What the thermometer said."""
        return self.series.degrees[days]


def make_model() -> keras.Sequential:
    model = keras.Sequential([keras.Input(shape=(WINDOW, 3)), layers.GRU(16), layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="mse")
    return model


def train(problem: Problem, epochs: int = 60, seed: int = 0, verbose: int = 2) -> tuple[keras.Sequential, int]:
    """The network as it was after its best epoch on the validation year, and how many epochs that took."""
    keras.utils.set_random_seed(seed)
    model = make_model()
    stop = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
    train, validation = problem.windows(problem.train, shuffle=True), problem.windows(problem.validation)
    history = model.fit(train, validation_data=validation, epochs=epochs, callbacks=[stop], verbose=verbose)
    return model, len(history.history["loss"])


def forecasts(problem: Problem, model: keras.Sequential, days: slice) -> dict[str, np.ndarray]:
    """What each of the three says of these days, in degrees."""
    # The linear model has no use for a validation year, so it may learn from that year too.
    known = slice(problem.train.start, problem.validation.stop)
    weights, *_ = np.linalg.lstsq(problem.flat_windows(known), problem.truth(known), rcond=None)
    return {
        "tomorrow = today": problem.series.degrees[days.start - 1 : days.stop - 1],
        "linear model": problem.flat_windows(days) @ weights,
        "GRU": model.predict(problem.windows(days), verbose=0)[:, 0] * problem.spread + problem.mean,
    }


def errors(said: dict[str, np.ndarray], truth: np.ndarray) -> dict[str, tuple[float, float]]:
    """Mean squared and mean absolute error of each forecast."""
    return {name: (float(np.mean((value - truth) ** 2)), float(np.mean(np.abs(value - truth)))) for name, value in said.items()}


def draw(problem: Problem, said: dict[str, np.ndarray], path: str = PICTURE) -> bool:
    """A picture of the first four test months; False if matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    figure = Figure(figsize=(10, 4), layout="tight")
    axes = figure.add_subplot()
    dates = problem.series.dates[problem.test][:120]
    axes.plot(dates, problem.truth(problem.test)[:120], ".", color="black", label="measured")
    for name in ("linear model", "GRU"):
        axes.plot(dates, said[name][:120], label=name)
    axes.set_ylabel("minimum temperature, °C")
    axes.legend()
    figure.savefig(path, dpi=150)
    return True


def main() -> None:
    parser = CommandLine(__doc__, FILE, "the series of temperatures", epochs=60)
    parser.add_argument("--seed", type=int, default=0, help="of the weights and the order of the days")
    arguments = parser.parse()
    problem = Problem(load_series(arguments.data))
    start = time.perf_counter()
    model, epochs = train(problem, arguments.epochs, arguments.seed)
    seconds = time.perf_counter() - start
    model.summary()
    said, truth = forecasts(problem, model, problem.test), problem.truth(problem.test)
    print(f"\n{epochs} epochs in {seconds:.1f} s. Errors on {len(truth)} days from {TEST_YEAR} on that nothing was learned from:")
    for name, (squared, absolute) in errors(said, truth).items():
        print(f"  {name:16} mean squared {squared:5.3f}, mean absolute {absolute:5.3f} °C")
    for row in range(0, len(truth), len(truth) // 5):
        day = problem.test.start + row
        past, date = problem.series.degrees[day - 1], problem.series.dates[day]
        print(f"The night before {date} had {past:4.1f} °C; forecast {said['GRU'][row]:4.1f}, and it came to {truth[row]:4.1f}.")
    print(f"Four months of it are in {PICTURE}." if draw(problem, said) else "Install matplotlib for a picture of it.")


if __name__ == "__main__":
    main()
