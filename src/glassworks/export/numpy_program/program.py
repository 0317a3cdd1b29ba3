"""An exported program: its steps with names for all values, computed once here to compare the results with the model's."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.export.merging import MergedGraph, MergedValue, merge
from glassworks.export.numpy_program.code import ATOM, Code, OpenSizes, Shown
from glassworks.export.numpy_program.constants import Constants
from glassworks.export.numpy_program.names import Namespace, quoted
from glassworks.export.numpy_program.rolled import roll
from glassworks.export.numpy_program.steps import Step, call_of, steps_of
from glassworks.export.sizes import Dimension, Probes
from glassworks.export.source import Source
from glassworks.export.unexportable import UnexportableError
from glassworks.graph import Graph, Variable
from glassworks.graph.passes import share_common_subexpressions
from glassworks.saving.tensors import writable_names

# Words that the program uses itself.
RESERVED = ("np", "sys", "math", "itertools", "weights", "predict", "main", "read", "Path", "x")
MOST_INLINE = 56


@dataclass
class Program:
    """What `predict` does.

    Attributes:
        graph: The merged graph.
        sizes: The names of open sizes.
        steps: The statements.
        results: The values that are returned.
        constants: The constants of the graph.
        names: The weights by the name under which the program reads them.
    """

    graph: MergedGraph
    sizes: OpenSizes
    steps: list[Step]
    results: list[Any]
    constants: Constants
    names: dict[Variable, str]


def evaluate(program: Program, sizes: Sequence[int], inputs: Sequence[np.ndarray], variables: dict[Variable, np.ndarray]) -> list[Any]:
    """What `predict` returns, computed by the same functions that the program contains.

    A step whose result has another dtype than in the graph gets a conversion here: NumPy's rules for numbers without an array differ.
    """
    arrays: dict[int, Any] = dict(zip(map(id, program.graph.inputs), inputs, strict=True))

    def read(value: MergedValue) -> object:
        if id(value) in arrays:
            return arrays[id(value)]
        if value.variable is not None:
            return variables[value.variable]
        return program.constants.code(value, "").function(sizes)

    with np.errstate(all="ignore"):
        for step in program.steps:
            result = step.code.function(sizes, *map(read, step.code.operands))
            results = result if isinstance(result, tuple) else (result,)
            for number, (output, array) in enumerate(zip(step.outputs, results, strict=False)):
                if output is None:
                    continue
                if np.asarray(array).dtype.name != output.dtype and len(step.outputs) == 1:
                    step.code = _converted(step.code, output.dtype)
                    array = step.code.function(sizes, *map(read, step.code.operands))
                if np.asarray(array).dtype.name != output.dtype:
                    raise UnexportableError(
                        f"a result {number} of {step.code.text.split('(')[0]} that becomes {np.asarray(array).dtype}",
                        f"report it: the NumPy program computes {output.dtype} here",
                        step.origin.call,
                    )
                arrays[id(output)] = array
    return [np.asarray(read(value), value.dtype) if isinstance(value, MergedValue) else value for value in program.results]


def _converted(code: Code, dtype: str) -> Code:
    inner = code.function
    return Code(
        f'np.asarray({code.text}, "{dtype}")', lambda given, *xs: np.asarray(inner(given, *xs), dtype), code.operands, ATOM, code.helpers
    )


def build(source: Source, plain: bool = False) -> tuple[Program, list[tuple[tuple[int, ...], Graph]]]:
    """The program of a model, and the traces that it was made from, each with its open sizes."""
    places: dict[tuple[int, int], int] = {}
    for shared in (False, True):  # axes of unknown size may have to be equal, such as the lengths of two sequences
        places = _open_places(source, shared)
        probes = Probes(max(places.values(), default=-1) + 1, _has_batch(source))
        try:
            graphs = probes.traces(functools.partial(trace, source, places))
            break
        except (ValueError, TypeError):
            if shared or places == _open_places(source, True):
                raise
    graph = merge([each if plain else roll(each) for each in graphs], probes)
    sizes = OpenSizes(_size_names(source, probes.count))
    steps, results = steps_of(graph, sizes, plain)
    variables = list(dict.fromkeys(variable for each in graphs for variable in each.reads))
    names = dict(zip(variables, writable_names(variable.path for variable in variables), strict=True))
    return Program(graph, sizes, steps, results, Constants(sizes, probes, list(names.values())), names), [
        (given, trace(source, places, given)) for given in _checks(source, probes)
    ]


def trace(source: Source, places: dict[tuple[int, int], int], given: Sequence[int]) -> Graph:
    """The graph for given open sizes, with equal computations shared."""
    shapes = [
        tuple(size if size is not None else given[places[i, axis]] for axis, size in enumerate(item.shape))
        for i, item in enumerate(source.inputs)
    ]
    graph = source.trace(shapes)
    if graph.writes:
        names = ", ".join(variable.path for variable in graph.writes)
        raise UnexportableError(
            f"a model whose prediction changes its own state ({names})",
            "a model whose predictions depend on the inputs alone: stateful=False",
            "",
        )
    return share_common_subexpressions(graph)


def _open_places(source: Source, shared: bool) -> dict[tuple[int, int], int]:
    """Input and axis -> the number of its open size. The first axis is the batch, which all inputs share; `shared` is for all others."""
    places: dict[tuple[int, int], int] = {}
    following = batch = int(_has_batch(source))
    for number, item in enumerate(source.inputs):
        for axis, size in enumerate(item.shape):
            if size is None and axis:
                places[number, axis] = batch if shared else following
                following += 1
            elif size is None:
                places[number, axis] = 0
    return places


def _has_batch(source: Source) -> bool:
    return any(item.shape and item.shape[0] is None for item in source.inputs)


def _size_names(source: Source, count: int) -> list[str]:
    rest = ["t", "u", "v", "w", *(f"size_{i}" for i in range(count))]
    return (["n", *rest] if _has_batch(source) else rest)[:count]


def _checks(source: Source, probes: Probes) -> list[tuple[int, ...]]:
    """Open sizes to compare with: small batches, and two lengths of each other open size."""
    first, last = probes.assignments[0], probes.assignments[-1]
    return list(dict.fromkeys([(2, *first[1:]), (3, *last[1:])] if _has_batch(source) else [first, last]))


# ---- names


class Names:
    """The source of every value: a variable, a weight, a constant, or an expression that is put where it is used."""

    def __init__(self, program: Program, inputs: Sequence[str], taken: Sequence[str]) -> None:
        self._program = program
        self._names: dict[int, str] = dict(zip(map(id, program.graph.inputs), inputs, strict=True))
        self._inline: dict[int, Step] = {}
        self._new = Namespace([*RESERVED, *inputs, *program.sizes.names], functions=taken)
        self._uses = _uses(program)
        self._last = _last_uses(program)

    def source(self, value: MergedValue, where: str) -> Shown:
        """The source of a value as an operand."""
        if id(value) in self._inline:
            code = self._inline[id(value)].code
            return Shown(self.render(code, where), code.level)
        if id(value) in self._names:
            return Shown(self._names[id(value)])
        if value.variable is not None:
            return Shown(f"weights[{quoted(self._program.names[value.variable])}]")
        if value.arrays is None:
            return Shown("value")  # it has no name yet: the text is written to see how long it is
        code = self._program.constants.code(value, where)
        return Shown(code.text, code.level)

    def render(self, code: Code, where: str) -> str:
        """The source of an expression."""
        return code.text.format(*(self.source(value, where) for value in code.operands))

    def puts_inline(self, step: Step, consumer: Step | None) -> bool:
        """Whether an expression stands where its value is used: it is short, has one reader, and that belongs to the same op."""
        output = step.outputs[0]
        if consumer is None or len(step.outputs) > 1 or output is None or self._uses[id(output)] != 1:
            return False
        constants = all(value.variable is not None or value.arrays is not None for value in step.code.operands)
        if not constants and call_of(step.origin)[0] is not call_of(consumer.origin)[0]:
            return False
        if not constants and call_of(step.origin)[1] != call_of(consumer.origin)[1]:
            return False
        text = self.render(step.code, step.origin.call)
        return len(text) <= (2 * MOST_INLINE if constants else MOST_INLINE)

    def inline(self, step: Step) -> None:
        """Put the expression where its value is used."""
        self._inline[id(step.outputs[0])] = step

    def assign(self, number: int, step: Step, steps: Sequence[Step]) -> str:
        """The names on the left side of a statement."""
        return ", ".join("_" if output is None else self._assign(output, number, step, steps) for output in step.outputs)

    def _assign(self, output: MergedValue, number: int, step: Step, steps: Sequence[Step]) -> str:
        holder = next((key for key, name in self._names.items() if name == "x"), None)
        free = holder is None or self._last.get(holder, -1) <= number
        reader = next((i for i in range(number + 1, len(steps)) if id(output) in self._reads(steps[i])), len(steps))
        if (
            free
            and output.dtype != "bool"
            and self._last.get(id(output), 0) == reader
            and len([o for o in step.outputs if o is not None]) == 1
        ):
            if holder is not None:
                del self._names[holder]
            name = "x"
        else:
            frame, op = call_of(step.origin)
            leaves = all(call_of(other.origin)[0] is not frame or _is_mask(other) for other in steps[number + 1 :])
            if output.dtype == "bool":
                name = self._new.new("mask")
            elif frame is not None and leaves:
                name = self._new.new(frame.name)
            else:
                name = self._new.new(_NOUNS.get(step.origin.primitive.name, f"{op or 'y'}_"))
        self._names[id(output)] = name
        return name

    def _reads(self, step: Step) -> set[int]:
        read: set[int] = set()
        for value in step.code.operands:
            read |= self._reads(self._inline[id(value)]) if id(value) in self._inline else {id(value)}
        return read

    def settle(self, steps: Sequence[Step]) -> None:
        """Find the last reader of each value among the statements that are left."""
        self._last = {}
        for number, step in enumerate(steps):
            for key in self._reads(step):
                self._last[key] = number
        for value in self._program.results:
            if isinstance(value, MergedValue):
                self._last[id(value)] = len(steps)


_NOUNS = {
    "reduce_mean": "mean",
    "reduce_sum": "total",
    "reduce_max": "largest",
    "reduce_min": "smallest",
    "multiply": "product",
    "subtract": "difference",
    "matmul": "product",
    "sigmoid": "gate",
    "rsqrt": "scale",
    "unstack": "step",
    "concatenate": "joined",
    "reshape": "rows",
    "take_slices": "part",
}


def _is_mask(step: Step) -> bool:
    return all(output is None or output.dtype == "bool" for output in step.outputs)


def _uses(program: Program) -> dict[int, int]:
    uses: dict[int, int] = {}
    for value in [*(value for step in program.steps for value in step.code.operands), *program.results]:
        uses[id(value)] = uses.get(id(value), 0) + 1
    return uses


def _last_uses(program: Program) -> dict[int, int]:
    return {id(value): number for number, step in enumerate(program.steps) for value in step.code.operands}


def reads(steps: Sequence[Step]) -> dict[int, Step]:
    """The last step that reads each value."""
    return {id(value): step for step in steps for value in step.code.operands}


def label(value: MergedValue, sizes: OpenSizes) -> str:
    """The shape of a value, for a comment."""
    shape: Sequence[Dimension] = value.shape
    text = ", ".join(sizes.label(size) for size in shape)
    return f"({text},)" if len(shape) == 1 else f"({text})"


def numpy_dtype(dtype: str) -> np.dtype:
    """A dtype that NumPy has.

    Raises:
        UnexportableError: It is bfloat16.
    """
    if dtype == "bfloat16":
        raise UnexportableError("numbers in bfloat16, which NumPy does not have", "set the dtype policy of the layers to float32", "")
    return dtypes.numpy_dtype(dtype)
