"""A small transformer that classifies texts: embeddings of words and places, attention, and a feed-forward block.

Run: python examples/guides/transformer_classifier.py
"""

import numpy as np
from sample_data import sentences

import glassworks as keras

layers, ops = keras.layers, keras.ops
LENGTH, WORDS, WIDTH = 20, 80, 24


class TransformerBlock(layers.Layer):
    """Self-attention and two dense layers, each with a residual connection and a normalisation."""

    def __init__(self, width, heads, hidden, rate=0.1, **kwargs):
        super().__init__(**kwargs)
        self.attention = layers.MultiHeadAttention(num_heads=heads, key_dim=width // heads)
        self.feed_forward = keras.Sequential([layers.Dense(hidden, activation="gelu"), layers.Dense(width)])
        self.norms = [layers.LayerNormalization(epsilon=1e-6), layers.LayerNormalization(epsilon=1e-6)]
        self.dropouts = [layers.Dropout(rate), layers.Dropout(rate)]

    def call(self, inputs, training=None):
        attended = self.dropouts[0](self.attention(inputs, inputs), training=training)
        x = self.norms[0](inputs + attended)
        return self.norms[1](x + self.dropouts[1](self.feed_forward(x), training=training))


class TokenAndPosition(layers.Layer):
    """The sum of an embedding of the word and one of its place."""

    def __init__(self, length, words, width, **kwargs):
        super().__init__(**kwargs)
        self.tokens = layers.Embedding(words, width, mask_zero=True)
        self.positions = layers.Embedding(length, width)

    def call(self, inputs):
        return self.tokens(inputs) + self.positions(ops.arange(ops.shape(inputs)[-1]))

    def compute_mask(self, inputs, mask=None):
        return self.tokens.compute_mask(inputs)


def main() -> float:
    keras.utils.set_random_seed(0)
    texts, labels = sentences(1600)
    vectorize = layers.TextVectorization(max_tokens=WORDS, output_sequence_length=LENGTH)
    vectorize.adapt(texts)
    x = np.asarray(vectorize(texts))
    print(repr(str(texts[0])), "->", x[0][:10], "label", labels[0])

    inputs = keras.Input(shape=(LENGTH,), dtype="int32")
    hidden = TokenAndPosition(LENGTH, WORDS, WIDTH)(inputs)
    hidden = TransformerBlock(WIDTH, heads=2, hidden=32)(hidden)
    hidden = layers.GlobalAveragePooling1D()(hidden)
    hidden = layers.Dropout(0.1)(hidden)
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(hidden))
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.summary()
    model.fit(x[:1200], labels[:1200], epochs=8, batch_size=50, validation_data=(x[1200:], labels[1200:]), verbose=0)
    accuracy = model.evaluate(x[1200:], labels[1200:], verbose=0)[1]
    for text in ["the plot was not dull", "the plot was not clever"]:
        good = model.predict(np.asarray(vectorize(np.array([text]))), verbose=0)[0, 1]
        print(f"{text!r}: {good:.0%} positive")
    print(f"accuracy {accuracy:.3f}")
    return accuracy


if __name__ == "__main__":
    main()
