"""Copies of models to experiment with: the user's model, its optimizer and all random generators stay as they are."""

from __future__ import annotations

import copy
import random as python_random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from glassworks import random
from glassworks.errors import StateError
from glassworks.layers.base import Layer
from glassworks.layers.calls import parameters_of
from glassworks.layers.tracking import own_seed_generators

if TYPE_CHECKING:
    from glassworks.typing import Tensor

L = TypeVar("L", bound=Layer)


@contextmanager
def unchanged_randomness() -> Iterator[None]:
    """A `with` block after which the shared random generators of Glassworks, NumPy and Python are as they were before.

    >>> with unchanged_randomness():
    ...     first = np.random.rand()
    >>> bool(first == np.random.rand())
    True
    """
    ours, numpys, pythons = random.get_global_state(), np.random.get_state(), python_random.getstate()
    try:
        yield
    finally:
        random.set_global_state(ours)
        np.random.set_state(numpys)
        python_random.setstate(pythons)


def copy_of(layer: L, what: str) -> L:
    """A copy of a layer or model with all its state, which shares nothing with it.

    Args:
        layer: The layer or model.
        what: The function that needs the copy, for the error.

    Raises:
        StateError: It holds something that cannot be copied, such as an open file.
    """
    try:
        return copy.deepcopy(layer)
    except (TypeError, NotImplementedError) as error:
        raise StateError(
            f"{type(layer).__name__} '{layer.name}' cannot be copied: {error}",
            "a model that copy.deepcopy can copy, since the experiment must not change yours",
            "keep what cannot be copied (open files, locks, generators) outside of the attributes of the model and its layers",
            where=f"insight.{what}",
        ) from error


_STRENGTHS = ("rate", "stddev", "dropout", "recurrent_dropout")
"""The attributes of the library's layers that say how strong their noise is."""


def without_noise(layer: Layer) -> list[str]:
    """Let the random layers inside a layer do what they do in predictions, also in training, and drop penalties on weights and outputs.

    A layer is random if it holds a seed generator and its `call` has an argument `training`: dropout, noise, augmentation of images,
    recurrent and attention layers with dropout, and layers of the user's own.

    Returns:
        The names of the random layers, and "penalties" if there are any.
    """
    inner = layer._flat_layers()
    quiet = [each.name for each in inner if _silence(each)]
    penalized = [each for each in inner if each.activity_regularizer is not None] + [w for w in layer.weights if w.regularizer is not None]
    for each in inner:
        each.activity_regularizer = None
    for weight in layer.weights:
        weight.regularizer = None
    return [*quiet, "penalties"] if penalized else quiet


def _silence(layer: Layer) -> bool:
    """Take the noise out of one layer; returns whether it had any."""
    if type(layer).__module__.startswith("glassworks."):
        strengths = [name for name in _STRENGTHS if name in vars(layer)]
        noisy = [name for name in strengths if isinstance(getattr(layer, name), (int, float)) and getattr(layer, name) > 0]
        for name in noisy:
            setattr(layer, name, 0.0)
        if strengths:
            return bool(noisy)
    if not own_seed_generators(layer) or "training" not in parameters_of(type(layer).call):
        return False
    layer.call = _as_in_prediction(layer)  # type: ignore[method-assign]  # of this object, a copy that nobody else has
    return True


def _as_in_prediction(layer: Layer) -> Callable[..., Tensor]:
    call = type(layer).call

    def quiet(*args: Tensor, **kwargs: Tensor) -> Tensor:
        return call(layer, *args, **{**kwargs, "training": False})

    return quiet
