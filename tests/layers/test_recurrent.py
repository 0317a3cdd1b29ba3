"""Recurrent layers: training them, dropout over a sequence, kept states, and what users get wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks import Input, Sequential, layers, ops
from glassworks.errors import ArgumentError, GlassworksError
from glassworks.graph import KerasTensor

RNG = np.random.default_rng(3)
X = RNG.normal(size=(4, 6, 3)).astype("float32")


def sign_of_sums(samples: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(steps).normal(size=(samples, steps, 1)).astype("float32")
    return x, (x.sum(axis=(1, 2)) > 0).astype("float32")[:, None]


@pytest.mark.parametrize(
    "layer",
    [
        lambda: layers.LSTM(8),
        lambda: layers.GRU(8, go_backwards=True),
        lambda: layers.SimpleRNN(8),
        lambda: layers.GRU(8, reset_after=False),
        lambda: layers.RNN([layers.LSTMCell(8), layers.GRUCell(8)]),
        lambda: layers.LSTM(8, dropout=0.1, recurrent_dropout=0.1),
        lambda: layers.Bidirectional(layers.LSTM(6)),
    ],
)
def test_a_network_learns_whether_a_sequence_sums_to_more_than_zero(layer: Any) -> None:
    model = Sequential([layer(), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.optimizer.learning_rate = 0.02
    history = model.fit(*sign_of_sums(512, 8), epochs=6, batch_size=32, verbose=0).history
    assert history["accuracy"][-1] > 0.85


def test_a_network_trains_on_sequences_of_any_length() -> None:
    model = Sequential([Input((None, 1)), layers.LSTM(8, return_sequences=True), layers.GRU(8), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    before = model.evaluate(*sign_of_sums(64, 7), verbose=0)
    model.optimizer.learning_rate = 0.02
    for _ in range(4):
        for steps in (5, 9, 7):
            model.fit(*sign_of_sums(256, steps), epochs=1, verbose=0)
    assert model.evaluate(*sign_of_sums(64, 7), verbose=0) < 0.7 * before
    assert model.predict(sign_of_sums(3, 11)[0], verbose=0).shape == (3, 1)


def test_kept_states_move_on_while_a_model_is_trained_and_used() -> None:
    layer = layers.LSTM(4, stateful=True)
    model = Sequential([Input(batch_shape=(4, 6, 3)), layer])
    model.compile("sgd", "mse")
    model.fit(np.concatenate([X, X]), np.zeros((8, 4)), batch_size=4, verbose=0, shuffle=False)
    assert np.abs(layer.states[0].numpy()).max() > 0
    assert model.weights == layer.weights
    layer.reset_state()
    assert np.abs(layer.states[0].numpy()).max() == 0
    first, second = model.predict(X, batch_size=4, verbose=0), model.predict(X, batch_size=4, verbose=0)
    assert not np.allclose(first, second)
    whole = layers.LSTM.from_config({**layer.get_config(), "stateful": False})
    whole(X)
    whole.set_weights(layer.get_weights())
    np.testing.assert_allclose(second, whole(np.concatenate([X, X], axis=1)), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
@pytest.mark.parametrize("arguments", [{"dropout": 0.5}, {"recurrent_dropout": 0.5}, {"dropout": 0.5, "implementation": 1}])
def test_dropout_acts_in_training_alone_and_repeats_with_its_seed(kind: str, arguments: dict[str, Any]) -> None:
    if kind == "SimpleRNN":
        arguments = {key: value for key, value in arguments.items() if key != "implementation"}
    plain, one, other = (getattr(layers, kind)(4, **more) for more in ({}, {**arguments, "seed": 3}, {**arguments, "seed": 3}))
    for layer in (plain, one, other):
        layer(X)
        layer.set_weights([np.ones(w.shape) * 0.1 for w in layer.weights])
    np.testing.assert_allclose(one(X), plain(X), rtol=1e-6)
    dropped = one(X, training=True)
    assert not np.allclose(dropped, plain(X))
    np.testing.assert_array_equal(dropped, other(X, training=True))
    assert not np.allclose(dropped, one(X, training=True))


@pytest.mark.parametrize(
    "make", [lambda **k: layers.GRU(64, dropout=0.5, **k), lambda **k: layers.RNN(layers.GRUCell(64, dropout=0.5), **k)]
)
def test_all_steps_of_a_sequence_drop_the_same_inputs(make: Any) -> None:
    # One feature, so that a sample loses all its inputs or none: a sample without inputs stays at zero.
    outputs = make(return_sequences=True)(np.ones((32, 5, 1)), training=True).numpy()
    silent = (outputs == 0).all(axis=2)
    assert silent.any()
    assert (silent == silent[:, :1]).all()


def test_one_operation_and_single_steps_give_the_same_numbers() -> None:
    for whole, steps in ((layers.LSTM(4), layers.RNN(layers.LSTMCell(4))), (layers.GRU(4), layers.RNN(layers.GRUCell(4)))):
        whole(X), steps(X)
        steps.set_weights(whole.get_weights())
        for data in (X, X[:, :1]):
            np.testing.assert_allclose(steps(data), whole(data), rtol=1e-5, atol=1e-6)


def test_states_may_stand_in_a_list_after_the_sequences() -> None:
    layer, states = layers.LSTM(4), [np.ones((4, 4), "float32"), np.ones((4, 4), "float32")]
    np.testing.assert_array_equal(layer([X, *states]), layer(X, initial_state=states))
    symbols = [KerasTensor((None, 6, 3)), KerasTensor((None, 4)), KerasTensor((None, 4))]
    assert layer(symbols).shape == (None, 4)


def test_layers_in_both_directions_keep_states_and_take_first_weights() -> None:
    layer = layers.Bidirectional(layers.GRU(2, stateful=True))
    first, second = layer(X), layer(X)
    assert not np.allclose(first, second)
    assert len(layer.states) == 2
    layer.reset_state()
    np.testing.assert_array_equal(layer(X), first)
    np.testing.assert_array_equal(layers.Bidirectional(layers.GRU(2), weights=layer.get_weights())(X), first)


def test_masks_go_on_through_both_directions_and_over_time() -> None:
    mask = np.array([[True] * n + [False] * (6 - n) for n in (6, 3, 1, 5)])
    data = X * mask[..., None]
    inner = [layers.Bidirectional(layers.LSTM(2, return_sequences=True)), layers.TimeDistributed(layers.Dense(3)), layers.GRU(2)]
    model = Sequential([layers.Masking(), *inner])
    both, dense, last = inner
    expected = model(data)
    np.testing.assert_allclose(last(dense(both(X, mask=mask)), mask=mask), expected, rtol=1e-6)
    assert (both(X, mask=mask).numpy()[~mask] == 0).all()


def test_channels_may_come_first_in_convolutional_memories() -> None:
    images = RNG.normal(size=(2, 3, 5, 4, 2)).astype("float32")
    last = layers.ConvLSTM2D(3, 2, strides=(2, 1), return_sequences=True, data_format="channels_last")
    first = layers.ConvLSTM2D(3, 2, strides=(2, 1), return_sequences=True, data_format="channels_first")
    expected = last(images)
    found = first(images.transpose(0, 1, 4, 2, 3))
    first.set_weights(last.get_weights())
    found = first(images.transpose(0, 1, 4, 2, 3))
    np.testing.assert_allclose(found.numpy().transpose(0, 1, 3, 4, 2), expected, rtol=1e-5, atol=1e-6)
    assert first.compute_output_shape((None, 3, 2, 5, 4)) == (None, *found.shape[1:])


def test_convolutional_memories_drop_by_sequence_and_skip_masked_steps() -> None:
    layer = layers.ConvLSTM1D(3, 2, dropout=0.5, recurrent_dropout=0.5, seed=1)
    images = RNG.normal(size=(2, 4, 5, 2)).astype("float32")
    assert not np.allclose(layer(images, training=True), layer(images))
    mask = np.array([[True, True, False, False], [True, True, True, True]])
    np.testing.assert_allclose(layer(images, mask=mask)[0], layer(images[:, :2])[0], rtol=1e-5)


@pytest.mark.parametrize("arguments", [{}, {"dropout": 0.5, "recurrent_dropout": 0.5}, {"activation": "relu"}])
def test_half_precision_computes_in_its_dtype_and_keeps_weights_in_float32(arguments: dict[str, Any]) -> None:
    layer = layers.LSTM(4, dtype="mixed_bfloat16", return_state=True, **arguments)
    assert {output.dtype.name for output in layer(X, training=True)} == {"bfloat16"}
    assert {weight.dtype for weight in layer.weights} == {"float32"}


class Sizeless(layers.Layer):
    """A cell that does not say how large its state is."""

    def call(self, inputs: Any, states: Any) -> Any:
        return inputs, states


class Forgetful(Sizeless):
    """A cell that returns no state."""

    state_size = 3

    def call(self, inputs: Any, states: Any) -> Any:
        return inputs


class Growing(Sizeless):
    """A cell whose state changes its size."""

    state_size = 3

    def call(self, inputs: Any, states: Any) -> Any:
        return inputs, [ops.concatenate([states[0], inputs], axis=-1)]


WRONG = [
    (lambda: layers.LSTM(4)(X[0]), ["shape (6, 3)", "exactly 3 axes", "x[None]"]),
    (lambda: layers.RNN(layers.LSTMCell(4))(X[0]), ["shape (6, 3)", "at least 3 axes", "x[None]"]),
    (lambda: layers.LSTM(4)(X[:, :0]), ["(4, 0, 3)", "at least one step"]),
    (lambda: layers.LSTM(4)(KerasTensor((None, 5, None))), ["known number of features", "Input(shape="]),
    (lambda: layers.LSTM(4, stateful=True)(Input((6, 3))), ["stateful=True", "known batch size", "batch_shape"]),
    (lambda: called_twice(layers.GRU(4, stateful=True), X, X[:3]), ["batch of 3", "4 samples", "batch size divides"]),
    (lambda: called_twice(layers.GRU(4), X, X[..., :2]), ["size 2 at axis", "size 3"]),
    (lambda: layers.LSTM(4)(X, initial_state=[np.zeros((4, 4))]), ["initial_state with 1", "2, one for each state", "return_state=True"]),
    (lambda: layers.GRU(4)(X, initial_state=np.zeros((3, 4))), ["initial_state of shape (3, 4)", "shape (4, 4)"]),
    (lambda: layers.GRU(4)(X, mask=np.ones((4, 5), bool)), ["mask of shape (4, 5)", "(4, 6)"]),
    (lambda: layers.LSTMCell(4)(X[:, 0], [np.zeros((4, 4))]), ["1 states", "expected: 2", "as a list"]),
    (lambda: layers.RNN(Sizeless()), ["Sizeless without state_size", "self.state_size"]),
    (lambda: layers.RNN(Forgetful())(X), ["a step of Forgetful", "an output and the new states", "return output, [state]"]),
    (lambda: layers.RNN(Growing())(X), ["(4, 6)", "(4, 3)", "Growing.state_size"]),
    (lambda: layers.RNN(layers.Dense), ["cell", "state_size"]),
    (lambda: layers.Bidirectional(layers.Dense(2)), ["Dense without go_backwards", "layers.LSTM(32)"]),
    (lambda: layers.Bidirectional(layers.LSTM(2), backward_layer=layers.LSTM(2)), ["go_backwards=False for both", "go_backwards=True"]),
    (
        lambda: layers.Bidirectional(layers.LSTM(2), backward_layer=layers.LSTM(2, go_backwards=True, return_sequences=True)),
        ["return_sequences=False for layer, True for backward_layer"],
    ),
    (lambda: layers.Bidirectional(layers.LSTM(2)).reset_state(), ["stateful=False", "stateful=True"]),
    (lambda: layers.TimeDistributed(layers.Dense(2))(X[0]), ["shape (6, 3)", "at least 3 axes"]),
    (lambda: layers.TimeDistributed(layers.LSTM(2))(X[..., None], mask=np.ones((4, 3), bool)), ["mask of shape (4, 3)", "(4, 6)"]),
    (lambda: layers.ConvLSTM2D(2, 3)(X), ["shape (4, 6, 3)", "exactly 5 axes"]),
    (lambda: layers.ConvLSTM1D(2, 3)(Input((6, None, 3))), ["known sizes", "one number for each place"]),
    (lambda: layers.ConvLSTM1D(2, 8)(X[..., None]), ["window of 8", "padding='same'"]),
    (lambda: layers.ConvLSTM2D(2, 3, strides=2, dilation_rate=2), ["strides=(2, 2)", "dilation_rate=(2, 2)", "one of them"]),
    (lambda: layers.StackedRNNCells([layers.LSTMCell(2), layers.Dense(2)]), ["Dense without state_size"]),
]


def called_twice(layer: Any, first: Any, second: Any) -> None:
    layer(first)
    layer(second)


@pytest.mark.parametrize(("call", "pieces"), WRONG)
def test_a_mistake_is_explained(call: Any, pieces: list[str]) -> None:
    with pytest.raises(GlassworksError) as caught:
        call()
    missing = [piece for piece in pieces if piece not in str(caught.value)]
    assert not missing, f"{missing} not in {caught.value}"


@pytest.mark.parametrize("layer", [layers.LSTM, layers.GRU, layers.SimpleRNN])
def test_a_sequence_of_no_features_is_taken_as_in_keras(layer: Any) -> None:
    model = Sequential([Input((3, 0)), layer(4)])
    np.testing.assert_array_equal(model.predict(np.ones((2, 3, 0), "float32"), verbose=0), np.zeros((2, 4)))


def test_the_initial_state_of_a_cell_wants_the_number_of_samples() -> None:
    with pytest.raises(ArgumentError, match=r"layer 'cell'\.get_initial_state(.|\n)*no batch_size(.|\n)*get_initial_state\(32\)"):
        layers.LSTMCell(3, name="cell").get_initial_state()


def test_the_arguments_of_the_cell_are_those_of_the_layer() -> None:
    layer = layers.LSTM(3, dropout=0.5)
    layer.cell.dropout = 0.0
    assert layer.dropout == 0.0 and layer.get_config()["dropout"] == 0.0
    with pytest.raises(AttributeError, match="'LSTM' object has no attribute 'dropuot'"):
        _ = layer.dropuot
