"""A variational autoencoder: a code that is a distribution, so that new digits can be drawn from it.

The encoder gives a mean and a log-variance; a sampling layer draws a code and adds the Kullback-Leibler divergence from
the standard normal distribution to the loss. Then random codes give images that look like digits.

Run: python examples/guides/variational_autoencoder.py
"""

import numpy as np
from sample_data import digits

import glassworks as keras

layers, ops = keras.layers, keras.ops
CODE = 4


class Sampling(layers.Layer):
    """Draws a code from the distribution of each image, and adds its divergence to the loss."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(1)

    def call(self, inputs):
        mean, log_variance = inputs
        divergence = -0.5 * ops.sum(1 + log_variance - ops.square(mean) - ops.exp(log_variance), axis=1)
        self.add_loss(ops.mean(divergence))
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * noise


def reconstruction(y_true, y_pred):
    """The cross-entropy of all pixels of an image together."""
    return ops.sum(keras.losses.binary_crossentropy(y_true[..., None], y_pred[..., None]), axis=-1)


def main() -> float:
    keras.utils.set_random_seed(0)
    (x, y), (x_test, _) = digits(flat=True)

    inputs = keras.Input(shape=(64,))
    hidden = layers.Dense(64, activation="relu")(inputs)
    mean, log_variance = layers.Dense(CODE, name="mean")(hidden), layers.Dense(CODE, name="log_variance")(hidden)
    encoder = keras.Model(inputs, [mean, log_variance, Sampling()([mean, log_variance])], name="encoder")
    decoder = keras.Sequential(
        [keras.Input(shape=(CODE,)), layers.Dense(64, activation="relu"), layers.Dense(64, activation="sigmoid")], name="decoder"
    )
    model = keras.Model(inputs, decoder(encoder(inputs)[2]), name="vae")
    model.compile(keras.optimizers.Adam(0.005), loss=reconstruction)
    history = model.fit(x, x, epochs=20, batch_size=64, verbose=0)
    print("loss:", np.round(history.history["loss"][::5], 1), "->", round(history.history["loss"][-1], 1))

    # What the code keeps: drawn from the means, against the mean image.
    codes = encoder.predict(x_test, verbose=0)[0]
    drawn = decoder.predict(codes, verbose=0)
    gain = 1 - np.mean((drawn - x_test) ** 2) / np.mean((x.mean(axis=0) - x_test) ** 2)
    print(f"codes have mean {codes.mean():.2f} and deviation {codes.std():.2f}; {gain:.0%} of the pixels' variance is redrawn")

    # New digits: each drawn image is near some real one.
    new = decoder.predict(np.random.default_rng(0).normal(size=(8, CODE)).astype("float32"), verbose=0)
    for image in new[:2]:
        print("\n".join("".join(2 * " .:-=+*#%@"[int(min(value, 0.99) * 10)] for value in row) for row in image.reshape(8, 8)))
    nearest = [int(y[np.argmin(((x - image) ** 2).sum(axis=1))]) for image in new]
    print("the eight new images are most like:", nearest)
    return float(gain)


if __name__ == "__main__":
    main()
