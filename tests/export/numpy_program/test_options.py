"""Layers with other arguments, and ops by themselves, as NumPy programs: the tables that are compared with Keras and with NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from glassworks import layers, tree
from glassworks.errors import ArgumentError
from glassworks.export.numpy_program import export_numpy
from tests.export.numpy_program.running import predicted, run
from tests.export.numpy_program.test_programs import assert_same
from tests.export.onnx.running import adapt, draw, model_of
from tests.export.onnx.test_layer_options import CASES
from tests.export.onnx.test_ops import CASES as OPS
from tests.export.onnx.test_ops import source_of
from tests.ops.rows import Row
from tests.ops.test_specifications import run as run_op

# Operations that have no form in NumPy, or that refuse random numbers.
NOT_EXPORTED = {"erfinv", "ctc_score", "ctc_beams", "view", "lu", "eig", "svd", "singular_values", "cholesky"}


def test_layers_with_other_arguments_predict_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    inputs, models = {}, {}
    for number, case in enumerate(CASES):
        name, dtype = f"{case.name}_{number}", "int32" if case.below else "float32"
        layer = getattr(layers, case.name)(**case.arguments)
        adapt(layer, case.shape)
        models[name] = model_of(layer, case.shape, dtype)
        models[name].export(tmp_path / f"{name}.py")
        shapes = case.shape if isinstance(case.shape, list) else [case.shape]
        inputs[name] = [draw(rng, (3, *shape[1:]), dtype) for shape in shapes]
    outputs = run(inputs, tmp_path)
    for name, model in models.items():
        assert_same(outputs[name], predicted(model, inputs[name]), name)


def test_ops_give_the_same_or_are_named(tmp_path: Path) -> None:
    inputs: dict[str, list[np.ndarray]] = {}
    expected: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for number, case in enumerate(OPS):
        row, arrays = cast(Row, case.values[0]), case.values[1]
        given = [np.asarray(array) for array in cast(tuple, arrays)]
        given = [array.astype("float32") if array.dtype.kind == "f" and row.name != "view" else array for array in given]
        name = f"{row.name}_{number}"
        try:
            export_numpy(source_of(row, given), tmp_path / f"{name}.py")
        except ArgumentError as error:
            refused[name] = error.found
            continue
        inputs[name], expected[name] = given, [np.asarray(leaf) for leaf in tree.flatten(run_op(row, tuple(given)))]
    for name, reason in refused.items():
        no_keys = "dot_product_attention" in name and any(0 in np.shape(array) for array in OPS[int(name.split("_")[-1])].values[1])  # type: ignore[arg-type, union-attr]
        assert any(word in reason for word in NOT_EXPORTED) or no_keys, (name, reason)
        assert not list(tmp_path.glob(f"{name}.*"))
    outputs = run(inputs, tmp_path)
    assert len(outputs) > 330
    for name, results in expected.items():
        assert_same(outputs[name], results, name)


@pytest.mark.parametrize("policy", ["float16", "float64"])
def test_other_dtypes(policy: str, tmp_path: Path) -> None:
    model = model_of(layers.Dense(4, activation="gelu", dtype=policy), (2, 5), policy)
    model.export(tmp_path / "model.py")
    arrays = [np.random.default_rng(0).normal(size=(3, 5)).astype(policy)]
    (actual,), (expected,) = run({"model": arrays}, tmp_path)["model"], predicted(model, arrays)
    assert actual.dtype == expected.dtype
    np.testing.assert_allclose(actual, expected, rtol=2e-3 if policy == "float16" else 1e-12)
