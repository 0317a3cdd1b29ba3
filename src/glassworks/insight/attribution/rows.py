"""The samples that a user wants explained: as the batch that enters the graph, and as the rows that are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from glassworks import tree
from glassworks.errors import DataError, StateError
from glassworks.graph import Call, KerasTensor
from glassworks.layers.preprocessing.text_vectorization import TextVectorization
from glassworks.layers.text_arrays import TEXT_KINDS
from glassworks.training.data.columns import for_named_inputs, is_frame, is_series
from glassworks.training.data.convert import to_arrays
from glassworks.training.fit import as_batch
from glassworks.typing import Data, Shape, Structure

if TYPE_CHECKING:
    from glassworks.models.model import Model


class Entry(NamedTuple):
    """An array that enters the graph.

    Attributes:
        source: Which of the model's inputs it comes from.
        array: The numbers, one row per sample.
        vocabulary: The words of a `TextVectorization` before it; they belong to its numbers, or to its columns.
    """

    source: int
    array: np.ndarray
    vocabulary: list[str] | None


class Rows:
    """Samples for a model.

    Args:
        model: The model.
        x: Samples in any form that `predict` takes; also one sample without the axis of the batch, or one text.

    Attributes:
        given: One array per input, as the user sees it: numbers or text.
        names: The name of each input.
        columns: The names of the columns of a DataFrame, for a model with one input.
        structure: The structure of the inputs.
        is_single: Whether x is one sample, without the axis of the batch.
        batch: What enters the graph.
        entries: The arrays of `batch`, in flat order.
    """

    def __init__(self, model: Model, x: Data) -> None:
        if is_frame(x) or is_series(x):
            self.columns: list[str] | None = [str(name) for name in getattr(x, "columns" if is_frame(x) else "index")]
        else:
            self.columns = model._trainer.columns
        self.structure, self.is_single = with_rows(model, x)
        self.given = [np.asarray(array) for array in tree.flatten(self.structure)]
        if not self.given or any(len(array) == 0 for array in self.given):
            raise DataError("no samples", "at least one sample", "pass a few rows of the data, such as x[:4]")
        if len({len(array) for array in self.given}) > 1:
            lengths = ", ".join(str(len(array)) for array in self.given)
            raise DataError(f"inputs of different lengths: {lengths}", "one row per sample in each input", "pass the same samples to each")
        self.names = _names(model, self.structure)
        self.batch = as_batch(model._trainer, (self.structure, None, None))[0]
        self.entries = self._entries(model)

    def __len__(self) -> int:
        return len(self.given[0])

    def _entries(self, model: Model) -> list[Entry]:
        arrays = [np.asarray(array) for array in tree.flatten(self.batch)]
        host: Any = model.host_part
        if not host:
            return [Entry(i, array, None) for i, array in enumerate(arrays)]
        by_name = {tensor.name: tensor for tensor in host.entering}
        place = {tensor: self._place_of(tensor.name, i) for i, tensor in enumerate(_declared(model) or [])}
        names = [path[0] for path, _ in tree.flatten_with_path(self.batch)]
        entries = []
        for name, array in zip(names, arrays, strict=True):
            sources, vocabulary = _origin(by_name[name], host.calls)
            if len(sources) > 1:
                raise StateError(
                    f"an input of the graph that is computed from {len(sources)} inputs of the model before it",
                    "layers that read text or categories, each with one input",
                    "attribute the part of the model that follows: Model(inner_input, outputs)",
                )
            entries.append(Entry(place[sources[0]] if sources else 0, array, vocabulary))
        return entries

    def _place_of(self, name: str, index: int) -> int:
        """The place of an input of the model among the given arrays."""
        return self.names.index(name) if isinstance(self.structure, dict) and name in self.names else index


def _origin(tensor: KerasTensor, calls: list[Call]) -> tuple[list[Any], list[str] | None]:
    """The inputs of the model from which a tensor of the host part is computed, and the words of the text layer that computes it."""
    call = next((call for call in calls if any(output is tensor for output in tree.flatten(call.outputs))), None)
    if call is None:
        return [tensor], None
    layer, vocabulary = call.operation, None
    if isinstance(layer, TextVectorization):
        vocabulary = [str(word) for word in layer.get_vocabulary()]
    sources: list[Any] = []
    for source in call.inputs:
        found, earlier = _origin(source, calls)
        sources += [one for one in found if all(one is not known for known in sources)]
        vocabulary = vocabulary or earlier
    return sources, vocabulary


def with_rows(model: Model, x: Data) -> tuple[Structure, bool]:
    """The samples as arrays with an axis for the batch, and whether they had none."""
    if x is None:
        raise DataError("x=None", "the samples to look at", "pass a few rows of the data, such as x[:4]")
    if isinstance(x, str):
        return np.array([x], dtype=object), True
    if is_series(x):
        series: Any = x
        row = np.asarray(series.to_numpy())
        shapes = input_shapes(model)
        if shapes is None or (len(shapes) == 1 and shapes[0] == row.shape):
            return row[None], True
        return to_arrays(for_named_inputs(model, series.to_frame().T), "x"), True
    arrays = to_arrays(for_named_inputs(model, x), "x")
    flat, shapes = tree.flatten(arrays), input_shapes(model)
    lacks = shapes is not None and len(shapes) == len(flat) and all(map(_lacks_rows, flat, shapes))
    return (tree.map_structure(lambda array: array[None], arrays) if lacks else arrays), lacks


def input_shapes(model: Model) -> list[Shape] | None:
    """The shapes of the model's inputs without the batch; None where it does not declare them."""
    inputs = _declared(model)
    return None if inputs is None else [tuple(tensor.shape[1:]) for tensor in inputs]


def _declared(model: Model) -> list[KerasTensor] | None:
    """The symbolic inputs of a Sequential or Functional model; None where the model has none, or none yet."""
    try:
        return getattr(model, "inputs", None)
    except StateError:
        return None


def _lacks_rows(array: np.ndarray, shape: Shape) -> bool:
    if array.dtype.kind in TEXT_KINDS or array.ndim != len(shape) or tuple(shape) == (1,):
        return False
    return all(size in (None, actual) for size, actual in zip(shape, array.shape, strict=True))


def _names(model: Model, structure: Structure) -> list[str]:
    if isinstance(structure, dict):
        return [str(path[0]) for path, _ in tree.flatten_with_path(structure)]
    known = list(getattr(model, "input_names", None) or [])
    count = len(tree.flatten(structure))
    return known if len(known) == count else [f"input_{i}" for i in range(count)] if count > 1 else ["input"]
