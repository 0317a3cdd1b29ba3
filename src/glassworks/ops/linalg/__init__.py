"""The names of `keras.ops.linalg`: factorizations, systems of equations and norms of matrices."""

from glassworks.ops.derivatives import *
from glassworks.ops.linalg.factorizations import *
from glassworks.ops.linalg.norms import *
from glassworks.ops.linalg.systems import *
