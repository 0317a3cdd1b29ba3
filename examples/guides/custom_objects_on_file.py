"""Classes of one's own on file: configs, registration, and what to pass when a model is loaded.

A file holds names and configs, never code. So a class of one's own needs `get_config`, and whoever loads the file says
which class a name means: by registration, by `custom_objects`, or by a scope.

Run: python examples/guides/custom_objects_on_file.py
"""

import tempfile
from pathlib import Path

import numpy as np
from sample_data import digits

import glassworks as keras


@keras.saving.register_keras_serializable(package="guides")
class Residual(keras.layers.Layer):
    """`x + layer(x)`, for a layer that keeps the shape."""

    def __init__(self, inner, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.inner, self.scale = inner, scale

    def call(self, inputs):
        return inputs + self.scale * self.inner(inputs)

    def get_config(self):
        config = super().get_config()
        config.update({"inner": keras.saving.serialize_keras_object(self.inner), "scale": self.scale})
        return config

    @classmethod
    def from_config(cls, config):
        config["inner"] = keras.saving.deserialize_keras_object(config["inner"])
        return cls(**config)


@keras.saving.register_keras_serializable(package="guides")
def shifted_relu(x):
    return keras.ops.relu(x + 0.1)


class Focus(keras.losses.Loss):
    """Cross-entropy that counts sure and right answers less; it is not registered."""

    def __init__(self, gamma=2.0, **kwargs):
        super().__init__(**kwargs)
        self.gamma = gamma

    def call(self, y_true, y_pred):
        chosen = keras.ops.sum(y_true * y_pred, axis=-1)
        return -keras.ops.power(1 - chosen, self.gamma) * keras.ops.log(chosen + 1e-7)

    def get_config(self):
        return {**super().get_config(), "gamma": self.gamma}


def main() -> float:
    keras.utils.set_random_seed(0)
    (x, y), (x_test, y_test) = digits(flat=True)
    y, y_test = keras.utils.to_categorical(y, 10), keras.utils.to_categorical(y_test, 10)
    inner = keras.layers.Dense(64, activation=shifted_relu)
    model = keras.Sequential([keras.Input(shape=(64,)), Residual(inner, 0.5), keras.layers.Dense(10, activation="softmax")])
    model.compile("adam", Focus(gamma=1.5), metrics=["accuracy"])
    model.fit(x, y, epochs=12, verbose=0)
    print("registered as", keras.saving.get_registered_name(Residual), "and", keras.saving.get_registered_name(shifted_relu))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        try:
            keras.models.load_model(path)
            print("loaded without Focus")
        except Exception as error:
            print(f"without Focus: {type(error).__name__}")
        by_argument = keras.models.load_model(path, custom_objects={"Focus": Focus})
        with keras.saving.custom_object_scope({"Focus": Focus}):
            by_scope = keras.models.load_model(path)
    print("gamma of the loaded losses:", by_argument.loss.gamma, by_scope.loss.gamma)
    print("the same answers:", np.array_equal(model.predict(x_test, verbose=0), by_scope.predict(x_test, verbose=0)))
    copy = keras.layers.deserialize(keras.layers.serialize(model.layers[0]))
    print("a copy of the layer:", type(copy).__name__, copy.scale, copy.inner.units)
    accuracy = by_argument.evaluate(x_test, y_test, verbose=0)[1]
    print(f"test accuracy {accuracy:.3f}")
    return accuracy


if __name__ == "__main__":
    main()
