"""The parts of `FeatureSpace`: features, each with the layer that encodes it, and crosses of features."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

from glassworks import layers, registry
from glassworks.arguments import Integer, OneOf, check
from glassworks.errors import ArgumentError, suggest
from glassworks.names import unique_name

PARTS = registry.Registry("feature_space", "part of a feature space")


_KERAS_MODULE = "keras.src.layers.preprocessing.feature_space"


class Cross:
    """Features that are hashed together.

    Args:
        feature_names: The features' names.
        crossing_dim: How many numbers the hash has.
        output_mode: "int" or "one_hot".
    """

    _keras_module = _KERAS_MODULE

    def __init__(self, feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot") -> None:
        constraints = {"crossing_dim": Integer(minimum=1), "output_mode": OneOf("int", "one_hot")}
        check("FeatureSpace.cross", constraints, crossing_dim=crossing_dim, output_mode=output_mode)
        self.feature_names, self.crossing_dim, self.output_mode = tuple(feature_names), crossing_dim, output_mode

    @property
    def name(self) -> str:
        """The names, joined."""
        return "_X_".join(self.feature_names)

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict."""
        return {"feature_names": list(self.feature_names), "crossing_dim": self.crossing_dim, "output_mode": self.output_mode}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Cross:
        """A cross from its config."""
        return cls(**config)


class Feature:
    """One column of the data.

    Args:
        dtype: Of its values.
        preprocessor: The layer that reads them.
        output_mode: "float" for numbers as they are, "int" for numbers of categories, "one_hot" for vectors of them.
    """

    _keras_module = _KERAS_MODULE

    def __init__(self, dtype: str, preprocessor: Any, output_mode: str) -> None:
        check("FeatureSpace.feature", {"output_mode": OneOf("int", "one_hot", "float")}, output_mode=output_mode)
        self.dtype, self.output_mode = dtype, output_mode
        self.preprocessor = registry.deserialize(preprocessor, kind="layers") if isinstance(preprocessor, dict) else preprocessor

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict."""
        return {"dtype": self.dtype, "preprocessor": registry.serialize(self.preprocessor), "output_mode": self.output_mode}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Feature:
        """A feature from its config."""
        return cls(**config)


PARTS.add(Cross)
PARTS.add(Feature)


class FeatureKinds:
    """The kinds of features there are."""

    @classmethod
    def cross(cls, feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot") -> Cross:
        """Features hashed together."""
        return Cross(feature_names, crossing_dim, output_mode)

    @classmethod
    def feature(cls, dtype: str, preprocessor: object, output_mode: str) -> Feature:
        """A feature with a layer of your own."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name: str | None = None) -> Feature:
        """Numbers as they are."""
        return Feature("float32", layers.Identity(dtype="float32", name=_layer_name(name, "float")), "float")

    @classmethod
    def float_rescaled(cls, scale: builtins.float = 1.0, offset: builtins.float = 0.0, name: str | None = None) -> Feature:
        """Numbers times a factor, plus an offset."""
        return Feature("float32", layers.Rescaling(scale, offset, name=_layer_name(name, "float_rescaled")), "float")

    @classmethod
    def float_normalized(cls, name: str | None = None) -> Feature:
        """Numbers brought to mean 0 and variance 1."""
        return Feature("float32", layers.Normalization(axis=-1, name=_layer_name(name, "float_normalized")), "float")

    @classmethod
    def float_discretized(
        cls, num_bins: int, bin_boundaries: Sequence[builtins.float] | None = None, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Numbers put into bins, which are learned unless their boundaries are given."""
        layer = layers.Discretization(bin_boundaries, num_bins, name=_layer_name(name, "float_discretized"))
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(
        cls, max_tokens: int | None = None, num_oov_indices: int = 1, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Integers that stand for categories, which are learned."""
        layer = layers.IntegerLookup(max_tokens, num_oov_indices, name=_layer_name(name, "integer_categorical"))
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_categorical(
        cls, max_tokens: int | None = None, num_oov_indices: int = 1, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Strings that stand for categories, which are learned."""
        layer = layers.StringLookup(max_tokens, num_oov_indices, name=_layer_name(name, "string_categorical"))
        return Feature("string", layer, output_mode)

    @classmethod
    def string_hashed(cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None) -> Feature:
        """Strings put into bins by their hash."""
        return Feature("string", layers.Hashing(num_bins, name=_layer_name(name, "string_hashed")), output_mode)

    @classmethod
    def integer_hashed(cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None) -> Feature:
        """Integers put into bins by their hash."""
        return Feature("int32", layers.Hashing(num_bins, name=_layer_name(name, "integer_hashed")), output_mode)


def _layer_name(name: str | None, kind: str) -> str:
    return f"{name or unique_name(kind)}_preprocessor"


def feature_of(kinds: Any, name: str, given: Any, hashing_dim: int, num_bins: int) -> Feature:
    """The feature meant by a `Feature`, its config, or the name of its kind."""
    if isinstance(given, Feature):
        return given
    if isinstance(given, dict):
        return registry.deserialize(given, kind="feature_space")
    known = {
        "float": kinds.float,
        "float_normalized": kinds.float_normalized,
        "float_rescaled": kinds.float_rescaled,
        "float_discretized": lambda name: kinds.float_discretized(num_bins, name=name),
        "integer_categorical": kinds.integer_categorical,
        "string_categorical": kinds.string_categorical,
        "integer_hashed": lambda name: kinds.integer_hashed(hashing_dim, name=name),
        "string_hashed": lambda name: kinds.string_hashed(hashing_dim, name=name),
    }
    if given not in known:
        raise ArgumentError(
            f"feature {name!r} of type {given!r}",
            "a kind of feature, or FeatureSpace.feature(...)",
            suggest(str(given), known),
            where="FeatureSpace",
        )
    return known[given](name=name)
