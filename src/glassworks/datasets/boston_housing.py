"""Boston housing: prices of 506 districts with 13 features (Harrison and Rubinfeld, 1978); known for a racist feature, kept for old code."""

from __future__ import annotations

from glassworks.datasets import housing
from glassworks.datasets.arrays import Split
from glassworks.datasets.files import STORAGE, get_file


def load_data(path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113) -> Split:
    """Boston housing, downloaded once into Keras's cache.

    Args:
        path: The file's name in the cache.
        test_split: The fraction of samples for the test part.
        seed: The seed of the order.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: 13 features, and prices in thousands of dollars.
    """
    digest = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"
    return housing.read(get_file(path, origin=STORAGE + "boston_housing.npz", file_hash=digest), test_split, seed)
