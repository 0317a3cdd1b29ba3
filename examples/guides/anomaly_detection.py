"""Anomalies in a series: an autoencoder that knows normal windows only redraws the others badly.

No labels are needed. The threshold is the largest error on normal windows; what lies above it is an anomaly.

Run: python examples/guides/anomaly_detection.py
"""

import numpy as np

import glassworks as keras

layers = keras.layers
WINDOW = 32


def heartbeat(length, rng):
    """A wave with a sharp peak in every period, and noise."""
    phase = np.arange(length) / 32 * 2 * np.pi
    return (np.sin(phase) + 1.5 * np.exp(8 * (np.cos(phase) - 1)) + rng.normal(0, 0.08, length)).astype("float32")


def with_faults(values, rng):
    """The series with six faults of ten steps each, and where they are."""
    values, faulty = values.copy(), np.zeros(len(values), bool)
    for start in rng.choice(np.arange(20, len(values) - 20, 40), 6, replace=False):
        part = slice(start, start + 10)
        values[part] += rng.choice([-1, 1]) * rng.uniform(0.8, 1.5)
        faulty[part] = True
    return values, faulty


def windows(values):
    return np.lib.stride_tricks.sliding_window_view(values, WINDOW)[..., None].copy()


def make_model():
    return keras.Sequential(
        [
            keras.Input(shape=(WINDOW, 1)),
            layers.Conv1D(16, 7, strides=2, padding="same", activation="relu"),
            layers.Conv1D(4, 7, strides=2, padding="same", activation="relu"),
            layers.Conv1DTranspose(16, 7, strides=2, padding="same", activation="relu"),
            layers.Conv1DTranspose(1, 7, strides=2, padding="same"),
        ]
    )


def main() -> float:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    normal = windows(heartbeat(1500, rng))
    values, faulty = with_faults(heartbeat(600, rng), rng)
    x = windows(values)
    y = windows(faulty.astype("float32")).max(axis=(1, 2)) > 0

    model = make_model()
    model.compile(keras.optimizers.Adam(0.003), loss="mse")
    history = model.fit(normal, normal, epochs=8, batch_size=64, validation_split=0.1, verbose=0)
    print("loss by epoch:", np.round(history.history["loss"], 3))

    errors = np.abs(model.predict(normal, verbose=0) - normal).max(axis=(1, 2))
    threshold = errors.max()
    alarms = np.abs(model.predict(x, verbose=0) - x).max(axis=(1, 2)) > threshold
    precision, recall = np.mean(y[alarms]), np.mean(alarms[y])
    f1 = 2 * precision * recall / (precision + recall)
    print(f"threshold {threshold:.2f}: {alarms.sum()} of {len(x)} windows give an alarm, {y.sum()} have a fault")
    print(
        f"precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}; F1 of an alarm for every window {2 * y.mean() / (1 + y.mean()):.3f}"
    )
    return float(f1)


if __name__ == "__main__":
    main()
