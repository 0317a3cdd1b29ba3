"""What a model's files need of it: its methods that save and load, and the arguments of `compile` as a config."""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, cast

from glassworks import registry, tree
from glassworks.arguments import Instance, check
from glassworks.configured import is_overridden
from glassworks.errors import GlassworksError, LoadError, warn
from glassworks.graph.deferral import bounded
from glassworks.layers.base import Layer
from glassworks.saving import api
from glassworks.saving.boundary import errors_of_file
from glassworks.scope import entry

if TYPE_CHECKING:
    from glassworks.models.model import Model
    from glassworks.training.trainer import Trainer

_KINDS = {"optimizer": "optimizers", "loss": "losses", "metrics": "metrics", "weighted_metrics": "metrics"}


class Saving(Layer):
    """The base of `Model` with its methods for files."""

    _trainer: Trainer

    @entry("model")
    def save(self, filepath: str | PathLike, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any) -> None:
        """Save the model in one file, `.keras` or `.h5`: architecture, weights, compile settings, optimizer state; see `saving.save_model`."""
        self._trainer.require_stillness("save")
        api.save_model(cast("Model", self), filepath, overwrite, zipped, **kwargs)

    @entry("model")
    def save_weights(self, filepath: str | PathLike, overwrite: bool = True, max_shard_size: float | None = None) -> None:
        """Save the weights alone, as `.weights.h5`, `.safetensors` or `.npz`; see `saving.save_weights`."""
        self._trainer.require_stillness("save_weights")
        api.save_weights(cast("Model", self), filepath, overwrite, max_shard_size)

    @entry("model")
    def load_weights(self, filepath: str | PathLike, skip_mismatch: bool = False, **kwargs: Any) -> None:
        """Set the weights from a file, all or none of them; see `saving.load_weights`."""
        api.load_weights(cast("Model", self), filepath, skip_mismatch, **kwargs)

    def to_json(self, **kwargs: Any) -> str:
        """The model's architecture as JSON, without weights; `kwargs` are those of `json.dumps`."""
        with registry.sharing():
            return json.dumps(registry.serialize(self), **kwargs)

    def get_compile_config(self) -> dict[str, Any] | None:
        """The arguments of `compile`, serialised; None if the model is not compiled, or one of them is a function without a name."""
        if not self._trainer.compiled:
            return None
        try:
            return {key: registry.serialize(value) for key, value in self._trainer.arguments.items()}
        # Schedules and regularizers of users without get_config raise NotImplementedError, as in Keras.
        except (GlassworksError, NotImplementedError) as error:
            reason = f"{error.found}; {error.fix}" if isinstance(error, GlassworksError) else str(error)
            warn(f"the arguments of compile of model {self.name!r} are not saved, compile it again after loading: {reason}")
            return None

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile with arguments from `get_compile_config`."""
        if is_overridden(self, "compile"):
            fix = "write get_compile_config() and compile_from_config(config) as well, or call compile() after loading"
            warn(f"compile() was not called while loading, because {type(self).__name__} has its own: {fix}")
            return
        # What is missing here is a choice of the engine, and not one of the model.
        arguments = {key: _compile_argument(value, _KINDS.get(key, "values")) for key, value in config.items() if key in _TAKEN}
        cast("Model", self).compile(**arguments)  # type: ignore[arg-type]  # compile checks what the file has

    def build_from_config(self, config: dict[str, Any] | None) -> None:
        """Build a subclassed model with the shapes that the saved one was built with."""
        shapes = (config or {}).get("shapes_dict", config) or {}
        if self.built or not any(tree.flatten(shapes)):
            return
        super().build_from_config(config)


_TAKEN = (*_KINDS, "loss_weights", "run_eagerly")


def _compile_argument(config: object, kind: str) -> object:
    """An argument of `compile` from its config; names, such as `"mse"`, stay names, because their meaning depends on the model."""
    if isinstance(config, list):
        return [_compile_argument(entry, kind) for entry in config]
    if isinstance(config, dict) and "class_name" not in config:
        return {key: _compile_argument(value, kind) for key, value in config.items()}
    return config if isinstance(config, str) else registry.deserialize(config, kind=kind)


def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Model:
    """The model of a text from `Model.to_json`, with new weights.

    Args:
        json_string: The text.
        custom_objects: Your own classes and functions by name.

    Raises:
        LoadError: It is not the config of a model, or needs a class that is not known.

    >>> from glassworks import Sequential, layers
    >>> model_from_json(Sequential([layers.Input((2,)), layers.Dense(3)]).to_json()).output_shape
    (None, 3)
    """
    check("model_from_json", {"json_string": Instance(str, "a string")}, json_string=json_string)
    from glassworks.saving import bounded_json, keras_file

    if len(json_string) > bounded_json.MOST_BYTES:
        raise LoadError("json_string", "", f"{len(json_string):,} letters", f"at most {bounded_json.MOST_BYTES:,}")
    config = bounded_json.parse(json_string.encode(errors="replace"), "json_string", "", is_config=True)
    if not isinstance(config, dict) or "class_name" not in config:
        raise LoadError("json_string", "", "no config of a model", "an object with class_name and config", "pass what model.to_json() gave")
    with errors_of_file("json_string"), bounded(), registry.custom_object_scope(dict(custom_objects or {})), registry.sharing():
        return keras_file.built(config, "json_string", "")
