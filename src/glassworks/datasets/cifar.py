"""The format of CIFAR-10 and CIFAR-100: batches of images as pickled dicts (Krizhevsky, 2009)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from glassworks import settings
from glassworks.datasets import pickles
from glassworks.datasets.arrays import UNREADABLE, Split
from glassworks.errors import DataError


def read(folder: str | Path, train: list[str], test: str, labels: str) -> Split:
    """The images of batch files, channels in the position of `config.image_data_format()`, and labels of shape (n, 1)."""
    parts = [_batch(Path(folder) / name, labels) for name in train]
    x_train, y_train = np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])
    x_test, y_test = _batch(Path(folder) / test, labels)
    if settings.image_data_format() == "channels_last":
        x_train, x_test = x_train.transpose(0, 2, 3, 1), x_test.transpose(0, 2, 3, 1)
    return (x_train, y_train), (x_test, y_test)


def _batch(path: Path, labels: str) -> tuple[np.ndarray, np.ndarray]:
    try:
        with path.open("rb") as file:
            content = pickles.load(file, encoding="bytes")
        x = np.asarray(content[b"data"], dtype="uint8").reshape(-1, 3, 32, 32)
        y = np.asarray(content[labels.encode()], dtype="uint8").reshape(-1, 1)
        if len(x) != len(y):
            raise ValueError(f"{len(x)} images and {len(y)} labels")
    except (LookupError, *UNREADABLE) as error:
        found = error.found if isinstance(error, DataError) else str(error)
        if isinstance(error, DataError) and "run code" in error.fix:
            raise
        expected = "a batch of images with labels"
        raise DataError(
            f"{str(path)!r}: {found}", expected, f"delete the folder {path.parents[1]} and load the data again", where="datasets"
        ) from error
    return x, y
