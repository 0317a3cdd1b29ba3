"""Fashion-MNIST: 70,000 photos of clothes of 28 x 28 pixels in ten classes (Xiao, Rasul and Vollgraf, 2017)."""

from __future__ import annotations

import gzip

import numpy as np

from glassworks.datasets.arrays import UNREADABLE, Split
from glassworks.datasets.files import STORAGE, get_file
from glassworks.errors import DataError


def load_data() -> Split:
    """Fashion-MNIST, downloaded once into Keras's cache.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 images of shape (60000, 28, 28) and (10000, 28, 28), uint8 labels.
    """

    def part(name: str) -> tuple[np.ndarray, np.ndarray]:
        labels = _read(f"{name}-labels-idx1-ubyte.gz", 8)
        return _read(f"{name}-images-idx3-ubyte.gz", 16).reshape(len(labels), 28, 28), labels

    return part("train"), part("t10k")


def _read(name: str, header: int) -> np.ndarray:
    path = get_file(name, origin=STORAGE + name, cache_subdir="datasets/fashion-mnist")
    try:
        with gzip.open(path) as file:
            return np.frombuffer(file.read(), np.uint8, offset=header)
    except UNREADABLE as error:
        fix = "delete it, so that it is downloaded again"
        raise DataError(f"{path} cannot be read: {error}", "a gzip file", fix, where="datasets.fashion_mnist.load_data") from error
