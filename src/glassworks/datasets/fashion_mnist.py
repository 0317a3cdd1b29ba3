"""Fashion-MNIST: 70,000 photos of clothes of 28 x 28 pixels in ten classes (Xiao, Rasul and Vollgraf, 2017)."""

from __future__ import annotations

import gzip
import math
import struct

import numpy as np

from glassworks.datasets.arrays import UNREADABLE, Split, damaged
from glassworks.datasets.files import STORAGE, get_file
from glassworks.errors import DataError

_WHERE = "datasets.fashion_mnist.load_data"
_EXPECTED = "a gzip file of an idx array"
# The largest of the files holds 47 million bytes.
_MOST_BYTES = 1 << 28
# SHA-256 of the files, as their authors published them.
DIGESTS = {
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}


def load_data() -> Split:
    """Fashion-MNIST, downloaded once into Keras's cache.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 images of shape (60000, 28, 28) and (10000, 28, 28), uint8 labels.
    """

    def part(name: str) -> tuple[np.ndarray, np.ndarray]:
        x, y = _read(f"{name}-images-idx3-ubyte.gz", 3), _read(f"{name}-labels-idx1-ubyte.gz", 1)
        if x.shape[1:] != (28, 28) or len(x) != len(y):
            fix = "delete both files and load the data again"
            found = f"{name} images of shape {x.shape} and labels of shape {y.shape}"
            raise DataError(found, "one label per image of 28 x 28", fix, where=_WHERE)
        return x, y

    return part("train"), part("t10k")


def _read(name: str, axes: int) -> np.ndarray:
    """An array in the format idx (a magic number, the length of each axis, then bytes), compressed."""
    path = get_file(name, origin=STORAGE + name, file_hash=DIGESTS.get(name), cache_subdir="datasets/fashion-mnist")
    try:
        with gzip.open(path) as file:
            magic, *shape = struct.unpack(f">{1 + axes}I", file.read(4 + 4 * axes))
            wanted = math.prod(shape)
            if magic != 0x800 + axes or wanted > _MOST_BYTES:
                raise ValueError(f"its header says {magic:#x} and shape {tuple(shape)}")
            content = file.read(wanted + 1)
    except (struct.error, *UNREADABLE) as error:
        raise damaged(path, error, _EXPECTED, _WHERE) from error
    if len(content) != wanted:
        found = f"its header claims {wanted} bytes, and it holds {'more' if len(content) > wanted else len(content)}"
        raise damaged(path, found, _EXPECTED, _WHERE)
    return np.frombuffer(content, np.uint8).reshape(shape)
