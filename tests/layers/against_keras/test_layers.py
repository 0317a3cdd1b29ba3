"""Every layer against real Keras: same weights in, same outputs, gradients, state updates, shapes and configs out."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import jax
import keras
import numpy as np
import pytest

from glassworks import layers, ops, tree
from glassworks.graph import GradientTape, as_array
from glassworks.layers.calls import as_shape
from tests.layers.against_keras.cases import Case
from tests.layers.against_keras.closeness import assert_close

FAMILIES = sorted(Path(__file__).with_name("layer_cases").glob("*.py"))
MODULES = [import_module(f"tests.layers.against_keras.layer_cases.{file.stem}") for file in FAMILIES]
CASES: list[Case] = [case for module in MODULES for case in module.CASES]
# Layer -> the test file that compares it with Keras in its own way.
ELSEWHERE: dict[str, str] = {name: file for module in MODULES for name, file in getattr(module, "ELSEWHERE", {}).items()}
TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}


pytestmark = pytest.mark.filterwarnings("ignore:.*Normalization does nothing yet")


def draw(case: Case, seed: int) -> Any:
    """Random inputs, one array or a list of them."""
    generator = np.random.default_rng(seed)
    if case.below:
        return tree.map_shape_structure(lambda s: generator.integers(0, case.below, s).astype("int32"), case.shape)
    return tree.map_shape_structure(lambda s: generator.normal(size=s).astype("float32"), case.shape)


def pair(case: Case) -> tuple[Any, Any]:
    """Our layer and Keras's, built, with the same random weights."""
    ours, theirs = getattr(layers, case.name)(**case.arguments), getattr(keras.layers, case.name)(**case.theirs)
    inputs = draw(case, 0)
    ours(inputs), theirs(inputs)
    generator = np.random.default_rng(1)
    assert [(w.name, w.shape, w.trainable) for w in ours.weights] == [(w.name, w.shape, w.trainable) for w in theirs.weights]
    weights = [generator.uniform(*case.weights, w.shape).astype(w.dtype) for w in theirs.weights]
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
        inputs = draw(case, seed)
        assert_close(ours(inputs, **keywords), theirs(inputs, **keywords), **TOLERANCE)
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, **TOLERANCE)
    np.testing.assert_allclose([float(x) for x in ours.losses], [float(x) for x in theirs.losses], rtol=1e-5)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_gradients_are_those_of_keras(case: Case) -> None:
    ours, theirs = pair(case)
    inputs = draw(case, 3)
    generator = np.random.default_rng(2)
    factors = [generator.normal(size=np.shape(o)).astype("float32") for o in jax.tree_util.tree_leaves(theirs(inputs))]
    keywords = {"training": case.training} if takes_training(theirs) else {}
    others = [v.value for v in theirs.non_trainable_variables]

    def loss(trainable: Any, inputs: Any) -> Any:
        outputs, _ = theirs.stateless_call(trainable, others, inputs, **keywords)
        return sum((o * f).sum() for o, f in zip(jax.tree_util.tree_leaves(outputs), factors, strict=True))

    # Integers have no gradient.
    gradients = jax.jit(jax.grad(loss, argnums=0 if case.below else (0, 1)))
    expected = gradients([v.value for v in theirs.trainable_variables], inputs)
    watched = tree.map_structure(as_array, inputs)
    with GradientTape() as tape:
        tape.watch(watched)
        total = sum(ops.sum(o * f) for o, f in zip(tree.flatten(ours(watched, **keywords)), factors, strict=True))
    sources = ours.trainable_variables if case.below else [ours.trainable_variables, watched]
    assert_close(tape.gradient(total, sources, unconnected_gradients="zero"), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_output_shape_with_unknown_batch_is_that_of_keras(case: Case) -> None:
    ours, theirs = pair(case)
    shape = tree.map_shape_structure(lambda s: (None, *s[1:]), case.shape)
    if case.name == "EinsumDense":  # Keras leaves known sizes unknown there, and turns the axes of `...` around
        assert ours.compute_output_shape(shape) == (None, *np.shape(theirs(draw(case, 0)))[1:])
        return
    assert ours.compute_output_shape(shape) == as_shape(theirs.compute_output_shape(shape))  # some of theirs are lists
    ours_symbolic = ours(tree.map_shape_structure(lambda s: layers.Input(s[1:]), case.shape))
    theirs_symbolic = theirs(tree.map_shape_structure(lambda s: keras.Input(s[1:]), case.shape))
    shapes = [tuple(o.shape) for o in tree.flatten(theirs_symbolic)]
    assert [tuple(o.shape) for o in tree.flatten(ours_symbolic)] == shapes


@pytest.mark.parametrize("case", CASES, ids=str)
def test_configs_can_be_exchanged_with_keras(case: Case) -> None:
    ours, theirs = pair(case)
    assert set(ours.get_config()) == set(theirs.get_config())
    inputs = draw(case, 4)
    from_theirs, from_ours = type(ours).from_config(theirs.get_config()), type(theirs).from_config(ours.get_config())
    from_theirs(inputs), from_ours(inputs)
    assert [w.shape for w in from_theirs.weights] == [w.shape for w in from_ours.weights]
    weights = ours.get_weights()
    from_theirs.set_weights(weights), from_ours.set_weights(weights)
    if case.name == "Normalization" and not case.arguments.get("mean"):
        from_ours.finalize_state()
    assert_close(from_theirs(inputs), from_ours(inputs), **TOLERANCE)


def registered() -> set[str]:
    """The layers of the package; classes that examples in docstrings and other tests define are not among them."""
    ours = {name: cls for name, cls in layers.LAYERS.objects.items() if cls.__module__.startswith("glassworks.layers.")}
    return {name for name, cls in ours.items() if getattr(sys.modules[cls.__module__], name, None) is cls}


def test_the_table_covers_every_layer() -> None:
    assert all(name in Path(file).read_text(encoding="utf-8") for name, file in ELSEWHERE.items())
    covered = {case.name for case in CASES} | set(ELSEWHERE) | {"InputLayer", "Lambda"}
    assert registered() - covered <= {"Model", "Sequential", "Functional"}
