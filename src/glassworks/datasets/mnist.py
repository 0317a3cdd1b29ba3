"""MNIST: 70,000 handwritten digits of 28 x 28 pixels (LeCun, Cortes and Burges, 1998)."""

from __future__ import annotations

from glassworks.datasets.arrays import Split, load_npz
from glassworks.datasets.files import STORAGE, get_file


def load_data(path: str = "mnist.npz") -> Split:
    """MNIST, downloaded once into Keras's cache.

    Args:
        path: The file's name in the cache.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 images of shape (60000, 28, 28) and (10000, 28, 28), uint8 labels.
    """
    digest = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
    return load_npz(get_file(path, origin=STORAGE + "mnist.npz", file_hash=digest), "datasets.mnist.load_data")
