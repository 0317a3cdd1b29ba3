"""The data of the corpus: digits that the library brings, scikit-learn's toy tables, and series, texts and tables made from fixed seeds."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn import datasets

import glassworks as keras


class Data(NamedTuple):
    """Samples to train on, and others to test on."""

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    def first(self, count: int) -> Data:
        """The first samples of the training part; the test part stays."""
        return Data(self.x[:count], self.y[:count], self.x_test, self.y_test)


def digits(flat: bool = True) -> Data:
    """1,797 handwritten digits as numbers from 0 to 1: rows of 64, or images of 8 x 8 x 1."""
    (x, y), (x_test, y_test) = keras.datasets.digits.load_data()
    shape = (-1, 64) if flat else (-1, 8, 8, 1)
    x, x_test = (part.reshape(shape).astype("float32") / 16 for part in (x, x_test))
    return Data(x, y.astype("int32"), x_test, y_test.astype("int32"))


def pictures() -> Data:
    """The digits as they come out of picture files: bytes from 0 to 255."""
    data = digits()
    return Data((data.x * 255).astype("uint8"), data.y, (data.x_test * 255).astype("uint8"), data.y_test)


def _split(x: np.ndarray, y: np.ndarray, share: float = 0.25, seed: int = 0) -> Data:
    order = np.random.default_rng(seed).permutation(len(x))
    test, train = np.split(order, [int(len(x) * share)])
    return Data(x[train], y[train], x[test], y[test])


def table(name: str, scaled: bool = True) -> Data:
    """A table of scikit-learn: "iris", "wine", "breast_cancer" (classes) or "diabetes" (a quantity), scaled by the training part."""
    bunch = datasets.load_diabetes(scaled=False) if name == "diabetes" else getattr(datasets, f"load_{name}")()
    data = _split(bunch.data.astype("float32"), bunch.target.astype("float32" if name == "diabetes" else "int32"))
    return standardized(data) if scaled else data


def standardized(data: Data) -> Data:
    """Columns with mean 0 and standard deviation 1, both taken from the training part."""
    mean, deviation = data.x.mean(axis=0), data.x.std(axis=0)
    return data._replace(x=(data.x - mean) / deviation, x_test=(data.x_test - mean) / deviation)


def blobs(classes: int = 4, rows: int = 1200, columns: int = 10, spread: float = 2.0, seed: int = 0) -> Data:
    """Points around one centre per class."""
    x, y = datasets.make_blobs(rows, columns, centers=classes, cluster_std=spread, random_state=seed)
    return standardized(_split(x.astype("float32"), y.astype("int32"), seed=seed))


def two_classes(share: float, rows: int = 2000, columns: int = 8, distance: float = 1.0, seed: int = 0) -> Data:
    """Two overlapping classes, of which class 1 has the given share; `distance` is that of their centres."""
    rng = np.random.default_rng(seed)
    y = (rng.random(rows) < share).astype("int32")
    x = rng.normal(size=(rows, columns)) + y[:, None] * distance / np.sqrt(columns)
    return _split(x.astype("float32"), y, seed=seed)


def smooth(rows: int = 1000, columns: int = 6, noise: float = 0.1, seed: int = 0) -> Data:
    """A quantity that is a smooth function of some columns, with mean 0 and standard deviation 1."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns)).astype("float32")
    y = np.sin(x[:, 0]) + 0.5 * x[:, 1] * x[:, 2] + 0.3 * x[:, 3] + noise * rng.normal(size=rows)
    return _split(x, ((y - y.mean()) / y.std()).astype("float32"), seed=seed)


def houses(rows: int = 1000, seed: int = 0) -> Data:
    """Area, rooms, age, distance and floor of flats, and their price in dollars."""
    rng = np.random.default_rng(seed)
    area = rng.uniform(30, 200, rows)
    rooms = np.round(area / 30 + rng.normal(0, 0.7, rows)).clip(1)
    age, distance, floor = rng.uniform(0, 90, rows), rng.exponential(8, rows), rng.integers(0, 12, rows)
    price = 40_000 + 2_300 * area + 9_000 * rooms - 700 * age - 3_000 * distance + 1_500 * floor + rng.normal(0, 15_000, rows)
    return _split(np.stack([area, rooms, age, distance, floor], axis=1).astype("float32"), price.clip(20_000).astype("float32"), seed=seed)


def waves(rows: int = 600, steps: int = 24, seed: int = 0) -> Data:
    """Noisy waves of shape (n, steps, 1), each with its next value as y."""
    rng = np.random.default_rng(seed)
    phase, speed = rng.uniform(0, 6.28, (rows, 1)), rng.uniform(0.2, 0.5, (rows, 1))
    series = np.sin(phase + speed * np.arange(steps + 1)) + 0.05 * rng.normal(size=(rows, steps + 1))
    return _split(series[:, :-1, None].astype("float32"), series[:, -1].astype("float32"), seed=seed)


def sequences(rows: int = 800, steps: int = 20, seed: int = 0) -> Data:
    """Series of shape (n, steps, 2), whose class says whether the first column rises faster than the second."""
    rng = np.random.default_rng(seed)
    slopes = rng.normal(size=(rows, 1, 2))
    x = slopes * np.linspace(0, 1, steps)[None, :, None] + 0.3 * rng.normal(size=(rows, steps, 2))
    return _split(x.astype("float32"), (slopes[:, 0, 0] > slopes[:, 0, 1]).astype("int32"), seed=seed)


def texts(rows: int = 800, words: int = 200, length: int = 20, seed: int = 0) -> Data:
    """Rows of word numbers, 0 where a text has ended; two groups of words speak for class 0 and for class 1."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    x = rng.integers(21, words, (rows, length))
    for row, label in enumerate(y):
        places = rng.choice(length // 2, 3, replace=False)
        x[row, places] = rng.integers(1, 11, 3) + 10 * label
        x[row, rng.integers(length // 2, length + 1) :] = 0
    return _split(x.astype("int32"), y.astype("int32"), seed=seed)


def file(name: str) -> Path:
    """A file of real data beside the checkout, if it is there."""
    import os

    return Path(os.environ.get("GLASSWORKS_DATA", Path(__file__).parents[3] / "shared" / "data")) / name
