"""The contract suite over every layer of the package."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassworks import layers, ops
from glassworks.arguments import Integer
from glassworks.errors import ArgumentError
from glassworks.testing import ContractError, check_layer
from glassworks.testing.layers import constructor_arguments
from tests.contracts.samples import Sample

FAMILIES = sorted(Path(__file__).with_name("layer_samples").glob("*.py"))
SAMPLES: dict[str, Sample] = {
    name: sample for file in FAMILIES for name, sample in import_module(f"tests.contracts.layer_samples.{file.stem}").SAMPLES.items()
}
# Layers that are models, or that hold none of their own computation.
ELSEWHERE = {"InputLayer", "Model", "Sequential", "Distiller", "Functional"}


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_layer_keeps_the_contract(name: str) -> None:
    sample = SAMPLES[name]
    check_layer(sample.cls or getattr(layers, name), sample.arguments, sample.shape, sample.dtype, sample.wrong)


def registered() -> set[str]:
    """The layers of the package."""
    return set(layers.LAYERS.objects)


def test_every_registered_layer_has_a_sample() -> None:
    assert registered() - ELSEWHERE == set(SAMPLES)


class Forgetful(layers.Layer):
    """Keeps an argument to itself."""

    def __init__(self, factor: float = 2.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs: Any) -> Any:
        return inputs * self.factor

    def get_config(self) -> dict[str, Any]:
        return super().get_config()


class Narrow(layers.Layer):
    """Computes in float32 whatever it is asked."""

    def call(self, inputs: Any) -> Any:
        return ops.cast(inputs, "float32")


class Sloppy(layers.Layer):
    """Predicts another shape than it gives."""

    def call(self, inputs: Any) -> Any:
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape, 1)


class Frozen(layers.Layer):
    """Computes with NumPy, where no gradient flows."""

    def call(self, inputs: Any) -> Any:
        return ops.stop_gradient(inputs) * 2


@pytest.mark.parametrize(
    ("cls", "arguments", "message"),
    [
        (Forgetful, {"factor": 3.0}, "built from its config"),
        (Narrow, {}, "float64"),
        (Sloppy, {}, "equal shapes"),
        (Frozen, {}, "central differences"),
    ],
)
def test_broken_layers_are_found(cls: type, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_layer(cls, arguments)


def test_exemptions_stand_on_the_class() -> None:
    class Excused(Frozen):
        contract_exemptions = {"gradient": "it stops the gradient on purpose"}

    assert "gradient" not in check_layer(Excused)
    Excused.contract_exemptions = {"gradints": "misspelt"}
    with pytest.raises(ContractError, match="gradints"):
        check_layer(Excused)


def test_wrong_argument_that_is_accepted_is_found() -> None:
    with pytest.raises(ContractError, match="accepted"):
        check_layer(Forgetful, {}, wrong_arguments=[{"factor": np.nan}])


class Percent(layers.Dropout):
    """Has the name of an argument of its base with another meaning: what the base allows does not count for it."""

    def __init__(self, rate: float = 50, **kwargs: Any) -> None:
        super().__init__(rate / 100, **kwargs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate * 100}


class Repeated(layers.Layer):
    """Declares an argument."""

    times = Integer(minimum=1)

    def __init__(self, times: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep_arguments(times=times)

    def call(self, inputs: Any) -> Any:
        return inputs * self.times


class Vague(layers.Layer):
    """Refuses with the last word of an argument's name."""

    def __init__(self, kernel_size: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if kernel_size < 1:
            raise ArgumentError("a bad size", "a better one")
        self.kernel_size = kernel_size

    def call(self, inputs: Any) -> Any:
        return inputs


def test_the_declarations_of_a_constructor_are_those_of_its_class() -> None:
    assert "arguments" in check_layer(Percent) and "arguments" in check_layer(Repeated)
    assert not constructor_arguments(Percent)
    assert list(constructor_arguments(Repeated)) == ["times"]
    assert "units" in constructor_arguments(type("Named", (layers.Dense,), {}))


def test_an_error_must_name_the_whole_argument() -> None:
    with pytest.raises(ContractError, match="kernel_size"):
        check_layer(Vague, wrong_arguments=[{"kernel_size": 0}])
