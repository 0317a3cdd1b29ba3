"""The rules of primitives that are layers by themselves: convolution, pooling, attention, recurrent layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassworks.export.merging import MergedNode, MergedValue
from glassworks.export.numpy_program import lessons
from glassworks.export.numpy_program.code import ATOM, Code, OpenSizes
from glassworks.export.numpy_program.rules import rule, shape_text
from glassworks.export.sizes import Size
from glassworks.export.unexportable import GIVE_SIZES, UnexportableError


def window_options(node: MergedNode, names: Sequence[str], sizes: OpenSizes) -> dict[str, Any]:
    """The arguments of a window that differ from the defaults: strides of 1, no dilation, no padding, one group."""
    windows = node.attributes["windows"]
    options: dict[str, Any] = {}
    for name in names:
        value: Any = getattr(windows, name) if name != "groups" else node.attributes["groups"]
        for number in np.ravel(np.array(value, dtype=object)):
            sizes.text(number, node.origin.call)
            if isinstance(number, Size):
                raise UnexportableError("padding that depends on an open size", GIVE_SIZES, node.origin.call)
        plain = 1 if name == "groups" else tuple(1 for _ in value) if name != "padding" else tuple((0, 0) for _ in value)
        if name == "window" or value != plain:
            options[name] = list(value) if name == "padding" else value
    return options


def options_text(options: dict[str, Any]) -> str:
    """Keyword arguments as source, each after a comma."""
    return "".join(f", {name}={value!r}" for name, value in options.items())


@rule("convolution")
def _convolution(node: MergedNode, sizes: OpenSizes) -> Code:
    options = window_options(node, ("strides", "dilation", "padding", "groups"), sizes)
    return Code(
        f"convolution({{0}}, {{1}}{options_text(options)})",
        lambda _, x, kernel: lessons.convolution(x, kernel, **options),
        node.inputs,
        helpers=(lessons.convolution, lessons.windows_of),
    )


@rule("convolution_input_gradient")
def _convolution_transpose(node: MergedNode, sizes: OpenSizes) -> Code:
    options = window_options(node, ("strides", "dilation", "padding", "groups"), sizes)
    size = node.attributes["size"]
    text, at = shape_text(size, sizes, node.origin.call)
    comma = "," if len(size) == 1 else ""
    return Code(
        f"convolution_transpose({{0}}, {{1}}, size=({text}{comma}){options_text(options)})",
        lambda given, x, kernel: lessons.convolution_transpose(x, kernel, size=at(given), **options),
        node.inputs,
        helpers=(lessons.convolution_transpose,),
    )


@rule("max_pool")
def _max_pool(node: MergedNode, sizes: OpenSizes) -> Code:
    if node.outputs[1].uses:
        raise UnexportableError("places of the largest numbers of windows", "a model that uses the numbers alone", node.origin.call)
    options = window_options(node, ("window", "padding"), sizes)
    strides = node.attributes["windows"].strides
    padding = options.get("padding")
    text = f"max_pool({{0}}, {options['window']}, strides={strides}" + (f", padding={padding}" if padding else "") + ")"
    return Code(
        text,
        lambda _, x: (lessons.max_pool(x, options["window"], strides, padding),),
        node.inputs,
        helpers=(lessons.max_pool, lessons.windows_of),
        results=1,
    )


@rule("attention")
def _attention(node: MergedNode, sizes: OpenSizes) -> Code:
    if node.outputs[1].uses:
        raise UnexportableError("the sums of attention weights", "a model that uses the results of attention alone", node.origin.call)
    function: Callable = lessons.attention
    scale, causal = float(node.attributes["scale"]), bool(node.attributes["causal"])
    places = ", ".join(f"{{{i}}}" for i in range(len(node.inputs)))
    text = f"attention({places}, scale={scale!r}{', causal=True' if causal else ''})"
    return Code(
        text,
        lambda _, *xs: (function(*xs, scale=scale, causal=causal),),
        node.inputs,
        helpers=(lessons.attention, lessons.softmax),
        results=1,
    )


@rule("simple_rnn", "lstm_sequence", "gru_sequence")
def _recurrent(node: MergedNode, sizes: OpenSizes) -> Code:
    lstm = node.name == "lstm_sequence"
    if any(value.uses for value in node.outputs[2 if lstm else 1 :]):
        raise UnexportableError("the gates of a recurrent layer", "a model that uses its results alone", node.origin.call)
    functions: dict[str, Callable] = {"simple_rnn": lessons.simple_rnn, "lstm_sequence": lessons.lstm, "gru_sequence": lessons.gru}
    function = functions[node.name]
    reverse = bool(node.attributes["reverse"])
    fixed = ["", "", ""] if node.name == "gru_sequence" else ["", ""]
    names = [*fixed, "hidden", *(["cell"] if lstm else []), "mask"]
    # States of zeros are the default.
    given = [(name, value) for name, value in zip(names, node.inputs, strict=False) if name in ("", "mask") or not _is_zero(value)]
    keys = [name for name, _ in given]

    def walk(_: Sequence[int], *xs: np.ndarray) -> tuple[np.ndarray, ...]:
        positional = [x for key, x in zip(keys, xs, strict=True) if not key]
        named = {key: x for key, x in zip(keys, xs, strict=True) if key}
        states = function(*positional, **named, reverse=reverse)
        return tuple(states) if lstm else (states,)

    places = ", ".join(f"{name}={{{i}}}" if name else f"{{{i}}}" for i, name in enumerate(keys))
    text = f"{function.__name__}({places}{', reverse=True' if reverse else ''})"
    needs = (function,) if node.name == "simple_rnn" else (function, lessons.sigmoid)
    return Code(text, walk, [value for _, value in given], ATOM, needs, 2 if lstm else 1)


def _is_zero(value: MergedValue) -> bool:
    return value.arrays is not None and not any(array.any() for array in value.arrays)
