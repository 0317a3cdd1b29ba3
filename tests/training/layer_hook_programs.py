"""Layers that override hooks with any of the signatures that Keras calls them with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

ROWS = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0], [1.5, 1.0, 0.0], [2.0, 0.0, 1.0]], "float32")
TARGETS = np.array([[1.0], [0.0], [2.0], [1.0]], "float32")


def _layer(keras: Any, call: Callable[..., Any], **methods: Callable[..., Any]) -> Any:
    return type("Mine", (keras.layers.Layer,), {"call": call, **methods})()


def layer_call_with_training(keras: Any) -> Any:
    layer = _layer(keras, lambda self, x, training=None: x * (2.0 if training else 1.0))
    return [np.asarray(layer(ROWS)), np.asarray(layer(ROWS, training=True)), np.asarray(layer(ROWS, training=False))]


def layer_call_with_training_false_by_default(keras: Any) -> Any:
    layer = _layer(keras, lambda self, x, training=False: x * (2.0 if training else 1.0))
    return [np.asarray(layer(ROWS)), np.asarray(layer(ROWS, training=True))]


def layer_call_with_training_true_by_default(keras: Any) -> Any:
    layer = _layer(keras, lambda self, x, training=True: x * (2.0 if training else 1.0))
    return [np.asarray(layer(ROWS)), np.asarray(layer(ROWS, training=False))]


def layer_call_with_a_required_training(keras: Any) -> Any:
    layer = _layer(keras, lambda self, x, training: x * (2.0 if training else 1.0))
    return [np.asarray(layer(ROWS)), np.asarray(layer(ROWS, training=True))]


def layer_call_with_keywords(keras: Any) -> Any:
    layer = _layer(keras, lambda self, x, **kwargs: x + len(kwargs))
    return [np.asarray(layer(ROWS)), np.asarray(layer(ROWS, scale=2.0))]


def layer_call_with_stars(keras: Any) -> Any:
    layer = _layer(keras, lambda self, *inputs: sum(inputs))
    return np.asarray(layer(ROWS, ROWS))


def layer_call_with_a_flag(keras: Any) -> Any:
    layer = _layer(keras, lambda self, x, double=False: x * 2 if double else x)
    return [np.asarray(layer(ROWS)), np.asarray(layer(ROWS, double=True))]


def layer_call_with_keyword_only_arguments(keras: Any) -> Any:
    layer = _layer(keras, lambda self, x, *, other=None: x if other is None else x + other)
    return [np.asarray(layer(ROWS)), np.asarray(layer(ROWS, other=ROWS))]


def layer_call_with_two_inputs(keras: Any) -> Any:
    layer = _layer(keras, lambda self, a, b: a + b)
    return [np.asarray(layer(ROWS, ROWS)), np.asarray(layer(a=ROWS, b=ROWS)), np.asarray(layer(ROWS, b=ROWS))]


def layer_call_with_an_optional_input(keras: Any) -> Any:
    layer = _layer(keras, lambda self, a, b=None: a if b is None else a + b)
    return [np.asarray(layer(ROWS)), np.asarray(layer(ROWS, ROWS)), np.asarray(layer(ROWS, None))]


def layer_call_with_a_text_argument(keras: Any) -> Any:
    layer = _layer(keras, lambda self, x, mode="a": x * 2 if mode == "b" else x)
    return np.asarray(layer(ROWS, mode="b"))


def layer_call_with_a_positional_number(keras: Any) -> Any:
    layer = _layer(keras, lambda self, x, factor: x * factor)
    return np.asarray(layer(ROWS, factor=2))


def layer_call_with_a_dict(keras: Any) -> Any:
    layer = _layer(keras, lambda self, inputs: inputs["a"] + inputs["b"])
    return np.asarray(layer({"a": ROWS, "b": ROWS}))


def layer_call_with_nothing(keras: Any) -> Any:
    return np.asarray(_layer(keras, lambda self, x=None: keras.ops.ones((2,)))())


def nested_layer_gets_training(keras: Any) -> Any:
    class Inner(keras.layers.Layer):
        def call(self, x: Any, training: Any = None) -> Any:
            return x * 2.0 if training else x

    class Outer(keras.layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Inner()

        def call(self, x: Any, training: Any = None) -> Any:
            return self.inner(x)

    return [np.asarray(Outer()(ROWS)), np.asarray(Outer()(ROWS, training=True))]


def _built(keras: Any, call: Callable[..., Any], build: Callable[..., Any], *inputs: Any, **named: Any) -> Any:
    layer = _layer(keras, call, build=build)
    out = layer(*inputs, **named)
    return [np.asarray(out), layer.built, layer.seen, layer.get_build_config()]


def _seen(self: Any, **shapes: Any) -> None:
    self.seen = {name: list(shape) if isinstance(shape, tuple) else shape for name, shape in shapes.items()}


def build_with_input_shape(keras: Any) -> Any:
    return _built(keras, lambda self, x: x, lambda self, input_shape: _seen(self, shape=input_shape), ROWS)


def build_with_any_name(keras: Any) -> Any:
    return _built(keras, lambda self, x: x, lambda self, shape: _seen(self, shape=shape), ROWS)


def build_with_an_inputs_name(keras: Any) -> Any:
    return _built(keras, lambda self, x: x, lambda self, x_shape: _seen(self, shape=x_shape), ROWS)


def build_with_two_shapes(keras: Any) -> Any:
    return _built(keras, lambda self, a, b: a + b, lambda self, a_shape, b_shape: _seen(self, a=a_shape, b=b_shape), ROWS, ROWS[:1])


def build_with_two_shapes_in_other_order(keras: Any) -> Any:
    return _built(keras, lambda self, a, b: a + b, lambda self, b_shape, a_shape: _seen(self, a=a_shape, b=b_shape), ROWS, ROWS[:1])


def build_with_an_optional_shape(keras: Any) -> Any:
    def build(self: Any, a_shape: Any, b_shape: Any = None) -> None:
        _seen(self, a=a_shape, b=b_shape)

    return [_built(keras, lambda self, a, b=None: a, build, ROWS), _built(keras, lambda self, a, b=None: a, build, ROWS, b=ROWS[:1])]


def build_with_a_list_of_shapes(keras: Any) -> Any:
    layer = _layer(
        keras,
        lambda self, inputs: inputs[0] + inputs[1],
        build=lambda self, input_shape: _seen(self, n=len(input_shape), first=tuple(input_shape[0])),
    )
    layer([ROWS, ROWS])
    return layer.seen


def build_with_a_dict_of_shapes(keras: Any) -> Any:
    layer = _layer(keras, lambda self, inputs: inputs["a"], build=lambda self, input_shape: _seen(self, a=tuple(input_shape["a"])))
    layer({"a": ROWS, "b": ROWS})
    return layer.seen


def build_with_keywords(keras: Any) -> Any:
    return _built(keras, lambda self, x: x, lambda self, input_shape, **kwargs: _seen(self, shape=input_shape, n=len(kwargs)), ROWS)


def build_that_calls_super(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.w = self.add_weight(shape=(input_shape[-1],), initializer="ones")
            super().build(input_shape)

        def call(self, x: Any) -> Any:
            return x * self.w

    layer = Mine()
    return [np.asarray(layer(ROWS)), layer.built, len(layer.weights)]


def build_that_sets_built(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.w = self.add_weight(name="w", shape=[input_shape[-1]], initializer="ones", trainable=True)
            self.built = True

        def call(self, x: Any) -> Any:
            return x * self.w

    return np.asarray(Mine()(ROWS))


def build_of_a_model(keras: Any) -> Any:
    class Mine(keras.Model):
        def build(self, input_shape: Any) -> None:
            self.dense = keras.layers.Dense(2, kernel_initializer="ones")
            self.dense.build(input_shape)
            self.built = True

        def call(self, x: Any) -> Any:
            return self.dense(x)

    model = Mine()
    return [np.asarray(model(ROWS)), len(model.weights)]


def compute_output_shape_alone(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return keras.ops.concatenate([x, x], axis=-1)

        def compute_output_shape(self, input_shape: Any) -> Any:
            return (*input_shape[:-1], input_shape[-1] * 2)

    out = Mine()(keras.Input((3,)))
    return [list(out.shape), list(Mine().compute_output_shape((None, 3)))]


def compute_output_shape_that_returns_a_list(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return keras.ops.concatenate([x, x], axis=-1)

        def compute_output_shape(self, input_shape: Any) -> Any:
            return [input_shape[0], input_shape[1] * 2]

    return list(Mine()(keras.Input((3,))).shape)


def compute_output_shape_of_two(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x, x[:, :1]

        def compute_output_shape(self, input_shape: Any) -> Any:
            return input_shape, (input_shape[0], 1)

    one, two = Mine()(keras.Input((3,)))
    return [list(one.shape), list(two.shape)]


def compute_output_shape_with_two_inputs(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def call(self, a: Any, b: Any) -> Any:
            return keras.ops.concatenate([a, b], axis=-1)

        def compute_output_shape(self, a_shape: Any, b_shape: Any) -> Any:
            return (a_shape[0], a_shape[1] + b_shape[1])

    return list(Mine()(keras.Input((3,)), keras.Input((2,))).shape)


def compute_output_spec_alone(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return keras.ops.concatenate([x, x], axis=-1)

        def compute_output_spec(self, x: Any) -> Any:
            return keras.KerasTensor((x.shape[0], x.shape[1] * 2), dtype=x.dtype)

    inputs = keras.Input((3,))
    model = keras.Model(inputs, Mine()(inputs))
    return [list(model.output_shape), np.asarray(model(ROWS))]


def compute_output_spec_with_training(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def call(self, x: Any, training: bool = False) -> Any:
            return keras.ops.concatenate([x, x], axis=-1)

        def compute_output_spec(self, x: Any, training: bool = False) -> Any:
            return keras.KerasTensor((x.shape[0], x.shape[1] * 2), dtype=x.dtype)

    return list(Mine()(keras.Input((3,))).shape)


def compute_mask_alone(keras: Any) -> Any:
    seen = []

    class Makes(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x

        def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
            return inputs > 0.9

    class Reads(keras.layers.Layer):
        def call(self, x: Any, mask: Any = None) -> Any:
            seen.append(None if mask is None else np.asarray(mask).astype("int32").tolist())
            return x

    Reads()(Makes()(ROWS))
    return seen


def compute_mask_by_other_names(keras: Any) -> Any:
    seen = []

    class Makes(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x

        def compute_mask(self, x: Any, previous_mask: Any) -> Any:
            return x > 0.9

    class Reads(keras.layers.Layer):
        def call(self, x: Any, mask: Any = None) -> Any:
            seen.append(None if mask is None else np.asarray(mask).astype("int32").tolist())
            return x

    Reads()(Makes()(ROWS))
    return seen


def get_config_of_a_layer(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def __init__(self, units: int = 3, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units = units

        def get_config(self) -> Any:
            return {**super().get_config(), "units": self.units}

    layer = Mine.from_config(Mine(5, name="mine").get_config())
    return [layer.units, layer.name]


def get_config_without_base(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def __init__(self, units: int = 3) -> None:
            super().__init__()
            self.units = units

        def get_config(self) -> Any:
            return {"units": self.units}

    return Mine.from_config(Mine(5).get_config()).units


def stateless_call_of_a_layer(keras: Any) -> Any:
    layer = keras.layers.Dense(2, kernel_initializer="ones")
    layer.build((None, 3))
    values = [keras.ops.ones((3, 2)) * 2, keras.ops.ones((2,))]
    outputs, others = layer.stateless_call(values, [], ROWS)
    with_losses = layer.stateless_call(values, [], ROWS, return_losses=True)
    return [np.asarray(outputs), len(others), len(with_losses), with_losses[2]]
