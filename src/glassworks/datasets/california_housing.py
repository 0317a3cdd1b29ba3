"""California housing: prices of 20,640 districts with eight features (Pace and Barry, 1997)."""

from __future__ import annotations

from glassworks.arguments import OneOf, check
from glassworks.datasets import housing
from glassworks.datasets.arrays import Split
from glassworks.datasets.files import STORAGE, get_file


def load_data(version: str = "large", path: str = "california_housing.npz", test_split: float = 0.2, seed: int = 113) -> Split:
    """California housing, downloaded once into Keras's cache.

    Args:
        version: "large", or "small" for the first 600 districts.
        path: The file's name in the cache.
        test_split: The fraction of samples for the test part.
        seed: The seed of the order.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: eight features, and prices in dollars.
    """
    check("datasets.california_housing.load_data", {"version": OneOf("large", "small")}, version=version)
    digest = "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"
    file = get_file(path, origin=STORAGE + "california_housing.npz", file_hash=digest)
    return housing.read(file, test_split, seed, 600 if version == "small" else None)
