"""A stateful RNN: a series that is longer than a batch, whose state goes on from one window to the next.

Eight machines send a value per second. A high pulse switches a lamp on and a low one switches it off. Pulses are rare:
most windows of ten seconds have none, so a window alone does not say whether the lamp is on. A stateful layer keeps its state
between batches; row i of a batch goes on where row i of the batch before ended. (Keras on JAX does not keep the state in
`fit`; on its other backends this runs as here.)

Run: python examples/guides/stateful_rnn.py
"""

import numpy as np

import glassworks as keras

MACHINES, WINDOW, WINDOWS = 8, 10, 60


def machines(rng):
    """Values and lamps of shape (machines, seconds, 1)."""
    seconds = WINDOW * WINDOWS
    pulses = rng.choice([0, 1, -1], p=[0.95, 0.025, 0.025], size=(MACHINES, seconds))
    lamp = np.zeros((MACHINES, seconds))
    for t in range(seconds):
        before = lamp[:, t - 1] if t else np.zeros(MACHINES)
        lamp[:, t] = np.where(pulses[:, t] == 0, before, pulses[:, t] > 0)
    values = pulses + rng.normal(0, 0.15, pulses.shape)
    return values[..., None].astype("float32"), lamp[..., None].astype("float32")


def in_batches(series):
    """Window after window, with the machines as the rows of a batch."""
    return series.reshape(MACHINES, WINDOWS, WINDOW, 1).swapaxes(0, 1).reshape(-1, WINDOW, 1)


class FreshStart(keras.callbacks.Callback):
    """Forgets the state at the start of each epoch and of each evaluation."""

    def on_epoch_begin(self, epoch, logs=None):
        self.model.layers[0].reset_state()

    def on_test_begin(self, logs=None):
        self.model.layers[0].reset_state()


def accuracy_with(stateful, data, data_test):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input(batch_shape=(MACHINES, WINDOW, 1)),
            keras.layers.GRU(12, return_sequences=True, stateful=stateful),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    model.fit(*data, epochs=12, batch_size=MACHINES, shuffle=False, callbacks=[FreshStart()] if stateful else [], verbose=0)
    return model.evaluate(*data_test, batch_size=MACHINES, callbacks=[FreshStart()] if stateful else [], verbose=0)[1]


def main() -> float:
    rng = np.random.default_rng(0)
    data, data_test = ([in_batches(part) for part in machines(rng)] for _ in range(2))
    lit = float(data_test[1].mean())
    print(f"lamps are on {lit:.0%} of the time, so a constant answer is right {max(lit, 1 - lit):.0%} of the time")
    without, with_state = (accuracy_with(stateful, data, data_test) for stateful in (False, True))
    print(f"each window by itself: {without:.3f}")
    print(f"the state goes on: {with_state:.3f}")
    return with_state


if __name__ == "__main__":
    main()
