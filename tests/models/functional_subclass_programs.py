"""Programs with subclasses of Functional and Sequential models."""

from __future__ import annotations

from typing import Any

import numpy as np

ROWS = np.ones((2, 3), "float32")


def functional_by_super(keras: Any) -> Any:
    class Mine(keras.Model):
        def __init__(self, units: int, **kwargs: Any) -> None:
            inputs = keras.Input((3,))
            super().__init__(inputs=inputs, outputs=keras.layers.Dense(units, kernel_initializer="ones")(inputs), **kwargs)
            self.units = units

        def extra(self) -> int:
            return self.units

    model = Mine(2, name="mine")
    return [
        model.name,
        model.built,
        len(model.weights),
        len(model.layers),
        model.extra(),
        np.asarray(model(ROWS)),
        isinstance(model, keras.Model),
        model.input_shape,
    ]


def functional_by_super_with_positions(keras: Any) -> Any:
    class Mine(keras.Model):
        def __init__(self) -> None:
            inputs = keras.Input((3,))
            super().__init__(inputs, keras.layers.Dense(2, kernel_initializer="ones")(inputs))

    return np.asarray(Mine()(ROWS))


def functional_by_super_with_attributes_before(keras: Any) -> Any:
    class Mine(keras.Model):
        def __init__(self) -> None:
            self.units = 2
            inputs = keras.Input((3,))
            super().__init__(inputs, keras.layers.Dense(2, kernel_initializer="ones")(inputs))

    return [Mine().units, np.asarray(Mine()(ROWS))]


def functional_by_super_with_layers_before(keras: Any) -> Any:
    class Mine(keras.Model):
        def __init__(self) -> None:
            dense = keras.layers.Dense(2, kernel_initializer="ones", name="d")
            self.unused = keras.layers.Dense(3, name="unused")
            inputs = keras.Input((3,))
            super().__init__(inputs, dense(inputs))
            self.dense = dense

    model = Mine()
    return [model.dense is model.get_layer("d"), len(model.layers), np.asarray(model(ROWS))]


def functional_by_super_and_own_call(keras: Any) -> Any:
    class Mine(keras.Model):
        def __init__(self) -> None:
            inputs = keras.Input((3,))
            super().__init__(inputs, keras.layers.Dense(2, kernel_initializer="ones")(inputs))

        def call(self, x: Any, training: bool = False) -> Any:
            return super().call(x, training=training) + 1

    return np.asarray(Mine()(ROWS))


def functional_subclass(keras: Any) -> Any:
    inputs = keras.Input((3,))
    functional = type(keras.Model(inputs, keras.layers.Dense(2)(inputs)))

    class Mine(functional):  # type: ignore[misc, valid-type]  # the class that `Model(inputs, outputs)` makes has no public name in Keras
        def __init__(self, units: int) -> None:
            inputs = keras.Input((3,))
            super().__init__(inputs, keras.layers.Dense(units, kernel_initializer="ones")(inputs))

    return np.asarray(Mine(2)(ROWS))


def functional_of_two_generations(keras: Any) -> Any:
    class Base(keras.Model):
        def __init__(self, inputs: Any, outputs: Any, tag: str, **kwargs: Any) -> None:
            super().__init__(inputs=inputs, outputs=outputs, **kwargs)
            self.tag = tag

    class Mine(Base):
        def __init__(self, units: int) -> None:
            inputs = keras.Input((3,))
            super().__init__(inputs, keras.layers.Dense(units, kernel_initializer="ones")(inputs), "tag")

    model = Mine(2)
    return [model.tag, np.asarray(model(ROWS)), len(model.layers)]


def functional_with_mixin_before(keras: Any) -> Any:
    class Mixin:
        def double(self) -> int:
            return 2

    class Mine(Mixin, keras.Model):
        def __init__(self) -> None:
            inputs = keras.Input((3,))
            super().__init__(inputs=inputs, outputs=keras.layers.Dense(2, kernel_initializer="ones")(inputs))

    return [Mine().double(), np.asarray(Mine()(ROWS))]


def functional_with_mixin_after(keras: Any) -> Any:
    log = []

    class Mixin:
        def __init__(self) -> None:
            log.append("mixin")

        def double(self) -> int:
            return 2

    class Mine(keras.Model, Mixin):
        def __init__(self) -> None:
            inputs = keras.Input((3,))
            super().__init__(inputs=inputs, outputs=keras.layers.Dense(2, kernel_initializer="ones")(inputs))

    return [Mine().double(), np.asarray(Mine()(ROWS)), log]


def functional_without_own_init(keras: Any) -> Any:
    class Mine(keras.Model):
        def train_step(self, data: Any) -> Any:
            return {}

        def extra(self) -> int:
            return 1

    inputs = keras.Input((3,))
    model = Mine(inputs, keras.layers.Dense(2, kernel_initializer="ones")(inputs))
    return [model.extra(), np.asarray(model(ROWS)), isinstance(model, Mine), type(model).__name__]


def functional_with_layer_base(keras: Any) -> Any:
    class Scale(keras.layers.Layer):
        def scale(self) -> int:
            return 2

    class Mine(keras.Model, Scale):
        def __init__(self) -> None:
            inputs = keras.Input((3,))
            super().__init__(inputs=inputs, outputs=keras.layers.Dense(2, kernel_initializer="ones")(inputs))

    return [Mine().scale(), np.asarray(Mine()(ROWS))]


def sequential_subclass(keras: Any) -> Any:
    class Mine(keras.Sequential):
        def __init__(self, units: int) -> None:
            super().__init__([keras.layers.Dense(units, kernel_initializer="ones"), keras.layers.ReLU()])
            self.units = units

    model = Mine(2)
    return [model.units, np.asarray(model(ROWS)), len(model.layers)]


def sequential_subclass_that_adds(keras: Any) -> Any:
    class Mine(keras.Sequential):
        def __init__(self) -> None:
            super().__init__(name="mine")
            self.add(keras.layers.Dense(2, kernel_initializer="ones"))

        def call(self, x: Any, training: bool = False) -> Any:
            return super().call(x) + 1

    model = Mine()
    return [model.name, np.asarray(model(ROWS))]
