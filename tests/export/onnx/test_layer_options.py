"""Layers with other arguments: the table of layers that are compared with Keras, in onnxruntime."""

from __future__ import annotations

from pathlib import Path

import pytest

from glassworks import layers
from tests.export.onnx.running import check
from tests.export.onnx.test_layers import NOT_EXPORTED
from tests.layers.against_keras.cases import Case
from tests.layers.against_keras.layer_cases import (
    attention,
    audio,
    borders,
    convolution,
    images,
    recurrent,
    rows_of_numbers,
    text,
    wrappers,
)

FAMILIES = (attention, audio, borders, convolution, images, recurrent, rows_of_numbers, text, wrappers)
CASES = [case for family in FAMILIES for case in family.CASES if not case.training and case.name not in NOT_EXPORTED]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_layer_with_other_arguments_computes_the_same(case: Case, tmp_path: Path) -> None:
    check(getattr(layers, case.name)(**case.arguments), case.shape, "int32" if case.below else "float32", tmp_path / "model.onnx")
