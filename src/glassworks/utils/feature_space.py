"""`FeatureSpace`: rows of a table, with columns of many kinds, as vectors."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassworks import layers, registry, tree
from glassworks.arguments import Instance, Integer, OneOf, Serialized, check
from glassworks.configured import Configured
from glassworks.errors import ArgumentError, ArgumentTypeError, DataError, StateError, suggest
from glassworks.graph import KerasTensor, as_array
from glassworks.layers.text_arrays import as_text_array, dtype_name, is_text
from glassworks.saving import save_model
from glassworks.scope import entry
from glassworks.training.data.columns import by_column, column_array, is_frame, is_series
from glassworks.training.data.text_numbers import classify, fix_for_column
from glassworks.utils.features import PARTS, Cross, Feature, FeatureKinds, feature_of

# Rows at a time, where the data is a dict of whole columns.
ROWS = 32


class FeatureSpace(layers.Layer, FeatureKinds):
    """Encodes each column of a table in its own way, and joins what comes out.

    Args:
        features: Name -> the kind of the feature: "float", "float_normalized", "float_rescaled", "float_discretized",
            "integer_categorical", "string_categorical", "integer_hashed", "string_hashed", or what the methods of these names give.
        output_mode: "concat" gives one vector per row, "dict" a dict of encoded features.
        crosses: Tuples of names of features to hash together, or what `FeatureSpace.cross` gives.
        crossing_dim, hashing_dim: How many numbers crosses and hashed features have, unless they say so themselves.
        num_discretization_bins: How many bins "float_discretized" has.

    Call it on a DataFrame, a dict of columns, or values for one row. A missing text is the empty text, a category like any other; a
    missing number is an error that names its column. To make it part of a model, so that the model takes raw columns,
    build on `get_encoded_features()`, with `get_inputs()` as the model's inputs.

    >>> from glassworks import utils
    >>> space = utils.FeatureSpace({"age": "float_normalized", "pet": "string_categorical"})
    >>> space.adapt({"age": [10.0, 30.0], "pet": ["cat", "dog"]})
    >>> space({"age": [30.0], "pet": ["cat"]}).numpy()
    array([[1., 0., 0., 1.]], dtype=float32)
    """

    _keras_module = "keras.utils"
    features: Any = Serialized()
    crosses: Any = Serialized()
    output_mode = OneOf("concat", "dict")
    crossing_dim = hashing_dim = num_discretization_bins = Integer(minimum=1)

    def __init__(
        self,
        features: Any,
        output_mode: str = "concat",
        crosses: Any = None,
        crossing_dim: int = 32,
        hashing_dim: int = 32,
        num_discretization_bins: int = 32,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        if not features:
            raise ArgumentError("no features", "a dict of name -> kind", "features={'age': 'float_normalized'}", where="FeatureSpace")
        check("FeatureSpace", {"features": Instance(dict, "a dict of name -> kind")}, features=features)
        self._keep_arguments(output_mode=output_mode, crossing_dim=crossing_dim)
        self._keep_arguments(hashing_dim=hashing_dim, num_discretization_bins=num_discretization_bins)
        features = {str(key): kind for key, kind in features.items()}
        self.features = {key: feature_of(type(self), key, kind, hashing_dim, num_discretization_bins) for key, kind in features.items()}
        self.crosses = [self._cross_of(cross) for cross in crosses or []]
        self.preprocessors = {key: feature.preprocessor for key, feature in self.features.items()}
        self.crossers = {cross.name: layers.HashedCrossing(cross.crossing_dim, name=cross.name) for cross in self.crosses}
        self.one_hot_encoders: dict[str, Any] = {}
        self.concat = layers.Concatenate(axis=-1)
        self.inputs = {key: layers.Input((1,), dtype=feature.dtype, name=key) for key, feature in self.features.items()}
        self.encoded_features: Any = None
        self._is_adapted = False

    def _cross_of(self, cross: Any) -> Cross:
        if isinstance(cross, dict):
            cross = registry.deserialize(cross, kind="feature_space")
        cross = cross if isinstance(cross, Cross) else Cross(cross, self.crossing_dim)
        for key in cross.feature_names:
            if key not in self.features:
                raise ArgumentError(f"{key!r} in crosses", "the name of a feature", suggest(str(key), self.features), where="FeatureSpace")
        return cross

    # ---- learning

    @entry("layer")
    def adapt(self, dataset: Any) -> None:
        """Let each feature learn what it must: categories, means, boundaries.

        Args:
            dataset: A DataFrame, a dict of columns, or a data set (or other iterable) of dicts of batches, without or with targets.

        Raises:
            DataError: A feature is not in the data.
        """
        columns: dict[str, list[Any]] = {key: [] for key in self._adaptable()}
        dataset = _as_dict(dataset)
        if isinstance(dataset, dict):
            self._refuse_holes(dataset, "adapt")
        for batch in _batches(dataset):
            self._refuse_holes(batch, "adapt")
            for key, found in columns.items():
                if key not in batch:
                    raise DataError(
                        f"data with {sorted(batch)}", f"a column {key!r}", suggest(key, batch), where=f"layer '{self.name}'.adapt"
                    )
                found.append(_column(batch[key], self.features[key]))
        for key, found in columns.items():
            self.preprocessors[key].adapt(iter(found))
        self._is_adapted = True
        self.encoded_features = None
        self.one_hot_encoders.clear()
        self.get_encoded_features()
        self.built = True

    def _refuse_holes(self, columns: dict[str, Any], what: str) -> None:
        """Raise a `DataError` for missing numbers: statistics and results computed from them would be NaN."""
        for key in self.features:
            values = columns.get(key)
            if values is not None and is_text(values) and self.features[key].dtype != "string":
                self._refuse_text(key, values, what)
            array = np.asarray(values) if values is not None and not isinstance(values, KerasTensor) else np.zeros(0)
            if array.dtype.kind != "f" or not np.isnan(array).any():
                continue
            rows = np.flatnonzero(np.isnan(array).reshape(-1))
            raise DataError(
                f"column {key!r} has NaN in {len(rows)} of {array.size} rows (first row {rows[0]})",
                "a number in each row",
                f"fill them in (frame[{key!r}].fillna(frame[{key!r}].median())), or drop the rows (frame.dropna(subset=[{key!r}]))",
                where=f"layer '{self.name}'.{what}",
            )

    def _refuse_text(self, key: str, values: ArrayLike, what: str) -> None:
        texts = classify(values if isinstance(values, (list, tuple)) else np.asarray(values, dtype=object).flat)
        fix = f"features={{{key!r}: 'string_categorical', ...}}" if texts.kind == "categories" else fix_for_column(texts, f"frame[{key!r}]")
        raise DataError(
            f"column {key!r} has text ({texts.example!r}), and is a feature of numbers",
            "a number in each row",
            fix,
            where=f"layer '{self.name}'.{what}",
        )

    def _adaptable(self) -> list[str]:
        return [key for key, layer in self.preprocessors.items() if hasattr(layer, "adapt") and not _knows_already(layer)]

    # ---- encoding

    def get_inputs(self) -> dict[str, KerasTensor]:
        """The symbolic inputs by name, for a model that takes raw columns."""
        self.get_encoded_features()
        return self.inputs

    def get_encoded_features(self) -> Any:
        """The symbolic outputs, to build a model on."""
        if not self._is_adapted and any(not _has_learned(self.preprocessors[key]) for key in self._adaptable()):
            raise StateError(
                "a FeatureSpace that has not seen data", "adapt() first", f"{self.name}.adapt(columns)", where=f"layer '{self.name}'"
            )
        if self.encoded_features is None:
            self.encoded_features = self._encoded(self.inputs)
        return self.encoded_features

    @entry("layer", call="call")
    def __call__(self, data: object) -> Any:
        """Encode a dict of columns, or of single values."""
        self.get_encoded_features()
        data = _as_dict(data)
        if not isinstance(data, dict):
            raise ArgumentTypeError(
                f"{type(data).__name__}", "a dict of columns", "for example {'age': [30.0]}", where=f"layer '{self.name}'.call"
            )
        missing = [key for key in self.features if key not in data]
        if missing:
            raise DataError(
                f"columns {sorted(data)}",
                f"all features; {missing} are not there",
                suggest(missing[0], data),
                where=f"layer '{self.name}'.call",
            )
        if any(isinstance(data[key], KerasTensor) for key in self.features):
            return self._encoded({key: data[key] for key in self.features})
        self._refuse_holes(data, "call")
        single = all(np.ndim(data[key]) == 0 for key in self.features)
        outputs = self._encoded({key: _column(data[key], feature) for key, feature in self.features.items()})
        return tree.map_structure(lambda x: x[0], outputs) if single else outputs

    def _encoded(self, columns: dict[str, Any]) -> Any:
        found = {key: self.preprocessors[key](columns[key]) for key in self.features}
        crossed = {cross.name: self.crossers[cross.name]([found[key] for key in cross.feature_names]) for cross in self.crosses}
        modes = {key: feature.output_mode for key, feature in self.features.items()} | {c.name: c.output_mode for c in self.crosses}
        names = [*sorted(found), *sorted(crossed)]
        encoded = {key: self._one_hot(key, value) if modes[key] == "one_hot" else value for key, value in (found | crossed).items()}
        if self.output_mode == "dict":
            return {key: encoded[key] for key in names}
        for key in names:
            dtype = dtype_name(encoded[key])
            if "float" not in dtype:
                raise ArgumentError(
                    f"feature {key!r} of dtype {dtype} with output_mode='concat'",
                    "vectors of floats to join",
                    "give the feature output_mode='one_hot', or pass output_mode='dict'",
                    where="FeatureSpace",
                )
        return self.concat([encoded[key] for key in names]) if len(names) > 1 else encoded[names[0]]

    def _one_hot(self, key: str, numbers: object) -> Any:
        if key not in self.one_hot_encoders:
            layer = self.preprocessors.get(key) or self.crossers[key]
            size = getattr(layer, "num_bins", None) or getattr(layer, "num_tokens", None)
            if isinstance(layer, layers.Discretization) and layer.bin_boundaries is not None:
                size = len(layer.bin_boundaries) + 1
            if hasattr(layer, "vocabulary_size"):
                size = layer.vocabulary_size()
            if size is None or "int" not in dtype_name(numbers):
                raise ArgumentError(
                    f"feature {key!r} with output_mode='one_hot' and a {type(layer).__name__}, which gives {dtype_name(numbers)}",
                    "a layer that gives numbers of categories",
                    "use output_mode='float'",
                    where="FeatureSpace",
                )
            self.one_hot_encoders[key] = layers.CategoryEncoding(size, output_mode="multi_hot")
        return self.one_hot_encoders[key](numbers)

    def save(self, filepath: str | PathLike) -> None:
        """Save it with all that it has learned in a `.keras` file, which `models.load_model` loads."""
        save_model(self, filepath)  # type: ignore[arg-type]  # it has all that is asked of a model here

    def get_build_config(self) -> dict[str, Any]:
        """The shapes that the layers of the features were built with, by the name of the feature."""
        return {name: layer.get_build_config() for name, layer in self.preprocessors.items()}

    def build_from_config(self, config: dict[str, Any] | None) -> None:
        """Build the layers of the features, whose state comes from the same file."""
        for name, shapes in (config or {}).items():
            if name in self.preprocessors:
                self.preprocessors[name].build_from_config(shapes)
        self._is_adapted = self.built = bool(config)

    def get_config(self) -> dict[str, Any]:
        # Without the name, trainable and dtype of layers, as in Keras.
        return Configured.get_config(self)


PARTS.add(FeatureSpace)


def _knows_already(layer: Any) -> bool:
    """Whether the layer got its statistics or vocabulary as arguments, so that it needs no `adapt`."""
    if getattr(layer, "input_mean", None) is not None or getattr(layer, "_has_input_vocabulary", False):
        return True
    return isinstance(layer, layers.Discretization) and layer.num_bins is None


def _has_learned(layer: Any) -> bool:
    """Whether the layer was already adapted, or loaded."""
    if isinstance(layer, layers.Discretization):
        return layer.bin_boundaries is not None
    return bool(getattr(layer, "_tokens", False)) or (isinstance(layer, layers.Normalization) and layer.built)


def _column(values: Any, feature: Feature) -> Any:
    """A column of the data with an added last axis of size 1."""
    if is_text(values) or feature.dtype == "string":
        array = as_text_array(values) if not isinstance(values, (str, bytes)) else np.array([values], dtype=object)
    else:
        array = as_array(np.asarray(values), feature.dtype)
    return array.reshape(-1, 1) if array.ndim < 2 else array


def _as_dict(data: Any) -> Any:
    """A DataFrame, a row of one, or a dict of columns as a dict of arrays by name; anything else as it is."""
    if is_frame(data):
        return by_column(data)
    if is_series(data):
        return {str(key): value for key, value in data.items()}
    if isinstance(data, dict):
        return {str(key): column_array(values, str(key)) if is_series(values) else values for key, values in data.items()}
    return data


def _batches(data: Any) -> Iterator[dict[str, Any]]:
    """Dicts of batches."""
    data = _as_dict(data)
    if isinstance(data, dict):
        columns = {key: as_text_array(values) if is_text(values) else np.asarray(values) for key, values in data.items()}
        length = max((len(column) for column in columns.values()), default=0)
        for start in range(0, length, ROWS):
            yield {key: column[start : start + ROWS] for key, column in columns.items()}
        return
    indexed = hasattr(data, "__getitem__") and hasattr(data, "__len__") and not isinstance(data, (list, tuple))
    found: Iterable[Any] = (data[i] for i in range(len(data))) if indexed and not hasattr(data, "__iter__") else data
    for batch in itertools.chain(found):
        batch = _as_dict(batch[0] if isinstance(batch, tuple) else batch)
        if not isinstance(batch, dict):
            raise DataError(
                f"a batch of type {type(batch).__name__}", "a dict of columns", "pass {'name': values, ...}", where="FeatureSpace.adapt"
            )
        yield batch
