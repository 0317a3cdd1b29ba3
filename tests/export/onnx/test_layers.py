"""Every layer as an ONNX file, but those listed with a reason; and every primitive has a lowering or a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from glassworks import layers, ops
from glassworks.errors import GlassworksError
from glassworks.export.numpy_program.rolled import simple_rnn
from glassworks.export.onnx.decomposing import COMPOSED
from glassworks.export.onnx.lowerings import LOWERINGS, REASONS
from glassworks.graph import Primitive
from tests.contracts.samples import Sample
from tests.contracts.test_layers import ELSEWHERE, SAMPLES, registered
from tests.export.onnx.running import check, model_of

# Layer -> why it is not exported, in the words of the error.
NOT_EXPORTED = dict.fromkeys(
    ["HashedCrossing", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization"], "run in Python, outside of the graph"
)


def layer_of(name: str) -> tuple[Any, Sample]:
    sample = SAMPLES[name]
    arguments = sample.arguments(None) if callable(sample.arguments) else sample.arguments
    return (sample.cls or getattr(layers, name))(**arguments), sample


@pytest.mark.parametrize("name", sorted(registered() - ELSEWHERE - set(NOT_EXPORTED)))
def test_a_layer_computes_the_same_in_onnxruntime(name: str, tmp_path: Path) -> None:
    layer, sample = layer_of(name)
    check(layer, sample.shape, sample.dtype, tmp_path / "model.onnx")


@pytest.mark.parametrize("name", sorted(NOT_EXPORTED))
def test_a_layer_that_is_not_exported_says_why(name: str, tmp_path: Path) -> None:
    layer, sample = layer_of(name)
    model = model_of(layer, sample.shape, sample.dtype)
    with pytest.raises(GlassworksError, match=NOT_EXPORTED[name]) as caught:
        model.export(tmp_path / "model.onnx")
    assert layer.name in str(caught.value) and caught.value.fix
    assert not list(tmp_path.iterdir())


def test_every_primitive_has_a_lowering_or_a_reason() -> None:
    assert ops  # registers the primitives
    own = {name for name, primitive in Primitive.known.items() if type(primitive).__module__.startswith("glassworks.")}
    assert set(LOWERINGS) | set(REASONS) == own | {simple_rnn.name}
    assert not set(LOWERINGS) & set(REASONS)
    assert set(COMPOSED) <= own
