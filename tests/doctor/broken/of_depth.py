"""Units that are dead or saturated, gradients through many layers, and models too large or too small for their data (P6, P7 and P8)."""

from __future__ import annotations

import glassworks as keras
from glassworks import initializers, layers, ops, regularizers
from tests.doctor import data
from tests.doctor.program import Outcome, accuracy, broken, r2


@broken("dead_units", source="P6", scores=(0.10, 0.74))
def the_bias_of_a_detector_in_hidden_layers(fixed: bool) -> Outcome:
    # A bias of -4.6 makes the outputs of a detector start at 1%; in a hidden layer it lets no unit fire.
    x, y, x_test, y_test = data.digits()
    bias = initializers.Constant(0.0 if fixed else -4.6)
    model = keras.Sequential(
        [
            layers.Dense(64, activation="relu", bias_initializer=bias),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=8, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("dead_units", source="P6", scores=(0.10, 0.90))
def inputs_below_zero_in_front_of_positive_weights(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    constraint = None if fixed else keras.constraints.NonNeg()
    start = "glorot_uniform" if fixed else initializers.RandomUniform(0, 0.2)
    model = keras.Sequential(
        [
            layers.Dense(64, activation="relu", kernel_initializer=start, kernel_constraint=constraint),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x - 1, y, epochs=8, verbose=0)
    return history, accuracy(model, x_test - 1, y_test)


@broken("saturated_units", source="P6", scores=(0.12, 0.95))
def multiplied_where_it_should_be_divided(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = keras.Sequential(
        [
            layers.Rescaling(1.0 if fixed else 255.0),
            layers.Dense(64, activation="tanh"),
            layers.Dense(64, activation="tanh"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=8, validation_data=(x_test, y_test), verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("saturated_units", source="P6", scores=(0.29, 0.92))
def a_sum_over_the_image_in_front_of_a_sigmoid(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits(flat=False)
    inputs = keras.Input((8, 8, 1))
    places = layers.Conv2D(32, 3, activation="relu", kernel_initializer="he_normal")(inputs)
    patterns = ops.sum(places, axis=(1, 2))
    patterns = layers.BatchNormalization(momentum=0.9)(patterns) if fixed else patterns
    hidden = layers.Dense(64, activation="sigmoid", kernel_initializer="he_normal")(patterns)
    model = keras.Model(inputs, layers.Dense(10, activation="softmax")(hidden))
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=15, validation_data=(x_test, y_test), verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("vanishing_gradients", source="P7", scores=(0.10, 0.89))
def twelve_layers_of_sigmoids(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    activation = "relu" if fixed else "sigmoid"
    hidden = [layers.Dense(32, activation=activation) for _ in range(8 if fixed else 12)]
    model = keras.Sequential([*hidden, layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=20 if fixed else 8, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("vanishing_gradients", source="P7, AutoTrainer", scores=(0.65, 0.96))
def ten_layers_of_tanh_with_small_weights(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.table("breast_cancer")
    start = "glorot_normal" if fixed else initializers.RandomNormal(stddev=0.05)
    hidden = [layers.Dense(24, activation="tanh", kernel_initializer=start) for _ in range(10)]
    model = keras.Sequential([*hidden, layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=10, validation_split=0.2, verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("exploding_gradients", source="P7", scores=(-1.00, 0.95))
def a_long_series_through_a_simple_recurrent_layer(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.waves(steps=60)
    recurrent = initializers.Orthogonal(gain=1.0 if fixed else 1.6)
    model = keras.Sequential([layers.SimpleRNN(24, activation="relu", recurrent_initializer=recurrent), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.01, clipnorm=1.0 if fixed else None), "mse")
    history = model.fit(x, y, epochs=15, verbose=0)
    return history, r2(model, x_test, y_test)


@broken("exploding_gradients", source="P7", scores=(-1.00, 0.75))
def twenty_residual_blocks_without_normalization(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.smooth()
    inputs = keras.Input((6,))
    hidden = layers.Dense(32)(inputs)
    for _ in range(20):
        step = layers.LayerNormalization()(hidden) if fixed else hidden
        hidden = hidden + layers.Dense(32, activation="relu", kernel_initializer="he_normal")(step)
    model = keras.Model(inputs, layers.Dense(1)(layers.LayerNormalization()(hidden) if fixed else hidden))
    model.compile(keras.optimizers.SGD(0.005), "mse")
    history = model.fit(x, y, epochs=8, verbose=0)
    return history, r2(model, x_test, y_test)


@broken("overfitting", source="P8", scores=(-1.00, -0.60))
def a_large_network_and_few_rows(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.two_classes(0.5, rows=300, columns=30, distance=1.5)
    hidden = [] if fixed else [layers.Dense(256, activation="relu"), layers.Dense(256, activation="relu")]
    weaken = regularizers.L2(0.1) if fixed else None
    model = keras.Sequential([*hidden, layers.Dense(1, activation="sigmoid", kernel_regularizer=weaken)])
    model.compile(keras.optimizers.Adam(0.01 if fixed else 0.001), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=30, validation_data=(x_test, y_test), verbose=0)
    return history, -float(history.history["val_loss"][-1])


@broken("overfitting", source="P8, CS gap", scores=(0.25, 0.47))
def thirty_epochs_on_a_small_table(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.table("diabetes")
    mean, deviation = y.mean(), y.std()
    y, y_test = (y - mean) / deviation, (y_test - mean) / deviation
    model = keras.Sequential([layers.Dense(256, activation="relu"), layers.Dense(128, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.003), "mse")
    stop = [keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)] if fixed else []
    history = model.fit(x, y, epochs=40, validation_data=(x_test, y_test), callbacks=stop, verbose=0)
    return history, r2(model, x_test, y_test)


@broken("underfitting", source="P8", scores=(0.29, 0.97))
def a_bottleneck_of_one_unit(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = keras.Sequential([layers.Dense(32 if fixed else 1, activation="tanh"), layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=30, validation_data=(x_test, y_test), verbose=0)
    return history, accuracy(model, x_test, y_test)


@broken("underfitting", source="P8", scores=(0.52, 0.96))
def a_penalty_that_outweighs_the_loss(fixed: bool) -> Outcome:
    x, y, x_test, y_test = data.smooth()
    penalty = regularizers.L2(0.0001 if fixed else 0.3)
    model = keras.Sequential([layers.Dense(32, activation="relu", kernel_regularizer=penalty), layers.Dense(1, kernel_regularizer=penalty)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    history = model.fit(x, y, epochs=25, validation_data=(x_test, y_test), verbose=0)
    return history, r2(model, x_test, y_test)
