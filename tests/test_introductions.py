"""The code of the field's introductions runs here with only its import line changed.

Each program below is written as its readers know it, with `tf.keras`; the data is cut short so that the
suite stays quick. `test_mnist_accuracy.py` has the full-length figures.
"""

from __future__ import annotations

import numpy as np
import pytest

import glassworks as tf


@pytest.fixture
def mnist() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Digits blown up to MNIST's 28x28 and 0..255, so that the code below needs no change."""
    (x_train, y_train), (x_test, y_test) = tf.keras.datasets.digits.load_data()

    def larger(x: np.ndarray) -> np.ndarray:
        return np.pad(np.kron(x, np.ones((1, 3, 3))), ((0, 0), (2, 2), (2, 2))).astype("uint8") * 15

    return (larger(x_train), y_train), (larger(x_test), y_test)


def test_the_ten_line_classifier(mnist) -> None:
    (x_train, y_train), (x_test, y_test) = mnist
    x_train, x_test = x_train / 255.0, x_test / 255.0

    model = tf.keras.models.Sequential(
        [
            tf.keras.layers.Flatten(input_shape=(28, 28)),
            tf.keras.layers.Dense(128, activation="relu"),
            tf.keras.layers.Dropout(0.2),
            tf.keras.layers.Dense(10),
        ]
    )
    predictions = model(x_train[:1]).numpy()
    assert tf.nn.softmax(predictions).numpy().sum() == pytest.approx(1, abs=1e-5)
    loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert float(loss_fn(y_train[:1], predictions).numpy()) > 0

    model.compile(optimizer="adam", loss=loss_fn, metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=5, verbose=0)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=2)
    assert accuracy > 0.93 and loss < 0.3

    probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
    assert np.allclose(probability_model(x_test[:5]).numpy().sum(axis=1), 1, atol=1e-5)


def test_flatten_without_input_shape_is_built_by_the_data(mnist) -> None:
    (x_train, y_train), _ = mnist
    model = tf.keras.Sequential()
    model.add(tf.keras.layers.Flatten())
    model.add(tf.keras.layers.Dense(64, activation=tf.keras.activations.relu))
    model.add(tf.keras.layers.Dense(10, activation="softmax"))
    model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.001), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x_train / 255.0, y_train, epochs=3, batch_size=64, verbose=0)
    assert history.history["accuracy"][-1] > history.history["accuracy"][0]


def test_l2_kernel_regularisers(mnist) -> None:
    (x_train, y_train), _ = mnist
    x_train = x_train.reshape(-1, 784).astype("float32") / 255
    y_train = tf.keras.utils.to_categorical(y_train, 10)
    model = tf.keras.Sequential(
        [
            tf.keras.Input(shape=(784,)),
            tf.keras.layers.Dense(64, activation="relu", kernel_regularizer=tf.keras.regularizers.l2(0.01)),
            tf.keras.layers.Dense(10, activation="softmax", kernel_regularizer="l2"),
        ]
    )
    model.compile(loss="categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
    history = model.fit(x_train, y_train, epochs=2, batch_size=32, verbose=0)
    penalty = sum(0.01 * np.square(w).sum() for w in model.get_weights()[::2])
    cross_entropy = model.evaluate(x_train, y_train, verbose=0)[0] - penalty
    assert 0 < cross_entropy < history.history["loss"][-1]


def test_batch_normalization_between_dense_layers_and_a_sigmoid_output() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(3, 5, (600, 8))
    y = (x[:, 0] + x[:, 1] > 6).astype(int)
    model = tf.keras.models.Sequential()
    model.add(tf.keras.layers.Dense(32, input_dim=8))
    model.add(tf.keras.layers.BatchNormalization())
    model.add(tf.keras.layers.Activation("relu"))
    model.add(tf.keras.layers.Dense(16, activation="relu"))
    model.add(tf.keras.layers.BatchNormalization())
    model.add(tf.keras.layers.Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy", tf.keras.metrics.AUC()])
    model.fit(x, y, epochs=20, batch_size=32, verbose=0)
    results = model.evaluate(x, y, verbose=0, return_dict=True)
    assert results["accuracy"] > 0.93 and results["auc"] > 0.97


def test_validation_split_then_early_stopping_with_validation_data(mnist) -> None:
    (x_train, y_train), (x_test, y_test) = mnist
    model = tf.keras.Sequential(
        [
            tf.keras.layers.Input(shape=(28, 28)),
            tf.keras.layers.Rescaling(1 / 255),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(32, activation="relu"),
            tf.keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x_train, y_train, epochs=2, validation_split=0.2, verbose=0)
    assert sorted(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    stopping = tf.keras.callbacks.EarlyStopping(monitor="val_loss", patience=2, restore_best_weights=True)
    history = model.fit(x_train, y_train, epochs=60, validation_data=(x_test, y_test), callbacks=[stopping], verbose=0)
    best = min(history.history["val_loss"])
    assert model.evaluate(x_test, y_test, verbose=0)[0] == pytest.approx(best, rel=1e-4)


def test_regression_with_a_normalization_layer() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal([100, -3], [20, 0.1], (400, 2)).astype("float32")
    y = 0.1 * x[:, 0] + 5 * x[:, 1]
    normalizer = tf.keras.layers.Normalization(axis=-1)
    normalizer.adapt(x)
    model = tf.keras.Sequential([normalizer, tf.keras.layers.Dense(units=1)])
    model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.1), loss="mean_absolute_error")
    model.fit(x, y, epochs=40, verbose=0)
    assert model.evaluate(x, y, verbose=0) < 0.3


def test_a_custom_training_loop_with_gradient_tape() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(64, 3)).astype("float32")
    y = x @ np.array([[1.0], [-2.0], [0.5]], "float32")
    model = tf.keras.Sequential([tf.keras.Input(shape=(3,)), tf.keras.layers.Dense(1)])
    optimizer = tf.keras.optimizers.SGD(learning_rate=0.1)
    loss_fn = tf.keras.losses.MeanSquaredError()

    @tf.function
    def train_step(x, y):
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_weights)
        optimizer.apply_gradients(zip(gradients, model.trainable_weights, strict=True))
        return loss

    losses = [float(train_step(x, y)) for _ in range(60)]
    assert losses[-1] < 1e-3 < losses[0]


def test_a_subclassed_model_with_its_own_train_step() -> None:
    class Line(tf.keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = tf.keras.layers.Dense(1)
            self.tracker = tf.keras.metrics.Mean(name="loss")

        def call(self, x):
            return self.dense(x)

        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                loss = tf.keras.ops.mean(tf.keras.ops.square(self(x, training=True) - y))
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply(gradients, self.trainable_variables)
            self.tracker.update_state(loss)
            return {"loss": self.tracker.result()}

        @property
        def metrics(self):
            return [self.tracker]

    rng = np.random.default_rng(3)
    x = rng.normal(size=(128, 2)).astype("float32")
    y = (x @ np.array([[2.0], [3.0]], "float32")) + 1
    model = Line()
    model.compile(optimizer=tf.keras.optimizers.SGD(0.1))
    history = model.fit(x, y, epochs=20, verbose=0)
    assert history.history["loss"][-1] < 0.01
    np.testing.assert_allclose(model.dense.kernel.numpy().ravel(), [2, 3], atol=0.1)
