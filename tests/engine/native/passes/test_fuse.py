"""Whatever is fused with whatever, a native program computes what the reference engine computes: predictions and training steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glassworks as gw
from glassworks import layers
from glassworks.engine.native.program import NativeProgram
from glassworks.engine.reference import ReferenceProgram
from glassworks.graph import Graph

PRODUCERS: dict[str, Callable[[Any], Any]] = {
    "input": lambda x: x,
    "relu": lambda x: layers.ReLU()(x),
    "rescaling": lambda x: layers.Rescaling(0.5, 0.1)(x),
    "tanh": lambda x: layers.Activation("tanh")(x),
    "gelu": lambda x: layers.Activation("gelu")(x),
    "softmax": lambda x: layers.Softmax()(x),
    "batch normalisation": lambda x: layers.BatchNormalization()(x),
    "layer normalisation": lambda x: layers.LayerNormalization()(x),
    "unit normalisation": lambda x: layers.UnitNormalization()(x),
    "product": lambda x: layers.Dense(x.shape[-1], activation="relu")(x),
    "dropout": lambda x: layers.Dropout(0.3, seed=1)(x),
    "reversed columns": lambda x: x[:, ::-1],
}


def _shared(r: Any) -> Any:
    dense = layers.Dense(r.shape[-1])
    return layers.Add()([dense(r), dense(dense(r)), r])


def _attention(r: Any) -> Any:
    scores = layers.Dot(axes=(1, 1))([layers.Dense(r.shape[-1])(r), r])
    return layers.Multiply()([layers.Activation("sigmoid")(scores), layers.Dense(r.shape[-1])(r), r])


def _residual_blocks(r: Any) -> Any:
    for _ in range(2):
        h = layers.Dense(r.shape[-1], activation="relu")(layers.LayerNormalization()(r))
        r = layers.Add()([r, layers.Dense(r.shape[-1])(h)])
    return r


def _highway(r: Any) -> Any:
    gate = layers.Dense(r.shape[-1], activation="sigmoid")(r)
    return gate * layers.Dense(r.shape[-1], activation="relu")(r) + (1.0 - gate) * r


CONSUMERS: dict[str, Callable[[Any], Any]] = {
    "add": lambda r: layers.Add()([r, layers.Dense(r.shape[-1])(r)]),
    "add, the product first": lambda r: layers.Add()([layers.Dense(r.shape[-1])(r), r]),
    "multiply": lambda r: layers.Multiply()([r, layers.Dense(r.shape[-1])(r)]),
    "subtract": lambda r: layers.Subtract()([r, layers.Dense(r.shape[-1])(r)]),
    "gate": lambda r: layers.Multiply()([r, layers.Dense(r.shape[-1], activation="sigmoid")(r)]),
    "softmax gate": lambda r: layers.Multiply()([r, layers.Dense(r.shape[-1], activation="softmax")(r)]),
    "highway": _highway,
    "squeeze": lambda r: layers.Multiply()([r, layers.Dense(1, activation="sigmoid")(r)]),
    "normalised residual": lambda r: layers.LayerNormalization()(layers.Add()([r, layers.Dense(r.shape[-1])(r)])),
    "concatenation": lambda r: layers.Concatenate()([r, layers.Dense(r.shape[-1])(r), r]),
    "two products": lambda r: layers.Add()([layers.Dense(r.shape[-1])(r), layers.Dense(r.shape[-1])(r), r]),
    "residual blocks": _residual_blocks,
    "shared": _shared,
    "attention": _attention,
    "choice": lambda r: gw.ops.where(r > 0.1, r, layers.Dense(r.shape[-1])(r)),
    "product with itself": lambda r: gw.ops.matmul(gw.ops.matmul(r, gw.ops.transpose(r)), r) + r,
}
# Rows and columns: one tile, several tiles of rows, a square, a single row, odd sizes.
SIZES = [(17, 8), (300, 40), (8, 8), (1, 5), (33, 31)]


def _run(program: Any, graph: Graph, arrays: list[np.ndarray], start: dict[Any, np.ndarray]) -> list[np.ndarray]:
    """Outputs, and what is then in each variable; two steps, as the second reads what the first wrote."""
    for variable, array in start.items():
        variable.set_array(array)
    outputs = [np.asarray(one) for _ in range(2) for one in program(*arrays) if one is not None]
    return outputs + [np.array(variable.numpy()) for variable in graph.writes]


def assert_engines_agree(graph: Graph, arrays: list[np.ndarray]) -> None:
    """Both engines from the same variables."""
    start = {variable: np.array(variable.numpy()) for variable in {**graph.reads, **graph.writes}}
    expected = _run(ReferenceProgram(graph), graph, arrays, start)
    found = _run(NativeProgram(graph), graph, arrays, start)
    for one, other in zip(found, expected, strict=True):
        scale = max(1.0, float(np.abs(other[np.isfinite(other)]).max(initial=0.0))) if other.dtype.kind == "f" else 1.0
        tolerance = 2e-4 if other.dtype == np.float32 else 1e-9
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * scale)


def _model(producer: Callable, consumer: Callable, columns: int, shape: tuple[int, ...] | None = None) -> Any:
    x = gw.Input(shape or (columns,))
    return gw.Model(x, layers.Dense(2)(consumer(producer(x))))


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_a_product_and_what_it_reads_meet_again(consumer: str) -> None:
    """Each producer before this consumer, in sizes that take turns."""
    rng = np.random.default_rng(0)
    for i, producer in enumerate(PRODUCERS):
        rows, columns = SIZES[(i + len(consumer)) % len(SIZES)]
        model = _model(PRODUCERS[producer], CONSUMERS[consumer], columns)
        model.compile(gw.optimizers.SGD(0.05), "mse")
        x, y = rng.normal(size=(rows, columns)).astype("float32"), rng.normal(size=(rows, 2)).astype("float32")
        predict = gw.graph.trace(lambda x, model=model: model(x, training=False), gw.graph.Spec(x.shape, "float32"))
        try:
            assert_engines_agree(predict, [x])
            assert_engines_agree(model.training_graph(x, y), [x, y])
        except AssertionError as error:
            raise AssertionError(f"{producer} before {consumer}, {rows} x {columns}: {error}") from None


IMAGES: dict[str, Callable[[Any], Any]] = {
    "relu": lambda x: layers.ReLU()(x),
    "max pooling": lambda x: layers.MaxPooling2D(2)(x),
    "average pooling": lambda x: layers.AveragePooling2D(2, padding="same")(x),
    "batch normalisation": lambda x: layers.BatchNormalization()(x),
    "convolution": lambda x: layers.Conv2D(16, 3, padding="same")(x),
}
IMAGE_CONSUMERS: dict[str, Callable[[Any], Any]] = {
    "residual": lambda r: layers.Add()([r, layers.Conv2D(r.shape[-1], 3, padding="same")(r)]),
    "pointwise gate": lambda r: layers.Multiply()([r, layers.Conv2D(r.shape[-1], 1, activation="sigmoid")(r)]),
    "depthwise": lambda r: layers.Add()([r, layers.DepthwiseConv2D(3, padding="same")(r)]),
    "dense": lambda r: layers.Multiply()([r, layers.Dense(r.shape[-1])(r)]),
    "squeeze": lambda r: layers.Multiply()([r, layers.Dense(r.shape[-1])(layers.GlobalAveragePooling2D(keepdims=True)(r))]),
}


@pytest.mark.parametrize("consumer", IMAGE_CONSUMERS)
def test_windows_and_what_they_see_meet_again(consumer: str) -> None:
    rng = np.random.default_rng(0)
    for i, producer in enumerate(IMAGES):
        size = ((3, 6, 5, 16), (2, 7, 9, 3))[i % 2]
        model = _model(IMAGES[producer], IMAGE_CONSUMERS[consumer], 0, size[1:])
        model.compile(gw.optimizers.Adam(0.01), "mse")
        x = rng.normal(size=size).astype("float32")
        y = rng.normal(size=(size[0], *model.output_shape[1:])).astype("float32")
        predict = gw.graph.trace(lambda x, model=model: model(x, training=False), gw.graph.Spec(x.shape, "float32"))
        try:
            assert_engines_agree(predict, [x])
            assert_engines_agree(model.training_graph(x, y), [x, y])
        except AssertionError as error:
            raise AssertionError(f"{producer} before {consumer}: {error}") from None


_UNARY: list[Callable[[Any], Any]] = [
    gw.ops.tanh,
    gw.ops.sigmoid,
    gw.ops.square,
    gw.ops.gelu,
    gw.ops.transpose,
    gw.ops.softmax,
    lambda v: gw.ops.flip(v, axis=0),
    lambda v: gw.ops.sum(v, axis=1, keepdims=True) * 0.2,
    lambda v: gw.ops.sum(v, axis=0, keepdims=True) * 0.2,
    lambda v: gw.ops.sum(v, axis=0) * 0.2,
    lambda v: gw.ops.sum(v) * 0.05,
]
_BINARY: list[Callable[[Any, Any], Any]] = [
    gw.ops.add,
    gw.ops.multiply,
    gw.ops.subtract,
    gw.ops.maximum,
    lambda a, b: gw.ops.where(gw.ops.sum(a) > 0.1234, a, gw.ops.tanh(b)),
]


def _random_function(seed: int, size: int, length: int) -> Callable[[Any], list[Any]]:
    """Squares, rows, columns and single numbers combined at random; products of whatever is a square."""

    def function(x: Any) -> list[Any]:
        rng = np.random.default_rng(seed)
        made = [x]
        for _ in range(length):
            # Near values more often: what was made far back keeps groups apart.
            a, b = (made[max(0, len(made) - 1 - int(rng.exponential(3)))] for _ in range(2))
            choice = rng.integers(4)
            if choice == 0 and a.shape == b.shape == (size, size):
                made.append(gw.ops.matmul(a, b) * (1.0 / size))
            elif choice == 1:
                made.append(_UNARY[rng.integers(len(_UNARY) if len(a.shape) == 2 else 4)](a))
            else:
                made.append(_BINARY[rng.integers(len(_BINARY))](a, b))
        return made[-3:]

    return function


@pytest.mark.parametrize("size", [1, 6, 50])
def test_random_graphs_of_squares(size: int) -> None:
    """In a square a value along the rows and one along the columns have the same size, so only their forms tell them apart."""
    x = np.random.default_rng(1).normal(size=(size, size))
    for seed in range(60):
        graph = gw.graph.trace(_random_function(seed, size, 14), gw.graph.Spec(x.shape, "float64"))
        try:
            assert_engines_agree(graph, [x])
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, size {size}: {error}") from None
