"""Programs that are right give no warning: pytest turns every warning into an error here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glassworks as keras
from glassworks import layers, ops

RNG = np.random.default_rng(1)
X = RNG.normal(size=(120, 6)).astype("float32")
NUMBERS = X.sum(axis=1)
CLASSES = RNG.integers(0, 3, 120)
IMAGES = RNG.random((40, 8, 8, 1)).astype("float32")
TOKENS = RNG.integers(0, 5000, (80, 7))
SERIES = np.sin(np.arange(100)[:, None] / 5 + np.arange(8)).astype("float32")[..., None]

PROGRAMS: list[Callable[[], Any]] = []


def program(function: Callable[[], Any]) -> Callable[[], Any]:
    """Register a healthy program."""
    PROGRAMS.append(function)
    return function


def train(hidden: list[Any], x: Any, y: Any, loss: Any = "mse", metrics: Any = (), **options: Any) -> Any:
    model = keras.Sequential([keras.Input(shape=np.shape(x)[1:]), *hidden])
    model.compile("adam", loss, metrics=list(metrics))
    return model.fit(x, y, verbose=0, **options)


@program
def an_autoencoder_of_pixels() -> None:
    x = IMAGES.reshape(40, 64)
    train([layers.Dense(8, activation="relu"), layers.Dense(64, activation="sigmoid")], x, x, "binary_crossentropy")
    train([layers.Dense(8, activation="relu"), layers.Dense(64, activation="sigmoid")], x, x, "mse", validation_data=(x[:9], x[:9]))


@program
def a_convolutional_autoencoder_with_noise() -> None:
    hidden = [layers.Conv2D(4, 3, padding="same", activation="relu"), layers.Conv2D(1, 3, padding="same", activation="sigmoid")]
    train(hidden, IMAGES + 0.1 * RNG.normal(size=IMAGES.shape), IMAGES, "mae")


@program
def an_anomaly_autoencoder_of_standardised_data() -> None:
    train([layers.Dense(2, activation="relu"), layers.Dense(6)], X, X, "mae", validation_split=0.2)


@program
def a_regression_with_targets_within_tanh() -> None:
    train([layers.Dense(8, activation="relu"), layers.Dense(1, activation="tanh")], X, np.tanh(NUMBERS))


@program
def a_regression_of_prices_in_thousands_with_normalization() -> None:
    x = X * [1, 10, 1000, 1e5, 1, 1] + [0, 5, 200, 1e6, 0, 0]
    normalization = layers.Normalization()
    normalization.adapt(x)
    train([normalization, layers.Dense(8, activation="relu"), layers.Dense(1)], x, 20 + 9 * NUMBERS, metrics=["mae"])


@program
def a_regression_whose_last_layer_rescales() -> None:
    train([layers.Dense(8), layers.Dense(1), layers.Rescaling(50_000, offset=200_000)], X, 200_000 + 50_000 * NUMBERS, "mae")


@program
def degrees_of_celsius_to_fahrenheit() -> None:
    celsius = np.array([-40, -10, 0, 8, 15, 22, 38], dtype=float)
    train([layers.Dense(1)], celsius[:, None], celsius * 1.8 + 32, epochs=3)


@program
def counts_with_poisson() -> None:
    train([layers.Dense(1, activation="exponential")], X, RNG.poisson(3, 120), "poisson")


@program
def exclusive_or_with_squared_errors_and_accuracy() -> None:
    x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    train([layers.Dense(4, activation="tanh"), layers.Dense(1, activation="sigmoid")], x, y, "mse", ["accuracy"], epochs=2)


@program
def one_hot_labels_with_squared_errors_and_accuracy() -> None:
    train([layers.Dense(3, activation="softmax")], X, np.eye(3)[CLASSES], "mse", ["accuracy"])


@program
def smoothed_and_soft_labels() -> None:
    soft = RNG.dirichlet(np.ones(3), 120)
    train([layers.Dense(3, activation="softmax")], X, soft, keras.losses.CategoricalCrossentropy(label_smoothing=0.1), ["accuracy"])
    train([layers.Dense(3, activation="softmax")], X, soft, "kl_divergence")


@program
def several_labels_with_sigmoids() -> None:
    train([layers.Dense(3, activation="sigmoid")], X, (X[:, :3] > 0).astype(int), "binary_crossentropy", ["binary_accuracy"])


@program
def imbalanced_but_shuffled_labels() -> None:
    y = np.zeros(120, int)
    y[RNG.choice(120, 6, replace=False)] = 1
    train([layers.Dense(1, activation="sigmoid")], X, y, "binary_crossentropy", class_weight={0: 1.0, 1: 20.0}, validation_split=0.25)
    train([layers.Dense(2, activation="softmax")], X, y, "sparse_categorical_crossentropy", class_weight="balanced", validation_split=0.1)


@program
def many_classes_some_of_them_rare() -> None:
    y = np.concatenate([RNG.integers(0, 12, 119), [12]])
    train([layers.Dense(13, activation="softmax")], X, y, "sparse_categorical_crossentropy", ["accuracy"], validation_split=0.2)


@program
def labels_that_alternate() -> None:
    train([layers.Dense(2, activation="softmax")], X, np.arange(120) % 2, "sparse_categorical_crossentropy", validation_split=0.2)


@program
def segmentation_with_labels_per_pixel() -> None:
    masks = (IMAGES > 0.5).astype("uint8")
    train(
        [layers.Conv2D(4, 3, padding="same"), layers.Conv2D(1, 1, activation="sigmoid")], IMAGES, masks, "binary_crossentropy", ["accuracy"]
    )
    train([layers.Conv2D(2, 1, activation="softmax")], IMAGES, masks, "sparse_categorical_crossentropy", ["accuracy"], validation_split=0.2)


@program
def forecasts_of_every_step_and_of_the_next() -> None:
    every = [layers.LSTM(4, return_sequences=True), layers.Dense(1)]
    train(every, SERIES, np.roll(SERIES, -1, axis=1), validation_split=0.2)
    train([layers.LSTM(4, return_sequences=True), layers.Dense(1)], SERIES, SERIES[..., 0])
    train([layers.GRU(4), layers.Dense(1)], SERIES, SERIES[:, -1, 0])
    train([layers.LSTM(4), layers.Dense(8)], SERIES, SERIES[..., 0], "mae")


@program
def an_lstm_that_ends_within_its_range() -> None:
    train([layers.LSTM(1)], SERIES, 0.9 * SERIES[:, -1])


@program
def numbers_of_words_into_an_embedding() -> None:
    hidden = [layers.Embedding(5000, 4, mask_zero=True), layers.LSTM(3), layers.Dense(1, activation="sigmoid")]
    train(hidden, TOKENS, RNG.integers(0, 2, 80), "binary_crossentropy", ["accuracy"], validation_split=0.2)


@program
def labels_per_word_with_a_mask() -> None:
    hidden = [layers.Embedding(5000, 4, mask_zero=True), layers.GRU(3, return_sequences=True), layers.Dense(4, activation="softmax")]
    train(hidden, TOKENS, RNG.integers(0, 4, (80, 7)), "sparse_categorical_crossentropy", ["accuracy"])


@program
def masked_sequences_of_numbers() -> None:
    x = RNG.normal(size=(60, 5, 2))
    x[:20, 3:] = -10.0
    train([layers.Masking(-10.0), layers.LSTM(3), layers.Dense(1)], x, x[:, 0, 0])


@program
def a_table_with_columns_of_categories_and_quantities() -> None:
    one_hot = np.eye(6)[RNG.integers(0, 6, 120)] * (RNG.random((120, 1)) < 0.05)
    x = np.hstack([X, one_hot, RNG.integers(0, 2, (120, 1)), RNG.integers(18, 80, (120, 1)) / 80])
    train([layers.Dense(4, activation="relu"), layers.Dense(1, activation="sigmoid")], x, NUMBERS > 0, "binary_crossentropy")


@program
def an_integer_table_of_small_counts() -> None:
    train([layers.Dense(3, activation="softmax")], RNG.integers(0, 10, (120, 4)), CLASSES, "sparse_categorical_crossentropy", ["accuracy"])


@program
def counts_of_words_in_texts() -> None:
    texts = [" ".join(f"w{int(word)}" for word in RNG.zipf(1.6, 200) % 90) for _ in range(120)]
    count = layers.TextVectorization(output_mode="count")
    count.adapt(texts)
    x = np.asarray(count(texts))
    assert x.max() > 20
    train([layers.Dense(3, activation="softmax")], x, CLASSES, "sparse_categorical_crossentropy", ["accuracy"])


@program
def pixels_with_borders_that_are_almost_always_black() -> None:
    x = RNG.integers(0, 256, (120, 30)) / 255.0
    x[:, :10] = 0
    x[3, 2] = 1 / 255
    train([layers.Dense(3, activation="softmax")], x, CLASSES, "sparse_categorical_crossentropy")


@program
def bytes_with_a_rescaling_layer() -> None:
    x = RNG.integers(0, 256, (40, 8, 8, 3)).astype("uint8")
    hidden = [layers.Rescaling(1 / 255), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(3)]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    train(hidden, x, CLASSES[:40], loss, ["accuracy"], validation_data=(x[:10], CLASSES[:10]))


@program
def bytes_that_the_model_scales_before_its_weights() -> None:
    x = RNG.integers(0, 256, (20, 8, 8, 3)).astype("uint8")
    augmentation = [layers.RandomFlip("horizontal"), layers.RandomRotation(0.1), layers.RandomZoom(0.1)]
    loss, y = "sparse_categorical_crossentropy", CLASSES[:20]

    def hidden() -> list[Any]:
        return [layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(3, activation="softmax")]

    train([*augmentation, layers.Rescaling(1 / 255), *hidden()], x, y, loss)
    train([keras.Sequential([layers.Resizing(6, 6), layers.Rescaling(1 / 255)]), *hidden()], x, y, loss)
    inputs = keras.Input((8, 8, 3), dtype="uint8")
    model = keras.Model(inputs, keras.Sequential(hidden())(ops.cast(inputs, "float32") / 127.5 - 1))
    model.compile("adam", loss)
    model.fit(x, y, verbose=0)

    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.hidden = keras.Sequential(hidden())

        def call(self, x: Any) -> Any:
            return self.hidden(x / 255.0)

    own = Own()
    own.compile("adam", loss)
    own.fit(x, y, verbose=0)


@program
def batch_normalisation_of_raw_columns() -> None:
    train([layers.BatchNormalization(), layers.Dense(1)], X * [1, 1, 5000, 1, 1, 1], NUMBERS)


@program
def small_batches_and_few_samples() -> None:
    train([layers.Dense(1)], X[:5], NUMBERS[:5], batch_size=1, validation_data=(X[5:7], NUMBERS[5:7]))
    train([layers.Dense(2, activation="softmax")], X[:3], np.zeros(3, int), "sparse_categorical_crossentropy")


@program
def weights_of_zero_where_there_is_no_target() -> None:
    y, weight = np.tanh(NUMBERS), np.ones(120)
    y[:40], weight[:40] = -99.0, 0.0
    train([layers.Dense(1, activation="tanh")], X, y, sample_weight=weight)


@program
def several_outputs_by_name() -> None:
    inputs = keras.Input(shape=(6,))
    hidden = layers.Dense(4, activation="relu")(inputs)
    outputs = {"price": layers.Dense(1)(hidden), "kind": layers.Dense(3, activation="softmax")(hidden)}
    model = keras.Model(inputs, outputs)
    model.compile("adam", {"price": "mse", "kind": "sparse_categorical_crossentropy"}, metrics={"kind": ["accuracy"], "price": ["mae"]})
    targets = {"price": NUMBERS, "kind": CLASSES}
    model.fit(X, targets, verbose=0, validation_data=(X[:30], {"price": NUMBERS[:30], "kind": CLASSES[:30]}))


@program
def transfer_learning_with_a_head() -> None:
    base = keras.Sequential([keras.Input(shape=(6,)), layers.Dense(4, activation="relu"), layers.BatchNormalization()])
    base.trainable = False
    inputs = keras.Input(shape=(6,))
    model = keras.Model(inputs, layers.Dense(1)(layers.Dropout(0.2)(base(inputs, training=False))))
    model.compile("adam", "mse")
    model.fit(X, NUMBERS, verbose=0)
    base.trainable = True
    model.compile(keras.optimizers.Adam(1e-5), "mse")
    model.fit(X, NUMBERS, verbose=0)


@program
def two_towers_into_a_similarity() -> None:
    left, right = keras.Input(shape=(6,)), keras.Input(shape=(6,))
    tower = keras.Sequential([layers.Dense(4, activation="tanh"), layers.Dense(3)])
    model = keras.Model([left, right], layers.Dot(axes=1, normalize=True)([tower(left), tower(right)]))
    model.compile("adam", "mse")
    model.fit([X, X[::-1]], np.ones(120), verbose=0)


@program
def a_step_of_its_own_for_a_pair_that_competes() -> None:
    class Pair(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.judge = keras.Sequential([keras.Input(shape=(6,)), layers.Dense(1)])
            self.maker = keras.Sequential([keras.Input(shape=(2,)), layers.Dense(6)])
            self.seed = keras.random.SeedGenerator(3)

        def compile(self, judge_optimizer: Any, maker_optimizer: Any, loss: Any) -> None:
            super().compile()
            self.judge_optimizer, self.maker_optimizer, self.loss_fn = judge_optimizer, maker_optimizer, loss

        def train_step(self, data: Any) -> dict[str, Any]:
            real = data[0] if isinstance(data, tuple) else data
            noise = keras.random.normal((real.shape[0], 2), seed=self.seed)
            with keras.GradientTape() as tape:
                scores = self.judge(ops.concatenate([self.maker(noise), real]))
                loss = self.loss_fn(ops.concatenate([ops.ones((real.shape[0], 1)), ops.zeros((real.shape[0], 1))]), scores)
            self.judge_optimizer.apply(tape.gradient(loss, self.judge.trainable_weights), self.judge.trainable_weights)
            return {"d_loss": loss}

    model = Pair()
    model.compile(keras.optimizers.Adam(), keras.optimizers.Adam(), keras.losses.BinaryCrossentropy(from_logits=True))
    model.fit(X, verbose=0)


@program
def a_layer_that_fills_holes_in() -> None:
    class Filled(layers.Layer):
        def call(self, x: Any) -> Any:
            return ops.where(ops.isnan(x), 0.0, x)

    x = X.copy()
    x[5, 2] = np.nan
    train([Filled(), layers.Dense(1)], x, NUMBERS)


@program
def a_loss_of_its_own_with_packed_targets() -> None:
    def weighed(y_true: Any, y_pred: Any) -> Any:
        return ops.mean(y_true[:, 1:] * ops.square(y_true[:, :1] - y_pred), axis=-1)

    train([layers.Dense(1)], X, np.stack([NUMBERS, np.ones(120)], axis=1), weighed)


@program
def a_loss_added_by_a_layer() -> None:
    class Penalty(layers.Layer):
        def call(self, x: Any) -> Any:
            self.add_loss(ops.mean(ops.square(x)))
            return x

    model = keras.Sequential([keras.Input(shape=(6,)), layers.Dense(3), Penalty()])
    model.compile("adam")
    model.fit(X, verbose=0)


@program
def batches_of_one_class_each_from_a_generator() -> None:
    def batches() -> Any:
        while True:
            for label in range(3):
                yield X[label == CLASSES], CLASSES[label == CLASSES]

    model = keras.Sequential([keras.Input(shape=(6,)), layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(batches(), steps_per_epoch=3, epochs=2, verbose=0)


@program
def learning_from_a_short_series_that_grows() -> None:
    series = np.linspace(0, 2, 200) + 0.1 * RNG.normal(size=200)
    windows = np.lib.stride_tricks.sliding_window_view(series, 11)
    train([layers.Dense(8, activation="relu"), layers.Dense(1)], windows[:, :10], windows[:, 10], validation_split=0.2)


@program
def hinge_losses_with_signs() -> None:
    train([layers.Dense(1, activation="tanh")], X, np.sign(NUMBERS), "hinge")
    train([layers.Dense(1)], X, (NUMBERS > 0).astype(int), "squared_hinge")


@program
def quantiles_of_one_target() -> None:
    def pinball(y_true: Any, y_pred: Any) -> Any:
        error = y_true - y_pred
        return ops.mean(ops.maximum(0.1 * error, -0.9 * error), axis=-1)

    train([layers.Dense(3)], X, NUMBERS[:, None], pinball)


@program
def a_decoder_whose_texts_begin_with_one_token() -> None:
    read = np.concatenate([np.full((120, 1), 9), RNG.integers(2, 8, (120, 3))], axis=1)
    hidden = [layers.Embedding(10, 4), layers.LSTM(4, return_sequences=True), layers.Dense(10, activation="softmax")]
    train(hidden, read, np.roll(read, -1, axis=1), "sparse_categorical_crossentropy")


@program
def a_new_head_on_large_features_that_are_frozen() -> None:
    features = layers.Dense(8, activation="relu", kernel_initializer=keras.initializers.RandomNormal(stddev=20.0), trainable=False)
    train([features, layers.Dense(3, activation="softmax")], X, CLASSES, "sparse_categorical_crossentropy")


@pytest.mark.parametrize("function", PROGRAMS, ids=[function.__name__ for function in PROGRAMS])
def test_a_healthy_program_gives_no_warning(function: Callable[[], Any]) -> None:
    function()
