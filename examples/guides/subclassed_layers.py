"""Layers and models by subclassing: weights, nested layers, losses and metrics that belong to a layer.

A layer creates its weights in `build`, once the input shape is known, and computes in `call`. A layer can add a loss of
its own (here a penalty on large activations) and keep a metric; the model that contains it collects both. (Keras on JAX refuses metrics inside layers; this runs on its
other backends.)

Run: python examples/guides/subclassed_layers.py
"""

import numpy as np
from sample_data import digits

import glassworks as keras

ops = keras.ops


class Linear(keras.layers.Layer):
    """`x @ w + b`, written by hand."""

    def __init__(self, units=32, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_uniform", trainable=True, name="w")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True, name="b")

    def call(self, inputs):
        return ops.matmul(inputs, self.w) + self.b


class ActivityPenalty(keras.layers.Layer):
    """Adds a loss for large activations, and reports the share of activations that are not zero."""

    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.active = keras.metrics.Mean(name="active")

    def call(self, inputs):
        self.add_loss(self.rate * ops.mean(ops.square(inputs)))
        self.active.update_state(ops.mean(ops.cast(inputs > 0, "float32")))
        return inputs


class Running(keras.layers.Layer):
    """Counts its rows in a weight that is not trained."""

    def build(self, input_shape):
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")

    def call(self, inputs, training=False):
        if training:
            self.count.assign_add(ops.cast(ops.shape(inputs)[0], "float32"))
        return inputs


class Classifier(keras.Model):
    """Three linear layers with a penalty between them."""

    def __init__(self, units, classes):
        super().__init__()
        self.running = Running()
        self.hidden = [Linear(units), Linear(units)]
        self.penalty = ActivityPenalty(1e-3)
        self.head = Linear(classes)

    def call(self, inputs, training=False):
        x = self.running(inputs, training=training)
        for layer in self.hidden:
            x = self.penalty(ops.relu(layer(x)))
        return ops.softmax(self.head(x))


def main() -> float:
    keras.utils.set_random_seed(0)
    (x, y), (x_test, y_test) = digits(flat=True)
    layer = Linear(4)
    print("before the first call:", len(layer.weights), "weights; after it:", (layer(x[:2]), len(layer.weights))[1])

    model = Classifier(48, 10)
    model(x[:1])
    print("losses of a call:", len(model.losses), "trainable:", len(model.trainable_weights), "others:", len(model.non_trainable_weights))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=15, verbose=0)
    print("logs of the last epoch:", {name: round(float(values[-1]), 3) for name, values in history.history.items()})
    print("rows seen in training:", int(model.running.count), "=", 15 * len(x))
    predicted = model.predict(x_test, verbose=0).argmax(axis=1)
    accuracy = float(np.mean(predicted == y_test))
    print(f"test accuracy {accuracy:.3f}")
    return accuracy


if __name__ == "__main__":
    main()
