"""Segmentation with a small U-Net: a class for each pixel.

The left half of the U makes the image smaller and sees what is where, the right half makes it larger again; the bridges
between both bring back the exact edges. Images have a disc and a square on a noisy ground.

Run: python examples/guides/unet_segmentation.py
"""

import numpy as np

import glassworks as keras

layers = keras.layers
SIZE, CLASSES = 16, 3


def scenes(count, rng):
    """Images, and for each pixel 0 (ground), 1 (disc) or 2 (square)."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    images, masks = [], []
    for _ in range(count):
        mask = np.zeros((SIZE, SIZE), int)
        row, column, side = rng.integers(1, 9, 2).tolist() + [rng.integers(4, 7)]
        mask[row : row + side, column : column + side] = 2
        centre, radius = rng.uniform(4, 12, 2), rng.uniform(2, 3.5)
        mask[(rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 < radius**2] = 1
        images.append(np.choose(mask, [0.2, 0.55, 0.8]) + rng.normal(0, 0.12, mask.shape))
        masks.append(mask)
    return np.array(images, "float32")[..., None], np.array(masks)


def double_convolution(x, filters):
    for _ in range(2):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu", kernel_initializer="he_normal")(x)
    return x


def make_model():
    inputs = keras.Input(shape=(SIZE, SIZE, 1))
    x, bridges = inputs, []
    for filters in (8, 12):
        x = double_convolution(x, filters)
        bridges.append(x)
        x = layers.MaxPooling2D()(x)
    x = double_convolution(x, 16)
    for filters, bridge in ((12, bridges[1]), (8, bridges[0])):
        x = layers.UpSampling2D()(x)
        x = layers.Concatenate()([x, bridge])
        x = double_convolution(x, filters)
    return keras.Model(inputs, layers.Conv2D(CLASSES, 1, activation="softmax")(x), name="unet")


def main() -> float:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    (x, y), (x_test, y_test) = scenes(300, rng), scenes(60, rng)
    model = make_model()
    overlap = keras.metrics.MeanIoU(num_classes=CLASSES, sparse_y_pred=False, name="overlap")
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy", overlap])
    model.fit(x, y, epochs=8, batch_size=20, verbose=0)
    loss, accuracy, score = model.evaluate(x_test, y_test, verbose=0)
    print(f"loss {loss:.3f}; {accuracy:.3f} of the pixels right, {np.mean(y_test == 0):.3f} of them are ground; mean overlap {score:.3f}")
    answer = model.predict(x_test[:1], verbose=0)[0].argmax(axis=-1)
    for true, given in zip(y_test[0], answer, strict=True):
        print("".join(".o#"[c] for c in true) + "    " + "".join(".o#"[c] for c in given))
    return float(score)


if __name__ == "__main__":
    main()
