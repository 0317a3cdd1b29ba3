"""Gates, heads, channels and rows have the numbers of the run, computed again with plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from glassworks import Model, Sequential, layers
from glassworks.errors import ArgumentError, IndexRangeError, StateError
from tests.insight.printed import check_equations

RANDOM = np.random.default_rng(2)


def noisy(model):
    model.set_weights([weight + RANDOM.normal(scale=0.2, size=weight.shape) for weight in model.get_weights()])
    return model


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def lstm(x, w, u, b):
    h = c = np.zeros(u.shape[0])
    rows = []
    for step in x:
        i, f, g, o = np.split(step @ w + h @ u + b, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        rows.append((h, c, i, f, g, o))
    return rows


def gru(x, w, u, b, after=True):
    h, n, rows = np.zeros(u.shape[0]), u.shape[0], []
    for step in x:
        zx, rx, gx = np.split(step @ w + (b[0] if after else b), 3)
        zh, rh, gh = np.split(h @ u + (b[1] if after else 0), 3)
        z, r = sigmoid(zx + zh), sigmoid(rx + rh)
        g = gx + (r * gh if after else (r * h) @ u[:, 2 * n :])
        h = z * h + (1 - z) * np.tanh(g)
        rows.append((h, zx + zh, rx + rh, g))
    return rows


@pytest.mark.parametrize("sequences", [False, True])
def test_the_gates_of_an_lstm_are_those_of_numpy(sequences):
    model = noisy(Sequential([layers.Input((5, 3)), layers.LSTM(4, return_sequences=sequences, name="lstm")]))
    x = RANDOM.normal(size=(2, 5, 3)).astype("float32")
    trace = model.trace(x, sample=1)
    rows = lstm(x[1], *model.get_weights())
    for step in range(5):
        for unit in range(4):
            card = trace.gates("lstm", unit, step)
            h, c, *gates = (array[unit] for array in rows[step])
            np.testing.assert_allclose([card.after["h"], card.after["c"]], [h, c], rtol=1e-4, atol=1e-6)
            np.testing.assert_allclose([total.total for total in card.gates.values()], gates, rtol=1e-4, atol=1e-6)
            np.testing.assert_allclose([total.computed for total in card.gates.values()], gates, rtol=1e-4, atol=1e-6)
            assert list(card.gates) == ["input", "forget", "candidate", "output"]
            assert check_equations(card) == 4
            if step:
                np.testing.assert_allclose(card.before["h"], rows[step - 1][0][unit], rtol=1e-4, atol=1e-6)
    recorded = trace["lstm"].output[1]
    np.testing.assert_allclose(card.states if sequences else card.states[-1], recorded, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("after", [True, False])
def test_the_gates_of_a_gru_are_those_of_numpy(after):
    model = noisy(Sequential([layers.Input((5, 3)), layers.GRU(4, reset_after=after, name="gru")]))
    x = RANDOM.normal(size=(5, 3)).astype("float32")
    trace = model.trace(x)
    rows = gru(x, *model.get_weights(), after)
    for step in (0, 3):
        card = trace.gates("gru", 2, step)
        h, *gates = (array[2] for array in rows[step])
        np.testing.assert_allclose(card.after["h"], h, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose([total.total for total in card.gates.values()], gates, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose([total.computed for total in card.gates.values()], gates, rtol=1e-4, atol=1e-6)
        assert check_equations(card) == 3


def test_a_simple_rnn_walking_backwards_and_inside_a_bidirectional_layer():
    model = noisy(
        Sequential([layers.Input((5, 3)), layers.Bidirectional(layers.SimpleRNN(2, name="rnn", return_sequences=True), name="both")])
    )
    x = RANDOM.normal(size=(5, 3)).astype("float32")
    trace = model.trace(x)
    with pytest.raises(StateError, match=r"trace.gates\('both/forward_rnn'"):
        trace.gates("both")
    w, u, b = model.layers[0].backward_layer.get_weights()
    h, states = np.zeros(2), {}
    for step in range(4, -1, -1):
        h = np.tanh(x[step] @ w + h @ u + b)
        states[step] = h
    card = trace.gates("both/backward_rnn", 1, 2)
    np.testing.assert_allclose(card.after["h"], states[2][1], rtol=1e-4)
    np.testing.assert_allclose(card.before["h"], states[3][1], rtol=1e-4)
    np.testing.assert_allclose(trace["both"].output[0, 2, 3], states[2][1], rtol=1e-4)


def test_a_masked_step_keeps_the_state():
    model = noisy(Sequential([layers.Input((4,), dtype="int32"), layers.Embedding(9, 3, mask_zero=True), layers.LSTM(2, name="lstm")]))
    x = np.array([[1, 2, 0, 0], [4, 3, 2, 1]])
    card = model.trace(x).gates("lstm", 0, 3)
    assert card.masked
    assert card.before == card.after
    np.testing.assert_allclose(card.states[-1], model.predict(x, verbose=0)[0], rtol=1e-4)
    assert "the step is masked" in str(card)


def test_dropout_in_training_hides_the_gates():
    model = Sequential([layers.Input((4, 2)), layers.LSTM(2, dropout=0.5, name="lstm")])
    assert model.trace(np.ones((4, 2))).gates("lstm").step == 3
    with pytest.raises(StateError, match="training=False"):
        model.trace(np.ones((4, 2)), training=True).gates("lstm")


def attention_weights(q, k, mask=None):
    scores = q @ k.T / np.sqrt(q.shape[-1])
    scores = scores if mask is None else np.where(mask, scores, -1e9)
    powers = np.exp(scores - scores.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("grouped", [False, True])
def test_the_weights_of_a_head_are_those_of_numpy_and_explain_the_output(causal, grouped):
    layer = layers.GroupQueryAttention(3, 4, 2, name="heads") if grouped else layers.MultiHeadAttention(4, 3, name="heads")
    inputs = layers.Input((5, 6))
    model = noisy(Model(inputs, layer(inputs, inputs, use_causal_mask=causal)))
    x = RANDOM.normal(size=(2, 5, 6)).astype("float32")
    trace = model.trace(x, sample=1)
    named = {weight.path.split("heads/")[-1]: array for weight, array in zip(model.weights, model.get_weights(), strict=True)}
    output = np.zeros((5, 6)) + named["attention_output/bias"]
    for head in range(4):
        own = head // 2 if grouped else head
        q, k, v = (
            x[1] @ named[f"{name}/kernel"][:, at] + named[f"{name}/bias"][at]
            for name, at in (("query", head), ("key", own), ("value", own))
        )
        weights = attention_weights(q, k, np.tri(5, dtype=bool) if causal else None)
        card = trace.attention("heads", head)
        np.testing.assert_allclose(card.weights, weights, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(card.weights.sum(1), 1)
        np.testing.assert_allclose(card.attended, weights @ v, rtol=1e-3, atol=1e-5)
        output += weights @ v @ named["attention_output/kernel"][head]
        best = int(np.argmax(weights[0]))
        assert f"query 0 looks at key {best} ({weights[0, best]:.3g})" in str(card)
    np.testing.assert_allclose(trace["heads"].output[1], output, rtol=1e-3, atol=1e-5)


def test_masked_keys_get_no_weight():
    inputs = layers.Input((4,), dtype="int32")
    embedded = layers.Embedding(9, 4, mask_zero=True)(inputs)
    model = Model(inputs, layers.MultiHeadAttention(1, 4, name="heads")(embedded, embedded))
    card = model.trace(np.array([1, 2, 3, 0])).attention("heads")
    assert np.all(card.weights[:3, 3] == 0)
    np.testing.assert_allclose(card.weights[:3].sum(1), 1)


@pytest.mark.parametrize(
    ("layer", "score"), [(layers.Attention(use_scale=True, name="attention"), "dot"), (layers.AdditiveAttention(name="attention"), "add")]
)
def test_attention_without_heads(layer, score):
    a, b = layers.Input((3, 4)), layers.Input((5, 4))
    model = noisy(Model([a, b], layer([a, b])))
    q, v = RANDOM.normal(size=(1, 3, 4)).astype("float32"), RANDOM.normal(size=(1, 5, 4)).astype("float32")
    (scale,) = model.get_weights()
    scores = scale * (q[0] @ v[0].T) if score == "dot" else (scale * np.tanh(q[0][:, None] + v[0][None])).sum(-1)
    weights = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    trace = model.trace([q, v])
    card = trace.attention("attention")
    np.testing.assert_allclose(card.weights, weights, rtol=1e-4)
    np.testing.assert_allclose(card.attended, trace["attention"].output[0], rtol=1e-4, atol=1e-6)
    with pytest.raises(IndexRangeError):
        trace.attention("attention", 1)


@pytest.mark.parametrize("training", [False, True])
def test_a_channel_of_batch_normalization(training):
    model = noisy(Sequential([layers.Input((3, 4)), layers.BatchNormalization(name="norm")]))
    gamma, beta, mean, variance = model.get_weights()
    model.set_weights([gamma, beta, mean, variance := np.abs(variance) + 0.5])
    x = RANDOM.normal(2.0, 3.0, size=(6, 3, 4)).astype("float32")
    card = model.trace(x, training=training, sample=4).channel("norm", 2, 1)
    m, v = (x[..., 2].mean(), x[..., 2].var()) if training else (mean[2], variance[2])
    np.testing.assert_allclose([card.mean, card.variance], [m, v], rtol=1e-4)
    np.testing.assert_allclose(card.result, (x[4, 1, 2] - m) / np.sqrt(v + 1e-3) * gamma[2] + beta[2], rtol=1e-3, atol=1e-4)
    assert card.source == ("this batch" if training else "the moving averages")


@pytest.mark.parametrize("kind", ["layer", "group", "rms"])
def test_a_channel_that_is_normalised_within_its_sample(kind):
    layer = {
        "layer": layers.LayerNormalization(name="norm"),
        "group": layers.GroupNormalization(2, name="norm"),
        "rms": layers.RMSNormalization(name="norm"),
    }[kind]
    model = noisy(Sequential([layers.Input((3, 4)), layer]))
    x = RANDOM.normal(2.0, 3.0, size=(2, 3, 4)).astype("float32")
    card = model.trace(x, sample=1).channel("norm", 3, 2)
    values = x[1, :, 2:] if kind == "group" else x[1, 2]
    mean, variance = (0.0, np.mean(values**2)) if kind == "rms" else (values.mean(), values.var())
    weights = model.get_weights()
    gamma, beta = weights[0][3], weights[1][3] if len(weights) > 1 else 0.0
    normalized = (x[1, 2, 3] - mean) / np.sqrt(variance + layer.epsilon)
    np.testing.assert_allclose([card.mean, card.variance, card.normalized], [mean, variance, normalized], rtol=1e-4)
    np.testing.assert_allclose(card.result, normalized * gamma + beta, rtol=1e-3, atol=1e-4)
    assert f"= {card.result:.4g}" in str(card)


def test_a_row_of_an_embedding():
    model = Sequential([layers.Input((3,), dtype="int32"), layers.Embedding(9, 4, mask_zero=True, name="embedding")])
    trace = model.trace(np.array([[5, 2, 0]]))
    (table,) = model.get_weights()
    card = trace.row("embedding", 1)
    assert card.index == 2
    np.testing.assert_array_equal(card.row, table[2])
    assert "row 2 of 9" in str(card)
    assert trace.row("embedding", 2).is_masked
    with pytest.raises(IndexRangeError, match="from 0 to 2"):
        trace.row("embedding", 3)


def test_unknown_layers_are_errors_with_the_nearest_name():
    model = Sequential([layers.Input((3,), dtype="int32"), layers.Embedding(9, 4, name="embedding")])
    with pytest.raises(ArgumentError, match="did you mean 'embedding'"):
        model.trace(np.array([5, 2, 0])).row("embeding")
    with pytest.raises(StateError, match=r"trace.row\('embedding', place\)"):
        model.trace(np.array([5, 2, 0])).neuron("embedding", 0)
