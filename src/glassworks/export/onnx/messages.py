"""The messages of ONNX files, field by field. The numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3, which never change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassworks.export.onnx.builder import AttributeValue, Operator, Subgraph
from glassworks.protobuf import Message, Piece

# TensorProto.DataType
DATA_TYPES = {
    "float32": 1,
    "uint8": 2,
    "int8": 3,
    "uint16": 4,
    "int16": 5,
    "int32": 6,
    "int64": 7,
    "bool": 9,
    "float16": 10,
    "float64": 11,
    "uint32": 12,
    "uint64": 13,
    "complex64": 14,
    "complex128": 15,
    "bfloat16": 16,
}
# AttributeProto.AttributeType
_FLOAT, _INT, _STRING, _GRAPH, _INTS = 1, 2, 3, 5, 7


def bytes_of(array: np.ndarray) -> Piece:
    """The numbers of an array as ONNX stores them, little-endian; without a copy where they lie in memory like that."""
    contiguous = np.ascontiguousarray(array)
    if contiguous.dtype.byteorder == ">":
        contiguous = contiguous.astype(contiguous.dtype.newbyteorder("<"))
    return contiguous.reshape(-1).view(np.uint8).data if contiguous.size else b""


def tensor(name: str, array: np.ndarray) -> Message:
    """A TensorProto with its numbers."""
    return _tensor(name, array).data(9, bytes_of(array))


def external_tensor(name: str, array: np.ndarray, location: str, offset: int) -> Message:
    """A TensorProto whose numbers stand in another file in the same folder."""
    message = _tensor(name, array)
    for key, value in (("location", location), ("offset", str(offset)), ("length", str(array.nbytes))):
        message.message(13, Message().text(1, key).text(2, value))
    return message.integer(14, 1)


def _tensor(name: str, array: np.ndarray) -> Message:
    return Message().integers(1, array.shape).integer(2, DATA_TYPES[array.dtype.name]).text(8, name)


def value_info(name: str, dtype: str, shape: Sequence[int | str | None] | None) -> Message:
    """A ValueInfoProto: a name, a dtype and a shape whose open sizes are names or None; without a shape the rank is open too."""
    kind = Message().integer(1, DATA_TYPES[dtype])
    if shape is not None:
        sizes = Message()
        for size in shape:
            entry = Message()
            sizes.message(1, entry.integer(1, size) if isinstance(size, int) else entry.text(2, size) if size else entry)
        kind.message(2, sizes)
    return Message().text(1, name).message(2, Message().message(1, kind))


def node(operator: Operator) -> Message:
    """A NodeProto."""
    message = Message()
    for name in operator.inputs:
        message.text(1, name)
    for name in operator.outputs:
        message.text(2, name)
    message.text(3, operator.name).text(4, operator.kind)
    for name, value in operator.attributes.items():
        message.message(5, _attribute(name, value))
    return message


def _attribute(name: str, value: AttributeValue) -> Message:
    message = Message().text(1, name)
    if isinstance(value, Subgraph):
        return message.message(6, _subgraph(value)).integer(20, _GRAPH)
    if name == "to" and isinstance(value, str):  # the dtype of a Cast
        return message.integer(3, DATA_TYPES[value]).integer(20, _INT)
    if isinstance(value, str):
        return message.text(4, value).integer(20, _STRING)
    if isinstance(value, float):
        return message.number(2, value).integer(20, _FLOAT)
    if isinstance(value, list):
        return message.integers(8, value).integer(20, _INTS)
    return message.integer(3, value).integer(20, _INT)


def _subgraph(body: Subgraph) -> Message:
    message = Message()
    for operator in body.operators:
        message.message(1, node(operator))
    message.text(2, body.name)
    for operand, shape in body.inputs:
        known = None if shape is None else [size if isinstance(size, int) else None for size in shape]
        message.message(11, value_info(operand.name, operand.dtype, known))
    for output in body.outputs:
        message.message(12, value_info(output.name, output.dtype, None))
    return message


def graph(
    name: str, operators: Sequence[Operator], initializers: Sequence[Message], inputs: Sequence[Message], outputs: Sequence[Message]
) -> Message:
    """A GraphProto."""
    message = Message()
    for operator in operators:
        message.message(1, node(operator))
    message.text(2, name)
    for field, parts in ((5, initializers), (11, inputs), (12, outputs)):
        for part in parts:
            message.message(field, part)
    return message


def model(graph: Message, ir_version: int, opset: int, producer: str) -> Message:
    """A ModelProto."""
    message = Message().integer(1, ir_version).text(2, producer)
    return message.message(7, graph).message(8, Message().text(1, "").integer(2, opset))
