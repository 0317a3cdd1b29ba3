"""`StringLookup` and `IntegerLookup`: numbers for categories."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np

from glassworks.arguments import Instance, OneOf
from glassworks.errors import ArgumentError, DTypeError
from glassworks.layers.host_layer import plain
from glassworks.layers.preprocessing.lookup import IndexLookup
from glassworks.layers.text_arrays import TEXT_KINDS, to_bytes


class StringLookup(IndexLookup):
    """Numbers for strings of a vocabulary, or strings for numbers.

    Args:
        max_tokens: The largest number of indices, those for mask and unknown strings included; None for no limit.
        num_oov_indices: How many numbers there are for strings that are not in the vocabulary; which of them a string gets
            is decided by its hash. With 0, such strings are an error.
        mask_token: A string that stands for nothing, such as "": it gets number 0, and no place in vectors.
        oov_token: What stands for unknown strings in the vocabulary, and comes out for them with `invert`.
        vocabulary: The strings, or the path of a file with one per line. Without it, call `adapt`.
        idf_weights: A weight per string of the vocabulary, for "tf_idf".
        invert: Whether to map numbers to strings.
        output_mode: "int" gives numbers; "one_hot" a vector for each string; "multi_hot" one for the strings along the last
            axis, "count" their counts, "tf_idf" their counts times the weights.
        pad_to_max_tokens: Whether vectors have length `max_tokens` even if the vocabulary is smaller.
        sparse: Must be False: all arrays are dense.
        encoding: The encoding of inputs that are bytes.
        salt: One or two integers that change which number unknown strings get.

    Output shape: that of the input for "int", with one more axis for "one_hot", with the last axis replaced for the others.

    >>> from glassworks import layers
    >>> layer = layers.StringLookup(vocabulary=["cat", "dog"])
    >>> layer(["dog", "cat", "cow"]).numpy()
    array([2, 1, 0])
    >>> layers.StringLookup(vocabulary=["cat", "dog"], invert=True)([2, 0])
    array(['dog', '[UNK]'], dtype=object)
    """

    encoding = Instance(str, "the name of an encoding")

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Sequence | str | PathLike | None = None,
        idf_weights: Sequence[float] | None = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: Any = None,
        **kwargs: Any,
    ) -> None:
        self._keep_arguments(encoding=encoding)
        self.reads = "int64" if invert else "string"
        super().__init__(
            max_tokens,
            num_oov_indices,
            mask_token,
            oov_token,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            invert=invert,
            output_mode=output_mode,
            sparse=sparse,
            pad_to_max_tokens=pad_to_max_tokens,
            salt=salt,
            name=name,
            **kwargs,
        )

    def _keys(self, inputs: np.ndarray | Sequence) -> tuple[list[bytes], tuple[int, ...]]:
        return to_bytes(inputs, self.encoding)

    def _to_key(self, token: Any) -> bytes:
        return to_bytes(token, self.encoding)[0][0]

    def _from_key(self, key: bytes) -> str:
        return key.decode()

    @property
    def output_dtype(self) -> str:
        """int64 for numbers, `floatx()` for vectors, string with `invert`."""
        return "string" if self.invert else super().output_dtype


class IntegerLookup(IndexLookup):
    """Numbers from 0 on for integers of a vocabulary, or the integers for such numbers.

    Args:
        max_tokens, num_oov_indices, vocabulary, idf_weights, invert, output_mode, pad_to_max_tokens, sparse: As in `StringLookup`.
        mask_token: An integer that stands for nothing.
        oov_token: What comes out for unknown integers with `invert`.
        vocabulary_dtype: Only "int64".
        oov_method: With several numbers for unknown integers: "floormod" takes the rest of a division, "farmhash" a hash.
        salt: One or two integers that change the hash.

    Output shape: as in `StringLookup`.

    >>> from glassworks import layers
    >>> layer = layers.IntegerLookup(vocabulary=[12, 36], output_mode="multi_hot")
    >>> layer([[36, 36, 5]]).numpy()
    array([[1., 0., 1.]], dtype=float32)
    """

    reads = "int64"
    vocabulary_dtype = OneOf("int64")

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Sequence | str | PathLike | None = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Sequence[float] | None = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        self._keep_arguments(vocabulary_dtype=vocabulary_dtype)
        if salt is not None and oov_method != "farmhash":
            raise ArgumentError(f"salt={salt!r} with oov_method={oov_method!r}", "oov_method='farmhash'", where="IntegerLookup")
        super().__init__(
            max_tokens,
            num_oov_indices,
            mask_token,
            oov_token,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            invert=invert,
            output_mode=output_mode,
            sparse=sparse,
            pad_to_max_tokens=pad_to_max_tokens,
            oov_method=oov_method,
            salt=salt,
            name=name,
            **kwargs,
        )

    def _keys(self, inputs: np.ndarray | Sequence) -> tuple[list[int], tuple[int, ...]]:
        array = plain(inputs)
        if array.dtype.kind in TEXT_KINDS and array.size:
            array = _integers(array)
        return array.astype(np.int64).ravel().tolist(), array.shape

    def _to_key(self, token: Any) -> int:
        return int(token)

    def _from_key(self, key: int) -> int:
        return key

    def _from_line(self, line: str) -> int:
        return int(line)

    def _hash_text(self, key: int) -> bytes:
        return b"%d" % key

    def _bucket(self, key: int) -> int:
        return key % self.num_oov_indices if self.oov_method == "floormod" else super()._bucket(key)


def _integers(array: np.ndarray) -> np.ndarray:
    """The integers in an array of objects."""
    odd = next((entry for entry in array.flat if isinstance(entry, (str, bytes)) or entry is None), None)
    if odd is not None or array.dtype.kind != "O":
        raise DTypeError(f"text: {odd if odd is not None else array.flat[0]!r}", "integers", "layers.StringLookup() reads text")
    return array.astype(np.int64)
