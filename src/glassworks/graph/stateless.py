"""`StatelessScope`: runs code that reads and assigns variables on values passed to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from glassworks.context import context
from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph.array import Array, as_array
from glassworks.graph.operators import table
from glassworks.graph.value import Value
from glassworks.graph.variable import Variable

if TYPE_CHECKING:
    from glassworks.typing import Tensor


class StatelessScope:
    """A `with` block in which variables have other values; assignments in it do not change the variables.

    So code with state becomes a function: values in, new values out.

    Args:
        state_mapping: Pairs of a variable and its value here. Other variables keep their values.
        collect_losses: Accepted as in Keras; a layer's losses are in its `losses`.
        initialize_variables: Accepted as in Keras; variables always have a value.

    Raises:
        ArgumentError: A key is not a variable.
        ShapeError: A value has another shape than its variable.

    >>> from glassworks import Variable
    >>> v = Variable([1.0])
    >>> with StatelessScope([(v, [10.0])]) as scope:
    ...     v.assign_add([1.0])
    Array([11.], dtype=float32)
    >>> scope.get_current_value(v), v.numpy()
    (Array([11.], dtype=float32), array([1.], dtype=float32))
    """

    def __init__(
        self, state_mapping: Iterable[tuple[Variable, Any]] | None = None, collect_losses: bool = False, initialize_variables: bool = True
    ) -> None:
        self.collect_losses, self.initialize_variables = collect_losses, initialize_variables
        self.losses: list[Any] = []
        self.values: dict[Variable, Any] = {}
        for variable, value in state_mapping or ():
            if not isinstance(variable, Variable):
                raise ArgumentError(
                    f"{type(variable).__name__} as a variable",
                    "pairs (variable, value)",
                    "use zip(variables, values)",
                    where="StatelessScope",
                )
            value = value.value if isinstance(value, Variable) else value
            value = value if isinstance(value, (Value, Array)) else as_array(value)
            if tuple(value.shape) != variable.shape:
                raise ShapeError(
                    f"a value of shape {tuple(value.shape)} for the variable {variable.path!r}",
                    f"shape {variable.shape}",
                    "give variables and values in the same order",
                    where="StatelessScope",
                )
            self.write(variable, table["cast"](value, variable.spec.dtype))

    def write(self, variable: Variable, value: Tensor) -> None:
        """Set the value of a variable in this scope."""
        self.values[variable] = value

    def add_update(self, update: tuple[Variable, Any]) -> None:
        """Set the value of a variable in this scope, given as a pair."""
        self.write(*update)

    def add_loss(self, loss: Tensor) -> None:
        """Add a loss to `losses`."""
        self.losses.append(loss)

    def get_current_value(self, variable: Variable) -> Tensor | None:
        """The value a variable has in this scope, or None if it was not set here."""
        return self.values.get(variable)

    def __enter__(self) -> StatelessScope:
        self.depth = len(context.traces)
        context.stateless = (*context.stateless, self)
        return self

    def __exit__(self, *_exception: object) -> None:
        context.stateless = context.stateless[:-1]


def run_stateless(
    function: Callable[[], Any], *groups: tuple[Sequence[Variable], Sequence[Any]], where: str
) -> tuple[Any, list[list[Any]]]:
    """Run a function with given values of variables, and return its result and the new values.

    Args:
        function: A function that reads and assigns variables.
        groups: Pairs of a list of variables and a list of their values.
        where: The caller's name, for errors.

    Returns:
        The result, and the new values of each group.

    >>> v = Variable([1.0])
    >>> run_stateless(lambda: v.assign_add([1.0]), ([v], [[10.0]]), where="here")[1]
    [[Array([11.], dtype=float32)]]
    """
    for variables, values in groups:
        if len(variables) != len(values):
            raise ShapeError(
                f"{len(values)} values for {len(variables)} variables", "one value per variable", "keep their order", where=where
            )
    mapping = [pair for variables, values in groups for pair in zip(variables, values, strict=True)]
    with StatelessScope(mapping) as scope:
        result = function()
    return result, [[scope.values[variable] for variable in variables] for variables, _ in groups]


class SymbolicScope:
    """A `with` block for code that only asks for shapes, as Keras marks it. Ops know symbolic tensors by themselves.

    >>> from glassworks import KerasTensor, ops
    >>> with SymbolicScope():
    ...     ops.matmul(KerasTensor((2, 3)), KerasTensor((3, 4))).shape
    (2, 4)
    """

    def __enter__(self) -> SymbolicScope:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass
