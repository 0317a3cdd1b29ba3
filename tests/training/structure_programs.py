"""Models with outputs of every structure, and losses, weights, metrics, targets and sample weights of every structure; each gives its logs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

ROWS = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0], [1.5, 1.0, 0.0], [2.0, 0.0, 1.0]], "float32")
ONE, TWO, THREE = "one", "two", "three"

# Structures of outputs by name; the leaves are the names of the layers that give them.
OUTPUTS: dict[str, Any] = {
    "single": ONE,
    "list_of_one": [ONE],
    "dict_of_one": {"a": ONE},
    "list": [ONE, TWO],
    "tuple": (ONE, TWO),
    "dict": {"a": ONE, "b": TWO},
    "dict_unsorted": {"b": ONE, "a": TWO},
    "dict_by_layer": {ONE: ONE, TWO: TWO},
    "list_in_dict": {"a": ONE, "b": [TWO, THREE]},
    "dict_in_dict": {"a": ONE, "b": {"c": TWO, "d": THREE}},
    "list_in_list": [ONE, [TWO, THREE]],
    "dict_in_list": [ONE, {"c": TWO, "d": THREE}],
}


def _map(function: Callable[[Any], Any], structure: Any) -> Any:
    if isinstance(structure, dict):
        return {key: _map(function, one) for key, one in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)(_map(function, one) for one in structure)
    return function(structure)


def _flat(structure: Any) -> list[Any]:
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in _flat(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for one in structure for leaf in _flat(one)]
    return [structure]


def _model(keras: Any, outputs: Any, subclassed: bool) -> Any:
    def layer(name: str) -> Any:
        return keras.layers.Dense(1, kernel_initializer=keras.initializers.Constant(1 + _flat(outputs).index(name)), name=name)

    if not subclassed:
        inputs = keras.Input((3,), name="x")
        return keras.Model(inputs, _map(lambda name: layer(name)(inputs), outputs))

    class Mine(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.heads = {name: layer(name) for name in _flat(outputs)}

        def call(self, x: Any) -> Any:
            return _map(lambda name: self.heads[name](x), outputs)

    return Mine()


def _target(name: str) -> Any:
    return np.arange(4, dtype="float32").reshape(4, 1) * {ONE: 1.0, TWO: 2.0, THREE: 3.0}[name]


def _weight(name: str) -> Any:
    return np.array([1.0, 0.0, 2.0, 0.5], "float32") * {ONE: 1.0, TWO: 2.0, THREE: 3.0}[name]


def _forms(outputs: Any, leaf: Callable[[str], Any], other: Callable[[str], Any] | None = None) -> dict[str, Any]:
    """The same thing per output in every form that programs give it."""
    names = _flat(outputs)
    forms = {
        "none": None,
        "one": leaf(names[0]),
        "same": _map(leaf, outputs),
        "list": [leaf(name) for name in names],
        "tuple": tuple(leaf(name) for name in names),
        "by_layer": {name: leaf(name) for name in names},
        "first_of_list": [leaf(names[0]), *[None] * (len(names) - 1)],
        "first_by_layer": {names[0]: leaf(names[0])},
        "too_many": [leaf(names[0])] * (len(names) + 1),
        "unknown": {"unknown": leaf(names[0])},
    }
    if isinstance(outputs, dict):
        key = next(iter(outputs))
        forms["first_of_dict"] = {key: _map(leaf, outputs[key])}
        forms["last_of_dict"] = {list(outputs)[-1]: _map(leaf, outputs[list(outputs)[-1]])}
        forms["with_none"] = {name: _map(leaf, one) if name == key else None for name, one in outputs.items()}
    if other is not None:
        forms["two_kinds"] = _map(lambda name: [leaf(name), other(name)], outputs)
        forms["flat_two_kinds"] = [[leaf(name), other(name)] for name in names]
        forms["list_of_one_for_all"] = [leaf(names[0])]
        forms["two_for_all"] = [leaf(names[0]), other(names[0])]
    return forms


def _logs(keras: Any, outputs: Any, subclassed: bool, compiled: dict[str, Any], y: Any, sample_weight: Any) -> Any:
    model = _model(keras, outputs, subclassed)
    model.compile("sgd", run_eagerly=True, **compiled)
    logs = model.test_on_batch(ROWS, y, sample_weight, return_dict=True)
    return [[name, float(value)] for name, value in sorted(logs.items())]


Case = tuple[str, bool, dict[str, Any], Any, Any]


def _loss(name: str) -> str:
    return {ONE: "mse", TWO: "mae", THREE: "mse"}[name]


def _loss_weight(name: str) -> float:
    return {ONE: 1.0, TWO: 0.5, THREE: 0.25}[name]


def _cases() -> Iterator[tuple[str, Case]]:
    for kind, outputs in OUTPUTS.items():
        y = _map(_target, outputs)
        losses, weights = _forms(outputs, _loss), _forms(outputs, _loss_weight)
        metrics = _forms(outputs, lambda name: "mae", lambda name: "mse")
        targets, sample_weights = _forms(outputs, _target), _forms(outputs, _weight)
        same = _map(_loss, outputs)
        for subclassed in (False, True):
            prefix = f"{kind}_{'subclass' if subclassed else 'functional'}"
            for form, loss in losses.items():
                yield f"{prefix}_loss_{form}", (kind, subclassed, {"loss": loss}, y, None)
            for form, weight in weights.items():
                yield f"{prefix}_loss_weights_{form}", (kind, subclassed, {"loss": same, "loss_weights": weight}, y, None)
            for form, metric in metrics.items():
                yield f"{prefix}_metrics_{form}", (kind, subclassed, {"loss": same, "metrics": metric}, y, None)
            for form, target in targets.items():
                yield f"{prefix}_y_{form}", (kind, subclassed, {"loss": "mse", "metrics": metrics["same"]}, target, None)
            for form, weight in sample_weights.items():
                arguments = {"loss": same, "weighted_metrics": metrics["same"], "metrics": metrics["same"]}
                yield f"{prefix}_sample_weight_{form}", (kind, subclassed, arguments, y, weight)
        for (a, loss), (b, metric) in itertools.product(losses.items(), metrics.items()):
            partial = ("none", "first_of_list", "first_by_layer", "first_of_dict", "with_none")
            if a in partial and b in ("same", "list", "by_layer", "first_of_dict", "with_none"):
                yield f"{kind}_loss_{a}_metrics_{b}", (kind, False, {"loss": loss, "metrics": metric}, y, None)


def _program(case: Case) -> Callable[[Any], Any]:
    kind, subclassed, compiled, y, sample_weight = case
    return lambda keras: _logs(keras, OUTPUTS[kind], subclassed, compiled, y, sample_weight)


# One case in six, of each structure and form some: each takes some milliseconds.
PROGRAMS = {name: _program(case) for i, (name, case) in enumerate(_cases()) if i % 6 == 0}
