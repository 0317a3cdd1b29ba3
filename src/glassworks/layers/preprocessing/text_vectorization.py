"""`TextVectorization`: from texts to numbers of words, or to vectors that say which words are in them."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from os import PathLike
from typing import Any

import numpy as np

from glassworks import registry, settings
from glassworks.arguments import Argument, Integer, OneOf, Optional
from glassworks.arguments import Callable as CallableArgument
from glassworks.configured import unless_overridden
from glassworks.engine import words
from glassworks.errors import ArgumentError, DataError, ShapeError
from glassworks.layers.preprocessing.category_lookup import StringLookup
from glassworks.layers.preprocessing.encoding import counts_by_row
from glassworks.layers.text_arrays import rank, to_bytes
from glassworks.typing import Shape

_LOWER = bytes(range(256)).lower()
_PUNCTUATION = string.punctuation.encode()
STANDARDIZE: dict[str, words.Cleaning] = {
    "lower_and_strip_punctuation": words.Cleaning(_LOWER, _PUNCTUATION),
    "lower": words.Cleaning(_LOWER),
    "strip_punctuation": words.Cleaning(dropped=_PUNCTUATION),
}
SPLIT: dict[str, Callable[[bytes], list[bytes]]] = {
    "whitespace": bytes.split,
    "character": lambda text: [character.encode() for character in text.decode()],
}


class _NameOrFunction(Argument[Any]):
    """One of a few names, None, or a function."""

    def __init__(self, *names: str) -> None:
        self.names = OneOf(None, *names)

    def allows(self, value: object) -> bool:
        return self.names.allows(value) or CallableArgument().allows(value)

    def fix(self, value: object) -> str:
        return self.names.fix(value)

    def serialize(self, value: object) -> object:
        return registry.serialize(value)

    def __str__(self) -> str:
        return f"{self.names}, or a function"


class _Ngrams(Argument[Any]):
    def allows(self, value: object) -> bool:
        one = Integer(minimum=1)
        return value is None or one.allows(value) or (isinstance(value, tuple) and bool(value) and all(map(one.allows, value)))

    def fix(self, value: object) -> str:
        return f"write ngrams={tuple(value)}" if isinstance(value, list) else "2 means single words and pairs, (2,) pairs alone"

    def near(self) -> list[object]:
        return [0, [1, 2]]

    def __str__(self) -> str:
        return "None, a positive integer or a tuple of them"


class TextVectorization(StringLookup):
    """Cleans texts, splits them into words, and gives the words' numbers, or a vector per text.

    Args:
        max_tokens: The largest vocabulary, with 2 places for padding and unknown words; None for no limit.
        standardize: "lower_and_strip_punctuation", "lower", "strip_punctuation", None, or a function that gets an array of
            strings and gives one; a function of one string (`str.lower`) works too. Only the letters A to Z are lowered, as in Keras.
        split: "whitespace", "character", None (each text is one token), or a function that gets an array of strings
            and gives a list of tokens for each, or one string and gives its tokens.
        ngrams: Also take runs of words as tokens: 2 for single words and pairs, a tuple for just these lengths.
        output_mode: "int" gives numbers of words, 0 for padding and 1 for unknown ones. "multi_hot" gives a vector with 1 for each
            word in the text, "count" with its count, "tf_idf" with its count weighted: words in few texts say more.
        output_sequence_length: The length to which texts are truncated or padded ("int" only); by default that of the longest in the batch.
        pad_to_max_tokens: Whether vectors have length `max_tokens` even if the vocabulary is smaller.
        vocabulary: The words, or the path of a file with one per line. Without it, call `adapt`.
        idf_weights: A weight per word of the vocabulary, for "tf_idf".
        sparse, ragged: Only False: all arrays are dense.
        encoding: Of texts that are bytes.

    Input shape: `(batch,)` or `(batch, 1)`. Output shape: `(batch, words)` or `(batch, size of the vocabulary)`.

    >>> from glassworks import layers
    >>> layer = layers.TextVectorization()
    >>> layer.adapt(["The cat sat.", "The dog sat!"])
    >>> layer.get_vocabulary()
    ['', '[UNK]', 'the', 'sat', 'dog', 'cat']
    >>> layer(["the cow sat on the cat"]).numpy()
    array([[2, 1, 3, 1, 2, 5]])
    """

    standardize = _NameOrFunction(*STANDARDIZE)
    split = _NameOrFunction(*SPLIT)
    ngrams = _Ngrams()
    output_sequence_length = Optional(Integer(minimum=1))
    ragged = OneOf(False)
    _word_numbers: words.WordNumbers | None = None  # made of the vocabulary when texts are first read with it

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: Any = "lower_and_strip_punctuation",
        split: Any = "whitespace",
        ngrams: Any = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Sequence | str | PathLike | None = None,
        idf_weights: Sequence[float] | None = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        self._keep_arguments(standardize=standardize, split=split, ngrams=ngrams, output_mode=output_mode)
        self._keep_arguments(output_sequence_length=output_sequence_length, ragged=ragged)
        if self.output_mode != "int" and output_sequence_length is not None:
            raise ArgumentError(
                f"output_sequence_length={output_sequence_length} with output_mode={self.output_mode!r}",
                "output_mode='int', which alone gives sequences",
                "leave output_sequence_length out; max_tokens decides how long vectors are",
                where="TextVectorization",
            )
        super().__init__(
            max_tokens=max_tokens,
            mask_token="",
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            output_mode=output_mode,
            pad_to_max_tokens=pad_to_max_tokens,
            sparse=sparse,
            encoding=encoding,
            name=name,
            **kwargs,
        )

    # ---- texts to tokens

    @property
    def _splits_words(self) -> bool:
        """Whether tokens are the words of a text, which are counted and looked up without an object for each."""
        return self.split == "whitespace" and self.ngrams is None and self.num_oov_indices == 1

    def _documents(self, batch: object) -> tuple[list[bytes], Any]:
        """The tokens of all texts, flat, and how many each text has."""
        texts, shape = self._texts(batch)
        documents = self._split([text.translate(*self._cleaning) for text in texts], shape)
        if self.ngrams is not None:
            widths = range(1, self.ngrams + 1) if isinstance(self.ngrams, int) else self.ngrams
            documents = [_ngrams(tokens, widths) for tokens in documents]
        return list(chain.from_iterable(documents)), np.fromiter(map(len, documents), np.int64, len(documents))

    @property
    def _cleaning(self) -> words.Cleaning:
        return STANDARDIZE.get(self.standardize, words.Cleaning()) if isinstance(self.standardize, str) else words.Cleaning()

    def _texts(self, batch: Any) -> tuple[list[bytes], tuple[int, ...]]:
        """The texts, flat, and their shape; standardized, if that is a function's work."""
        texts, shape = to_bytes(batch, self.encoding)
        if not callable(self.standardize):
            return texts, shape
        given = _apply_to_texts(self.standardize, np.array([text.decode() for text in texts]).reshape(shape), "standardize", _is_text)
        texts, given_shape = to_bytes(np.asarray(given), self.encoding)
        if given_shape[:1] != shape[:1]:
            raise ShapeError(
                f"standardize gave shape {given_shape} for {shape}", "a text for each text", "let it return an array of strings"
            )
        return texts, given_shape

    def _split(self, texts: list[bytes], shape: tuple[int, ...]) -> list[list[bytes]]:
        if self.split is None:
            size = shape[-1] if len(shape) > 1 else 1
            return [texts[i : i + size] for i in range(0, len(texts), size)] if size else []
        _check_one_per_row(shape)
        if not callable(self.split):
            return list(map(SPLIT[self.split], texts))
        found = _apply_to_texts(self.split, np.array([text.decode() for text in texts]), "split", _has_text)
        odd = next((tokens for tokens in found if not hasattr(tokens, "__len__")), None)
        if len(found) != len(texts) or odd is not None:
            raise DataError(
                f"split gave {len(found)} entries for {len(texts)} texts" if odd is None else f"split gave {odd!r} for a text",
                "a list of tokens for each text",
                "write it for one text, such as lambda text: text.split(','), or for an array of texts",
            )
        return [to_bytes(list(tokens), self.encoding)[0] if len(tokens) else [] for tokens in found]

    # ---- the vocabulary

    def update_state(self, data: np.ndarray | Sequence) -> None:
        """Count the tokens of a batch of texts."""
        if not self._splits_words:
            super().update_state(data)
            return
        texts, shape = self._texts(data)
        _check_one_per_row(shape)
        counts, texts_with = words.count_words(texts, self._cleaning)
        self._counts.update(counts)
        if self.output_mode == "tf_idf":
            self._document_counts.update(texts_with)
            self._num_documents += len(texts)

    def _use(self, keys: list[Any]) -> None:
        super()._use(keys)
        self._word_numbers = None

    # ---- the call

    def call(self, inputs: np.ndarray | Sequence) -> np.ndarray:
        """Numbers of words, padded with 0, or a vector per text."""
        self._require_vocabulary("call")
        single = rank(inputs) == 0
        ids, lengths = self._numbered([inputs] if isinstance(inputs, (str, bytes)) else np.reshape(inputs, 1) if single else inputs)
        if self.output_mode == "int":
            result = _padded(ids, lengths, self.output_sequence_length)
        else:
            rows = np.repeat(np.arange(len(lengths)), lengths)
            shape = (len(lengths), self._depth())
            result = self._weighted(counts_by_row(rows, ids, shape, settings.floatx(), binary=self.output_mode in ("multi_hot", "one_hot")))
        return result[0] if single else result

    def _numbered(self, batch: object) -> tuple[np.ndarray, np.ndarray]:
        """The numbers of the tokens of all texts, flat, and how many each text has."""
        if not self._splits_words:
            tokens, lengths = self._documents(batch)
            return self._ids(tokens), lengths
        texts, shape = self._texts(batch)
        _check_one_per_row(shape)
        if self._word_numbers is None:
            self._word_numbers = words.WordNumbers(self._tokens)
        numbers, lengths = self._word_numbers.of(texts, self._cleaning)
        # Unknown words, which are -1, get the number before that of the first word.
        return numbers + self._first_token, lengths

    def compute_output_shape(self, input_shape: Shape) -> tuple:
        """(batch, words) or (batch, size of the vocabulary)."""
        return (*input_shape[:1], self.output_sequence_length if self.output_mode == "int" else self._depth())

    def get_config(self) -> dict[str, Any]:
        others = ("invert", "num_oov_indices", "oov_token", "mask_token", "oov_method", "salt")
        config = {name: value for name, value in super().get_config().items() if name not in others}
        return {**config, "vocabulary_size": self.vocabulary_size()}

    # ---- files: Keras has a StringLookup inside, whose vocabulary and weights are saved a second time

    _saved_properties = ("_lookup_layer",)

    @property
    def _lookup_layer(self) -> _Lookup:
        return _Lookup(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        names = {name: config[name] for name in ("standardize", "split") if isinstance(config.get(name), dict)}
        found = {**config, **{name: registry.deserialize(value) for name, value in names.items()}}
        if isinstance(found.get("ngrams"), list):
            found["ngrams"] = tuple(found["ngrams"])
        return super().from_config(found)


def _check_one_per_row(shape: tuple[int, ...]) -> None:
    if len(shape) > 1 and shape[-1] != 1:
        raise ShapeError(
            f"texts of shape {shape}",
            "shape (batch,) or (batch, 1), one text per row",
            "join the columns, or give each a layer of its own",
        )


def _ngrams(tokens: list[bytes], widths: Iterable[int]) -> list[bytes]:
    """Runs of words, all of one length before those of the next."""
    grams: list[bytes] = []
    for width in widths:
        grams += tokens if width == 1 else map(b" ".join, zip(*(tokens[i:] for i in range(width)), strict=False))
    return grams


def _padded(ids: np.ndarray, lengths: np.ndarray, width: int | None) -> np.ndarray:
    """Rows of numbers, with 0 behind the shorter ones."""
    longest = int(lengths.max(initial=0))
    result = np.zeros((len(lengths), longest), np.int64)
    result[np.arange(longest) < lengths[:, None]] = ids
    if width is None or width == longest:
        return result
    return result[:, :width] if width < longest else np.pad(result, ((0, 0), (0, width - longest)))


def _is_text(value: object) -> bool:
    """Whether a function of texts gave one text, not an array of them."""
    return isinstance(value, (str, bytes))


def _has_text(values: Any) -> bool:
    """Whether a function that splits gave tokens of one text, not a list of them for each text."""
    return _is_text(values) or any(_is_text(tokens) for tokens in values)


def _apply_to_texts(function: Callable, texts: np.ndarray, argument: str, is_of_one: Callable[[Any], bool]) -> Any:
    """The results of a user's function for an array of texts; it is called text by text if it is written for one (`lambda text: text.lower()`)."""
    whole: Exception | None = None
    try:
        found = function(texts)
        if not is_of_one(found):
            return found
    except (AttributeError, TypeError) as error:
        whole = error
    try:
        given = [function(str(text)) for text in texts.reshape(-1)]
    except Exception as error:
        name = getattr(function, "__name__", repr(function))
        raise ArgumentError(
            f"{argument}={name}, which fails on an array of strings ({whole}) and on one string ({error})"
            if whole is not None
            else f"{argument}={name}, which gives one text for an array of strings, and fails on one string ({error})",
            "a function of a NumPy array of strings, or of one string",
            "write it with NumPy, np.char.lower(texts), or for one text, lambda text: text.lower()",
        ) from error
    return np.array(given).reshape(texts.shape) if argument == "standardize" else given


class _Lookup:
    """The part of the layer that Keras has in a layer of its own, for its files."""

    def __init__(self, layer: TextVectorization) -> None:
        self.layer, self.name = layer, "string_lookup"

    def save_own_variables(self, store: dict[str, np.ndarray]) -> None:
        StringLookup.save_own_variables(self.layer, store)

    def load_own_variables(self, store: Mapping[str, np.ndarray]) -> None:
        """Nothing: the layer has read them."""

    @unless_overridden
    def save_assets(self, dir_path: str) -> None:
        """The vocabulary, once more."""
        self.layer.save_assets(dir_path)

    @unless_overridden
    def load_assets(self, dir_path: str) -> None:
        """Nothing: the layer has read it."""

    def _assets(self) -> dict[str, bytes]:
        return self.layer._assets()

    def _set_assets(self, files: Mapping[str, bytes]) -> None:
        pass
