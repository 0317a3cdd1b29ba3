"""Keras's `.keras` files: a zip archive with the architecture, the state of all layers and of the optimizer, and vocabularies."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from glassworks import memory, registry
from glassworks.errors import LoadError
from glassworks.files import atomic_file, save_error
from glassworks.graph.deferral import Deferral
from glassworks.saving import bounded_json, hdf5
from glassworks.saving.archive import Archive
from glassworks.saving.boundary import errors_of_file, open_file
from glassworks.saving.restore import Stored, compare, put_assets, take_assets
from glassworks.saving.state import Stateful
from glassworks.saving.weights import find_in, has_state_of, tree_of

if TYPE_CHECKING:
    from glassworks.models.model import Model


CONFIG, METADATA, WEIGHTS, ASSETS = "config.json", "metadata.json", "model.weights.h5", "assets/"
# The version of Keras whose format this is; older versions of Keras refuse nothing of it.
KERAS_VERSION = "3.15.1"
# Beside the weights, which are as large as the file: constants that layers compute, and whatever a file does not keep.
_SLACK = 64 << 20


def save(model: Model, path: str | PathLike) -> None:
    """Write a model as one file, which the file at the path becomes at once or not at all."""
    config = config_of(model)
    with atomic_file(path) as file:
        write(model, config, file)


def config_of(model: Model) -> bytes:
    """The architecture and the arguments of `compile`, as JSON."""
    return json.dumps(config_as_dict(model)).encode()


def config_as_dict(model: Model) -> dict[str, Any]:
    """The architecture and the arguments of `compile`."""
    with registry.sharing():
        return registry.serialize(model)


def metadata() -> bytes:
    """The version of the format, and the time."""
    return json.dumps({"keras_version": KERAS_VERSION, "date_saved": datetime.now().strftime("%Y-%m-%d@%H:%M:%S")}).encode()


def write(model: Model, config: bytes, file: BinaryIO) -> None:
    """Write a model to an open file."""
    tree = tree_of(model)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(METADATA, metadata())
        archive.writestr(CONFIG, config)
        with archive.open(WEIGHTS, "w", force_zip64=True) as member:
            hdf5.write(member, tree)
        for name, data in take_assets(model).items():
            archive.writestr(f"{ASSETS}{name}", data)


def save_folder(model: Model, path: str | PathLike) -> None:
    """Write the parts of a `.keras` file as files in a folder, as Keras's `zipped=False`."""
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise save_error(path, error) from error
    parts = {CONFIG: config_of(model), METADATA: metadata(), **{f"{ASSETS}{name}": data for name, data in take_assets(model).items()}}
    for name, data in parts.items():
        folder.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(folder / name) as file:
            file.write(data)
    with atomic_file(folder / WEIGHTS) as file:
        hdf5.write(file, tree_of(model))


def load(path: str | PathLike, custom_objects: Mapping[str, Any] | None = None, compile: bool = True) -> Model:
    """The model of a file: architecture, state, and, unless `compile` is False, the arguments of `compile` and the optimizer's state.

    Raises:
        LoadError: The file is not a model, or damaged, or needs a class that is not known.
    """
    label = str(path)
    with open_file(path) as file:
        archive = Archive(file, label, budget=_most())
        config = bounded_json.parse(archive.read(CONFIG, bounded_json.MOST_BYTES), label, CONFIG, is_config=True)
        with ExitStack() as stack:
            part, offset, size, checksum = archive.open(WEIGHTS, archive.size(WEIGHTS))
            model = build(config, label, custom_objects, compile, stack, size)
            root = hdf5.read(part, f"{label}: {WEIGHTS}", offset, size)
            fill(model, lambda path: find_in(root, path), label)
            put_assets(model, *_assets(archive), label)
            checksum.check()
    return model


def load_folder(path: str | PathLike, custom_objects: Mapping[str, Any] | None = None, compile: bool = True) -> Model:
    """The model of a folder that `save_folder`, or Keras, wrote."""
    folder, label = Path(path), str(path)
    with ExitStack() as stack:
        with open_file(folder / CONFIG, follow=False) as file:
            config = bounded_json.parse(file.read(bounded_json.MOST_BYTES + 1), label, CONFIG, is_config=True)
        weights = stack.enter_context(open_file(folder / WEIGHTS, follow=False))
        size = os.fstat(weights.fileno()).st_size
        model = build(config, label, custom_objects, compile, stack, size)
        root = hdf5.read(weights, f"{label}: {WEIGHTS}")
        fill(model, lambda path: find_in(root, path), label)
        put_assets(model, *_assets_of_folder(folder / ASSETS), label)
    return model


def build(
    config: object, label: str, custom_objects: Mapping[str, Any] | None, compile: bool, stack: ExitStack, size: int, member: str = CONFIG
) -> Model:
    """The model of a config, whose variables are computed only if the file does not have them.

    Args:
        config: The config.
        label: The file, for errors.
        custom_objects: The caller's classes and functions by name.
        compile: Whether to compile it.
        stack: Ends the block in which variables wait for their values.
        size: The bytes of all state in the file.
        member: The part of the file that is the config, for errors.

    Raises:
        LoadError: A model cannot be built from it.
    """
    if not isinstance(config, dict) or "class_name" not in config:
        raise LoadError(label, member, "no config of a model", "an object with class_name and config", "check that it is a model")
    if not compile:
        config = {**config, "compile_config": None}
    stack.enter_context(Deferral(min(size, _most()) + _SLACK, f"the {memory.in_words(size)} of weights in the file"))
    stack.enter_context(registry.custom_object_scope(dict(custom_objects or {})))
    with registry.sharing():
        return built(config, label, member)


def built(config: dict[str, Any], label: str, member: str = CONFIG) -> Model:
    """The model of a config; every error on the way is one of the file."""
    # A feature space is a layer that is saved by itself.
    is_feature_space = config["class_name"] == "FeatureSpace"
    with errors_of_file(label, member, "the config of a model"):
        model = registry.deserialize(config, kind=None if is_feature_space else "layers")
    if not isinstance(model, Stateful) or not (is_feature_space or hasattr(model, "compile")):
        raise LoadError(label, member, f"the config of {type(model).__name__!r}, not of a model", "the config of a model")
    return model  # type: ignore[return-value]  # a layer with `compile`


def fill(model: Model, find: Callable[[str], Mapping[str, Stored]], label: str) -> None:
    """Give a new model its state: first the layers, then the optimizer, whose variables depend on theirs."""
    optimizer = getattr(model, "optimizer", None)
    compare(model, find, label, leave=[] if optimizer is None else [optimizer]).run(discard=True)
    if optimizer is None or has_state_of(optimizer, find, label):
        own = [] if optimizer is None else [optimizer]
    else:
        optimizer.build(model.trainable_variables)
        own = [optimizer] if has_state_of(optimizer, find, label) else []
    for one in own:
        compare(one, lambda path: find(f"optimizer/{path}".rstrip("/")), label).run(discard=True)


def _assets(archive: Archive) -> tuple[list[str], Callable[[str], bytes]]:
    names = [name.removeprefix(ASSETS) for name in archive.names(ASSETS) if not name.endswith("/")]
    return names, lambda name: archive.read(f"{ASSETS}{name}", archive.size(f"{ASSETS}{name}"))


def _assets_of_folder(folder: Path) -> tuple[list[str], Callable[[str], bytes]]:
    """The names of the files below a folder, and a function that reads one; links are not followed."""
    files = [] if folder.is_symlink() else [file for file in folder.rglob("*") if file.is_file() and not file.is_symlink()]

    def read(name: str) -> bytes:
        with open_file(folder / name, follow=False) as file:
            return file.read()

    return [file.relative_to(folder).as_posix() for file in files], read


def _most() -> int:
    """The bytes of a file that may be read into memory: half of what is free."""
    return (memory.free_bytes() or 1 << 40) // 2
