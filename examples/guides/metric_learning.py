"""Metric learning with triplets: an anchor shall be nearer to an image of its own class than to one of another.

The model's own `compute_loss` works on triplets; the encoder inside it is what is used afterwards, to search: for each
test image the nearest training image is taken, and its label is the answer.

Run: python examples/guides/metric_learning.py
"""

import numpy as np
from sample_data import digits

import glassworks as keras

layers, ops = keras.layers, keras.ops


class Triplets(keras.Model):
    """Trains an encoder on (anchor, positive, negative)."""

    def __init__(self, encoder, margin=0.4):
        super().__init__()
        self.encoder, self.margin = encoder, margin
        self.right = keras.metrics.Mean(name="right_order")

    def call(self, inputs):
        return ops.stack([self.encoder(image) for image in inputs], axis=1)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        anchor, positive, negative = ops.unstack(y_pred, 3, axis=1)
        near, far = ops.sum(ops.square(anchor - positive), axis=-1), ops.sum(ops.square(anchor - negative), axis=-1)
        self.right.update_state(ops.cast(near < far, "float32"))
        return ops.mean(ops.maximum(near - far + self.margin, 0.0))

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return {**super().compute_metrics(x, y, y_pred, sample_weight), "right_order": self.right.result()}

    @property
    def metrics(self):
        return [*super().metrics, self.right]


def triplets(x, y, count, rng):
    anchor = rng.integers(len(x), size=count)
    positive = np.array([rng.choice(np.flatnonzero(y == y[i])) for i in anchor])
    negative = np.array([rng.choice(np.flatnonzero(y != y[i])) for i in anchor])
    return x[anchor], x[positive], x[negative]


def nearest_label(codes, labels, queries):
    return labels[np.argmax(queries @ codes.T, axis=1)]


def main() -> float:
    keras.utils.set_random_seed(0)
    (x, y), (x_test, y_test) = digits(flat=True)
    encoder = keras.Sequential(
        [keras.Input(shape=(64,)), layers.Dense(48, activation="relu"), layers.Dense(6), layers.UnitNormalization()], name="encoder"
    )
    before = np.mean(nearest_label(encoder.predict(x, verbose=0), y, encoder.predict(x_test, verbose=0)) == y_test)
    model = Triplets(encoder)
    model.compile(keras.optimizers.Adam(0.005))
    history = model.fit(triplets(x, y, 3000, np.random.default_rng(0)), epochs=8, batch_size=64, verbose=0)
    print("share of triplets in the right order:", np.round(history.history["right_order"], 3))
    codes, queries = encoder.predict(x, verbose=0), encoder.predict(x_test, verbose=0)
    after = np.mean(nearest_label(codes, y, queries) == y_test)
    print(
        f"the nearest image has the same label: {before:.3f} before training, {after:.3f} after it, with codes of {codes.shape[1]} numbers"
    )
    closest = np.argsort(-(queries[:1] @ codes.T))[0, :5]
    print(f"a {y_test[0]}, and the labels of the five nearest images: {y[closest]}")
    return float(after)


if __name__ == "__main__":
    main()
