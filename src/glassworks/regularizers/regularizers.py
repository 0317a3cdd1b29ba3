"""Regularizers: penalties on weights or outputs that are added to the loss, so that they stay small or orthogonal."""

from __future__ import annotations

import math
from typing import Any

from glassworks import ops
from glassworks.arguments import Number, OneOf, check
from glassworks.errors import ShapeError
from glassworks.guards import Observed
from glassworks.registry import Registry

REGULARIZERS = Registry("regularizers", "regularizer", "l2")
_FACTOR = Number(0, math.inf, closed="left")
_ARGUMENTS = {"l1": _FACTOR, "l2": _FACTOR, "factor": _FACTOR, "mode": OneOf("rows", "columns")}


class Regularizer(Observed):
    """A function of a tensor to a scalar penalty. Subclasses write `__call__` and `get_config`.

    >>> from glassworks import ops, regularizers
    >>> class Sparse(regularizers.Regularizer):
    ...     def __call__(self, x):
    ...         return 0.01 * ops.sum(ops.absolute(x))
    >>> round(float(Sparse()(ops.ones((10,)))), 4)
    0.1
    """

    def __init_subclass__(cls, aliases: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith("glassworks."):
            REGULARIZERS.add(cls, *aliases)

    def __call__(self, x: Any) -> Any:
        """The penalty, a scalar of the dtype of `x`."""
        return 0.0

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict."""
        raise NotImplementedError(f"regularizer {type(self).__name__} does not define get_config(self), which saving needs")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A regularizer from its config."""
        return cls(**config)


class L1(Regularizer):
    """`l1 * sum(|x|)`: drives weights to exactly 0.

    Args:
        l1: The strength, at least 0.

    >>> from glassworks import ops, regularizers
    >>> float(regularizers.L1(0.5)(ops.array([1.0, -3.0])))
    2.0
    """

    def __init__(self, l1: float = 0.01) -> None:
        l1 = 0.01 if l1 is None else l1
        check("L1", _ARGUMENTS, l1=l1)
        self.l1 = float(l1)

    def __call__(self, x: Any) -> Any:
        """The penalty."""
        return self.l1 * ops.sum(ops.absolute(x))

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict."""
        return {"l1": self.l1}


class L2(Regularizer):
    """`l2 * sum(x^2)`: keeps weights small.

    Args:
        l2: The strength, at least 0.

    >>> from glassworks import ops, regularizers
    >>> float(regularizers.L2(0.5)(ops.array([1.0, -3.0])))
    5.0
    """

    def __init__(self, l2: float = 0.01) -> None:
        l2 = 0.01 if l2 is None else l2
        check("L2", _ARGUMENTS, l2=l2)
        self.l2 = float(l2)

    def __call__(self, x: Any) -> Any:
        """The penalty."""
        return self.l2 * ops.sum(ops.square(x))

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict."""
        return {"l2": self.l2}


class L1L2(Regularizer, aliases=("l1_l2",)):
    """`l1 * sum(|x|) + l2 * sum(x^2)`.

    Args:
        l1, l2: The strengths, at least 0. By name alone (`"l1_l2"`) both are 0.

    >>> from glassworks import ops, regularizers
    >>> float(regularizers.L1L2(l1=0.5, l2=0.5)(ops.array([1.0, -3.0])))
    7.0
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        l1, l2 = 0.0 if l1 is None else l1, 0.0 if l2 is None else l2
        check("L1L2", _ARGUMENTS, l1=l1, l2=l2)
        self.l1, self.l2 = float(l1), float(l2)

    def __call__(self, x: Any) -> Any:
        """The penalty."""
        penalty: Any = ops.zeros((), dtype=x.dtype)
        if self.l1:
            penalty = penalty + self.l1 * ops.sum(ops.absolute(x))
        if self.l2:
            penalty = penalty + self.l2 * ops.sum(ops.square(x))
        return penalty

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict."""
        return {"l1": self.l1, "l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """`factor` times the mean |cosine| between the rows (or columns) of a matrix: 0 if they are orthogonal.

    Args:
        factor: The strength, at least 0.
        mode: `"rows"` or `"columns"`.

    >>> from glassworks import ops, regularizers
    >>> float(regularizers.OrthogonalRegularizer(factor=1.0)(ops.eye(3)))
    0.0
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        check("OrthogonalRegularizer", _ARGUMENTS, factor=factor, mode=mode)
        self.factor, self.mode = float(factor), mode

    def __call__(self, inputs: Any) -> Any:
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

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict."""
        return {"factor": self.factor, "mode": self.mode}
