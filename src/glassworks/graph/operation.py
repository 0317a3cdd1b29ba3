"""`Operation`: the base class of operations that can be called on symbolic tensors but are not layers."""

from __future__ import annotations

from typing import Any

from glassworks.graph.symbolic import has_keras_tensor, record_call
from glassworks.names import unique_name
from glassworks.registry import snake_case
from glassworks.scope import Frame, scope


class Operation:
    """A computation with arguments. Subclasses define `call`, with ops.

    Args:
        name: Its name; by default the class name in snake case, numbered.

    >>> from glassworks import Input, ops
    >>> class Power(Operation):
    ...     def __init__(self, exponent):
    ...         super().__init__()
    ...         self.exponent = exponent
    ...     def call(self, x):
    ...         return ops.power(x, self.exponent)
    >>> Power(2.0)([3.0]), Power(2.0)(Input((4,))).shape
    (Array([9.], dtype=float32), (None, 4))
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name or unique_name(snake_case(type(self).__name__))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute on arrays or graph values; on symbolic tensors, record the call."""
        if has_keras_tensor(args, kwargs):
            return self.symbolic_call(*args, **kwargs)
        with scope(Frame("operation", self.name, "call")):
            return self.call(*args, **kwargs)

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """Record the call, and return symbolic results."""
        return record_call(self, args, kwargs, function=self.compute_output_spec)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The computation, which each subclass defines."""
        raise NotImplementedError(f"operation {type(self).__name__} does not define call(self, ...)")

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Shapes and dtypes of the results; by default `call` is traced on symbolic values."""
        return self.call(*args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the name; a subclass with arguments adds them."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """An operation from its config."""
        return cls(**config)
