"""Networks that differ in numbers alone, such as the depths of ResNet: one function for each, with the arguments that all applications share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from glassworks.applications.building import ImageShape, Options, Weights
from glassworks.graph import KerasTensor
from glassworks.models.functional import Functional
from glassworks.typing import Activation


class Application(Protocol):
    """A function that makes a network. `VGG16` says what its arguments mean."""

    __name__: str

    def __call__(
        self,
        include_top: bool = True,
        weights: Weights = "imagenet",
        input_tensor: KerasTensor | None = None,
        input_shape: ImageShape = None,
        pooling: str | None = None,
        classes: int = 1000,
        classifier_activation: Activation = "softmax",
        name: str = ...,
    ) -> Functional: ...


def application(module: str, public_name: str, what: str, build: Callable[[Options], Functional]) -> Application:
    """The function for one size of a network.

    Args:
        module: The module that exports it.
        public_name: Its name there; the network is named the same in small letters.
        what: A sentence that says which size it is.
        build: Makes the network from the arguments of a call.

    >>> from glassworks.applications.resnet import ResNet50
    >>> ResNet50.__name__, ResNet50(include_top=False, weights=None, input_shape=(32, 32, 3), pooling="avg").output_shape
    ('ResNet50', (None, 2048))
    """

    def make(
        include_top: bool = True,
        weights: Weights = "imagenet",
        input_tensor: KerasTensor | None = None,
        input_shape: ImageShape = None,
        pooling: str | None = None,
        classes: int = 1000,
        classifier_activation: Activation = "softmax",
        name: str = public_name.lower(),
    ) -> Functional:
        return build(Options(name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation))

    make.__name__ = make.__qualname__ = public_name
    make.__module__, make.__doc__ = module, f"{what} `VGG16` says what the arguments mean."
    return make
