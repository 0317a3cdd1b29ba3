"""Regularizers: penalties on weights or outputs that are added to the loss."""

from glassworks import registry as _registry
from glassworks.regularizers.regularizers import L1 as L1
from glassworks.regularizers.regularizers import L1L2 as L1L2
from glassworks.regularizers.regularizers import L2 as L2
from glassworks.regularizers.regularizers import REGULARIZERS as REGULARIZERS
from glassworks.regularizers.regularizers import OrthogonalRegularizer as OrthogonalRegularizer
from glassworks.regularizers.regularizers import Regularizer as Regularizer

# Keras's other names of the same classes.
l1 = L1
l1_l2 = L1L2
l2 = L2
orthogonal_regularizer = OrthogonalRegularizer

get = REGULARIZERS.get
serialize = _registry.serialize
deserialize = REGULARIZERS.deserialize

REGULARIZERS.add_exported(globals(), Regularizer)
