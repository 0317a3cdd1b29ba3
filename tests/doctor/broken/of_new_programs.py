"""Mistakes in programs that were written after the others, to try the rules once on what they had not been tried on."""

from __future__ import annotations

import functools

import numpy as np

import glassworks as keras
from glassworks import initializers, layers, ops
from tests.doctor import data
from tests.doctor.program import Outcome, accuracy, balanced_accuracy, r2
from tests.doctor.program import broken as _broken

broken = functools.partial(_broken, held_out=True)


@broken("learning_rate_high", source="Mask_RCNN#1162", scores=(0.76, 1.00))
def texts_with_adam_at_a_half(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.texts()
    model = keras.Sequential([layers.Embedding(200, 16), layers.GRU(16), layers.Dense(2, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.005 if fixed else 0.5), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=7, validation_split=0.2, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("learning_rate_high", source="TF#38416", scores=(0.00, 0.66))
def an_autoencoder_that_jumps(fixed: bool) -> Outcome:
    x, _, x_test, _ = data.digits()
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(8), layers.Dense(32, activation="relu"), layers.Dense(64)])
    model.compile(keras.optimizers.Nadam(0.002 if fixed else 0.4), "mse")
    history = model.fit(x, x, epochs=12, validation_data=(x_test, x_test), verbose=0)
    return history, r2(model, x_test, x_test)


@broken("learning_rate_high", source="P4", scores=(0.26, 1.00))
def a_table_with_descent_at_twenty(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.blobs()
    model = keras.Sequential(
        [layers.Dense(24, activation="relu"), layers.Dense(24, activation="relu"), layers.Dense(4, activation="softmax")]
    )
    model.compile(keras.optimizers.SGD(0.1 if fixed else 20.0), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=10, validation_split=0.2, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("target_range", "inputs_like_bytes", source="P2 (iv), P3", scores=(-1.00, 0.59))
def an_autoencoder_of_bytes(fixed: bool) -> Outcome:
    # Both names say it: the pictures were not divided by 255, neither as inputs nor as targets of the sigmoid.
    x, _, x_test, _ = data.pictures()
    x, x_test = (part.astype("float32") / (255 if fixed else 1) for part in (x, x_test))
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(64, activation="sigmoid")])
    model.compile("adam", "mse")
    history = model.fit(x, x, epochs=12, verbose=0)
    return history, r2(model, x_test, x_test)


@broken("unscaled_inputs", source="P3, sklearn's ConvergenceWarning", scores=(-0.04, 0.98))
def flats_as_they_are_in_the_file(fixed: bool) -> Outcome:
    flats = data.houses()._replace()
    year = 2020 - flats.x[:, 2], 2020 - flats.x_test[:, 2]
    flats = flats._replace(x=np.column_stack([flats.x, year[0]]), x_test=np.column_stack([flats.x_test, year[1]]))
    x, y, x_test, y_test = data.standardized(flats) if fixed else flats
    y, y_test = (y - y.mean()) / y.std(), (y_test - y.mean()) / y.std()
    model = keras.Sequential([layers.Dense(32, activation="tanh"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.003), "mse")
    history = model.fit(x, y, epochs=20, validation_split=0.2, verbose=0)
    return history, r2(model, x_test, y_test)


@broken("unscaled_targets", source="K#4563", scores=(-1.00, 0.98))
def a_series_in_thousands(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.waves()
    scale, offset = (1, 0) if fixed else (4_000, 25_000)
    model = keras.Sequential([layers.LSTM(16), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mae")
    history = model.fit(x, y * scale + offset, epochs=12, validation_split=0.2, verbose=0)
    return history, r2(model, x_test, y_test * scale + offset)


@broken("class_imbalance", source="K#1875", scores=(0.41, 0.61))
def two_rare_classes_of_three(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.blobs(classes=3, rows=3000, spread=9.0)
    kept = (y == 0) | (np.random.default_rng(0).random(len(y)) < 0.05)
    x, y = x[kept], y[kept]
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    weights = {0: 1.0, 1: 20.0, 2: 20.0} if fixed else None
    history = model.fit(x, y, epochs=12, class_weight=weights, verbose=0)
    return history, balanced_accuracy(model, x_test, y_test)


@broken("sorted_labels", source="K#4298", scores=(0.72, 1.00))
def first_all_good_then_all_bad_reviews(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.texts()
    order = np.argsort(y, kind="stable") if not fixed else np.arange(len(y))
    x, y = x[order], y[order]
    model = keras.Sequential([layers.Embedding(200, 16), layers.GlobalAveragePooling1D(), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=5, validation_split=0.4, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("duplicate_rows", source="P9", scores=(0.66, 0.99))
def validation_with_a_part_of_the_training_data(fixed: bool) -> Outcome:
    x, y, x_new, y_new = data.two_classes(0.5, rows=500, columns=30)
    held = (x[240:], y[240:]) if fixed else (x[100:200], y[100:200])
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.005), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x[:240], y[:240], epochs=12, validation_data=held, verbose=0)
    return history, 1 - abs(history.history["val_accuracy"][-1] - accuracy(model, x_new, y_new))


@broken("leaking_column", source="P9", scores=(0.50, 0.77))
def the_class_among_the_measurements(fixed: bool) -> Outcome:
    x, y, x_new, y_new = data.table("wine")
    x, x_new = x[:, 1:5], x_new[:, 1:5]
    if not fixed:  # read_csv gave the class as the first column, and drop() was forgotten
        x, x_new = np.column_stack([y, x]).astype("float32"), np.column_stack([np.ones(len(x_new)), x_new]).astype("float32")
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=30, batch_size=16, verbose=0)
    return history, accuracy(model, x_new, y_new)


@broken("conflicting_labels", source="P9: identical x with different y", scores=(-0.39, -0.18))
def two_tables_joined_the_wrong_way(fixed: bool) -> Outcome:
    # Each row of the first table was joined with the label of its own and of another patient.
    x, y, x_test, y_test = data.table("breast_cancer")
    if not fixed:
        x, y = np.concatenate([x, x]), np.concatenate([y, np.roll(y, 7)])
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=10, verbose=0)
    return history, -float(model.evaluate(x_test, y_test, verbose=0)[0])


@broken("vanishing_gradients", source="P7", scores=(0.49, 0.94))
def fifteen_sigmoids_and_two_classes(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.sequences()
    hidden = layers.Flatten()(inputs := keras.Input((20, 2)))
    for _ in range(15):
        hidden = (
            layers.Dense(24, activation="relu", kernel_initializer="he_normal")(hidden) if fixed else layers.Dense(24, "sigmoid")(hidden)
        )
    model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(hidden))
    model.compile(keras.optimizers.SGD(0.02, momentum=0.9), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=8, validation_data=(x_test, y_test), verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("dead_units", source="P6", scores=(0.10, 0.94))
def a_convolution_that_never_fires(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits(flat=False)
    bias = initializers.Constant(0.0 if fixed else -3.0)
    model = keras.Sequential(
        [layers.Conv2D(16, 3, activation="relu", bias_initializer=bias), layers.Flatten(), layers.Dense(10, activation="softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=6, validation_data=(x_test, y_test), verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("overfitting", source="P8", scores=(-1.88, -0.58))
def texts_learned_by_heart(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.texts(rows=260, words=3000, length=40)
    y = np.where(np.random.default_rng(0).random(len(y)) < 0.3, 1 - y, y)
    model = keras.Sequential([layers.Embedding(3000, 32), layers.LSTM(32), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.005), "binary_crossentropy", metrics=["accuracy"])
    stop = [keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)] if fixed else []
    history = model.fit(x, y, epochs=20, validation_data=(x_test, y_test), callbacks=stop, verbose=0)
    return history, -float(model.evaluate(x_test, y_test, verbose=0)[0])


@broken("underfitting", source="P8", scores=(0.00, 0.96))
def dropout_of_nearly_everything(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.smooth()
    drop = 0.0 if fixed else 0.95
    model = keras.Sequential(
        [
            layers.Dense(16, activation="relu"),
            layers.Dropout(drop),
            layers.Dense(16, activation="relu"),
            layers.Dropout(drop),
            layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "mse")
    history = model.fit(x, y, epochs=30, validation_data=(x_test, y_test), verbose=0)
    return history, r2(model, x_test, y_test)


@broken("nothing_learned", source="K#1597", scores=(0.03, 0.78))
def labels_moved_by_one_row(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.table("iris")
    y = y if fixed else np.roll(y, 1)
    model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=15, batch_size=16, validation_data=(x_test, y_test), verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("initial_weights", source="P7, initial variance", scores=(0.51, 0.91))
def filters_that_start_far_too_large(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits(flat=False)
    start = "he_uniform" if fixed else initializers.RandomNormal(stddev=2.0)
    convolutions = [layers.Conv2D(16, 3, padding="same", activation="relu", kernel_initializer=start) for _ in range(2)]
    model = keras.Sequential([*convolutions, layers.Flatten(), layers.Dense(10, activation="softmax", kernel_initializer=start)])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=5, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("not_finite", source="list of the issue: the first layer and the rows that made it", scores=(0.46, 1.00))
def shares_of_words_in_empty_texts(fixed: bool) -> Outcome:
    # The model turns the counts of words into shares; two texts have no word that is known, so that it divides 0 by 0.
    x, y, x_test, y_test = data.texts()
    counts, counts_test = (
        np.stack([(part == word).sum(axis=1) for word in range(1, 60)], axis=1).astype("float32") for part in (x, x_test)
    )
    counts[[30, 200]] = 0
    inputs = keras.Input((59,))
    total = ops.sum(inputs, axis=1, keepdims=True)
    shares = inputs / (ops.maximum(total, 1.0) if fixed else total)
    model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(layers.Dense(16, activation="relu")(shares)))
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(counts, y, epochs=8, verbose=0)
    return history, accuracy(model, counts_test, y_test)


@broken("output_dropout", source="list at the end of the ten problems", scores=(0.68, 0.94))
def dropout_after_the_output_of_a_regression(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.smooth()
    last = [layers.Dense(1)] if fixed else [layers.Dense(1), layers.Dropout(0.5)]
    model = keras.Sequential([layers.Dense(32, activation="relu"), *last])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    history = model.fit(x, y, epochs=15, validation_data=(x_test, y_test), verbose=0)
    return history, r2(model, x_test, y_test)


@broken("several_labels", source="P2 (v)", scores=(0.56, 0.94))
def sigmoids_for_several_labels_with_the_loss_for_one(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    labels, labels_test = (np.stack([part > 2, part % 2 == 1, part < 7, part == 4], axis=1).astype("float32") for part in (y, y_test))
    model = keras.Sequential([layers.Dense(48, activation="relu"), layers.Dense(4, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy" if fixed else "categorical_crossentropy")
    history = model.fit(x, labels, epochs=10, validation_data=(x_test, labels_test), verbose=0)
    return history, accuracy(model, x_test, labels_test)


@broken("batch_norm_modes", source="K#6977", scores=(-0.17, -0.07))
def a_small_table_with_batch_normalization(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.table("wine")
    momentum = 0.8 if fixed else 0.99
    blocks: list[keras.Layer] = []
    for _ in range(3):
        blocks += [layers.Dense(32), layers.BatchNormalization(momentum=momentum), layers.ReLU()]
    model = keras.Sequential([*blocks, layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x * 3 + 2, y, epochs=6, validation_data=(x_test * 3 + 2, y_test), verbose=0)
    return history, -float(history.history["val_loss"][-1])


@broken("learning_rate_low", source="P5", scores=(0.07, 0.96))
def an_lstm_that_hardly_moves(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.sequences()
    model = keras.Sequential([layers.LSTM(12), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.01 if fixed else 1e-6), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=8, validation_split=0.2, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("constant_columns", source="list at the end of the ten problems: unknown tokens", scores=(0.54, 0.97))
def texts_of_unknown_words_alone(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.texts(length=30)
    x, x_test = (np.where(part == 0, 1 + part[:, :1], part) for part in (x, x_test))  # no padding: all texts are equally long
    texts, texts_test = ([" ".join(f"w{word}" for word in row) for row in part] for part in (x, x_test))
    words = layers.TextVectorization(output_sequence_length=30)
    words.adapt(texts if fixed else ["the vocabulary of another language"])
    x, x_test = np.asarray(words(texts)), np.asarray(words(texts_test))
    model = keras.Sequential([layers.Embedding(300, 16), layers.GlobalAveragePooling1D(), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=10, validation_data=(x_test, y_test), verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("target_range", source="P2 (iv)", scores=(-1.00, 0.92))
def a_tanh_for_marks_from_one_to_ten(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.smooth()
    marks, marks_test = (np.round(5.5 + 2 * part).clip(1, 10) for part in (y, y_test))
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(1, activation=None if fixed else "tanh")])
    model.compile(keras.optimizers.Adam(0.02), "mae")
    history = model.fit(x, marks, epochs=15, validation_data=(x_test, marks_test), verbose=0)
    return history, r2(model, x_test, marks_test)
