"""The names of `keras.ops.numpy`: NumPy's functions on arrays, graph values and symbolic tensors."""

from glassworks.ops.control import vectorize as vectorize
from glassworks.ops.linalg.systems import slogdet as slogdet
from glassworks.ops.numpy.arithmetic import *
from glassworks.ops.numpy.bits import *
from glassworks.ops.numpy.comparison import *
from glassworks.ops.numpy.complex import *
from glassworks.ops.numpy.creation import *
from glassworks.ops.numpy.indexing import *
from glassworks.ops.numpy.joining import *
from glassworks.ops.numpy.linear import *
from glassworks.ops.numpy.mathematics import *
from glassworks.ops.numpy.matrices import *
from glassworks.ops.numpy.padding import *
from glassworks.ops.numpy.reduction import *
from glassworks.ops.numpy.shaping import *
from glassworks.ops.numpy.sorting import *
from glassworks.ops.numpy.statistics import *
