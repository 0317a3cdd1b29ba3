"""Image augmentation as layers of the model: random shifts, turns, zooms and noise, in training only.

Each epoch sees other versions of the images, so that few images last longer. In `predict` and `evaluate` the layers let
the images pass unchanged.

Run: python examples/guides/image_augmentation.py
"""

import numpy as np
from sample_data import digits

import glassworks as keras

layers = keras.layers


def augmentation():
    return keras.Sequential(
        [
            layers.RandomTranslation(0.12, 0.12, fill_mode="constant", seed=1),
            layers.RandomRotation(0.03, fill_mode="constant", seed=2),
            layers.RandomZoom(0.1, fill_mode="constant", seed=3),
            layers.GaussianNoise(0.05, seed=4),
        ],
        name="augmentation",
    )


def make_model(augmented):
    return keras.Sequential(
        [
            keras.Input(shape=(8, 8, 1)),
            *([augmentation()] if augmented else []),
            layers.Conv2D(16, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def main() -> float:
    (x, y), (x_test, y_test) = digits()
    few, labels = x[:200], y[:200]
    keras.utils.set_random_seed(0)
    layer = augmentation()
    changed = np.asarray(layer(x[:1], training=True))
    print(
        "changed in training:",
        bool(np.abs(changed - x[:1]).max() > 0.1),
        "in use:",
        bool(np.abs(np.asarray(layer(x[:1], training=False)) - x[:1]).max() > 0),
    )
    for before, after in zip(x[0, :, :, 0], changed[0, :, :, 0], strict=True):
        print("".join(" .:-=+*#%@"[int(np.clip(v, 0, 0.99) * 10)] * 2 for v in (*before, 0, 0, *after)))

    # The test digits are shifted, as they would be in photographs that nobody centred.
    shifted = np.stack(
        [np.roll(image, shift, axis=(0, 1)) for image, shift in zip(x_test, np.tile([(0, 1), (1, 0), (0, -1)], (120, 1)), strict=False)]
    )
    scores = {}
    for augmented in (False, True):
        keras.utils.set_random_seed(0)
        model = make_model(augmented)
        model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(few, labels, epochs=30, batch_size=20, verbose=0)
        scores[augmented] = model.evaluate(shifted, y_test, verbose=0)[1]
        print(f"{'with' if augmented else 'without'} augmentation: {scores[augmented]:.3f} of the shifted test digits")
    return scores[True]


if __name__ == "__main__":
    main()
