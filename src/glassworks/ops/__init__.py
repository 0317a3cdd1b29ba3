"""The ops: Keras's `ops` names, composed of the primitives. They work on arrays, graph values and symbolic tensors."""

from glassworks.ops import image as image
from glassworks.ops import linalg as linalg
from glassworks.ops import nn as nn
from glassworks.ops import numpy as numpy

# Imported last, because it needs the ops: it defines +, @ and [].
from glassworks.ops import operator_table as operator_table
from glassworks.ops.control import *
from glassworks.ops.core import *
from glassworks.ops.derivatives import *
from glassworks.ops.linalg.factorizations import *
from glassworks.ops.linalg.norms import *
from glassworks.ops.linalg.systems import *
from glassworks.ops.linalg.systems import logdet as logdet
from glassworks.ops.linalg.systems import slogdet as slogdet
from glassworks.ops.math import *
from glassworks.ops.nn.activations import *
from glassworks.ops.nn.attention import *
from glassworks.ops.nn.blocks import *
from glassworks.ops.nn.convolution import *
from glassworks.ops.nn.ctc import *
from glassworks.ops.nn.encoding import *
from glassworks.ops.nn.losses import *
from glassworks.ops.nn.normalization import *
from glassworks.ops.nn.pooling import *
from glassworks.ops.numpy.arithmetic import *
from glassworks.ops.numpy.bits import *
from glassworks.ops.numpy.comparison import *
from glassworks.ops.numpy.complex import *
from glassworks.ops.numpy.complex import polar as polar
from glassworks.ops.numpy.complex import view_as_complex as view_as_complex
from glassworks.ops.numpy.complex import view_as_real as view_as_real
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
from glassworks.ops.rearranging import *
from glassworks.ops.signal import *
