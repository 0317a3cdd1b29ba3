"""Transfer learning: a network that knows five digits learns the other five from a few examples.

The convolutions of the first network are frozen and a new head is trained on them. Batch normalisation stays in
inference mode (`training=False`), so that its averages remain those of the large data set.

Run: python examples/guides/transfer_learning.py
"""

import numpy as np
from sample_data import digits

import glassworks as keras

layers = keras.layers


def make_base():
    return keras.Sequential(
        [
            keras.Input(shape=(8, 8, 1)),
            layers.Conv2D(16, 3, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
        ],
        name="base",
    )


def with_head(base, training=None):
    inputs = keras.Input(shape=(8, 8, 1))
    x = base(inputs, training=training)
    model = keras.Model(inputs, layers.Dense(5, activation="softmax")(x))
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main() -> float:
    keras.utils.set_random_seed(0)
    (x, y), (x_test, y_test) = digits()
    old, new, new_test = y < 5, y >= 5, y_test >= 5
    few = 40
    x_few, y_few = x[new][:few], y[new][:few] - 5
    x_test, y_test = x_test[new_test], y_test[new_test] - 5

    base = make_base()
    with_head(base).fit(x[old], y[old], epochs=6, batch_size=64, verbose=0)

    base.trainable = False
    model = with_head(base, training=False)
    print("trainable:", len(model.trainable_weights), "of", len(model.weights), "arrays")
    before = [np.array(weight) for weight in base.get_weights()]
    model.fit(x_few, y_few, epochs=40, batch_size=20, verbose=0)
    unchanged = all(np.array_equal(a, b) for a, b in zip(before, base.get_weights(), strict=True))
    print("the frozen base is unchanged, its averages included:", unchanged)

    scratch = with_head(make_base())
    scratch.fit(x_few, y_few, epochs=40, batch_size=20, verbose=0)
    accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
    without = scratch.evaluate(x_test, y_test, verbose=0)[1]
    print(f"{few} examples of five new digits: {accuracy:.3f} with the old features, {without:.3f} without")
    return accuracy


if __name__ == "__main__":
    main()
