"""Files: a whole model, its weights alone, its architecture alone, and a training that goes on where it was interrupted.

Run: python examples/guides/save_and_resume.py
"""

import tempfile
from pathlib import Path

import numpy as np
from sample_data import digits

import glassworks as keras


def make_model():
    model = keras.Sequential(
        [keras.Input(shape=(64,)), keras.layers.Dense(32, activation="relu"), keras.layers.Dropout(0.1), keras.layers.Dense(10)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(3e-3), loss, metrics=["accuracy"])
    return model


class PowerCut(keras.callbacks.Callback):
    """Ends the training in the middle of an epoch."""

    def on_train_batch_end(self, batch, logs=None):
        if self.model.optimizer.iterations == 200:
            raise KeyboardInterrupt


def main() -> float:
    keras.utils.set_random_seed(0)
    (x, y), (x_test, y_test) = digits(flat=True)
    model = make_model()
    model.fit(x, y, epochs=4, verbose=0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # The whole model: architecture, weights, compile settings and the optimizer's state. Training goes on.
        model.save(folder / "model.keras")
        loaded = keras.models.load_model(folder / "model.keras")
        same = np.array_equal(model.predict(x_test, verbose=0), loaded.predict(x_test, verbose=0))
        print("the loaded model answers the same:", same, "and has made", int(loaded.optimizer.iterations), "steps")
        loaded.fit(x, y, epochs=2, verbose=0)

        # Weights alone, into a model that was made by the same code.
        loaded.save_weights(folder / "model.weights.h5")
        fresh = make_model()
        fresh.load_weights(folder / "model.weights.h5")
        print("by weights alone:", np.allclose(fresh.predict(x_test, verbose=0), loaded.predict(x_test, verbose=0)))

        # The architecture alone has new weights.
        copy = keras.models.model_from_json(model.to_json())
        print("by JSON alone:", [layer.name for layer in copy.layers], copy.count_params(), "parameters")

        # A training that is interrupted: the same call again goes on after the last complete epoch.
        backup = keras.callbacks.BackupAndRestore(str(folder / "backup"))
        interrupted = make_model()
        try:
            interrupted.fit(x, y, epochs=12, callbacks=[backup, PowerCut()], verbose=0)
        except KeyboardInterrupt:
            print("interrupted after", int(interrupted.optimizer.iterations), "steps")
        again = make_model()
        history = again.fit(x, y, epochs=12, callbacks=[keras.callbacks.BackupAndRestore(str(folder / "backup"))], verbose=0)
        print("the second run began with epoch", history.epoch[0], "and made", int(again.optimizer.iterations), "steps in all")
        accuracy = again.evaluate(x_test, y_test, verbose=0)[1]
    print(f"test accuracy {accuracy:.3f}")
    return accuracy


if __name__ == "__main__":
    main()
