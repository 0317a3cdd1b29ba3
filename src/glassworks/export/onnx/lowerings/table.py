"""The table of lowerings: for each primitive, the function that writes a node of it with ONNX operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from glassworks.export.merging import MergedGraph, MergedNode
from glassworks.export.onnx.builder import Builder, Operand
from glassworks.export.sizes import Varying
from glassworks.export.unexportable import GIVE_SIZES, UnexportableError

# onnxruntime has kernels of arithmetic for these dtypes; numbers of others are converted to them and back.
WIDER = {
    "bool": "int32",
    "int8": "int32",
    "int16": "int32",
    "uint8": "int32",
    "uint16": "int32",
    "uint32": "int64",
    "bfloat16": "float32",
}
# These have none, and no wider dtype that holds them.
WITHOUT_KERNELS = ("uint64", "complex64", "complex128")

Results = Operand | Sequence[Operand | None]
Function = Callable[..., Results]


class Lowering(NamedTuple):
    """How a primitive is written.

    Attributes:
        function: `function(builder, node, *inputs)`: adds operators and returns the operand of each output, None for one that ONNX cannot give.
        keeps: Whether the operators take every dtype but bfloat16; else those of `WIDER` are converted first.
    """

    function: Function
    keeps: bool


LOWERINGS: dict[str, Lowering] = {}

_GRADIENT, _MATRICES = "it belongs to the gradient of another op", "ONNX has no operator for this factorization or solution of matrices"
_COMPLEX = "onnxruntime has no kernels for complex numbers"
# Primitive -> why it has no lowering.
REASONS = {
    "random_bits": "random numbers come from a state that changes with every call, and an ONNX graph keeps no state",
    "attention": "the sums that its weights are divided by are for gradients",
    "ctc_score": "ONNX has no operator for this loss",
    "ctc_beams": "ONNX has no operator for beam search",
    "erfinv": "ONNX has no operator for the inverse of the error function",
    "bessel_i0": "ONNX has no operator for Bessel functions",
    "next_after": "ONNX has no operator for the next number of a dtype",
    "greatest_divisor": "ONNX has no operator for common divisors",
    "least_multiple": "ONNX has no operator for common multiples",
    "view": "ONNX has no operator that reads the bytes of numbers as another dtype",
    "log_determinant": "ONNX has the determinant, which overflows where its logarithm does not",
    **dict.fromkeys(["real", "imaginary", "conjugate", "make_complex"], _COMPLEX),
    **dict.fromkeys(["cholesky", "qr", "lu", "eigh", "eig", "svd", "singular_values", "solve", "pseudo_inverse"], _MATRICES),
    **dict.fromkeys(["attention_gradient", "lstm_gradient", "gru_gradient", "ctc_score_gradient"], _GRADIENT),
    **dict.fromkeys(["convolution_kernel_gradient", "max_unpool", "pool_at", "product_of_others", "cofactors"], _GRADIENT),
}


def lowers(*primitives: str, keeps: bool = False) -> Callable[[Function], Function]:
    """Decorate a function that lowers these primitives; see `Lowering`."""

    def register(function: Function) -> Function:
        for primitive in primitives:
            assert primitive not in LOWERINGS, f"{primitive} has two lowerings"
            LOWERINGS[primitive] = Lowering(function, keeps)
        return function

    return register


def lower_nodes(builder: Builder, graph: MergedGraph) -> None:
    """Lower all nodes of a graph whose inputs have operands; their results get theirs.

    The lowering of a node may give operands to results of later nodes, which are then left out.
    """
    for node in graph.nodes:
        if all(value in builder.values for value in node.outputs):
            continue
        builder.start(f"{node.origin.layer}/{node.name}" if node.origin.layer else node.name)
        results = lower(builder, node, [builder.operand(value) for value in node.inputs])
        builder.values.update((value, x) for value, x in zip(node.outputs, results, strict=True) if x is not None)


# Lowerings that do not read such an attribute, or know what to do with it.
_TAKE_VARYING = ("reshape", "broadcast_to", "convolution", "max_pool")


def _varies(attribute: object) -> bool:
    """Whether an attribute, or a part of it, depends on the open sizes in a way of its own."""
    if isinstance(attribute, Varying):
        return True
    if isinstance(attribute, (dict, list, tuple)):
        return any(map(_varies, attribute.values() if isinstance(attribute, dict) else attribute))
    return False


def widened(builder: Builder, x: Operand) -> Operand:
    """The same numbers in a dtype for which onnxruntime has kernels of arithmetic."""
    return builder.cast(x, WIDER.get(x.dtype, x.dtype))


def lower(builder: Builder, node: MergedNode, inputs: Sequence[Operand]) -> list[Operand | None]:
    """Add the operators of a node; the operand of each of its outputs, in its dtype.

    Raises:
        UnexportableError: ONNX has no operators for it.
    """
    lowering = LOWERINGS.get(node.name)
    if lowering is None:
        reason = REASONS.get(node.name, "a primitive that the exporter does not know")
        raise UnexportableError(
            f"{node.name}: {reason}", "leave it out of the exported model, or write it with other ops", node.origin.call
        )
    if node.name not in _TAKE_VARYING and _varies(node.attributes):
        raise UnexportableError(f"{node.name} with an argument that depends on an open size", GIVE_SIZES, node.origin.call)
    if not lowering.keeps:
        bad = next((x.dtype for x in inputs if x.dtype in WITHOUT_KERNELS), None)
        if bad is not None:
            raise UnexportableError(
                f"{node.name} of {bad}, for which onnxruntime has no kernels", "cast to float32 or int64 first", node.origin.call
            )
    inputs = [widened(builder, x) if x.dtype == "bfloat16" or not lowering.keeps else x for x in inputs]
    results = lowering.function(builder, node, *inputs)
    flat = [results] if isinstance(results, Operand) else list(results)
    return [None if x is None else builder.cast(x, value.dtype) for x, value in zip(flat, node.outputs, strict=True)]
