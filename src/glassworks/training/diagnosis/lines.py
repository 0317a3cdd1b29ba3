"""The lines of the user's program that findings are about: the call of `fit`, and the line where each layer was made."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from glassworks import tracebacks

if TYPE_CHECKING:
    from glassworks.models.model import Model


def line_of_call() -> str:
    """The user's line that is running: `"train.py:12"`."""
    frame = tracebacks.user_frame()
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def lines_of_layers(model: Model) -> dict[str, str]:
    """The name of a layer -> the line where the user made it; names that several layers have are left out.

    >>> from glassworks import Sequential, layers
    >>> line = lines_of_layers(Sequential([layers.Dense(1, name="last")]))["last"]
    >>> line.rpartition(":")[2].isdigit()
    True
    """
    made = [layer for layer in model._flat_layers() if layer._made_at is not None]
    count = Counter(layer.name for layer in made)
    return {layer.name: "{}:{}".format(*layer._made_at) for layer in made if layer._made_at is not None and count[layer.name] == 1}
