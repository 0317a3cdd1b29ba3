"""Fine-tuning: unfreeze the last layers of a trained network, and go on with a low learning rate.

The network was trained on upright digits and now has to read digits that lie on their side. First a new head on frozen
features, then the upper layers too, at a rate that does not destroy what they know. A change of `trainable` takes effect
with the next `compile`.

Run: python examples/guides/fine_tuning.py
"""

import numpy as np
from sample_data import digits

import glassworks as keras

layers = keras.layers


def main() -> float:
    keras.utils.set_random_seed(0)
    (x, y), (x_test, y_test) = digits()
    turned, turned_test = np.rot90(x, axes=(1, 2)).copy(), np.rot90(x_test, axes=(1, 2)).copy()
    base = keras.Sequential(
        [
            keras.Input(shape=(8, 8, 1)),
            layers.Conv2D(16, 3, activation="relu", name="lower"),
            layers.Conv2D(24, 3, activation="relu", name="upper"),
            layers.Flatten(),
            layers.Dense(32, activation="relu", name="code"),
        ],
        name="base",
    )
    upright = keras.Sequential([base, layers.Dense(10, activation="softmax")])
    upright.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    upright.fit(x, y, epochs=8, batch_size=64, verbose=0)
    print(f"upright digits: {upright.evaluate(x_test, y_test, verbose=0)[1]:.3f}")
    print(f"the same network on turned digits: {upright.evaluate(turned_test, y_test, verbose=0)[1]:.3f}")

    # 1. A new head; the base is frozen.
    few, labels = turned[:300], y[:300]
    base.trainable = False
    model = keras.Sequential([keras.Input(shape=(8, 8, 1)), base, layers.Dropout(0.1), layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(few, labels, epochs=15, batch_size=32, verbose=0)
    frozen = model.evaluate(turned_test, y_test, verbose=0)[1]
    print(f"a new head on frozen features: {frozen:.3f}, {sum(np.prod(w.shape) for w in model.trainable_weights):,} trainable numbers")

    # 2. The upper layers as well, with a tenth of the usual rate.
    base.trainable = True
    base.get_layer("lower").trainable = False
    model.compile(keras.optimizers.Adam(5e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
    lower = base.get_layer("lower").get_weights()[0].copy()
    model.fit(few, labels, epochs=25, batch_size=32, verbose=0)
    tuned = model.evaluate(turned_test, y_test, verbose=0)[1]
    print(f"after fine-tuning: {tuned:.3f}, {sum(np.prod(w.shape) for w in model.trainable_weights):,} trainable numbers")
    print("the lowest layer is unchanged:", np.array_equal(lower, base.get_layer("lower").get_weights()[0]))
    return tuned


if __name__ == "__main__":
    main()
