"""`Metric`: totals in variables, which each batch updates, and a value computed from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from glassworks import dtype_policy, dtypes, initializers, ops, tree
from glassworks.arguments import Anything
from glassworks.configured import Configured
from glassworks.errors import StateError
from glassworks.graph import Variable, untraced
from glassworks.graph.stateless import run_stateless
from glassworks.graph.stored import StoredVariables
from glassworks.guards import Observed
from glassworks.names import unique_name
from glassworks.registry import Registry, snake_case
from glassworks.scope import Frame, current, scope
from glassworks.typing import DTypeLike, Initializer, Tensor

METRICS = Registry("metrics", "metric", "mae")


class Metric(Configured, Observed, StoredVariables):
    """The base of all metrics. Subclasses write `update_state` and `result`, with ops.

    Args:
        dtype: The dtype of the computation; `floatx()` by default.
        name: Its name; by default the class name in snake case, numbered.

    >>> from glassworks import metrics, ops
    >>> class Count(metrics.Metric):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.total = self.add_variable((), "zeros", name="total")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.total.assign_add(float(len(y_true)))
    ...     def result(self):
    ...         return self.total.value
    >>> float(Count()([1, 2, 3], [1, 2, 3]))
    3.0
    """

    _keras_module = "keras"  # in configs

    name = Anything()
    dtype = dtype_policy.ComputeDType()

    # Whether a larger value is better ("up") or a smaller one ("down"), for callbacks that monitor the metric.
    _direction: str | None = None

    def __init__(self, dtype: DTypeLike = None, name: str | None = None) -> None:
        self._keep_arguments(name=name or unique_name(snake_case(type(self).__name__)), dtype=dtype)
        self._sum_dtype = dtypes.accumulator(self.dtype)
        self._variables: list[Variable] = []

    @property
    def variables(self) -> list[Variable]:
        """The variables of the metric and of metrics inside it, which `reset_state` resets."""
        if "_variables" not in vars(self):
            raise _not_initialised(self)
        inner = [variable for metric in tree.held(vars(self).values(), Metric) for variable in metric.variables]
        return tree.held([self._variables, *vars(self).values(), inner], Variable)

    def _named(self) -> AbstractContextManager:
        """A block in which errors name the metric, if the model that it was compiled into does not."""
        return nullcontext() if any(frame.kind == "metric" for frame in current()) else scope(Frame("metric", self.name))

    def add_variable(
        self, shape: Sequence[int], initializer: Initializer, dtype: DTypeLike = None, aggregation: str = "sum", name: str | None = None
    ) -> Variable:
        """Create a variable that `reset_state` sets to zero."""
        if "_variables" not in vars(self):
            raise _not_initialised(self)
        with untraced():
            variable = Variable(
                initializers.get(initializer), tuple(shape), dtype or self._sum_dtype, trainable=False, aggregation=aggregation, name=name
            )
        variable.path = f"{self.name}/{variable.name}"
        self._variables.append(variable)
        return variable

    def add_weight(
        self, shape: Sequence[int] = (), initializer: Initializer = None, dtype: DTypeLike = None, name: str | None = None
    ) -> Variable:
        """Create a variable; the same as `add_variable`."""
        return self.add_variable(shape, initializer or "zeros", dtype, name=name)

    def _stored_variables(self) -> list[Variable]:
        """What files keep: the variables of the metric itself; metrics inside it are stored beside it."""
        return tree.held([self._variables, *vars(self).values()], Variable)

    def reset_state(self) -> None:
        """Reset all variables, to count from the start."""
        for variable in self.variables:
            variable.assign(ops.zeros(variable.shape, variable.spec.dtype))

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Add a batch to the totals."""
        raise NotImplementedError(f"metric {type(self).__name__} does not define update_state")

    def result(self) -> Tensor:
        """The value computed from the totals."""
        raise NotImplementedError(f"metric {type(self).__name__} does not define result")

    def stateless_update_state(self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """The new values of the variables after a batch, from given values; the metric itself does not change."""
        return self._stateless(lambda: self.update_state(*args, **kwargs), metric_variables)[1][0]

    def stateless_result(self, metric_variables: Sequence[Any]) -> Tensor:
        """The result for given values of the variables."""
        return self._stateless(self.result, metric_variables)[0]

    def stateless_reset_state(self) -> list[Any]:
        """The initial values of the variables."""
        return self._stateless(self.reset_state, self.variables)[1][0]

    def _stateless(self, function: Callable[[], Any], values: Sequence[Any]) -> tuple[Any, list[list[Any]]]:
        return run_stateless(function, (self.variables, values), where=f"metric '{self.name}'")

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        """Add a batch to the totals, and return the new value."""
        self.update_state(*args, **kwargs)
        return self.result()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def _not_initialised(metric: Metric) -> StateError:
    name = type(metric).__name__
    return StateError(
        f"a {name} whose base class was not initialised",
        "super().__init__() before anything else",
        f"call super().__init__(name=name, dtype=dtype) in the first line of {name}.__init__",
        where=name,
    )
