"""The Sequential model: a stack of layers, from the first line to predictions.

A Sequential model is right where each layer has one input and one output. The guide builds one in two ways, looks at
its layers and weights, trains it on handwritten digits and uses it.

Run: python examples/guides/sequential_model.py
"""

import numpy as np
from sample_data import digits

import glassworks as keras


def main() -> float:
    keras.utils.set_random_seed(0)
    (x, y), (x_test, y_test) = digits()

    # Layers can be passed as a list, or added one by one; the input shape makes the weights known at once.
    model = keras.Sequential([keras.Input(shape=(8, 8, 1)), keras.layers.Flatten()], name="digits")
    model.add(keras.layers.Dense(64, activation="relu", name="hidden"))
    model.add(keras.layers.Dense(32, activation="relu"))
    model.add(keras.layers.Dense(10, activation="softmax"))
    print("layers:", [layer.name for layer in model.layers])
    model.pop()
    model.pop()
    print("after two pops:", model.output_shape)
    model.add(keras.layers.Dropout(0.2))
    model.add(keras.layers.Dense(10, activation="softmax", name="scores"))
    model.summary()

    kernel, bias = model.get_layer("hidden").get_weights()
    print("the hidden layer has a kernel of shape", kernel.shape, "and a bias of shape", bias.shape)

    # A model without an input shape has no weights until it sees data.
    later = keras.Sequential([keras.layers.Dense(3)])
    print("built:", later.built, "-> after a call:", later(np.ones((2, 5), "float32")).shape, later.built)

    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, batch_size=32, epochs=15, validation_split=0.1, verbose=0)
    print("validation accuracy by epoch:", np.round(history.history["val_accuracy"], 3))
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    probabilities = model.predict(x_test[:5], verbose=0)
    print(f"test accuracy {accuracy:.3f}; the first five: {probabilities.argmax(axis=1)}, true: {y_test[:5]}")
    return accuracy


if __name__ == "__main__":
    main()
