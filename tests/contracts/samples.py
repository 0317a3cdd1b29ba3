"""What a row of the contract suite's table is; the rows stand in `layer_samples/`, a file for each family of layers."""

from __future__ import annotations

from typing import Any, NamedTuple


class Sample(NamedTuple):
    """Arguments and input shape to try a layer with, and arguments it must refuse.

    Attributes:
        cls: A subclass that takes a single input, where the layer takes several.
    """

    arguments: dict[str, Any] = {}
    shape: Any = (4, 3)
    wrong: tuple[dict[str, Any], ...] = ()
    dtype: str = "float32"
    cls: type | None = None
