"""Where batches come from: arrays, a generator, a PyDataset, and the same model trained from each.

A PyDataset makes batch number i when asked, so that batches can be shuffled and made by several workers. A generator gives
one batch after the other, and `steps_per_epoch` says where an epoch ends.

Run: python examples/guides/data_sources.py
"""

import math

import numpy as np
from sample_data import digits

import glassworks as keras


class NoisyDigits(keras.utils.PyDataset):
    """Batches of images, each with other noise in each epoch."""

    def __init__(self, x, y, batch_size, noise, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y, self.batch_size, self.noise = x, y, batch_size, noise
        self.epoch, self.order = 0, np.arange(len(x))

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, index):
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        rng = np.random.default_rng([self.epoch, index])
        return self.x[rows] + rng.normal(0, self.noise, self.x[rows].shape).astype("float32"), self.y[rows]

    def on_epoch_end(self):
        self.epoch += 1
        self.order = np.random.default_rng(self.epoch).permutation(len(self.x))


def generator(x, y, batch_size, seed=0):
    """Batches without an end."""
    rng = np.random.default_rng(seed)
    while True:
        rows = rng.integers(len(x), size=batch_size)
        yield x[rows], y[rows]


def make_model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input(shape=(64,)), keras.layers.Dense(32, activation="relu"), keras.layers.Dense(10, activation="softmax")]
    )
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main() -> float:
    (x, y), (x_test, y_test) = digits(flat=True)
    weights = np.where(y == 8, 2.0, 1.0)  # an eight counts twice
    sources = {
        "arrays": ((x, y), {"batch_size": 32, "validation_split": 0.1}),
        "arrays with weights": ((x, y, weights), {"batch_size": 32}),
        "generator": ((generator(x, y, 32),), {"steps_per_epoch": 45, "validation_data": (x_test, y_test)}),
        "PyDataset": ((NoisyDigits(x, y, 32, noise=0.1),), {"validation_data": NoisyDigits(x_test, y_test, 64, noise=0.0)}),
    }
    scores = {}
    for name, (data, options) in sources.items():
        model = make_model()
        if len(data) == 3:
            history = model.fit(data[0], data[1], sample_weight=data[2], epochs=6, verbose=0, **options)
        else:
            history = model.fit(*data, epochs=6, verbose=0, **options)
        scores[name] = model.evaluate(x_test, y_test, verbose=0)[1]
        print(f"{name:20} {sorted(history.history)}, accuracy {scores[name]:.3f}")
    parts = [model.predict(batch, verbose=0).shape for batch in (x_test[:100], NoisyDigits(x_test, y_test, 64, noise=0.0))]
    print("predictions for an array and for a PyDataset:", parts)
    return min(scores.values())


if __name__ == "__main__":
    main()
