"""Networks for images that train well."""

from __future__ import annotations

import numpy as np

import glassworks as keras
from glassworks import layers
from tests.doctor import data
from tests.doctor.program import Outcome, accuracy, healthy, r2


def _network(*hidden: keras.Layer) -> keras.Sequential:
    model = keras.Sequential([*hidden, layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@healthy(0.91)
def a_dense_network_on_digits() -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = _network(layers.Dense(64, activation="relu"))
    return model.fit(x, y, epochs=8, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(0.94)
def dropout_and_a_validation_split() -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = _network(layers.Dense(128, activation="relu"), layers.Dropout(0.5), layers.Dense(64, activation="relu"), layers.Dropout(0.3))
    return model.fit(x, y, epochs=10, validation_split=0.2, verbose=0), accuracy(model, x_test, y_test)


@healthy(0.94)
def plain_descent_with_momentum() -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=8, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(0.84)
def plain_descent_without_momentum() -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=15, verbose=0), accuracy(model, x_test, y_test)


@healthy(0.92)
def logits_and_their_loss() -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = keras.Sequential([layers.Dense(64, activation="gelu"), layers.Dense(10)])
    model.compile("adamw", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model.fit(x, y, epochs=8, verbose=0), accuracy(model, x_test, y_test)


@healthy(0.93)
def one_hot_labels_with_smoothing() -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile("adam", keras.losses.CategoricalCrossentropy(label_smoothing=0.1), metrics=["accuracy"])
    history = model.fit(x, keras.utils.to_categorical(y, 10), epochs=8, verbose=0)
    return history, accuracy(model, x_test, y_test)


@healthy(0.91)
def a_small_convolutional_network() -> Outcome:
    x, y, x_test, y_test = data.digits(flat=False)
    model = _network(layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(32, activation="relu"))
    return model.fit(x, y, epochs=8, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(0.99)
def convolutions_with_batch_normalization() -> Outcome:
    x, y, x_test, y_test = data.digits(flat=False)
    blocks: list[keras.Layer] = []
    for filters in (16, 32):
        blocks += [layers.Conv2D(filters, 3, padding="same", use_bias=False), layers.BatchNormalization(), layers.ReLU()]
    model = _network(*blocks, layers.Flatten())
    history = model.fit(x, y, batch_size=16, epochs=8, validation_data=(x_test, y_test), verbose=0)
    return history, accuracy(model, x_test, y_test)


@healthy(0.98)
def a_deep_network_with_residuals() -> Outcome:
    x, y, x_test, y_test = data.digits(flat=False)
    inputs = keras.Input((8, 8, 1))
    hidden = layers.Conv2D(12, 3, padding="same")(inputs)
    for _ in range(5):
        step = layers.Conv2D(12, 3, padding="same")(layers.ReLU()(layers.BatchNormalization(momentum=0.9)(hidden)))
        hidden = layers.Add()([hidden, step])
    hidden = layers.Flatten()(layers.ReLU()(layers.BatchNormalization(momentum=0.9)(hidden)))
    outputs = layers.Dense(10, activation="softmax")(hidden)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=6, verbose=0), accuracy(model, x_test, y_test)


@healthy(0.95)
def augmentation_in_the_model() -> Outcome:
    x, y, x_test, y_test = data.digits(flat=False)
    model = _network(
        layers.RandomTranslation(0.1, 0.1), layers.RandomRotation(0.03), layers.Conv2D(24, 3, activation="relu"), layers.Flatten()
    )
    return model.fit(x, y, epochs=10, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(0.91)
def bytes_with_a_rescaling_layer() -> Outcome:
    x, y, x_test, y_test = data.pictures()
    model = _network(layers.Rescaling(1 / 255), layers.Dense(64, activation="relu"))
    return model.fit(x, y, epochs=8, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(0.84)
def a_frozen_base_and_a_new_head() -> Outcome:
    x, y, x_test, y_test = data.digits()
    base = keras.Sequential([keras.Input((64,)), layers.Dense(64, activation="relu"), layers.Dense(32, activation="relu")])
    first = keras.Sequential([base, layers.Dense(1, activation="sigmoid")])
    first.compile("adam", "binary_crossentropy")
    first.fit(x, (y > 4).astype("int32"), epochs=5, verbose=0)
    base.trainable = False
    model = keras.Sequential([base, layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=10, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(0.72)
def an_autoencoder() -> Outcome:
    x, _, x_test, _ = data.digits()
    model = keras.Sequential(
        [
            layers.Dense(32, activation="relu"),
            layers.Dense(12),
            layers.Dense(32, activation="relu"),
            layers.Dense(64, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.003), "mse")
    return model.fit(x, x, epochs=15, batch_size=64, validation_data=(x_test, x_test), verbose=0), r2(model, x_test, x_test)


@healthy(0.81)
def removing_noise_with_a_crossentropy_per_pixel() -> Outcome:
    x, _, x_test, _ = data.digits(flat=False)
    noise = np.random.default_rng(0)
    noisy, noisy_test = (part + 0.2 * noise.normal(size=part.shape).astype("float32") for part in (x, x_test))
    model = keras.Sequential(
        [
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy")
    return model.fit(noisy, x, epochs=6, validation_data=(noisy_test, x_test), verbose=0), r2(model, noisy_test, x_test)


@healthy(0.91)
def a_generator_of_batches() -> Outcome:
    x, y, x_test, y_test = data.digits()

    def batches():  # type: ignore[no-untyped-def]
        order = np.random.default_rng(0)
        while True:
            chosen = order.integers(0, len(x), 32)
            yield x[chosen], y[chosen]

    model = _network(layers.Dense(64, activation="relu"))
    history = model.fit(batches(), steps_per_epoch=45, epochs=6, validation_data=(x_test, y_test), verbose=0)
    return history, accuracy(model, x_test, y_test)


@healthy(0.87)
def a_single_epoch() -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = _network(layers.Dense(128, activation="relu"))
    return model.fit(x, y, batch_size=8, verbose=0), accuracy(model, x_test, y_test)


@healthy(0.88)
def batches_of_four() -> Outcome:
    x, y, x_test, y_test = data.digits().first(600)
    model = _network(layers.Dense(32, activation="relu"))
    return model.fit(x, y, batch_size=4, epochs=4, verbose=0), accuracy(model, x_test, y_test)


@healthy(0.96)
def one_batch_for_all() -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, batch_size=len(x), epochs=40, verbose=0), accuracy(model, x_test, y_test)
