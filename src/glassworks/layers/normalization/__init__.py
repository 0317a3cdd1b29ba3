"""Normalization layers: they keep activations at a common scale."""

from glassworks.layers.normalization.batch import BatchNormalization as BatchNormalization
from glassworks.layers.normalization.group import GroupNormalization as GroupNormalization
from glassworks.layers.normalization.layer import LayerNormalization as LayerNormalization
from glassworks.layers.normalization.rms import RMSNormalization as RMSNormalization
from glassworks.layers.normalization.unit import UnitNormalization as UnitNormalization
