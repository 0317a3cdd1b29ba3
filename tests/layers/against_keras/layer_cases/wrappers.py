"""Layers around another layer."""

import keras

from glassworks import layers
from tests.layers.against_keras.cases import Case


def around(arguments: dict, shape: tuple, kind: str, *, below: int = 0, **inner: object) -> Case:
    """A case whose layer inside each library makes for itself."""
    mine, other = ({"layer": getattr(library.layers, kind)(**inner), **arguments} for library in (_Ours, keras))
    return Case("SpectralNormalization", mine, shape, keras_arguments=other, below=below)


class _Ours:
    layers = layers


CASES: list[Case] = [
    around({}, (4, 3), "Dense", units=2),
    around({"power_iterations": 3}, (2, 5, 4), "Conv1D", filters=3, kernel_size=2),
]
