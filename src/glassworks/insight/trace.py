"""`Trace`: a forward pass, and with targets a backward pass, of which every value is kept and can be looked at.

`model.trace(x)` makes one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from glassworks.activations import linear
from glassworks.display import Table, terminal
from glassworks.display.numbers import share_text
from glassworks.errors import ArgumentError, StateError, suggest
from glassworks.insight.backward import Backward
from glassworks.insight.capture import Capture
from glassworks.insight.cards.attention import AttentionCard, attention_card
from glassworks.insight.cards.card import number, numbers
from glassworks.insight.cards.channel import ChannelCard, channel_card
from glassworks.insight.cards.filter import FilterCard, filter_card
from glassworks.insight.cards.gates import GatesCard, gates_card
from glassworks.insight.cards.neuron import NeuronCard, neuron
from glassworks.insight.cards.row import RowCard, row_card
from glassworks.insight.cards.update import UpdateCard
from glassworks.insight.samples import as_samples
from glassworks.insight.stages import Stage
from glassworks.layers import Layer
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from glassworks.models.model import Model

Place = Sequence[int] | int | None


def trace(
    model: Model,
    x: Data,
    y: Structure = None,
    sample_weight: Structure = None,
    training: bool | None = None,
    sample: int = 0,
) -> Trace:
    """Run a model on one sample or a few, and keep every value; see `Model.trace`."""
    where = f"model '{model.name}'.trace"
    if y is not None:
        model._trainer.require_compiled("trace")
    x, y, sample_weight = as_samples(model, x, y, sample_weight, where)
    capture = Capture(model, x, y, sample_weight, training=y is not None if training is None else bool(training))
    return Trace(capture, sample)


class Trace:
    """The values of one run of a model, layer by layer. It prints as a table, a row for each layer.

    `trace["dense_1"]` is a `Stage`, whose attributes are arrays; so is `trace.dense_1`, and `trace[0]` is the first one. Iterate over it for
    all of them. `trace.neuron("dense_1", 3)` writes one neuron out in full; `filter`, `gates`, `attention`, `channel` and `row` do
    the same for layers of other kinds. With targets there are `trace.backward`, `trace.update` and the loss.

    Attributes:
        model: The model.
        stages: The `Stage` of each layer call in order; those of a nested model stand in its place.
        sample: The sample that tables and cards show.
        training: Whether layers acted as in training.
        loss: The loss of the batch, or None without targets.
        losses: The loss of each sample, or None where there is none.
        stable_form: What the engine computes in place of the loss as it is written, such as "log_softmax(z) in place of
            log(softmax(z))"; else "".

    >>> import numpy as np
    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input(shape=(2,)), layers.Dense(1, "relu", kernel_initializer="ones", name="dense")])
    >>> trace = model.trace(np.array([0.5, 0.25]))
    >>> trace["dense"].output
    array([[0.75]], dtype=float32)
    >>> trace.neuron("dense", 0).sum
    1*0.5 + 1*0.25 + bias 0 = 0.75 -> relu -> 0.75
    """

    def __init__(self, capture: Capture, sample: int = 0) -> None:
        self.capture, self.model, self.training = capture, capture.model, capture.training
        self.arrays = capture.run()
        self.stages = tuple(capture.stage(call, self.arrays) for call in capture.calls)
        self._by_name = {call.name: capture.stage(call, self.arrays) for call in capture.all_calls()}
        self._by_name |= {part.name: part for stage in self.stages for part in stage.all()}
        self.batch_size = len(capture.arrays[0]) if capture.arrays else 1
        self.loss = float(self.arrays["loss"]) if "loss" in self.arrays else None
        self.losses = self.arrays.get("loss_per_sample")
        self.stable_form = capture.stable
        self._backward: Backward | None = None
        self.sample = self._checked_sample(sample)

    def _checked_sample(self, sample: int) -> int:
        if not isinstance(sample, (int, np.integer)) or not -self.batch_size <= sample < self.batch_size:
            raise ArgumentError(
                f"sample={sample!r}", f"an integer from 0 to {self.batch_size - 1}", "0 is the first sample", where=self._where
            )
        return int(sample) % self.batch_size

    @property
    def _where(self) -> str:
        return f"model '{self.model.name}'.trace"

    # ---- stages

    def __getitem__(self, layer: str | int | Layer) -> Stage:
        """The stage of a layer: by name, by the number of its row, or by the layer itself (its first call)."""
        if isinstance(layer, (int, np.integer)) and not isinstance(layer, bool):
            if not -len(self.stages) <= layer < len(self.stages):
                raise IndexError(f"layer {layer} of {len(self.stages)}")
            return self.stages[layer]
        if isinstance(layer, Layer):
            named = next((stage for stage in self._by_name.values() if stage.layer is layer), None)
            layer = layer.name
        else:
            ends = [stage for name, stage in self._by_name.items() if name.endswith(f"/{layer}")]
            named = self._by_name.get(str(layer)) or (ends[0] if len(ends) == 1 else None)
        if named is None:
            raise ArgumentError(f"layer {layer!r}", "a layer that this run called", suggest(str(layer), self._by_name), where=self._where)
        return named

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.stages)

    def __len__(self) -> int:
        return len(self.stages)

    def __contains__(self, layer: object) -> bool:
        return layer in self._by_name

    def __getattr__(self, name: str) -> Stage:
        stages = vars(self).get("_by_name", {})
        for path, stage in stages.items():
            if _identifier(path) == name:
                return stage
        raise AttributeError(f"a trace has no attribute {name!r}; its layers are {', '.join(stages)}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *map(_identifier, self._by_name)]

    def at(self, sample: int) -> Trace:
        """The same run, with another sample in tables and cards."""
        other = object.__new__(Trace)
        vars(other).update(vars(self), _backward=None)
        other.sample = self._checked_sample(sample)
        return other

    # ---- cards

    def neuron(self, layer: str | int | Layer, index: int | Sequence[int]) -> NeuronCard:
        """One neuron of a dense layer in full: each weight times its input, the bias, the activation.

        Args:
            layer: The layer.
            index: The neuron; where the layer's output has further axes, the index along all of them.
        """
        return neuron(self[layer], index, self.sample)

    def filter(self, layer: str | int | Layer, index: int, place: Place = None) -> FilterCard:
        """One filter of a convolution of any kind at one place of its output; the middle by default."""
        return filter_card(self[layer], index, place, self.sample)

    def gates(self, layer: str | int | Layer, unit: int = 0, step: int = -1) -> GatesCard:
        """The gates of one unit of an LSTM, GRU or simple RNN at one step; the last step by default."""
        return gates_card(self[layer], unit, step, self.sample)

    def attention(self, layer: str | int | Layer, head: int = 0) -> AttentionCard:
        """The weights of one attention head: how much each query looks at each key."""
        return attention_card(self[layer], head, self.sample)

    def channel(self, layer: str | int | Layer, index: int = 0, place: Place = None) -> ChannelCard:
        """One channel of a normalization layer: mean, variance, gamma and beta."""
        return channel_card(self[layer], index, place, self.sample)

    def row(self, layer: str | int | Layer, place: Place = None) -> RowCard:
        """The row of an embedding that the number at one place of the input selects."""
        return row_card(self[layer], place, self.sample)

    # ---- backwards

    @property
    def backward(self) -> Backward:
        """The gradients from the loss to the inputs, layer by layer, and what one step of training does with them.

        Raises:
            StateError: The trace has no targets.
        """
        if self.loss is None:
            raise StateError("a trace without targets", "targets, to have a loss", "model.trace(x, y)", where=self._where)
        if self._backward is None:
            self._backward = Backward(self.capture, self.arrays, self.stages, self.sample)
        return self._backward

    def update(self, weight: str, index: int | Sequence[int] = ()) -> UpdateCard:
        """What one step of the optimizer does to one weight, spelled out.

        Args:
            weight: The layer and the name of its weight: `"dense_1/kernel"`.
            index: The place in it, such as `(3, 5)`.
        """
        return self.backward.update(weight, index)

    # ---- text

    def table(self) -> Table:
        """The forward pass of one sample as a table, a row for each layer."""
        heads = ["Layer", "Input", "Weighted sum", "Activation", "Output", "Shape", "Min", "Mean", "Max", "Zeros"]
        rows = [self._row(stage) for stage in self.stages]
        which = f", sample {self.sample} of {self.batch_size}" if self.batch_size > 1 else ""
        title = f"Trace of model {self.model.name!r}{which}" + (", as in training" if self.training else "")
        notes = []
        if self.loss is not None:
            own = f"; of this sample {number(self.losses[self.sample])}" if self.losses is not None and self.batch_size > 1 else ""
            notes.append(f"loss {number(self.loss)}{own}" + (f" (the engine computes {self.stable_form})" if self.stable_form else ""))
        return Table(heads, rows, align="llllllrrrr", title=title, notes=notes)

    def _row(self, stage: Stage) -> list[object]:
        output = self._of_sample(stage.output)
        shapes = [" ".join(str(self._of_sample(array).shape) for array in arrays) for arrays in (stage.inputs, stage.outputs)]
        before, activation = stage.preactivation, stage.activation
        if before is None and "kernel" in stage.weights and getattr(stage.layer, "activation", None) is linear:
            before, activation = stage.output, "linear"
        weighted = "" if before is None else _few(self._of_sample(before))
        row: list[object] = [f"{stage.name} ({stage.kind})", shapes[0], weighted, activation, _few(output), shapes[1]]
        if output.size and (output.dtype.kind in "fiub" or "float" in output.dtype.name):
            plain = np.asarray(output, np.float64)
            return [*row, *(number(value) for value in (plain.min(), plain.mean(), plain.max())), share_text(float(np.mean(plain == 0)))]
        return [*row, None, None, None, None]

    def _of_sample(self, array: np.ndarray | None) -> np.ndarray:
        """The part of an array that belongs to the sample shown."""
        if array is None:
            return np.zeros(0)
        return np.asarray(array[self.sample]) if array.ndim and len(array) == self.batch_size else array

    def text(self, width: int | None = None) -> str:
        """The forward pass as a table, or, where lines may not be that long, as two lines for each layer.

        Args:
            width: The characters that a line may have; without a limit by default.
        """
        table = self.table()
        text = table.text()
        if width is None or max(map(len, text.splitlines())) <= width:
            return text
        lines = [table.title]
        for name, given, weighted, activation, output, shape, *statistics in table.rows:
            lines.append(f"{name}: {given} -> {shape}")
            steps = [str(part) for part in (weighted, activation, output) if part]
            lines.append(f"  {' -> '.join(steps if activation else [str(output)])}")
            if statistics[0] is not None:
                lines.append("  min {}, mean {}, max {}, zeros {}".format(*statistics))
        return "\n".join([*lines, *table.notes])

    def __str__(self) -> str:
        text = terminal.printable(self.text(terminal.columns() if terminal.is_terminal() else None))
        return text if self.loss is None else f"{text}\n\n{self.backward}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.table().html() + ("" if self.loss is None else self.backward._repr_html_())


def _few(array: np.ndarray) -> str:
    if array.dtype.kind in "OUS" or "str" in array.dtype.name:
        return " ".join(repr(str(text)) for text in array.reshape(-1)[:2])
    return numbers(array, 3)


def _identifier(path: str) -> str:
    return re.sub(r"\W", "_", path)
