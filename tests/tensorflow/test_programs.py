"""Programs as introductions write them, with `import glassworks as tf` in place of `import tensorflow as tf`."""

from __future__ import annotations

import io

import numpy as np
import pytest

import glassworks as tf
from glassworks.errors import GlassworksWarning


@pytest.fixture(autouse=True)
def seed():
    tf.random.set_seed(1)


def two_classes():
    x = tf.random.normal((200, 2))
    return x, tf.cast(x[:, 0] + x[:, 1] > 0, tf.int32)


def test_a_linear_regression_by_hand():
    x = tf.linspace(-2.0, 2.0, 101)
    y = 3.0 * x + 2.0 + tf.random.normal(shape=[101], stddev=0.1)

    class Line(tf.Module):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.w, self.b = tf.Variable(5.0), tf.Variable(0.0)

        @tf.function
        def __call__(self, x):
            return self.w * x + self.b

    line = Line()
    for _ in range(80):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(y - line(x)))
        dw, db = tape.gradient(loss, [line.w, line.b])
        line.w.assign_sub(0.1 * dw)
        line.b.assign_sub(0.1 * db)
    np.testing.assert_allclose([line.w.numpy(), line.b.numpy()], np.polyfit(x, y, 1), atol=0.01)
    assert len(line.trainable_variables) == 2


def test_a_custom_training_loop_over_a_data_set():
    x, y = two_classes()
    dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(200).batch(50)
    model = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="relu"), tf.keras.layers.Dense(2)])
    loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = tf.keras.optimizers.Adam(0.05)
    accuracy = tf.keras.metrics.SparseCategoricalAccuracy()

    @tf.function
    def train_step(images, labels):
        with tf.GradientTape() as tape:
            logits = model(images, training=True)
            loss = loss_fn(labels, logits)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        accuracy.update_state(labels, logits)
        return loss

    for _ in range(8):
        accuracy.reset_state()
        for images, labels in dataset:
            loss = train_step(images, labels)
    assert float(loss) < 0.3 and float(accuracy.result()) > 0.9


def test_a_pipeline_with_a_function_before_and_after_the_batch():
    pixels = np.random.default_rng(0).integers(0, 256, (64, 6, 6, 1)).astype("uint8")
    labels = (pixels.mean((1, 2, 3)) > 127).astype("int64")

    def scale(image, label):
        return tf.cast(image, tf.float32) / 255.0, tf.one_hot(label, 2)

    train = (
        tf.data.Dataset.from_tensor_slices((pixels, labels))
        .map(scale, num_parallel_calls=tf.data.AUTOTUNE)
        .cache()
        .shuffle(64)
        .batch(16)
        .map(lambda x, y: (tf.image.flip_left_right(x), y))
        .prefetch(tf.data.AUTOTUNE)
    )
    images, targets = next(iter(train))
    assert images.shape == (16, 6, 6, 1) and targets.shape == (16, 2) and float(tf.reduce_max(images)) <= 1
    model = tf.keras.Sequential([tf.keras.Input((6, 6, 1)), tf.keras.layers.Flatten(), tf.keras.layers.Dense(2, activation="softmax")])
    model.compile("adam", "categorical_crossentropy")
    losses = model.fit(train, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_windows_of_a_series():
    series = tf.range(20, dtype=tf.float32)
    dataset = tf.data.Dataset.from_tensor_slices(series).window(5, shift=1, drop_remainder=True)
    dataset = dataset.flat_map(lambda window: window.batch(5)).map(lambda window: (window[:-1], window[-1:])).batch(4)
    x, y = next(iter(dataset))
    assert x.numpy().tolist()[1] == [1, 2, 3, 4] and y.numpy().tolist()[1] == [5]


def test_a_layer_that_samples():
    class Sampling(tf.keras.layers.Layer):
        def call(self, inputs):
            mean, log_variance = inputs
            batch, size = tf.shape(mean)[0], tf.shape(mean)[1]
            return mean + tf.exp(0.5 * log_variance) * tf.random.normal(shape=(batch, size))

    inputs = tf.keras.Input((3,))
    outputs = tf.keras.layers.Dense(1)(Sampling()([inputs, inputs]))
    model = tf.keras.Model(inputs, outputs)
    model.compile("sgd", lambda y_true, y_pred: tf.reduce_mean(tf.math.squared_difference(y_true, y_pred), axis=-1))
    model.fit(np.zeros((8, 3)), np.zeros((8, 1)), verbose=0)
    assert model.predict(np.zeros((2, 3)), verbose=0).shape == (2, 1)


def test_a_loss_and_an_attention_of_tensorflow_s_names_in_a_functional_model():
    inputs = tf.keras.Input((4, 3))
    scores = tf.nn.softmax(tf.matmul(inputs, inputs, transpose_b=True) / tf.sqrt(3.0), axis=-1)
    model = tf.keras.Model(
        inputs, tf.reduce_sum(tf.concat([tf.matmul(scores, inputs), tf.expand_dims(inputs[..., 0], -1)], axis=-1), axis=1)
    )
    x = np.random.default_rng(0).random((2, 4, 3)).astype("float32")
    weights = np.exp(x @ x.transpose(0, 2, 1) / np.sqrt(3))
    weights /= weights.sum(-1, keepdims=True)
    wanted = np.concatenate([weights @ x, x[..., :1]], -1).sum(1)
    np.testing.assert_allclose(model.predict(x, verbose=0), wanted, rtol=1e-5)


def test_variables_are_created_as_in_tensorflow():
    class Linear(tf.keras.layers.Layer):
        def __init__(self, units, inputs):
            super().__init__()
            self.w = tf.Variable(initial_value=tf.random_normal_initializer()(shape=(inputs, units), dtype="float32"), trainable=True)
            self.b = tf.Variable(initial_value=tf.zeros((units,)), trainable=True, name="bias")
            self.calls = tf.Variable(0, False, dtype=tf.int32)

        def call(self, x):
            return tf.matmul(x, self.w) + self.b

    layer = Linear(4, 3)
    assert layer(tf.ones((2, 3))).shape == (2, 4)
    assert [v.shape for v in layer.trainable_weights] == [(3, 4), (4,)] and layer.b.name == "bias"
    assert len(layer.non_trainable_weights) == 1 and layer.calls.dtype == "int32"
    assert tf.Variable(5.0, True).assign_add(1.0).numpy() == 6


def test_gradients_of_gradients_and_jacobians():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as outer:
        with tf.GradientTape() as inner:
            y = tf.reduce_sum(x**3)
        slope = inner.gradient(y, x)
    np.testing.assert_allclose(outer.jacobian(slope, x), np.diag([6.0, 12.0]))
    np.testing.assert_allclose(outer.gradient(slope, x), [6.0, 12.0])
    matrix = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    with tf.GradientTape() as tape:
        tape.watch(matrix)
        z = tf.matmul(matrix, [[1.0], [2.0]]) ** 2
    factor = 2 * (matrix.numpy() @ [[1.0], [2.0]])
    np.testing.assert_allclose(tape.batch_jacobian(z, matrix), (factor * [[1.0, 2.0]])[:, None])
    with tf.GradientTape() as tape:
        y = tf.constant(1.0) * 2.0
    assert tape.jacobian(y, x) is None
    with tf.GradientTape() as tape:
        y = x * 1.0
    zeros = tape.jacobian(y, tf.Variable([1.0]), unconnected_gradients=tf.UnconnectedGradients.ZERO)
    assert zeros.shape == (2, 1) and not zeros.numpy().any()


def test_a_function_with_python_s_conditions_runs_with_a_warning():
    @tf.function
    def collatz(n):
        steps = 0
        while n > 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        return steps

    with pytest.warns(GlassworksWarning, match="collatz runs as Python"):
        assert collatz(tf.constant(6)) == 8
    assert collatz(tf.constant(7)) == 16


def test_loops_and_conditions_as_functions():
    assert [int(v) for v in tf.while_loop(lambda i, s: i < 5, lambda i, s: (i + 1, s + i), [0, 0])] == [5, 10]
    assert float(tf.cond(tf.constant(False), lambda: tf.constant(1.0), lambda: tf.constant(2.0))) == 2
    assert float(tf.switch_case(9, [lambda: tf.constant(1.0), lambda: tf.constant(2.0)], default=lambda: tf.constant(3.0))) == 3
    np.testing.assert_array_equal(tf.map_fn(lambda x: x * 2, tf.range(3)), [0, 2, 4])
    np.testing.assert_array_equal(tf.scan(lambda total, x: total + x, tf.range(4), reverse=True), [6, 6, 5, 3])
    np.testing.assert_array_equal(tf.scan(lambda total, x: total + x, tf.range(4), initializer=10), [10, 11, 13, 16])
    assert float(tf.py_function(lambda x: float(x) + 1, [tf.constant(1.0)], tf.float32)) == 2


def test_values_are_printed():
    stream = io.StringIO()
    tf.print("loss", tf.constant([1.0, 2.0]), output_stream=stream, sep=": ")
    assert stream.getvalue() == "loss: [1. 2.]\n"


def test_a_text_layer_with_a_function_of_tf_strings():
    def standardize(text):
        return tf.strings.regex_replace(tf.strings.lower(text), "<br />", " ")

    layer = tf.keras.layers.TextVectorization(standardize=standardize, output_sequence_length=4)
    dataset = tf.data.Dataset.from_tensor_slices(["Good<br />film", "bad film"]).batch(2)
    layer.adapt(dataset)
    assert layer.get_vocabulary()[2] == "film"
    assert dataset.map(layer).get_single_element().shape == (2, 4)
