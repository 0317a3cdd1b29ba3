"""What the registries know: the classes that the packages export, and nothing that an example or a user's module defines."""

from __future__ import annotations

import doctest

import pytest

from glassworks import constraints, initializers, layers, losses, metrics, optimizers, regularizers
from glassworks.errors import ArgumentError

FAMILIES = [
    (layers.LAYERS, layers.base),
    (losses.LOSSES, losses.base),
    (metrics.METRICS, metrics.base),
    (optimizers.OPTIMIZERS, optimizers.base),
    (initializers.INITIALIZERS, initializers.base),
    (regularizers.REGULARIZERS, regularizers.regularizers),
    (constraints.CONSTRAINTS, constraints.constraints),
]


@pytest.mark.parametrize(("registry", "module"), FAMILIES, ids=lambda value: getattr(value, "kind", ""))
def test_classes_of_examples_in_docstrings_are_not_registered(registry: object, module: object) -> None:
    before = dict(registry.objects)
    assert doctest.testmod(module).attempted
    assert registry.objects == before


def test_a_name_that_the_package_exports_is_understood_and_a_private_one_is_not() -> None:
    assert layers.LAYERS.find("Convolution2D") is layers.Conv2D is layers.LAYERS.find("conv2d")
    assert type(initializers.get("normal")) is initializers.RandomNormal is type(initializers.get("RandomNormal"))
    with pytest.raises(ArgumentError, match="_Random"):
        initializers.get("_Random")
