"""A search for hyperparameters by hand: random trials, each stopped early if it falls behind, and the best one again.

The search looks at validation data only. The test data is used once, for the model that was chosen.

Run: python examples/guides/hyperparameter_search.py
"""

import numpy as np
from sample_data import digits

import glassworks as keras

layers = keras.layers
SPACE = {
    "units": [16, 32, 64],
    "depth": [1, 2],
    "activation": ["relu", "tanh", "gelu"],
    "dropout": [0.0, 0.2],
    "rate": [0.001, 0.003, 0.01],
    "optimizer": ["adam", "rmsprop", "nadam"],
}


def build(choice):
    model = keras.Sequential([keras.Input(shape=(64,))])
    for _ in range(choice["depth"]):
        model.add(layers.Dense(choice["units"], activation=choice["activation"]))
        if choice["dropout"]:
            model.add(layers.Dropout(choice["dropout"]))
    model.add(layers.Dense(10, activation="softmax"))
    optimizer = keras.optimizers.get(choice["optimizer"])
    optimizer.learning_rate = choice["rate"]
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class StopBelow(keras.callbacks.Callback):
    """Ends a trial whose accuracy is below the median of the trials before, after the same number of epochs."""

    def __init__(self, earlier):
        super().__init__()
        self.earlier, self.course = earlier, []

    def on_epoch_end(self, epoch, logs=None):
        self.course.append(logs["val_accuracy"])
        others = [course[epoch] for course in self.earlier if len(course) > epoch]
        if epoch >= 1 and len(others) >= 3 and logs["val_accuracy"] < np.median(others):
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        self.earlier.append(self.course)


def main() -> float:
    rng = np.random.default_rng(0)
    (x, y), (x_test, y_test) = digits(flat=True)
    train, validation = (x[:1150], y[:1150]), (x[1150:], y[1150:])
    courses, trials = [], []
    for _ in range(8):
        choice = {name: values[rng.integers(len(values))] for name, values in SPACE.items()}
        keras.utils.set_random_seed(0)
        callback = StopBelow(courses)
        build(choice).fit(*train, validation_data=validation, epochs=6, batch_size=64, callbacks=[callback], verbose=0)
        trials.append((max(callback.course), choice))
        print(f"{trials[-1][0]:.3f} after {len(callback.course)} epochs: {choice}")
    score, best = max(trials, key=lambda trial: trial[0])
    keras.utils.set_random_seed(0)
    model = build(best)
    model.fit(x, y, epochs=12, batch_size=64, verbose=0)
    accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
    print(f"the best of {len(trials)}, {score:.3f} on validation data, reaches {accuracy:.3f} on the test part")
    return accuracy


if __name__ == "__main__":
    main()
