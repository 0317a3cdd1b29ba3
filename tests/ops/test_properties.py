"""Properties that hold for any shapes, slices and structures, drawn by Hypothesis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from glassworks import ops, tree
from glassworks.dtypes import numpy_dtype
from glassworks.graph import GradientTape, Spec, as_array, trace
from glassworks.testing import check_gradients

quick = settings(max_examples=60, deadline=None, derandomize=True)
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)


@quick
@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=4, min_side=0))
def test_broadcasting_follows_numpy_eagerly_and_in_traces(shapes: Any) -> None:
    a, b = (np.arange(np.prod(s, dtype=int), dtype="float64").reshape(s) for s in shapes.input_shapes)
    expected = a + b
    np.testing.assert_array_equal(ops.add(a, b), expected)
    graph = trace(ops.add, Spec(a.shape, "float64"), Spec(b.shape, "float64"))
    assert graph.outputs[0].shape == expected.shape


@quick
@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3, min_side=1), st.integers(0, 2**31))
def test_gradients_are_summed_back_over_broadcast_axes(shapes: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    check_gradients(lambda a, b: ops.multiply(a, b) + ops.sin(b), *(rng.normal(size=s) for s in shapes.input_shapes), order=1)


@quick
@given(st.data())
def test_indexing_follows_numpy(data: st.DataObject) -> None:
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=5))
    key = data.draw(hnp.basic_indices(shape, allow_newaxis=True))
    x = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    np.testing.assert_array_equal(ops.array(x)[key], x[key])


@quick
@given(st.data())
def test_reductions_follow_numpy(data: st.DataObject) -> None:
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4))
    axis = data.draw(st.none() | hnp.valid_tuple_axes(len(shape)))
    keepdims = data.draw(st.booleans())
    x = np.random.default_rng(0).normal(size=shape)
    for name in ("sum", "mean", "max", "prod", "var"):
        np.testing.assert_allclose(
            getattr(ops, name)(x, axis=axis, keepdims=keepdims), getattr(np, name)(x, axis=axis, keepdims=keepdims), rtol=1e-12
        )


@quick
@given(SHAPES, st.data())
def test_transposing_twice_gives_the_array_back(shape: tuple, data: st.DataObject) -> None:
    axes = data.draw(st.permutations(range(len(shape))))
    x = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    back = ops.transpose(ops.transpose(x, axes), np.argsort(axes)) if axes else ops.transpose(x)
    np.testing.assert_array_equal(back, x)


STRUCTURES = st.recursive(
    st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@quick
@given(STRUCTURES)
def test_flattening_and_packing_give_a_structure_back(structure: Any) -> None:
    assert tree.pack_sequence_as(structure, tree.flatten(structure)) == structure
    assert tree.map_structure(lambda leaf: leaf + 1, structure) == tree.pack_sequence_as(
        structure, [leaf + 1 for leaf in tree.flatten(structure)]
    )
    assert [leaf for _, leaf in tree.flatten_with_path(structure)] == tree.flatten(structure)


MANY = 5000
LONG_SUMS = {
    "sum": lambda x: ops.sum(x),
    "mean": lambda x: ops.mean(x) * MANY,
    "cumsum": lambda x: ops.cumsum(x)[-1],
    "softmax": lambda x: ops.sum(ops.softmax(x)) * MANY,
    "log_softmax": lambda x: ops.exp(-ops.log_softmax(x)[0]),
    "logsumexp": lambda x: ops.exp(ops.logsumexp(x) - 1),
    "matmul": lambda x: ops.matmul(x, x),
    "segment_sum": lambda x: ops.segment_sum(x, np.zeros(MANY, int), 1)[0],
    "gradient of take": lambda x: _gradient_of_take(x),
    "conv": lambda x: ops.conv(x[None, :, None], x[:, None, None])[0, 0, 0],
    "average_pool": lambda x: ops.average_pool(x[None, :, None], MANY)[0, 0, 0] * MANY,
    "einsum": lambda x: ops.einsum("i,i->", x, x),
    "trapezoid": lambda x: ops.trapezoid(x),
    "norm": lambda x: ops.square(ops.norm(x)),
}


def _gradient_of_take(x: Any) -> Any:
    """A table of one row, of which each number is taken."""
    with GradientTape() as tape:
        tape.watch(x)
        total = ops.sum(ops.take(x[:1], np.zeros(MANY, int)))
    return tape.gradient(total, x)[0]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", LONG_SUMS)
def test_long_sums_of_16_bit_numbers_keep_their_last_terms(name: str, dtype: str) -> None:
    # Added up in 16 bits, ones stop at 2048 or at 256.
    result = LONG_SUMS[name](ops.ones(MANY, dtype))
    assert result.dtype.name == dtype
    assert float(result) == pytest.approx(MANY, rel=0.05)


# The gradient at order 1 is 1e7, more than float16 can hold.
@pytest.mark.parametrize(("order", "dtype"), [(2, "float16"), *((o, d) for o in (1, 2) for d in ("bfloat16", "float32", "float64"))])
def test_normalizing_a_vector_of_zeros_has_a_gradient(order: int, dtype: str) -> None:
    x = as_array(np.array([[0.0, 0.0], [3.0, 4.0]]), numpy_dtype(dtype))
    with GradientTape() as tape:
        tape.watch(x)
        result = ops.normalize(x, order=order)
    assert np.isfinite(np.asarray(tape.gradient(result, x), "float64")).all()
    np.testing.assert_allclose(np.asarray(result, "float64"), [[0, 0], [3 / 7, 4 / 7] if order == 1 else [0.6, 0.8]], rtol=0.01)


def test_integers_under_a_tape_are_counted() -> None:
    x = ops.array([1.0, 1.0, 3.0])
    with GradientTape() as tape:
        tape.watch(x)
        assert ops.bincount(ops.cast(x, "int32")).numpy().tolist() == [0, 2, 0, 1]
