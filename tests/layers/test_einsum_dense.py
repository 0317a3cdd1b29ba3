"""`EinsumDense`: equations and shapes that do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks import layers, ops
from glassworks.graph import Spec, trace


@pytest.mark.parametrize(
    ("equation", "output_shape", "bias_axes", "shape", "message"),
    [
        ("ab,bc", 4, None, (2, 3), "the form 'x,y->z'"),
        ("...ab,bc->ac", 4, None, (2, 3), "the form 'x,y->z'"),
        ("ab,bc->ac", 4, None, (2, 3, 4), "2 axes"),
        ("ab,bc->ac", (4, 5), None, (2, 3), "1 sizes, for the axes 'c'"),
        ("abc,cd->abd", (7, 4), None, (2, 3, 5), "size 3 of axis 'b' in the inputs, 7"),
        ("ab,bc->ac", 4, "b", (2, 3), "bias_axes='b'"),
        ("ab,bz->ac", 4, None, (2, 3), "axis 'c'|axis 'z'"),
    ],
)
def test_what_does_not_fit_is_named(equation: str, output_shape: Any, bias_axes: Any, shape: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        layers.EinsumDense(equation, output_shape, bias_axes=bias_axes)(np.zeros(shape))


def test_glorot_counts_the_inputs_and_outputs_of_the_equation() -> None:
    layer = layers.EinsumDense("abc,cde->abde", (None, 50, 20), kernel_initializer="lecun_uniform")
    layer(np.zeros((1, 2, 100)))
    limit = (3 / 100) ** 0.5
    assert 0.95 * limit < abs(layer.kernel.numpy()).max() <= limit


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("abc,cde->abde", [(2, 3, 4), (4, 5, 6)]),
        ("abcd,cde->abe", [(2, 3, 5, 6), (5, 6, 7)]),
        ("abc,cd->abd", [(2, 3, 5), (5, 7)]),
        ("abc,dc->abd", [(2, 3, 5), (7, 5)]),
    ],
)
def test_projections_are_one_matrix_product_and_move_no_numbers(equation: str, shapes: list[tuple[int, ...]]) -> None:
    graph = trace(lambda *arrays: ops.einsum(equation, *arrays), *(Spec(shape, "float32") for shape in shapes))
    names = [node.primitive.name for node in graph.nodes()]
    assert names.count("matmul") == 1
    assert set(names) <= {"reshape", "matmul"}
