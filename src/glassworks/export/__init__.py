"""Models as programs for others: each format is a package here, and a line in `FORMATS`.

An exporter gets the model as a `Source` (its inputs, the names of its outputs, and its forward pass as a graph for any sizes), the path,
and the options that the user gave. It writes through `files.atomic_file`, and nothing at all where it raises.
"""

from __future__ import annotations

import importlib
import inspect
import os
from os import PathLike
from typing import TYPE_CHECKING, Any, NamedTuple

from glassworks import absent
from glassworks.errors import ArgumentError, suggest
from glassworks.export.source import Source as Source
from glassworks.export.source import SourceInput as SourceInput


class Format(NamedTuple):
    """One format of exported models.

    Attributes:
        function: The function `(source, path, **options)` that writes it, as "module:name": it is imported when it is used.
        suffix: The end of the names of its files, by which the format is found where none is given.
        what: What it is, for errors.
    """

    function: str
    suffix: str
    what: str


FORMATS: dict[str, Format] = {
    "onnx": Format("glassworks.export.onnx:export_onnx", ".onnx", "a file for onnxruntime and other programs that read ONNX"),
    "numpy": Format(
        "glassworks.export.numpy_program:export_numpy", ".py", "a Python program that needs NumPy alone, with its weights in an .npz file"
    ),
}
# Formats of Keras's that need the package which runs them.
_OF_OTHERS = ("tf_saved_model", "openvino", "litert", "torch")


def format_of(path: str | PathLike, format: str | None) -> str:
    """The format to export to: the one given, else that of the path's suffix.

    Raises:
        ArgumentError: The format is unknown; the error lists the known ones.

    >>> format_of("model.onnx", None)
    'onnx'
    """
    listed = ", ".join(f'"{name}" ({one.what})' for name, one in FORMATS.items())
    if format is None:
        suffix = os.path.splitext(os.fspath(path))[1]
        found = next((name for name, one in FORMATS.items() if suffix == one.suffix), None)
        if found is None:
            fix = " or ".join(f'"model{one.suffix}"' for one in FORMATS.values())
            raise ArgumentError(
                f"the path {os.fspath(path)!r} and no format", f"format={listed}, or a path with its suffix", f"export to {fix}"
            )
        return found
    if format not in FORMATS:
        # "model.onnx" is the example for all: it is the one format that other libraries read.
        fix = 'use format="onnx"' if format in _OF_OTHERS else suggest(str(format), FORMATS)
        raise ArgumentError(f"format={format!r}", f"format={listed}", fix)
    return format


def export(source: Source, path: str | PathLike, format: str, **options: Any) -> None:
    """Write a model in a format of `FORMATS`, with that format's options.

    Raises:
        ArgumentError: The format does not have such an option.
    """
    module, _, name = FORMATS[format].function.partition(":")
    function = getattr(importlib.import_module(module), name)
    known = list(inspect.signature(function).parameters)[2:]
    unknown = next((option for option in options if option not in known), None)
    if unknown is not None:
        raise ArgumentError(
            f"the option {unknown!r} of format {format!r}",
            f"its options: {', '.join(known) or 'none'}",
            suggest(unknown, known) if known else "",
        )
    function(source, path, **options)


if not TYPE_CHECKING:
    __getattr__ = absent.module_getattr("export", __name__)
