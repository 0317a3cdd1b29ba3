"""An ONNX graph as a file, or two: the weights of models over 2 GB stand beside it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import BinaryIO

import numpy as np

from glassworks.export.onnx import messages
from glassworks.export.onnx.model import OnnxGraph
from glassworks.files import atomic_file
from glassworks.protobuf import Message

# Version 20 of the operators is the first with Gelu, and with DFT along an axis that is an input; onnxruntime 1.17 and later run it.
OPSET, IR_VERSION = 20, 9
# A message of protocol buffers holds less than 2 GiB.
LARGEST_FILE = 2**31 - 2**20
# Where arrays start in the file of weights, so that they can be mapped to memory; small ones stay in the file of the graph.
_ALIGNMENT, _SMALL = 4096, 1024


def write(graph: OnnxGraph, path: str | PathLike) -> None:
    """Write a graph to a file; if it would be too large, its weights to `path` + ".data".

    The weights go from their arrays to the file, without a copy. Nothing is replaced before all is written.
    """
    if sum(array.nbytes for array in graph.initializers.values()) < LARGEST_FILE:
        tensors = [messages.tensor(name, array) for name, array in graph.initializers.items()]
        with atomic_file(path) as file:
            file.writelines(_model(graph, tensors).pieces)
        return
    data = Path(os.fspath(path) + ".data")
    tensors, large, end = [], [], 0
    for name, array in graph.initializers.items():
        if array.nbytes < _SMALL:
            tensors.append(messages.tensor(name, array))
            continue
        start = -(-end // _ALIGNMENT) * _ALIGNMENT
        tensors.append(messages.external_tensor(name, array, data.name, start))
        large.append((array, start))
        end = start + array.nbytes
    with contextlib.ExitStack() as stack:
        # The last one opened takes its place first.
        file, weights = stack.enter_context(atomic_file(path)), stack.enter_context(atomic_file(data))
        _write_arrays(weights, large)
        file.writelines(_model(graph, tensors).pieces)


def _write_arrays(file: BinaryIO, arrays: Sequence[tuple[np.ndarray, int]]) -> None:
    for array, start in arrays:
        file.seek(start)
        file.write(messages.bytes_of(array))


def _model(graph: OnnxGraph, tensors: Sequence[Message]) -> Message:
    written = messages.graph(graph.name, graph.operators, tensors, graph.inputs, graph.outputs)
    return messages.model(written, IR_VERSION, OPSET, "glassworks")
