"""Seeds and names, for reproducible runs."""

from __future__ import annotations

import gc
import random as python_random

import numpy as np

from glassworks import random
from glassworks.arguments import Integer, check
from glassworks.distribution import set_distribution
from glassworks.graph import KerasTensor
from glassworks.names import reset_names


def set_random_seed(seed: int) -> None:
    """Make all randomness reproducible: initial weights, dropout, shuffling, and Python's and NumPy's own generators.

    Args:
        seed: An integer from 0 to 2**32 - 1.

    >>> import glassworks as keras
    >>> keras.utils.set_random_seed(1)
    >>> first = keras.random.normal((3,))
    >>> keras.utils.set_random_seed(1)
    >>> bool((first == keras.random.normal((3,))).numpy().all())
    True
    """
    check("utils.set_random_seed", {"seed": Integer(0, 2**32 - 1)}, seed=seed)
    python_random.seed(seed)
    np.random.seed(seed)
    random.set_global_seed(int(seed))


def clear_session(free_memory: bool = True) -> None:
    """Start again: names of layers are counted from the beginning, draws without a seed begin another stream, no distribution is set.

    Args:
        free_memory: Whether to run Python's garbage collector at once.

    >>> from glassworks import layers
    >>> clear_session()
    >>> layers.Dense(1).name
    'dense'
    """
    reset_names()
    random.forget_global_generator()
    set_distribution(None)
    if free_memory:
        gc.collect()


def is_keras_tensor(x: object) -> bool:
    """Whether x is a symbolic tensor made by `Input` or a layer called on one.

    >>> from glassworks import Input
    >>> is_keras_tensor(Input((3,)))
    True
    """
    return isinstance(x, KerasTensor)
