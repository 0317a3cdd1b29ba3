"""Constraints: functions that map a weight to an allowed one after every update."""

from glassworks import registry as _registry
from glassworks.constraints.constraints import CONSTRAINTS as CONSTRAINTS
from glassworks.constraints.constraints import Constraint as Constraint
from glassworks.constraints.constraints import MaxNorm as MaxNorm
from glassworks.constraints.constraints import MinMaxNorm as MinMaxNorm
from glassworks.constraints.constraints import NonNeg as NonNeg
from glassworks.constraints.constraints import UnitNorm as UnitNorm

# Keras's other names of the same classes.
max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm

get = CONSTRAINTS.get
serialize = _registry.serialize
deserialize = CONSTRAINTS.deserialize

CONSTRAINTS.add_exported(globals(), Constraint)
