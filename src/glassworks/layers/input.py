"""`Input`: the symbolic input of a model."""

from __future__ import annotations

from typing import Any

from glassworks import dtypes
from glassworks.arguments import Integer, Optional
from glassworks.errors import ArgumentError, go_on, suggest
from glassworks.graph import Call, KerasTensor
from glassworks.layers.base import Layer
from glassworks.names import unique_name
from glassworks.typing import DTypeLike, DTypePolicyLike, Shape, Tensor

_SIZE = Optional(Integer(minimum=0))


class InputLayer(Layer):
    """The input layer of a model; `Input` creates one and returns its tensor.

    Args:
        shape: The shape of one sample, without the batch axis.
        batch_size: A fixed batch size, or None.
        dtype: The dtype of the data.
        batch_shape: The shape with the batch axis, instead of `shape` and `batch_size`.

    >>> InputLayer((784,)).output.shape
    (None, 784)
    """

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: DTypePolicyLike = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Any = None,
        input_tensor: Any = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name if name is not None else unique_name("input_layer"))
        if sparse or ragged:
            raise ArgumentError("sparse or ragged inputs", "dense arrays", "pass dense NumPy arrays", where=f"layer '{self.name}'")
        shape, batch_shape = _of_old_code(shape, batch_shape, kwargs, self.name)
        if shape is None and batch_shape is None and isinstance(input_tensor, KerasTensor):
            batch_shape = input_tensor.shape
        self.batch_shape = _batch_shape(shape, batch_size, batch_shape, self.name)
        self._dtype = dtypes.standardize(dtype)
        self.optional = optional
        self.sparse = self.ragged = False
        self.built = True
        tensor = input_tensor if isinstance(input_tensor, KerasTensor) else KerasTensor(self.batch_shape, self._dtype, name=self.name)
        if input_tensor is None:
            tensor.call = Call(self, (), {}, tensor)
        self._tensor = tensor

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "_tensor"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._tensor = KerasTensor(self.batch_shape, self._dtype, name=self.name)
        self._tensor.call = Call(self, (), {}, self._tensor)

    @property
    def dtype(self) -> str:
        """The dtype of the data."""
        return self._dtype

    @property
    def output(self) -> KerasTensor:
        """The symbolic tensor of the input."""
        return self._tensor

    @property
    def input(self) -> KerasTensor:
        """The symbolic tensor of the input; the same as `output`."""
        return self._tensor

    def call(self) -> KerasTensor:
        """The symbolic tensor of the input."""
        return self._tensor

    def get_config(self) -> dict[str, Any]:
        return {
            "batch_shape": self.batch_shape,
            "dtype": self._dtype,
            "sparse": False,
            "ragged": False,
            "name": self.name,
            "optional": self.optional,
        }


def _of_old_code(shape: Shape | None, batch_shape: Shape | None, old: dict[str, Any], name: str) -> tuple[Shape | None, Shape | None]:
    """The shapes, which programs for Keras 2 give as `input_shape=` or `batch_input_shape=`; a warning about other names."""
    if shape is None and "input_shape" in old:
        shape = old.pop("input_shape")
    elif batch_shape is None and "batch_input_shape" in old:
        batch_shape = old.pop("batch_input_shape")
    for wrong in old:
        known = ("shape", "batch_size", "dtype", "batch_shape", "input_tensor", "optional", "name")
        found, where = f"argument {wrong!r}, which is ignored", f"layer '{name}'"
        go_on(ArgumentError(found, "an argument of InputLayer", suggest(wrong, known), where=where))
    return shape, batch_shape


def _batch_shape(shape: Shape, batch_size: int | None, batch_shape: Any, name: str) -> tuple:
    where = f"layer '{name}'"
    if (shape is None) == (batch_shape is None):
        found = "neither shape nor batch_shape" if shape is None else "both shape and batch_shape"
        raise ArgumentError(found, "one of them", "pass shape=(784,), the shape of one sample", where=where)
    if shape is not None:
        if isinstance(shape, int):
            raise ArgumentError(f"shape={shape}", "a tuple", f"write shape=({shape},), with the comma", where=where)
        batch_shape = (batch_size, *shape)
    sizes = tuple(batch_shape)
    if not all(_SIZE.allows(size) for size in sizes):
        raise ArgumentError(
            f"shape {sizes}", "sizes that are positive integers or None", "pass the shape of one sample, such as (28, 28)", where=where
        )
    return tuple(_SIZE.convert(size) for size in sizes)


def Input(
    shape: Shape | None = None,
    batch_size: int | None = None,
    dtype: DTypeLike = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: Tensor | None = None,
    optional: bool = False,
) -> KerasTensor:
    """A symbolic tensor that stands for the data; layers called on it build a model.

    Args:
        shape: The shape of one sample, without the batch axis; None for sizes that vary.
        batch_size: A fixed batch size, or None.
        dtype: The dtype of the data; `floatx()` by default.
        batch_shape: The shape with the batch axis, instead of `shape` and `batch_size`.
        name: The input's name, the key in dicts of data.

    >>> Input(shape=(28, 28)).shape
    (None, 28, 28)
    """
    return InputLayer(shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name).output
