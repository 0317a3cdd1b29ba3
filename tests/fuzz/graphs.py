"""Random op graphs: ops of every kind on all dtypes and on shapes that kernels find hard, with views, broadcasts and ties."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import glassworks
from glassworks import dtypes
from glassworks.errors import GlassworksError
from glassworks.graph import as_array
from tests.fuzz.case import Input, Line, OpCase
from tests.fuzz.data import draw
from tests.fuzz.op_choices import CHOOSERS, CallChoice, Fresh, Operand
from tests.fuzz.pick import Pick
from tests.fuzz.rows import ROW_NAMES, row_inputs

FLOATS = ["float32"] * 6 + ["float64", "float16", "bfloat16"]
INTEGERS = ["int8", "int16", "int32", "int32", "int64", "uint8", "uint16", "uint32", "bool"]
# The most numbers of a tensor.
MOST = 400_000


def op_namespace(library: Any) -> dict[str, Any]:
    """What the code of an op graph may name."""
    from tests.fuzz.rows import caller

    return {"ops": library.ops, "np": np, "row": caller(library.ops)}


class GraphMaker:
    """Makes one graph call by call; each is run at once on arrays, which gives shapes and dtypes."""

    def __init__(self, seed: int) -> None:
        self.pick = Pick(4, seed)
        self.case = OpCase("ops", seed, [], [], [])
        self.names = op_namespace(glassworks)
        self.operands: list[Operand] = []

    def make(self) -> OpCase:
        """The case."""
        pick, case = self.pick, self.case
        dtype = pick.one(*FLOATS) if pick.maybe(0.85) else pick.one(*INTEGERS)
        self._input(self._shape(), "special" if dtypes.is_float(dtype) and pick.maybe(0.06) else "normal", dtype)
        if pick.maybe(0.2):
            self._row()
        for _ in range(pick.integer(1, 8)):
            source = self.operands[-1] if pick.maybe(0.6) else pick.one(*self.operands)
            choice = pick.one(*CHOOSERS)(pick, source, self.operands)
            if choice is not None:
                self._call(choice, source)
        read = {name for line in case.lines for name in line.reads}
        ends = [o.name for o in self.operands if o.name not in read] or [self.operands[-1].name]
        case.outputs = ends[-3:]
        if pick.maybe(0.3):
            case.outputs.append(pick.one(*self.operands).name)
        case.gradient = pick.maybe(0.6)
        return case

    def _shape(self) -> list[int]:
        pick, kind = self.pick, self.pick.rng.random()
        if kind < 0.02:  # more rows than a 16-bit number counts
            return [pick.one(65537, 70001), pick.one(1, 2, 3)]
        if kind < 0.05:  # very many axes
            return [pick.one(1, 1, 1, 2) for _ in range(pick.integer(9, 24))]
        if kind < 0.06:  # windows that are longer than a block of the core
            return [pick.integer(1, 2), pick.one(2100, 3001), pick.one(64, 73)]
        shape = [
            pick.size({1: 65, 2: 65, 3: 17, 4: 9}.get(rank, 4))
            for rank in [pick.one(0, 1, 1, 2, 2, 2, 2, 3, 3, 4, 5, 6)]
            for _ in range(rank)
        ]
        if shape and pick.maybe(0.06):
            shape[pick.integer(0, len(shape) - 1)] = 0
        return shape

    def _input(self, shape: list[int], values: str, dtype: str) -> Operand:
        pick = self.pick
        if dtypes.is_float(dtype):
            values = values if values != "normal" else pick.one("normal", "normal", "unit", "steps", "positive")
        else:
            values = "binary" if dtype == "bool" else "below:7" if dtype.startswith("u") else "signed"
        values += pick.one("", "", "", " in columns", " in strides")
        given = Input(f"x{len(self.case.inputs)}", shape, dtype, values)  # type: ignore[arg-type]
        self.case.inputs.append(given)
        self.names[given.name] = as_array(draw(np.random.default_rng([5, len(self.case.inputs)]), shape, dtype, values))
        self.operands.append(Operand(given.name, shape, dtype))
        return self.operands[-1]

    def _row(self) -> None:
        """A call of the op table on its own sample arrays, in another dtype."""
        name, number = self.pick.one(*ROW_NAMES)
        dtype = self.pick.one("float32", "float32", "float64", "float16", "bfloat16")
        arrays = [np.asarray(a) for a in row_inputs(name, number)]
        operands = []
        for i, array in enumerate(arrays):
            kind = dtype if array.dtype.kind == "f" else array.dtype.name
            given = Input(f"x{len(self.case.inputs)}", list(array.shape), kind, f"row:{name}:{number}:{i}")
            self.case.inputs.append(given)
            self.names[given.name] = as_array(array.astype(dtypes.numpy_dtype(kind)))
            self.operands.append(Operand(given.name, list(array.shape), kind))
            operands.append(self.operands[-1])
        slots = ", ".join(f"{{{i}}}" for i in range(len(operands)))
        self._call(CallChoice(f"row({name!r}, {number})({slots})", tuple(operands[1:])), operands[0])

    def _call(self, choice: CallChoice, source: Operand) -> None:
        before = len(self.case.inputs)
        operands = [source]
        for other in choice.more:
            if isinstance(other, Fresh):
                other = self._input(other.shape, other.values, other.dtype or source.dtype)
            operands.append(other)
        line = Line(f"t{len(self.case.lines) + len(self.case.refused)}", "", [o.name for o in operands], form=choice.code)
        kept = self._run(line)
        if not kept and len(self.case.inputs) > before and self.case.refused[-1:] != [line]:
            del self.case.inputs[before:]
            self.operands = [o for o in self.operands if o.name in {i.name for i in self.case.inputs} or o.name.startswith("t")]

    def _run(self, line: Line) -> bool:
        try:
            with np.errstate(all="ignore"):
                exec(line.code(set())[0], self.names)
        except GlassworksError:
            self.case.refused.append(line)
            return False
        value = self.names[line.out]
        if math.prod(value.shape) > MOST or not hasattr(value, "dtype") or value.dtype.name.startswith("complex"):
            return False
        line.shape, line.dtype = list(value.shape), value.dtype.name
        self.case.lines.append(line)
        self.operands.append(Operand(line.out, line.shape, line.dtype))  # type: ignore[arg-type]
        return True


def make_graph(seed: int) -> OpCase:
    """The op graph of a seed."""
    return GraphMaker(seed).make()
