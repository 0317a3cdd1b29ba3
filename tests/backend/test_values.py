"""The `K.*` functions of older programs give the numbers that NumPy gives. Keras's own need TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassworks
from glassworks import backend as K

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(2, 3, 4)).astype("float32"), RNG.normal(size=(2, 3, 4)).astype("float32")
P = np.abs(X) / np.abs(X).sum(-1, keepdims=True)
IMAGES = RNG.normal(size=(2, 5, 6, 3)).astype("float32")
KERNEL = RNG.normal(size=(3, 2, 3, 4)).astype("float32")
LABELS = np.eye(4, dtype="float32")[[[0, 1, 2], [3, 3, 0]]]
NUMBERS = np.array([[0, 1, 2], [3, 3, 0]])


def windows(x: np.ndarray, height: int, width: int, step: int = 1) -> np.ndarray:
    """(batch, rows, columns, height, width, channels)"""
    found = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(1, 2))[:, ::step, ::step]
    return np.moveaxis(found, 3, -1)


def scattered(x: np.ndarray, kernel: np.ndarray, step: int, size: tuple[int, int]) -> np.ndarray:
    """The transpose of a convolution by adding up the windows."""
    total = np.zeros((len(x), *size, kernel.shape[2]))
    for row in range(x.shape[1]):
        for column in range(x.shape[2]):
            added = np.einsum("bc,hwfc->bhwf", x[:, row, column], kernel)
            total[:, row * step : row * step + kernel.shape[0], column * step : column * step + kernel.shape[1]] += added
    return total


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


CASES: dict[str, tuple[Any, Any]] = {
    "abs": (K.abs(X), np.abs(X)),
    "all": (K.all(X > 0, axis=1), (X > 0).all(1)),
    "any": (K.any(X > 0, axis=-1, keepdims=True), (X > 0).any(-1, keepdims=True)),
    "arange": (K.arange(2, 9, 3), np.arange(2, 9, 3)),
    "arange of floats": (K.arange(4, dtype="float32"), np.arange(4.0)),
    "argmax": (K.argmax(X), X.argmax(-1)),
    "argmin": (K.argmin(X, axis=1), X.argmin(1)),
    "batch_dot": (K.batch_dot(X, Y, axes=2), np.einsum("bij,bkj->bik", X, Y)),
    "batch_dot along two axes": (K.batch_dot(X, Y, axes=(1, 1)), np.einsum("bij,bik->bjk", X, Y)),
    "batch_dot of vectors": (K.batch_dot(X[:, 0], Y[:, 0], axes=1), (X[:, 0] * Y[:, 0]).sum(-1, keepdims=True)),
    "batch_dot of a matrix and a vector": (K.batch_dot(X, Y[:, 0], axes=(2, 1)), np.einsum("bij,bj->bi", X, Y[:, 0])),
    "batch_flatten": (K.batch_flatten(X), X.reshape(2, 12)),
    "batch_get_value": (K.batch_get_value([K.variable(1.0), K.constant(2.0)]), [1.0, 2.0]),
    "batch_normalization": (K.batch_normalization(X, 0.5, 4.0, 1.0, 2.0), (X - 0.5) / np.sqrt(4.001) * 2 + 1),
    "bias_add": (K.bias_add(X, np.arange(4.0)), X + np.arange(4.0)),
    "bias_add of channels first": (K.bias_add(X, np.arange(3.0), "channels_first"), X + np.arange(3.0)[:, None]),
    "bias_add of samples": (K.bias_add(X, Y[0]), X + Y[0]),
    "binary_crossentropy": (K.binary_crossentropy(LABELS, P), -np.log(np.where(LABELS == 1, P, 1 - P))),
    "binary_crossentropy of logits": (K.binary_crossentropy(LABELS, X, True), np.log1p(np.exp(np.where(LABELS == 1, -X, X)))),
    "binary_focal_crossentropy": (
        K.binary_focal_crossentropy(LABELS, P, True, 0.3, 1.5),
        np.where(LABELS == 1, 0.3 * (1 - P) ** 1.5 * -np.log(P), 0.7 * P**1.5 * -np.log(1 - P)),
    ),
    "cast": (K.cast(X, "int32"), X.astype("int32")),
    "cast_to_floatx": (K.cast_to_floatx(X.astype("float64")), X),
    "categorical_crossentropy": (K.categorical_crossentropy(LABELS, 3 * P), -(LABELS * np.log(P)).sum(-1)),
    "categorical_crossentropy of logits": (K.categorical_crossentropy(LABELS, X, True), -(LABELS * np.log(softmax(X))).sum(-1)),
    "categorical_focal_crossentropy": (
        K.categorical_focal_crossentropy(LABELS, P, 0.3, 1.5),
        -(LABELS * 0.3 * (1 - P) ** 1.5 * np.log(P)).sum(-1),
    ),
    "clip": (K.clip(X, -0.5, 0.5), X.clip(-0.5, 0.5)),
    "clip with a low maximum": (K.clip(X, 1, 0), np.ones_like(X)),
    "clip without a minimum": (K.clip(X, None, 0.5), X.clip(None, 0.5)),
    "concatenate": (K.concatenate([X, Y]), np.concatenate([X, Y], -1)),
    "constant": (K.constant(3, shape=(2, 2)), np.full((2, 2), 3.0)),
    "conv1d": (
        K.conv1d(X, KERNEL[:2, 0, :, :][:, [0, 1, 2, 0]]),
        np.einsum("btwc,wcf->btf", np.stack([X[:, :2], X[:, 1:]], 2), KERNEL[:2, 0][:, [0, 1, 2, 0]]),
    ),
    "conv2d": (K.conv2d(IMAGES, KERNEL), np.einsum("bijhwc,hwcf->bijf", windows(IMAGES, 3, 2), KERNEL)),
    "conv2d with strides": (K.conv2d(IMAGES, KERNEL, strides=(2, 2)), np.einsum("bijhwc,hwcf->bijf", windows(IMAGES, 3, 2, 2), KERNEL)),
    "conv2d_transpose": (
        K.conv2d_transpose(IMAGES, KERNEL.swapaxes(2, 3), (2, 11, 12, 4), (2, 2)),
        scattered(IMAGES, KERNEL.swapaxes(2, 3), 2, (11, 12)),
    ),
    "conv2d_transpose into a larger shape": (
        K.conv2d_transpose(IMAGES, KERNEL.swapaxes(2, 3), (None, 12, 12, 4), (2, 2)),
        scattered(IMAGES, KERNEL.swapaxes(2, 3), 2, (12, 12)),
    ),
    "conv3d": (K.conv3d(IMAGES[:, None], KERNEL[None]), np.einsum("bijhwc,hwcf->bijf", windows(IMAGES, 3, 2), KERNEL)[:, None]),
    "cos": (K.cos(X), np.cos(X)),
    "count_params": (K.count_params(K.zeros((2, 3))), 6),
    "cumprod": (K.cumprod(X), X.cumprod(0)),
    "cumsum": (K.cumsum(X, axis=1), X.cumsum(1)),
    "depthwise_conv2d": (
        K.depthwise_conv2d(IMAGES, KERNEL[..., :1]),
        np.einsum("bijhwc,hwc->bijc", windows(IMAGES, 3, 2), KERNEL[..., 0]),
    ),
    "dot": (K.dot(X, KERNEL[0, 0].T), X @ KERNEL[0, 0].T),
    "dot of three axes": (K.dot(X, Y.swapaxes(1, 2)), np.dot(X, Y.swapaxes(1, 2))),
    "elu": (K.elu(X, 0.5), np.where(X > 0, X, 0.5 * np.expm1(X))),
    "equal": (K.equal(X, X), np.ones(X.shape, bool)),
    "exp": (K.exp(X), np.exp(X)),
    "expand_dims": (K.expand_dims(X), X[..., None]),
    "eye": (K.eye(3), np.eye(3)),
    "flatten": (K.flatten(X), X.ravel()),
    "foldl": (K.foldl(lambda total, row: total * 2 + row, X, np.zeros((3, 4), "float32")), X[0] * 2 + X[1]),
    "foldr": (K.foldr(lambda total, row: total * 2 + row, X), X[1] * 2 + X[0]),
    "gather": (K.gather(X, [1, 1, 0]), X[[1, 1, 0]]),
    "get_value": (K.get_value(K.variable(X)), X),
    "eval": (K.eval(K.constant(X)), X),
    "greater": (K.greater(X, Y), X > Y),
    "greater_equal": (K.greater_equal(X, Y), X >= Y),
    "hard_sigmoid": (K.hard_sigmoid(5 * X), (X + 0.5).clip(0, 1)),
    "in_top_k": (K.in_top_k(P[0], [0, 1, 2], 2), [(P[0][i] > P[0][i, i]).sum() < 2 for i in range(3)]),
    "int_shape": (K.int_shape(X), (2, 3, 4)),
    "l2_normalize": (K.l2_normalize(X, axis=-1), X / np.linalg.norm(X, axis=-1, keepdims=True)),
    "l2_normalize of all": (K.l2_normalize(X), X / np.sqrt((X * X).sum())),
    "less": (K.less(X, 0), X < 0),
    "less_equal": (K.less_equal(X, 0), X <= 0),
    "log": (K.log(P), np.log(P)),
    "logsumexp": (K.logsumexp(X, axis=-1), np.log(np.exp(X).sum(-1))),
    "map_fn": (K.map_fn(lambda row: row[0] - row[1], X), X[:, 0] - X[:, 1]),
    "max": (K.max(X, axis=(1, 2)), X.max((1, 2))),
    "maximum": (K.maximum(X, Y), np.maximum(X, Y)),
    "mean": (K.mean(X, axis=-1, keepdims=True), X.mean(-1, keepdims=True)),
    "mean of booleans": (K.mean(X > 0), (X > 0).mean()),
    "min": (K.min(X), X.min()),
    "minimum": (K.minimum(X, 0.0), np.minimum(X, 0)),
    "moving_average_update": (K.moving_average_update(K.variable(X), Y, 0.9), 0.9 * X + 0.1 * Y),
    "ndim": (K.ndim(X), 3),
    "not_equal": (K.not_equal(X, Y), X != Y),
    "one_hot": (K.one_hot(NUMBERS, 4), LABELS),
    "ones": (K.ones((2, 3), dtype="int32"), np.ones((2, 3))),
    "ones_like": (K.ones_like(X), np.ones_like(X)),
    "permute_dimensions": (K.permute_dimensions(X, (0, 2, 1)), X.swapaxes(1, 2)),
    "pool2d": (K.pool2d(IMAGES, (3, 2)), windows(IMAGES, 3, 2).max((3, 4))),
    "pool2d of averages": (K.pool2d(IMAGES, (2, 2), (2, 2), pool_mode="avg"), windows(IMAGES, 2, 2, 2).mean((3, 4))),
    "pool3d": (K.pool3d(IMAGES[:, None], (1, 3, 2)), windows(IMAGES, 3, 2).max((3, 4))[:, None]),
    "pow": (K.pow(X, 2), X**2),
    "prod": (K.prod(X, axis=0), X.prod(0)),
    "random_bernoulli": (K.random_bernoulli((5,), p=0.0), np.zeros(5)),
    "relu": (K.relu(X), X.clip(0)),
    "relu with a slope": (K.relu(X, alpha=0.2), np.where(X > 0, X, 0.2 * X)),
    "relu with a maximum": (K.relu(X, max_value=0.5), X.clip(0, 0.5)),
    "relu with everything": (
        K.relu(X, alpha=0.2, max_value=1.0, threshold=0.3),
        np.where(X >= 1, 1.0, np.where(X > 0.3, X, 0.2 * (X - 0.3))),
    ),
    "repeat": (K.repeat(X[0], 3), np.repeat(X[0][:, None], 3, 1)),
    "repeat_elements": (K.repeat_elements(X, 2, axis=1), np.repeat(X, 2, 1)),
    "reshape": (K.reshape(X, (4, -1)), X.reshape(4, 6)),
    "resize_images": (K.resize_images(IMAGES, 2, 3, "channels_last"), IMAGES.repeat(2, 1).repeat(3, 2)),
    "resize_volumes": (K.resize_volumes(IMAGES[:, None], 2, 1, 3, "channels_last"), IMAGES[:, None].repeat(2, 1).repeat(3, 3)),
    "reverse": (K.reverse(X, (0, 2)), X[::-1, :, ::-1]),
    "round": (K.round(3 * X), np.round(3 * X)),
    "separable_conv2d": (
        K.separable_conv2d(IMAGES, KERNEL[..., :1], KERNEL[:1, :1]),
        np.einsum("bijhwc,hwc,cf->bijf", windows(IMAGES, 3, 2), KERNEL[..., 0], KERNEL[0, 0]),
    ),
    "shape": (K.shape(X), (2, 3, 4)),
    "sigmoid": (K.sigmoid(X), 1 / (1 + np.exp(-X))),
    "sign": (K.sign(X), np.sign(X)),
    "sin": (K.sin(X), np.sin(X)),
    "softmax": (K.softmax(X), softmax(X)),
    "softplus": (K.softplus(X), np.log1p(np.exp(X))),
    "softsign": (K.softsign(X), X / (1 + np.abs(X))),
    "sparse_categorical_crossentropy": (K.sparse_categorical_crossentropy(NUMBERS, P), -(LABELS * np.log(P)).sum(-1)),
    "sparse_categorical_crossentropy with a class ignored": (
        K.sparse_categorical_crossentropy(NUMBERS, P, ignore_class=3),
        np.where(NUMBERS == 3, 0, -(LABELS * np.log(P)).sum(-1)),
    ),
    "spatial_2d_padding": (K.spatial_2d_padding(IMAGES, ((1, 2), (0, 3))), np.pad(IMAGES, ((0, 0), (1, 2), (0, 3), (0, 0)))),
    "spatial_3d_padding": (K.spatial_3d_padding(IMAGES[:, None]), np.pad(IMAGES[:, None], ((0, 0), (1, 1), (1, 1), (1, 1), (0, 0)))),
    "sqrt": (K.sqrt(X), np.sqrt(X.clip(0))),
    "square": (K.square(X), X * X),
    "squeeze": (K.squeeze(X[:, :1], 1), X[:, 0]),
    "stack": (K.stack([X, Y], axis=1), np.stack([X, Y], 1)),
    "std": (K.std(X, axis=1), X.std(1)),
    "stop_gradient": (K.stop_gradient(X), X),
    "sum": (K.sum(X, axis=(0, 1)), X.sum((0, 1))),
    "switch by rows": (K.switch(X[:, 0, 0] > 0, X, Y), np.where((X[:, 0, 0] > 0)[:, None, None], X, Y)),
    "switch by one": (K.switch(np.array(True), lambda: X, lambda: Y), X),
    "switch by elements": (K.switch(X > 0, X, lambda: Y), np.where(X > 0, X, Y)),
    "tanh": (K.tanh(X), np.tanh(X)),
    "temporal_padding": (K.temporal_padding(X), np.pad(X, ((0, 0), (1, 1), (0, 0)))),
    "tile": (K.tile(X, (1, 2, 1)), np.tile(X, (1, 2, 1))),
    "to_dense": (K.to_dense(X), X),
    "transpose": (K.transpose(X), X.T),
    "update": (K.update(K.variable(X), Y), Y),
    "update_add": (K.update_add(K.variable(X), Y), X + Y),
    "update_sub": (K.update_sub(K.variable(X), Y), X - Y),
    "var": (K.var(X, axis=-1), X.var(-1)),
    "variable": (K.variable(X, dtype="float64"), X),
    "zeros": (K.zeros((2,)), [0, 0]),
    "zeros_like": (K.zeros_like(X), np.zeros_like(X)),
}


@pytest.mark.parametrize("name", CASES)
def test_a_function_gives_what_numpy_gives(name: str) -> None:
    found, expected = CASES[name]
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-5, atol=1e-6)


def test_causal_convolution_looks_at_the_past_only() -> None:
    kernel = np.array([[[1.0]], [[10.0]]])
    x = np.arange(1.0, 5.0).reshape(1, 4, 1)
    assert K.conv1d(x, kernel, padding="causal").numpy().ravel().tolist() == [10, 21, 32, 43]
    assert K.conv1d(x, kernel, padding="causal", dilation_rate=2).numpy().ravel().tolist() == [10, 20, 31, 42]


def test_random_arrays_have_the_moments_that_are_asked_for() -> None:
    glassworks.utils.set_random_seed(0)
    for array, mean, deviation in [
        (K.random_normal((20000,), 2.0, 3.0), 2, 3),
        (K.random_normal_variable((20000,), 2.0, 3.0), 2, 3),
        (K.random_uniform((20000,), -1.0, 3.0), 1, 4 / np.sqrt(12)),
        (K.random_uniform_variable((20000,), -1.0, 3.0), 1, 4 / np.sqrt(12)),
        (K.truncated_normal((20000,)), 0, 0.8796),
        (K.random_bernoulli((20000,), p=0.25), 0.25, np.sqrt(0.1875)),
    ]:
        np.testing.assert_allclose([np.mean(array), np.std(array)], [mean, deviation], atol=0.06)
    assert set(np.asarray(K.dropout(np.ones(100, "float32"), 0.5)).tolist()) == {0.0, 2.0}


def test_values_of_variables_are_set_and_read() -> None:
    a, b = K.variable(np.zeros(2), name="a"), K.variable([1, 2], dtype="int32")
    K.set_value(a, [1, 2])
    K.batch_set_value([(b, [3.0, 4.0])])
    assert [value.tolist() for value in K.batch_get_value([a, b])] == [[1.0, 2.0], [3, 4]]
    model = glassworks.Sequential([glassworks.Input((2,)), glassworks.layers.Dense(1)])
    model.compile("sgd", "mse")
    K.set_value(model.optimizer.learning_rate, 0.5)
    assert float(K.get_value(model.optimizer.learning_rate)) == 0.5


def test_a_function_gives_the_outputs_of_hidden_layers() -> None:
    inputs = glassworks.Input((3,))
    hidden = glassworks.layers.Dense(2, activation="relu")(inputs)
    model = glassworks.Model(inputs, glassworks.layers.Dense(1)(hidden))
    x = RNG.normal(size=(4, 3)).astype("float32")
    (given,) = K.function([model.input], [hidden])([x])
    kernel, bias = model.layers[1].get_weights()
    assert type(given) is np.ndarray
    np.testing.assert_allclose(given, (x @ kernel + bias).clip(0), rtol=1e-5)
    np.testing.assert_allclose(K.function(model.inputs, model.outputs)([x])[0], model.predict(x, verbose=0), rtol=1e-5)


def steps(x: np.ndarray, mask: np.ndarray | None, back: bool, zero: bool) -> tuple[np.ndarray, np.ndarray]:
    """By hand: the state is half of the state before and the input; masked steps keep the state."""
    state, previous, outputs = np.zeros_like(x[:, 0]), np.zeros_like(x[:, 0]), []
    for t in range(x.shape[1])[:: -1 if back else 1]:
        counts = np.ones((len(x), 1), bool) if mask is None else mask[:, t, None]
        new = 0.5 * state + x[:, t] + 1
        output = np.where(counts, 2 * new, 0 if zero else previous)
        state, previous = np.where(counts, new, state), output
        outputs.append(output)
    return np.stack(outputs, 1), state


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("major", [False, True])
def test_rnn_runs_a_step_function(back: bool, zero: bool, masked: bool, major: bool) -> None:
    mask = np.array([[True, False, True], [False, True, True]]) if masked else None

    def step(x: Any, states: Any) -> Any:
        new = 0.5 * states[0] + x + states[1]
        return 2 * new, [new]

    given = X.swapaxes(0, 1) if major else X
    its_mask = mask.T if mask is not None and major else mask
    options: dict[str, Any] = {"go_backwards": back, "mask": its_mask, "time_major": major, "zero_output_for_mask": zero}
    last, outputs, states = K.rnn(step, given, [np.zeros((2, 4), "float32")], constants=[np.ones(4, "float32")], **options)
    expected, state = steps(X, mask, back, zero)
    np.testing.assert_allclose(np.asarray(outputs), expected.swapaxes(0, 1) if major else expected, rtol=1e-5)
    np.testing.assert_allclose(np.asarray(last), expected[:, -1], rtol=1e-5)
    np.testing.assert_allclose(np.asarray(states[0]), state, rtol=1e-5)
    alone = K.rnn(step, given, [np.zeros((2, 4), "float32")], constants=[np.ones(4, "float32")], return_all_outputs=False, **options)[1]
    np.testing.assert_allclose(np.asarray(alone), (expected[:, -1:].swapaxes(0, 1) if major else expected[:, -1:]), rtol=1e-5)


def test_ctc_scores_and_decodes_a_path() -> None:
    # Two steps, one label: the paths "0-", "-0" and "00" give it.
    p = np.array([[[0.6, 0.4], [0.3, 0.7]]], "float32")
    cost = K.ctc_batch_cost(np.array([[0]]), p, np.array([[2]]), np.array([[1]]))
    np.testing.assert_allclose(np.asarray(cost), [[-np.log(0.6 * 0.7 + 0.4 * 0.3 + 0.6 * 0.3)]], rtol=1e-4)
    labels, _ = K.ctc_decode(np.array([[[0.9, 0.0, 0.1], [0.8, 0.1, 0.1], [0.0, 0.1, 0.9], [0.1, 0.9, 0.0]]], "float32"), np.array([4]))
    assert labels[0].numpy().tolist()[0][:2] == [0, 1]


def test_a_custom_loss_of_k_functions_trains() -> None:
    def loss(y_true: Any, y_pred: Any) -> Any:
        return K.mean(K.square(y_true - y_pred), axis=-1) + 0.01 * K.sum(K.abs(y_pred)) / K.cast(K.shape(y_pred)[0], "float32")

    x = RNG.normal(size=(64, 3)).astype("float32")
    y = x @ np.array([[1.0], [-2.0], [0.5]], "float32")
    model = glassworks.Sequential([glassworks.layers.Lambda(lambda t: K.concatenate([t, K.square(t)])), glassworks.layers.Dense(1)])
    model.compile("adam", loss)
    K.set_value(model.optimizer.learning_rate, 0.05)
    history = model.fit(x, y, epochs=20, verbose=0).history["loss"]
    assert history[-1] < 0.2 * history[0]
