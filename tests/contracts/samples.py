"""What a row of the contract suite's table is; the rows stand in `layer_samples/`, a file for each family of layers."""

from __future__ import annotations

from typing import Any, NamedTuple


class Sample(NamedTuple):
    """Arguments and input shape to try a layer with, and arguments it must refuse.

    Attributes:
        arguments: A dict; or a function of a dtype that makes one, where layers are among the arguments.
        cls: A subclass that takes a single input, where the layer takes several.
    """

    arguments: Any = {}
    shape: Any = (4, 3)
    wrong: tuple[dict[str, Any], ...] = ()
    dtype: str = "float32"
    cls: type | None = None
