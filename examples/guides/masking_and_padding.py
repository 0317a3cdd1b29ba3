"""Masking: sequences of different lengths in one array, and layers that ignore the padding.

Three ways to a mask: `Embedding(mask_zero=True)`, a `Masking` layer, and `compute_mask` of a layer of one's own. The mask
travels with the data to every layer that can use it. The task: is the mean of a sequence positive? Padding that counts
as data would pull every mean to 0.

Run: python examples/guides/masking_and_padding.py
"""

import numpy as np

import glassworks as keras

layers, ops = keras.layers, keras.ops
PADDING = -99.0


class MeanOverTime(layers.Layer):
    """The mean over the steps that count."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        if mask is None:
            return ops.mean(inputs, axis=1)
        weights = ops.expand_dims(ops.cast(mask, inputs.dtype), -1)
        return ops.sum(inputs * weights, axis=1) / (ops.sum(weights, axis=1) + 1e-6)

    def compute_mask(self, inputs, mask=None):
        return None  # there are no steps any more


def main() -> float:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)

    # Integers are padded with 0, which mask_zero takes for "nothing here".
    words = [[711, 632, 71], [73, 8, 3215, 55, 927], [83, 91]]
    padded = keras.utils.pad_sequences(words, padding="post")
    embedding = layers.Embedding(5000, 4, mask_zero=True)
    print(padded, "\nmask of the embedding:\n", ops.convert_to_numpy(embedding.compute_mask(padded)).astype(int))
    encoded = layers.LSTM(3)(embedding(padded))
    short = layers.LSTM(3)
    same = short(embedding(padded[:1, :3])), short(embedding(padded[:1]))
    print("padding changes nothing:", np.allclose(*(ops.convert_to_numpy(value) for value in same), atol=1e-6), encoded.shape)

    # Series of numbers are padded with a value that does not occur.
    count, longest = 1500, 20
    lengths = rng.integers(4, longest, count)
    series = [rng.normal(rng.normal(0, 0.5), 1, (length, 1)) for length in lengths]
    x = keras.utils.pad_sequences(series, maxlen=longest, dtype="float32", padding="post", value=PADDING)
    y = np.array([float(part.mean() > 0) for part in series], "float32")
    inputs = keras.Input(shape=(longest, 1))
    hidden = layers.Masking(PADDING)(inputs)
    hidden = layers.GRU(8, return_sequences=True)(hidden)
    hidden = MeanOverTime()(hidden)
    model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(hidden))
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    model.fit(x[:1200], y[:1200], epochs=10, batch_size=50, verbose=0)
    accuracy = model.evaluate(x[1200:], y[1200:], verbose=0)[1]
    more = np.pad(x[1200:], [(0, 0), (0, 5), (0, 0)], constant_values=PADDING)[:, -longest:]
    print(f"is the mean positive? {accuracy:.3f} right, of {np.mean(y[1200:]):.3f} that are; padded further: {more.shape}")
    return accuracy


if __name__ == "__main__":
    main()
