"""Symbolic tensors, masks, optional inputs and the forms in which functional models take inputs."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

ROWS = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]], "float32")
STEPS = np.array([[1, 2, 0], [3, 0, 0]], "int32")


def _mask(tensor: Any) -> Any:
    """The shape of the symbolic mask that a tensor has; None if it has none."""
    mask = getattr(tensor, "_keras_mask", None)
    return None if mask is None else [list(mask.shape), mask.dtype]


def _steps(keras: Any) -> Any:
    return keras.Input((3,), dtype="int32")


def _embedded(keras: Any) -> Any:
    return keras.layers.Embedding(5, 2, mask_zero=True)(_steps(keras))


# ---- symbolic tensors


def attributes(keras: Any) -> Any:
    x = keras.Input((4, 3), name="x", dtype="int32")
    return [x.sparse, x.ragged, x.ndim, list(x.shape), x.dtype, x.name, x.record_history, len(x.shape), x.size if False else None]


def made_by_hand(keras: Any) -> Any:
    x = keras.KerasTensor((2, 3), dtype="int32", name="x")
    return [list(x.shape), x.dtype, x.name, x.sparse, x.ragged, x.record_history]


def sparse(keras: Any) -> Any:
    x = keras.KerasTensor((2, 3), sparse=True)
    return [x.sparse, x.ragged]


def without_history(keras: Any) -> Any:
    return keras.KerasTensor((2, 3), record_history=False).record_history


def reshape(keras: Any) -> Any:
    return [list(keras.Input((4, 3)).reshape((-1, 12)).shape), list(keras.KerasTensor((2, 6)).reshape((3, 4)).shape)]


def squeeze(keras: Any) -> Any:
    return [list(keras.KerasTensor((2, 1, 6)).squeeze().shape), list(keras.KerasTensor((2, 1, 6)).squeeze(axis=1).shape)]


def bool_of(keras: Any) -> Any:
    return bool(keras.Input((3,)) > 0)


def iteration(keras: Any) -> Any:
    return [list(one.shape) for one in keras.KerasTensor((2, 3))]


def iteration_of_an_unknown_size(keras: Any) -> Any:
    return [list(one.shape) for one in keras.Input((3,))]


def length(keras: Any) -> Any:
    return len(keras.KerasTensor((2, 3)))


def as_a_float(keras: Any) -> Any:
    return float(keras.KerasTensor(()))


def as_an_int(keras: Any) -> Any:
    return int(keras.KerasTensor(()))


def as_an_array(keras: Any) -> Any:
    return np.asarray(keras.Input((3,))).tolist()


def numpy_function(keras: Any) -> Any:
    return np.sin(keras.Input((3,)))


def in_a_format(keras: Any) -> Any:
    return f"{keras.KerasTensor((2, 3), name='x')}" != ""


def assigned_shape(keras: Any) -> Any:
    x = keras.KerasTensor((2, 3))
    x.name = "other"
    return x.name


def hashed(keras: Any) -> Any:
    x, y = keras.Input((3,)), keras.Input((3,))
    return [len({x, y}), x in {x: 1}]


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "floordiv": lambda x, y: x // y,
    "mod": lambda x, y: x % y,
    "power": lambda x, y: x**y,
    "less": lambda x, y: x < y,
    "less_equal": lambda x, y: x <= y,
    "greater": lambda x, y: x > y,
    "greater_equal": lambda x, y: x >= y,
    "not_equal": lambda x, y: x != y,
    "equal": lambda x, y: x == y,
    "and": lambda x, y: (x > 0) & (y > 0),
    "or": lambda x, y: (x > 0) | (y > 0),
    "xor": lambda x, y: (x > 0) ^ (y > 0),
}
_OTHERS: dict[str, Callable[[Any], Any]] = {
    "symbolic": lambda keras: keras.Input((3,)),
    "float": lambda keras: 2.0,
    "int": lambda keras: 2,
    "numpy": lambda keras: np.ones((3,), "float32"),
    "tensor": lambda keras: keras.ops.ones((3,)),
}
_UNARY: dict[str, Callable[[Any], Any]] = {
    "negative": lambda x: -x,
    "absolute": abs,
    "invert": lambda x: ~(x > 0),
    "round": lambda x: round(x),
    "round_digits": lambda x: round(x, 1),
    "positive": lambda x: +x,
    "transpose": lambda x: x.T,
    "matmul": lambda x: x @ np.ones((3, 2), "float32"),
    "rmatmul": lambda x: np.ones((4, 2), "float32") @ x if False else x,
    "divmod": lambda x: divmod(x, 2)[0],
    "shape_item": lambda x: x.shape[1],
}
_KEYS: dict[str, Any] = {
    "int": 0,
    "negative": -1,
    "slice": slice(1, None),
    "step": slice(None, None, 2),
    "reverse": slice(None, None, -1),
    "ellipsis": (..., 0),
    "none": (slice(None), None),
    "newaxis_at_the_end": (..., np.newaxis),
    "pair": (slice(None), 1),
    "pairs_of_slices": (slice(None), slice(0, 2), slice(1, 3)),
    "list": (slice(None), [0, 2]),
    "numpy_int": (slice(None), np.int64(1)),
    "too_many": (0, 0, 0, 0, 0),
    "empty_tuple": (),
    "array": (slice(None), np.array([0, 2])),
    "text": "a",
    "float": 1.5,
}


def _operator(name: str, other: str, swapped: bool) -> Callable[[Any], Any]:
    def program(keras: Any) -> Any:
        x, y = keras.Input((3,)), _OTHERS[other](keras)
        found = _OPERATORS[name](y, x) if swapped else _OPERATORS[name](x, y)
        return [list(found.shape), found.dtype]

    return program


def _unary(name: str) -> Callable[[Any], Any]:
    def program(keras: Any) -> Any:
        found = _UNARY[name](keras.KerasTensor((4, 3)))
        return [list(found.shape), found.dtype] if hasattr(found, "shape") else found

    return program


def _indexed(name: str, batch: bool) -> Callable[[Any], Any]:
    def program(keras: Any) -> Any:
        found = (keras.Input((4, 3)) if batch else keras.KerasTensor((5, 4, 3)))[_KEYS[name]]
        return [list(found.shape), found.dtype]

    return program


# ---- masks


def mask_of_an_embedding(keras: Any) -> Any:
    return [_mask(keras.layers.Embedding(5, 2, mask_zero=zero)(_steps(keras))) for zero in (True, False)]


def mask_of_masking(keras: Any) -> Any:
    return _mask(keras.layers.Masking()(keras.Input((2, 1))))


def mask_through_a_dense_layer(keras: Any) -> Any:
    return _mask(keras.layers.Dense(2)(_embedded(keras)))


def mask_through_an_op(keras: Any) -> Any:
    return _mask(_embedded(keras) * 2)


def mask_through_a_layer_without_support(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x * 2

    return _mask(Mine()(_embedded(keras)))


def mask_through_a_layer_with_support(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.supports_masking = True

        def call(self, x: Any) -> Any:
            return x * 2

    return _mask(Mine()(_embedded(keras)))


def mask_through_a_layer_with_a_mask_argument(keras: Any) -> Any:
    class Mine(keras.layers.Layer):
        def call(self, x: Any, mask: Any = None) -> Any:
            return x * 2

    layer = Mine()
    return [_mask(layer(_embedded(keras))), layer.supports_masking]


def mask_through_an_identity(keras: Any) -> Any:
    return _mask(keras.layers.Identity()(_embedded(keras)))


def mask_through_dropout_and_activation(keras: Any) -> Any:
    x = _embedded(keras)
    return [_mask(keras.layers.Dropout(0.5)(x)), _mask(keras.layers.Activation("relu")(x)), _mask(keras.layers.LayerNormalization()(x))]


def mask_through_recurrent_layers(keras: Any) -> Any:
    x = _embedded(keras)
    return [
        _mask(keras.layers.LSTM(2, return_sequences=True)(x)),
        _mask(keras.layers.LSTM(2)(x)),
        _mask(keras.layers.Bidirectional(keras.layers.GRU(2, return_sequences=True))(x)),
    ]


def mask_through_merging_layers(keras: Any) -> Any:
    x, y = _embedded(keras), _embedded(keras)
    plain = keras.Input((3, 2))
    return [
        _mask(keras.layers.Add()([x, y])),
        _mask(keras.layers.Concatenate()([x, y])),
        _mask(keras.layers.Concatenate(axis=1)([x, y])),
        _mask(keras.layers.Add()([x, plain])),
        _mask(keras.layers.Concatenate(axis=1)([x, plain])),
        _mask(keras.layers.Multiply()([x, y])),
        _mask(keras.layers.Average()([x, y])),
    ]


def mask_through_pooling_and_flatten(keras: Any) -> Any:
    x = _embedded(keras)
    pooled = keras.layers.GlobalAveragePooling1D()(x)
    return [
        _mask(pooled),
        list(pooled.shape),
        _mask(keras.layers.Flatten()(x)),
        _mask(keras.layers.Reshape((3, 2))(x)),
        _mask(keras.layers.Permute((2, 1))(x)),
    ]


def mask_through_time_distributed(keras: Any) -> Any:
    x = _embedded(keras)
    return _mask(keras.layers.TimeDistributed(keras.layers.Dense(2))(x))


def mask_on_symbolic_tensors(keras: Any) -> Any:
    x = _embedded(keras)
    dense = keras.layers.Dense(2)(x)
    pooled = keras.layers.GlobalMaxPooling1D()(x)
    return [hasattr(one, "_keras_mask") and one._keras_mask is not None for one in (x, dense, x * 2, pooled)] + [
        list(x._keras_mask.shape),
        x._keras_mask.dtype,
    ]


def mask_given_to_a_call(keras: Any) -> Any:
    seen = []

    class Mine(keras.layers.Layer):
        def call(self, x: Any, mask: Any = None) -> Any:
            seen.append(None if mask is None else list(mask.shape))
            return x

    Mine()(ROWS, mask=ROWS > 0.9)
    Mine()(ROWS, mask=None)
    Mine()(ROWS)
    return seen


def mask_given_to_a_model(keras: Any) -> Any:
    inputs = keras.Input((3, 2))
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling1D()(keras.layers.Activation("linear")(inputs)))
    x = np.arange(12, dtype="float32").reshape(2, 3, 2)
    return [np.asarray(model(x, mask=keras.ops.convert_to_tensor(STEPS > 0))), np.asarray(model(x))]


def compute_mask_of_layers(keras: Any) -> Any:
    mask = keras.ops.convert_to_tensor(STEPS > 0)
    return [
        keras.layers.Dense(2).compute_mask(ROWS, None),
        np.asarray(keras.layers.Dense(2).compute_mask(ROWS, mask)).astype("int32"),
        keras.layers.LSTM(2).compute_mask(ROWS, mask),
        np.asarray(keras.layers.Embedding(5, 2, mask_zero=True).compute_mask(STEPS)).astype("int32"),
        keras.layers.Embedding(5, 2).compute_mask(STEPS),
    ]


def masks_of_query_and_key(keras: Any) -> Any:
    seen = []

    class Mine(keras.layers.Layer):
        def call(self, query: Any, key: Any, query_mask: Any = None, key_mask: Any = None) -> Any:
            seen.append([one is not None for one in (query_mask, key_mask)])
            return query

    x = _embedded(keras)
    Mine()(x, keras.Input((3, 2)))
    Mine()(x, key=x)
    return [seen[0], seen[-1]]


def masks_of_a_list(keras: Any) -> Any:
    seen = []

    class Mine(keras.layers.Layer):
        def call(self, inputs: Any, mask: Any = None) -> Any:
            seen.append([one is not None for one in mask])
            return inputs[0]

    Mine()([_embedded(keras), keras.Input((3, 2))])
    return seen[0]


def mask_used_in_a_model(keras: Any) -> Any:
    inputs = _steps(keras)
    x = keras.layers.Embedding(5, 2, mask_zero=True)(inputs)
    model = keras.Model(inputs, keras.ops.sum(keras.ops.cast(x._keras_mask, "int32"), axis=-1))
    return np.asarray(model(STEPS))


def mask_passed_to_a_layer(keras: Any) -> Any:
    inputs, values = _steps(keras), keras.Input((3, 2))
    x = keras.layers.Embedding(5, 2, mask_zero=True)(inputs)
    model = keras.Model([inputs, values], keras.layers.GlobalAveragePooling1D()(values, mask=x._keras_mask))
    return np.asarray(model([STEPS, np.arange(12, dtype="float32").reshape(2, 3, 2)]))


def masked_loss(keras: Any) -> Any:
    model = keras.Sequential([keras.layers.Masking(), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse", run_eagerly=True)
    x = np.array([[[1.0], [0.0]], [[3.0], [2.0]]], "float32")
    return model.evaluate(x, np.zeros((2, 2, 1), "float32"), verbose=0)


# ---- optional inputs


def _optional_model(keras: Any, form: str) -> Any:
    class Sums(keras.layers.Layer):
        def call(self, a: Any, b: Any = None) -> Any:
            return a if b is None else a + b

        def compute_output_shape(self, a_shape: Any, b_shape: Any = None) -> Any:
            return a_shape

    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b", optional=True)
    inputs = {"list": [a, b], "dict": {"a": a, "b": b}, "tuple": (a, b)}[form]
    return keras.Model(inputs, Sums()(a, b))


def _optional(form: str, given: str) -> Callable[[Any], Any]:
    def program(keras: Any) -> Any:
        model = _optional_model(keras, form)
        values = {
            "both": {"list": [ROWS, ROWS], "dict": {"a": ROWS, "b": ROWS}, "tuple": (ROWS, ROWS)},
            "none": {"list": [ROWS, None], "dict": {"a": ROWS, "b": None}, "tuple": (ROWS, None)},
            "required_none": {"list": [None, ROWS], "dict": {"a": None, "b": ROWS}, "tuple": (None, ROWS)},
            "missing": {"list": [ROWS], "dict": {"a": ROWS}, "tuple": (ROWS,)},
        }[given][form]
        return np.asarray(model(values))

    return program


def optional_input_in_predict(keras: Any) -> Any:
    model = _optional_model(keras, "list")
    return np.asarray(model.predict([ROWS, ROWS], verbose=0))


def optional_input_without_one_in_predict(keras: Any) -> Any:
    model = _optional_model(keras, "dict")
    return np.asarray(model.predict({"a": ROWS, "b": None}, verbose=0))


def optional_input_layer(keras: Any) -> Any:
    x = keras.Input((3,), optional=True)
    model = keras.Model(x, keras.layers.Dense(1)(x))
    return [model.layers[0].optional, model.layers[0].get_config()["optional"]]


# ---- forms of inputs

_INPUTS: dict[str, Callable[[Any, Any], Any]] = {
    "single": lambda a, b: a,
    "list_of_one": lambda a, b: [a],
    "dict_of_one": lambda a, b: {"a": a},
    "list": lambda a, b: [a, b],
    "tuple": lambda a, b: (a, b),
    "dict": lambda a, b: {"a": a, "b": b},
    "dict_of_other_keys": lambda a, b: {"x": a, "y": b},
    "unsorted_dict": lambda a, b: {"z": a, "b": b},
    "nested": lambda a, b: {"first": a, "rest": [b]},
    "nested_list": lambda a, b: [a, [b]],
}
_GIVEN: dict[str, Callable[[Any, Any], Any]] = {
    **_INPUTS,
    "extra_key": lambda a, b: {"a": a, "b": b, "c": a},
    "extra_key_of_one": lambda a, b: {"a": a, "other": b},
    "three": lambda a, b: [a, b, a],
    "other_order": lambda a, b: {"b": b, "a": a},
    "empty": lambda a, b: [],
    "flat_rank": lambda a, b: a[0],
}


def _inputs(structure: str, given: str, how: str) -> Callable[[Any], Any]:
    def program(keras: Any) -> Any:
        a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
        single = structure in ("single", "list_of_one", "dict_of_one")
        model = keras.Model(_INPUTS[structure](a, b), a * 2 if single else a * 2 + b * 3)
        data = _GIVEN[given](ROWS, ROWS + 1)
        if how == "call":
            return np.asarray(model(data))
        return np.asarray(model.predict(data, verbose=0))

    return program


def warning_for_an_extra_key(keras: Any) -> Any:
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    model = keras.Model({"a": a, "b": b}, a + b)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model({"a": ROWS, "b": ROWS, "c": ROWS})
    return len(caught)


def operations(keras: Any) -> Any:
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    x = keras.layers.Dense(2, name="d")(a)
    model = keras.Model([a, b], keras.ops.add(keras.ops.relu(x), keras.layers.Dense(2, name="e")(b)))
    return [[one.name for one in model.operations], [one.name for one in model.layers]]


def operations_of_an_op_used_twice(keras: Any) -> Any:
    a = keras.Input((3,), name="a")
    x = keras.ops.relu(keras.layers.Dense(2, name="d")(keras.ops.relu(a)))
    model = keras.Model(a, keras.layers.Dense(2, name="e")(x))
    return [[one.name for one in model.operations], [one.name for one in model.layers]]


def names_of_outputs(keras: Any) -> Any:
    a = keras.Input((3,), name="a")
    one, two = keras.layers.Dense(2, name="one")(a), keras.layers.Dense(2, name="two")(a)
    return [keras.Model(a, out).output_names for out in (one, [one, two], {"x": one, "y": two}, {"y": one, "x": two}, [one, {"k": two}])]


def names_of_inputs(keras: Any) -> Any:
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    return [keras.Model(i, a + b).input_names if hasattr(keras.Model, "input_names") else None for i in ([a, b],)]


def shapes_of_models(keras: Any) -> Any:
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    models = [
        keras.Model([a, b], a + b),
        keras.Model({"a": a, "b": b}, {"o": a + b}),
        keras.Model(a, [a * 1, a * 2]),
        keras.Model([a], [a * 1]),
    ]
    return [[m.input_shape, m.output_shape] for m in models]


def model_without_outputs(keras: Any) -> Any:
    return keras.Model(keras.Input((3,)), []).output_shape


def model_of_intermediate_tensors(keras: Any) -> Any:
    a = keras.Input((3,), name="a")
    x = keras.layers.Dense(2, kernel_initializer="ones")(a)
    y = keras.layers.Dense(1, kernel_initializer="ones")(x)
    return np.asarray(keras.Model(x, y)(np.ones((2, 2), "float32")))


def state_tree(keras: Any) -> Any:
    inputs = keras.Input((3,), name="i")
    x = keras.layers.BatchNormalization(name="bn")(keras.layers.Dropout(0.5)(keras.layers.Dense(2, name="d")(inputs)))
    model = keras.Model(inputs, x, name="m")
    model.compile("adam", "mse")

    def names(values: Any) -> Any:
        return {key: names(value) for key, value in values.items()} if isinstance(values, dict) else list(np.shape(values))

    found = names(model.get_state_tree())
    return [found["trainable_variables"], found["non_trainable_variables"]["bn"], sorted(found), found["metrics_variables"]]


def state_tree_of_a_sequential_model(keras: Any) -> Any:
    inner = keras.Sequential([keras.layers.Dense(2, name="d")], name="inner")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="e"), inner], name="s")
    model.compile("sgd", "mse")
    found = model.get_state_tree("numpy_array")
    other = {key: value for key, value in found.items() if key == "trainable_variables"}
    other["trainable_variables"]["s"]["e"]["bias"] = np.ones(2, "float32")
    model.set_state_tree(other)
    return [sorted(found["trainable_variables"]["s"]), np.asarray(model.layers[0].bias)]


def state_tree_of_a_subclass(keras: Any) -> Any:
    class Mine(keras.Model):
        def __init__(self) -> None:
            super().__init__(name="mine")
            self.a, self.b = keras.layers.LSTM(2, name="a"), [keras.layers.Dense(1, name="b")]

        def call(self, x: Any) -> Any:
            return self.b[0](self.a(x))

    model = Mine()
    model(np.ones((1, 2, 3), "float32"))
    model.compile("sgd", "mse")
    tree = model.get_state_tree()["trainable_variables"]["mine"]
    return {key: sorted(value) for key, value in tree.items()}


def state_tree_in_another_format(keras: Any) -> Any:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    return model.get_state_tree("other")


def state_tree_with_an_unknown_kind(keras: Any) -> Any:
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).set_state_tree({"other": {}})


def _all() -> dict[str, Callable[[Any], Any]]:
    plain = {
        name: function
        for name, function in globals().items()
        if callable(function) and getattr(function, "__module__", "") == __name__ and not name.startswith("_")
    }
    operators = {
        f"{name}_with_{other}{'_swapped' if swapped else ''}": _operator(name, other, swapped)
        for name in _OPERATORS
        for other in _OTHERS
        for swapped in (False, True)
        if not (swapped and other in ("symbolic", "numpy", "tensor")) and not (name in ("and", "or", "xor") and other in ("float", "int"))
    }
    unary = {f"unary_{name}": _unary(name) for name in _UNARY}
    keys = {f"index_{name}{'_of_a_batch' if batch else ''}": _indexed(name, batch) for name in _KEYS for batch in (False, True)}
    optional = {
        f"optional_{form}_{given}": _optional(form, given)
        for form in ("list", "dict", "tuple")
        for given in ("both", "none", "required_none", "missing")
    }
    inputs = {f"inputs_{structure}_given_{given}": _inputs(structure, given, "call") for structure in _INPUTS for given in _GIVEN}
    predicted = {
        f"predict_{structure}_given_{given}": _inputs(structure, given, "predict")
        for structure in ("single", "list", "dict", "nested")
        for given in ("list", "dict", "extra_key", "tuple", "single", structure)
    }
    return plain | operators | unary | keys | optional | inputs | predicted


PROGRAMS = _all()
