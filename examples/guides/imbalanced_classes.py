"""A rare class: weights for classes, an output that starts at the right rate, and scores that do not deceive.

2% of the payments are fraud. A model that never says "fraud" is right 98% of the time, so accuracy says nothing; recall
and precision do. `class_weight` makes a rare sample count as much as the many others together.

Run: python examples/guides/imbalanced_classes.py
"""

import numpy as np

import glassworks as keras

layers = keras.layers


def payments(count, rng):
    """Eight numbers per payment; fraud lies in a region that normal payments reach as well, but rarely."""
    y = (rng.random(count) < 0.02).astype("float32")
    x = rng.normal(size=(count, 8))
    x[:, :3] += 1.6 * y[:, None]
    x[:, 3] += 1.2 * y * np.sign(x[:, 4])
    return x.astype("float32"), y


def make_model(rate):
    # The bias starts the output at the rate of fraud, so that the first steps need not learn it.
    bias = keras.initializers.Constant(np.log(rate / (1 - rate)))
    model = keras.Sequential(
        [
            keras.Input(shape=(8,)),
            layers.Dense(24, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(1, activation="sigmoid", bias_initializer=bias),
        ]
    )
    model.compile(
        keras.optimizers.Adam(0.003),
        loss="binary_crossentropy",
        metrics=["accuracy", keras.metrics.Recall(name="recall"), keras.metrics.Precision(name="precision"), keras.metrics.AUC(name="auc")],
    )
    return model


def main() -> float:
    rng = np.random.default_rng(0)
    (x, y), (x_test, y_test) = payments(6000, rng), payments(4000, rng)
    rate = float(y.mean())
    weights = {0: 0.5 / (1 - rate), 1: 0.5 / rate}
    print(f"{rate:.1%} fraud; a sample of it counts {weights[1] / weights[0]:.0f} times as much")
    balanced = {}
    for name, class_weight in (("without weights", None), ("with weights", weights)):
        keras.utils.set_random_seed(0)
        model = make_model(rate if class_weight is None else 0.5)
        model.fit(x, y, epochs=10, batch_size=128, class_weight=class_weight, verbose=0)
        scores = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
        said = model.predict(x_test, verbose=0)[:, 0] > 0.5
        balanced[name] = (np.mean(said[y_test == 1]) + np.mean(~said[y_test == 0])) / 2
        print(f"{name}: { {key: round(value, 3) for key, value in scores.items()} }, balanced accuracy {balanced[name]:.3f}")
    print("a constant answer has a balanced accuracy of 0.5")
    return float(balanced["with weights"])


if __name__ == "__main__":
    main()
