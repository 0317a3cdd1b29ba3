"""Networks for series and texts that train well."""

from __future__ import annotations

import numpy as np

import glassworks as keras
from glassworks import layers
from tests.doctor import data
from tests.doctor.program import Outcome, accuracy, healthy, r2


@healthy(0.98)
def an_lstm_that_continues_a_wave() -> Outcome:
    x, y, x_test, y_test = data.waves()
    model = keras.Sequential([layers.LSTM(16), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model.fit(x, y, epochs=12, validation_data=(x_test, y_test), verbose=0), r2(model, x_test, y_test)


@healthy(0.97)
def a_gru_that_tells_series_apart() -> Outcome:
    x, y, x_test, y_test = data.sequences()
    model = keras.Sequential([layers.GRU(12), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.005), "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=12, validation_split=0.2, verbose=0), accuracy(model, x_test, y_test)


@healthy(0.96)
def a_bidirectional_lstm_with_two_layers() -> Outcome:
    x, y, x_test, y_test = data.sequences()
    model = keras.Sequential(
        [layers.Bidirectional(layers.LSTM(8, return_sequences=True)), layers.LSTM(8), layers.Dense(1, activation="sigmoid")]
    )
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=8, verbose=0), accuracy(model, x_test, y_test)


@healthy(0.97)
def a_simple_recurrent_layer_with_clipping() -> Outcome:
    x, y, x_test, y_test = data.waves()
    model = keras.Sequential([layers.SimpleRNN(16), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05, clipnorm=1.0), "mse")
    return model.fit(x, y, epochs=12, verbose=0), r2(model, x_test, y_test)


@healthy(0.96)
def convolutions_over_time() -> Outcome:
    x, y, x_test, y_test = data.sequences()
    model = keras.Sequential(
        [
            layers.Conv1D(16, 5, activation="relu"),
            layers.MaxPooling1D(),
            layers.Conv1D(16, 3, activation="relu"),
            layers.GlobalAveragePooling1D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=12, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(1.00)
def a_bag_of_embeddings() -> Outcome:
    x, y, x_test, y_test = data.texts()
    model = keras.Sequential(
        [layers.Embedding(200, 16, mask_zero=True), layers.GlobalAveragePooling1D(), layers.Dense(1, activation="sigmoid")]
    )
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=10, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(0.99)
def an_embedding_and_an_lstm() -> Outcome:
    x, y, x_test, y_test = data.texts()
    model = keras.Sequential([layers.Embedding(200, 16, mask_zero=True), layers.LSTM(16), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.005), "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=7, validation_split=0.2, verbose=0), accuracy(model, x_test, y_test)


@healthy(1.00)
def texts_as_strings() -> Outcome:
    x, y, x_test, y_test = data.texts()
    texts, texts_test = (np.array([" ".join(f"w{word}" for word in row if word) for row in part], dtype=object) for part in (x, x_test))
    words = layers.TextVectorization(max_tokens=150, output_mode="multi_hot")
    words.adapt(texts)
    model = keras.Sequential([keras.Input((1,), dtype="string"), words, layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return model.fit(texts, y.astype("float32"), epochs=10, verbose=0), accuracy(model, texts_test, y_test)


@healthy(1.00)
def a_block_of_attention() -> Outcome:
    x, y, x_test, y_test = data.texts()
    inputs = keras.Input((20,), dtype="int32")
    places = layers.Embedding(20, 16)(np.arange(20))
    hidden = layers.Embedding(200, 16)(inputs) + places
    hidden = layers.LayerNormalization()(hidden + layers.MultiHeadAttention(2, 8)(hidden, hidden))
    hidden = layers.LayerNormalization()(hidden + layers.Dense(16)(layers.Dense(32, activation="gelu")(hidden)))
    outputs = layers.Dense(1, activation="sigmoid")(layers.GlobalAveragePooling1D()(hidden))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=6, validation_data=(x_test, y_test), verbose=0), accuracy(model, x_test, y_test)


@healthy(0.98)
def a_label_for_each_step() -> Outcome:
    x, _, x_test, _ = data.sequences()
    rising, rising_test = (np.cumsum(part[..., :1], axis=1) > 0 for part in (x, x_test))
    model = keras.Sequential([layers.LSTM(16, return_sequences=True), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, rising.astype("float32"), epochs=8, validation_data=(x_test, rising_test.astype("float32")), verbose=0)
    said = np.asarray(model.predict(x_test, verbose=0)) > 0.5
    return history, float((said == rising_test).mean())


@healthy(0.96)
def six_steps_ahead() -> Outcome:
    x, _, x_test, _ = data.waves(steps=30)
    model = keras.Sequential([layers.Flatten(), layers.Dense(32, activation="relu"), layers.Dense(6)])
    model.compile(keras.optimizers.Adam(0.005), "mse", metrics=["mae"])
    history = model.fit(x[:, :24], x[:, 24:, 0], epochs=20, validation_split=0.2, verbose=0)
    return history, r2(model, x_test[:, :24], x_test[:, 24:, 0])


@healthy(0.49)
def the_next_word() -> Outcome:
    # Each word is the last one plus 1 or 2 in a circle of 30, so that the best loss is ln 2.
    steps = np.random.default_rng(0).integers(1, 3, (400, 13))
    words = (np.random.default_rng(1).integers(0, 30, (400, 1)) + np.cumsum(steps, axis=1)) % 30
    model = keras.Sequential([layers.Embedding(30, 16), layers.GRU(32, return_sequences=True), layers.Dense(30, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    history = model.fit(words[:, :-1], words[:, 1:], epochs=12, validation_split=0.2, verbose=0)
    return history, float(np.exp(-history.history["val_loss"][-1]))
