"""Weights at the start, weights that nothing trains, and batch normalization (problems P5, P7 and P8)."""

from __future__ import annotations

import numpy as np

import glassworks as keras
from glassworks import initializers, layers, ops
from tests.doctor import data
from tests.doctor.program import Outcome, accuracy, broken, r2


@broken("initial_weights", source="list of the issue: zero initial weights", scores=(0.10, 0.90))
def all_weights_zero(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    start = "glorot_uniform" if fixed else "zeros"
    model = keras.Sequential(
        [layers.Dense(64, activation="relu", kernel_initializer=start), layers.Dense(10, activation="softmax", kernel_initializer=start)]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=6, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("initial_weights", source="list of the issue: too large initial weights", scores=(0.65, 0.91))
def weights_of_an_old_tutorial(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    start = "he_normal" if fixed else initializers.RandomNormal(stddev=1.0)
    hidden = [layers.Dense(128, activation="relu", kernel_initializer=start) for _ in range(3)]
    model = keras.Sequential([*hidden, layers.Dense(10, activation="softmax", kernel_initializer=start)])
    model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=10, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("initial_weights", source="P7, initial variance", scores=(0.69, 0.97))
def every_weight_the_same(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.smooth()
    start = "glorot_uniform" if fixed else initializers.Constant(0.1)
    model = keras.Sequential([layers.Dense(32, activation="tanh", kernel_initializer=start), layers.Dense(1, kernel_initializer=start)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    history = model.fit(x, y, epochs=25, verbose=0)
    return history, r2(model, x_test, y_test)


@broken("initial_loss", source="P5, KR: loss at the start near ln K", scores=(0.10, 0.70))
def scores_divided_by_a_small_temperature(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    inputs = keras.Input((64,))
    scores = layers.Dense(10)(layers.Dense(64, activation="relu")(inputs))
    model = keras.Model(inputs, layers.Softmax()(scores if fixed else scores / 0.002))
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=6, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("initial_loss", source="P5, KR: init well", scores=(-1.00, 0.50))
def the_mean_of_the_targets_before_they_were_scaled(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.table("diabetes")
    mean, deviation = y.mean(), y.std()
    y, y_test = (y - mean) / deviation, (y_test - mean) / deviation
    bias = initializers.Constant(float(y.mean() if fixed else mean))
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, bias_initializer=bias)])
    model.compile(keras.optimizers.Adam(0.005), "mse")
    history = model.fit(x, y, epochs=20, verbose=0)
    return history, r2(model, x_test, y_test)


@broken("unused_weights", source="list of the issue: unused parameters", scores=(0.76, 0.89))
def a_rounding_that_stops_the_gradient(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.table("iris")
    inputs = keras.Input((4,))
    hidden = layers.Dense(16, activation="sigmoid")(inputs)
    hidden = hidden if fixed else ops.round(hidden)
    model = keras.Model(inputs, layers.Dense(3, activation="softmax")(hidden))
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=20, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("unused_weights", source="list at the end of the ten problems: unused layer", scores=(0.62, 0.95))
def a_layer_that_call_forgets(fixed: bool) -> Outcome:
    class Network(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.first = layers.Dense(64, activation="relu")
            self.second = layers.Dense(64, activation="relu")
            self.last = layers.Dense(1)

        def build(self, shape: tuple) -> None:
            self.first.build(shape)
            self.second.build((None, 64))
            self.last.build((None, 64 if fixed else shape[-1]))

        def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
            hidden = self.second(self.first(x))
            return self.last(hidden if fixed else x)

    x, y, x_test, y_test = data.smooth()
    model = Network()
    model.compile(keras.optimizers.Adam(0.01), "mse")
    history = model.fit(x, y, epochs=12, verbose=0)
    return history, r2(model, x_test, y_test)


@broken("frozen", source="list at the end of the ten problems: trainable=False", scores=(0.08, 0.84))
def a_frozen_base_and_a_frozen_head(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    base = keras.Sequential([keras.Input((64,)), layers.Dense(128, activation="relu")])
    model = keras.Sequential([base, layers.Dense(10, activation="softmax")])
    (base if fixed else model).trainable = False
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=6, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("batch_norm_single", source="list at the end of the ten problems: BatchNorm with batch 1", scores=(0.25, 0.98))
def batch_normalization_of_single_samples(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.table("wine")
    model = keras.Sequential([layers.Dense(16), layers.BatchNormalization(), layers.ReLU(), layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=6 if not fixed else 15, batch_size=16 if fixed else 1, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("batch_norm_modes", source="K#6014", scores=(-0.38, -0.03))
def threes_and_fives_in_few_steps(fixed: bool) -> Outcome:
    x, y, _, _ = data.digits(flat=False)
    chosen = np.concatenate([np.flatnonzero(y == 3)[:32], np.flatnonzero(y == 5)[:32]])
    x, y = x[chosen], (y[chosen] == 5).astype("int32")
    momentum = 0.8 if fixed else 0.99
    model = keras.Sequential(
        [
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(momentum=momentum),
            layers.LeakyReLU(0.2),
            layers.Conv2D(16, 3, strides=2, padding="same"),
            layers.BatchNormalization(momentum=momentum),
            layers.LeakyReLU(0.2),
            layers.Flatten(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.005), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, batch_size=16, epochs=8, verbose=0)
    return history, -float(model.evaluate(x, y, verbose=0)[0])


@broken("batch_norm_modes", source="K#10214", scores=(-0.58, -0.08))
def a_few_large_batches_before_the_first_validation(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    momentum = 0.7 if fixed else 0.999
    model = keras.Sequential(
        [layers.Dense(128), layers.BatchNormalization(momentum=momentum), layers.ReLU(), layers.Dense(10, activation="softmax")]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, batch_size=256, epochs=8, validation_data=(x_test, y_test), verbose=0)
    return history, -float(history.history["val_loss"][-1])
