"""The text of an exported program."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from glassworks.export.merging import MergedValue
from glassworks.export.numpy_program import lessons, mathematics
from glassworks.export.numpy_program.names import Namespace, plain
from glassworks.export.numpy_program.program import RESERVED, Names, Program, label, numpy_dtype, reads
from glassworks.export.numpy_program.steps import Step, call_of
from glassworks.export.source import Source
from glassworks.layers.base import Layer

WIDTH = 120
HELPERS = [
    value
    for module in (mathematics, lessons)
    for value in vars(module).values()
    if inspect.isfunction(value) and value.__module__ == module.__name__
]


class _Row(NamedTuple):
    """A line of the table in the docstring."""

    name: str
    kind: str
    shape: str
    parameters: int


def program_text(program: Program, source: Source, title: str, weights: str) -> str:
    """The whole file.

    Args:
        program: Its steps.
        source: The model.
        title: The name of the file, without its suffix.
        weights: The name of the file with the weights.
    """
    inputs = _input_names(source)
    names = Names(program, inputs, [function.__name__ for function in HELPERS])
    body = _body(program, source, names, inputs)
    helpers = _helpers(program)
    parts = [
        _docstring(program, source, title, weights),
        _imports(helpers),
        'with np.load(str(Path(__file__).with_suffix("")) + "_weights.npz", allow_pickle=False) as file:\n    weights = dict(file)',
        *(f"\n{inspect.getsource(function).strip()}" for function in helpers),
        f"\n{body}",
        _READ,
        _main(source, inputs),
    ]
    return "\n\n".join(parts) + "\n"


# ---- the beginning


def _docstring(program: Program, source: Source, title: str, weights: str) -> str:
    rows = _rows(program, source)
    widths = [max(len(str(row[i])) for row in rows) for i in range(3)]
    total = sum(row.parameters for row in rows)
    lines = [
        f'"""{plain(str(source.model.name))}: a neural network as a NumPy program, exported by Glassworks.',
        "",
        f"It needs NumPy 2, and the weights in {plain(weights)} beside it. From Python, and from the command line:",
        "",
        f"    from {plain(title)} import predict",
        f"    python {plain(title)}.py data.npy    # or .csv; the predictions are printed",
        "",
        f"What it computes, layer by layer{', for any number n of samples' if 'n' in program.sizes.names else ''}:",
        "",
    ]
    for row in rows:
        text = f"    {row.name:{widths[0]}}   {row.kind:{widths[1]}}   {row.shape:{widths[2]}}"
        lines.append(f"{text}   {row.parameters:,} parameters" if row.parameters else text.rstrip())
    lines += ["", f"{total:,} parameters in all.", '"""']
    return "\n".join(lines)


def _rows(program: Program, source: Source) -> list[_Row]:
    """The inputs, and the layers directly inside the model, in the order in which they compute."""
    rows = [
        _Row(plain(item.name), f"input, {item.dtype}", label(value, program.sizes), 0)
        for item, value in zip(source.inputs, program.graph.inputs, strict=True)
    ]
    shapes, order = _layer_shapes(program, source)
    layers: Sequence[Layer] = getattr(source.model, "layers", [])
    known = [layer for layer in layers if type(layer).__name__ != "InputLayer"]
    for layer in sorted(known, key=lambda layer: order.get(layer.name, math.inf)) if set(order) >= {x.name for x in known} else known:
        shape = shapes.get(layer.name, "as it is" if layer.built else "")
        rows.append(_Row(plain(layer.name), type(layer).__name__, shape, sum(math.prod(w.shape) for w in layer.weights)))
    return rows


def _layer_shapes(program: Program, source: Source) -> tuple[dict[str, str], dict[str, int]]:
    """For each layer directly inside the model the shape of its last result, and its place in the order."""
    shapes: dict[str, str] = {}
    order: dict[str, int] = {}
    for number, step in enumerate(program.steps):
        name = next(iter(_path(step, source)), None)
        output = next((value for value in step.outputs if value is not None), None)
        if name is not None and output is not None:
            order.setdefault(name, number)
            if output.dtype != "bool":
                shapes[name] = label(output, program.sizes)
    return shapes, order


def _imports(helpers: Sequence[Callable]) -> str:
    text = "\n".join(inspect.getsource(function) for function in helpers)
    modules = [name for name in ("itertools", "math") if f"{name}." in text]
    return "\n".join([*(f"import {name}" for name in (*modules, "sys")), "from pathlib import Path", "", "import numpy as np"])


def _helpers(program: Program) -> list[Callable]:
    """The functions that the program calls, each after those that it calls itself."""
    used = {function for step in program.steps for function in step.code.helpers}
    return [function for function in HELPERS if function in used]


# ---- predict


def _input_names(source: Source) -> list[str]:
    if len(source.inputs) == 1:
        return ["x"]
    names = Namespace([*RESERVED, *(function.__name__ for function in HELPERS)])
    return [names.new(item.name) for item in source.inputs]


def _body(program: Program, source: Source, names: Names, inputs: Sequence[str]) -> str:
    steps = _kept(program, names)
    names.settle(steps)
    lines: list[str] = []
    previous: object = None
    for number, step in enumerate(steps):
        frame, _ = call_of(step.origin)
        text = names.render(step.code, step.origin.call)
        target = names.assign(number, step, steps)
        if frame is not previous:
            lines += ["", *_heading(step, source)]
            previous = frame
        shown = next(value for value in step.outputs if value is not None)
        lines += _statement(f"{target} = {text}", label(shown, program.sizes))
    result = _result(program, source, names)
    head = [f"def predict({', '.join(inputs)}):", f'    """{_predict_docstring(source)}"""']
    for name, item, value in zip(inputs, source.inputs, program.graph.inputs, strict=True):
        head += _statement(f'{name} = np.asarray({name}, "{numpy_dtype(item.dtype)}")', label(value, program.sizes))
    head += _open_sizes(program, source, inputs)
    return "\n".join([*head, *lines, "", f"    return {result}"])


def _kept(program: Program, names: Names) -> list[Step]:
    """The steps that become statements; others stand where their values are used."""
    consumers = reads(program.steps)
    kept = []
    for step in program.steps:
        consumer = consumers.get(id(step.outputs[0]))
        if names.puts_inline(step, consumer):
            names.inline(step)
        else:
            kept.append(step)
    return kept


def _path(step: Step, source: Source) -> list[str]:
    """The layers that a step belongs to, from the one directly inside the model."""
    path = [frame.name for frame in step.origin.origin if frame.kind == "layer"]
    return path[1:] if path and path[0] == source.model.name and len(path) > 1 else path


def _heading(step: Step, source: Source) -> list[str]:
    path = _path(step, source)
    if not path or path == [source.model.name]:
        return []
    kind = next((type(layer).__name__ for layer in getattr(source.model, "layers", []) if [layer.name] == path), "")
    return [f"    # {plain('/'.join(path))}" + (f": {kind}" if kind else "")]


def _open_sizes(program: Program, source: Source, inputs: Sequence[str]) -> list[str]:
    lines = []
    for number, size in enumerate(program.sizes.names):
        if size in program.sizes.used:
            place = next(
                (name, axis)
                for name, value in zip(inputs, program.graph.inputs, strict=True)
                for axis, dimension in enumerate(value.shape)
                if getattr(dimension, "factors", None) == tuple(int(i == number) for i in range(len(program.sizes.names)))
            )
            lines.append(f"    {size} = len({place[0]})" if not place[1] else f"    {size} = {place[0]}.shape[{place[1]}]")
    return lines


def _predict_docstring(source: Source) -> str:
    outputs = "the outputs " + ", ".join(plain(name) for name in source.output_names)
    return f"The output of the model, {plain(source.output_names[0])}." if len(source.output_names) == 1 else f"A tuple of {outputs}."


def _result(program: Program, source: Source, names: Names) -> str:
    shown = []
    for value in program.results:
        text = str(names.source(value, "")) if isinstance(value, MergedValue) else repr(value)
        is_number = isinstance(value, MergedValue) and value.arrays is not None and not value.rank
        shown.append(f'np.asarray({text}, "{value.dtype}")' if is_number else text)
    return shown[0] if len(shown) == 1 else ", ".join(shown)


def _statement(text: str, comment: str) -> list[str]:
    """A statement and the shape of its result, in lines of limited width."""
    line = f"    {text}"
    if len(line) + len(comment) + 4 <= WIDTH:
        return [f"{line}  # {comment}"]
    if len(line) <= WIDTH:
        return [f"    # {comment}", line]
    return [f"    # {comment}", *_broken(line, 4)]


def _broken(line: str, indent: int) -> list[str]:
    """A long line with the arguments of its outermost call on lines of their own."""
    opening, closing = _outermost(line)
    if len(line) <= WIDTH or opening < 0:
        return [line]
    inner = " " * (indent + 4)
    parts = _split(line[opening + 1 : closing])
    lines = [line[: opening + 1]]
    for part in parts:
        comma = "," if len(parts) > 1 or line[opening] == "[" else ""
        lines += _broken(f"{inner}{part.strip()}{comma}", indent + 4)
    return [*lines, " " * indent + line[closing:]]


def _outermost(line: str) -> tuple[int, int]:
    """The places of the pair of brackets with most between them, that is not inside of others."""
    best, stack = (-1, -1), []
    quote = False
    for place, letter in enumerate(line):
        if letter == '"' and line[place - 1] != "\\":
            quote = not quote
        elif not quote and letter in "([{":
            stack.append(place)
        elif not quote and letter in ")]}":
            start = stack.pop()
            if not stack and place - start > best[1] - best[0] and line[start - 7 : start] != "weights":
                best = (start, place)
    return best


def _split(text: str) -> list[str]:
    """Parts between the commas that stand outside of brackets."""
    parts, depth, start, quote = [], 0, 0, False
    for place, letter in enumerate(text):
        if letter == '"' and (not place or text[place - 1] != "\\"):
            quote = not quote
        elif not quote:
            depth += (letter in "([{") - (letter in ")]}")
            if letter == "," and not depth:
                parts.append(text[start:place])
                start = place + 1
    return [part for part in [*parts, text[start:]] if part.strip()]


# ---- the end

_READ = '''
def read(file, shape):
    """The samples of an .npy file, or of a .csv file with a row per sample."""
    array = np.load(file, allow_pickle=False) if file.endswith(".npy") else np.loadtxt(file, delimiter=",", ndmin=2)
    return array.reshape(-1, *shape)
'''.rstrip()


def _main(source: Source, inputs: Sequence[str]) -> str:
    shapes = [tuple(8 if size is None else size for size in item.shape[1:]) for item in source.inputs]
    what = "a file with samples" if len(inputs) == 1 else f"a file for each of the inputs {', '.join(inputs)}"
    return f'''
def main():
    """Predict for {what}; without one, for a sample of zeros."""
    shapes = {shapes!r}
    files = sys.argv[1:]
    if files:
        print(predict(*(read(file, shape) for file, shape in zip(files, shapes, strict=True))))
    else:
        print(predict(*(np.zeros((1, *shape)) for shape in shapes)))


if __name__ == "__main__":
    main()'''
