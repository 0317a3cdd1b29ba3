"""What the table of ops does not show of linear algebra: gradients that do not exist, 16-bit numbers, derivatives of structures."""

from __future__ import annotations

import jax
import keras as real
import numpy as np
import pytest

from glassworks import GradientTape, ops
from glassworks.errors import GraphError


@pytest.mark.parametrize(
    ("call", "piece"),
    [
        (lambda x: ops.qr(x)[0], "factor the transpose"),
        (lambda x: ops.svd(x)[0], "full_matrices=False"),
    ],
)
def test_a_gradient_that_does_not_exist_is_refused(call, piece: str) -> None:
    x = ops.array(np.random.default_rng(0).normal(size=(2, 3)))
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.sum(call(x))
    with pytest.raises(GraphError, match=piece):
        tape.gradient(y, x)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_numbers_of_16_bits_are_computed_in_32_and_keep_their_dtype(dtype: str) -> None:
    x = ops.cast(np.eye(3) * 2, dtype)
    for result in (ops.inv(x), ops.cholesky(x), ops.det(x), *ops.qr(x), *ops.svd(x)):
        assert ops.dtype(result) == dtype
    np.testing.assert_allclose(ops.convert_to_numpy(ops.cast(ops.inv(x), "float32")), np.eye(3) / 2)


def test_equal_eigenvalues_have_a_gradient_that_is_finite() -> None:
    x = ops.array(np.eye(3))
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.sum(ops.eigh(x)[0])
    np.testing.assert_allclose(tape.gradient(y, x), np.eye(3))


def test_the_determinant_of_a_singular_matrix_has_the_gradient_of_keras() -> None:
    start = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]], "float32")
    x = ops.array(start)
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.det(x)
    np.testing.assert_allclose(tape.gradient(y, x), jax.grad(real.ops.det)(start), atol=1e-5)


def test_jvp_follows_structures_and_passes_on_the_rest() -> None:
    def fun(a, b):
        return {"product": a * b, "constant": ops.ones(2)}, "more"

    value, slope, rest = ops.jvp(fun, (ops.array([1.0, 2.0]), ops.array([3.0, 4.0])), ([1.0, 0.0], [0.0, 1.0]), has_aux=True)
    assert rest == "more"
    np.testing.assert_allclose(value["product"], [3, 8])
    np.testing.assert_allclose(slope["product"], [3, 2])
    np.testing.assert_allclose(slope["constant"], [0, 0])


RNG = np.random.default_rng(3)
MATRIX, TALL = RNG.normal(size=(3, 3)).astype("float32") + 3 * np.eye(3, dtype="float32"), RNG.normal(size=(4, 3)).astype("float32")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("lu_factor", (MATRIX,)),
        ("lu_factor", (TALL,)),
        ("lstsq", (TALL, TALL[:, 0])),
        ("pinv", (TALL,)),
        ("matrix_rank", (TALL, 1.0)),
        ("matrix_rank", (np.ones((3, 3), "float32"),)),
        ("cholesky_inverse", (MATRIX,)),
        ("solve_triangular", (MATRIX, TALL[:3])),
        ("norm", (TALL,)),
        ("logdet", (MATRIX @ MATRIX.T,)),
        ("slogdet", (-MATRIX,)),
        ("eigh", (MATRIX,)),
    ],
)
def test_results_are_keras_s(name: str, arguments: tuple) -> None:
    ours, theirs = getattr(ops, name)(*arguments), getattr(real.ops, name)(*arguments)
    single = not isinstance(ours, tuple)
    for a, b in zip((ours,) if single else ours, (theirs,) if single else theirs, strict=True):
        a, b = np.asarray(a), np.asarray(b)
        assert a.dtype == b.dtype and a.shape == b.shape
        np.testing.assert_allclose(np.abs(a), np.abs(b), rtol=2e-4, atol=1e-5)


def test_eigenvalues_of_a_rotation_are_complex() -> None:
    values, vectors = ops.eig([[0.0, 1.0], [-1.0, 0.0]])
    rebuilt = np.asarray(vectors) @ np.diag(np.asarray(values)) @ np.linalg.inv(np.asarray(vectors))
    np.testing.assert_allclose(rebuilt, [[0, 1], [-1, 0]], atol=1e-6)
