"""`State`: the weights of a layer and of the layers inside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import constraints, dtype_policy, initializers, regularizers
from glassworks.distribution.strategies import check_devices
from glassworks.errors import ShapeError, StateError
from glassworks.graph import Variable, untraced
from glassworks.graph.sizes import as_ints
from glassworks.graph.stored import StoredVariables
from glassworks.guards import Observed
from glassworks.layers import tracking
from glassworks.names import scoped
from glassworks.typing import Constraint, DTypeLike, Initializer, Regularizer, Shape


class State(Observed, StoredVariables):
    """The state of a layer: its variables, and the layers in its attributes.

    Attributes:
        name: The layer's name.
        built: Whether the weights have been created.
    """

    name: str
    built: bool
    variable_dtype: Any
    _trainable: bool
    _own_weights: list[Variable]

    def add_weight(
        self,
        shape: Shape | None = None,
        initializer: Initializer = None,
        dtype: DTypeLike = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Regularizer = None,
        constraint: Constraint = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """Create a variable of this layer.

        Args:
            shape: Its shape; `()` by default.
            initializer: A name, initializer or function; `"glorot_uniform"` for floats and `"zeros"` for others by default.
            dtype: By default the policy's variable dtype.
            trainable: Whether the optimizer changes it.
            autocast: Whether it is read in the compute dtype.
            regularizer: A penalty added to the loss.
            constraint: Constraints applied after every update.
            aggregation: An annotation; see `Variable`.
            overwrite_with_gradient: Whether optimizers set it to its gradient.
            name: Its name within the layer.
        """
        dtype = dtype_policy.get(dtype).variable_dtype if dtype is not None else self.variable_dtype
        shape = () if shape is None else as_ints(shape)
        if any(size is None or size < 0 for size in shape):
            raise ShapeError(
                f"weight {name!r} of shape {shape}",
                "sizes that are known when the layer is built",
                "give the input's feature sizes, for example keras.Input(shape=(784,))",
                where=f"layer '{self.name}'.add_weight",
            )
        check_devices(f"layer '{self.name}'.add_weight")
        if initializer is None:
            initializer = "glorot_uniform" if "float" in dtype else "zeros"
        initializer = initializers.get(initializer)
        with untraced():
            variable = Variable(initializer, shape, dtype, trainable, autocast, aggregation, name=name)
        variable.path = scoped(f"{self.path}/{variable.name}")
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        variable.overwrite_with_gradient = overwrite_with_gradient
        self._own_weights.append(variable)
        return variable

    def add_variable(
        self,
        shape: Shape,
        initializer: Initializer,
        dtype: DTypeLike = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Regularizer = None,
        constraint: Constraint = None,
        name: str | None = None,
    ) -> Variable:
        """`add_weight` by another name.

        Args:
            shape, initializer, dtype, trainable, autocast, regularizer, constraint, name: See `add_weight`.
        """
        return self.add_weight(shape, initializer, dtype, trainable, autocast, regularizer, constraint, name=name)

    @property
    def path(self) -> str:
        """The layer's name."""
        return self.name

    def _flat_layers(self) -> list[Any]:
        """This layer and all layers inside it."""
        return tracking.unique(layer for layer in [self, *(inner for child in self._child_layers() for inner in child._flat_layers())])  # type: ignore[arg-type]

    def _child_layers(self) -> list[Any]:
        return tracking.child_layers(self, State)

    @property
    def weights(self) -> list[Variable]:
        """All weights: those of the layer, trainable ones first, then those of the layers inside."""
        own = tracking.own_variables(self)
        return tracking.unique(iter([*own, *(w for child in self._child_layers() for w in child.weights)]))

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that an optimizer may change; none if the layer is frozen."""
        if not self.trainable:
            return []
        own = [v for v in tracking.own_variables(self) if v.trainable]
        return tracking.unique(iter([*own, *(w for child in self._child_layers() for w in child.trainable_weights)]))

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that an optimizer does not change."""
        trainable = set(map(id, self.trainable_weights))
        return [weight for weight in self.weights if id(weight) not in trainable]

    @property
    def variables(self) -> list[Variable]:
        """The weights, and the states of random generators."""
        own = [*tracking.own_variables(self), *(generator.state for generator in tracking.own_seed_generators(self))]
        return tracking.unique(iter([*own, *(v for child in self._child_layers() for v in child.variables)]))

    @property
    def trainable_variables(self) -> list[Variable]:
        """The same as `trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """All variables that an optimizer does not change."""
        trainable = set(map(id, self.trainable_weights))
        return [variable for variable in self.variables if id(variable) not in trainable]

    @property
    def metrics(self) -> list[Any]:
        """Metrics held by the layer and those inside."""
        return tracking.unique(metric for layer in self._flat_layers() for metric in tracking.own_metrics(layer))

    @property
    def metrics_variables(self) -> list[Variable]:
        """The variables of all metrics."""
        return [variable for metric in self.metrics for variable in metric.variables]

    @property
    def trainable(self) -> bool:
        """Whether an optimizer may change the weights; setting it applies to all layers inside."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for layer in self._child_layers():
            layer.trainable = value

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, in the order of `weights`."""
        return [weight.numpy() for weight in self.weights]

    def set_weights(self, weights: Any) -> None:
        """Set all weights from a list of arrays in the order of `weights`.

        Raises:
            ShapeError: The number of arrays or a shape differs.
        """
        own, given = self.weights, list(weights)
        where = f"layer '{self.name}'.set_weights"
        if len(own) != len(given):
            built = "" if self.built else "; it is not built yet: call it on data first"
            raise ShapeError(
                f"{len(given)} arrays",
                f"{len(own)} arrays, one for each of its weights{built}",
                "pass what get_weights() of the same architecture gave",
                where=where,
            )
        for variable, value in zip(own, given, strict=True):
            if tuple(np.shape(value)) != variable.shape:
                raise ShapeError(
                    f"an array of shape {np.shape(value)} for {variable.path!r}",
                    f"shape {variable.shape}",
                    "check the order of the arrays",
                    where=where,
                )
        for variable, value in zip(own, given, strict=True):
            variable.assign(value)

    def _stored_variables(self) -> list[Variable]:
        """What files keep: the layer's own variables, but not those of the layers inside."""
        return tracking.own_variables(self)

    def count_params(self) -> int:
        """The number of elements in all weights."""
        if not self.built:
            raise StateError(
                "a layer without weights yet",
                "a built layer",
                f"call {self.name}.build(input_shape) or call it on data first",
                where=f"layer '{self.name}'.count_params",
            )
        return sum(weight.size for weight in self.weights)
