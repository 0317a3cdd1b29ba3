"""The names of `keras.ops.nn`: activations, convolution, pooling, normalisation, encodings and cross-entropies."""

from glassworks.ops.nn.activations import *
from glassworks.ops.nn.attention import *
from glassworks.ops.nn.blocks import *
from glassworks.ops.nn.convolution import *
from glassworks.ops.nn.ctc import *
from glassworks.ops.nn.encoding import *
from glassworks.ops.nn.losses import *
from glassworks.ops.nn.normalization import *
from glassworks.ops.nn.pooling import *
from glassworks.ops.numpy.complex import polar as polar
