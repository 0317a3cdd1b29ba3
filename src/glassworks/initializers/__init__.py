"""Initializers: the first values of the weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import registry
from glassworks.graph import Variable
from glassworks.initializers.base import INITIALIZERS as INITIALIZERS
from glassworks.initializers.base import Initializer as Initializer
from glassworks.initializers.constant import Constant as Constant
from glassworks.initializers.constant import Constant as constant
from glassworks.initializers.constant import Identity as Identity
from glassworks.initializers.constant import Identity as IdentityInitializer
from glassworks.initializers.constant import Identity as identity
from glassworks.initializers.constant import Ones as Ones
from glassworks.initializers.constant import Ones as ones
from glassworks.initializers.constant import Zeros as Zeros
from glassworks.initializers.constant import Zeros as zeros
from glassworks.initializers.constant import from_array
from glassworks.initializers.random import GlorotNormal as GlorotNormal
from glassworks.initializers.random import GlorotNormal as glorot_normal
from glassworks.initializers.random import GlorotUniform as GlorotUniform
from glassworks.initializers.random import GlorotUniform as glorot_uniform
from glassworks.initializers.random import HeNormal as HeNormal
from glassworks.initializers.random import HeNormal as he_normal
from glassworks.initializers.random import HeUniform as HeUniform
from glassworks.initializers.random import HeUniform as he_uniform
from glassworks.initializers.random import LecunNormal as LecunNormal
from glassworks.initializers.random import LecunNormal as lecun_normal
from glassworks.initializers.random import LecunUniform as LecunUniform
from glassworks.initializers.random import LecunUniform as lecun_uniform
from glassworks.initializers.random import Orthogonal as Orthogonal
from glassworks.initializers.random import Orthogonal as OrthogonalInitializer
from glassworks.initializers.random import Orthogonal as orthogonal
from glassworks.initializers.random import RandomNormal as RandomNormal
from glassworks.initializers.random import RandomNormal as random_normal
from glassworks.initializers.random import RandomUniform as RandomUniform
from glassworks.initializers.random import RandomUniform as random_uniform
from glassworks.initializers.random import TruncatedNormal as TruncatedNormal
from glassworks.initializers.random import TruncatedNormal as truncated_normal
from glassworks.initializers.random import VarianceScaling as VarianceScaling
from glassworks.initializers.random import VarianceScaling as variance_scaling


def get(identifier: Any) -> Any:
    """The initializer meant by a name, a config, an array, a function, or an initializer itself; None stays None.

    Raises:
        ArgumentError: An unknown name; the message has the nearest known one.

    >>> from glassworks import initializers
    >>> type(initializers.get("he_normal")).__name__
    'HeNormal'
    """
    if isinstance(identifier, (np.ndarray, np.generic, Variable)):
        return from_array(np.asarray(identifier))
    return INITIALIZERS.get(identifier)


serialize = registry.serialize
deserialize = INITIALIZERS.deserialize
