"""The card of a recurrent unit at one step: its gates as weighted sums, its state before and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassworks import layers, tree
from glassworks.errors import StateError
from glassworks.insight.cards.card import Card, WeightedSum, checked_index, factor, number
from glassworks.insight.stages import Stage

_CELLS = (layers.LSTMCell, layers.GRUCell, layers.SimpleRNNCell)


class GatesCard(Card):
    """One unit of a recurrent layer at one step.

    Attributes:
        layer, unit, step: The layer, the unit, and the step, counted along the time axis of the input.
        gates: The `WeightedSum` of each gate by name: input, forget, candidate, output of an LSTM; update, reset, candidate of a GRU;
            output of a simple RNN. Their terms are the inputs x and the outputs h of the step before.
        before, after: The state of the unit by name: `{"h": ..., "c": ...}`.
        masked: Whether the step is masked: the state stays as it was.
        states: The output h of all units after each step, in the order in which the layer takes them.
    """

    def __init__(
        self,
        stage: Stage,
        unit: int,
        step: int,
        gates: dict[str, WeightedSum],
        before: dict[str, float],
        after: dict[str, float],
        masked: bool,
        states: np.ndarray,
    ) -> None:
        self.layer, self.unit, self.step, self.gates = stage.name, unit, step, gates
        self.before, self.after, self.masked, self.states = before, after, masked, states
        width = max(map(len, gates))
        lines = []
        for name, total in gates.items():
            lines += [f"{name.ljust(width)}  {total.text(4)}", f"{' ' * width}  with {total.inputs_text(4)}"]
        value = {name: factor(total.result) for name, total in gates.items()}
        h, previous, start = number(after["h"]), factor(before["h"]), "result".ljust(width)
        if masked:
            lines.append(f"{start}  the step is masked: h stays {h}")
        elif "c" in after:
            function = getattr(stage.layer.cell.activation, "__name__", "activation")  # type: ignore[attr-defined]  # a recurrent layer
            lines.append(
                f"{start}  c = {value['forget']}*{factor(before['c'])} + {value['input']}*{value['candidate']} = {number(after['c'])}"
            )
            lines.append(f"{start}  h = {value['output']}*{function}({number(after['c'])}) = {h}")
        elif "update" in gates:
            lines.append(f"{start}  h = {value['update']}*{previous} + (1 - {value['update']})*{value['candidate']} = {h}")
        super().__init__(f"{stage.name}, unit {unit} at step {step}", lines)


def gates_card(stage: Stage, unit: int, step: int, sample: int) -> GatesCard:
    """The gates of one unit at one step of an `LSTM`, `GRU` or `SimpleRNN` (or an `RNN` of one of their cells).

    Args:
        stage: The call of the layer.
        unit: The unit.
        step: The step along the time axis.
        sample: The sample of the batch.
    """
    cell: Any = getattr(stage.layer, "cell", None)
    if not isinstance(cell, _CELLS):
        inside = [part.name for part in stage.parts if isinstance(getattr(part.layer, "cell", None), _CELLS)]
        fix = f"look inside it: trace.gates({inside[0]!r}, {unit}, {step})" if inside else f"trace[{stage.name!r}] has its arrays"
        raise StateError(f"layer '{stage.name}' ({stage.kind})", "an LSTM, GRU or SimpleRNN", fix, where="trace.gates")
    if stage.options.get("training") and (cell.dropout or cell.recurrent_dropout):
        raise StateError(
            f"layer '{stage.name}' with dropout in training",
            "a run in which nothing is dropped",
            "trace with training=False",
            where="trace.gates",
        )
    walk = _Walk(stage, sample)
    step = checked_index(step, len(walk.x), "step", stage)
    unit = checked_index(unit, cell.units, "unit", stage)
    walk.require_close()
    return GatesCard(stage, unit, step, *walk.at(unit, step))


class _Walk:
    """The steps of a cell over one sample, in NumPy, with 64 bits.

    Args:
        stage: The call.
        sample: The sample.
    """

    def __init__(self, stage: Stage, sample: int) -> None:
        self.stage, self.sample, self.layer = stage, sample, stage.layer
        self.cell: Any = getattr(stage.layer, "cell", None)
        self.x = np.asarray(stage.inputs[0][sample], np.float64)
        self.kernel, self.recurrent = (np.asarray(stage.weights[name], np.float64) for name in ("kernel", "recurrent_kernel"))
        bias = stage.weights.get("bias")
        zeros = np.zeros(self.kernel.shape[1])
        both = [zeros, zeros] if bias is None else [bias, zeros] if bias.ndim == 1 else list(bias)
        self.input_bias, self.recurrent_bias = (np.asarray(part, np.float64) for part in both)
        self.has_bias = bias is not None
        mask = stage.masks.get("mask")
        self.real = np.ones(len(self.x), bool) if mask is None else np.asarray(mask[sample], bool)
        self.order = range(len(self.x))[:: -1 if getattr(self.layer, "go_backwards", False) else 1]
        self.states: dict[int, tuple[list[np.ndarray], list[np.ndarray]]] = {}
        state = self._first()
        for step in self.order:
            new = self._step(step, state)[1] if self.real[step] else state
            self.states[step] = state, new
            state = new
        self.last = state

    def _first(self) -> list[np.ndarray]:
        stored = getattr(self.layer, "states", None)
        if len(self.stage.inputs) > 1:
            given = [array[self.sample] for array in self.stage.inputs[1:]]
        elif getattr(self.layer, "stateful", False) and stored is not None:
            given = [variable.numpy()[self.sample] for variable in tree.flatten(stored)]
        else:
            given = [np.zeros(self.cell.units)] * (2 if isinstance(self.cell, layers.LSTMCell) else 1)
        return [np.asarray(array, np.float64) for array in given]

    def _apply(self, function: Callable, values: np.ndarray) -> np.ndarray:
        return np.asarray(function(values), np.float64)

    def _step(self, step: int, state: list[np.ndarray]) -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], list[np.ndarray]]:
        """The sums and results of each gate, and the new state."""
        cell, h = self.cell, state[0]
        given, product = self.x[step] @ self.kernel + self.input_bias, h @ self.recurrent + self.recurrent_bias
        if isinstance(cell, layers.LSTMCell):
            sums = np.split(given + product, 4)
            functions = (cell.recurrent_activation, cell.recurrent_activation, cell.activation, cell.recurrent_activation)
            i, f, g, o = results = [self._apply(function, total) for function, total in zip(functions, sums, strict=True)]
            c = f * state[1] + i * g
            return dict(zip(_LSTM, zip(sums, results, strict=True), strict=True)), [o * self._apply(cell.activation, c), c]
        if isinstance(cell, layers.GRUCell):
            (zx, rx, gx), (zh, rh, gh) = np.split(given, 3), np.split(product, 3)
            z, r = (self._apply(cell.recurrent_activation, total) for total in (zx + zh, rx + rh))
            if not cell.reset_after:
                gh = (r * h) @ self.recurrent[:, 2 * cell.units :]
            total = gx + (r * gh if cell.reset_after else gh)
            g = self._apply(cell.activation, total)
            return {"update": (zx + zh, z), "reset": (rx + rh, r), "candidate": (total, g)}, [z * h + (1 - z) * g]
        h = self._apply(cell.activation, given + product)
        return {"output": (given + product, h)}, [h]

    def at(self, unit: int, step: int) -> tuple[dict[str, WeightedSum], dict[str, float], dict[str, float], bool, np.ndarray]:
        """What the card shows."""
        before, after = self.states[step]
        gates = self._step(step, before)[0]
        names = ("h", "c")[: len(before)]
        sums = {name: self._sum(name, place, unit, step, before[0], gates) for place, name in enumerate(gates)}
        walked = np.stack([self.states[one][1][0] for one in self.order])
        states = ({name: float(state[unit]) for name, state in zip(names, some, strict=True)} for some in (before, after))
        first, second = states
        return sums, first, second, not self.real[step], walked

    def _sum(self, name: str, place: int, unit: int, step: int, h: np.ndarray, gates: dict[str, Any]) -> WeightedSum:
        cell, column = self.cell, place * self.cell.units + unit
        weights, values, label = self.recurrent[:, column], h, "h"
        input_bias, recurrent_bias = self.input_bias[column], self.recurrent_bias[column]
        if isinstance(cell, layers.GRUCell) and name == "candidate":
            reset = gates["reset"][1]
            label = "reset*h"
            values = (reset[unit] if cell.reset_after else reset) * h
            recurrent_bias = recurrent_bias * (reset[unit] if cell.reset_after else 1.0)
        labels = [f"x[{i}]" for i in range(self.x.shape[1])] + [f"{label}[{i}]" for i in range(len(h))]
        gate = (isinstance(cell, layers.LSTMCell) and name != "candidate") or name in ("update", "reset")
        function = cell.recurrent_activation if gate else cell.activation
        total, result = gates[name]
        return WeightedSum(
            labels,
            np.concatenate([self.kernel[:, column], weights]),
            np.concatenate([self.x[step], values]),
            input_bias + recurrent_bias if self.has_bias else None,
            float(total[unit]),
            getattr(function, "__name__", "activation"),
            float(result[unit]),
        )

    def require_close(self) -> None:
        """Raise an error if the run gave another last output, as a subclass with its own steps would."""
        output = self.stage.outputs[0][self.sample]
        recorded = output[-1] if output.ndim > 1 else output
        if not self.real.all():
            return  # what a layer gives for masked steps is not the state
        wide = recorded.dtype.itemsize > 2
        if not np.allclose(
            np.asarray(recorded, np.float64), self.last[0], rtol=1e-3 if wide else 5e-2, atol=1e-4 if wide else 5e-2, equal_nan=True
        ):
            raise StateError(
                f"outputs of '{self.stage.name}' that differ from the steps of a {type(self.cell).__name__}",
                "a cell that computes what its class defines",
                f"trace[{self.stage.name!r}] has its arrays",
                where="trace.gates",
            )


_LSTM = ("input", "forget", "candidate", "output")
