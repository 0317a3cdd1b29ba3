"""Optimise an image instead of the weights: content of one image, style of another (after Gatys et al., 2016).

The image is a variable, and an optimizer changes its pixels. The content loss compares feature maps; the style loss
compares how channels vary together, wherever in the image (the Gram matrix). The features come from random filters,
which are enough for textures of this size.

Run: python examples/guides/input_optimization.py
"""

import numpy as np

import glassworks as tf

keras = tf.keras
SIZE = 24


def disc():
    rows, columns = np.mgrid[:SIZE, :SIZE]
    inside = (rows - SIZE / 2) ** 2 + (columns - SIZE / 2) ** 2 < (SIZE / 3) ** 2
    return np.where(inside, 0.8, 0.3).astype("float32")[None, :, :, None]


def stripes():
    rows, columns = np.mgrid[:SIZE, :SIZE]
    return (0.5 + 0.4 * np.sin(2 * np.pi * (rows + columns) / 6)).astype("float32")[None, :, :, None]


def gram(features):
    """How channels vary together."""
    maps = tf.reshape(features, (-1, features.shape[-1]))
    return tf.matmul(maps, maps, transpose_a=True) / float(SIZE)


def variation(image):
    """How much neighbours differ: noise has much of it."""
    return tf.reduce_mean(tf.square(image[:, 1:] - image[:, :-1])) + tf.reduce_mean(tf.square(image[:, :, 1:] - image[:, :, :-1]))


def main() -> float:
    keras.utils.set_random_seed(0)
    inputs = keras.Input(shape=(SIZE, SIZE, 1))
    first = keras.layers.Conv2D(16, 5, padding="same", activation="relu")(inputs)
    second = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(first)
    features = keras.Model(inputs, [first, second])
    features.trainable = False

    content, style = disc(), stripes()
    content_maps, style_grams = features(content)[1], [gram(maps) for maps in features(style)]
    image = tf.Variable(content)
    optimizer = keras.optimizers.Adam(0.03)

    def losses():
        maps = features(image)
        content_loss = tf.reduce_mean(tf.square(maps[1] - content_maps))
        style_loss = tf.add_n([tf.reduce_mean(tf.square(gram(m) - g)) for m, g in zip(maps, style_grams, strict=True)])
        return content_loss, style_loss

    start = [float(loss) for loss in losses()]
    for step in range(60):
        with tf.GradientTape() as tape:
            content_loss, style_loss = losses()
            loss = content_loss + 0.4 * style_loss + 0.01 * variation(image)
        optimizer.apply_gradients([(tape.gradient(loss, image), image)])
        image.assign(tf.clip_by_value(image, 0.0, 1.0))
        if step % 20 == 0:
            print(f"step {step}: content {float(content_loss):.5f}, style {float(style_loss):.5f}")
    end = [float(loss) for loss in losses()]
    print(f"style loss {start[1]:.5f} -> {end[1]:.5f}, content loss {start[0]:.5f} -> {end[0]:.5f}")
    for row in np.asarray(image)[0, ::2, :, 0]:
        print("".join(" .:-=+*#%@"[int(min(value, 0.99) * 10)] for value in row))
    kept = np.corrcoef(np.asarray(image).ravel(), content.ravel())[0, 1]
    print(f"correlation with the content image {kept:.2f}")
    return 1 - end[1] / start[1]


if __name__ == "__main__":
    main()
