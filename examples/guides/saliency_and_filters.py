"""Gradients with respect to the input: which pixels decide, and which image excites a filter most.

The same tape that gives gradients for weights gives them for images. A saliency map is the gradient of a class score; an
image that excites a filter is found by climbing along the gradient.

Run: python examples/guides/saliency_and_filters.py
"""

import numpy as np
from sample_data import digits

import glassworks as tf

keras = tf.keras
layers = keras.layers


def saliency(model, images, classes):
    """The size of the gradient of each image's class score, pixel by pixel."""
    x = tf.convert_to_tensor(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        scores = tf.reduce_sum(model(x) * tf.one_hot(classes, 10))
    return np.abs(np.asarray(tape.gradient(scores, x)))


def exciting_image(extractor, channel, steps=30):
    """An image for which a filter is as active as possible, from noise, with pixels from 0 to 1."""
    image = tf.Variable(tf.random.uniform((1, 8, 8, 1), 0.4, 0.6))
    activity = []
    for _ in range(steps):
        with tf.GradientTape() as tape:
            value = tf.reduce_mean(extractor(image)[..., channel]) - 0.05 * tf.reduce_mean(tf.square(image))
        gradient = tape.gradient(value, image)
        gradient = gradient / (tf.norm(gradient) + 1e-8)
        image.assign(tf.clip_by_value(image + 0.3 * gradient, 0.0, 1.0))
        activity.append(float(value))
    return np.asarray(image)[0, :, :, 0], activity


def show(*pictures):
    for row in range(8):
        print("   ".join("".join(2 * " .:-=+*#%@"[int(np.clip(v, 0, 0.99) * 10)] for v in picture[row]) for picture in pictures))


def main() -> float:
    keras.utils.set_random_seed(0)
    (x, y), (x_test, y_test) = digits()
    model = keras.Sequential(
        [
            keras.Input(shape=(8, 8, 1)),
            layers.Conv2D(8, 3, activation="relu", name="edges"),
            layers.Conv2D(16, 3, activation="relu", name="corners"),
            layers.Flatten(),
            layers.Dense(10),
        ]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    model.fit(x, y, epochs=6, batch_size=32, verbose=0)
    print(f"test accuracy {model.evaluate(x_test, y_test, verbose=0)[1]:.3f}")

    maps = saliency(model, x_test, y_test)
    show(x_test[0, :, :, 0], maps[0, :, :, 0] / maps[0].max())

    # If the maps are right, hiding the most salient pixels hurts more than hiding as many others.
    def hidden(order):
        changed = x_test.reshape(len(x_test), -1).copy()
        np.put_along_axis(changed, order[:, :12], 0.0, axis=1)
        return model.evaluate(changed.reshape(x_test.shape), y_test, verbose=0)[1]

    rng = np.random.default_rng(0)
    salient = hidden(np.argsort(-(maps * x_test).reshape(len(maps), -1), axis=1))
    others = hidden(np.stack([rng.permutation(np.flatnonzero(image.ravel() > 0.2))[:12] for image in x_test]))
    print(f"accuracy without the 12 most salient pixels {salient:.3f}, without 12 others that are drawn {others:.3f}")

    extractor = keras.Model(model.inputs, model.get_layer("corners").output)
    image, activity = exciting_image(extractor, channel=3)
    show(image)
    print(f"the filter's mean activity rises from {activity[0]:.3f} to {activity[-1]:.3f}")
    return float(others - salient)


if __name__ == "__main__":
    main()
