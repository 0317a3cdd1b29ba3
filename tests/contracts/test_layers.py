"""The contract suite over every layer of the package."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np
import pytest

from glassworks import layers, ops
from glassworks.testing import ContractError, check_layer

PAIR = [(2, 3), (2, 3)]


class Sample(NamedTuple):
    """Arguments and input shape to try a layer with, and arguments it must refuse."""

    arguments: dict[str, Any] = {}
    shape: Any = (4, 3)
    wrong: tuple[dict[str, Any], ...] = ()


def double(x: Any) -> Any:
    return 2 * x


AFFINE_WRONG = ({"epsilon": -1.0}, {"axis": "last"}, {"center": "yes"}, {"scale": 1})
NOISE_WRONG = ({"rate": 1.5}, {"rate": -0.1}, {"rate": "half"}, {"seed": "one"})
SAMPLES = {
    "Activation": Sample({"activation": "tanh"}, wrong=({"activation": "rleu"},)),
    "ReLU": Sample({"max_value": 0.5}, wrong=({"max_value": -1}, {"negative_slope": -1}, {"threshold": None})),
    "LeakyReLU": Sample(wrong=({"negative_slope": -1}, {"negative_slope": None})),
    "PReLU": Sample({"alpha_initializer": "ones"}, (2, 3, 4), ({"shared_axes": "all"},)),
    "ELU": Sample(wrong=({"alpha": "big"},)),
    "Softmax": Sample(wrong=({"axis": 0.5},)),
    "Identity": Sample(),
    "Masking": Sample({}, (2, 3, 4)),
    "Lambda": Sample({"function": lambda x: x * x}, wrong=({"function": 3}, {"arguments": [1]})),
    "Flatten": Sample({}, (2, 3, 4), ({"data_format": "last"},)),
    "Reshape": Sample({"target_shape": (2, -1)}, (3, 4), ({"target_shape": (-1, -1)}, {"target_shape": 4}, {"target_shape": (0.5,)})),
    "Permute": Sample({"dims": (2, 1)}, (2, 3, 4), ({"dims": (0, 1)}, {"dims": (1, 3)}, {"dims": 2})),
    "RepeatVector": Sample({"n": 2}, wrong=({"n": 0}, {"n": 1.5}, {"n": True})),
    "Dropout": Sample({"rate": 0.5}, wrong=(*NOISE_WRONG, {"noise_shape": "x"}, {"noise_shape": (0, 1)})),
    "SpatialDropout1D": Sample({"rate": 0.5}, (2, 3, 4), NOISE_WRONG),
    "SpatialDropout2D": Sample({"rate": 0.5}, (2, 3, 4, 2), (*NOISE_WRONG, {"data_format": "last"})),
    "SpatialDropout3D": Sample({"rate": 0.5}, (2, 3, 4, 2, 2), NOISE_WRONG),
    "GaussianNoise": Sample({"stddev": 0.5}, wrong=({"stddev": -1}, {"stddev": 2})),
    "GaussianDropout": Sample({"rate": 0.5}, wrong=(*NOISE_WRONG, {"rate": 1})),
    "AlphaDropout": Sample({"rate": 0.5}, wrong=(*NOISE_WRONG, {"rate": 1})),
    "ActivityRegularization": Sample({"l1": 0.1}, wrong=({"l1": -1}, {"l2": "much"})),
    "BatchNormalization": Sample(
        wrong=(*AFFINE_WRONG, {"momentum": 2}, {"synchronized": True}, {"renorm": True, "renorm_clipping": {"r": 1}})
    ),
    "LayerNormalization": Sample(wrong=(*AFFINE_WRONG, {"rms_scaling": True})),
    "RMSNormalization": Sample(wrong=({"axis": "last"}, {"epsilon": -1})),
    "UnitNormalization": Sample(wrong=({"axis": "last"},)),
    "GroupNormalization": Sample({"groups": 3}, wrong=(*AFFINE_WRONG, {"groups": 0}, {"groups": 1.5})),
    "Rescaling": Sample({"scale": 0.5}, wrong=({"scale": "half"}, {"offset": None})),
    "Normalization": Sample(
        {"mean": [1.0, 2.0, 3.0], "variance": [1.0, 4.0, 9.0]}, wrong=({"mean": None}, {"variance": [1.0]}, {"axis": "last"}, {"invert": 1})
    ),
    "Add": Sample({}, PAIR),
    "Subtract": Sample({}, PAIR),
    "Multiply": Sample({}, PAIR),
    "Average": Sample({}, PAIR),
    "Maximum": Sample({}, PAIR),
    "Minimum": Sample({}, PAIR),
    "Concatenate": Sample({}, PAIR, ({"axis": "last"},)),
    "Dot": Sample({"axes": 1}, PAIR, ({"axes": "1"}, {"axes": (1,)}, {"axes": (1, 2, 3)}, {"normalize": 1})),
    "EinsumDense": Sample(
        {"equation": "abc,cd->abd", "output_shape": (None, 4), "bias_axes": "d"},
        (2, 3, 5),
        ({"equation": 3}, {"output_shape": "4"}, {"bias_axes": 1}),
    ),
    "Dense": Sample({"units": 2}, wrong=({"units": 0}, {"use_bias": 1}, {"activation": "rleu"})),
}
# Layers that are models, or that hold none of their own computation.
ELSEWHERE = {"InputLayer", "Model", "Sequential", "Functional"}


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_layer_keeps_the_contract(name: str) -> None:
    sample = SAMPLES[name]
    check_layer(getattr(layers, name), sample.arguments, sample.shape, wrong_arguments=sample.wrong)


def registered() -> set[str]:
    """The layers of the package; classes that examples in docstrings define are not among them."""
    return {name for name, cls in layers.LAYERS.objects.items() if getattr(sys.modules[cls.__module__], name, None) is cls}


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
