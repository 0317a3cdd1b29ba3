"""Programs without mistakes that were written after the others, to try the rules once on what they had not been tried on."""

from __future__ import annotations

import functools

import numpy as np

import glassworks as keras
from glassworks import layers, ops
from tests.doctor import data
from tests.doctor.program import Outcome, accuracy, balanced_accuracy, r2
from tests.doctor.program import healthy as _healthy

healthy = functools.partial(_healthy, held_out=True)


@healthy(1.00)
def the_first_program_of_a_course() -> Outcome:
    x = np.array([-1.0, 0.0, 1.0, 2.0, 3.0, 4.0])[:, None]
    y = np.array([-3.0, -1.0, 1.0, 3.0, 5.0, 7.0])[:, None]
    model = keras.Sequential([layers.Dense(1)])
    model.compile("sgd", "mean_squared_error")
    return model.fit(x, y, epochs=300, verbose=0), r2(model, x, y)


@healthy(1.00)
def exclusive_or() -> Outcome:
    x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32"), np.array([0, 1, 1, 0], "float32")
    model = keras.Sequential([layers.Dense(8, activation="tanh"), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=150, verbose=0), accuracy(model, x, y)


@healthy(0.70)
def a_table_of_categories_with_equal_rows() -> Outcome:
    # Who survived a shipwreck, by class, sex and age: few different rows, each with both outcomes.
    rng = np.random.default_rng(0)
    x = np.stack([rng.integers(1, 4, 1500), rng.integers(0, 2, 1500), rng.random(1500) < 0.1], axis=1).astype("float32")
    y = (rng.random(1500) < 0.75 - 0.18 * x[:, 0] + 0.4 * x[:, 1] * (1 - 0.15 * x[:, 0]) + 0.2 * x[:, 2]).astype("int32")
    model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=12, validation_split=0.2, verbose=0), accuracy(model, x, y)


@healthy(0.95)
def going_on_with_a_trained_model() -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=8, verbose=0)
    return model.fit(x, y, epochs=5, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(0.93)
def careful_tuning_of_a_trained_model() -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[:900], y[:900], epochs=15, verbose=0)
    model.compile(keras.optimizers.Adam(1e-5), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x[900:], y[900:], epochs=6, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(0.76)
def until_it_does_not_get_better() -> Outcome:
    x, y, x_test, y_test = data.smooth(noise=0.4)
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    slower = keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=4)
    stop = keras.callbacks.EarlyStopping(patience=12, restore_best_weights=True)
    return model.fit(x, y, epochs=80, validation_data=(x_test, y_test), callbacks=[slower, stop], verbose=0), r2(model, x_test, y_test)


@healthy(0.96)
def a_cosine_schedule_from_a_large_rate() -> Outcome:
    x, y, x_test, y_test = data.digits()
    rate = keras.optimizers.schedules.CosineDecay(0.5, decay_steps=450)
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=10, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(0.95)
def adadelta_at_its_classic_rate() -> Outcome:
    x, y, x_test, y_test = data.digits(flat=False)
    model = keras.Sequential(
        [layers.Conv2D(16, 3, activation="relu"), layers.Dropout(0.25), layers.Flatten(), layers.Dense(10, activation="softmax")]
    )
    model.compile(keras.optimizers.Adadelta(1.0), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=8, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(0.96)
def a_support_vector_machine() -> Outcome:
    x, y, x_test, y_test = data.table("breast_cancer")
    model = keras.Sequential([layers.Dense(1, kernel_regularizer="l2")])
    model.compile(keras.optimizers.SGD(0.02), "hinge")
    history = model.fit(x, 2.0 * y - 1, epochs=15, validation_split=0.2, verbose=0)
    return history, float(((np.asarray(model.predict(x_test, verbose=0))[:, 0] > 0) == y_test).mean())


@healthy(0.84)
def a_quantile_with_an_own_loss() -> Outcome:
    def ninetieth(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        error = y_true - y_pred
        return ops.mean(ops.maximum(0.9 * error, -0.1 * error))

    x, y, x_test, y_test = data.smooth(noise=0.5)
    model = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.005), ninetieth)
    history = model.fit(x, y[:, None], epochs=25, validation_split=0.2, verbose=0)
    return history, float((y_test < np.asarray(model.predict(x_test, verbose=0))[:, 0]).mean())


@healthy(0.89)
def samples_with_weights() -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    weight = np.where(y == 8, 3.0, 1.0)
    return model.fit(x, y, sample_weight=weight, epochs=8, verbose=0), accuracy(model, x_test, y_test)


@healthy(0.94)
def a_trend_over_the_days() -> Outcome:
    # The number of the day is a column that counts up, and it matters.
    rng = np.random.default_rng(0)
    day = np.arange(900)
    sales = 2 + day / 400 + np.sin(day * 2 * np.pi / 7) + 0.2 * rng.normal(size=900)
    x = np.stack([day / 900, np.sin(day * 2 * np.pi / 7), np.cos(day * 2 * np.pi / 7), rng.normal(size=900)], axis=1).astype("float32")
    y = ((sales - sales[:700].mean()) / sales[:700].std()).astype("float32")
    model = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model.fit(x[:700], y[:700], epochs=20, validation_data=(x[700:], y[700:]), verbose=0), r2(model, x[700:], y[700:])


@healthy(0.90)
def a_subclassed_model() -> Outcome:
    class Network(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.hidden = layers.Dense(48, activation="relu")
            self.drop = layers.Dropout(0.2)
            self.out = layers.Dense(10, activation="softmax")

        def call(self, x: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
            return self.out(self.drop(self.hidden(x), training=training))

    x, y, x_test, y_test = data.digits()
    model = Network()
    model.compile("nadam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=8, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(0.64)
def a_variational_autoencoder() -> Outcome:
    class Encoding(keras.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.mean, self.log_variance = layers.Dense(6), layers.Dense(6)
            self.seed = keras.random.SeedGenerator(0)

        def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
            mean, log_variance = self.mean(x), self.log_variance(x)
            self.add_loss(-0.0005 * ops.mean(ops.sum(1 + log_variance - ops.square(mean) - ops.exp(log_variance), axis=1)))
            return mean + ops.exp(log_variance / 2) * keras.random.normal(ops.shape(mean), seed=self.seed)

    x, _, x_test, _ = data.digits()
    model = keras.Sequential(
        [
            layers.Dense(48, activation="relu"),
            Encoding(),
            layers.Dense(48, activation="relu"),
            layers.Dense(64, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.003), "mse")
    return model.fit(x, x, epochs=15, validation_data=(x_test, x_test), verbose=0), r2(model, x_test, x_test)


@healthy(0.91)
def pairs_of_images_through_one_tower() -> Outcome:
    x, y, x_test, y_test = data.digits()
    rng = np.random.default_rng(0)

    def pairs(labels: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        left = rng.integers(0, len(labels), count)
        same = [rng.choice(np.flatnonzero(labels == labels[place])) for place in left[::2]]
        right = rng.integers(0, len(labels), count)
        right[::2] = same
        return left, right

    left, right = pairs(y, 2000)
    left_test, right_test = pairs(y_test, 400)
    first, second = keras.Input((64,)), keras.Input((64,))
    tower = keras.Sequential([layers.Dense(48, activation="relu"), layers.Dense(16)])
    distance = ops.sum(ops.square(tower(first) - tower(second)), axis=1, keepdims=True)
    model = keras.Model([first, second], layers.Dense(1, activation="sigmoid")(layers.BatchNormalization(momentum=0.9)(distance)))
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit([x[left], x[right]], (y[left] == y[right]).astype("int32"), epochs=8, verbose=0)
    said = np.asarray(model.predict([x_test[left_test], x_test[right_test]], verbose=0)).ravel() > 0.5
    return history, float((said == (y_test[left_test] == y_test[right_test])).mean())


@healthy(0.92)
def an_own_training_step() -> Outcome:
    class Network(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.hidden = layers.Dense(32, activation="relu")
            self.out = layers.Dense(1)

        def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
            return self.out(self.hidden(x))

        def train_step(self, batch: tuple) -> dict:
            x, y = batch
            with keras.GradientTape() as tape:
                loss = self.compute_loss(y=y, y_pred=self(x, training=True))
            self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
            return {"loss": loss}

    x, y, x_test, y_test = data.smooth()
    model = Network()
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model.fit(x, y[:, None], epochs=15, verbose=0), r2(model, x_test, y_test)


@healthy(0.96)
def a_sequence_for_a_sequence() -> Outcome:
    x, _, x_test, _ = data.waves(steps=20)
    model = keras.Sequential(
        [layers.LSTM(24), layers.RepeatVector(4), layers.LSTM(24, return_sequences=True), layers.TimeDistributed(layers.Dense(1))]
    )
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model.fit(x[:, :16], x[:, 16:], epochs=12, validation_split=0.2, verbose=0), r2(model, x_test[:, :16], x_test[:, 16:])


@healthy(0.96)
def separable_convolutions_with_group_normalization() -> Outcome:
    x, y, x_test, y_test = data.digits(flat=False)
    blocks: list[keras.Layer] = [layers.Conv2D(8, 3, padding="same")]
    for _ in range(2):
        blocks += [layers.SeparableConv2D(16, 3, padding="same"), layers.GroupNormalization(4), layers.Activation("silu")]
    model = keras.Sequential([*blocks, layers.Flatten(), layers.Dropout(0.3), layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=5, batch_size=64, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(0.88)
def uneven_classes_with_weights() -> Outcome:
    x, y, x_test, y_test = data.digits()
    kept = (y < 5) | (np.random.default_rng(0).random(len(y)) < 0.15)
    x, y = x[kept], y[kept]
    counts = np.bincount(y)
    model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    weights = {number: len(y) / (10 * count) for number, count in enumerate(counts)}
    return model.fit(x, y, epochs=12, class_weight=weights, verbose=0), balanced_accuracy(model, x_test, y_test)


@healthy(0.96)
def numbers_and_categories_in_two_inputs() -> Outcome:
    rng = np.random.default_rng(0)
    numbers, town = rng.normal(size=(1200, 4)).astype("float32"), rng.integers(0, 12, 1200)
    level = rng.normal(size=12)
    y = (numbers[:, 0] + level[town] + 0.3 * rng.normal(size=1200)).astype("float32")
    first, second = keras.Input((4,), name="numbers"), keras.Input((1,), dtype="int32", name="town")
    joined = layers.Concatenate()([first, layers.Flatten()(layers.Embedding(12, 4)(second))])
    model = keras.Model({"numbers": first, "town": second}, layers.Dense(1)(layers.Dense(24, activation="relu")(joined)))
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    x = {"numbers": numbers[:900], "town": town[:900, None]}
    history = model.fit(x, y[:900], epochs=15, validation_split=0.2, verbose=0)
    return history, r2(model, {"numbers": numbers[900:], "town": town[900:, None]}, y[900:])


@healthy(0.93)
def strong_dropout_with_better_validation() -> Outcome:
    x, y, x_test, y_test = data.digits()
    model = keras.Sequential([layers.Dense(256, activation="relu"), layers.Dropout(0.7), layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=10, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)
