"""A siamese network: are these two images the same digit?

One encoder is called on both images; the distance of the codes decides. The contrastive loss pulls equal pairs together
and pushes others apart until their distance is at least the margin (Hadsell et al., 2006). Training has seven of the ten
digits; the other three show how much of what was learned holds for classes that are new.

Run: python examples/guides/siamese_network.py
"""

import numpy as np
from sample_data import digits

import glassworks as keras

layers, ops = keras.layers, keras.ops
MARGIN = 1.0


def pairs(x, y, count, rng):
    """As many pairs of one digit as of two, with 1 for one digit."""
    first = rng.integers(len(x), size=count)
    same = (np.arange(count) % 2).astype("float32")
    second = np.array([rng.choice(np.flatnonzero((y == y[i]) == bool(s))) for i, s in zip(first, same, strict=True)])
    return [x[first], x[second]], same


def distance(codes):
    a, b = codes
    return ops.sqrt(ops.sum(ops.square(a - b), axis=1, keepdims=True) + 1e-6)


def contrastive(y_true, y_pred):
    far = ops.square(ops.maximum(MARGIN - y_pred, 0.0))
    return ops.mean(y_true * ops.square(y_pred) + (1 - y_true) * far)


def main() -> float:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    (x, y), (x_test, y_test) = digits()
    known, known_test = y < 7, y_test < 7

    encoder = keras.Sequential(
        [
            keras.Input(shape=(8, 8, 1)),
            layers.Conv2D(24, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(8),
        ],
        name="encoder",
    )
    left, right = keras.Input(shape=(8, 8, 1), name="left"), keras.Input(shape=(8, 8, 1), name="right")
    apart = layers.Lambda(distance, output_shape=(1,), name="distance")([encoder(left), encoder(right)])
    model = keras.Model([left, right], apart)
    model.compile(keras.optimizers.Adam(0.003), loss=contrastive)
    images, same = pairs(x[known], y[known], 3000, rng)
    model.fit(images, same, epochs=8, batch_size=64, verbose=0)

    print(f"{len(same)} pairs of the digits 0 to 6, {same.mean():.0%} of them of one digit")

    scores = {}
    for name, chosen in (("known", known_test), ("unknown", ~known_test)):
        images, same = pairs(x_test[chosen], y_test[chosen], 600, rng)
        distances = model.predict(images, verbose=0)[:, 0]
        scores[name] = float(np.mean((distances < MARGIN / 2) == (same == 1)))
        print(
            f"{name} digits: {scores[name]:.3f} of the pairs judged right; mean distance {distances[same == 1].mean():.2f} of equal ones, "
            f"{distances[same == 0].mean():.2f} of others"
        )
    return scores["known"]


if __name__ == "__main__":
    main()
