"""The backward pass of a trace: from the loss back to the inputs, and what one step of training does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from glassworks.display import Table, terminal
from glassworks.errors import ArgumentError, IndexRangeError, StateError, suggest
from glassworks.insight.cards.card import number
from glassworks.insight.cards.update import Numbers, UpdateCard
from glassworks.insight.stages import Stage
from glassworks.insight.step import Step

if TYPE_CHECKING:
    from glassworks.graph import Variable
    from glassworks.insight.capture import Capture

SHOWN = 5


class Flow(NamedTuple):
    """What the backward pass does at one layer, for one sample.

    Attributes:
        name: The layer call.
        arrives: The length (the root of the sum of squares) of the gradient at its output; None where none arrives.
        leaves: The length of the gradient that the layer passes on to its inputs; None where it passes none on.
        factor: `leaves / arrives`: below 1 the layer shrinks gradients, above 1 it makes them grow.
        weights: The length of the gradient of each of its weights, for the whole batch, by name.
    """

    name: str
    arrives: float | None
    leaves: float | None
    factor: float | None
    weights: dict[str, float]


@dataclass(frozen=True)
class Share:
    """What one neuron or weight has to do with the loss.

    Attributes:
        name: The value: `"dense_1/output"` or `"dense_1/kernel"`.
        index: The place in it.
        value: Its number.
        gradient: How much the loss grows with it.
    """

    name: str
    index: tuple[int, ...]
    value: float
    gradient: float

    @property
    def effect(self) -> float:
        """By how much the loss would change, to first order, if the number were 0."""
        return -self.value * self.gradient


class Backward:
    """The backward pass: gradient sizes from the last layer to the first, what contributes most, and the step that follows.

    It is a sequence of `Flow`s, the last layer first. Gradients are those of the loss of the batch.

    Attributes:
        flows: The `Flow` of each layer call.
        neurons: The neurons with the largest effect on the loss of this sample.
        weights: The weights with the largest gradients.
        loss: The loss.
        predicted: The change of the loss that the gradient predicts for the step: the sum of gradient times change of weight.
        actual: The change of the loss of this batch when the step is made. The model itself stays as it is.
    """

    def __init__(self, capture: Capture, arrays: dict[str, np.ndarray], stages: Sequence[Stage], sample: int) -> None:
        self._capture, self._stages, self._sample = capture, stages, sample
        self._batch = len(capture.arrays[0]) if capture.arrays else 1
        self.loss = float(arrays["loss"])
        self.flows = [self._flow(stage) for stage in reversed(stages)]
        self.neurons = self._largest_neurons()
        self._variables = self._trained()
        self._gradients = {variable: arrays[f"{name}_gradient"] for name, variable in self._variables.items()}
        self._values = {variable: np.asarray(arrays[name]) for name, variable in self._variables.items()}
        self.weights = self._largest_weights()
        self._step: Step | None = None

    @property
    def _where(self) -> str:
        return f"model '{self._capture.model.name}'.trace"

    def __iter__(self) -> Iterator[Flow]:
        return iter(self.flows)

    def __len__(self) -> int:
        return len(self.flows)

    # ---- sizes

    def _of_sample(self, array: np.ndarray) -> np.ndarray:
        array = np.asarray(array, np.float64)
        return array[self._sample] if array.ndim and len(array) == self._batch else array

    def _length(self, gradients: Sequence[np.ndarray]) -> float | None:
        return float(np.sqrt(sum(np.square(self._of_sample(gradient)).sum() for gradient in gradients))) if gradients else None

    def _flow(self, stage: Stage) -> Flow:
        some = stage.gradients
        arrives = self._length([gradient for name, gradient in some.items() if name.startswith("output") and name not in stage.weights])
        leaves = self._length([gradient for name, gradient in some.items() if name.startswith("passed")])
        factor = leaves / arrives if arrives and leaves is not None else None
        lengths = {name: float(np.linalg.norm(np.asarray(some[name], np.float64))) for name in stage.weights if name in some}
        return Flow(stage.name, arrives, leaves, factor, lengths)

    def _largest_neurons(self) -> list[Share]:
        shares = []
        for stage in self._stages:
            if not stage.weights or stage.output is None or "output" not in stage.gradients:
                continue
            values, slopes = self._of_sample(stage.output), self._of_sample(stage.gradients["output"])
            best = np.argsort(-np.abs(values * slopes), axis=None, kind="stable")[:SHOWN]
            places = [tuple(int(i) for i in np.unravel_index(one, values.shape)) for one in best]
            shares += [Share(f"{stage.name}/output", place, float(values[place]), float(slopes[place])) for place in places]
        return sorted(shares, key=lambda share: -abs(share.effect))[:SHOWN]

    def _trained(self) -> dict[str, Variable]:
        """The trained weights by the names that have a gradient; each once."""
        named: dict[str, Variable] = {}
        gradients = self._capture.gradients
        for call in self._capture.all_calls():
            for name, variable in call.weights.items():
                full = f"{call.name}/{name}"
                if f"{full}_gradient" in gradients and all(variable is not other for other in named.values()):
                    named[full] = variable
        return named

    def _largest_weights(self) -> list[Share]:
        shares = []
        for name, variable in self._variables.items():
            slopes, values = np.asarray(self._gradients[variable], np.float64), self._values[variable]
            best = np.argsort(-np.abs(slopes), axis=None, kind="stable")[:SHOWN]
            for place in (tuple(int(i) for i in np.unravel_index(one, slopes.shape)) for one in best):
                shares.append(Share(name, place, float(values[place]), float(slopes[place])))
        return sorted(shares, key=lambda share: -abs(share.gradient))[:SHOWN]

    # ---- the step

    @property
    def step(self) -> Step:
        """The step of training on this batch, computed aside.

        Raises:
            StateError: The model was trained after the trace, so that the step of the trace is not that of the model.
        """
        if self._step is None:
            self._require_current_weights()
            self._step = Step(self._capture.model, self._capture.data, self._capture.training)
        return self._step

    def _require_current_weights(self) -> None:
        if self._is_outdated():
            raise StateError(
                "a trace from before the weights changed",
                "the weights of the trace",
                "make a new one: model.trace(x, y)",
                where=self._where,
            )

    def _is_outdated(self) -> bool:
        return any(not np.array_equal(value, variable.numpy(), equal_nan=True) for variable, value in self._values.items())

    @property
    def predicted(self) -> float:
        """The change of the loss that the gradient predicts for the step."""
        after = self.step.after
        changes = ((np.asarray(after[v], np.float64) - self._values[v], g) for v, g in self._gradients.items() if v in after)
        return float(sum((change * np.asarray(gradient, np.float64)).sum() for change, gradient in changes))

    @property
    def actual(self) -> float:
        """The change of the loss of this batch when the step is made."""
        return self.step.loss - self.loss

    def update(self, weight: str, index: int | Sequence[int] = ()) -> UpdateCard:
        """What the step does to one weight; see `Trace.update`."""
        variable = self._variable(weight)
        place = (index,) if isinstance(index, (int, np.integer)) else tuple(index)
        if len(place) != len(variable.shape) or not all(-n <= i < n for i, n in zip(place, variable.shape, strict=True)):
            raise IndexRangeError(
                f"index {place} of {weight!r}",
                f"an index into shape {variable.shape}",
                f"for example {tuple(0 for _ in variable.shape)}",
                where=self._where,
            )
        self._require_current_weights()
        optimizer = self._capture.model.optimizer
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        numbers = Numbers(optimizer, variable, place, self._gradients, self.step.after)
        return UpdateCard(weight, place, optimizer, numbers)

    def _variable(self, weight: str) -> Variable:
        named = {f"{call.name}/{name}": variable for call in self._capture.all_calls() for name, variable in call.weights.items()}
        known = {name: variable for name, variable in named.items() if any(variable is one for one in self._gradients)}
        if weight in known:
            return known[weight]
        frozen = weight in named
        raise ArgumentError(
            f"weight {weight!r}" + (", to which no gradient goes" if frozen else ""),
            "a weight that is trained, as layer/weight",
            suggest(weight, known),
            where=self._where,
        )

    # ---- text

    def tables(self) -> list[Table]:
        """The flow of gradients, and what contributes most."""
        rows = [
            [
                flow.name,
                *(None if value is None else number(value) for value in (flow.arrives, flow.leaves, flow.factor)),
                _weights_text(flow.weights),
            ]
            for flow in self.flows
        ]
        heads = ["Layer", "Gradient arriving", "Passed on", "Factor", "Gradients of weights"]
        of_sample = f"; those of weights are of the batch, the others of sample {self._sample}" if self._batch > 1 else ""
        notes = [f"the last layer first; sizes are lengths of gradients of the loss{of_sample}"]
        flow_table = Table(heads, rows, align="lrrrl", title=f"Backward: the loss is {number(self.loss)}", notes=notes)
        shares = [("neuron", share) for share in self.neurons] + [("weight", share) for share in self.weights]
        rows = [
            [kind, f"{share.name}[{', '.join(map(str, share.index))}]", number(share.value), number(share.gradient), number(share.effect)]
            for kind, share in shares
        ]
        largest = Table(
            ["", "What", "Value", "Gradient", "Predicted loss change if 0"],
            rows,
            align="llrrr",
            title="What contributes most",
            notes=[
                "the last column is what the gradient predicts, -value * gradient: exact for small values only",
                "neurons with the largest predicted change first, then weights with the largest gradient",
                *self._fall(),
            ],
        )
        return [flow_table, largest]

    def _fall(self) -> list[str]:
        if self._capture.model.optimizer is None:
            return []
        if self._step is None and self._is_outdated():
            return ["the weights have changed since this trace: model.trace(x, y) shows the step from where they are now"]
        name = type(self._capture.model.optimizer).__name__
        return [
            f"one step of {name}: the gradient predicts a change of {number(self.predicted)}, the loss changes by {number(self.actual)} "
            f"({number(self.loss)} -> {number(self.step.loss)})"
        ]

    def __str__(self) -> str:
        width = terminal.columns() if terminal.is_terminal() else None
        return terminal.printable("\n\n".join(table.text(width) for table in self.tables()))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(table.html() for table in self.tables())


def _weights_text(lengths: dict[str, float]) -> str:
    if len(lengths) <= 3:
        return ", ".join(f"{name} {number(length)}" for name, length in lengths.items())
    largest = max(lengths, key=lambda name: lengths[name])
    return f"{len(lengths)} weights, the largest {largest} {number(lengths[largest])}"
