"""`watch`: taps values of a model by name while it trains."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from glassworks import dtypes, tree
from glassworks.arguments import Integer, OneOf, check
from glassworks.display import Table
from glassworks.engine import Program, compile_graph
from glassworks.errors import GlassworksError
from glassworks.insight.capture import Capture
from glassworks.training.callbacks.callback import Callback, Logs
from glassworks.training.data.base import Batch
from glassworks.training.diagnosis.loss_watch import Again, Watch
from glassworks.training.fit import as_batch

if TYPE_CHECKING:
    from glassworks.models.model import Model
    from glassworks.typing import Data, Structure

STATISTICS: dict[str, Callable[[np.ndarray], float]] = {
    "mean": lambda a: float(a.mean()),
    "std": lambda a: float(a.std()),
    "min": lambda a: float(a.min()),
    "max": lambda a: float(a.max()),
    "norm": lambda a: float(np.linalg.norm(a)),
    "zeros": lambda a: float((a == 0).mean()),
    "not_finite": lambda a: float((~np.isfinite(a)).mean()),
}
"""What is recorded of an array: name -> function. The norm is the root of the sum of squares; `zeros` and `not_finite` are shares."""
_SHOWN = ("mean", "std", "min", "max", "norm", "zeros")
_ROWS = 20
_UNKNOWN = 8
"""A size for axes of unknown size, while names are checked."""


class Watching(Callback, Watch):
    """The callback of `watch`.

    Attributes:
        names: The names of the values.
        steps: The number of each step that was recorded, from 1, over all trainings.

    `watching["dense_1/preactivation"]` is a dict of arrays by statistic, with a number per recorded step, or with `keep="values"` the array
    of that value at each recorded step. `print(watching)` shows a table.
    """

    def __init__(self, model: Model, names: Iterable[str], every: int, keep: Literal["statistics", "values"], training: bool) -> None:
        super().__init__()
        self.names, self._every, self._keep, self._training = list(dict.fromkeys(names)), every, keep, training
        self.set_model(model)
        self._count = 0
        self._recorded: list[int] = []
        self._kept: dict[str, list[Any]] = {name: [] for name in self.names}
        self._programs: dict[Any, _Taps] = {}
        self._check_names()

    @property
    def steps(self) -> np.ndarray:
        """The numbers of the recorded steps, from 1."""
        return np.array(self._recorded, int)

    def __getitem__(self, name: str) -> Any:
        """What was recorded of a value: arrays by statistic, or the values themselves, stacked where they have one shape."""
        kept = self._kept[name]
        if self._keep == "statistics":
            return {statistic: np.array([entry[statistic] for entry in kept]) for statistic in STATISTICS}
        return np.stack(kept) if len({entry.shape for entry in kept}) == 1 else list(kept)

    def look(self, x: Data, y: Structure = None, sample_weight: Structure = None) -> None:
        """Record the values for a batch now, for training loops of one's own.

        Args:
            x: The inputs.
            y: The targets, which gradients need.
            sample_weight: A weight per sample.
        """
        self._count += 1
        self._record(as_batch(self.model._trainer, (x, y, sample_weight)))

    def table(self) -> Table:
        """The statistics of the recorded steps, the first and last of them where there are many."""
        rows = []
        for index in _ends(len(self._recorded)):
            for name in self.names:
                entry = self._kept[name][index]
                numbers = entry if self._keep == "statistics" else {key: STATISTICS[key](_flat(entry)) for key in _SHOWN}
                rows.append([self._recorded[index], name, *(numbers[key] for key in _SHOWN)])
        left_out = len(self._recorded) - len(_ends(len(self._recorded)))
        return Table(["Step", "Value", *_SHOWN], rows, notes=[f"{left_out} steps between are not shown."] if left_out else [])

    def get_state(self) -> dict[str, Any]:
        """Nothing: another process records from its own first step."""
        return {}

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table().html()

    # ---- what the loop calls

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Let the programs go."""
        self._programs = {}

    def steps_left(self) -> int:
        """The number of steps up to the next one that is recorded."""
        return self._every - (self._count - 1) % self._every if self._count else 1

    def ran_batch(self, step: int, data: Batch, returned: object, run: Callable[[Any], Any], again: Again = None) -> None:
        """Record, if it is time."""
        self._count += 1
        if (self._count - 1) % self._every == 0:
            self._record(data)

    def ran_slice(self, first: int, count: int, run: Callable[[int, int], Any], batch: Callable[[int], Any]) -> None:
        """Record, if it is time."""
        self._count += count
        if count and (self._count - 1) % self._every == 0:
            self._record(batch(first + count - 1))

    # ---- recording

    def _record(self, data: Batch) -> None:
        key = tuple((leaf.shape, leaf.dtype.str) for leaf in tree.flatten(data) if leaf is not None)
        if key not in self._programs:
            self._programs[key] = _Taps(self.model, self.names, data, self._training)
        arrays = self._programs[key](data)
        self._recorded.append(self._count)
        for name, array in arrays.items():
            flat = _flat(array)
            entry = {key: statistic(flat) for key, statistic in STATISTICS.items()} if self._keep == "statistics" else np.array(array)
            self._kept[name].append(entry)

    def _check_names(self) -> None:
        """Refuse unknown names before training, where the model knows its inputs."""
        functional = getattr(self.model, "_functional", None) or self.model
        inputs = getattr(functional, "program_inputs", None)
        if inputs is None:
            return
        try:
            rows = tree.map_structure(
                lambda t: np.zeros((1, *(size or _UNKNOWN for size in t.shape[1:])), dtypes.numpy_dtype(t.dtype)), inputs
            )
            capture = Capture(self.model, batch=(rows, None, None))
        except GlassworksError:
            return  # a shape that is not known yet
        for name in self.names:
            value = name.removesuffix("_gradient")
            if value not in ("loss", "loss_per_sample"):
                capture.find(value)


class _Taps:
    """A program that computes some values of a model for batches of one shape, and nothing else."""

    def __init__(self, model: Model, names: list[str], data: Batch, training: bool) -> None:
        capture = Capture(model, batch=data, training=training)
        self._names = names
        graph, _ = capture.graph_of(names)
        self._places = cast(dict[str, int], graph.structure)
        self._program: Program | None = compile_graph(graph) if graph.outputs else None
        self._capture = capture

    def __call__(self, data: Batch) -> dict[str, np.ndarray]:
        self._capture.arrays = [leaf for leaf in tree.flatten(data) if leaf is not None]
        results = self._program(*self._capture.arrays) if self._program is not None else []
        _, known = self._capture.graph_of([name for name in self._names if name not in self._places])
        return {name: np.asarray(known[name] if name in known else results[self._places[name]]) for name in self._names}


def watch(
    model: Model,
    names: str | Iterable[str],
    every: int = 50,
    keep: Literal["statistics", "values"] = "statistics",
    training: bool = True,
) -> Watching:
    """A callback that records values of a model while it trains: pass it in `fit(callbacks=[...])`, then print it.

    A value is computed for the batch of a step, with the weights after that step. Steps that are not recorded run as without it, and a
    recorded one costs what the value costs: only the layers up to it run, and the backward pass only for gradients. The model and its
    programs stay as they are.

    Args:
        model: The model.
        names: The name of a value, or several: `"dense_1/input"`, `"dense_1/preactivation"`, `"dense_1/output"`, `"dense_1/kernel"`, `"loss"`,
            and the gradient of the loss for each of them: `"dense_1/output_gradient"`. A layer in a nested model is `"encoder/dense_1"`.
        every: Every how many steps values are recorded, starting with the first step.
        keep: `"statistics"` for mean, standard deviation, smallest and largest number, norm, shares of zeros and of NaN or infinity;
            `"values"` for the arrays.
        training: Whether layers act as in training. Dropout then has the random numbers of the next step.

    Returns:
        The callback. `watching.steps` are the recorded steps, `watching[name]` what was recorded.

    Raises:
        ArgumentError: A name that the model does not have; the nearest one is suggested. Where the model does not know its inputs yet, `fit`
            raises it at the first step.

    >>> import numpy as np
    >>> from glassworks import Sequential, insight, layers
    >>> model = Sequential([layers.Input(shape=(2,)), layers.Dense(1, kernel_initializer="ones", name="dense")])
    >>> model.compile("sgd", "mse")
    >>> watching = insight.watch(model, ["dense/output", "dense/kernel"], every=2)
    >>> history = model.fit(np.ones((8, 2)), np.full((8, 1), 2.0), batch_size=2, verbose=0, callbacks=[watching])
    >>> watching.steps
    array([1, 3])
    >>> watching["dense/output"]["mean"]
    array([2., 2.])
    """
    allowed = {"every": Integer(minimum=1), "keep": OneOf("statistics", "values")}
    check("insight.watch", allowed, every=every, keep=keep)
    return Watching(model, [names] if isinstance(names, str) else names, every, keep, training)


def _flat(array: np.ndarray) -> np.ndarray:
    flat = np.asarray(array).reshape(-1)
    flat = flat if flat.dtype.kind == "f" and flat.itemsize >= 4 else flat.astype("float32")
    return flat if flat.size else np.full(1, np.nan, "float32")


def _ends(count: int) -> list[int]:
    return list(range(count)) if count <= _ROWS else [*range(_ROWS // 2), *range(count - _ROWS // 2, count)]
