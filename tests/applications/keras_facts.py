"""What Keras's applications are: `python -m tests.applications.keras_facts` writes `keras_facts.json` from the installed Keras.

With `--compare` everything in the file is compared with ours, which takes longer than tests may.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from glassworks import applications, utils
from tests.applications.cases import ALL_CALLS, MORE_OUTPUTS, OUTPUTS, build, facts, key, outputs

FILE = Path(__file__).parent / "keras_facts.json"


def written() -> dict[str, Any]:
    """The facts on file."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def computed() -> dict[str, Any]:
    """The facts of the installed Keras, in some minutes."""
    os.environ["KERAS_BACKEND"] = "numpy"
    import keras

    for kind in (keras.initializers.VarianceScaling, keras.initializers.GlorotUniform):
        kind.__call__ = lambda self, shape, dtype=None, **_others: np.zeros(shape, dtype)

    result: dict[str, Any] = {"structure": {}, "outputs": {}}
    for name, arguments in ALL_CALLS:
        keras.utils.clear_session()
        result["structure"][key(name, arguments)] = facts(build(keras.applications, name, arguments))
    for name, arguments in [*OUTPUTS, *MORE_OUTPUTS]:
        keras.utils.clear_session()
        result["outputs"][key(name, arguments)] = outputs(build(keras.applications, name, arguments), name)
    return result


def compare_layers(name: str, arguments: dict[str, Any]) -> None:
    """Our layers and weights are those on file."""
    utils.clear_session()
    assert facts(build(applications, name, arguments)) == written()["structure"][key(name, arguments)]


def compare_outputs(name: str, arguments: dict[str, Any]) -> None:
    """Our outputs are those on file."""
    expected = np.array(written()["outputs"][key(name, arguments)])
    numbers = outputs(build(applications, name, arguments), name)
    np.testing.assert_allclose(numbers, expected, rtol=2e-3, atol=2e-3 * np.abs(expected).max())


if __name__ == "__main__":
    if "--compare" in sys.argv:
        for call in [*OUTPUTS, *MORE_OUTPUTS]:
            compare_outputs(*call)
        for call in ALL_CALLS:
            compare_layers(*call)
    else:
        FILE.write_text(json.dumps(computed(), indent=1) + "\n", encoding="utf-8")
