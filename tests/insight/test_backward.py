"""The backward pass of a trace: sizes, contributions, updates and the change of the loss are those of a training step."""

from __future__ import annotations

import numpy as np
import pytest

from glassworks import Model, Sequential, config, layers, optimizers, regularizers
from glassworks.errors import ArgumentError, IndexRangeError, StateError

RANDOM = np.random.default_rng(4)
X = RANDOM.normal(size=(6, 4)).astype("float32")
LABELS = np.array([0, 1, 2, 0, 1, 2])


def classifier(optimizer="sgd", **options):
    model = Sequential(
        [layers.Input((4,)), layers.Dense(8, "tanh", name="hidden", **options), layers.Dense(3, "softmax", name="last")], name="small"
    )
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def test_gradient_sizes_and_factors_are_those_of_numpy():
    model = classifier()
    (w1, b1), (w2, b2) = model.layers[0].get_weights(), model.layers[1].get_weights()
    h = np.tanh(X @ w1 + b1)
    z = h @ w2 + b2
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    dz = (p - np.eye(3)[LABELS]) / 6
    dh = dz @ w2.T
    dx = (dh * (1 - h**2)) @ w1.T
    trace = model.trace(X, LABELS, sample=3)
    last, hidden = trace.backward
    assert (last.name, hidden.name) == ("last", "hidden")
    np.testing.assert_allclose(last.leaves, np.linalg.norm(dh[3]), rtol=1e-3)
    np.testing.assert_allclose([hidden.arrives, hidden.leaves], [np.linalg.norm(dh[3]), np.linalg.norm(dx[3])], rtol=1e-3)
    np.testing.assert_allclose(hidden.factor, np.linalg.norm(dx[3]) / np.linalg.norm(dh[3]), rtol=1e-3)
    np.testing.assert_allclose(last.weights["kernel"], np.linalg.norm(h.T @ dz), rtol=1e-3)
    row = trace.backward.tables()[0].rows[1]
    np.testing.assert_allclose([float(cell) for cell in row[1:4]], [hidden.arrives, hidden.leaves, hidden.factor], rtol=1e-3)
    assert trace.backward.tables()[0].notes[0].endswith("those of weights are of the batch, the others of sample 3")
    assert "Predicted loss change if 0" in str(trace.backward.tables()[1])


def test_a_layer_beside_others_passes_on_its_own_part_of_the_gradient():
    inputs = layers.Input((4,))
    first = layers.Dense(4, name="first")(inputs)
    model = Model(inputs, layers.Dense(1, name="out")(layers.Add(name="sum")([first, layers.Dense(4, name="side")(first)])))
    model.compile("sgd", "mse")
    trace = model.trace(X, np.ones((6, 1)))
    both, own = trace["side"].gradients["input"], trace["side"].gradients["passed"]
    w = model.get_layer("side").get_weights()[0]
    np.testing.assert_allclose(own, trace["side"].gradients["output"] @ w.T, rtol=1e-4)
    np.testing.assert_allclose(both, own + trace["sum"].gradients["output"], rtol=1e-4)


def test_what_contributes_most_is_what_numpy_finds():
    trace = classifier().trace(X[:1], LABELS[:1])
    neurons, weights = trace.backward.neurons, trace.backward.weights
    effects = np.concatenate([np.abs(stage.output[0] * stage.gradients["output"][0]) for stage in trace])
    np.testing.assert_allclose([abs(share.effect) for share in neurons], np.sort(effects)[::-1][:5], rtol=1e-5)
    slopes = np.concatenate([np.abs(stage.gradients[name]).reshape(-1) for stage in trace for name in ("kernel", "bias")])
    np.testing.assert_allclose([abs(share.gradient) for share in weights], np.sort(slopes)[::-1][:5], rtol=1e-5)
    for share in weights:
        layer, name = share.name.split("/")
        np.testing.assert_allclose(share.gradient, trace[layer].gradients[name][share.index])
        np.testing.assert_allclose(share.value, trace[layer].weights[name][share.index])


OPTIMIZERS = {
    "SGD": lambda: optimizers.SGD(0.1),
    "SGD with momentum": lambda: optimizers.SGD(0.1, momentum=0.9),
    "SGD with Nesterov's momentum": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "SGD clipped by norm": lambda: optimizers.SGD(0.1, clipnorm=0.05),
    "SGD clipped by value": lambda: optimizers.SGD(0.1, clipvalue=0.01),
    "SGD clipped by all norms": lambda: optimizers.SGD(0.1, global_clipnorm=0.05),
    "SGD with a schedule": lambda: optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)),
    "Adam": lambda: optimizers.Adam(0.01),
    "Adam with amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True, clipnorm=0.05),
    "AdamW": lambda: optimizers.AdamW(0.01, weight_decay=0.1),
    "RMSprop": lambda: optimizers.RMSprop(0.01),
    "RMSprop with all": lambda: optimizers.RMSprop(0.01, momentum=0.9, centered=True),
    "Nadam": lambda: optimizers.Nadam(0.01),
    "Adagrad": lambda: optimizers.Adagrad(0.01),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("steps", [0, 3])
def test_an_update_is_what_train_on_batch_then_does_to_the_weight(name, steps):
    model = classifier(OPTIMIZERS[name](), kernel_regularizer=regularizers.L2(0.01))
    for _ in range(steps):
        model.train_on_batch(X, LABELS)
    trace = model.trace(X, LABELS)
    cards = {(weight, place): trace.update(weight, place) for weight, place in (("hidden/kernel", (3, 5)), ("last/bias", 1))}
    before = model.layers[0].kernel.numpy()[3, 5]
    loss = model.train_on_batch(X, LABELS)
    after = {("hidden/kernel", (3, 5)): model.layers[0].kernel.numpy()[3, 5], ("last/bias", 1): model.layers[1].bias.numpy()[1]}
    np.testing.assert_allclose(trace.loss, loss, rtol=1e-5)
    for key, card in cards.items():
        np.testing.assert_allclose(card.new, after[key], rtol=1e-5, atol=1e-7)
        assert card.step == steps + 1
        if card.computed is not None:
            np.testing.assert_allclose(card.computed, card.new, rtol=1e-5, atol=1e-6)
            assert f"{card.computed:.6g}" in str(card)
        assert (card.computed is None) == (name in ("Nadam", "Adagrad"))
    assert cards[("hidden/kernel", (3, 5))].old == before
    np.testing.assert_allclose(trace.backward.actual, model.evaluate(X, LABELS, verbose=0) - trace.loss, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"gradient_accumulation_steps": 2}, "2 batches"), ({"use_ema": True, "ema_overwrite_frequency": 1}, "moving average")],
)
def test_what_an_optimizer_does_beyond_its_formula_is_said_and_no_wrong_formula_is_printed(options, words):
    model = classifier(optimizers.Adam(0.1, **options))
    for _ in range(3):
        card = model.trace(X, LABELS).update("hidden/kernel", (1, 2))
        model.train_on_batch(X, LABELS)
        np.testing.assert_allclose(card.new, model.layers[0].kernel.numpy()[1, 2], rtol=1e-5)
        assert card.computed is None
        assert words in str(card)


def test_mixed_precision_scales_the_loss_and_the_update_is_the_same():
    config.set_dtype_policy("mixed_float16")
    try:
        model = classifier(optimizers.Adam(0.01))
    finally:
        config.set_dtype_policy("float32")
    card = model.trace(X, LABELS).update("hidden/kernel", (1, 2))
    model.train_on_batch(X, LABELS)
    np.testing.assert_allclose([card.new, card.computed], model.layers[0].kernel.numpy()[1, 2], rtol=1e-3)


def test_a_small_step_falls_as_the_gradient_predicts():
    model = classifier(optimizers.SGD(1e-3))
    backward = model.trace(X, LABELS).backward
    squares = sum(float(np.square(gradient).sum()) for gradient in backward._gradients.values())
    np.testing.assert_allclose(backward.predicted, -1e-3 * squares, rtol=1e-3)
    np.testing.assert_allclose(backward.actual, backward.predicted, rtol=0.02)
    assert f"predicts a change of {backward.predicted:.4g}" in str(backward)


def test_dropout_drops_the_same_units_before_and_after_the_step():
    model = Sequential([layers.Input((4,)), layers.Dense(32, "relu", name="hidden"), layers.Dropout(0.5), layers.Dense(1, name="out")])
    model.compile(optimizers.SGD(1e-4), "mse")
    trace = model.trace(X, np.ones(6))
    np.testing.assert_allclose(trace.backward.actual, trace.backward.predicted, rtol=0.05)
    card = trace.update("hidden/kernel", (0, 3))
    model.train_on_batch(X, np.ones(6))
    np.testing.assert_allclose(card.new, model.layers[0].kernel.numpy()[0, 3], rtol=1e-5)


def test_a_constraint_is_named_and_applied():
    model = classifier(optimizers.SGD(10.0), kernel_constraint="non_neg")
    trace = model.trace(X, LABELS)
    cards = [trace.update("hidden/kernel", place) for place in np.ndindex(4, 8)]
    model.train_on_batch(X, LABELS)
    np.testing.assert_allclose([card.new for card in cards], model.layers[0].kernel.numpy().reshape(-1), rtol=1e-5, atol=1e-6)
    assert any(card.computed < 0 == card.new for card in cards)
    assert "then the constraint NonNeg: w_new = " in str(cards[0])


def test_the_loss_and_its_stable_form_stand_below_the_table():
    trace = classifier().trace(X, LABELS, sample=1)
    assert f"loss {trace.loss:.4g}; of this sample {trace.losses[1]:.4g}" in str(trace)
    assert "the engine computes log_softmax(z) in place of log(softmax(z))" in str(trace)
    p = trace["last"].output
    np.testing.assert_allclose(trace.losses, -np.log(p[np.arange(6), LABELS]), rtol=1e-4)


def test_unknown_and_frozen_weights_and_wrong_indexes_are_errors_with_advice():
    model = classifier()
    trace = model.trace(X, LABELS)
    with pytest.raises(ArgumentError, match="did you mean 'hidden/kernel'"):
        trace.update("hidden/kernal", (0, 0))
    with pytest.raises(IndexRangeError, match=r"an index into shape \(4, 8\)"):
        trace.update("hidden/kernel", (4, 0))
    with pytest.raises(IndexRangeError):
        trace.update("hidden/kernel")
    model.layers[0].trainable = False
    with pytest.raises(ArgumentError, match="no gradient goes"):
        model.trace(X, LABELS).update("hidden/kernel", (0, 0))


def test_recurrent_and_attention_models_go_backwards_too():
    inputs = layers.Input((5,), dtype="int32")
    x = layers.Embedding(9, 4, name="rows")(inputs)
    x = layers.MultiHeadAttention(2, 2, name="heads")(x, x)
    model = Model(inputs, layers.Dense(1, "sigmoid", name="out")(layers.LSTM(3, name="lstm")(x)))
    model.compile(optimizers.Adam(0.01), "binary_crossentropy")
    given, y = RANDOM.integers(0, 9, (3, 5)), np.array([[0], [1], [1]])
    trace = model.trace(given, y)
    assert trace.stable_form == "log_sigmoid(z) in place of log(sigmoid(z))"
    card, other = trace.update("lstm/recurrent_kernel", (1, 7)), trace.update("heads/query/kernel", (0, 1, 1))
    model.train_on_batch(given, y)
    np.testing.assert_allclose(card.new, model.get_layer("lstm").get_weights()[1][1, 7], rtol=1e-4)
    np.testing.assert_allclose(other.new, model.get_layer("heads").get_weights()[0][0, 1, 1], rtol=1e-4)
    assert trace.backward.flows[-1].name == "rows"


def test_a_trace_from_before_further_training_shows_no_step_and_says_why():
    model = classifier()
    trace = model.trace(X, LABELS)
    share = trace.backward.weights[0]
    model.fit(X, LABELS, epochs=2, verbose=0, doctor="off")
    assert "the weights have changed since this trace" in str(trace) and "one step of" not in str(trace)
    layer, name = share.name.split("/")
    assert (
        share.value
        == trace[layer].weights[name][share.index]
        != model.get_layer(layer).get_weights()[0 if name == "kernel" else 1][share.index]
    )
    with pytest.raises(StateError, match="make a new one"):
        trace.update(share.name, share.index)
    assert "one step of" in str(model.trace(X, LABELS))
