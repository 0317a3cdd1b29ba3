"""Initializers: the first values of the weights."""

from typing import overload as _overload

import numpy as _np

from glassworks import registry as _registry
from glassworks.graph import Variable as _Variable
from glassworks.initializers.base import INITIALIZERS as INITIALIZERS
from glassworks.initializers.base import Initializer as Initializer
from glassworks.initializers.constant_initializers import Constant as Constant
from glassworks.initializers.constant_initializers import Identity as Identity
from glassworks.initializers.constant_initializers import Ones as Ones
from glassworks.initializers.constant_initializers import Zeros as Zeros
from glassworks.initializers.constant_initializers import from_array as from_array
from glassworks.initializers.fourier_kernels import STFT as STFT
from glassworks.initializers.random_initializers import GlorotNormal as GlorotNormal
from glassworks.initializers.random_initializers import GlorotUniform as GlorotUniform
from glassworks.initializers.random_initializers import HeNormal as HeNormal
from glassworks.initializers.random_initializers import HeUniform as HeUniform
from glassworks.initializers.random_initializers import LecunNormal as LecunNormal
from glassworks.initializers.random_initializers import LecunUniform as LecunUniform
from glassworks.initializers.random_initializers import Orthogonal as Orthogonal
from glassworks.initializers.random_initializers import RandomNormal as RandomNormal
from glassworks.initializers.random_initializers import RandomUniform as RandomUniform
from glassworks.initializers.random_initializers import TruncatedNormal as TruncatedNormal
from glassworks.initializers.random_initializers import VarianceScaling as VarianceScaling

# Keras's other names of the same classes.
constant = Constant
IdentityInitializer = identity = Identity
STFTInitializer = stft = STFT
ones = Ones
zeros = Zeros
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
OrthogonalInitializer = orthogonal = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling


@_overload
def get(identifier: None) -> None: ...
@_overload
def get(identifier: object) -> Initializer: ...
def get(identifier: object) -> Initializer | None:
    """The initializer meant by a name, a config, an array, a function, or an initializer itself; None stays None.

    Raises:
        ArgumentError: An unknown name; the message has the nearest known one.

    >>> from glassworks import initializers
    >>> type(initializers.get("he_normal")).__name__
    'HeNormal'
    """
    if isinstance(identifier, (_np.ndarray, _np.generic, _Variable)):
        return from_array(_np.asarray(identifier))
    return INITIALIZERS.get(identifier)


serialize = _registry.serialize
deserialize = INITIALIZERS.deserialize

INITIALIZERS.add_exported(globals(), Initializer)
# Names that Keras understands beside those that it exports.
INITIALIZERS.add(RandomNormal, "normal")
INITIALIZERS.add(RandomUniform, "uniform")
INITIALIZERS.add(Zeros, "zero")
INITIALIZERS.add(Ones, "one")
