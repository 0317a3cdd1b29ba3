"""Clones of models and models from configs: layers, shapes and weights, with functions that make other layers and calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

ROW = np.ones((1, 3), "float32")


def _functional(keras: Any, **options: Any) -> Any:
    x = keras.Input((3,), name="x")
    return keras.Model(x, keras.layers.Dense(2, name="d", **options)(x))


def _sequential(keras: Any) -> Any:
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="d"), keras.layers.Dropout(0.5, name="e")], name="q")


def _open(keras: Any) -> Any:
    """A model that does not know its input yet."""
    return keras.Sequential([keras.layers.Dense(2, name="d")])


def _shared(keras: Any) -> Any:
    a, b, layer = keras.Input((3,), name="a"), keras.Input((3,), name="b"), keras.layers.Dense(3, name="d")
    return keras.Model([a, b], [layer(layer(a)), layer(b)])


def _dicts(keras: Any) -> Any:
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    return keras.Model({"a": a, "b": b}, {"o": keras.layers.Add(name="s")([a, b])})


def _nested(keras: Any) -> Any:
    x = keras.Input((3,), name="x")
    return keras.Model(x, keras.layers.Dense(1, name="f")(_sequential(keras)(x)))


def _with_ops(keras: Any) -> Any:
    x = keras.Input((3,), name="x")
    return keras.Model(x, keras.ops.relu(keras.layers.Dense(2, name="d")(x) + 1))


def _always_dropping(keras: Any) -> Any:
    x = keras.Input((3,), name="x")
    return keras.Model(x, keras.layers.Dropout(0.5, name="e")(x, training=True))


def _own(keras: Any) -> tuple[Any, Any]:
    class Own(keras.layers.Dense):
        pass

    x = keras.Input((3,), name="x")
    return keras.Model(x, Own(2, name="d")(x)), Own


MODELS: dict[str, Callable[[Any], Any]] = {
    "functional": _functional,
    "sequential": _sequential,
    "open": _open,
    "shared": _shared,
    "dicts": _dicts,
    "nested": _nested,
    "ops": _with_ops,
    "dropping": _always_dropping,
    "frozen": lambda keras: _functional(keras, trainable=False),
}
COPIES: dict[str, Callable[[Any, Any], Any]] = {
    "clone": lambda keras, model: keras.models.clone_model(model),
    "json": lambda keras, model: keras.models.model_from_json(model.to_json()),
    "config": lambda keras, model: type(model).from_config(model.get_config()),
}


def _looked_at(keras: Any, model: Any) -> Any:
    """What a copy is: its class, layers, shapes, and that it computes what the model computes."""
    layers = [[type(layer).__name__, layer.name] for layer in model.layers if type(layer).__name__ != "InputLayer"]
    found = [type(model).__name__, layers, model.built, len(model.weights), len(model.trainable_weights), model.trainable]
    return [*found, model.compiled, [list(weight.shape) for weight in model.weights]]


def _copied(make: str, copy: str) -> Callable[[Any], Any]:
    def run(keras: Any) -> Any:
        model = MODELS[make](keras)
        other = COPIES[copy](keras, model)
        found = _looked_at(keras, other)
        if other.built and make in ("functional", "nested", "ops"):
            other.set_weights(model.get_weights())
            found.append(float(np.abs(np.asarray(other(ROW)) - np.asarray(model(ROW))).max()))
        return found

    return run


def _cloned(make: str, function: Callable[[Any, Any], Any], **options: Any) -> Callable[[Any], Any]:
    """The layers of a clone, and for which layers a function was called."""

    def run(keras: Any) -> Any:
        seen = []

        def noted(layer: Any) -> Any:
            seen.append(type(layer).__name__)
            return function(keras, layer)

        clone = keras.models.clone_model(MODELS[make](keras), clone_function=noted, **options)
        names = [[type(layer).__name__, layer.name] for layer in clone.layers if type(layer).__name__ != "InputLayer"]
        return [seen, names, list(clone.output_shape) if clone.built else None]

    return run


def _wider(keras: Any, layer: Any) -> Any:
    return keras.layers.Dense(7, name="wide") if isinstance(layer, keras.layers.Dense) else type(layer).from_config(layer.get_config())


def clone_with_calls(keras: Any) -> Any:
    seen = []

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(layer.name)
        return layer(*args, **kwargs)

    clone = keras.models.clone_model(_shared(keras), call_function=call)
    return [seen, [list(shape) for shape in clone.output_shape]]


def clone_on_a_tensor(keras: Any) -> Any:
    clone = keras.models.clone_model(_functional(keras), input_tensors=keras.Input((5,), name="t"))
    return [[x.name for x in clone.inputs], list(clone.layers[-1].kernel.shape)]


def sequential_on_a_tensor(keras: Any) -> Any:
    clones = [
        keras.models.clone_model(_sequential(keras), input_tensors=tensor(keras.Input((3,), name="t")))
        for tensor in (lambda t: t, lambda t: [t])
    ]
    return [[list(clone.input_shape), [x.name for x in clone.inputs]] for clone in clones]


def clone_on_an_array(keras: Any) -> Any:
    return list(keras.models.clone_model(_sequential(keras), input_tensors=np.ones((2, 3))).input_shape)


def compiled_models_in_json(keras: Any) -> Any:
    model = _functional(keras)
    model.compile("adam", "mse", metrics=["mae"])
    other = keras.models.model_from_json(model.to_json())
    return [other.compiled, other.optimizer is None]


def own_layer_without_a_name_for_it(keras: Any) -> Any:
    return keras.models.model_from_json(_own(keras)[0].to_json()).name


def own_layer_by_custom_objects(keras: Any) -> Any:
    model, own = _own(keras)
    objects = {"Own": own}
    copies = [
        keras.models.model_from_json(model.to_json(), custom_objects=objects),
        keras.Model.from_config(model.get_config(), custom_objects=objects),
        keras.models.clone_model(model),
    ]
    return [type(copy.layers[1]).__name__ for copy in copies]


def calls_of_a_shared_layer(keras: Any) -> Any:
    return [len(layer["inbound_nodes"]) for layer in _shared(keras).get_config()["layers"]]


def text_that_is_no_json(keras: Any) -> Any:
    return type(keras.models.model_from_json("nope")).__name__


def a_class_that_is_not_known(keras: Any) -> Any:
    return keras.models.model_from_json('{"class_name": "Nope", "config": {}}')


def a_layer_is_not_cloned(keras: Any) -> Any:
    return type(keras.models.clone_model(keras.layers.Dense(2))).__name__


def a_subclass_without_config(keras: Any) -> Any:
    class Own(keras.Model):
        def __init__(self, width: int) -> None:
            super().__init__()

    return type(keras.models.clone_model(Own(3))).__name__


PROGRAMS = {
    **{f"{copy} of {make}": _copied(make, copy) for make in MODELS for copy in COPIES},
    **{f"same layers, {make}": _cloned(make, lambda keras, layer: layer) for make in MODELS},
    **{f"wider layers, {make}": _cloned(make, _wider) for make in ("functional", "sequential", "open")},
    **{
        f"recursive, {make}": _cloned(make, lambda keras, layer: type(layer).from_config(layer.get_config()), recursive=True)
        for make in ("nested", "functional")
    },
    "no layer": _cloned("functional", lambda keras, layer: None),
    **{
        function.__name__: function
        for function in (
            clone_with_calls,
            clone_on_a_tensor,
            sequential_on_a_tensor,
            clone_on_an_array,
            compiled_models_in_json,
            own_layer_without_a_name_for_it,
            own_layer_by_custom_objects,
            calls_of_a_shared_layer,
            text_that_is_no_json,
            a_class_that_is_not_known,
            a_layer_is_not_cloned,
            a_subclass_without_config,
        )
    },
}
