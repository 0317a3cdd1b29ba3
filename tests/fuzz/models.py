"""Random models: layers of every kind in chains and graphs with residuals, gates, shared layers, nested models, several inputs and outputs."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

import glassworks
from glassworks import dtypes
from glassworks.errors import GlassworksError
from tests.fuzz import training_choices
from tests.fuzz.case import Input, Line, ModelCase
from tests.fuzz.layer_choices import Choice, dense, layer_for, simple, tabular
from tests.fuzz.pick import Pick

# The most numbers per sample of a tensor.
MOST = 3000
MERGES = ["Add", "Multiply", "Subtract", "Average", "Maximum", "Minimum"]
EXPRESSIONS = [
    "ops.sin({0}) + {0}",
    "{0} * 2.0 - {0}",
    "ops.concatenate([{0}, {0}], axis=-1)",
    "ops.exp(-ops.square({0}))",
    "ops.relu({0}) * {0}",
]


class Tensor(NamedTuple):
    """A tensor of the model under construction."""

    name: str
    shape: list[int | None]
    dtype: str

    @property
    def size(self) -> int:
        """Numbers per sample, with 8 for an unknown size."""
        return math.prod(8 if n is None else n for n in self.shape)


def namespace(keras: Any) -> dict[str, Any]:
    """What the code of a case may name."""
    return {"keras": keras, "L": keras.layers, "ops": keras.ops, "np": np}


class ModelMaker:
    """Makes one model line by line; each line is run at once on symbolic tensors, which gives the shapes."""

    def __init__(self, seed: int) -> None:
        self.pick = Pick(1, seed)
        self.case = ModelCase("model", seed, [], [], [])
        self.names = namespace(glassworks)
        self.known: set[str] = set()
        self.tensors: list[Tensor] = []

    def make(self) -> ModelCase:
        """The case."""
        pick, case = self.pick, self.case
        case.sequential = pick.maybe(0.2)
        case.policy = pick.one(*["float32"] * 14, "float64", "float64", "mixed_bfloat16", "mixed_float16", "bfloat16")
        case.batches = [pick.one(1, 2, 3, 5, 8, 13, 16, 17, 31, 32, 33), pick.integer(1, 33)]
        case.batch_size, case.steps, case.fit = pick.one(4, 7, 16, 32, 33), pick.integer(1, 3), pick.maybe(0.3)
        case.optimizer = training_choices.optimizer(pick)
        case.isa, case.thorough = pick.one("", "", "", "", "baseline", "avx2"), pick.maybe(0.25)
        before = glassworks.config.dtype_policy()
        glassworks.config.set_dtype_policy(case.policy)
        try:
            for _ in range(1 if case.sequential else pick.one(1, 1, 1, 2, 3)):
                self._input()
            for _ in range(pick.integer(1, 9)):
                self._grow()
            self._finish()
        finally:
            glassworks.config.set_dtype_policy(before)
        return case

    # ---- growing

    def _input(self) -> None:
        pick = self.pick
        rank = pick.one(1, 1, 1, 2, 2, 2, 3, 3, 3, 4)
        shape: list[int | None] = [pick.size({1: 65, 2: 17, 3: 9, 4: 5}[rank]) for _ in range(rank)]
        if rank > 1:
            shape[-1] = pick.one(1, 2, 3, 3, 4, 5, 8, 16, 17)
        if rank == 2 and pick.maybe(0.2):
            shape[0] = None
            self.case.lengths = [pick.integer(5, 9), pick.integer(5, 17)]
        if rank == 2 and pick.maybe(0.02):
            shape = [pick.one(2100, 3001), 1]
        dtype, values = "float32", pick.one("normal", "normal", "unit", "steps")
        if rank <= 2 and pick.maybe(0.15) and None not in shape:
            dtype, values = pick.one("int32", "int64", "uint8"), "below:7"
        name = f"x{len(self.case.inputs)}"
        self.case.inputs.append(Input(name, shape, dtype, values))
        code = f"{name} = keras.Input({tuple(shape)}, dtype={dtype!r})"
        exec(code, self.names)
        self.tensors.append(Tensor(name, shape, dtype))

    def _source(self) -> Tensor:
        """The tensor to go on from: the last one, or now and then an older one."""
        return self.tensors[-1] if self.case.sequential or self.pick.maybe(0.6) else self.pick.one(*self.tensors)

    def _grow(self) -> None:
        source, action = self._source(), self.pick.rng.random()
        if not dtypes.is_float(source.dtype):
            self._layer(tabular, source)
        elif self.case.sequential or action < 0.55:
            self._layer(layer_for, source)
        elif action < 0.75:
            self._residual(source)
        elif action < 0.85:
            self._merge(source)
        elif action < 0.9:
            self._again(source)
        elif action < 0.95:
            self._nested(source)
        else:
            self._line(Line(self._name(), "", [source.name], form=self.pick.one(*EXPRESSIONS)))

    def _layer(self, chooser: Any, source: Tensor) -> Tensor | None:
        choice = chooser(self.pick, source.shape)
        if choice is None or (self.case.sequential and (choice.form, choice.suffix) != ("{0}", "")):
            return None
        return self._call(choice, [source])

    def _call(self, choice: Choice, sources: list[Tensor]) -> Tensor | None:
        names = [source.name for source in sources]
        line = Line(self._name(), f"L.{choice.kind}", names, choice.arguments, choice.form, choice.suffix, f"l{len(self.case.lines)}")
        return self._line(line)

    def _residual(self, source: Tensor) -> None:
        """A tensor joined with something made of it that has its shape: a residual, or a gate."""
        start = self._layer(simple, source) if self.pick.maybe(0.6) else source
        if start is None:
            return
        chooser = dense if self.pick.maybe(0.7) else simple
        choice = chooser(self.pick, start.shape)
        if choice is not None and "units" in choice.arguments:
            choice.arguments["units"] = str(start.shape[-1])
        branch = self._call(choice, [start]) if choice is not None else None
        if branch is not None and branch.shape == start.shape:
            pair = [start, branch] if self.pick.maybe() else [branch, start]
            self._call(Choice(self.pick.one(*MERGES), form="[{0}, {1}]"), pair)

    def _merge(self, source: Tensor) -> None:
        pick = self.pick
        others = [t for t in self.tensors if t.dtype == source.dtype and len(t.shape) == len(source.shape)]
        other = pick.one(*others)
        if other.shape == source.shape and pick.maybe(0.6):
            third = pick.one(*[t for t in others if t.shape == source.shape])
            name = pick.one(*MERGES)
            three = pick.maybe(0.3) and name != "Subtract"
            self._call(Choice(name, form="[{0}, {1}, {2}]" if three else "[{0}, {1}]"), [source, other, third][: 3 if three else 2])
        elif len(source.shape) == 2 and source.shape[-1] == other.shape[-1] and pick.maybe(0.3):
            kind = pick.one("Dot", "Attention", "MultiHeadAttention")
            arguments = {"Dot": {"axes": "2"}, "Attention": {}, "MultiHeadAttention": {"num_heads": "2", "key_dim": "3"}}[kind]
            form = "{0}, {1}" if kind == "MultiHeadAttention" else "[{0}, {1}]"
            self._call(Choice(kind, arguments, form), [source, other])
        else:
            same = [i for i, (a, b) in enumerate(zip(source.shape, other.shape, strict=True)) if a == b]
            axis = next((i for i in range(len(source.shape)) if set(range(len(source.shape))) - set(same) <= {i}), None)
            if axis is not None:
                self._call(Choice("Concatenate", {"axis": str(axis + 1)}, "[{0}, {1}]"), [source, other])

    def _again(self, source: Tensor) -> None:
        """A layer that was used before, on another tensor of the same shape."""
        shapes = {t.name: t.shape for t in self.tensors}
        fitting = [line for line in self.case.lines if line.layer and line.form == "{0}" and shapes.get(line.reads[0]) == source.shape]
        if fitting:
            line = self.pick.one(*fitting)
            self._line(Line(self._name(), line.call, [source.name], line.arguments, line.form, line.suffix, line.layer))

    def _nested(self, source: Tensor) -> None:
        """A small model as a layer."""
        if None in source.shape:
            return
        first = simple(self.pick, source.shape)
        second = dense(self.pick, source.shape)
        codes = [f"L.{c.kind}({', '.join(f'{k}={v}' for k, v in c.arguments.items())})" for c in (first, second)]
        layers = f"[keras.Input({tuple(source.shape)}), {', '.join(codes)}]"
        self._line(Line(self._name(), "keras.Sequential", [source.name], {"layers": layers}, layer=f"l{len(self.case.lines)}"))

    # ---- lines

    def _name(self) -> str:
        return f"t{len(self.case.lines) + len(self.case.refused)}"

    def _line(self, line: Line) -> Tensor | None:
        """Run a line and keep it; one that is refused goes to `refused`, one whose result is too large is dropped."""
        known = set(self.known)
        try:
            for code in line.code(known):
                exec(code, self.names)
        except GlassworksError:
            self.case.refused.append(line)
            return None
        value = self.names[line.out]
        if not self._fits_lengths(value):
            return None
        tensor = Tensor(line.out, list(value.shape[1:]), value.dtype)
        if tensor.size > max(MOST, 2 * max(t.size for t in self.tensors)) or 0 in tensor.shape or not tensor.shape:
            return None
        self.known = known
        line.shape, line.dtype = tensor.shape, tensor.dtype
        self.case.lines.append(line)
        self.tensors.append(tensor)
        return tensor

    def _fits_lengths(self, value: Any) -> bool:
        """Whether the line can be computed for the lengths that the data have: tensors that meet are equally long, windows fit."""
        if all(None not in given.shape for given in self.case.inputs):
            return True
        tensors = [self.names[given.name] for given in self.case.inputs]
        model = glassworks.Model(tensors, value)
        try:
            for length in self.case.lengths:
                shapes = [[2, *(length if n is None else n for n in given.shape)] for given in self.case.inputs]
                model([np.zeros(shape, given.dtype) for shape, given in zip(shapes, self.case.inputs, strict=True)])
        except GlassworksError:
            return False
        return True

    # ---- outputs and training

    def _finish(self) -> None:
        pick, case = self.pick, self.case
        read = {name for line in case.lines for name in line.reads}
        ends = [t for t in self.tensors if t.name not in read] or self.tensors[-1:]
        if case.sequential:
            ends = self.tensors[-1:]
        ends = [t for t in ends if dtypes.is_float(t.dtype)] or self._embedded(ends[0])
        for end in ends[-3:]:
            chosen, units = training_choices.head(pick)
            if len(end.shape) > 1 and (pick.maybe(0.5) or None in end.shape):
                pooled = Choice("Flatten") if None not in end.shape else Choice("GlobalAveragePooling1D")
                end = self._call(pooled, [end]) or end
            # A softmax over one number is refused, and rightly so: such a tensor gets a layer of its own.
            if chosen.targets == "normal" and pick.maybe(0.3) and None not in end.shape and end.shape[-1] != 1:
                units = end.shape[-1] or 1
            else:
                last = self._call(training_choices.output_layer(chosen, units), [end])
                if last is None and case.outputs:
                    continue
                if last is None:  # too large, or refused: a head that fits any output
                    chosen, units = training_choices.HEADS[0], end.shape[-1] or 1
                end = last or end
            case.outputs.append(end.name)
            case.losses.append(pick.one(*chosen.losses))
            case.metrics.append([m for m in chosen.metrics if pick.maybe(0.3) and _fits(m, end, units)])
            case.targets.append(chosen.targets.replace("%d", str(units)))
        case.weighting = pick.one("", "", "sample", "class" if self._one_class_per_sample() else "sample")

    def _one_class_per_sample(self) -> bool:
        """Whether weights of classes make sense."""
        end = next(t for t in self.tensors if t.name == self.case.outputs[0])
        return len(self.case.outputs) == 1 and self.case.targets[0].startswith("below") and len(end.shape) == 1

    def _embedded(self, end: Tensor) -> list[Tensor]:
        line = Choice("Rescaling", {"scale": "0.25", "dtype": "'float32'"})
        found = self._call(line, [end])
        return [found] if found is not None else [end]


def _fits(metric: str, end: Tensor, units: int) -> bool:
    """F1 scores want rows of at least two classes."""
    return "F1Score" not in metric or (len(end.shape) == 1 and units > 1)


def make_model(seed: int) -> ModelCase:
    """The model of a seed."""
    return ModelMaker(seed).make()
