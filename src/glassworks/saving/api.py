"""`save_model`, `load_model`, `save_weights`, `load_weights`: the format follows from the end of the path."""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glassworks.arguments import Instance, Number, Optional, check
from glassworks.errors import ArgumentError, ArgumentTypeError, LoadError, warn
from glassworks.saving.boundary import errors_of_file, fill_registries

if TYPE_CHECKING:
    from glassworks.models.model import Model


_PATH = Instance((str, PathLike), "a path")
_LEGACY = (".h5", ".hdf5")
# The modules of the formats are imported where they are used: a program that saves nothing need not wait for them.


def save_model(model: Model, filepath: str | PathLike, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any) -> None:
    """Save a model in one file: architecture, weights, the arguments of `compile`, the optimizer's state and vocabularies.

    The file appears as a whole or not at all: if the disk is full, or the process is killed, what was there before is still there.

    Args:
        model: The model.
        filepath: The path, which ends in `.keras`; `.h5` and `.hdf5` are Keras's older format, which has no place for vocabularies.
        overwrite: Whether a file that is there may be replaced; False asks first.
        zipped: False to write a folder with the parts of a `.keras` file instead.
        kwargs: `include_optimizer=False` leaves the optimizer out of an `.h5` file; `save_format` may say once more what the path says.

    Raises:
        ArgumentError: The path has another end.
        SaveError: The file cannot be written.

    >>> import tempfile
    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1)])
    >>> path = Path(tempfile.mkdtemp()) / "model.keras"
    >>> save_model(model, path)
    >>> bool((load_model(path).predict([[1.0, 2.0]], verbose=0) == model.predict([[1.0, 2.0]], verbose=0)).all())
    True
    """
    from glassworks.saving import keras_file, legacy_h5

    where = "save_model"
    check(where, {"filepath": _PATH}, filepath=filepath)
    _check_format(os.fspath(filepath), kwargs.pop("save_format", None))
    if not hasattr(model, "get_config") or isinstance(model, (str, PathLike)):
        raise ArgumentTypeError(f"{model!r} as the model", "a model, then the path", "save_model(model, filepath)", where=where)
    include_optimizer = kwargs.pop("include_optimizer", True)
    for wrong in kwargs:
        raise ArgumentTypeError(f"argument {wrong!r}", "filepath, overwrite, zipped or include_optimizer", "leave it out", where=where)
    name = os.fspath(filepath)
    if not model.built:
        warn(f"model {model.name!r} is saved before it is built: it has no weights yet. Call it on data first, or model.build(input_shape)")
    is_legacy = _is_legacy(name)
    if not include_optimizer and not is_legacy:
        raise ArgumentError(
            f"include_optimizer=False and the path {name!r}",
            "a path that ends in .h5",
            "compile the model again after loading",
            where=where,
        )
    if zipped is not False and not is_legacy and not name.endswith(".keras"):
        fix = f"for example {Path(name).with_suffix('.keras')}; model.export() writes formats for other programs"
        raise ArgumentError(f"the path {name!r}", "a path that ends in .keras", fix, where=where)
    if not _may_write(filepath, overwrite):
        return
    if is_legacy:
        legacy_h5.save(model, filepath, include_optimizer)
    elif zipped is False:
        if name.endswith(".keras"):
            raise ArgumentError(f"zipped=False and the path {name!r}", "the name of a folder", "leave out .keras", where=where)
        keras_file.save_folder(model, filepath)
    else:
        keras_file.save(model, filepath)


def load_model(
    filepath: str | PathLike, custom_objects: Mapping[str, Any] | None = None, compile: bool = True, safe_mode: bool = True
) -> Model:
    """The model in a file or folder that `save_model`, or Keras, wrote.

    Loading never runs code of the file, imports nothing that it names, and opens no other file.

    Args:
        filepath: The path.
        custom_objects: Your own classes and functions by name; those decorated with `register_keras_serializable` need not be passed. The
            function of a Lambda layer without a name is passed under the name of the layer.
        compile: Whether to compile the model as it was, with the optimizer's state.
        safe_mode: Accepted as in Keras. Loading is safe either way.

    Raises:
        LoadError: The file is damaged, or not a model, or needs a class that is not known. No model is returned then.

    >>> import tempfile
    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1)])
    >>> path = Path(tempfile.mkdtemp()) / "model.keras"
    >>> save_model(model, path)
    >>> load_model(path).count_params()
    3
    """
    check(
        "load_model",
        {"filepath": _PATH, "custom_objects": Optional(Instance(Mapping, "a dict"))},
        filepath=filepath,
        custom_objects=custom_objects,
    )
    fill_registries()
    with errors_of_file(os.fspath(filepath)):
        return _load(filepath, custom_objects, compile)


def _load(filepath: str | PathLike, custom_objects: Mapping[str, Any] | None, compile: bool) -> Model:
    from glassworks.saving import keras_file, legacy_h5

    name = os.fspath(filepath)
    if os.path.isdir(filepath):
        return keras_file.load_folder(filepath, custom_objects, compile)
    if _is_legacy(name):
        return legacy_h5.load(filepath, custom_objects, compile)
    if not name.endswith(".keras"):
        fix = (
            "weights alone are loaded by model.load_weights(path)"
            if name.endswith((".weights.h5", ".safetensors", ".npz"))
            else "rename the file, if it is one"
        )
        raise LoadError(filepath, "", "the path says another format", "a path that ends in .keras or .h5", fix)
    return keras_file.load(filepath, custom_objects, compile)


def save_weights(model: Model, filepath: str | PathLike, overwrite: bool = True, max_shard_size: float | None = None) -> None:
    """Save the weights of a model, and the optimizer's state, without the architecture.

    Args:
        model: The model.
        filepath: The path: `.weights.h5` is Keras's format; `.safetensors` and `.npz` have the weights alone, by the paths of variables.
        overwrite: Whether a file that is there may be replaced; False asks first.
        max_shard_size: The largest size of a file in GiB; larger models are divided among several, with an index `.weights.json`.

    Raises:
        ArgumentError: The path has another end.
        StateError: The model is not built.
        SaveError: The file cannot be written.

    >>> import tempfile
    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1)])
    >>> path = Path(tempfile.mkdtemp()) / "model.weights.h5"
    >>> save_weights(model, path)
    >>> path.exists()
    True
    """
    from glassworks.saving import weights

    check(
        "save_weights",
        {"filepath": _PATH, "max_shard_size": Optional(Number(0, closed="neither"))},
        filepath=filepath,
        max_shard_size=max_shard_size,
    )
    index = filepath if max_shard_size is None else Path(filepath).with_suffix(".json")
    if _may_write(index, overwrite):
        weights.save_weights(model, filepath, max_shard_size)


def load_weights(model: Model, filepath: str | PathLike, skip_mismatch: bool = False, **kwargs: Any) -> None:
    """Set the weights of a model from a file. If anything does not fit, nothing changes.

    Args:
        model: The model, of the same architecture.
        filepath: A `.weights.h5`, `.weights.json`, `.keras`, `.safetensors` or `.npz` file, or an `.h5` file of weights or of a model, as
            Keras 1 and 2 wrote them.
        skip_mismatch: Whether layers whose weights do not fit keep their own, with a warning.
        kwargs: `objects_to_skip` is a list of layers that keep their weights; `by_name=True`, for `.h5` files, loads the layers whose names
            are in the file, and leaves the others as they are.

    Raises:
        LoadError: The file is damaged, or does not fit the model.
        StateError: The model is not built.

    >>> import tempfile
    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1)])
    >>> path = Path(tempfile.mkdtemp()) / "model.safetensors"
    >>> save_weights(model, path)
    >>> load_weights(model, path)
    """
    from glassworks.saving import legacy_h5, weights

    check("load_weights", {"filepath": _PATH}, filepath=filepath)
    leave, by_name = kwargs.pop("objects_to_skip", None) or [], kwargs.pop("by_name", None)
    for wrong in kwargs:
        raise ArgumentTypeError(
            f"argument {wrong!r}", "filepath, skip_mismatch, objects_to_skip or by_name", "leave it out", where="load_weights"
        )
    name = os.fspath(filepath)
    if _is_legacy(name) or (name.endswith(".weights.h5") and legacy_h5.has_layer_names(filepath)):
        if leave:
            fix = "leave out objects_to_skip, or name the other layers and pass by_name=True"
            raise ArgumentError(f"objects_to_skip and the path {name!r}", "another format", fix, where="load_weights")
        legacy_h5.load_weights(model, filepath, skip_mismatch, bool(by_name))
        return
    if by_name:
        raise ArgumentError(f"by_name=True and the path {name!r}", "a file of Keras 2, .h5", "leave out by_name", where="load_weights")
    weights.load_weights(model, filepath, skip_mismatch, leave)


def _is_legacy(name: str) -> bool:
    """Whether a path is that of a model in Keras's older format."""
    return name.endswith(_LEGACY) and not name.endswith(".weights.h5")


def _check_format(name: str, save_format: object) -> None:
    """Refuse a `save_format` of Keras 2 that is not what the path says."""
    suffixes = {"keras": (".keras",), "h5": _LEGACY}
    if save_format is None or (isinstance(save_format, str) and name.endswith(suffixes.get(save_format, ()))):
        return
    fix = "leave out save_format, and let the path end in .keras or .h5"
    raise ArgumentError(f"save_format={save_format!r} and the path {name!r}", "the format that the path says", fix, where="save_model")


def _may_write(path: str | PathLike, overwrite: bool) -> bool:
    """Whether a file may be written: if one is there and may not be replaced, the user is asked."""
    if overwrite or not os.path.exists(path):
        return True
    if sys.stdin is None or not sys.stdin.isatty():
        raise ArgumentError(
            f"overwrite=False and the path {os.fspath(path)!r}, which exists", "a new path", "choose another path, or pass overwrite=True"
        )
    return builtins.input(f"{os.fspath(path)} exists. Replace it? [y/n] ").strip().lower() in ("y", "yes")
