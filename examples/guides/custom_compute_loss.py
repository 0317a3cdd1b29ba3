"""A model that defines its own loss: `compute_loss` sees inputs, targets, predictions and the model's inner values.

`fit` stays as it is: batches, callbacks, metrics and the optimizer work as with any model. Here a classifier also has to
redraw its input from what it remembers of it, which helps where only few images have a label.

Run: python examples/guides/custom_compute_loss.py
"""

import numpy as np
from sample_data import digits

import glassworks as keras

layers, ops = keras.layers, keras.ops


class TwoTasks(keras.Model):
    """Classifies a digit, and redraws it from the same code.

    Args:
        weight: What the reconstruction counts against the classification.
    """

    def __init__(self, weight, **kwargs):
        super().__init__(**kwargs)
        self.encoder = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(24, activation="relu")])
        self.head = layers.Dense(10, activation="softmax")
        self.decoder = layers.Dense(64, activation="sigmoid")
        self.weight = weight
        self.drawing_tracker = keras.metrics.Mean(name="drawing")

    def call(self, inputs, training=None):
        code = self.encoder(inputs)
        return {"digit": self.head(code), "drawing": self.decoder(code)}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        # A label of -1 says that nobody has looked at this image: it counts for the drawing only.
        labelled = ops.cast(y >= 0, "float32")
        each = keras.losses.sparse_categorical_crossentropy(ops.maximum(y, 0), y_pred["digit"])
        classification = ops.sum(each * labelled) / (ops.sum(labelled) + 1e-6)
        drawing = ops.mean(ops.square(x - y_pred["drawing"]))
        self.drawing_tracker.update_state(drawing)
        return classification + self.weight * drawing

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return {"drawing": self.drawing_tracker.result(), "accuracy_all": self.accuracy_of(y, y_pred)}

    def accuracy_of(self, y, y_pred):
        right = ops.cast(ops.equal(ops.cast(y, "int64"), ops.argmax(y_pred["digit"], axis=-1)), "float32")
        return ops.mean(right)

    @property
    def metrics(self):
        return [*super().metrics, self.drawing_tracker]


def score(weight, x, y, x_test, y_test):
    keras.utils.set_random_seed(1)
    model = TwoTasks(weight)
    model.compile("adam")
    history = model.fit(x, y, epochs=30, batch_size=64, verbose=0)
    drawing = history.history["drawing"]
    accuracy = float(np.mean(model.predict(x_test, verbose=0)["digit"].argmax(axis=1) == y_test))
    print(f"weight {weight:4}: squared error of the drawing {drawing[0]:.3f} -> {drawing[-1]:.3f}, test accuracy {accuracy:.3f}")
    return accuracy


def main() -> float:
    (x, y), (x_test, y_test) = digits(flat=True)
    labels = np.where(np.arange(len(y)) < 150, y, -1)
    print(f"{len(x)} images, {np.sum(labels >= 0)} of them with a label")
    alone = score(0.0, x, labels, x_test, y_test)
    together = score(20.0, x, labels, x_test, y_test)
    print(f"the second task changes the accuracy by {together - alone:+.3f}")
    return together


if __name__ == "__main__":
    main()
