"""Constants that depend on the batch size: they grow with it in the exported graph, or are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from glassworks import ops
from glassworks.errors import ArgumentError
from glassworks.export import Source, SourceInput
from glassworks.export.onnx import export_onnx
from glassworks.graph import Graph, Spec, trace
from glassworks.graph.spec import Shape
from glassworks.layers import Layer
from tests.export.onnx.running import load


def source_of(constant: Callable[[int], np.ndarray]) -> Source:
    """A model that adds a constant of its batch size to zeros."""

    def graph(shapes: list[Shape]) -> Graph:
        (size,) = shapes[0]
        array = constant(size)
        zero = array.dtype.type(0)
        return trace(lambda x: ops.where(ops.sum(x) > 0, array, zero), Spec((size,), "float32"))

    return Source(Layer(name="constant"), [SourceInput("x", (None,), "float32")], ["y"], graph)  # type: ignore[arg-type]


def counts(n: int, reach: int) -> np.ndarray:
    return np.array([min(i, reach) + min(n - 1 - i, reach) + 1 for i in range(n)], "float32")


GROWING: dict[str, Callable[[int], np.ndarray]] = {
    "zeros": lambda n: np.zeros((n, 3), "float32"),
    "equal rows": lambda n: np.tile(np.arange(3, dtype="int32"), (n, 1)),
    "equal columns of several axes": lambda n: np.broadcast_to(np.arange(6.0, dtype="float32").reshape(1, 2, 3, 1), (n, 2, 3, n)),
    "numbers in order": lambda n: np.arange(n, dtype="int32"),
    "numbers in steps": lambda n: 5 - 2 * np.arange(n, dtype="float32"),
    "numbers of a matrix": lambda n: np.arange(3 * n, dtype="int64").reshape(n, 3),
    "numbers from the end": lambda n: np.arange(n, dtype="int32")[::-1].copy(),
    "the size": lambda n: np.float32(2 * n + 1),
    "sizes": lambda n: np.array([n, 3, n - 1], "int32"),
    "identity": lambda n: np.eye(n, dtype="float32"),
    "all but the identity": lambda n: 1 - np.eye(n, dtype="float32")[None],
    "causal mask": lambda n: np.tri(n, dtype=bool),
    "causal mask of scores": lambda n: np.where(np.tri(n, dtype=bool), np.float32(0), np.float32(-1e9))[:, None],
    "windows": lambda n: counts(n, 1),
    "windows of images": lambda n: 1 / (counts(n, 2)[:, None] * counts(n, 1)),
}


@pytest.mark.parametrize("name", GROWING)
def test_a_constant_grows_with_the_batch(name: str, tmp_path: Path) -> None:
    export_onnx(source_of(GROWING[name]), tmp_path / "model.onnx")
    session = load(tmp_path / "model.onnx")
    for size in (5, 8, 70):
        wanted = GROWING[name](size)
        (given,) = session.run(None, {"x": np.ones(size, "float32")})
        assert given.dtype == wanted.dtype
        np.testing.assert_array_equal(given, wanted)


REFUSED: dict[str, Callable[[int], np.ndarray]] = {
    "random numbers": lambda n: np.random.default_rng(0).normal(size=n).astype("float32"),
    "squares": lambda n: np.arange(n, dtype="float32") ** 2,
    "a mean": lambda n: np.float32(1 / n),
    "halves": lambda n: np.arange(n, dtype="int32") // (n // 2),
    "parity": lambda n: np.arange(n, dtype="int32") % 2,
    "half of the size": lambda n: np.int32(n // 2),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_constant_that_grows_otherwise_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="depends on an open size"):
        export_onnx(source_of(REFUSED[name]), tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())
