"""Surgery on a functional model: look inside, take a part, insert a layer, replace a layer, join several towers.

A functional model is a graph of layer calls that stays open after it was built. Each cut below makes a new model that
shares the layers and weights of the old one; nothing is copied and the old model still works.

Run: python examples/guides/functional_surgery.py
"""

import numpy as np
from sample_data import digits

import glassworks as keras

layers = keras.layers


def base(name="base"):
    inputs = keras.Input(shape=(8, 8, 1), name="image")
    x = layers.Conv2D(16, 3, activation="relu", name="edges")(inputs)
    x = layers.Conv2D(16, 3, activation="relu", name="corners")(x)
    x = layers.Flatten(name="flat")(x)
    outputs = layers.Dense(10, activation="softmax", name="digit")(x)
    return keras.Model(inputs, outputs, name=name)


def trained_accuracy(model, data, epochs):
    (x, y), (x_test, y_test) = data
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=epochs, batch_size=64, verbose=0)
    return model.evaluate(x_test, y_test, verbose=0)[1]


def with_inserted(model, after, layer):
    """The same layers called once more on a new input, with one more layer behind one of them."""
    x = inputs = keras.Input(shape=model.input_shape[1:])
    for old in model.layers[1:]:
        x = old(x)
        if old.name == after:
            x = layer(x)
    return keras.Model(inputs, x)


def main() -> float:
    keras.utils.set_random_seed(0)
    data = digits()
    x_test = data[1][0]
    model = base()
    print(f"base: {trained_accuracy(model, data, 8):.3f}")

    # 1. Every inner output is an attribute of the graph: a model of all of them shares the weights.
    features = keras.Model(model.inputs, [layer.output for layer in model.layers])
    for layer, value in zip(model.layers, features(x_test[:2]), strict=True):
        print(f"  {layer.name:8} {tuple(value.shape)}")

    # 2. Cut before the head, and put another one on: is the digit even?
    body = keras.Model(model.input, model.get_layer("flat").output, name="body")
    body.trainable = False
    even = keras.Sequential([body, layers.Dense(1, activation="sigmoid")])
    even.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    (x, y), (_, y_test) = data
    even.fit(x, 1 - y % 2, epochs=8, verbose=0)
    print(f"even or odd, on frozen features: {even.evaluate(x_test, 1 - y_test % 2, verbose=0)[1]:.3f}")
    body.trainable = True

    # 3. Insert a normalisation behind the first convolution; replace the head by one with a hidden layer.
    normalized = with_inserted(model, "edges", layers.BatchNormalization())
    print(f"with batch normalisation: {trained_accuracy(normalized, data, 4):.3f}")
    x = layers.Dense(32, activation="relu")(model.get_layer("flat").output)
    deeper = keras.Model(model.input, layers.Dense(10, activation="softmax")(x))
    print(f"with a deeper head: {trained_accuracy(deeper, data, 4):.3f}")

    # 4. A model is called like a layer: three towers, one of them trained already, and an average of their answers.
    inputs = keras.Input(shape=(8, 8, 1))
    towers = [model, base("second"), base("third")]
    together = keras.Model(inputs, layers.average([tower(inputs) for tower in towers]), name="together")
    accuracy = trained_accuracy(together, data, 8)
    shared = np.array_equal(model.get_layer("edges").get_weights()[0], deeper.get_layer("edges").get_weights()[0])
    print(f"three towers together: {accuracy:.3f}; the first one shares its weights: {shared}")
    return accuracy


if __name__ == "__main__":
    main()
