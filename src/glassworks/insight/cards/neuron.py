"""The card of a neuron: the weighted sum of all its inputs, its bias, its activation."""

from __future__ import annotations

import string
from collections.abc import Sequence

import numpy as np

from glassworks.errors import StateError
from glassworks.insight.cards.card import Card, WeightedSum, checked_place
from glassworks.insight.stages import Stage
from glassworks.layers import Dense, EinsumDense


class NeuronCard(Card):
    """One neuron of a dense layer.

    Attributes:
        layer, index: The layer and the neuron.
        sum: The `WeightedSum`, with its terms.
        bias, total, activation, result: Those of the sum.
    """

    def __init__(self, stage: Stage, index: tuple[int, ...], total: WeightedSum) -> None:
        self.layer, self.index, self.sum = stage.name, index, total
        self.bias, self.total, self.activation, self.result = total.bias, total.total, total.activation, total.result
        lines = [total.text(), f"with {total.inputs_text()}"]
        if total.activation == "softmax":
            lines.append(f"softmax: exp({total.total:.4g}) divided by the sum of exp over all outputs of the layer")
        super().__init__(
            f"{stage.name}, neuron {', '.join(map(str, index))} of {stage.output.shape[1:] if stage.output is not None else ()}", lines
        )


def neuron(stage: Stage, index: int | Sequence[int], sample: int) -> NeuronCard:
    """One neuron of a `Dense` or `EinsumDense` layer.

    Args:
        stage: The call of the layer.
        index: The number of the neuron; with further axes (steps, places) the index along all axes but the batch. A single number
            is the neuron at the first place.
        sample: The sample of the batch.
    """
    equation = _equation(stage)
    x, output = stage.inputs[0][sample], stage.outputs[0][sample]
    if isinstance(index, (int, np.integer)) and output.ndim > 1:
        index = (*(0,) * (output.ndim - 1), int(index))
    place = checked_place(index, output.shape, "neuron", stage)
    weights, values, where = _operands(equation, stage.weights["kernel"], x, place)
    bias = stage.weights.get("bias")
    before = stage.preactivation[sample] if stage.preactivation is not None else output
    added = None if bias is None else float(np.broadcast_to(bias, output.shape)[place])
    total = WeightedSum(("x", where), weights, values, added, float(before[place]), stage.activation, float(output[place]))
    total.require_close(stage, output.dtype)
    return NeuronCard(stage, place, total)


def _equation(stage: Stage) -> str:
    """The einsum of the layer, without the batch axis: `"ab,bc->ac"`."""
    kernel = stage.weights.get("kernel")
    if stage.inputs and isinstance(stage.layer, EinsumDense):
        given, weights, result = stage.layer.equation.replace(" ", "").replace("->", ",").split(",")
        further = "".join(letter for letter in string.ascii_uppercase)[: stage.inputs[0].ndim - len(given.replace("...", ""))]
        given, result = (part.replace("...", further) for part in (given, result))
        return f"{given[1:]},{weights}->{result[1:]}"
    is_dense = isinstance(stage.layer, Dense) or (kernel is not None and kernel.ndim == 2 and set(stage.weights) <= {"kernel", "bias"})
    if not is_dense or not stage.inputs or kernel is None:
        raise StateError(
            f"layer '{stage.name}' ({stage.kind})",
            "a layer whose outputs are weighted sums of all inputs: Dense, EinsumDense",
            _other_card(stage),
            where="trace.neuron",
        )
    axes = string.ascii_lowercase[: stage.inputs[0].ndim - 2]
    return f"{axes}y,yz->{axes}z"


def _other_card(stage: Stage) -> str:
    """The card that shows a layer of another kind."""
    name, kind = stage.name, stage.kind
    if "Conv" in kind and "LSTM" not in kind:
        return f"trace.filter({name!r}, 0, place) shows one filter at one place"
    for words, call in (
        (("LSTM", "GRU", "RNN"), "gates({!r}, unit, step)"),
        (("Attention",), "attention({!r}, head)"),
        (("Normalization",), "channel({!r}, index)"),
        (("Embedding",), "row({!r}, place)"),
    ):
        if any(word in kind for word in words):
            return f"trace.{call.format(name)} shows it"
    parts = [part.name for part in stage.parts if "kernel" in part.weights]
    return f"its parts can be shown: trace.neuron({parts[0]!r}, 0)" if parts else f"trace[{name!r}] has its arrays"


def _operands(equation: str, kernel: np.ndarray, x: np.ndarray, place: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The weights and inputs of one output, and the index of each input."""
    operands, result = equation.split("->")
    letters_x, letters_kernel = operands.split(",")
    fixed = dict(zip(result, place, strict=True))
    summed = [letter for letter in letters_x if letter not in fixed]

    def picked(array: np.ndarray, letters: str) -> np.ndarray:
        part = array[tuple(fixed.get(letter, slice(None)) for letter in letters)]
        kept = [letter for letter in letters if letter not in fixed]
        return np.transpose(part, [kept.index(letter) for letter in summed]) if kept else part

    values, weights = picked(x, letters_x), picked(kernel, letters_kernel)
    grid = np.indices(values.shape).reshape(values.ndim, -1).T
    where = np.empty((grid.shape[0], len(letters_x)), int)
    for axis, letter in enumerate(letters_x):
        where[:, axis] = fixed[letter] if letter in fixed else grid[:, summed.index(letter)]
    return weights.reshape(-1), values.reshape(-1), where
