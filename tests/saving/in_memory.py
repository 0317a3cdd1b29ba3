"""Files of tensors in memory, for the tests of every format of them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np


def written(format: ModuleType, tensors: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> bytes:
    """What a format writes for some tensors."""
    file = io.BytesIO()
    format.write(file, tensors, metadata)
    return file.getvalue()


def loaded(format: ModuleType, data: bytes) -> dict[str, np.ndarray]:
    """What a format reads of a file."""
    return {name: entry.read() for name, entry in format.read(io.BytesIO(data), f"w.{format.__name__.rpartition('.')[2]}").items()}


def assert_same(actual: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> None:
    """The same names, dtypes, shapes and bytes."""
    assert actual.keys() == expected.keys()
    for name, array in expected.items():
        assert actual[name].dtype == array.dtype and actual[name].shape == array.shape
        assert actual[name].tobytes() == array.tobytes()
