"""Every layer against real Keras: same weights in, same outputs, gradients, state updates, shapes and configs out."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import jax
import keras
import numpy as np
import pytest

from glassworks import layers, ops, tree
from glassworks.graph import GradientTape, as_array


class Case(NamedTuple):
    """A layer, its arguments, the shape of its input (or a list of shapes), and whether it trains."""

    name: str
    arguments: dict[str, Any]
    shape: Any
    training: bool = False

    def __str__(self) -> str:
        arguments = ",".join(f"{key}={value}" for key, value in self.arguments.items())
        return f"{self.name}({arguments})-{self.shape}{'-training' if self.training else ''}".replace(" ", "")


AFFINE = [{}, {"center": False}, {"scale": False}, {"center": False, "scale": False, "epsilon": 0.1}]
CASES = [
    *(Case("Activation", {"activation": name}, (3, 4)) for name in ("relu", "softmax", "gelu", "linear")),
    *(
        Case("ReLU", arguments, (5, 6))
        for arguments in (
            {},
            {"max_value": 0.5},
            {"negative_slope": 0.2},
            {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.3},
            {"max_value": 6},
        )
    ),
    Case("LeakyReLU", {}, (3, 4)),
    Case("LeakyReLU", {"negative_slope": 0.1}, (3, 4)),
    Case("PReLU", {}, (3, 4)),
    Case("PReLU", {"shared_axes": [1, 2]}, (2, 3, 4, 2)),
    Case("PReLU", {"shared_axes": 1}, (2, 3, 4)),
    Case("ELU", {}, (3, 4)),
    Case("ELU", {"alpha": 0.5}, (3, 4)),
    Case("Softmax", {}, (3, 4)),
    Case("Softmax", {"axis": 1}, (2, 3, 4)),
    Case("Softmax", {"axis": [1, 2]}, (2, 3, 4)),
    Case("Softmax", {"axis": [1]}, (2, 3, 4)),
    Case("Identity", {}, (2, 3)),
    Case("Masking", {"mask_value": 0.5}, (2, 3, 4)),
    Case("Flatten", {}, (2, 3, 4)),
    Case("Flatten", {}, (5,)),
    Case("Flatten", {"data_format": "channels_first"}, (2, 3, 4, 5)),
    Case("Reshape", {"target_shape": (6, 2)}, (2, 3, 4)),
    Case("Reshape", {"target_shape": (-1, 2)}, (2, 3, 4)),
    Case("Reshape", {"target_shape": (12,)}, (1, 3, 4)),
    Case("Permute", {"dims": (2, 1)}, (2, 3, 4)),
    Case("Permute", {"dims": (3, 1, 2)}, (2, 3, 4, 5)),
    Case("RepeatVector", {"n": 3}, (2, 4)),
    *(
        Case(name, {argument: 0.5}, shape)
        for name, argument, shape in (
            ("Dropout", "rate", (3, 4)),
            ("GaussianNoise", "stddev", (3, 4)),
            ("GaussianDropout", "rate", (3, 4)),
            ("AlphaDropout", "rate", (3, 4)),
            ("SpatialDropout1D", "rate", (2, 3, 4)),
            ("SpatialDropout2D", "rate", (2, 3, 4, 2)),
            ("SpatialDropout3D", "rate", (2, 3, 4, 2, 2)),
        )
    ),
    Case("Dropout", {"rate": 0.0}, (3, 4), True),
    Case("ActivityRegularization", {"l1": 0.1, "l2": 0.2}, (3, 4), True),
    *(Case("BatchNormalization", arguments, (6, 4), training) for arguments in AFFINE for training in (False, True)),
    Case("BatchNormalization", {"momentum": 0.5}, (4, 3, 2), True),
    Case("BatchNormalization", {"axis": 1, "momentum": 0.5}, (4, 3, 2, 2), True),
    Case("BatchNormalization", {"axis": 1}, (4, 3, 2, 2)),
    Case("BatchNormalization", {"renorm": True}, (6, 4), True),
    Case("BatchNormalization", {"renorm": True, "renorm_clipping": {"rmax": 1.1, "rmin": 0.9, "dmax": 0.1}, "center": False}, (6, 4), True),
    Case("BatchNormalization", {"renorm": True, "scale": False}, (6, 4), True),
    *(Case("LayerNormalization", arguments, (3, 5), True) for arguments in AFFINE),
    Case("LayerNormalization", {"axis": [1, 2]}, (3, 2, 5)),
    Case("LayerNormalization", {"axis": 1}, (3, 2, 5)),
    Case("RMSNormalization", {}, (3, 5)),
    Case("RMSNormalization", {"axis": [1, 2], "epsilon": 0.1}, (3, 2, 5)),
    Case("UnitNormalization", {}, (3, 5)),
    Case("UnitNormalization", {"axis": [1, 2]}, (3, 2, 5)),
    *(Case("GroupNormalization", {"groups": 2, **arguments}, (3, 4)) for arguments in AFFINE),
    Case("GroupNormalization", {"groups": -1}, (2, 3, 3, 4)),
    Case("GroupNormalization", {"groups": 3, "axis": 1}, (2, 6, 3, 2)),
    Case("Rescaling", {"scale": 0.5, "offset": -1.0}, (2, 3)),
    Case("Rescaling", {"scale": [0.5, 2.0, 1.0], "offset": [1.0, 0.0, -1.0]}, (2, 2, 2, 3)),
    Case("Normalization", {"mean": 2.0, "variance": 4.0}, (3, 4)),
    Case("Normalization", {"mean": [1.0, 2.0], "variance": [4.0, 0.25]}, (3, 2)),
    Case("Normalization", {"mean": [1.0, 2.0], "variance": [4.0, 0.25], "invert": True}, (3, 5, 2)),
    Case("Normalization", {}, (3, 2)),
    Case("Normalization", {"axis": None}, (3, 2)),
    Case("Normalization", {"axis": (1, 2)}, (3, 2, 4)),
    *(Case(name, {}, [(2, 3), (2, 3)]) for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")),
    *(Case(name, {}, [(2, 3), (2, 3), (2, 3)]) for name in ("Add", "Multiply", "Average", "Maximum", "Minimum")),
    *(Case(name, {}, [(2, 4, 3), (2, 3)]) for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")),
    Case("Add", {}, [(2, 1, 3), (2, 4, 1), (2, 3)]),
    Case("Concatenate", {}, [(2, 3), (2, 4), (2, 1)]),
    Case("Concatenate", {"axis": 1}, [(2, 3, 2), (2, 4, 2)]),
    Case("Concatenate", {}, [(2, 3)]),
    Case("Dot", {"axes": 1}, [(2, 3), (2, 3)]),
    Case("Dot", {"axes": -1, "normalize": True}, [(2, 3), (2, 3)]),
    Case("Dot", {"axes": (1, 2)}, [(2, 3, 4), (2, 5, 3)]),
    Case("Dot", {"axes": (2, 1)}, [(2, 3, 4), (2, 4)]),
    Case("Dot", {"axes": (1, 2)}, [(2, 3), (2, 5, 3)]),
    Case("Dot", {"axes": 1, "normalize": True}, [(2, 3, 4), (2, 3, 5)]),
    Case("Dot", {"axes": (3, 1)}, [(2, 3, 2, 4), (2, 4, 3, 2)]),
    Case("Dense", {"units": 4, "activation": "tanh"}, (3, 5)),
    Case("Dense", {"units": 2, "use_bias": False}, (3, 4, 5)),
    *(
        Case("EinsumDense", {"equation": equation, "output_shape": output_shape, **arguments}, shape)
        for equation, output_shape, arguments, shape in (
            ("ab,bc->ac", 4, {"bias_axes": "c", "activation": "tanh"}, (3, 5)),
            ("abc,cd->abd", (None, 4), {"bias_axes": "d"}, (2, 3, 5)),
            ("abc,cde->abde", (None, 4, 2), {"bias_axes": "de"}, (2, 3, 5)),
            ("abc,cde->abde", (3, 4, 2), {"bias_axes": "d"}, (2, 3, 5)),
            ("...x,xy->...y", 4, {"bias_axes": "y"}, (2, 3, 2, 5)),
            ("ab...,bc->ac...", 4, {"bias_axes": "c"}, (2, 5, 3)),
            ("abc,bd->adc", (4, None), {}, (2, 3, 5)),
        )
    ),
]
TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}


pytestmark = pytest.mark.filterwarnings("ignore:.*Normalization does nothing yet")


def draw(shape: Any, seed: int) -> Any:
    """Random inputs, one array or a list of them."""
    generator = np.random.default_rng(seed)
    return tree.map_shape_structure(lambda s: generator.normal(size=s).astype("float32"), shape)


def pair(case: Case) -> tuple[Any, Any]:
    """Our layer and Keras's, built, with the same random weights."""
    ours, theirs = getattr(layers, case.name)(**case.arguments), getattr(keras.layers, case.name)(**case.arguments)
    inputs = draw(case.shape, 0)
    ours(inputs), theirs(inputs)
    generator = np.random.default_rng(1)
    assert [(w.name, w.shape, w.trainable) for w in ours.weights] == [(w.name, w.shape, w.trainable) for w in theirs.weights]
    weights = [generator.uniform(0.5, 1.5, w.shape).astype(w.dtype) for w in theirs.weights]
    ours.set_weights(weights), theirs.set_weights(weights)
    if case.name == "Normalization" and not case.arguments.get("mean"):
        theirs.finalize_state()
    return ours, theirs


def takes_training(layer: Any) -> bool:
    return "training" in layer.call.__code__.co_varnames


@pytest.mark.parametrize("case", CASES, ids=str)
def test_outputs_updates_and_shapes_are_those_of_keras(case: Case) -> None:
    ours, theirs = pair(case)
    keywords = {"training": case.training} if takes_training(theirs) else {}
    for seed in range(10 if case.training else 2):
        inputs = draw(case.shape, seed)
        np.testing.assert_allclose(ours(inputs, **keywords), theirs(inputs, **keywords), **TOLERANCE)
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, **TOLERANCE)
    np.testing.assert_allclose([float(x) for x in ours.losses], [float(x) for x in theirs.losses], rtol=1e-5)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_gradients_are_those_of_keras(case: Case) -> None:
    ours, theirs = pair(case)
    inputs = draw(case.shape, 3)
    factor = np.random.default_rng(2).normal(size=np.shape(theirs(inputs))).astype("float32")
    keywords = {"training": case.training} if takes_training(theirs) else {}

    def loss(trainable: Any, inputs: Any) -> Any:
        outputs, _ = theirs.stateless_call(trainable, [v.value for v in theirs.non_trainable_variables], inputs, **keywords)
        return (outputs * factor).sum()

    expected = jax.grad(loss, argnums=(0, 1))([v.value for v in theirs.trainable_variables], inputs)
    watched = tree.map_structure(as_array, inputs)
    with GradientTape() as tape:
        tape.watch(watched)
        total = ops.sum(ours(watched, **keywords) * factor)
    found = tape.gradient(total, [ours.trainable_variables, watched], unconnected_gradients="zero")
    for mine, other in zip(tree.flatten(found), jax.tree_util.tree_leaves(expected), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_output_shape_with_unknown_batch_is_that_of_keras(case: Case) -> None:
    ours, theirs = pair(case)
    shape = tree.map_shape_structure(lambda s: (None, *s[1:]), case.shape)
    if case.name == "EinsumDense":  # Keras leaves known sizes unknown there, and turns the axes of `...` around
        assert ours.compute_output_shape(shape) == (None, *np.shape(theirs(draw(case.shape, 0)))[1:])
        return
    assert ours.compute_output_shape(shape) == theirs.compute_output_shape(shape)
    ours_symbolic = ours(tree.map_shape_structure(lambda s: layers.Input(s[1:]), case.shape))
    theirs_symbolic = theirs(tree.map_shape_structure(lambda s: keras.Input(s[1:]), case.shape))
    assert tuple(ours_symbolic.shape) == tuple(theirs_symbolic.shape)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_configs_can_be_exchanged_with_keras(case: Case) -> None:
    ours, theirs = pair(case)
    assert set(ours.get_config()) == set(theirs.get_config())
    inputs = draw(case.shape, 4)
    from_theirs, from_ours = type(ours).from_config(theirs.get_config()), type(theirs).from_config(ours.get_config())
    from_theirs(inputs), from_ours(inputs)
    assert [w.shape for w in from_theirs.weights] == [w.shape for w in from_ours.weights]
    weights = ours.get_weights()
    from_theirs.set_weights(weights), from_ours.set_weights(weights)
    if case.name == "Normalization" and not case.arguments.get("mean"):
        from_ours.finalize_state()
    np.testing.assert_allclose(from_theirs(inputs), from_ours(inputs), **TOLERANCE)


def registered() -> set[str]:
    """The layers of the package; classes that examples in docstrings define are not among them."""
    return {name for name, cls in layers.LAYERS.objects.items() if getattr(sys.modules[cls.__module__], name, None) is cls}


def test_the_table_covers_every_layer() -> None:
    covered = {case.name for case in CASES} | {"InputLayer", "Lambda"}
    assert registered() - covered <= {"Model", "Sequential", "Functional"}
