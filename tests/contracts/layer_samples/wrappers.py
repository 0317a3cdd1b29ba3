"""Layers around another layer."""

from glassworks import layers
from tests.contracts.samples import Sample

SAMPLES = {
    "SpectralNormalization": Sample(lambda dtype: {"layer": layers.Dense(3, dtype=dtype)}, (2, 4)),
}
