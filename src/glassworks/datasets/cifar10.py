"""CIFAR-10: 60,000 colour images of 32 x 32 pixels in ten classes (Krizhevsky, 2009)."""

from __future__ import annotations

from pathlib import Path

from glassworks.datasets import cifar
from glassworks.datasets.arrays import Split
from glassworks.datasets.files import get_file


def load_data() -> Split:
    """CIFAR-10, downloaded once into Keras's cache.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 images of shape (50000, 32, 32, 3) and (10000, 32, 32, 3), labels of shape (n, 1).
    """
    folder = get_file(
        "cifar-10-batches-py-target",
        origin="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
        extract=True,
        file_hash="6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    )
    return cifar.read(Path(folder) / "cifar-10-batches-py", [f"data_batch_{i}" for i in range(1, 6)], "test_batch", "labels")
