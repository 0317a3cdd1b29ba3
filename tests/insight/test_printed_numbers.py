"""Every number that a trace prints, forwards and backwards, is computed again with plain NumPy.

Each network is written a second time as a chain of NumPy functions in 64 bits. The forward pass is compared with the table row by row.
Gradients are central differences of the chain: of its loss as a function of the values between two layers, and of each weight.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from glassworks import Model, Sequential, layers, optimizers

RANDOM = np.random.default_rng(5)
STEP = 1e-5


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    powers = np.exp(z - z.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def identity(z):
    return z


def dense(activation):
    return lambda x, w, b: (x @ w + b, activation(x @ w + b))


def convolution(x, w, b):
    height, width = x.shape[1] - w.shape[0] + 1, x.shape[2] - w.shape[1] + 1
    z = np.zeros((len(x), height, width, w.shape[-1])) + b
    for i in range(w.shape[0]):
        for j in range(w.shape[1]):
            z += x[:, i : i + height, j : j + width] @ w[i, j]
    return z, np.tanh(z)


def pooling(x):
    return None, x.reshape(len(x), x.shape[1] // 2, 2, x.shape[2] // 2, 2, -1).mean((2, 4))


def lstm(x, w, u, b):
    h = c = np.zeros((len(x), u.shape[0]))
    for step in range(x.shape[1]):
        i, f, g, o = np.split(x[:, step] @ w + h @ u + b, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return None, h


def gru(x, w, u, b):
    h, rows = np.zeros((len(x), u.shape[0])), []
    for step in range(x.shape[1]):
        (zx, rx, gx), (zh, rh, gh) = (np.split(part, 3, axis=1) for part in (x[:, step] @ w + b[0], h @ u + b[1]))
        z = sigmoid(zx + zh)
        h = z * h + (1 - z) * np.tanh(gx + sigmoid(rx + rh) * gh)
        rows.append(h)
    return None, np.stack(rows, axis=1)


def attention(x, wq, bq, wk, bk, wv, bv, wo, bo):
    q, k, v = (np.einsum("btf,fhd->bthd", x, w) + b for w, b in ((wq, bq), (wk, bk), (wv, bv)))
    weights = softmax(np.einsum("bihd,bjhd->bhij", q, k) / np.sqrt(q.shape[-1]))
    return None, np.einsum("bhij,bjhd,hdf->bif", weights, v, wo) + bo


def normalized(axes, epsilon=1e-3):
    def run(x, gamma, beta, *_averages):
        return None, (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + epsilon) * gamma + beta

    return run


def squared(p, y):
    return ((p - y) ** 2).mean(1)


def binary(p, y):
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(1)


def categorical(p, y):
    return -np.log(p[np.arange(len(p)), y])


def attending():
    inputs = layers.Input((4, 3))
    x = layers.MultiHeadAttention(2, 2, name="heads")(inputs, inputs)
    return Model(inputs, layers.Dense(2, name="out")(layers.Flatten(name="flat")(x)))


FLAT: Callable = lambda x: (None, x.reshape(len(x), -1))  # noqa: E731
NETWORKS = {
    "dense": (
        lambda: Sequential([layers.Input((4,)), layers.Dense(5, "tanh"), layers.Dense(3, "softmax")]),
        [dense(np.tanh), dense(softmax)],
        ("sparse_categorical_crossentropy", categorical),
    ),
    "convolutional": (
        lambda: Sequential(
            [
                *[layers.Input((6, 6, 2)), layers.Conv2D(2, 3, activation="tanh"), layers.AveragePooling2D(2)],
                *[layers.Flatten(), layers.Dense(1, "sigmoid")],
            ]
        ),
        [convolution, pooling, FLAT, dense(sigmoid)],
        ("binary_crossentropy", binary),
    ),
    "recurrent": (
        lambda: Sequential([layers.Input((4, 3)), layers.GRU(2, return_sequences=True), layers.LSTM(3), layers.Dense(2)]),
        [gru, lstm, dense(identity)],
        ("mse", squared),
    ),
    "attention": (attending, [attention, FLAT, dense(identity)], ("mse", squared)),
    "normalised": (
        lambda: Sequential(
            [layers.Input((4,)), layers.Dense(5, "sigmoid"), layers.BatchNormalization(), layers.LayerNormalization(), layers.Dense(2)]
        ),
        [dense(sigmoid), normalized(0), normalized(-1), dense(identity)],
        ("mse", squared),
    ),
}


class Chain:
    """A network as NumPy functions of the values before them and of their weights."""

    def __init__(self, model, functions, loss, x, y):
        self.functions, self.loss, self.x, self.y = functions, loss, x.astype(float), y
        self.weights = [
            [weight.astype(float) for weight in layer.get_weights()] for layer in model.layers if not isinstance(layer, layers.InputLayer)
        ]

    def values(self, start=0, value=None):
        """The pairs (weighted sum, output) of each layer from one on."""
        value, pairs = self.x if value is None else value, []
        for function, weights in zip(self.functions[start:], self.weights[start:], strict=True):
            pairs.append(function(value, *weights))
            value = pairs[-1][1]
        return pairs

    def total(self, start=0, value=None):
        if start == len(self.functions):
            return self.loss(value, self.y).mean()
        return self.loss(self.values(start, value)[-1][1], self.y).mean()

    def slope(self, array, total):
        """The gradient of a function of no arguments with respect to an array that it reads, by central differences."""
        result = np.zeros_like(array)
        for place in np.ndindex(*array.shape):
            kept = array[place]
            array[place] = kept + STEP
            above = total()
            array[place] = kept - STEP
            result[place] = (above - total()) / (2 * STEP)
            array[place] = kept
        return result


@pytest.fixture(params=NETWORKS)
def network(request):
    make, functions, (name, loss) = NETWORKS[request.param]
    model = make()
    model.set_weights([weight + RANDOM.normal(scale=0.3, size=weight.shape) ** 2 for weight in model.get_weights()])
    model.compile(optimizers.Adam(0.01), name)
    x = RANDOM.normal(size=(3, *model.input_shape[1:])).astype("float32")
    y = RANDOM.integers(0, 3, 3) if loss is categorical else RANDOM.integers(0, 2, (3, model.output_shape[-1])).astype(float)
    return model, x, y, Chain(model, functions, loss, x, y)


def close(text, value, scale=1.0):
    assert abs(float(text) - value) <= 2e-3 * abs(value) + 1e-4 * scale, (text, value)


def few(text):
    return [float(number) for number in re.findall(r"-?\d[\d.e+-]*", text)]


@pytest.mark.parametrize("sample", [0, 2])
def test_the_forward_table(network, sample):
    model, x, y, chain = network
    trace = model.trace(x, y, sample=sample)
    rows = trace.table().rows
    assert len(rows) == len(chain.functions)
    previous = x[sample]
    for row, (before, output) in zip(rows, chain.values(), strict=True):
        own = output[sample]
        assert row[1] == str(previous.shape) or row[1] == f"{previous.shape} {previous.shape}"
        assert row[5] == str(own.shape)
        scale = np.abs(own).max()
        for text, array in ((row[2], before), (row[4], output)):
            if text:
                for number, value in zip(few(text), array[sample].reshape(-1), strict=False):
                    close(number, value, scale)
        assert (row[2] == "") == (before is None)
        for text, value in zip(row[6:9], (own.min(), own.mean(), own.max()), strict=True):
            close(text, value, scale)
        assert row[9] == "0%"
        previous = own
    losses = chain.loss(chain.values()[-1][1], y)
    numbers = few(trace.table().notes[0])
    close(numbers[0], losses.mean())
    close(numbers[1], losses[sample])


def test_the_backward_table(network):
    model, x, y, chain = network
    trace = model.trace(x, y, sample=1)
    outputs = [output for _, output in chain.values()]
    ends = [chain.x, *outputs]
    slopes = [chain.slope(value, lambda i=i, value=value: chain.total(i, value)) for i, value in enumerate(ends)]
    rows = trace.backward.tables()[0].rows[::-1]
    for i, (row, (given, arriving)) in enumerate(zip(rows, pairwise(slopes), strict=True)):
        arrives, leaves = np.linalg.norm(arriving[1]), np.linalg.norm(given[1])
        if i < len(rows) - 1 or chain.loss is not categorical:  # that loss divides by the sum of the probabilities, whose slope differs
            close(row[1], arrives)
            close(row[3], leaves / arrives)
        close(row[2], leaves)
        lengths = [np.linalg.norm(chain.slope(weight, chain.total)) for weight in chain.weights[i]]
        lengths = lengths[:2] if "BatchNormalization" in type(model.layers[-len(rows) + i]).__name__ else lengths
        for number, value in zip(
            re.findall(r" (-?\d[\d.e+-]*)(?:,|$)", row[4]), lengths if len(lengths) <= 3 else [max(lengths)], strict=True
        ):
            close(number, value)


def test_the_contributions_and_the_change_of_the_loss(network):
    model, x, y, chain = network
    backward = model.trace(x, y).backward
    table = backward.tables()[1]
    weights = [weight for some in chain.weights for weight in some]
    slopes = [chain.slope(weight, chain.total) for weight in weights]
    trained = [(w, g) for w, g, variable in zip(weights, slopes, model.weights, strict=True) if variable.trainable]
    largest = sorted((abs(float(slope)) for _, g in trained for slope in g.reshape(-1)), reverse=True)[:5]
    for row, value in zip(table.rows[5:], largest, strict=True):
        close(abs(float(row[3])), value)
        close(row[4], -float(row[2]) * float(row[3]), 10)
    # The first step of Adam moves each weight by the learning rate against the sign of its gradient.
    predicted = -0.01 * sum(np.abs(g).sum() for _, g in trained)
    before = chain.total()
    close(backward.predicted, predicted, 10)
    for weight, slope in trained:
        weight -= 0.01 * slope / (np.abs(slope) + 1e-7 / np.sqrt(1 - 0.999))
    (fall,) = [note for note in table.notes if note.startswith("one step of Adam:")]
    for number, value in zip(few(fall.split("predicts")[1]), (predicted, chain.total() - before, before, chain.total()), strict=True):
        close(number, value, 10)
