"""A convolutional autoencoder that removes noise from images.

The encoder halves the image and keeps a few channels, the decoder draws it again. Noise does not fit through the narrow
part, so what comes out has less of it than what went in.

Run: python examples/guides/denoising_autoencoder.py
"""

import numpy as np
from sample_data import digits

import glassworks as keras

layers = keras.layers


def make_encoder():
    return keras.Sequential(
        [
            keras.Input(shape=(8, 8, 1)),
            layers.Conv2D(16, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(padding="same"),
            layers.Conv2D(8, 3, activation="relu", padding="same"),
        ],
        name="encoder",
    )


def make_decoder():
    return keras.Sequential(
        [
            keras.Input(shape=(4, 4, 8)),
            layers.Conv2DTranspose(16, 3, strides=2, activation="relu", padding="same"),
            layers.Conv2D(1, 3, activation="sigmoid", padding="same"),
        ],
        name="decoder",
    )


def show(*images):
    """Images side by side, drawn with characters."""
    shades = " .:-=+*#%@"
    for row in range(8):
        print("   ".join("".join(2 * shades[int(np.clip(image[row, column, 0], 0, 0.99) * 10)] for column in range(8)) for image in images))


def main() -> float:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    (x, _), (x_test, _) = digits()
    noisy, noisy_test = (np.clip(part + rng.normal(0, 0.35, part.shape), 0, 1).astype("float32") for part in (x, x_test))

    inputs = keras.Input(shape=(8, 8, 1))
    encoder, decoder = make_encoder(), make_decoder()
    model = keras.Model(inputs, decoder(encoder(inputs)), name="autoencoder")
    model.compile(keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["mse"])
    model.fit(noisy, x, epochs=8, batch_size=64, validation_data=(noisy_test, x_test), verbose=0)

    cleaned = model.predict(noisy_test, verbose=0)
    print("code of an image:", encoder.predict(noisy_test[:1], verbose=0).shape[1:])
    show(x_test[0], noisy_test[0], cleaned[0])
    before, after = np.mean((noisy_test - x_test) ** 2), np.mean((cleaned - x_test) ** 2)
    mean_image = np.mean((x.mean(axis=0) - x_test) ** 2)
    print(f"squared error: {before:.4f} with noise, {after:.4f} cleaned, {mean_image:.4f} for the mean of all images")
    return float(1 - after / min(before, mean_image))


if __name__ == "__main__":
    main()
