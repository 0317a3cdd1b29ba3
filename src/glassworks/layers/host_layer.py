"""`HostLayer`: a layer that runs in NumPy before the graph, because it reads text or looks things up."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from glassworks import tree
from glassworks.context import context
from glassworks.errors import DTypeError, ShapeError, StateError
from glassworks.graph import Array, Value, as_array
from glassworks.graph.spec import Spec
from glassworks.graph.symbolic import has_keras_tensor, record_specs
from glassworks.layers.base import Layer
from glassworks.layers.text_arrays import TEXT_KINDS
from glassworks.scope import Frame, scope
from glassworks.typing import Shape


class HostOutputs(dict):
    """The inputs of the graph of a model that starts with host layers: arrays by the names of their tensors."""


class HostLayer(Layer):
    """A layer that runs outside of the graph: it maps NumPy arrays, text among them, to NumPy arrays.

    Such layers stand at the front of a model. `fit`, `evaluate` and `predict` apply them to each batch, and what they
    give enters the graph. They can also be called directly, or mapped over a data set.

    Subclasses write `call(inputs)` in NumPy, `compute_output_shape(input_shape)`, and say in `output_dtype` what they give.
    """

    contract_exemptions: ClassVar[dict[str, str]] = {
        "symbolic": "runs before the graph",
        "dtype": "gives counts and numbers of words",
        "gradient": "a look-up has none",
        "mask": "what enters a model has none",
    }

    # "string" if the layer reads only text, "int64" if it reads only numbers, "" for both.
    reads = ""

    @property
    def input_dtype(self) -> str:
        """The dtype of the inputs, where a model must guess it."""
        return self.reads or "string"

    @property
    def output_dtype(self) -> str:
        """The dtype of the outputs."""
        return self.compute_dtype

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Run the layer on arrays, or on `KerasTensor`s to build a model."""
        with scope(Frame("layer", self.name, "call")):
            self.built = True
            if has_keras_tensor((inputs,), {}):
                self._check_symbolic(inputs)
                shapes = tree.map_structure(lambda tensor: tuple(tensor.shape), inputs)
                outputs = record_specs(self, (inputs,), {}, self._spec(shapes))
                self._inbound_calls.append(outputs.call)
                return outputs
            if isinstance(inputs, Value) or (isinstance(inputs, (list, tuple)) and any(isinstance(x, Value) for x in inputs)):
                raise StateError(
                    f"{type(self).__name__} inside a step that is being traced",
                    "it at the front of a Sequential or Functional model, or outside the model",
                    "apply it to the data first, for example dataset.map(layer), or build the model with Model(inputs, outputs)",
                )
            outputs = self.call(inputs)
            outputs = outputs if outputs.dtype.kind in TEXT_KINDS else as_array(outputs)
            if context.watcher is not None:
                context.watcher(self, ((inputs,), {}), outputs)
            return outputs

    def _check_symbolic(self, inputs: object) -> None:
        for tensor in tree.flatten(inputs):
            if self.reads and (self.reads == "string") != (tensor.dtype == "string"):
                fix = "keras.Input(shape=(1,), dtype='string')" if self.reads == "string" else "layers.StringLookup() reads text"
                raise DTypeError(f"{tensor.name}, of dtype {tensor.dtype}", f"an input of dtype {self.reads}", fix)

    def compute_output_spec(self, inputs: Any) -> Any:
        return self(inputs)

    def compute_output_shape(self, input_shape: Shape) -> Any:
        raise NotImplementedError(f"layer {type(self).__name__} does not define compute_output_shape(self, input_shape)")

    def _spec(self, shapes: Any) -> Spec:
        return Spec(tuple(self.compute_output_shape(shapes)), self.output_dtype)


def plain(x: object) -> np.ndarray:
    """Numbers of any form as a plain NumPy array."""
    if hasattr(x, "detach") and hasattr(x, "cpu"):
        x = x.detach().cpu()
    array = np.asarray(x)
    array = array.numpy() if isinstance(array, Array) else array
    if array.dtype.kind == "O" and any(hasattr(entry, "__len__") and not isinstance(entry, (str, bytes)) for entry in array.flat):
        raise ShapeError("rows of different lengths", "rows of one length", "pad the short ones: utils.pad_sequences(rows)")
    return array
