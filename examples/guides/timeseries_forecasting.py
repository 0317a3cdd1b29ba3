"""Forecasting a series: sliding windows, and three networks that read them.

The series is a sum of a trend, two seasons and noise. Each network reads 30 values and says the next one: a dense layer
(a linear model), a GRU, and convolutions over time. The split is by time, and the scale comes from the training part.

Run: python examples/guides/timeseries_forecasting.py
"""

import numpy as np
from sample_data import r_squared

import glassworks as keras

layers = keras.layers
WINDOW, TRAIN, VALIDATION = 30, 1400, 1700


def series(length, rng):
    t = np.arange(length)
    level = 0.002 * t + np.sin(2 * np.pi * t / 11) * (1 + 0.5 * np.sin(2 * np.pi * t / 180))
    return (10 + 3 * level + rng.normal(0, 0.3, length)).astype("float32")


def windows(scaled, start, stop, **options):
    """Batches of (WINDOW values, the value that follows), for the values from start to stop."""
    past, targets = scaled[start - WINDOW : stop - 1], scaled[start:stop]
    return keras.utils.timeseries_dataset_from_array(past[:, None], targets, sequence_length=WINDOW, batch_size=64, **options)


NETWORKS = {
    "linear": lambda: [layers.Flatten(), layers.Dense(1)],
    "GRU": lambda: [layers.GRU(16), layers.Dense(1)],
    "Conv1D": lambda: [
        layers.Conv1D(16, 5, padding="causal", activation="relu"),
        layers.Conv1D(16, 5, padding="causal", dilation_rate=4, activation="relu"),
        layers.Flatten(),
        layers.Dense(1),
    ],
}


def main() -> float:
    keras.utils.set_random_seed(0)
    values = series(2000, np.random.default_rng(0))
    mean, spread = values[:TRAIN].mean(), values[:TRAIN].std()
    scaled = (values - mean) / spread
    x, y = next(iter(windows(scaled, WINDOW, TRAIN)))
    print("a batch of windows:", x.shape, "and of targets:", y.shape)

    truth = scaled[VALIDATION:]
    print(f"the value of the step before: {r_squared(truth, scaled[VALIDATION - 1 : -1]):.3f} of the variance")
    scores = {}
    for name, network in NETWORKS.items():
        model = keras.Sequential([keras.Input(shape=(WINDOW, 1)), *network()], name=name.lower())
        model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
        stop = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
        train, validation = windows(scaled, WINDOW, TRAIN, shuffle=True, seed=1), windows(scaled, TRAIN, VALIDATION)
        history = model.fit(train, validation_data=validation, epochs=15, callbacks=[stop], verbose=0)
        scores[name] = r_squared(truth, model.predict(windows(scaled, VALIDATION, len(scaled)), verbose=0))
        print(f"{name}: {scores[name]:.3f} of the variance after {len(history.epoch)} epochs")

    # A forecast of several steps: each answer becomes the newest value of the window.
    window = scaled[VALIDATION - WINDOW : VALIDATION]
    ahead = []
    for _ in range(5):
        ahead.append(float(model.predict(window[None, -WINDOW:, None], verbose=0)[0, 0]))
        window = np.append(window, np.float32(ahead[-1]))
    print("five steps ahead:", np.round(np.array(ahead) * spread + mean, 1), "true:", np.round(values[VALIDATION : VALIDATION + 5], 1))
    return scores["Conv1D"]


if __name__ == "__main__":
    main()
