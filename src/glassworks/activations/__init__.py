"""Activation functions by name: the function that a neuron applies to its weighted sum."""

from collections.abc import Callable as _Callable

from glassworks import registry as _registry
from glassworks.activations.functions import ACTIVATIONS as ACTIVATIONS
from glassworks.activations.functions import celu as celu
from glassworks.activations.functions import elu as elu
from glassworks.activations.functions import exponential as exponential
from glassworks.activations.functions import gelu as gelu
from glassworks.activations.functions import glu as glu
from glassworks.activations.functions import hard_shrink as hard_shrink
from glassworks.activations.functions import hard_sigmoid as hard_sigmoid
from glassworks.activations.functions import hard_silu as hard_silu
from glassworks.activations.functions import hard_tanh as hard_tanh
from glassworks.activations.functions import leaky_relu as leaky_relu
from glassworks.activations.functions import linear as linear
from glassworks.activations.functions import log_sigmoid as log_sigmoid
from glassworks.activations.functions import log_softmax as log_softmax
from glassworks.activations.functions import mish as mish
from glassworks.activations.functions import relu as relu
from glassworks.activations.functions import relu6 as relu6
from glassworks.activations.functions import selu as selu
from glassworks.activations.functions import sigmoid as sigmoid
from glassworks.activations.functions import silu as silu
from glassworks.activations.functions import soft_shrink as soft_shrink
from glassworks.activations.functions import softmax as softmax
from glassworks.activations.functions import softplus as softplus
from glassworks.activations.functions import softsign as softsign
from glassworks.activations.functions import sparse_plus as sparse_plus
from glassworks.activations.functions import sparse_sigmoid as sparse_sigmoid
from glassworks.activations.functions import sparsemax as sparsemax
from glassworks.activations.functions import squareplus as squareplus
from glassworks.activations.functions import tanh as tanh
from glassworks.activations.functions import tanh_shrink as tanh_shrink
from glassworks.activations.functions import threshold as threshold

# Keras's other names of the same functions.
hard_swish = hard_silu
swish = silu


def get(identifier: object) -> _Callable:
    """The activation meant by a name, a config, or a function itself; None is `linear`.

    Raises:
        ArgumentError: An unknown name; the message has the nearest known one.

    >>> from glassworks import activations
    >>> activations.get("swish").__name__, activations.get(None).__name__
    ('silu', 'linear')
    """
    return linear if identifier is None else ACTIVATIONS.get(identifier)


def serialize(activation: object) -> str | dict | None:
    """The name of a built-in activation; the config of any other.

    >>> from glassworks import activations
    >>> activations.serialize(activations.relu)
    'relu'
    """
    name = getattr(activation, "__name__", "")
    return name if ACTIVATIONS.objects.get(name) is activation else _registry.serialize(activation)


deserialize = ACTIVATIONS.deserialize
