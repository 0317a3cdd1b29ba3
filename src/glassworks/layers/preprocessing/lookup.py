"""The base of layers with a vocabulary: learning it, setting it, and looking up tokens."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import repeat
from os import PathLike
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from glassworks import settings
from glassworks.arguments import FLAG, Anything, Integer, OneOf, Optional
from glassworks.configured import unless_overridden
from glassworks.errors import DataError, StateError
from glassworks.graph.deferral import expect
from glassworks.layers.host_layer import HostLayer, plain
from glassworks.layers.preprocessing.adapting import batches, is_one_array
from glassworks.layers.preprocessing.encoding import encode, encoded_shape
from glassworks.layers.preprocessing.hashes import farm_hash, sip_hash
from glassworks.layers.preprocessing.lookup_arguments import OutputMode, Salt, check_together
from glassworks.layers.text_arrays import rank
from glassworks.scope import entry
from glassworks.typing import Data, Shape

_DROPPED, _MISSING = -2, -1


class IndexLookup(HostLayer):
    """A layer that gives each token of a vocabulary a number.

    The numbers start with the mask token (0, where there is one and the output mode is "int"), then come the numbers for
    tokens that are not in the vocabulary, then the vocabulary. Subclasses say what a token is: they turn inputs into
    *keys* and keys into what users see.
    """

    max_tokens = Optional(Integer(minimum=2))
    num_oov_indices = Integer(minimum=0)
    mask_token = oov_token = Anything()
    vocabulary = idf_weights = Anything().unsaved()  # configs have what was given, not what the layer has now
    invert = pad_to_max_tokens = FLAG
    output_mode = OutputMode("int", "one_hot", "multi_hot", "count", "tf_idf")
    sparse = OneOf(False)
    oov_method = OneOf("floormod", "farmhash")
    salt = Salt()

    def __init__(
        self,
        max_tokens: int | None,
        num_oov_indices: int,
        mask_token: Any,
        oov_token: Any,
        vocabulary: Sequence | str | PathLike | None = None,
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
        has_vocabulary = kwargs.pop("has_input_vocabulary", vocabulary is not None)
        size = kwargs.pop("vocabulary_size", None)
        super().__init__(name=name, **kwargs)
        self._keep_arguments(max_tokens=max_tokens, num_oov_indices=num_oov_indices, mask_token=mask_token, oov_token=oov_token)
        expect((self.num_oov_indices, 8), "int64")  # each is an entry of a list, too
        self._keep_arguments(output_mode=output_mode, oov_method=oov_method, invert=invert, pad_to_max_tokens=pad_to_max_tokens)
        self._keep_arguments(sparse=bool(sparse) if sparse in (0, 1) else sparse, salt=salt)
        check_together(type(self).__name__, max_tokens, pad_to_max_tokens, invert, self.output_mode, vocabulary, idf_weights)
        # What came from a file belongs into the saved model, not its name.
        self.input_vocabulary = None if isinstance(vocabulary, (str, Path)) else _as_list(vocabulary)
        self.input_idf_weights = _as_list(idf_weights)
        self.idf_weights = None
        self._has_input_vocabulary = has_vocabulary
        self._tokens: list[Any] = []
        self._table: dict[Any, int] = {}
        self._size: int | None = size
        self.reset_state()
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    # ---- what subclasses say about tokens

    def _keys(self, inputs: np.ndarray | Sequence) -> tuple[list[Any], tuple[int, ...]]:
        """The tokens of inputs as keys, flat, and the inputs' shape."""
        raise NotImplementedError("a lookup layer knows its keys")

    def _to_key(self, token: object) -> Any:
        raise NotImplementedError("a lookup layer knows its keys")

    def _from_key(self, key: Any) -> Any:
        raise NotImplementedError("a lookup layer knows its tokens")

    def _hash_text(self, key: Any) -> bytes:
        """The bytes of a key that are hashed, to choose among several indices for unknown tokens."""
        return key

    # ---- the vocabulary

    @property
    def _first_oov(self) -> int:
        return 1 if self.mask_token is not None and self.output_mode == "int" else 0

    @property
    def _first_token(self) -> int:
        return self._first_oov + self.num_oov_indices

    def _special_tokens(self) -> list[Any]:
        return [self.mask_token] * self._first_oov + [self.oov_token] * self.num_oov_indices

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The tokens in the order of their numbers.

        Args:
            include_special_tokens: Whether mask and unknown tokens, which have the first numbers, are among them.
        """
        tokens = [self._from_key(key) for key in self._tokens]
        return self._special_tokens() + tokens if include_special_tokens else tokens

    def vocabulary_size(self) -> int:
        """The number of indices, those of mask and unknown tokens included."""
        return self._first_token + len(self._tokens) if self._tokens else self._size or self._first_token

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Set the vocabulary, instead of learning it with `adapt`.

        Args:
            vocabulary: The tokens, most frequent first, with or without the special tokens at the start; or the path of a
                file with one token per line.
            idf_weights: A weight per token of the vocabulary, for `output_mode="tf_idf"`.

        Raises:
            DataError: Nothing, a token twice, a special token at another place, or more than `max_tokens`.
        """
        where = f"layer '{self.name}'.set_vocabulary"
        if isinstance(vocabulary, (str, Path)):
            vocabulary = [self._from_line(line) for line in _lines_of_file(vocabulary, where)]
        tokens = _as_list(vocabulary)
        if not tokens:
            raise DataError("an empty vocabulary", "at least one token", "or learn it with adapt(data)", where=where)
        keys = [self._to_key(token) for token in tokens]
        special = [None if token is None else self._to_key(token) for token in self._special_tokens()]
        has_special = keys[: len(special)] == special
        keys = keys[len(special) :] if has_special else keys
        self._check_tokens(keys, where)
        self._use(keys)
        if self.output_mode == "tf_idf" and idf_weights is not None:
            self._set_idf(np.asarray(idf_weights, dtype=np.float64), len(tokens), len(special) if has_special else 0, where)

    def _check_tokens(self, keys: list[Any], where: str) -> None:
        repeated = [self._from_key(key) for key, count in Counter(keys).items() if count > 1]
        if repeated:
            raise DataError(
                f"tokens that stand in the vocabulary twice: {repeated[:5]}",
                "each token once",
                "list(dict.fromkeys(vocabulary)) leaves each in once",
                where=where,
            )
        for what, token in (("mask", self.mask_token), ("oov", self.oov_token if self.invert else None)):
            if token is not None and self._to_key(token) in keys:
                raise DataError(
                    f"the {what} token {token!r} at place {keys.index(self._to_key(token))} of the vocabulary",
                    f"special tokens left out, or all of them at the start: {self._special_tokens()}",
                    f"remove it, or choose another {what}_token",
                    where=where,
                )
        size = self._first_token + len(keys)
        if self.max_tokens is not None and size > self.max_tokens:
            raise DataError(
                f"a vocabulary of {size} tokens, with mask and unknown tokens",
                f"at most max_tokens={self.max_tokens}",
                f"pass max_tokens={size}, or a shorter vocabulary",
                where=where,
            )

    def _use(self, keys: list[Any]) -> None:
        self._tokens = keys
        self._table = dict(zip(keys, range(self._first_token, self._first_token + len(keys)), strict=True))
        if self.mask_token is not None:
            self._table[self._to_key(self.mask_token)] = 0 if self.output_mode == "int" else _DROPPED
        self._size = self.vocabulary_size()

    def _set_idf(self, weights: np.ndarray, tokens: int, special: int, where: str) -> None:
        if weights.shape != (tokens,):
            raise DataError(f"idf_weights of shape {weights.shape}", f"a weight for each of {tokens} tokens", where=where)
        # The special tokens' own frequencies are not known: the mean of the others stands for them.
        front = np.full(0 if special else self._first_token, weights.mean())
        weights = np.concatenate([front, weights])
        self.idf_weights = np.pad(weights, (0, self._depth() - len(weights))).astype(settings.floatx())

    # ---- learning it

    @entry("layer")
    def adapt(self, data: Data, steps: int | None = None) -> None:
        """Learn the vocabulary: the most frequent tokens first, of equally frequent ones the last in the alphabet.

        Args:
            data: An array, a list, a data set or another iterable of batches. Of `(x, y)` batches, x is used.
            steps: The largest number of batches.

        Raises:
            DataError: There are no tokens in it.
            StateError: The vocabulary was given to the constructor.
        """
        where = f"layer '{self.name}'.adapt"
        if self._has_input_vocabulary:
            raise StateError(
                "adapt() of a layer with a given vocabulary", "one or the other", "leave vocabulary out, or adapt() out", where=where
            )
        self.reset_state()
        one = is_one_array(data)
        for batch in batches(data, steps, where):
            if one and rank(batch) == 1:
                batch = np.asarray(batch, dtype=object if isinstance(batch, (list, tuple)) else None)[:, None]
            self.update_state(batch)
        if not self._counts:
            raise DataError("no tokens", "at least one", "look at what you pass: it is empty, or nothing is left of it", where=where)
        self.finalize_state()

    def _documents(self, batch: Any) -> tuple[list[Any], Sequence[int]]:
        """The tokens of a batch, flat, and how many each document has."""
        keys, shape = self._keys(batch)
        length = shape[-1] if len(shape) > 1 else len(keys)
        return keys, [length] * (len(keys) // length if length else 0)

    def update_state(self, data: np.ndarray | Sequence) -> None:
        """Count the tokens of a batch."""
        tokens, lengths = self._documents(data)
        self._counts.update(tokens)
        if self.output_mode == "tf_idf":
            start = 0
            for length in lengths:
                self._document_counts.update(set(tokens[start : start + length]))
                start += length
            self._num_documents += len(lengths)

    def finalize_state(self) -> None:
        """Make the vocabulary of what was counted."""
        for token in (self.mask_token, self.oov_token):
            if token is not None:
                self._counts.pop(self._to_key(token), None)
        if not self._counts:
            return
        # Two sorts, of which the second keeps the order of equal counts, are faster than one by pairs.
        ranked = sorted(self._counts, reverse=True)
        ranked.sort(key=self._counts.__getitem__, reverse=True)
        most = None if self.max_tokens is None else self.max_tokens - self._first_token
        self._use(ranked[:most])
        if self.output_mode == "tf_idf":
            documents = [self._document_counts[key] for key in self._tokens]
            weights = np.array([math.log(1 + self._num_documents / (1 + count)) for count in documents])
            self._set_idf(weights, len(weights), 0, "")
        self.reset_state()

    def reset_state(self) -> None:
        """Forget what was counted; the vocabulary stays."""
        self._counts: Counter = Counter()
        self._document_counts: Counter = Counter()
        self._num_documents = 0

    # ---- the call

    def call(self, inputs: np.ndarray | Sequence) -> np.ndarray:
        """Numbers for tokens, or vectors of them; tokens for numbers with `invert=True`."""
        self._require_vocabulary("call")
        if self.invert:
            return self._inverted(plain(inputs))
        keys, shape = self._keys(inputs)
        ids = self._ids(keys).reshape(shape)
        return ids if self.output_mode == "int" else self._weighted(encode(ids, self._counted_mode, self._depth(), settings.floatx()))

    @property
    def _counted_mode(self) -> str:
        return "count" if self.output_mode == "tf_idf" else self.output_mode

    def _weighted(self, counts: np.ndarray) -> np.ndarray:
        if self.output_mode != "tf_idf":
            return counts
        if self.idf_weights is None:
            raise StateError("no idf_weights", "a weight per token", "adapt(data), or set_vocabulary(vocabulary, idf_weights)")
        counts *= self.idf_weights
        return counts

    def _ids(self, keys: list[Any]) -> np.ndarray:
        ids = np.fromiter(map(self._table.get, keys, repeat(_MISSING)), np.int64, len(keys))
        missing = np.flatnonzero(ids == _MISSING)
        if not len(missing):
            return ids
        if self.num_oov_indices == 0:
            some = sorted({str(self._from_key(keys[i])) for i in missing[:20]})[:5]
            raise DataError(
                f"tokens that are not in the vocabulary: {some}", "known tokens, because num_oov_indices=0", "make num_oov_indices=1"
            )
        if self.num_oov_indices == 1:
            ids[missing] = self._first_oov
        else:
            ids[missing] = [self._first_oov + self._bucket(keys[i]) for i in missing]
        return ids

    def _bucket(self, key: Any) -> int:
        text = self._hash_text(key)
        return (farm_hash(text) if self.salt is None else sip_hash(text, (self.salt[0], self.salt[1]))) % self.num_oov_indices

    def _inverted(self, ids: np.ndarray) -> np.ndarray:
        table = np.array(self.get_vocabulary(), dtype=object if self.output_dtype == "string" else np.int64)
        known = (ids >= self._first_token) & (ids < len(table))
        result = np.full(ids.shape, self.oov_token, table.dtype)
        result[known] = table[ids[known].astype(np.int64)]
        if self.mask_token is not None:
            result[ids == 0] = self.mask_token
        return result

    def _require_vocabulary(self, what: str) -> None:
        if not self._tokens:
            raise StateError(
                "a layer that has no vocabulary yet",
                "adapt() first, on the training inputs",
                f"{self.name}.adapt(x_train), or pass vocabulary=[...]",
                where=f"layer '{self.name}'.{what}",
            )

    # ---- shapes, configs, files

    @property
    def output_dtype(self) -> str:
        """int64 for numbers, `floatx()` for vectors."""
        return "int64" if self.output_mode == "int" else settings.floatx()

    def _depth(self) -> int:
        if self.pad_to_max_tokens and self.max_tokens is not None:
            return self.max_tokens
        if not self._tokens and self._size is None:
            self._require_vocabulary("call")
        return self.vocabulary_size()

    def compute_output_shape(self, input_shape: Shape) -> tuple:
        return encoded_shape(tuple(input_shape), self.output_mode, None if self.output_mode == "int" else self._depth())

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict. A learned vocabulary is not among them: it is saved beside the weights."""
        return {
            **super().get_config(),
            "idf_weights": self.input_idf_weights,
            "vocabulary": self.input_vocabulary,
            "vocabulary_size": self._size,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A layer from its config, which holds the vocabulary itself.

        Raises:
            DataError: The config names a file instead: a config, which may come from elsewhere, does not choose what is read.
        """
        vocabulary = config.get("vocabulary")
        if isinstance(vocabulary, (str, bytes, PurePath)):
            raise DataError(
                f"a config with vocabulary={vocabulary!r}, the name of a file",
                "a list of tokens: no file is read because a config says so",
                f"if you trust the file, make the layer yourself: {cls.__name__}(vocabulary=path)",
                where=f"{cls.__name__}.from_config",
            )
        return super().from_config(config)

    def _from_line(self, line: str) -> Any:
        return line

    def _assets(self) -> dict[str, bytes]:
        """The files that belong to the layer: its vocabulary, unless the config holds it."""
        if self.input_vocabulary is not None:
            return {}
        return {"vocabulary.txt": "\n".join(map(str, self.get_vocabulary())).encode("utf-8")}

    def _set_assets(self, files: Mapping[str, bytes]) -> None:
        if self.input_vocabulary is None:
            where = f"layer '{self.name}'.load_assets"
            if "vocabulary.txt" not in files:
                raise DataError(f"the files {sorted(files)}", "vocabulary.txt", "save the model again", where=where)
            weights = self.idf_weights
            self.set_vocabulary([self._from_line(line) for line in _lines(files["vocabulary.txt"])])
            self.idf_weights = weights

    @unless_overridden
    def save_assets(self, dir_path: str | PathLike) -> None:
        """Write the vocabulary to `vocabulary.txt` in a folder, unless the config holds it."""
        for name, data in self._assets().items():
            Path(dir_path, name).write_bytes(data)

    @unless_overridden
    def load_assets(self, dir_path: str | PathLike) -> None:
        """Read what `save_assets` wrote."""
        path = Path(dir_path, "vocabulary.txt")
        self._set_assets({path.name: path.read_bytes()} if path.is_file() else {})

    def save_own_variables(self, store: Any) -> None:
        """Put the weights of "tf_idf" into a store of arrays by name."""
        if self.idf_weights is not None:
            store["idf_weights"] = self.idf_weights

    def load_own_variables(self, store: Any) -> None:
        """Take them from a store."""
        if self.output_mode == "tf_idf":
            self.idf_weights = np.asarray(store["idf_weights"])


def _as_list(x: Any) -> Any:
    return x if x is None else np.asarray(x, dtype=object).tolist() if isinstance(x, np.ndarray) else list(x)


def _lines_of_file(path: str | PathLike, where: str) -> list[str]:
    if not Path(path).is_file():
        raise DataError(
            f"no file {str(path)!r}",
            "a file with one token per line",
            "check the path; a vocabulary in memory is passed as a list",
            where=where,
        )
    return _lines(Path(path).read_bytes())


# Each line takes fifty bytes and more, be it empty.
_MOST_LINES = 10_000_000


def _lines(text: bytes) -> list[str]:
    if text.count(b"\n") > _MOST_LINES or b"\n" * 1000 in text:
        raise DataError("a vocabulary of empty or of very many lines", f"at most {_MOST_LINES:,} tokens", "check the file")
    lines = text.decode("utf-8").replace("\r\n", "\n").split("\n")
    while lines and lines[-1] == "":
        lines.pop()
    return lines
