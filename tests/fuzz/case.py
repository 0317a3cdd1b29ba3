"""What a case of the fuzzer is: a small program as data, which can be printed, run on any library with Keras's names, and cut down."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Input:
    """An array that a case starts from.

    Attributes:
        shape: For an op graph the whole shape; for a model that of one sample, with None for a size that varies.
        values: How its numbers are drawn; see `data.draw`.
    """

    name: str
    shape: list[int | None]
    dtype: str = "float32"
    values: str = "normal"


@dataclass
class Line:
    """One call: `out = call(operands, arguments)suffix`, or for a layer `layer = call(arguments); out = layer(operands)suffix`.

    Without a `call`, the form is an expression of the operands.

    Attributes:
        form: How the operands are written: `"{0}, {1}"`, or `"[{0}, {1}]"`.
        arguments: Names to code.
        layer: The name of the layer object, for a model; lines with the same name share the layer.
        shape, dtype: Of what it gives, so that a shrunk case can start from here.
    """

    out: str
    call: str
    reads: list[str]
    arguments: dict[str, str] = field(default_factory=dict)
    form: str = "{0}"
    suffix: str = ""
    layer: str = ""
    shape: list[int | None] = field(default_factory=list)
    dtype: str = "float32"

    def code(self, known_layers: set[str]) -> list[str]:
        """The line as Python; a layer that is not known yet is made first."""
        arguments = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
        operands = self.form.format(*self.reads)
        if not self.call:
            return [f"{self.out} = {operands}"]
        if not self.layer:
            return [f"{self.out} = {self.call}({', '.join(filter(None, (operands, arguments)))}){self.suffix}"]
        made = [] if self.layer in known_layers else [f"{self.layer} = {self.call}({arguments})"]
        known_layers.add(self.layer)
        return [*made, f"{self.out} = {self.layer}({operands}){self.suffix}"]


@dataclass
class Case:
    """A program: inputs, calls, and which results count.

    Attributes:
        refused: Lines that Glassworks refused while the case was made; they are tried on Keras.
    """

    kind: str
    seed: int
    inputs: list[Input]
    lines: list[Line]
    outputs: list[str]
    refused: list[Line] = field(default_factory=list)

    def needed(self) -> list[Line]:
        """The lines that some output depends on."""
        wanted, kept = set(self.outputs), []
        for line in reversed(self.lines):
            if line.out in wanted:
                wanted.update(line.reads)
                kept.append(line)
        return kept[::-1]

    def used_inputs(self) -> list[Input]:
        """The inputs that are read, or are outputs themselves."""
        wanted = set(self.outputs).union(*(line.reads for line in self.needed()))
        return [given for given in self.inputs if given.name in wanted]

    def trimmed(self) -> Case:
        """The case with the needed lines and inputs only."""
        return dataclasses.replace(self, lines=self.needed(), inputs=self.used_inputs(), refused=[])

    def body(self) -> list[str]:
        """The needed lines as Python."""
        known: set[str] = set()
        return [text for line in self.needed() for text in line.code(known)]

    def to_json(self) -> str:
        """The case as one line of text."""
        return json.dumps({"class": type(self).__name__, **dataclasses.asdict(self)})


@dataclass
class OpCase(Case):
    """An op graph.

    Attributes:
        gradient: Whether the gradients of the floating inputs are compared too.
    """

    gradient: bool = False


@dataclass
class ModelCase(Case):
    """A model with what it is trained on.

    Attributes:
        sequential: Whether it is written as a `Sequential`.
        losses, metrics, targets: One per output: code of the loss, codes of its metrics, how its targets are drawn.
        weighting: `""`, `"sample"` or `"class"`.
        batches: Rows of the first data and of the second.
        fit: Whether steps are made by `fit` rather than `train_on_batch`.
        lengths: What stands for None in the shapes of inputs, for the first data and the second.
        thorough: Whether it is also trained on the second data, with the other number of rows.
        isa: The instruction set for an additional run of the native engine, or `""`.
    """

    policy: str = "float32"
    sequential: bool = False
    losses: list[str] = field(default_factory=list)
    metrics: list[list[str]] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    optimizer: str = "keras.optimizers.SGD(0.1)"
    weighting: str = ""
    batches: list[int] = field(default_factory=lambda: [5, 3])
    batch_size: int = 4
    steps: int = 1
    fit: bool = False
    lengths: list[int] = field(default_factory=lambda: [4, 6])
    isa: str = ""
    thorough: bool = True

    def model_code(self) -> str:
        """The program that makes `model`."""
        inputs = self.used_inputs()
        if self.sequential:
            layers = [f"L.Input({tuple(inputs[0].shape)}, dtype={inputs[0].dtype!r})"]
            layers += [line.code(set())[0].partition(" = ")[2] for line in self.needed()]
            return "model = keras.Sequential([\n    " + ",\n    ".join(layers) + ",\n])"
        lines = [f"{given.name} = keras.Input({tuple(given.shape)}, dtype={given.dtype!r})" for given in inputs]
        names = ", ".join(given.name for given in inputs)
        return "\n".join([*lines, *self.body(), f"model = keras.Model([{names}], [{', '.join(self.outputs)}])"])


def from_json(text: str) -> Case:
    """The case of a line of text."""
    values: dict[str, Any] = json.loads(text)
    cls = {"OpCase": OpCase, "ModelCase": ModelCase}[values.pop("class")]
    values["inputs"] = [Input(**one) for one in values["inputs"]]
    for name in ("lines", "refused"):
        values[name] = [Line(**one) for one in values[name]]
    return cls(**values)
