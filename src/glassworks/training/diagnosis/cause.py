"""Search for the origin of the first number that is not finite: the data, a weight, or a layer, forwards or backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from glassworks import dtypes, tree
from glassworks.engine import Program, compile_by_node, who
from glassworks.errors import DataError
from glassworks.graph import Graph, Node, Spec, Value, trace, untraced
from glassworks.training.data.base import Batch
from glassworks.training.data.checks import check_finite
from glassworks.training.diagnosis.recording import is_finite
from glassworks.training.steps import unpack

if TYPE_CHECKING:
    from glassworks.models.model import Model
    from glassworks.training.trainer import Trainer

# Functions that are undefined or infinite at some points.
_SINGULAR = {"log", "log1p", "sqrt", "rsqrt", "divide", "reciprocal", "power", "arccos", "arcsin", "arccosh", "arctanh", "tan", "norm"}
_LARGE = 1e15
"""Numbers as large as this come from weights that grew without bound."""


_MOST_ROWS = 3
"""The number of rows that are named."""


class Cause(NamedTuple):
    """The reason why a number is not finite.

    Attributes:
        found: What was found.
        fix: How to fix it.
        rows: The rows of the batch that make it, if these are not all.
        is_in_data: Whether `found` already names rows of the batch.
    """

    found: str
    fix: str
    rows: tuple[int, ...] = ()
    is_in_data: bool = False

    def naming_rows(self, numbers: np.ndarray | None) -> Cause:
        """The cause with the first rows in words.

        Args:
            numbers: The number in the data set of each row of the batch; None where they are not known.

        >>> Cause("log gives NaN", "keep it above 0", (1, 2)).naming_rows(np.array([40, 50, 60])).found
        'log gives NaN, in rows 50, 60 of the data'
        """
        if not self.rows or (self.is_in_data and numbers is None):
            return self
        shown = [int(row if numbers is None else numbers[row]) for row in self.rows[:_MOST_ROWS]]
        more = f" and {len(self.rows) - len(shown)} more" if len(self.rows) > len(shown) else ""
        of = "of the batch, counted from 0" if numbers is None else "of the data"
        rows = f"row{'s' if len(self.rows) > 1 else ''} {', '.join(map(str, shown))}{more}"
        return self._replace(found=f"{self.found}, in {rows} {of}")


def in_data(data: tuple, columns: list[str] | None = None) -> Cause | None:
    """NaN or infinity in a batch, or in whole arrays.

    Args:
        data: `(x, y, sample_weight)`.
        columns: The names of the columns of x, where it came from a DataFrame.
    """
    try:
        check_finite(unpack(data), ("x", "y", "sample_weight"), (columns, None, None), alone=unpack(data)[1] is None)
    except DataError as error:
        return Cause(error.found, error.fix, _rows_of(data), True)
    return None


def _rows_of(data: Batch) -> tuple[int, ...]:
    """The rows of a batch with numbers that are not finite."""
    leaves = [np.asarray(leaf, np.float32) for leaf in tree.flatten(data) if leaf is not None and dtypes.is_float(leaf.dtype.name)]
    return tuple(sorted({int(row) for leaf in leaves if leaf.ndim for row in _not_finite_rows(leaf)}))


def _not_finite_rows(array: np.ndarray) -> np.ndarray:
    return np.flatnonzero(~np.isfinite(array.reshape(len(array), -1)).all(axis=1))


def in_weights(model: Model) -> Cause | None:
    """The cause, if a weight of the model is not finite; else None."""
    for variable in model.weights:
        if not is_finite(variable.peek()):
            bad = int((~np.isfinite(np.asarray(variable.peek(), np.float32))).sum())
            return Cause(
                f"{bad:,} of {variable.size:,} numbers of the weight '{variable.path}' are not finite",
                "load or train the weights again: with them, every result is NaN",
            )
    return None


def in_forward(trainer: Trainer, data: Batch, training: bool = True) -> Cause | None:
    """The layer, loss or op that computes the first number that is not finite, in the step that gives the loss."""

    def loss(batch: object) -> Any:
        x, y, sample_weight = unpack(batch)
        y_pred = trainer.model(x, training=training)
        return trainer.model.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training)

    own = trainer.keeps_logs("train" if training else "test")
    graph = (
        trainer.programs.graph("train" if training else "test", data) if own else trace(loss, tree.map_structure(_spec, data), name="loss")
    )
    return _first(trainer, Graph(graph.inputs, graph.outputs, graph.structure, graph.reads, {}, graph.name), data)


def in_prediction(trainer: Trainer, data: Batch) -> Cause | None:
    """The layer or op that computes the first number that is not finite in a prediction."""
    graph = trainer.programs.graph("predict", data)
    return _first(trainer, Graph(graph.inputs, graph.outputs, graph.structure, graph.reads, {}, graph.name), data)


def in_gradient(trainer: Trainer, data: Batch) -> Cause | None:
    """The op that computes the first number that is not finite in the backward pass or the update of a training step."""
    graph = trainer.programs.graph("train", data)
    updates = [graph.writes[variable] for variable in reversed(trainer.model.trainable_variables) if variable in graph.writes]
    return _first(trainer, Graph(graph.inputs, updates, updates, graph.reads, {}, graph.name), data)


def _first(trainer: Trainer, graph: Graph, data: Batch) -> Cause | None:
    program = compile_by_node(graph)
    arrays = [leaf for leaf in tree.flatten(data) if leaf is not None]
    with untraced():
        search = _NotFiniteSearch(program, arrays)
    root = next((value for value in program.graph.outputs if isinstance(value, Value) and value in search.bad), None)
    origin = search.origin(root) if root is not None else None
    if root is None or origin is None or origin.node is None:
        return None
    return _describe(trainer, origin.node, search)._replace(rows=_rows_that_make(root, search.rows.get(origin, ()), program, arrays))


def _rows_that_make(root: Value, rows: tuple[int, ...], program: Program, arrays: list[np.ndarray]) -> tuple[int, ...]:
    """The rows, if a result is finite once they are replaced by another row of the batch; else none, since all rows, or the weights, are the cause."""
    good = next((row for row in range(len(rows) + 1) if row not in rows), None)
    if not rows or good is None or any(good >= len(array) for array in arrays):
        return ()
    changed = [array.copy() for array in arrays]
    for array in changed:
        array[list(rows)] = array[good]
    with untraced():
        return () if root in _NotFiniteSearch(program, changed).bad else rows


class _NotFiniteSearch:
    """A run of a program that notes which values are NaN or infinite, in which rows, and the largest absolute number of each value.

    Args:
        program: A program that runs node by node.
        arrays: The inputs.
    """

    def __init__(self, program: Program, arrays: list[np.ndarray]) -> None:
        self.bad: dict[Value, str] = {}
        self.largest: dict[Value, float] = {}
        self.rows: dict[Value, tuple[int, ...]] = {}
        self._count = min((len(array) for array in arrays if array.ndim), default=0)
        for value, array in zip(program.graph.inputs, arrays, strict=True):
            self._see(value, array)
        for variable, value in program.graph.reads.items():
            self._see(value, variable.peek())
        program(*arrays, observer=self._see_all)

    def _see_all(self, node: Node, results: tuple[np.ndarray, ...], seconds: float) -> None:
        for value, array in zip(node.outputs, results, strict=True):
            self._see(value, array)

    def _see(self, value: Value, array: np.ndarray) -> None:
        if not dtypes.is_float(value.spec.dtype) or not array.size:
            return
        with np.errstate(all="ignore"):
            largest = float(np.max(np.abs(np.asarray(array, np.float32))))
        self.largest[value] = largest
        if not np.isfinite(largest):
            self.bad[value] = "NaN" if np.isnan(largest) else "infinity"
            if np.ndim(array) and len(array) == self._count:  # perhaps an axis of samples
                self.rows[value] = tuple(map(int, _not_finite_rows(np.asarray(array, np.float32))))

    def origin(self, value: Value) -> Value:
        """The value at which it began: it is not finite, but all inputs of its node are.

        Infinity may be intended, as in a mask of minus infinity: an infinite constant is not the origin.
        """
        while True:
            node = value.node
            sources = [source for source in node.inputs if source in self.bad] if node is not None else []
            follow = next((source for source in sources if self.bad[source] == "NaN"), None)
            if follow is not None:
                value = follow
                continue
            for source in sources:
                start = self.origin(source)
                if start.node is not None:
                    return start
            return value


def _describe(trainer: Trainer, node: Node, search: _NotFiniteSearch) -> Cause:
    op = node.primitive.name
    source = max(node.inputs, key=lambda value: search.largest.get(value, 0.0))
    size = search.largest.get(source, 0.0)
    name = who(node)
    is_gradient = name.endswith(" (gradient)")
    name = name.removesuffix(" (gradient)")
    is_layer = any(frame.kind == "layer" for frame in node.origin)
    place = f"layer '{name}'" if is_layer else name or "the model"
    place = f"the gradient of {place}" if is_gradient else place
    maker = _layer_behind(source, search) if not is_layer else ""
    found = f"the first number that is not finite is made by {place} ({op}), from numbers up to {size:.3g}{maker}"
    if op in _SINGULAR and size < _LARGE:
        argument = {"divide": "its divisor away from 0", "power": "its base above 0"}.get(op, "what it is given above 0")
        fix = f"{op} is not finite there, or its slope is not: keep {argument}, for example ops.maximum(x, 1e-7)"
        return Cause(found, fix)
    rate = _learning_rate(trainer)
    return Cause(
        f"{found}: the weights have grown too large",
        f"a smaller learning rate{f' ({rate:.3g} now)' if rate is not None else ''}, clipnorm=1.0 in the optimizer, or inputs scaled to about -1 to 1",
    )


def _layer_behind(value: Value, search: _NotFiniteSearch) -> str:
    """The layer that a number outside all layers, as in a loss, comes from: the walk back follows the largest inputs."""
    node = value.node
    while node is not None:
        if any(frame.kind == "layer" for frame in node.origin):
            return f" of layer '{who(node).removesuffix(' (gradient)')}'"
        node = max(node.inputs, key=lambda source: search.largest.get(source, 0.0)).node if node.inputs else None
    return ""


def _learning_rate(trainer: Trainer) -> float | None:
    try:
        return float(np.asarray(trainer.optimizer.learning_rate))
    except (AttributeError, TypeError, ValueError):
        return None


def _spec(leaf: Any) -> Any:
    return None if leaf is None else Spec(leaf.shape, leaf.dtype.name)
