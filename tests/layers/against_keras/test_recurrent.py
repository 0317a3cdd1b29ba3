"""Recurrent layers against real Keras where more goes in than one array: masks, states, kept states, layers inside layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax
import keras
import numpy as np
import pytest

from glassworks import layers, models, ops, tree
from glassworks.graph import GradientTape, as_array
from tests.layers.against_keras import test_layers as checks
from tests.layers.against_keras.cases import Case
from tests.layers.against_keras.closeness import assert_close
from tests.layers.against_keras.layer_cases.recurrent import LOOPS


@pytest.fixture(autouse=True)
def loops_step_by_step() -> Iterator[None]:
    """Compiling Keras's loops takes far longer than running them."""
    with jax.disable_jit():
        yield


BATCH, TIME, FEATURES = 3, 5, 4
MASK = np.array([[True, True, True, False, False], [True, True, False, True, True], [False, True, True, True, True]])
TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}
Make = Callable[[Any], Any]
MODELS: dict[Any, Any] = {layers: models.Model, keras.layers: keras.Model}


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def pair(make: Make, *inputs: Any, **keywords: Any) -> tuple[Any, Any]:
    """Our layer and Keras's, built on the inputs, with the same random weights."""
    ours, theirs = make(layers), make(keras.layers)
    ours(*inputs, **keywords), theirs(*inputs, **keywords)
    assert [(w.name, w.shape) for w in ours.weights] == [(w.name, w.shape) for w in theirs.weights]
    generator = np.random.default_rng(1)
    weights = [generator.uniform(-0.8, 0.8, w.shape).astype("float32") for w in theirs.weights]
    ours.set_weights(weights), theirs.set_weights(weights)
    return ours, theirs


def compare(make: Make, *inputs: Any, **keywords: Any) -> None:
    """Outputs, gradients and output shapes; floating inputs are differentiated, keywords are passed on."""
    ours, theirs = pair(make, *inputs, **keywords)
    assert_close(ours(*inputs, **keywords), theirs(*inputs, **keywords), **TOLERANCE)
    factors = [draw(*np.shape(o), seed=2) for o in jax.tree_util.tree_leaves(theirs(*inputs, **keywords))]
    others = [v.value for v in theirs.non_trainable_variables]

    def loss(trainable: Any, *inputs: Any) -> Any:
        outputs, _ = theirs.stateless_call(trainable, others, *inputs, **keywords)
        return sum((o * f).sum() for o, f in zip(jax.tree_util.tree_leaves(outputs), factors, strict=True))

    expected = jax.grad(loss, argnums=tuple(range(len(inputs) + 1)))([v.value for v in theirs.trainable_variables], *inputs)
    watched = tree.map_structure(as_array, list(inputs))
    with GradientTape() as tape:
        tape.watch(watched)
        total = sum(ops.sum(o * f) for o, f in zip(tree.flatten(ours(*watched, **keywords)), factors, strict=True))
    found = tape.gradient(total, [ours.trainable_variables, watched], unconnected_gradients="zero")
    assert_close(found, expected, rtol=1e-4, atol=1e-5)
    shape = np.shape(inputs[0])
    if len(inputs) == 1:
        assert ours.compute_output_shape((None, *shape[1:])) == theirs.compute_output_shape((None, *shape[1:]))


@pytest.mark.parametrize("case", LOOPS, ids=str)
@pytest.mark.parametrize(
    "check",
    [
        checks.test_outputs_updates_and_shapes_are_those_of_keras,
        checks.test_gradients_are_those_of_keras,
        checks.test_output_shape_with_unknown_batch_is_that_of_keras,
        checks.test_configs_can_be_exchanged_with_keras,
    ],
)
def test_a_layer_of_the_table_is_that_of_keras(case: Case, check: Callable[[Case], None]) -> None:
    """ConvLSTM1D, ConvLSTM2D and ConvLSTM3D are among them."""
    check(case)


class TwoStates:
    """A cell written by a user, with two states of different sizes and an output of a third one."""

    @staticmethod
    def of(L: Any, **keywords: Any) -> Any:
        def build(self: Any, input_shape: Any) -> None:
            self.kernel = self.add_weight(shape=(input_shape[-1], 3), name="kernel")
            self.built = True

        def call(self: Any, inputs: Any, states: Any) -> Any:
            math = ops if L is layers else keras.ops
            first, second = states
            product = math.matmul(inputs, self.kernel)
            return math.concatenate([product + first, second], axis=-1), [math.tanh(product + first), second * 0.5 + product[:, :2]]

        cell = type("Cell", (L.Layer,), {"build": build, "call": call})()
        cell.state_size, cell.output_size = [3, 2], 5
        return L.RNN(cell, **keywords)


ALL = {"return_sequences": True, "return_state": True}
LAYERS: dict[str, Make] = {
    "SimpleRNN": lambda L: L.SimpleRNN(3, **ALL),
    "LSTM": lambda L: L.LSTM(3, **ALL),
    "LSTM back with zeros": lambda L: L.LSTM(3, go_backwards=True, zero_output_for_mask=True, **ALL),
    "LSTM relu with zeros": lambda L: L.LSTM(3, activation="relu", zero_output_for_mask=True),
    "GRU back": lambda L: L.GRU(3, go_backwards=True),
    "GRU before, back": lambda L: L.GRU(3, reset_after=False, go_backwards=True, **ALL),
    "RNN of LSTMCell": lambda L: L.RNN(L.LSTMCell(3), **ALL),
}


@pytest.mark.parametrize("name", LAYERS)
def test_masked_sequences_with_initial_states_are_those_of_keras(name: str) -> None:
    states = [draw(BATCH, 3, seed=5), draw(BATCH, 3, seed=6)][: 2 if "LSTM" in name else 1]
    compare(LAYERS[name], draw(BATCH, TIME, FEATURES), states, mask=MASK)


NESTED: dict[str, Make] = {
    "RNN of a list": lambda L: L.RNN([L.LSTMCell(3), L.GRUCell(2)], return_sequences=True),
    "RNN of a stack": lambda L: L.RNN(L.StackedRNNCells([L.SimpleRNNCell(3), L.LSTMCell(2)]), go_backwards=True, **ALL),
    "users cell": lambda L: TwoStates.of(L, **ALL),
}


@pytest.mark.parametrize("name", NESTED)
def test_stacked_cells_and_cells_of_users_are_those_of_keras(name: str) -> None:
    compare(NESTED[name], draw(BATCH, TIME, FEATURES), **({"mask": MASK} if "stack" in name else {}))


CELLS: dict[str, Make] = {
    "SimpleRNNCell": lambda L: L.SimpleRNNCell(3, activation="relu"),
    "LSTMCell": lambda L: L.LSTMCell(3),
    "LSTMCell hard": lambda L: L.LSTMCell(3, recurrent_activation="hard_sigmoid", use_bias=False),
    "GRUCell": lambda L: L.GRUCell(3),
    "GRUCell before": lambda L: L.GRUCell(3, reset_after=False),
    "GRUCell without bias": lambda L: L.GRUCell(3, use_bias=False),
}


@pytest.mark.parametrize("name", CELLS)
def test_single_steps_are_those_of_keras(name: str) -> None:
    states = [draw(BATCH, 3, seed=5), draw(BATCH, 3, seed=6)][: 2 if "LSTM" in name else 1]
    compare_steps = pair(CELLS[name], draw(BATCH, FEATURES), states)
    ours, theirs = (layer(draw(BATCH, FEATURES), states) for layer in compare_steps)
    assert_close(ours, theirs, **TOLERANCE)


@pytest.mark.parametrize("name", [*CELLS, "RNN of LSTMCell", "RNN of a list"])
def test_configs_can_be_exchanged_with_keras(name: str) -> None:
    make = {**CELLS, **LAYERS, **NESTED}[name]
    ours, theirs = make(layers), make(keras.layers)
    assert set(ours.get_config()) == set(theirs.get_config())
    again, back = type(ours).from_config(theirs.get_config()), type(theirs).from_config(ours.get_config())
    assert set(again.get_config()) == set(back.get_config())


@pytest.mark.parametrize(
    "make",
    [
        lambda L: L.LSTM(3, stateful=True),
        lambda L: L.GRU(3, stateful=True, return_sequences=True),
        lambda L: L.RNN(L.GRUCell(3, reset_after=False), stateful=True, return_state=True),
    ],
)
def test_kept_states_are_those_of_keras_over_several_batches_and_after_a_reset(make: Make) -> None:
    ours, theirs = pair(make, draw(BATCH, TIME, FEATURES))
    ours.reset_state(), theirs.reset_state()
    for seed in (0, 1, 2):
        batch = draw(BATCH, TIME, FEATURES, seed=seed)
        assert_close(ours(batch), theirs(batch), **TOLERANCE)
        if seed == 1:
            ours.reset_states(), theirs.reset_states()
    assert len(ours.weights) == len(theirs.weights)


BOTH_WAYS: dict[str, Make] = {
    "concat": lambda L: L.Bidirectional(L.LSTM(3)),
    "sum masked": lambda L: L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode="sum"),
    "ave masked": lambda L: L.Bidirectional(L.RNN(L.SimpleRNNCell(3), return_sequences=True), merge_mode="ave"),
    "mul": lambda L: L.Bidirectional(L.GRU(3, reset_after=False), merge_mode="mul"),
    "states": lambda L: L.Bidirectional(L.LSTM(3, **ALL)),
    "none masked": lambda L: L.Bidirectional(L.LSTM(3, **ALL), merge_mode=None),
    "two layers": lambda L: L.Bidirectional(
        L.LSTM(3, return_sequences=True), backward_layer=L.GRU(2, return_sequences=True, go_backwards=True, name="other")
    ),
}


@pytest.mark.parametrize("name", BOTH_WAYS)
def test_both_directions_are_those_of_keras(name: str) -> None:
    compare(BOTH_WAYS[name], draw(BATCH, TIME, FEATURES), **({"mask": MASK} if "masked" in name else {}))


def test_initial_states_of_both_directions_are_those_of_keras() -> None:
    states = [draw(BATCH, 3, seed=n) for n in range(4)]
    ours, theirs = pair(BOTH_WAYS["states"], draw(BATCH, TIME, FEATURES), initial_state=states)
    data = draw(BATCH, TIME, FEATURES, seed=9)
    assert_close(ours(data, initial_state=states), theirs(data, initial_state=states), **TOLERANCE)


OVER_TIME: dict[str, tuple[Make, tuple[int, ...]]] = {
    "Dense": (lambda L: L.TimeDistributed(L.Dense(2, activation="tanh")), (BATCH, TIME, FEATURES)),
    "Flatten": (lambda L: L.TimeDistributed(L.Flatten()), (BATCH, TIME, 3, 4)),
    "TimeDistributed": (lambda L: L.TimeDistributed(L.TimeDistributed(L.Dense(2))), (BATCH, TIME, 3, 4)),
}


@pytest.mark.parametrize("name", OVER_TIME)
def test_layers_over_time_are_those_of_keras(name: str) -> None:
    make, shape = OVER_TIME[name]
    compare(make, draw(*shape))


def test_batch_normalization_over_time_sees_one_step_after_the_other_as_in_keras() -> None:
    ours, theirs = pair(lambda L: L.TimeDistributed(L.BatchNormalization(momentum=0.5)), draw(BATCH, TIME, FEATURES))
    data = draw(BATCH, TIME, FEATURES, seed=3)
    assert_close(ours(data, training=True), theirs(data, training=True), **TOLERANCE)
    assert_close(ours.get_weights(), theirs.get_weights(), **TOLERANCE)


WRAPPED: dict[str, Make] = {
    **BOTH_WAYS,
    **{name: make for name, (make, _) in OVER_TIME.items()},
    "Wrapper": lambda L: L.Wrapper(L.Dense(2)),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_configs_of_wrappers_can_be_exchanged_with_keras(name: str) -> None:
    ours, theirs = WRAPPED[name](layers), WRAPPED[name](keras.layers)
    assert set(ours.get_config()) == set(theirs.get_config())
    again, back = type(ours).from_config(theirs.get_config()), type(theirs).from_config(ours.get_config())
    assert set(again.get_config()) == set(back.get_config())


def test_models_with_an_encoders_states_for_a_decoder_are_those_of_keras() -> None:
    def make(L: Any) -> Any:
        first, second = L.Input((TIME, FEATURES)), L.Input((None, FEATURES))
        _, *states = L.LSTM(3, return_state=True)(first)
        decoded = L.LSTM(3, return_sequences=True)(second, initial_state=states)
        return MODELS[L]([first, second], L.Dense(2)(decoded))

    inputs = [draw(BATCH, TIME, FEATURES), draw(BATCH, 7, FEATURES, seed=1)]
    ours, theirs = make(layers), make(keras.layers)
    weights = [draw(*w.shape, seed=n) for n, w in enumerate(theirs.weights)]
    ours.set_weights(weights), theirs.set_weights(weights)
    assert_close(ours(inputs), theirs(inputs), **TOLERANCE)
    again = type(ours).from_config(ours.get_config())
    again.set_weights(weights)
    assert_close(again(inputs), theirs(inputs), **TOLERANCE)


def test_a_mask_goes_on_through_stacked_layers() -> None:
    def make(L: Any) -> Any:
        inputs = L.Input((TIME, FEATURES))
        x = L.LSTM(3, return_sequences=True)(L.Masking()(inputs))
        return MODELS[L](inputs, L.GRU(2)(x))

    ours, theirs = make(layers), make(keras.layers)
    weights = [draw(*w.shape, seed=n) for n, w in enumerate(theirs.weights)]
    ours.set_weights(weights), theirs.set_weights(weights)
    data = draw(BATCH, TIME, FEATURES) * MASK[..., None]
    assert_close(ours(data), theirs(data), **TOLERANCE)
