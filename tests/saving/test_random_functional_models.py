"""Random Functional models of layers, ops, operators and slices, saved by either library and loaded by the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import keras as real
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import glassworks
from glassworks import tree

# Every step takes tensors of shape (None, 4) and makes one more.
STEPS = {
    "dense": lambda k, x, y, n: k.layers.Dense(4, activation=("tanh", "relu", None)[n])(x),
    "shared": lambda k, x, y, n: k.shared(x),
    "nested": lambda k, x, y, n: k.nested(x),
    "nested pair": lambda k, x, y, n: k.pair([x, y])[n % 2],
    "add layer": lambda k, x, y, n: k.layers.Add()([x, y]),
    "concatenate": lambda k, x, y, n: k.layers.Dense(4)(k.layers.Concatenate()([x, y])),
    "frozen": lambda k, x, y, n: k.layers.Dense(4, trainable=False)(x),
    "batch norm": lambda k, x, y, n: k.layers.BatchNormalization()(x, training=False),
    "add": lambda k, x, y, n: x + y,
    "radd": lambda k, x, y, n: 1.5 + x,
    "subtract": lambda k, x, y, n: (n - x) - y,
    "multiply": lambda k, x, y, n: x * np.arange(4, dtype="float32"),
    "divide": lambda k, x, y, n: x / (k.ops.abs(y) + 1.0),
    "power": lambda k, x, y, n: k.ops.abs(x) ** (n + 1),
    "negative": lambda k, x, y, n: -x,
    "matmul": lambda k, x, y, n: k.ops.squeeze(k.ops.expand_dims(x, 1) @ k.ops.ones((4, 4)), 1),
    "compare": lambda k, x, y, n: k.ops.where(x > y, x, 0.5 * y),
    "slice": lambda k, x, y, n: k.ops.concatenate([x[:, n:], y[..., :n]], axis=-1),
    "reverse": lambda k, x, y, n: x[:, ::-1] + x[:, n : n + 1],
    "new axis": lambda k, x, y, n: k.ops.mean(x[:, None, :] * y[:, :, None], axis=1 + n % 2),
    "reduce": lambda k, x, y, n: x - k.ops.mean(y, axis=-1, keepdims=True),
    "softmax": lambda k, x, y, n: k.ops.softmax(x, axis=-1),
    "clip": lambda k, x, y, n: k.ops.clip(x, -1, n),
    "split": lambda k, x, y, n: k.ops.concatenate(k.ops.split(x, 2, axis=1)[::-1], axis=1),
    "reshape": lambda k, x, y, n: k.ops.reshape(k.ops.transpose(k.ops.reshape(x, (-1, 2, 2)), (0, 2, 1)), (-1, 4)),
    "einsum": lambda k, x, y, n: k.ops.einsum("bi,bj->bi", x, y),
    "maximum": lambda k, x, y, n: k.ops.maximum(x, y),
    "stack": lambda k, x, y, n: k.ops.max(k.ops.stack([x, y], axis=n), axis=n),
    "one hot": lambda k, x, y, n: k.ops.one_hot(k.ops.argmax(x, axis=-1), 4),
    "cast": lambda k, x, y, n: k.ops.cast(k.ops.cast(x * 3, "int32"), "float32"),
    "pad": lambda k, x, y, n: k.ops.pad(x, ((0, 0), (n, 0)), constant_values=n)[:, :4],
    "take": lambda k, x, y, n: k.ops.take(x, [3, 1, 0, n], axis=1),
    "roll": lambda k, x, y, n: k.ops.roll(x, n, axis=1),
    "activation": lambda k, x, y, n: k.activations.relu(x, negative_slope=0.1 * n),
}  # fmt: skip
PROGRAMS = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), *[st.integers(0, 9)] * 2, st.integers(0, 2)), min_size=2, max_size=7)
FORMS = ["one", "list", "dict", "nested"]


class Maker:
    """One of the libraries, with layers that occur several times."""

    def __init__(self, package: Any) -> None:
        self.layers, self.ops, self.activations, self.package = package.layers, package.ops, package.activations, package
        self.shared = package.layers.Dense(4, name="shared")
        x = package.Input((4,))
        self.nested = package.Model(x, self.shared(package.layers.Dense(4)(x)) + 1.0, name="nested")
        first, second = package.Input((4,)), package.Input((4,))
        self.pair = package.Model([first, second], [first * second, self.shared(second)], name="pair")

    def model(self, program: list[tuple[str, int, int, int]], form: str) -> Any:
        a, b = self.package.Input((4,), name="a"), self.package.Input((4,), name="b")
        values = [a, b, a + b]
        for step, i, j, n in program:
            values.append(STEPS[step](self, values[-1 - i % len(values)], values[j % len(values)], n))
        last, other = values[-1], values[-2]
        outputs = {"one": last, "list": [last, other], "dict": {"p": last, "q": other}, "nested": {"p": [last, other], "q": last}}[form]
        return self.package.Model({"a": a, "b": b} if form == "dict" else [a, b], outputs)


def results(model: Any, form: str) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3, 4)).astype("float32")
    return [np.asarray(one) for one in tree.flatten(model({"a": a, "b": b} if form == "dict" else [a, b]))]


@pytest.mark.parametrize("suffix", ["keras", "h5"])
@pytest.mark.parametrize(("writer", "reader"), [(glassworks, real), (real, glassworks), (glassworks, glassworks)])
@settings(max_examples=12, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(program=PROGRAMS, form=st.sampled_from(FORMS))
def test_a_random_model_computes_the_same_in_the_other_library(
    program: list[tuple[str, int, int, int]], form: str, writer: Any, reader: Any, suffix: str, tmp_path: Path
) -> None:
    model = Maker(writer).model(program, form)
    expected = results(model, form)
    path = tmp_path / f"model.{suffix}"
    model.save(path)
    for one, two in zip(results(reader.models.load_model(path), form), expected, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-5)
