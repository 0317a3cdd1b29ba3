"""Outputs, losses, metrics and targets that do not belong together (problems P1 and P2)."""

from __future__ import annotations

import numpy as np

import glassworks as keras
from glassworks import layers, ops
from tests.doctor import data
from tests.doctor.program import Outcome, accuracy, broken, r2


@broken("outputs_for_loss", source="keras-hub#1008", scores=(0.20, 0.77))
def probabilities_given_as_logits(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation=None if fixed else "softmax")])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    history = model.fit(x, y, epochs=6, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("outputs_for_loss", source="K#4766", scores=(0.26, 0.90))
def scores_given_as_probabilities(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax" if fixed else None)])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=6, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("outputs_for_loss", source="K#14490", scores=(-7.81, -0.09))
def lstm_with_crossentropy_and_no_sigmoid(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.sequences()
    model = keras.Sequential([layers.LSTM(10), layers.Dense(1, activation="sigmoid" if fixed else None)])
    model.compile(keras.optimizers.SGD(0.1), keras.losses.BinaryCrossentropy(), metrics=["accuracy"])
    history = model.fit(x, y, epochs=12, batch_size=16, validation_data=(x_test, y_test), verbose=0)
    return history, -float(history.history["val_loss"][-1])


@broken("outputs_for_loss", source="K#10607", scores=(0.0, 0.94), refused="a softmax over 1 output")
def softmax_over_one_unit(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.table("breast_cancer")
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid" if fixed else "softmax")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=10, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("softmax_binary", source="P2 (v)", scores=(0.15, 0.72))
def ten_classes_with_binary_crossentropy(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy" if fixed else "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, keras.utils.to_categorical(y, 10), epochs=8, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("several_labels", source="P2 (v)", scores=(0.75, 0.91))
def several_labels_with_a_softmax(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    labels, labels_test = (np.stack([part % 2 == 0, part > 4, part % 3 == 0], axis=1).astype("float32") for part in (y, y_test))
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(3, activation="sigmoid" if fixed else "softmax")])
    model.compile("adam", "binary_crossentropy" if fixed else "categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, labels, epochs=10, verbose=0)
    return history, accuracy(model, x_test, labels_test)


@broken("loss_floor", source="P2, loss fingerprints", scores=(-1.57, -0.08))
def own_loss_that_takes_logits_after_a_softmax(fixed: bool) -> Outcome:
    def loss(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        return ops.mean(ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True))

    x, y, _, _ = data.digits()
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation=None if fixed else "softmax")])
    model.compile(keras.optimizers.SGD(0.1), loss, metrics=["accuracy"])
    history = model.fit(x, y, epochs=25, verbose=0)
    return history, -float(history.history["loss"][-1])


@broken("loss_floor", source="K#6143", scores=(-0.51, -0.05))
def own_loss_that_takes_logits_after_a_sigmoid(fixed: bool) -> Outcome:
    def weighted(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        weight = 1 + 0.2 * y_true
        return ops.mean(weight * ops.binary_crossentropy(y_true, y_pred, from_logits=True))

    x, y, _, _ = data.table("breast_cancer")
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1, activation=None if fixed else "sigmoid")])
    model.compile("adam", weighted)
    history = model.fit(x, y[:, None].astype("float32"), epochs=40, batch_size=16, verbose=0)
    return history, -float(history.history["loss"][-1])


@broken("clipped_loss", source="K#13006", scores=(-1.73, -0.33))
def own_log_loss_after_a_tanh(fixed: bool) -> Outcome:
    # Half of the samples start with an output below 0, which the loss clips: no gradient tells them to change.
    def log_loss(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
        return -ops.mean(y_true * ops.log(p) + (1 - y_true) * ops.log(1 - p))

    x, y, _, _ = data.two_classes(0.5, columns=12, distance=2.0)
    model = keras.Sequential([layers.Dense(16, activation="tanh"), layers.Dense(1, activation="sigmoid" if fixed else "tanh")])
    model.compile(keras.optimizers.SGD(0.1), log_loss, metrics=["accuracy"])
    history = model.fit(x, y[:, None].astype("float32"), epochs=12, verbose=0)
    return history, -float(history.history["loss"][-1])


@broken("clipped_loss", source="K#255", scores=(-2.22, -0.08))
def a_hard_sigmoid_far_from_its_slope(fixed: bool) -> Outcome:
    x, y, _, _ = data.table("breast_cancer")
    last = layers.Dense(1, activation="sigmoid" if fixed else "hard_sigmoid", kernel_initializer="random_normal" if fixed else "he_normal")
    model = keras.Sequential([layers.Dense(64, activation="relu", kernel_initializer="he_normal"), layers.Lambda(lambda h: 5 * h), last])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=12, verbose=0)
    return history, -float(history.history["loss"][-1])


@broken("double_activation", source="P2, list at the end", scores=(0.22, 0.89))
def softmax_twice(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits(flat=False)
    model = keras.Sequential([layers.Conv2D(16, 3, activation="relu"), layers.Flatten(), layers.Dense(10, activation="softmax")])
    if not fixed:
        model.add(layers.Activation("softmax"))
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=10, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("double_activation", source="P2, list at the end", scores=(-0.39, -0.18))
def relu_before_the_sigmoid(fixed: bool) -> Outcome:
    x, y, _, _ = data.table("breast_cancer")
    last = [layers.Dense(1, activation="sigmoid")] if fixed else [layers.Dense(1, activation="relu"), layers.Activation("sigmoid")]
    model = keras.Sequential([layers.Dense(16, activation="relu"), *last])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=15, validation_split=0.2, verbose=0)
    return history, -float(history.history["val_loss"][-1])


@broken("output_dropout", source="list at the end of the ten problems", scores=(0.45, 0.95))
def dropout_after_the_last_layer(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])
    if not fixed:
        model.add(layers.Dropout(0.5))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=8, validation_data=(x_test, y_test), verbose=0)
    return history, history.history["accuracy"][-1]


@broken("target_range", source="P2 (iv)", scores=(-0.43, 0.46))
def sigmoid_for_the_progress_of_a_disease(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.table("diabetes")
    y, y_test = y / 100, y_test / 100
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(1, activation=None if fixed else "sigmoid")])
    model.compile(keras.optimizers.Adam(0.005), "mse")
    history = model.fit(x, y, epochs=30, verbose=0)
    return history, r2(model, x_test, y_test)


@broken("target_range", source="P2 (iv)", scores=(0.52, 0.92))
def relu_for_changes_that_may_be_negative(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.smooth()
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(1, activation=None if fixed else "relu")])
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    history = model.fit(x, y, epochs=15, verbose=0)
    return history, r2(model, x_test, y_test)


@broken("accuracy_of_quantities", source="K#6260", scores=(0.00, 0.92))
def accuracy_of_a_regression(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.smooth()
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=[keras.metrics.R2Score()] if fixed else ["accuracy"])
    history = model.fit(x, y[:, None], epochs=10, validation_data=(x_test, y_test[:, None]), verbose=0)
    return history, history.history["r2_score" if fixed else "accuracy"][-1]


@broken("stretched_targets", source="deep-learning-with-python-notebooks#216", scores=(0.00, 0.98))
def lstm_that_returns_all_steps(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.waves()
    model = keras.Sequential([layers.LSTM(16, return_sequences=not fixed), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    history = model.fit(x, y[:, None, None] if not fixed else y, epochs=12, verbose=0)
    said = np.asarray(model.predict(x_test, verbose=0)).reshape(len(y_test), -1).mean(axis=1)
    return history, 1 - float(np.square(said - y_test).sum() / np.square(y_test - y_test.mean()).sum())
