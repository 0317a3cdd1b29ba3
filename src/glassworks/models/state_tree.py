"""All variables of a model at once: as a nested dict by their paths, and as the arguments of a function without state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from glassworks import tree
from glassworks.arguments import OneOf, check
from glassworks.errors import ArgumentError, suggest
from glassworks.graph import Variable
from glassworks.graph.stateless import run_stateless
from glassworks.layers import tracking
from glassworks.layers.base import Layer
from glassworks.scope import entry
from glassworks.training.outputs import numbered
from glassworks.training.steps import loss_of
from glassworks.typing import Structure

if TYPE_CHECKING:
    from glassworks.models.model import Model
    from glassworks.typing import Tensor

StateTree = dict[str, Any]
_FORMATS = ("backend_tensor", "numpy_array")


class StateTrees:
    """The part of `Model` that gives and takes all variables at once."""

    @entry("model")
    def get_state_tree(self, value_format: str = "backend_tensor") -> StateTree:
        """The values of all variables as nested dicts, by the names of the layers that hold them.

        Args:
            value_format: "backend_tensor" for `Array`s, "numpy_array" for copies as NumPy arrays.

        Returns:
            A dict with "trainable_variables", "non_trainable_variables", "optimizer_variables" and "metrics_variables"; a model that is not
            compiled has no variables in the last two.

        Raises:
            ArgumentError: Another `value_format`, or two variables with the same path.

        >>> from glassworks import Sequential, layers
        >>> model = Sequential([layers.Input((3,)), layers.Dense(1, name="head")], name="net")
        >>> model.get_state_tree("numpy_array")["trainable_variables"]["net"]["head"]["bias"]
        array([0.], dtype=float32)
        """
        model = cast("Model", self)
        where = f"model '{model.name}'.get_state_tree"
        check(where, {"value_format": OneOf(*_FORMATS)}, value_format=value_format)
        return {kind: _nested(variables, value_format, where) for kind, variables in _groups(model).items()}

    @entry("model")
    def set_state_tree(self, state_tree: StateTree) -> None:
        """Set variables from nested dicts such as `get_state_tree` gives; variables that it leaves out keep their values.

        Args:
            state_tree: Values by the names of `get_state_tree`; what has no variable is left out, as in Keras.

        Raises:
            ArgumentError: A key of the outermost dict is not one of the four that `get_state_tree` gives.

        >>> import numpy as np
        >>> from glassworks import Sequential, layers
        >>> model = Sequential([layers.Input((3,)), layers.Dense(1, name="head")], name="net")
        >>> model.set_state_tree({"trainable_variables": {"net": {"head": {"bias": np.ones(1)}}}})
        >>> model.get_weights()[1]
        array([1.], dtype=float32)
        """
        model = cast("Model", self)
        groups = _groups(model)
        for kind, values in state_tree.items():
            if kind not in groups:
                raise ArgumentError(
                    f"{kind!r} in the state", "kinds of variables", suggest(str(kind), groups), where=f"model '{model.name}'.set_state_tree"
                )
            given = {"/".join(map(str, path)): value for path, value in tree.flatten_with_path(values)}
            for path, variable in groups[kind]:
                if path in given:
                    variable.assign(given[path])

    @entry("model")
    def stateless_compute_loss(
        self,
        trainable_variables: Sequence[Tensor],
        non_trainable_variables: Sequence[Tensor],
        metrics_variables: Sequence[Tensor],
        x: Structure = None,
        y: Structure = None,
        y_pred: Structure = None,
        sample_weight: Structure = None,
        training: bool = True,
    ) -> tuple[Tensor, tuple[Sequence[Tensor], Sequence[Tensor], Sequence[Tensor]]]:
        """What `compute_loss` returns for given values of the variables, which do not change.

        Args:
            trainable_variables, non_trainable_variables, metrics_variables: A value for each variable, in order.
            x, y, y_pred, sample_weight, training: The arguments of `compute_loss`.

        Returns:
            `(loss, (trainable values, new non-trainable values, new values of the metrics))`.

        >>> import numpy as np
        >>> from glassworks import Sequential, layers
        >>> model = Sequential([layers.Input((3,)), layers.Dense(1)])
        >>> model.compile(loss="mse")
        >>> states = [[v.value for v in variables] for variables in (model.trainable_variables, [], model.metrics_variables)]
        >>> loss, _ = model.stateless_compute_loss(*states, y=np.zeros((2, 1)), y_pred=np.ones((2, 1)))
        >>> float(loss)
        1.0
        """
        model = cast("Model", self)
        loss, (_, others, metrics) = run_stateless(
            lambda: loss_of(model, x, y, y_pred, sample_weight, training),
            (model.trainable_variables, trainable_variables),
            (model.non_trainable_variables, non_trainable_variables),
            (model.metrics_variables, metrics_variables),
            where=f"model '{model.name}'.stateless_compute_loss",
        )
        return loss, (trainable_variables, others, metrics)


def _groups(model: Model) -> dict[str, list[tuple[str, Variable]]]:
    """The paths and variables of each kind."""
    held = [*_paths(model, "", set()), *_generators(model)]
    trainable = {id(variable) for variable in model.trainable_variables}
    return {
        "trainable_variables": [(path, variable) for path, variable in held if id(variable) in trainable],
        "non_trainable_variables": [(path, variable) for path, variable in held if id(variable) not in trainable],
        "optimizer_variables": [(variable.path, variable) for variable in getattr(model.optimizer, "variables", ())],
        "metrics_variables": [(variable.path, variable) for variable in model.metrics_variables],
    }


def _paths(layer: Layer, outside: str, seen: set[int]) -> Iterator[tuple[str, Variable]]:
    """The variables of a layer and of those inside it, each once, with the names of the layers around them."""
    inside = f"{outside}{layer.name}/"
    for variable in tracking.own_variables(layer):
        if id(variable) not in seen:
            seen.add(id(variable))
            yield f"{inside}{variable.name}", variable
    for child in layer._child_layers():
        yield from _paths(child, inside if getattr(layer, "_names_paths", True) else "", seen)


def _generators(model: Model) -> Iterator[tuple[str, Variable]]:
    """The states of random generators, whose names are numbered where layers have given none."""
    taken: list[str] = []
    for generator in tracking.unique(one for layer in model._flat_layers() for one in tracking.own_seed_generators(layer)):
        taken.append(numbered(generator.name, taken))
        yield f"{taken[-1]}/{generator.state.name}", generator.state


def _nested(variables: list[tuple[str, Variable]], value_format: str, where: str) -> StateTree:
    nested: StateTree = {}
    for path, variable in variables:
        *folders, name = path.split("/")
        place = nested
        for folder in folders:
            place = place.setdefault(folder, {})
        if name in place:
            raise ArgumentError(f"two variables with the path {path!r}", "unique paths", "give their layers different names", where=where)
        place[name] = np.array(variable.numpy()) if value_format == "numpy_array" else variable.value
    return nested
