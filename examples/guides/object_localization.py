"""Object localization: what is in the image, and where? One network with a class and a box as outputs.

The box is four numbers from 0 to 1: centre, width and height. Its quality is the overlap of the predicted and the true box
(intersection over union).

Run: python examples/guides/object_localization.py
"""

import numpy as np
from sample_data import digits

import glassworks as keras

layers = keras.layers
SIZE = 20


def scenes(images, labels, count, rng):
    """A digit somewhere on a larger canvas with noise, in one of two sizes; its class and its box."""
    canvases, boxes, chosen = [], [], rng.integers(len(images), size=count)
    for i in chosen:
        digit = images[i, :, :, 0] if rng.random() < 0.5 else np.kron(images[i, :, :, 0], np.ones((2, 2)))[1:15, 1:15]
        side = len(digit)
        row, column = rng.integers(SIZE - side + 1, size=2)
        canvas = rng.uniform(0, 0.15, (SIZE, SIZE))
        canvas[row : row + side, column : column + side] += digit
        canvases.append(np.minimum(canvas, 1))
        boxes.append([(row + side / 2) / SIZE, (column + side / 2) / SIZE, side / SIZE, side / SIZE])
    return np.array(canvases, "float32")[..., None], {"digit": labels[chosen], "box": np.array(boxes, "float32")}


def overlap(a, b):
    """Intersection over union of boxes, row by row."""
    low = np.maximum(a[:, :2] - a[:, 2:] / 2, b[:, :2] - b[:, 2:] / 2)
    high = np.minimum(a[:, :2] + a[:, 2:] / 2, b[:, :2] + b[:, 2:] / 2)
    common = np.prod(np.maximum(high - low, 0), axis=1)
    return common / (np.prod(a[:, 2:], axis=1) + np.prod(b[:, 2:], axis=1) - common)


def make_model():
    inputs = keras.Input(shape=(SIZE, SIZE, 1))
    x = layers.Conv2D(12, 3, strides=2, activation="relu")(inputs)
    x = layers.Conv2D(24, 3, strides=2, activation="relu")(x)
    x = layers.Flatten()(x)
    x = layers.Dense(64, activation="relu")(x)
    outputs = {
        "digit": layers.Dense(10, activation="softmax", name="digit")(x),
        "box": layers.Dense(4, activation="sigmoid", name="box")(x),
    }
    return keras.Model(inputs, outputs)


def main() -> float:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    (x, y), (x_test, y_test) = digits()
    (images, answers), (images_test, answers_test) = scenes(x, y, 2500, rng), scenes(x_test, y_test, 300, rng)
    model = make_model()
    model.compile(
        keras.optimizers.Adam(0.003),
        loss={"digit": "sparse_categorical_crossentropy", "box": keras.losses.Huber(0.1)},
        loss_weights={"digit": 1.0, "box": 20.0},
        metrics={"digit": "accuracy"},
    )
    model.fit(images, answers, epochs=10, batch_size=64, verbose=0)
    predicted = model.predict(images_test, verbose=0)
    right = float(np.mean(predicted["digit"].argmax(axis=1) == answers_test["digit"]))
    quality = overlap(predicted["box"], answers_test["box"])
    mean_box = np.broadcast_to(answers["box"].mean(axis=0), predicted["box"].shape)
    print("a true box:", np.round(answers_test["box"][0], 2), "predicted:", np.round(predicted["box"][0], 2))
    print(
        f"{right:.3f} of the digits right; mean overlap {quality.mean():.3f}, that of the mean box {overlap(mean_box, answers_test['box']).mean():.3f}"
    )
    print(f"{np.mean(quality > 0.5):.0%} of the boxes overlap by more than half")
    return float(quality.mean())


if __name__ == "__main__":
    main()
