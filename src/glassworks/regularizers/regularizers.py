"""Regularizers: penalties on weights or outputs that are added to the loss, so that they stay small or orthogonal."""

from __future__ import annotations

import math
from typing import Any

from glassworks import ops
from glassworks.arguments import Number, OneOf
from glassworks.configured import Configured
from glassworks.errors import ShapeError
from glassworks.guards import Observed
from glassworks.registry import Registry
from glassworks.typing import Tensor

REGULARIZERS = Registry("regularizers", "regularizer", "l2")


class _Strength(Number):
    """A non-negative number, converted to a float. None stands for the default, if there is one."""

    def __init__(self, default: float | None = None) -> None:
        super().__init__(0, math.inf, closed="left")
        self.default = default

    def allows(self, value: object) -> bool:
        return self.default is not None if value is None else super().allows(value)

    def convert(self, value: float | None) -> float:
        return float(self.default if value is None else value)  # type: ignore[arg-type]  # None is refused without a default

    def __str__(self) -> str:
        return super().__str__() if self.default is None else f"{super().__str__()}, or None for {self.default}"


class Regularizer(Configured, Observed):
    """A function of a tensor to a scalar penalty. Subclasses define `__call__` and `get_config`.

    >>> from glassworks import ops, regularizers
    >>> class Sparse(regularizers.Regularizer):
    ...     def __call__(self, x):
    ...         return 0.01 * ops.sum(ops.absolute(x))
    >>> round(float(Sparse()(ops.ones((10,)))), 4)
    0.1
    """

    _keras_module = "keras"  # in configs

    def __call__(self, x: Tensor) -> Any:
        """The penalty, a scalar of the dtype of `x`."""
        return 0.0

    def get_config(self) -> dict[str, Any]:
        if not type(self)._declared_arguments:
            raise NotImplementedError(f"regularizer {type(self).__name__} does not define get_config(self), which saving needs")
        return super().get_config()


class L1(Regularizer):
    """`l1 * sum(|x|)`: drives weights to exactly 0.

    Args:
        l1: The strength, at least 0.

    >>> from glassworks import ops, regularizers
    >>> float(regularizers.L1(0.5)(ops.array([1.0, -3.0])))
    2.0
    """

    l1 = _Strength(0.01)

    def __init__(self, l1: float = 0.01) -> None:
        self._keep_arguments(l1=l1)

    def __call__(self, x: Tensor) -> Tensor:
        return self.l1 * ops.sum(ops.absolute(x))


class L2(Regularizer):
    """`l2 * sum(x^2)`: keeps weights small.

    Args:
        l2: The strength, at least 0.

    >>> from glassworks import ops, regularizers
    >>> float(regularizers.L2(0.5)(ops.array([1.0, -3.0])))
    5.0
    """

    l2 = _Strength(0.01)

    def __init__(self, l2: float = 0.01) -> None:
        self._keep_arguments(l2=l2)

    def __call__(self, x: Tensor) -> Tensor:
        return self.l2 * ops.sum(ops.square(x))


class L1L2(Regularizer):
    """`l1 * sum(|x|) + l2 * sum(x^2)`.

    Args:
        l1, l2: The strengths, at least 0. By name alone (`"l1_l2"`) both are 0.

    >>> from glassworks import ops, regularizers
    >>> float(regularizers.L1L2(l1=0.5, l2=0.5)(ops.array([1.0, -3.0])))
    7.0
    """

    l1 = l2 = _Strength(0.0)

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self._keep_arguments(l1=l1, l2=l2)

    def __call__(self, x: Tensor) -> Tensor:
        penalty: Any = ops.zeros((), dtype=x.dtype)
        if self.l1:
            penalty = penalty + self.l1 * ops.sum(ops.absolute(x))
        if self.l2:
            penalty = penalty + self.l2 * ops.sum(ops.square(x))
        return penalty


class OrthogonalRegularizer(Regularizer):
    """`factor` times the mean |cosine| between the rows (or columns) of a matrix: 0 if they are orthogonal.

    Args:
        factor: The strength, at least 0.
        mode: `"rows"` or `"columns"`.

    >>> from glassworks import ops, regularizers
    >>> float(regularizers.OrthogonalRegularizer(factor=1.0)(ops.eye(3)))
    0.0
    """

    factor = _Strength()
    mode = OneOf("rows", "columns")

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self._keep_arguments(factor=factor, mode=mode)

    def __call__(self, inputs: Tensor) -> Tensor:
        """The penalty; a `ShapeError` unless the input is a matrix."""
        if len(inputs.shape) != 2:
            raise ShapeError(
                f"a tensor of shape {tuple(inputs.shape)}",
                "a matrix of shape (rows, columns)",
                "regularize matrices only",
                where="OrthogonalRegularizer",
            )
        rows = inputs if self.mode == "rows" else ops.transpose(inputs)
        size = rows.shape[0]
        rows = ops.normalize(rows, axis=1)
        cosines = ops.matmul(rows, ops.transpose(rows))
        different = 1.0 - ops.eye(size, dtype=cosines.dtype)
        pairs = size * (size - 1) / 2
        return self.factor * 0.5 * ops.sum(ops.absolute(cosines * different)) / pairs
