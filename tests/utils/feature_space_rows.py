"""A table with columns of all kinds, and a feature space for it. What Keras makes of it stands in `feature_space_table.json`.

Keras needs TensorFlow for it. Where that is installed, `python -m tests.utils.feature_space_rows` writes the table again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

TABLE = Path(__file__).with_name("feature_space_table.json")
SHOWN = 12


def columns(rows: int = 50) -> dict[str, list]:
    """Made-up data."""
    rng = np.random.default_rng(0)
    return {
        "age": rng.gamma(2, 20, rows).tolist(),
        "height": rng.normal(170, 10, rows).tolist(),
        "pet": rng.choice(["cat", "dog", "emu"], rows).tolist(),
        "zip": rng.integers(0, 9, rows).tolist(),
        "city": rng.choice(["rome", "oslo", "bern", "ürümqi"], rows).tolist(),
        "code": rng.integers(0, 100, rows).tolist(),
        "raw": rng.normal(size=rows).tolist(),
        "scaled": rng.normal(size=rows).tolist(),
    }


def space(kinds: Any, **arguments: Any) -> Any:
    """A feature space of every kind of feature; `kinds` is the class, Keras's or ours."""
    features = {
        "age": kinds.float_discretized(4),
        "height": "float_normalized",
        "pet": "string_categorical",
        "zip": kinds.integer_categorical(max_tokens=6, num_oov_indices=2),
        "city": kinds.string_hashed(6),
        "code": kinds.integer_hashed(7),
        "raw": "float",
        "scaled": kinds.float_rescaled(0.5, 1.0),
    }
    return kinds(features, crosses=[("pet", "zip"), kinds.cross(("city", "pet"), 9)], crossing_dim=8, **arguments)


def write_table() -> None:
    """Ask Keras."""
    import keras

    made = space(keras.utils.FeatureSpace)
    made.adapt(columns())
    outputs = made({key: np.array(values[:SHOWN]) for key, values in columns().items()})
    single = made({key: values[3] for key, values in columns().items()})
    TABLE.write_text(json.dumps({"outputs": np.asarray(outputs).tolist(), "single": np.asarray(single).tolist()}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_table()
