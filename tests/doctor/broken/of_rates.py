"""Learning rates, and labels from which nothing can be learned (problems P4 and P5)."""

from __future__ import annotations

import numpy as np

import glassworks as keras
from glassworks import layers
from tests.doctor import data
from tests.doctor.program import Outcome, accuracy, broken, r2


@broken("learning_rate_high", source="P4, toy check", scores=(0.10, 0.94))
def adam_with_a_rate_of_one(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = keras.Sequential(
        [layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")]
    )
    model.compile(keras.optimizers.Adam(0.001 if fixed else 1.0), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=8, validation_data=(x_test, y_test), verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("learning_rate_high", source="K#3040", scores=(-1.00, 1.00))
def a_straight_line_that_explodes(fixed: bool) -> Outcome:
    x = np.linspace(-8, 8, 200, dtype="float32")[:, None]
    y = 2 * x
    model = keras.Sequential([layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.01 if fixed else 0.1), "mse")
    history = model.fit(x, y, epochs=10, batch_size=4, verbose=0)
    return history, r2(model, x, y)


@broken("learning_rate_high", source="keras-retinanet#800", scores=(0.10, 0.89))
def a_convolution_with_momentum_and_a_large_rate(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits(flat=False)
    model = keras.Sequential(
        [
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.SGD(0.05 if fixed else 2.0, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=6, validation_split=0.2, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("learning_rate_high", source="K#6399", scores=(-1.00, 0.99))
def an_lstm_with_a_large_rate(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.waves()
    model = keras.Sequential([layers.LSTM(16), layers.Dense(1)])
    model.compile(keras.optimizers.RMSprop(0.005 if fixed else 1.0), "mse")
    history = model.fit(x, y, epochs=12, verbose=0)
    return history, r2(model, x_test, y_test)


@broken("learning_rate_low", source="P5", scores=(0.12, 0.93))
def adam_with_a_rate_of_a_millionth(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.Adam(1e-3 if fixed else 1e-6), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=10, validation_data=(x_test, y_test), verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("learning_rate_low", source="K#2134", scores=(0.03, 0.93))
def a_regression_at_a_hundred_thousandth(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.smooth()
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.01 if fixed else 1e-5, momentum=0.9), "mse")
    history = model.fit(x, y, epochs=15, verbose=0)
    return history, r2(model, x_test, y_test)


@broken("nothing_learned", source="K#3255", scores=(0.08, 0.85))
def labels_shuffled_without_their_images(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    if not fixed:
        np.random.default_rng(0).shuffle(y)
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=8, validation_data=(x_test, y_test), verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("nothing_learned", source="K#7023", scores=(0.04, 0.72))
def targets_that_do_not_belong_to_their_rows(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.smooth()
    if not fixed:
        y = np.random.default_rng(0).permutation(y)
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1)])
    model.compile("adam", "mse")
    history = model.fit(x, y, epochs=15, validation_split=0.2, verbose=0)
    return history, r2(model, x_test, y_test)


@broken("plateau", "learning_rate_low", source="list of the issue: plateau", scores=(0.27, 0.93))
def a_schedule_that_ends_before_the_training(fixed: bool) -> Outcome:
    # Both names say it: the loss has stopped falling, because the rate has become too small.
    x, y, x_test, y_test = data.digits()
    rate = keras.optimizers.schedules.ExponentialDecay(0.05, decay_steps=1000 if fixed else 10, decay_rate=0.5)
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=15, validation_data=(x_test, y_test), verbose=0)
    return history, accuracy(model, x_test, y_test)
