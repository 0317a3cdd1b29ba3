"""The callbacks that most programs use: stop early, keep the best, lower the rate, log to a file, act on events.

Run: python examples/guides/callbacks.py
"""

import csv
import tempfile
from pathlib import Path

import numpy as np
from sample_data import digits

import glassworks as keras


def warm_up(epoch, rate):
    """Grow for three epochs, then keep what there is."""
    return 0.001 * (epoch + 1) if epoch < 3 else rate


def main() -> float:
    keras.utils.set_random_seed(0)
    (x, y), (x_test, y_test) = digits(flat=True)
    model = keras.Sequential(
        [keras.Input(shape=(64,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10, activation="softmax")]
    )
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])

    with tempfile.TemporaryDirectory() as folder:
        best, log = Path(folder) / "best.keras", Path(folder) / "log.csv"
        events = []
        stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=6, min_delta=1e-3, restore_best_weights=True, start_from_epoch=5)
        lower = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=2, min_lr=1e-4)
        callbacks = [
            keras.callbacks.LearningRateScheduler(warm_up),
            lower,
            stop,
            keras.callbacks.ModelCheckpoint(str(best), monitor="val_accuracy", mode="max", save_best_only=True),
            keras.callbacks.CSVLogger(str(log)),
            keras.callbacks.TerminateOnNaN(),
            keras.callbacks.LambdaCallback(
                on_train_begin=lambda logs: events.append("begin"),
                on_epoch_end=lambda epoch, logs: events.append(round(logs["val_accuracy"], 2)),
                on_train_end=lambda logs: events.append("end"),
            ),
        ]
        history = model.fit(x, y, epochs=40, validation_split=0.2, callbacks=callbacks, verbose=0)
        with log.open(newline="") as file:
            rows = list(csv.DictReader(file))
        loaded = keras.models.load_model(best)
        accuracy = loaded.evaluate(x_test, y_test, verbose=0)[1]

    print("events:", events[:4], "...", events[-1])
    print("learning rates:", [float(f"{rate:.2g}") for rate in history.history["learning_rate"]][:8], "...")
    print(f"epochs: {len(history.epoch)}, stopped at {stop.stopped_epoch}, best {stop.best_epoch}, best loss {float(stop.best):.4f}")
    print("columns of the log:", list(rows[0]), "rows:", len(rows))
    print(
        f"the epoch with the best validation accuracy, {np.max(history.history['val_accuracy']):.3f}, reaches {accuracy:.3f} on the test part"
    )
    return accuracy


if __name__ == "__main__":
    main()
