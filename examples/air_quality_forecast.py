"""How much fine dust will Beijing's air have over the next 24 hours? A GRU reads two days of weather and dust, hour by hour.

Forecast, at any hour: the mean PM2.5 of the 24 hours to come, in µg/m³, from what was measured in the 48 hours before.
Real tables have holes and words, and this one shows what to do about them:

- a missing hour of dust is filled with the last one measured, and a column of its own says so; a day to be forecast
  counts only if at least 18 of its hours were measured;
- the direction of the wind is a word: `StringLookup` gives each direction a column of zeros and ones;
- dust is a matter of factors ("twice as bad"), so the network works with its logarithm;
- scales are learned by `Normalization` from the training years alone: 2010-2012. 2013 says when to stop, 2014 is the test.

The rivals: "the next 24 hours are like the last 24", and linear models of exactly the same 48 hours, by least squares.

Run: python examples/air_quality_forecast.py          (beijing_pm25.csv is in $GLASSWORKS_DATA or here)
     python examples/air_quality_forecast.py --help   (where else the data may be, and what can be changed)

The file is PRSA_data_2010.1.1-2014.12.31.csv of Liang et al. (2015): https://archive.ics.uci.edu/dataset/381/beijing+pm2+5+data
"""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from command_line import CommandLine

import glassworks as keras
from glassworks import layers

FILE = "beijing_pm25.csv"
PICTURE = "air_quality_forecast.png"
PAST, AHEAD, MEASURED_AT_LEAST = 48, 24, 18
BATCH = 128
VALIDATION_YEAR, TEST_YEAR = 2013, 2014
WEATHER = ["DEWP", "TEMP", "PRES", "Iws", "Is", "Ir"]  # dew point, temperature, pressure, hours of wind, of snow, of rain


class Hours(NamedTuple):
    """A row per hour: when it was, its dust (NaN where it was not measured), its weather and the direction of its wind."""

    times: np.ndarray
    dust: np.ndarray
    weather: np.ndarray
    wind: np.ndarray


class Days(NamedTuple):
    """Forecasts to make: the inputs of the hours before, the mean dust before and after, and when the forecast is made."""

    inputs: np.ndarray
    dust_before: np.ndarray
    dust_after: np.ndarray
    times: np.ndarray


def load_hours(path: str | Path) -> Hours:
    """The table from a file."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    times = [f"{row['year']}-{int(row['month']):02}-{int(row['day']):02}T{int(row['hour']):02}" for row in rows]
    dust = [float("nan" if row["pm2.5"] == "NA" else row["pm2.5"]) for row in rows]
    weather = [[float(row[name]) for name in WEATHER] for row in rows]
    return Hours(np.array(times, "datetime64[h]"), np.array(dust), np.array(weather), np.array([row["cbwd"] for row in rows]))


def fill_forward(values: np.ndarray) -> np.ndarray:
    """Each hole gets the last value before it, never one from after it; holes at the very beginning get the first value."""
    known = np.where(np.isnan(values), -1, np.arange(len(values)))
    last = np.maximum.accumulate(known)
    return values[np.where(last < 0, np.argmax(known >= 0), last)]


def to_log(dust: np.ndarray) -> np.ndarray:
    # The 10 keeps the difference between 1 and 2 µg/m³, which means nothing, from looking like a doubling.
    return np.log(dust + 10)


def from_log(log: np.ndarray) -> np.ndarray:
    return np.exp(log) - 10


def make_inputs(hours: Hours) -> np.ndarray:
    """A row of numbers per hour; their scale comes from the training years alone."""
    training = hours.times < np.datetime64(f"{VALIDATION_YEAR}")
    dust = fill_forward(hours.dust)
    weather = np.concatenate(
        [hours.weather[:, :3], np.log1p(np.maximum(hours.weather[:, 3:], 0))], axis=1
    )  # hours of wind, snow, rain: long tails
    numbers = np.column_stack([dust, to_log(dust), weather]).astype("float32")
    normalize = layers.Normalization()
    normalize.adapt(numbers[training])
    directions = layers.StringLookup(output_mode="one_hot", num_oov_indices=0)
    directions.adapt(hours.wind[training])
    hour = hours.times.astype(int)
    clock = [wave(2 * np.pi * hour / period) for period in (24, 24 * 365.25) for wave in (np.sin, np.cos)]
    missing = np.isnan(hours.dust)
    columns = [normalize(numbers), directions(hours.wind), missing, *clock]
    return np.column_stack([np.asarray(column) for column in columns]).astype("float32")


def mean_dust(dust: np.ndarray, hours: int, at_least: int) -> np.ndarray:
    """The mean over the hours from each row on, of what was measured; NaN where that is too little."""
    windows = np.lib.stride_tricks.sliding_window_view(dust, hours)
    count = np.sum(~np.isnan(windows), axis=1)
    return np.where(count >= at_least, np.nansum(windows, axis=1) / np.maximum(count, 1), np.nan)


def make_days(hours: Hours, inputs: np.ndarray) -> dict[str, Days]:
    """The forecasts of each part. None looks into the years of another part, neither back nor ahead."""
    now = np.arange(PAST, len(hours.dust) - AHEAD + 1)  # the first hour that is not known yet
    means = mean_dust(hours.dust, AHEAD, MEASURED_AT_LEAST)
    before, after = means[now - AHEAD], means[now]
    windows = np.lib.stride_tricks.sliding_window_view(inputs, PAST, axis=0).transpose(0, 2, 1)
    years = hours.times.astype("datetime64[Y]").astype(int) + 1970
    first, last = years[now - PAST], years[now + AHEAD - 1]
    known = ~np.isnan(before) & ~np.isnan(after)
    parts = {
        "train": last < VALIDATION_YEAR,
        "validation": (first >= VALIDATION_YEAR) & (last < TEST_YEAR),
        "test": first >= TEST_YEAR,
    }
    rows = {name: np.flatnonzero(known & part) for name, part in parts.items()}
    return {name: Days(windows[row], before[row], after[row], hours.times[now[row]]) for name, row in rows.items()}


def make_model(columns: int, steps: int) -> keras.Sequential:
    """The network, with a learning rate that falls to 0 over the given number of steps."""
    model = keras.Sequential(
        [
            keras.Input(shape=(PAST, columns)),
            layers.Dropout(0.1),
            layers.GRU(24),
            layers.Dropout(0.2),
            layers.Dense(1),
        ]
    )
    # The absolute error lets one day of thick smog count for what it is, not for its square.
    rate = keras.optimizers.schedules.CosineDecay(0.002, decay_steps=steps)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="mae")
    return model


def train(days: dict[str, Days], epochs: int = 12, seed: int = 0, verbose: int = 2) -> tuple[keras.Sequential, int]:
    """The network as it was after its best epoch on the validation year, and how many epochs that took."""
    keras.utils.set_random_seed(seed)
    count, _, columns = days["train"].inputs.shape
    model = make_model(columns, steps=epochs * -(-count // BATCH))
    stop = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
    # A model starts out with answers near 0: it learns how far the logarithm is from its mean.
    middle = to_log(days["train"].dust_after).mean()
    (x, y), validation = ((days[part].inputs, to_log(days[part].dust_after) - middle) for part in ("train", "validation"))
    history = model.fit(x, y, batch_size=BATCH, validation_data=validation, epochs=epochs, callbacks=[stop], verbose=verbose)
    return model, len(history.history["loss"])


def forecasts(days: dict[str, Days], model: keras.Sequential, part: str = "test") -> dict[str, np.ndarray]:
    """What each of the four says of the days of a part, in µg/m³."""

    def rows(inputs: np.ndarray) -> np.ndarray:
        return np.column_stack([inputs.reshape(len(inputs), -1), np.ones(len(inputs))])

    train, asked = days["train"], days[part]
    targets = np.column_stack([train.dust_after, to_log(train.dust_after)])
    weights, *_ = np.linalg.lstsq(rows(train.inputs), targets, rcond=None)
    linear, linear_of_log = (rows(asked.inputs) @ weights).T
    network = model.predict(asked.inputs, batch_size=512, verbose=0)[:, 0] + to_log(train.dust_after).mean()
    return {
        "next 24 h = last 24 h": asked.dust_before,
        "linear model": linear,
        "linear model of logarithms": from_log(linear_of_log),
        "GRU": from_log(network),
    }


def errors(said: dict[str, np.ndarray], truth: np.ndarray) -> dict[str, tuple[float, float]]:
    """Root of the mean squared error, and mean absolute error, of each forecast."""
    return {name: (float(np.sqrt(np.mean((value - truth) ** 2))), float(np.mean(np.abs(value - truth)))) for name, value in said.items()}


def draw(test: Days, said: dict[str, np.ndarray], path: str = PICTURE) -> bool:
    """A picture of the forecasts made at midnight; False if matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    midnight = np.flatnonzero(test.times == test.times.astype("datetime64[D]"))[:120]
    figure = Figure(figsize=(10, 4), layout="tight")
    axes = figure.add_subplot()
    axes.bar(test.times[midnight], test.dust_after[midnight], color="lightgray", label="measured")
    for name in ("linear model of logarithms", "GRU"):
        axes.plot(test.times[midnight], said[name][midnight], label=name)
    axes.set_ylabel("PM2.5, mean of the day, µg/m³")
    axes.legend()
    figure.savefig(path, dpi=150)
    return True


def main() -> None:
    parser = CommandLine(__doc__, FILE, "the table of dust and weather", epochs=12)
    parser.add_argument("--seed", type=int, default=0, help="of the weights and the order of the hours")
    arguments = parser.parse()
    hours = load_hours(arguments.data)
    days = make_days(hours, make_inputs(hours))
    print(", ".join(f"{name}: {len(part.times):,} forecasts" for name, part in days.items()))
    start = time.perf_counter()
    model, epochs = train(days, arguments.epochs, arguments.seed)
    seconds = time.perf_counter() - start
    model.summary()
    test, said = days["test"], forecasts(days, model)
    print(f"\n{epochs} epochs in {seconds:.0f} s. Errors on the forecasts of {TEST_YEAR}, of which nothing was learned:")
    for name, (root, absolute) in errors(said, test.dust_after).items():
        print(f"  {name:27} root mean squared {root:5.1f}, mean absolute {absolute:5.1f} µg/m³")
    for row in range(0, len(test.times), len(test.times) // 5):
        moment = str(test.times[row]).replace("T", " ") + " h"
        before, after = test.dust_before[row], test.dust_after[row]
        print(f"{moment}: {before:4.0f} over the last 24 h, forecast {said['GRU'][row]:4.0f}, and it came to {after:4.0f}.")
    print(f"Four months of it are in {PICTURE}." if draw(test, said) else "Install matplotlib for a picture of it.")


if __name__ == "__main__":
    main()
