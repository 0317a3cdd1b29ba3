"""Layers for text and categories against the answers of real Keras in `text_table.json`.

They are TextVectorization, StringLookup, IntegerLookup, Hashing and HashedCrossing.
"""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import pytest

from glassworks import layers
from tests.layers.against_keras.text_rows import ROWS, TABLE

ANSWERS = json.loads(TABLE.read_text(encoding="utf-8"))
IDS = [f"{name}({','.join(f'{key}={value}' for key, value in arguments.items())})".replace(" ", "") for name, arguments, _, _ in ROWS]


@pytest.mark.parametrize(("row", "answer"), list(zip(ROWS, ANSWERS, strict=True)), ids=IDS)
def test_answers_are_those_of_keras(row: Any, answer: dict[str, Any]) -> None:
    name, arguments, adapts, inputs = row
    layer = getattr(layers, name)(**arguments)
    if adapts is not None:
        layer.adapt(np.array(adapts))
    given = [np.array(part) for part in inputs] if name == "HashedCrossing" else np.array(inputs)
    outputs = layer(given)
    np.testing.assert_allclose(outputs, answer["outputs"], rtol=1e-5, atol=1e-7)
    if answer["vocabulary"] is not None:
        assert [str(word) for word in layer.get_vocabulary()] == answer["vocabulary"]
    assert sorted(layer.get_config()) == answer["config"]
    predicted = layer.compute_output_shape([part.shape for part in given] if name == "HashedCrossing" else given.shape)
    assert all(a in (None, b) for a, b in zip(predicted, outputs.shape, strict=True))


@pytest.mark.parametrize("arguments", [{"num_bins": 4}, {"num_bins": 10, "epsilon": 0.1}, {"num_bins": 3, "epsilon": 0.001}], ids=str)
@pytest.mark.parametrize("parts", [1, 7])
def test_boundaries_learned_from_batches_are_those_of_keras(arguments: dict[str, Any], parts: int) -> None:
    data = np.random.default_rng(0).gamma(2.0, size=(700, 2))
    ours, theirs = layers.Discretization(**arguments), keras.layers.Discretization(**arguments)
    for batch in np.split(data, parts):
        ours.update_state(batch), theirs.update_state(batch)
    ours.finalize_state(), theirs.finalize_state()
    assert ours.bin_boundaries == theirs.bin_boundaries
    np.testing.assert_array_equal(ours(data), theirs(data))
