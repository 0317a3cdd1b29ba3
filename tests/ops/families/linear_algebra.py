"""Rows of the op specification table: factorizations, systems of equations, norms."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassworks import ops
from tests.ops.rows import Row, normal


def definite(*shape: int) -> np.ndarray:
    """Symmetric positive definite matrices, far from singular."""
    x = normal(*shape)
    return x @ np.swapaxes(x, -1, -2) + 3 * np.eye(shape[-1])


def regular(*shape: int) -> np.ndarray:
    return normal(*shape) + 3 * np.eye(shape[-1])


def spread(*shape: int) -> np.ndarray:
    """Matrices whose singular values lie well apart."""
    u, _, vt = np.linalg.svd(normal(*shape), full_matrices=False)
    return u @ np.diag(np.arange(min(shape[-2:]), 0, -1.0)) @ vt


def symmetric(x: np.ndarray) -> np.ndarray:
    return (x + np.swapaxes(x, -1, -2)) / 2


def joined(parts: Any) -> Any:
    """Several results as one array, so that all of them are compared and differentiated."""
    library = np if all(isinstance(part, np.ndarray) and type(part) is np.ndarray for part in parts) else ops
    return library.concatenate([library.reshape(part, (-1,)) for part in parts])


def several(op: Any, *arrays: Any) -> Any:
    return joined(op(*arrays))


def lu_by_products(x: np.ndarray) -> np.ndarray:
    """P x, put together again from the factors."""
    packed, exchanges = (np.asarray(part) for part in ops.lu_factor(x))
    rows, columns = packed.shape
    small = min(rows, columns)
    lower, upper = np.tril(packed[:, :small], -1) + np.eye(rows, small), np.triu(packed[:small])
    assert np.abs(lower).max() <= 1
    product = lower @ upper
    for k in reversed(range(small)):
        product[[k, exchanges[k]]] = product[[exchanges[k], k]]
    np.testing.assert_allclose(product, x, atol=1e-12)
    return packed


NEAR_INVERSE = {"tolerance": 1e-10, "why": "errors of the inverse"}
ROWS: list[Row] = [
    Row(
        "cholesky", lambda x: np.linalg.cholesky(symmetric(x)), [(definite(3, 3),), (definite(2, 4, 4),), (regular(2, 2) + 2 * np.eye(2),)]
    ),
    Row("cholesky", lambda x: np.linalg.cholesky(x).T, [(definite(3, 3),)], call=lambda op, x: op(x, upper=True)),
    Row(
        "cholesky_inverse",
        lambda x: np.linalg.inv(np.tril(x) @ np.swapaxes(np.tril(x), -1, -2)),
        [(regular(3, 3),), (regular(2, 3, 3),)],
        **NEAR_INVERSE,
    ),
    Row(
        "cholesky_inverse",
        lambda x: np.linalg.inv(np.triu(x).T @ np.triu(x)),
        [(regular(3, 3),)],
        call=lambda op, x: op(x, upper=True),
        **NEAR_INVERSE,
    ),
    Row("det", np.linalg.det, [(regular(3, 3),), (normal(2, 4, 4),), (normal(1, 1),)]),
    Row("slogdet", lambda x: joined([np.asarray(p) for p in np.linalg.slogdet(x)]), [(regular(3, 3),), (-regular(2, 3, 3),)], call=several),
    Row("logdet", lambda x: np.linalg.slogdet(x)[1], [(definite(3, 3),), (definite(2, 3, 3),)]),
    Row("inv", np.linalg.inv, [(regular(3, 3),), (regular(2, 3, 3),), (regular(1, 1),)], **NEAR_INVERSE),
    Row("solve", np.linalg.solve, [(regular(3, 3), normal(3, 2)), (regular(3, 3), normal(3)), (regular(2, 3, 3), normal(2, 3, 2))]),
    Row(
        "solve",
        lambda a, b: np.linalg.solve(a, b[..., None])[..., 0],
        [(regular(2, 3, 3), normal(2, 3)), (regular(2, 3, 3), normal(1, 3))],
    ),
    Row("solve_triangular", lambda a, b: np.linalg.solve(np.triu(a), b), [(regular(3, 3), normal(3, 2)), (regular(3, 3), normal(3))]),
    Row(
        "solve_triangular",
        lambda a, b: np.linalg.solve(np.tril(a), b),
        [(regular(2, 3, 3), normal(2, 3, 2))],
        call=lambda op, a, b: op(a, b, lower=True),
    ),
    Row(
        "pinv",
        np.linalg.pinv,
        [(spread(4, 3),), (spread(3, 4),), (spread(3, 3),), (np.stack([spread(4, 2), spread(4, 2)]),)],
        **NEAR_INVERSE,
    ),
    Row("pinv", lambda x: np.linalg.pinv(x, 0.6), [(spread(3, 3),)], call=lambda op, x: op(x, rcond=0.6), gradient=False),
    Row(
        "lstsq", lambda a, b: np.linalg.lstsq(a, b)[0], [(spread(4, 3), normal(4)), (spread(4, 3), normal(4, 2)), (spread(2, 4), normal(2))]
    ),
    Row("qr", lambda x: joined(np.linalg.qr(x)), [(spread(4, 3),), (regular(3, 3),), (normal(2, 4, 2),)], call=several),
    Row("qr", lambda x: joined(np.linalg.qr(x)), [(normal(2, 4),)], call=several, gradient=False),
    Row(
        "qr",
        lambda x: joined(np.linalg.qr(x, mode="complete")),
        [(spread(4, 3),)],
        call=lambda op, x: joined(op(x, "complete")),
        gradient=False,
    ),
    Row("lu_factor", lu_by_products, [(normal(3, 3),), (normal(4, 4),), (regular(1, 1),)], call=lambda op, x: op(x)[0]),
    Row("lu_factor", lu_by_products, [(normal(4, 2),), (normal(2, 3),), (normal(1, 4),)], call=lambda op, x: op(x)[0]),
    Row(
        "lu_factor",
        lambda x: np.stack([lu_by_products(one) for one in x]),
        [(normal(2, 3, 3),), (normal(2, 4, 3),), (normal(2, 3, 4),)],
        call=lambda op, x: op(x)[0],
    ),
    Row("eigh", lambda x: joined(np.linalg.eigh(symmetric(x))), [(definite(3, 3),), (normal(2, 3, 3),), (normal(1, 1),)], call=several),
    Row(
        "eig",
        lambda x: joined([np.sort(np.linalg.eigvals(x).real)]),
        [(definite(3, 3),)],
        call=lambda op, x: ops.sort(ops.real(op(x)[0])),
        gradient=False,
    ),
    Row(
        "svd",
        lambda x: joined(np.linalg.svd(x, full_matrices=False)),
        [(spread(4, 3),), (spread(3, 4),), (spread(3, 3),), (np.stack([spread(3, 2), spread(3, 2)]),)],
        call=lambda op, x: joined(op(x, full_matrices=False)),
    ),
    Row("svd", lambda x: joined(np.linalg.svd(x)), [(spread(3, 3),)], call=several),
    Row("svd", lambda x: joined(np.linalg.svd(x)), [(spread(4, 3),)], call=several, gradient=False),
    Row(
        "svd", lambda x: np.linalg.svd(x, compute_uv=False), [(spread(4, 3),), (spread(2, 3),)], call=lambda op, x: op(x, compute_uv=False)
    ),
    Row("matrix_rank", np.linalg.matrix_rank, [(spread(4, 3),), (np.ones((2, 3, 3)),), (np.zeros((2, 2)),)], gradient=False),
    Row("matrix_rank", lambda x: np.array(1), [(spread(3, 3),)], call=lambda op, x: op(x, tol=2.5), gradient=False),
    Row("norm", np.linalg.norm, [(normal(4),), (normal(3, 2),), (normal(2, 3, 2)[0],)]),
    *(
        Row(
            "norm",
            lambda x, o=o: np.linalg.norm(x, o, axis=1),
            [(normal(3, 4),)],
            call=lambda op, x, o=o: op(x, o, axis=1),
            gradient=o != 0,
        )
        for o in (0, 1, 2, 3, -1, 0.5, np.inf, -np.inf)
    ),
    *(
        Row(
            "norm",
            lambda x, o=o: np.linalg.norm(x, o, axis=(0, 2), keepdims=True),
            [(normal(3, 2, 4),)],
            call=lambda op, x, o=o: op(x, o, axis=(0, 2), keepdims=True),
        )
        for o in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)
    ),
    Row(
        "jvp",
        lambda x, t: np.cos(x) * t * 2,
        [(normal(3), normal(3)), (normal(2, 2), normal(2, 2))],
        call=lambda op, x, t: op(lambda y: 2 * ops.sin(y), (x,), (t,))[1],
    ),
]
WRONG: list[tuple[str, Any, list[str]]] = [
    ("cholesky", lambda op: op([[1.0, 2.0], [2.0, 1.0]]), ["positive definite", "ops.eye"]),
    ("cholesky", lambda op: op([[1.0, 2.0]]), ["square matrices", "1 x 2"]),
    ("inv", lambda op: op([[1.0, 1.0], [1.0, 1.0]]), ["inverse", "ops.pinv"]),
    ("det", lambda op: op([1.0, 2.0]), ["shape (2,)", "ops.expand_dims"]),
    ("solve", lambda op: op(np.eye(2), np.ones(3)), ["2 rows on the right"]),
    ("lstsq", lambda op: op(np.ones((3, 2)), np.ones(2)), ["(3, 2) and (2,)"]),
    ("norm", lambda op: op(np.ones(2), ord="fro"), ["ord='fro' for vectors"]),
    ("norm", lambda op: op(np.ones((2, 2)), ord=3), ["ord=3 for matrices"]),
    ("norm", lambda op: op(np.ones((2, 2, 2)), ord=1), ["over 3 axes", "pass axis"]),
    ("qr", lambda op: op(np.eye(2), mode="full"), ["mode='full'"]),
    ("jvp", lambda op: op(ops.sin, (1.0,), (1.0, 2.0)), ["one tangent per primal"]),
]
