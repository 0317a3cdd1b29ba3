"""A small vision transformer: an image as a sequence of patches that attend to each other.

A layer of one's own cuts the image into patches; each is projected to a vector and gets an embedding of its place. The
attention weights say at which patches the network looks.

Run: python examples/guides/vision_transformer.py
"""

import numpy as np
from sample_data import digits

import glassworks as keras

layers, ops = keras.layers, keras.ops
PATCH, WIDTH = 2, 32


class Patches(layers.Layer):
    """Projects patches of an image to vectors, and adds where each one is."""

    def __init__(self, patch, width, **kwargs):
        super().__init__(**kwargs)
        self.patch = patch
        self.projection = layers.Dense(width)
        self.width = width

    def build(self, input_shape):
        self.count = (input_shape[1] // self.patch) * (input_shape[2] // self.patch)
        self.size = self.patch * self.patch * input_shape[3]
        self.positions = self.add_weight(shape=(self.count, self.width), initializer="random_normal", name="positions")
        self.projection.build((None, self.count, self.size))

    def call(self, images):
        rows, columns = images.shape[1] // self.patch, images.shape[2] // self.patch
        x = ops.reshape(images, (-1, rows, self.patch, columns, self.patch, images.shape[3]))
        x = ops.reshape(ops.transpose(x, (0, 1, 3, 2, 4, 5)), (-1, self.count, self.size))
        return self.projection(x) + self.positions


def block(x, heads=2, rate=0.1):
    y = layers.LayerNormalization(epsilon=1e-6)(x)
    y = layers.MultiHeadAttention(heads, WIDTH // heads, dropout=rate)(y, y)
    x = layers.Add()([x, y])
    y = layers.LayerNormalization(epsilon=1e-6)(x)
    y = layers.Dense(2 * WIDTH, activation="gelu")(y)
    y = layers.Dense(WIDTH)(layers.Dropout(rate)(y))
    return layers.Add()([x, y])


def main() -> float:
    keras.utils.set_random_seed(0)
    (x, y), (x_test, y_test) = digits()
    inputs = keras.Input(shape=(8, 8, 1))
    hidden = Patches(PATCH, WIDTH)(inputs)
    print("patches:", hidden.shape)
    for _ in range(2):
        hidden = block(hidden)
    hidden = layers.LayerNormalization(epsilon=1e-6)(hidden)
    hidden = layers.GlobalAveragePooling1D()(hidden)
    model = keras.Model(inputs, layers.Dense(10, activation="softmax")(hidden))
    optimizer = keras.optimizers.AdamW(0.003, weight_decay=1e-3)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=7, batch_size=64, verbose=0)
    accuracy = model.evaluate(x_test, y_test, verbose=0)[1]

    attention = next(layer for layer in model.layers if isinstance(layer, layers.MultiHeadAttention))
    before = keras.Model(inputs, attention.input[0] if isinstance(attention.input, list) else attention.input)
    values = before.predict(x_test[:1], verbose=0)
    _, scores = attention(values, values, return_attention_scores=True)
    print("attention of the first head to the 4 x 4 patches, averaged over all patches:")
    print(np.round(np.asarray(scores)[0, 0].mean(axis=0).reshape(4, 4), 2))
    print(f"test accuracy {accuracy:.3f}")
    return accuracy


if __name__ == "__main__":
    main()
