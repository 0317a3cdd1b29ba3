"""What a row of the table of layers is; the rows stand in `layer_cases/`, a file for each family of layers."""

from __future__ import annotations

from typing import Any, NamedTuple


class Case(NamedTuple):
    """A layer with its arguments, and inputs to compare it on.

    Attributes:
        shape: The shape of its input, or a list of shapes.
        training: Whether it is called with `training=True`.
        weights: Between which numbers the weights are drawn.
        keras_arguments: The arguments for Keras where they are others, as with a layer among the arguments.
        below: Inputs are integers below this one instead of normally distributed; 0 for the latter.
    """

    name: str
    arguments: dict[str, Any]
    shape: Any
    training: bool = False
    below: int = 0
    weights: tuple[float, float] = (0.5, 1.5)
    keras_arguments: dict[str, Any] | None = None

    @property
    def theirs(self) -> dict[str, Any]:
        """The arguments for Keras: the same, unless they hold objects, which each side must make for itself."""
        return self.arguments if self.keras_arguments is None else self.keras_arguments

    def __str__(self) -> str:
        arguments = ",".join(f"{key}={value}" for key, value in self.arguments.items())
        return f"{self.name}({arguments})-{self.shape}{'-training' if self.training else ''}".replace(" ", "")
