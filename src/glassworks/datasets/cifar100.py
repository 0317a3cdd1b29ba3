"""CIFAR-100: 60,000 colour images of 32 x 32 pixels in a hundred classes (Krizhevsky, 2009)."""

from __future__ import annotations

from pathlib import Path

from glassworks.arguments import OneOf, check
from glassworks.datasets import cifar
from glassworks.datasets.arrays import Split
from glassworks.datasets.files import get_file


def load_data(label_mode: str = "fine") -> Split:
    """CIFAR-100, downloaded once into Keras's cache.

    Args:
        label_mode: "fine" for the hundred classes, "coarse" for their twenty groups.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 images of shape (50000, 32, 32, 3) and (10000, 32, 32, 3), labels of shape (n, 1).
    """
    check("datasets.cifar100.load_data", {"label_mode": OneOf("fine", "coarse")}, label_mode=label_mode)
    folder = get_file(
        "cifar-100-python-target",
        origin="https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
        extract=True,
        file_hash="85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
    )
    return cifar.read(Path(folder) / "cifar-100-python", ["train"], "test", f"{label_mode}_labels")
