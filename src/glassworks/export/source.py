"""`Source`: what an exporter gets to know of a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from glassworks.graph import Graph
from glassworks.graph.spec import Shape
from glassworks.layers.base import Layer


class SourceInput(NamedTuple):
    """One input of a model.

    Attributes:
        name: Its name.
        shape: Its shape; sizes that the exported program shall leave open, such as that of the batch, are None.
        dtype: Its dtype.
    """

    name: str
    shape: Shape
    dtype: str


class Source(NamedTuple):
    """A model as exporters see it.

    Attributes:
        model: The model, for its layers and their names.
        inputs: The inputs in flat order: that of the inputs of the graph.
        output_names: One name per flat output.
        trace: The function from a known shape per input to the graph of the forward pass with `training=False`. The graph is not optimised.
            All its values have known sizes, so programs for open sizes follow from traces for several.
    """

    model: Layer
    inputs: Sequence[SourceInput]
    output_names: Sequence[str]
    trace: Callable[[Sequence[Shape]], Graph]
