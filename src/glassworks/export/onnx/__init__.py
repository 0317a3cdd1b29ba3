"""Models as ONNX files.

A model is traced for several batch sizes (and for several of each other size that its inputs leave open); what the traces have in common,
with sums of multiples of the open sizes in place of the numbers that differ, is the graph (`export/merging.py`). Each of its primitives becomes a
few ONNX operators (`lowerings/`, a table by the name of the primitive), and the operators become the bytes of a file (`messages.py`,
`writing.py`). Variables become initializers with their paths as names.

dtypes, and the kernels of onnxruntime on CPUs:

- float16 stays float16. bfloat16 is computed in float32 and rounded after each primitive, as here; inputs and outputs of bfloat16 are float32,
  which holds the same numbers, because no array of bfloat16 goes in or out in Python.
- float64 stays float64. Convolutions, the error function and recurrent layers are composed of operators that have kernels for it. There are none
  for `tan`, the inverse and hyperbolic functions (`arctan`, `sinh` ...), and `det`; onnxruntime refuses a file with them when it loads it.
- Integers other than int32 and int64 are computed in these. uint64 and complex numbers are refused.

What differs from `predict`: an index out of range is an error of the operator that reads with it, and labels and lengths are not checked;
onnxruntime leaves NaN out of maxima, minima and max pooling.
"""

from __future__ import annotations

from os import PathLike

from glassworks.errors import ArgumentError
from glassworks.export.onnx.model import convert
from glassworks.export.onnx.writing import OPSET, write
from glassworks.export.source import Source
from glassworks.export.unexportable import UnexportableError as UnexportableError


def export_onnx(source: Source, path: str | PathLike, opset_version: int | None = None) -> None:
    """Write a model as an ONNX file.

    Args:
        source: The model.
        path: The file.
        opset_version: The version of the operators. There is one: 20, which onnxruntime has run since 1.17.

    Raises:
        ArgumentError: Something in the model cannot be expressed; the error names the layer and the op. Nothing was written.
        SaveError: The file cannot be written.
    """
    if opset_version not in (None, OPSET):
        raise ArgumentError(f"opset_version={opset_version!r}", f"{OPSET}, the version that is written", "leave opset_version out")
    write(convert(source), path)
