"""The rules of linear algebra, of complex numbers, and of sums at indices."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks.export.merging import MergedNode
from glassworks.export.numpy_program import mathematics
from glassworks.export.numpy_program.code import Code, OpenSizes, value_of
from glassworks.export.numpy_program.rules import rule
from glassworks.ops.primitives.complex import COMPLEX_OF

_LINALG = {
    "cholesky": "cholesky",
    "solve": "solve",
    "determinant": "det",
    "log_determinant": "slogdet",
    "pseudo_inverse": "pinv",
    "eigh": "eigh",
}


@rule(*_LINALG, "qr")
def _linalg(node: MergedNode, sizes: OpenSizes) -> Code:
    name = _LINALG.get(node.name, node.name)
    options: dict[str, Any] = {}
    if node.name == "pseudo_inverse":
        options["rcond"] = float(node.attributes["rcond"])
    if node.name == "qr" and node.attributes["complete"]:
        options["mode"] = "complete"
    function = getattr(np.linalg, name)
    places = ", ".join(
        [*(f"{{{i}}}" for i in range(len(node.inputs))), *(f"{key}={value!r}".replace("'", '"') for key, value in options.items())]
    )

    def compute(_: object, *xs: np.ndarray) -> object:
        result = function(*xs, **options)
        return tuple(result) if len(node.outputs) > 1 else result

    return Code(f"np.linalg.{name}({places})", compute, node.inputs)


@rule("scatter_add")
def _scatter_add(node: MergedNode, sizes: OpenSizes) -> Code:
    axis, size = node.attributes["axis"], node.attributes["size"]
    return Code(
        f"add_at({{0}}, {{1}}, {sizes.text(size, node.origin.call)}, axis={axis})",
        lambda given, x, places: mathematics.add_at(x, places, value_of(size, given), axis),
        node.inputs,
        helpers=(mathematics.add_at,),
    )


@rule("make_complex")
def _make_complex(node: MergedNode, sizes: OpenSizes) -> Code:
    dtype = COMPLEX_OF[node.inputs[0].dtype]
    return Code(f'({{0:s}} + 1j * {{1:a}}).astype("{dtype}")', lambda _, x, y: (x + 1j * y).astype(dtype), node.inputs)
