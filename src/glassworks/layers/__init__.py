"""Layers: the stations of a network."""

from glassworks import registry
from glassworks.layers.activation import ELU as ELU
from glassworks.layers.activation import Activation as Activation
from glassworks.layers.activation import LeakyReLU as LeakyReLU
from glassworks.layers.activation import PReLU as PReLU
from glassworks.layers.activation import ReLU as ReLU
from glassworks.layers.activation import Softmax as Softmax
from glassworks.layers.base import LAYERS as LAYERS
from glassworks.layers.base import Layer as Layer
from glassworks.layers.core import Dense as Dense
from glassworks.layers.einsum_dense import EinsumDense as EinsumDense
from glassworks.layers.identity import Identity as Identity
from glassworks.layers.identity import Masking as Masking
from glassworks.layers.input import Input as Input
from glassworks.layers.input import InputLayer as InputLayer
from glassworks.layers.input_spec import InputSpec as InputSpec
from glassworks.layers.lambda_layer import Lambda as Lambda
from glassworks.layers.merging import Add as Add
from glassworks.layers.merging import Average as Average
from glassworks.layers.merging import Concatenate as Concatenate
from glassworks.layers.merging import Dot as Dot
from glassworks.layers.merging import Maximum as Maximum
from glassworks.layers.merging import Minimum as Minimum
from glassworks.layers.merging import Multiply as Multiply
from glassworks.layers.merging import Subtract as Subtract
from glassworks.layers.merging import add as add
from glassworks.layers.merging import average as average
from glassworks.layers.merging import concatenate as concatenate
from glassworks.layers.merging import dot as dot
from glassworks.layers.merging import maximum as maximum
from glassworks.layers.merging import minimum as minimum
from glassworks.layers.merging import multiply as multiply
from glassworks.layers.merging import subtract as subtract
from glassworks.layers.normalization import BatchNormalization as BatchNormalization
from glassworks.layers.normalization import GroupNormalization as GroupNormalization
from glassworks.layers.normalization import LayerNormalization as LayerNormalization
from glassworks.layers.normalization import RMSNormalization as RMSNormalization
from glassworks.layers.normalization import UnitNormalization as UnitNormalization
from glassworks.layers.preprocessing import Normalization as Normalization
from glassworks.layers.preprocessing import Rescaling as Rescaling
from glassworks.layers.regularization import ActivityRegularization as ActivityRegularization
from glassworks.layers.regularization import AlphaDropout as AlphaDropout
from glassworks.layers.regularization import Dropout as Dropout
from glassworks.layers.regularization import GaussianDropout as GaussianDropout
from glassworks.layers.regularization import GaussianNoise as GaussianNoise
from glassworks.layers.regularization import SpatialDropout1D as SpatialDropout1D
from glassworks.layers.regularization import SpatialDropout2D as SpatialDropout2D
from glassworks.layers.regularization import SpatialDropout3D as SpatialDropout3D
from glassworks.layers.reshaping import Flatten as Flatten
from glassworks.layers.reshaping import Permute as Permute
from glassworks.layers.reshaping import RepeatVector as RepeatVector
from glassworks.layers.reshaping import Reshape as Reshape

serialize = registry.serialize
deserialize = LAYERS.deserialize
