"""`Hashing` and `HashedCrossing`: numbers for categories without a vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassworks import settings
from glassworks.arguments import Instance, Integer, OneOf, Optional
from glassworks.configured import Configured
from glassworks.errors import ArgumentError, DTypeError, ShapeError
from glassworks.layers.host_layer import HostLayer, plain
from glassworks.layers.preprocessing.encoding import encode, encoded_shape
from glassworks.layers.preprocessing.hashes import MASK, cross, farm_hash, sip_hash
from glassworks.layers.preprocessing.lookup_arguments import Salt
from glassworks.layers.text_arrays import as_text_array, is_text, to_bytes
from glassworks.typing import DTypePolicyLike, Shape


class Hashing(HostLayer):
    """Numbers from 0 to `num_bins` - 1 for strings or integers, by their hash. Different ones may get the same number.

    Args:
        num_bins: How many numbers there are, the one for `mask_value` among them.
        mask_value: A string or integer that gets number 0, which no other then gets.
        salt: One or two integers: hashes with SipHash and this key; without it with FarmHash.
        output_mode: "int" gives numbers; "one_hot" a vector for each; "multi_hot" and "count" one for those along the last axis.
        sparse: Must be False: all arrays are dense.

    Output shape: that of the input for "int", with `num_bins` as the last axis for the others.

    >>> from glassworks import layers
    >>> layers.Hashing(num_bins=3)([["A"], ["B"], ["C"], ["D"], ["E"]]).ravel().tolist()
    [1, 0, 1, 1, 2]
    """

    num_bins = Integer(minimum=1)
    mask_value = Optional(Instance((str, int, np.integer), "a string or an integer"))
    salt = Salt()
    output_mode = OneOf("int", "one_hot", "multi_hot", "count")
    sparse = OneOf(False)

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: Any = None,
        output_mode: str = "int",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        self._keep_arguments(num_bins=num_bins, mask_value=mask_value, salt=salt, output_mode=output_mode, sparse=sparse)
        if kwargs.get("dtype") is None:
            kwargs["dtype"] = "int64" if output_mode == "int" else settings.floatx()
        super().__init__(**kwargs)
        if output_mode == "int" and self.compute_dtype not in ("int32", "int64"):
            raise ArgumentError(f"dtype={self.compute_dtype!r} with output_mode='int'", "int32 or int64", where="Hashing")

    def call(self, inputs: np.ndarray | Sequence) -> np.ndarray:
        keys, shape = _texts(inputs)
        masked = self.mask_value is not None and self.num_bins > 1
        bins = self.num_bins - masked
        numbers = {key: self._hash(key) % bins + masked for key in set(keys)}
        if masked:
            numbers[str(self.mask_value).encode()] = 0
        ids = np.fromiter(map(numbers.__getitem__, keys), np.int64, len(keys)).reshape(shape)
        return (
            ids.astype(self.compute_dtype)
            if self.output_mode == "int"
            else encode(ids, self.output_mode, self.num_bins, self.compute_dtype)
        )

    def _hash(self, text: bytes) -> int:
        return farm_hash(text) if self.salt is None else sip_hash(text, (self.salt[0], self.salt[1]))

    def compute_output_shape(self, input_shape: Shape) -> tuple:
        return encoded_shape(tuple(input_shape), self.output_mode, self.num_bins)


class HashedCrossing(HostLayer):
    """One number for several features together, by a hash of all of them.

    Args:
        num_bins: How many numbers there are.
        output_mode: "int" gives numbers, "one_hot" vectors.
        sparse: Must be False: all arrays are dense.

    Input shape: a list of at least two arrays of strings or integers of the same shape, `(batch,)` or `(batch, 1)`.

    >>> from glassworks import layers
    >>> layer = layers.HashedCrossing(num_bins=5)
    >>> layer([["A", "B", "A"], [101, 101, 101]]).tolist()
    [1, 4, 1]
    """

    num_bins = Integer(minimum=1)
    output_mode = OneOf("int", "one_hot")
    sparse = OneOf(False)

    def __init__(
        self,
        num_bins: int,
        output_mode: str = "int",
        sparse: bool = False,
        name: str | None = None,
        dtype: DTypePolicyLike = None,
        **kwargs: Any,
    ) -> None:
        self._keep_arguments(num_bins=num_bins, output_mode=output_mode, sparse=sparse)
        super().__init__(name=name, dtype="int64" if output_mode == "int" and dtype is None else dtype, **kwargs)

    def call(self, inputs: np.ndarray | Sequence) -> np.ndarray:
        columns = self._columns(inputs)
        shape = columns[0][1]
        ids = [cross(list(row)) % self.num_bins for row in zip(*(keys for keys, _ in columns), strict=True)]
        found = np.array(ids, np.int64).reshape(shape)
        return (
            found.astype(self.compute_dtype) if self.output_mode == "int" else encode(found, "one_hot", self.num_bins, self.compute_dtype)
        )

    def _columns(self, inputs: Any) -> list[tuple[list[int], tuple[int, ...]]]:
        if not isinstance(inputs, (list, tuple)) or len(inputs) < 2:
            raise ArgumentError(f"{type(inputs).__name__}", "a list of at least two features", "layer([feature1, feature2])")
        columns = [_fingerprints(column) for column in inputs]
        shapes = [shape for _, shape in columns]
        if len(set(shapes)) > 1 or len(shapes[0]) > 2 or (len(shapes[0]) == 2 and shapes[0][1] != 1):
            raise ShapeError(f"features of shapes {', '.join(map(str, shapes))}", "the same shape (batch,) or (batch, 1) for all")
        return columns

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return encoded_shape(tuple(input_shape[0]), self.output_mode, self.num_bins)

    @property
    def output_dtype(self) -> str:
        """int64 for numbers, `floatx()` for vectors."""
        return self.compute_dtype

    def get_config(self) -> dict[str, Any]:
        return {**Configured.get_config(self), "name": self.name, "dtype": self.compute_dtype}


def _texts(inputs: np.ndarray | Sequence) -> tuple[list[bytes], tuple[int, ...]]:
    """Strings, or integers in decimal digits, as bytes."""
    if is_text(inputs):
        return to_bytes(inputs)
    array = _as_integers(plain(inputs))
    return [b"%d" % number for number in array.ravel().tolist()], array.shape


def _fingerprints(column: Any) -> tuple[list[int], tuple[int, ...]]:
    """A hash for each string; integers stand for themselves."""
    if is_text(column):
        texts, shape = to_bytes(as_text_array(column))
        known = {text: farm_hash(text) for text in set(texts)}
        return [known[text] for text in texts], shape
    array = plain(column)
    if array.dtype.kind == "f":
        raise DTypeError(f"a feature of dtype {array.dtype}", "strings or integers", "put layers.Discretization() in front")
    return [number & MASK for number in _as_integers(array).ravel().tolist()], array.shape


def _as_integers(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "biuf":
        raise DTypeError(f"dtype {array.dtype}", "strings or integers", "make strings of other things: x.astype(str)")
    return array.astype(np.int64)
