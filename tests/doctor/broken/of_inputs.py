"""Inputs and targets on wrong scales, without content, or not numbers at all (problem P3)."""

from __future__ import annotations

import numpy as np
import pandas as pd

import glassworks as keras
from glassworks import layers, ops
from tests.doctor import data
from tests.doctor.program import Outcome, accuracy, broken, r2


@broken("inputs_like_bytes", source="K#6914", scores=(0.10, 0.94))
def pixels_that_are_still_bytes(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.pictures()
    if fixed:
        x, x_test = x.astype("float32") / 255, x_test.astype("float32") / 255
    model = keras.Sequential([layers.Dense(128, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=6, validation_data=(x_test, y_test), verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("inputs_like_bytes", source="TF#32899", scores=(0.10, 0.96))
def bytes_made_floats_but_not_divided(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.pictures()
    x, x_test = (part.reshape(-1, 8, 8, 1).astype("float32") / (255 if fixed else 1) for part in (x, x_test))
    model = keras.Sequential([layers.Conv2D(16, 3, activation="relu"), layers.Flatten(), layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=6, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("unscaled_inputs", source="P3", scores=(0.73, 1.00))
def a_table_with_columns_of_all_sizes(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.table("wine", scaled=fixed)
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=40, batch_size=16, validation_split=0.2, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("unscaled_inputs", source="K#6259", scores=(0.65, 0.94))
def a_start_with_a_loss_of_fourteen(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.table("breast_cancer", scaled=fixed)
    model = keras.Sequential([layers.Dense(30, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=20, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("unscaled_targets", source="K#4563", scores=(-1.00, 0.98))
def prices_in_dollars(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.standardized(data.houses())
    if fixed:
        y, y_test = (y - y.mean()) / y.std(), (y_test - y.mean()) / y.std()
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    history = model.fit(x, y, epochs=15, validation_split=0.2, verbose=0)
    return history, r2(model, x_test, y_test)


@broken("validation_scale", source="handson-ml2#132", scores=(-19.03, 0.67))
def test_pictures_that_were_not_divided(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.pictures()
    x = x / np.float32(255)
    x_test = x_test / np.float32(255) if fixed else x_test.astype("float32")
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=8, validation_data=(x_test, y_test), verbose=0)
    return history, 1 - history.history["val_loss"][-1]


@broken("validation_scale", source="P3", scores=(0.18, 0.98))
def a_table_scaled_in_training_alone(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.table("wine", scaled=False)
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    x = (x - mean) / deviation
    x_test = (x_test - mean) / deviation if fixed else x_test
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=20, validation_data=(x_test, y_test), verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("constant_columns", source="K#255", scores=(0.10, 0.90))
def integer_division_of_all_pixels(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.pictures()
    x, x_test = (part / 255 if fixed else part // 255 for part in (x.clip(0, 254), x_test.clip(0, 254)))
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=6, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("not_finite", source="K#7403", scores=(0.0, 0.46), refused="x has NaN in 9 of 332 rows")
def a_column_with_gaps(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.table("diabetes")
    x[3::40, 2] = 0 if fixed else np.nan
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    history = model.fit(x, (y - y.mean()) / y.std(), epochs=20, verbose=0)
    return history, r2(model, x_test, (y_test - y.mean()) / y.std())


@broken("not_finite", source="K#2134", scores=(-1.00, 0.92))
def own_loss_with_a_logarithm_of_zero(fixed: bool) -> Outcome:
    # Numbers of visitors per day, of which some are 0.
    def log_error(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        return ops.mean(ops.square((ops.log1p(y_true) if fixed else ops.log(y_true)) - y_pred))

    x, y, x_test, y_test = data.smooth()
    visitors, visitors_test = np.round(3 * np.exp(y)) - 1, np.round(3 * np.exp(y_test)) - 1
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), log_error)
    history = model.fit(x, visitors[:, None].clip(0), epochs=15, verbose=0)
    return history, r2(model, x_test, np.log1p(visitors_test.clip(0)))


@broken("id_column", source="P9, list of checks", scores=(0.63, 0.92))
def the_number_of_the_row_as_a_column(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.smooth(rows=400)
    if not fixed:
        x, x_test = (np.column_stack([np.arange(len(part)) + start, part]).astype("float32") for part, start in ((x, 1), (x_test, 301)))
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    history = model.fit(x, y, epochs=25, verbose=0)
    return history, r2(model, x_test, y_test)


@broken("all_dropped", source="list of the issue, checks that exist", scores=(0.12, 0.89))
def dropout_of_everything(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    drop = layers.Dropout(0.2 if fixed else 1.0)
    model = keras.Sequential([layers.Dense(64, activation="relu"), drop, layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=6, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("frame_columns", source="list of the issue, checks that exist", scores=(0.88, 0.94))
def validation_columns_in_another_order(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.table("breast_cancer")
    names = [f"column {number}" for number in range(30)]
    train, test = pd.DataFrame(x, columns=names), pd.DataFrame(x_test, columns=names)
    test = test if fixed else test[sorted(names)]
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(train, y, epochs=10, validation_data=(test, y_test), verbose=0)
    return history, history.history["val_accuracy"][-1]


@broken("frame_index", source="list of the issue, checks that exist", scores=(0.27, 0.98))
def rows_of_x_and_y_in_different_order(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.table("wine")
    frame, label = pd.DataFrame(x), pd.Series(y)
    frame = frame.sample(frac=1, random_state=0)
    label = label.loc[frame.index] if fixed else label
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(frame, label, epochs=15, verbose=0)
    return history, accuracy(model, x_test, y_test)
