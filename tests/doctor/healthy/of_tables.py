"""Networks for tables that train well."""

from __future__ import annotations

import numpy as np
import pandas as pd

import glassworks as keras
from glassworks import initializers, layers, regularizers
from tests.doctor import data
from tests.doctor.program import Outcome, accuracy, balanced_accuracy, healthy, r2


@healthy(0.92)
def irises() -> Outcome:
    x, y, x_test, y_test = data.table("iris")
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=30, batch_size=16, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(0.95)
def irises_in_centimetres() -> Outcome:
    x, y, x_test, y_test = data.table("iris", scaled=False)
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=30, batch_size=16, verbose=0), accuracy(model, x_test, y_test)


@healthy(0.98)
def wines_with_a_normalization_layer() -> Outcome:
    x, y, x_test, y_test = data.table("wine", scaled=False)
    scale = layers.Normalization()
    scale.adapt(x)
    model = keras.Sequential([scale, layers.Dense(16, activation="relu"), layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=20, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(0.94)
def tumours() -> Outcome:
    x, y, x_test, y_test = data.table("breast_cancer")
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC()])
    return model.fit(x, y, epochs=15, validation_split=0.2, verbose=0), accuracy(model, x_test, y_test)


@healthy(0.97)
def tumours_in_a_frame_with_early_stopping() -> Outcome:
    x, y, x_test, y_test = data.table("breast_cancer")
    names = [f"column {number}" for number in range(30)]
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dropout(0.2), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
    held = (pd.DataFrame(x_test, columns=names), pd.Series(y_test))
    history = model.fit(
        pd.DataFrame(x, columns=names), pd.Series(y), epochs=25, batch_size=16, validation_data=held, callbacks=[stop], verbose=0
    )
    return history, accuracy(model, x_test, y_test)


@healthy(0.97)
def logistic_regression() -> Outcome:
    x, y, x_test, y_test = data.table("breast_cancer")
    model = keras.Sequential([layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=20, verbose=0), accuracy(model, x_test, y_test)


@healthy(0.97)
def linear_regression() -> Outcome:
    x, y, x_test, y_test = data.standardized(data.houses())
    mean, deviation = y.mean(), y.std()
    model = keras.Sequential([layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.03), "mse")
    history = model.fit(x, (y - mean) / deviation, epochs=15, validation_split=0.2, verbose=0)
    return history, r2(model, x_test, (y_test - mean) / deviation)


@healthy(0.49)
def diabetes_with_a_penalty() -> Outcome:
    x, y, x_test, y_test = data.table("diabetes")
    mean, deviation = y.mean(), y.std()
    model = keras.Sequential([layers.Dense(16, activation="relu", kernel_regularizer=regularizers.L2(0.02)), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.003), "mse", metrics=["mae"])
    held = (x_test, (y_test - mean) / deviation)
    history = model.fit(x, (y - mean) / deviation, epochs=20, validation_data=held, verbose=0)
    return history, r2(model, *held)


@healthy(0.97)
def a_smooth_function() -> Outcome:
    x, y, x_test, y_test = data.smooth()
    model = keras.Sequential([layers.Dense(64, activation="tanh"), layers.Dense(32, activation="tanh"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.005), "huber", metrics=[keras.metrics.R2Score()])
    history = model.fit(x, y[:, None], epochs=25, validation_data=(x_test, y_test[:, None]), verbose=0)
    return history, r2(model, x_test, y_test)


@healthy(0.23)
def very_noisy_targets() -> Outcome:
    x, y, x_test, y_test = data.smooth(rows=2000, noise=1.5)
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.003), "mse")
    return model.fit(x, y, epochs=15, validation_data=(x_test, y_test), verbose=0), r2(model, x_test, y_test)


@healthy(0.86)
def rare_cases_with_class_weights() -> Outcome:
    x, y, x_test, y_test = data.two_classes(0.06, rows=3000, distance=3.0)
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy", metrics=["accuracy", keras.metrics.Recall()])
    history = model.fit(x, y, epochs=10, class_weight={0: 0.53, 1: 8.3}, validation_data=(x_test, y_test), verbose=0)
    return history, balanced_accuracy(model, x_test, y_test)


@healthy(0.96)
def three_to_one_and_easy_to_tell() -> Outcome:
    x, y, x_test, y_test = data.two_classes(0.25, distance=4.0)
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=10, validation_split=0.2, verbose=0), balanced_accuracy(model, x_test, y_test)


@healthy(0.91)
def several_labels_with_sigmoids() -> Outcome:
    x, y, x_test, y_test = data.digits()
    labels, labels_test = (np.stack([part % 2, part > 4, part % 3 == 0], axis=1).astype("float32") for part in (y, y_test))
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(3, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["binary_accuracy"])
    return model.fit(x, labels, epochs=10, validation_data=(x_test, labels_test), verbose=0), accuracy(model, x_test, labels_test)


@healthy(0.67)
def overlapping_classes() -> Outcome:
    x, y, x_test, y_test = data.two_classes(0.5, distance=1.0)
    model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=12, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(0.99)
def four_clusters() -> Outcome:
    x, y, x_test, y_test = data.blobs()
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(4, activation="softmax")])
    model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=10, validation_split=0.2, verbose=0), accuracy(model, x_test, y_test)


@healthy(0.95)
def eight_layers_with_he_initialization() -> Outcome:
    x, y, x_test, y_test = data.table("breast_cancer")
    hidden = [layers.Dense(32, activation="relu", kernel_initializer="he_normal") for _ in range(8)]
    model = keras.Sequential([*hidden, layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=8, verbose=0), accuracy(model, x_test, y_test)


@healthy(0.97)
def a_bias_at_the_share_of_the_class() -> Outcome:
    x, y, x_test, y_test = data.two_classes(0.15, distance=4.0)
    bias = initializers.Constant(float(np.log(y.mean() / (1 - y.mean()))))
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid", bias_initializer=bias)])
    model.compile(keras.optimizers.Adam(0.005), "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=12, validation_data=(x_test, y_test), verbose=0), balanced_accuracy(model, x_test, y_test)


@healthy(0.98)
def prices_in_units_of_a_hundred_thousand() -> Outcome:
    x, y, x_test, y_test = data.standardized(data.houses())
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(1, activation="softplus")])
    model.compile(keras.optimizers.Adam(0.01), "mae")
    return model.fit(x, y / 100_000, epochs=15, validation_split=0.2, verbose=0), r2(model, x_test, y_test / 100_000)


@healthy(0.40)
def counts_with_a_poisson_loss() -> Outcome:
    x, y, x_test, y_test = data.smooth()
    visitors, visitors_test = (np.random.default_rng(0).poisson(2 * np.exp(0.6 * part)).astype("float32") for part in (y, y_test))
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(1, activation="exponential")])
    model.compile("adam", "poisson")
    return model.fit(x, visitors, epochs=20, validation_data=(x_test, visitors_test), verbose=0), r2(model, x_test, visitors_test)


@healthy(0.92)
def two_outputs_of_a_functional_model() -> Outcome:
    x, y, x_test, y_test = data.digits()
    inputs = keras.Input((64,))
    hidden = layers.Dense(64, activation="relu")(inputs)
    digit = layers.Dense(10, activation="softmax", name="digit")(hidden)
    ink = layers.Dense(1, name="ink")(hidden)
    model = keras.Model(inputs, {"digit": digit, "ink": ink})
    model.compile("adam", {"digit": "sparse_categorical_crossentropy", "ink": "mse"}, metrics={"digit": ["accuracy"]})
    dark, dark_test = (10 * (part.mean(axis=1) - x.mean()) for part in (x, x_test))
    held = (x_test, {"digit": y_test, "ink": dark_test})
    history = model.fit(x, {"digit": y, "ink": dark}, epochs=10, validation_data=held, verbose=0)
    said = np.asarray(model.predict(x_test, verbose=0)["digit"]).argmax(-1)
    return history, float((said == y_test).mean())
