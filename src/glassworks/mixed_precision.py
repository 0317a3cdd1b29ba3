"""Keras's names for training in 16 bits: the dtype policy of layers, and the optimizer that scales the loss."""

from glassworks.config import dtype_policy as dtype_policy
from glassworks.config import set_dtype_policy as set_dtype_policy
from glassworks.dtype_policy import DTypePolicy as DTypePolicy
from glassworks.optimizers.loss_scale import LossScaleOptimizer as LossScaleOptimizer

Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy
