"""Labels, splits and leaks (problems P9 and P10)."""

from __future__ import annotations

import numpy as np

import glassworks as keras
from glassworks import layers
from tests.doctor import data
from tests.doctor.program import Outcome, accuracy, balanced_accuracy, broken, r2


@broken("class_imbalance", source="K#3068", scores=(0.52, 0.82))
def five_percent_of_class_one(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.two_classes(0.05, distance=2.0)
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    weights = {0: 1.0, 1: 19.0} if fixed else None
    history = model.fit(x, y, epochs=10, class_weight=weights, validation_data=(x_test, y_test), verbose=0)
    return history, balanced_accuracy(model, x_test, y_test)


@broken("class_imbalance", source="K#14141", scores=(0.00, 0.43))
def a_digit_that_is_rare(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    kept = (y != 8) | (np.cumsum(y == 8) <= 6)
    x, y = x[kept], y[kept]
    if fixed:  # the rare images as often as the others
        rare = np.flatnonzero(y == 8)
        x, y = np.concatenate([x, x[np.repeat(rare, 23)]]), np.concatenate([y, y[np.repeat(rare, 23)]])
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=8, verbose=0)
    return history, float((np.asarray(model.predict(x_test[y_test == 8], verbose=0)).argmax(-1) == 8).mean())


@broken("sorted_labels", source="K#8346", scores=(0.64, 0.98))
def a_table_sorted_by_class(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.table("wine")
    order = np.random.default_rng(0).permutation(len(y)) if fixed else np.argsort(y, kind="stable")
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x[order], y[order], epochs=12, validation_split=0.25, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("sorted_labels", source="K#597", scores=(0.77, 0.92))
def images_read_folder_by_folder(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits(flat=False)
    order = np.argsort(y, kind="stable") if not fixed else np.arange(len(y))
    model = keras.Sequential([layers.Conv2D(16, 3, activation="relu"), layers.Flatten(), layers.Dense(10, activation="softmax")])
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x[order], keras.utils.to_categorical(y[order], 10), epochs=6, validation_split=0.2, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("unseen_labels", source="K#8346", scores=(0.15, 0.94))
def a_sorted_table_cut_by_hand(fixed: bool) -> Outcome:
    x, y, _, _ = data.digits()
    order = np.argsort(y, kind="stable") if not fixed else np.arange(len(y))
    x, y = x[order], y[order]
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x[:1100], y[:1100], epochs=8, validation_data=(x[1100:], y[1100:]), verbose=0)
    return history, accuracy(model, x[1100:], y[1100:])


@broken("duplicate_rows", source="P9, Kapoor and Narayanan", scores=(0.67, 0.96))
def rows_copied_before_the_split(fixed: bool) -> Outcome:
    # The score is how near the validation accuracy comes to the accuracy on rows that are really new.
    x, y, x_new, y_new = data.two_classes(0.5, rows=300, columns=20)
    if not fixed:
        x, y = np.concatenate([x, x, x]), np.concatenate([y, y, y])
    order = np.random.default_rng(0).permutation(len(x))
    x, y = x[order], y[order]
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=12, validation_split=0.3, verbose=0)
    return history, 1 - abs(history.history["val_accuracy"][-1] - accuracy(model, x_new, y_new))


@broken("conflicting_labels", source="P9: identical x with different y", scores=(0.09, 0.93))
def repeat_beside_tile(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    x = np.repeat(x, 3, axis=0)
    y = np.repeat(y, 3) if fixed else np.tile(y, 3)
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=4, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("leaking_column", source="P9, Kapoor and Narayanan", scores=(0.71, 0.81))
def a_column_that_is_known_only_afterwards(fixed: bool) -> Outcome:
    # The last column says what the treatment cost, which is nothing for the healthy; for new patients it is not known yet.
    x, y, x_new, y_new = data.two_classes(0.4, distance=2.0)
    rng = np.random.default_rng(0)
    if not fixed:
        cost = y * rng.normal(3, 0.3, len(y))
        x, x_new = np.column_stack([x, cost]).astype("float32"), np.column_stack([x_new, np.zeros(len(x_new))]).astype("float32")
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=8, validation_split=0.2, verbose=0)
    return history, accuracy(model, x_new, y_new)


@broken("leaking_column", source="P9, Kapoor and Narayanan", scores=(0.55, 0.98))
def the_price_in_another_currency_as_a_column(fixed: bool) -> Outcome:
    x, y, x_new, y_new = data.standardized(data.houses())
    mean, deviation = y.mean(), y.std()
    y, y_new = (y - mean) / deviation, (y_new - mean) / deviation
    if not fixed:
        x, x_new = np.column_stack([x, y * 0.92 + 0.1]), np.column_stack([x_new, np.zeros(len(x_new), "float32")])
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    history = model.fit(x, y, epochs=12, validation_split=0.2, verbose=0)
    return history, r2(model, x_new, y_new)


@broken("one_class", source="list of the issue, checks that exist", scores=(0.50, 0.84))
def labels_compared_with_the_wrong_type(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    names = y.astype(str)
    y = (names == ("3" if fixed else "three")).astype("int32")
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=8, verbose=0)
    return history, balanced_accuracy(model, x_test, (y_test == 3).astype("int32"))


@broken("one_class_predicted", source="K#2975", scores=(0.55, 0.74))
def always_the_more_frequent_class(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.two_classes(0.18, distance=1.2)
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    weights = {0: 1.0, 1: 4.5} if fixed else None
    history = model.fit(x, y, epochs=12, class_weight=weights, validation_data=(x_test, y_test), verbose=0)
    return history, balanced_accuracy(model, x_test, y_test)
