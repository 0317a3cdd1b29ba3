"""Updates of one place, booleans as indices, and repetition of arrays with very many axes."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import keras as real
import numpy as np
import pytest

import glassworks
from glassworks import GradientTape, ops
from glassworks.errors import ShapeError

WEIGHTS = np.array([1.0, 2.0, 3.0], "float32")
PLACES = np.array([[1], [1], [-2], [0], [7]])
NEW = np.array([5.0, 6.0, 7.0, np.inf, 1.0], "float32")


@pytest.mark.parametrize("way", [lambda f: f, glassworks.function], ids=["eager", "program"])
@pytest.mark.parametrize("row", [(), (2,)], ids=["numbers", "rows"])
def test_the_update_that_was_replaced_by_a_later_one_has_no_gradient(way: Any, row: tuple[int, ...]) -> None:
    x = np.broadcast_to(np.arange(3, dtype="float32").reshape(3, *(1,) * len(row)), (3, *row)).copy()
    new = np.broadcast_to(NEW.reshape(-1, *(1,) * len(row)), (5, *row)).copy()
    weights = WEIGHTS.reshape(3, *(1,) * len(row))

    def gradients(x: Any, new: Any) -> Any:
        with GradientTape() as tape:
            tape.watch([x, new])
            y = ops.sum(ops.scatter_update(x, PLACES, new) * weights)
        return tape.gradient(y, [x, new])

    expected = jax.jit(jax.grad(lambda x, new: (real.ops.scatter_update(x, PLACES, new) * weights).sum(), (0, 1)))(x, new)
    for found, wanted in zip(way(gradients)(ops.array(x), ops.array(new)), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("shape", [(), (2,), (2, 3)], ids=str)
@pytest.mark.parametrize("key", [True, False, np.array(True), np.False_], ids=repr)
def test_a_boolean_as_index_keeps_or_drops_the_whole_array(shape: tuple[int, ...], key: Any) -> None:
    x = np.ones(shape, "float32")
    np.testing.assert_array_equal(ops.array(x)[key], x[key])
    np.testing.assert_array_equal(glassworks.function(lambda x: x[key])(ops.array(x)), jnp.array(x)[bool(key)])


def test_a_boolean_beside_other_indices_is_refused_with_advice() -> None:
    with pytest.raises(ShapeError, match="index with this boolean alone"):
        ops.array([1.0, 2.0])[True, 0]


@pytest.mark.parametrize("way", [lambda f: f, glassworks.function], ids=["eager", "program"])
def test_arrays_of_more_than_32_axes_are_repeated(way: Any) -> None:
    x = np.arange(6, dtype="float32").reshape((1,) * 34 + (2, 3))
    counts = (2,) + (1,) * 33 + (2, 1)
    np.testing.assert_array_equal(way(lambda x: ops.tile(x, counts))(ops.array(x)), np.tile(x, counts))
