"""Keras's older files `.h5`: a whole model, or weights alone, with a group of arrays for each layer of the model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import dtypes, registry
from glassworks.errors import ArgumentError, LoadError, StateError, warn
from glassworks.files import atomic_file
from glassworks.graph import Variable
from glassworks.layers.base import Layer
from glassworks.saving import bounded_json, hdf5, keras_file, legacy_config
from glassworks.saving.boundary import errors_of_file, open_file
from glassworks.saving.legacy_weights import assign_optimizer, converted
from glassworks.saving.restore import Plan, Stored, take_assets
from glassworks.saving.state import walk
from glassworks.typing import Json

if TYPE_CHECKING:
    from glassworks.layers.base import Layer
    from glassworks.models.model import Model
    from glassworks.optimizers import Optimizer


WEIGHTS, TOP, OPTIMIZER = "model_weights", "top_level_model_weights", "optimizer_weights"
# The bytes of names that Keras puts in one attribute: HDF5 keeps attributes in headers of limited size.
_MOST_IN_ATTRIBUTE = 64_512


# ---- writing


def save(model: Model, path: str | PathLike, include_optimizer: bool = True) -> None:
    """Write a model as one file, which the file at the path becomes at once or not at all."""
    _require_no_assets(model)
    tree = _tree(model, include_optimizer)
    with atomic_file(path) as file:
        hdf5.write(file, tree)


def _require_no_assets(model: Model) -> None:
    """Refuse a model with learned vocabularies, which this format has no place for."""
    if not take_assets(model):
        return
    for _path, owner in walk(model):
        if isinstance(owner, Layer) and hasattr(owner, "save_assets") and owner.get_config().get("vocabulary") is None:
            found = f"layer {getattr(owner, 'name', owner)!r}, which keeps files beside its weights"
            raise ArgumentError(found, "a model of weights alone for an .h5 file", "save it as .keras", where="saving .h5")


def _tree(model: Model, include_optimizer: bool) -> hdf5.Tree:
    config = keras_file.config_as_dict(model)
    training = config.pop("compile_config", None)
    config["class_name"] = config.get("registered_name") or config["class_name"]
    tree = hdf5.Tree(attributes={"keras_version": keras_file.KERAS_VERSION, "backend": "glassworks", "model_config": json.dumps(config)})
    optimizer = getattr(model, "optimizer", None)
    tree.members[WEIGHTS] = _weights_tree(model)
    if include_optimizer and training and optimizer is not None:
        training = {"metrics": None, "weighted_metrics": None, "loss": None, "loss_weights": None, **training}
        training["loss"] = _with_long_names(training["loss"])
        training.pop("optimizer")
        training["optimizer_config"] = registry.serialize(optimizer)  # as an object, where the user gave a name
        tree.attributes["training_config"] = json.dumps(training)
        _add_variables(tree.group(OPTIMIZER), optimizer.variables)
    return tree


# Keras writes the short names of losses, but does not read them again.
_LONG_NAMES = {
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
}


def _with_long_names(loss: Json) -> Json:
    if isinstance(loss, str):
        return _LONG_NAMES.get(loss.lower(), loss)
    if isinstance(loss, dict) and "class_name" not in loss:
        return {key: _with_long_names(value) for key, value in loss.items()}
    return [_with_long_names(one) for one in loss] if isinstance(loss, list) else loss


def _weights_tree(model: Model) -> hdf5.Tree:
    tree = hdf5.Tree(attributes={"backend": "glassworks", "keras_version": keras_file.KERAS_VERSION})
    _set_names(tree, "layer_names", [layer.name for layer in model.layers])
    for layer in model.layers:
        if layer.name in tree.members or layer.name == TOP:
            raise ArgumentError(f"two layers of the name {layer.name!r}", "one name for each", "rename one of them, or save as .keras")
        _add_variables(tree.group(layer.name), ordered(layer))
    _add_variables(tree.group(TOP), _own_weights(model))
    return tree


def ordered(layer: Layer) -> list[Variable]:
    """The weights of a layer in the order of these files: trainable ones first."""
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def _own_weights(model: Model) -> list[Variable]:
    """The weights of a model that belong to none of its layers."""
    own = set(map(id, model._stored_variables()))
    return [variable for variable in ordered(model) if id(variable) in own]


def _add_variables(group: hdf5.Tree, variables: Sequence[Variable]) -> None:
    names: list[str] = []
    for variable in variables:
        name, number = variable.path.strip("/"), 1
        # A name may occur once, and must not be the start of another's path.
        while any(name == one or name.startswith(f"{one}/") or one.startswith(f"{name}/") for one in names):
            name, number = f"{variable.path.strip('/')}_{number}", number + 1
        names.append(name)
        *folder, last = name.split("/")
        shape, dtype = variable.shape, dtypes.numpy_dtype(variable.spec.dtype)
        group.group("/".join(folder)).members[last] = hdf5.LazyArray(shape, dtype, variable.peek)
    _set_names(group, "weight_names", names)


def _set_names(group: hdf5.Tree, attribute: str, names: list[str]) -> None:
    """Store names in an attribute, or in several with numbers if they are too long for one."""
    encoded = np.array([name.encode() for name in names], dtype="S") if names else np.zeros(0)
    parts = 1
    while any(part.nbytes > _MOST_IN_ATTRIBUTE - 1024 for part in np.array_split(encoded, parts)):
        parts += 1
        if parts > len(names):
            raise ArgumentError("a name of more than 63,000 bytes", "shorter names of layers and weights", "rename the layer")
    if parts == 1:
        group.attributes[attribute] = encoded
    else:
        group.attributes.update({f"{attribute}{number}": part for number, part in enumerate(np.array_split(encoded, parts))})


# ---- reading a model


def load(path: str | PathLike, custom_objects: Mapping[str, Any] | None = None, compile: bool = True) -> Model:
    """The model of a file; see `saving.load_model`.

    Raises:
        LoadError: The file is not a model, or damaged, or needs a class that is not known.
    """
    label = str(path)
    with open_file(path) as file, ExitStack() as stack:
        root = hdf5.read(file, label)
        version = _text(root, "keras_version", label) or "1"
        with registry.custom_object_scope(dict(custom_objects or {})):
            config = _config(root, version, label, compile)
        size = sum(dataset.nbytes for dataset in _datasets(root))
        model = keras_file.build(config, label, custom_objects, compile, stack, min(size, file.seek(0, 2)), "model_config")
        _compare(model, _weights_group(root, label), label, by_name=True).run(discard=True)
        optimizer = getattr(model, "optimizer", None)
        if compile and optimizer is not None:
            _load_optimizer(model, optimizer, root.find(OPTIMIZER), label)
    return model


def _datasets(group: hdf5.Group) -> Iterator[hdf5.Dataset]:
    for member in group.values():
        if isinstance(member, hdf5.Group):
            yield from _datasets(member)
        else:
            yield member


def _config(root: hdf5.Group, version: str, label: str, compile: bool) -> dict[str, Any]:
    """The config of the model and of its compilation, in the form of `.keras` files."""
    text = _text(root, "model_config", label)
    if text is None:
        fix = "build the model and call model.load_weights(path)" if "layer_names" in root.attributes else "check that it is a model"
        raise LoadError(label, "model_config", "the file has no architecture, only weights", "a file that model.save wrote", fix)
    config = bounded_json.parse(text.encode(), label, "model_config", is_config=True)
    text = _text(root, "training_config", label) if compile else None
    training = bounded_json.parse(text.encode(), label, "training_config", is_config=True) if text is not None else None
    if not isinstance(config, dict) or not isinstance(training, (dict, type(None))):
        raise LoadError(label, "model_config", "no config of a model", "an object", "check that it is a model")
    with errors_of_file(label, "model_config", "the config of a model"):
        if int(version.split(".")[0]) < 3:
            config, training = legacy_config.model_config(config), legacy_config.training_config(training, config)
        else:
            training = legacy_config.compile_config(training)
    return {**config, "compile_config": training}


def _text(group: hdf5.Group, name: str, label: str) -> str | None:
    """An attribute that is a text; None if there is none."""
    value = group.attributes.get(name)
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError:
            raise LoadError(label, name, "it is not UTF-8 text", "text") from None
    if not isinstance(value, (str, type(None))):
        raise LoadError(label, name, f"an attribute of type {type(value).__name__}", "text")
    return value


def _load_optimizer(model: Model, optimizer: Optimizer, group: hdf5.Group | hdf5.Dataset | None, label: str) -> None:
    if not isinstance(group, hdf5.Group):
        return  # the model was not trained
    arrays, plan = _arrays(group, label), Plan(label)
    if not optimizer.built and len(arrays) > len(optimizer.variables):
        optimizer.build(model.trainable_variables)
    if assign_optimizer(plan, optimizer, arrays):
        plan.run(discard=True)
    else:
        warn(f"the state of the optimizer in {label} does not fit {type(optimizer).__name__}, which starts from the beginning")


# ---- reading weights


def load_weights(model: Model, path: str | PathLike, skip_mismatch: bool = False, by_name: bool = False) -> None:
    """Set the weights of a model from a file of weights or of a whole model; see `saving.load_weights`.

    Raises:
        LoadError: The file is damaged, or does not fit the model.
        StateError: The model is not built.
    """
    label = str(path)
    if not model.built:
        fix = "call it on data first, or model.build(input_shape)"
        raise StateError("a model that is not built yet", "variables", fix, where=f"loading {label}")
    with errors_of_file(label), open_file(path) as file:
        group = _weights_group(hdf5.read(file, label), label)
        (_compare_by_name if by_name else _compare)(model, group, label, skip_mismatch=skip_mismatch).run()


def has_layer_names(path: str | PathLike) -> bool:
    """Whether a file has this format, whatever its name says."""
    with errors_of_file(str(path)), open_file(path) as file:
        root = hdf5.read(file, str(path))
        return not _names_missing(root) or "model_config" in root.attributes


def _names_missing(group: hdf5.Group) -> bool:
    return "layer_names" not in group.attributes and "layer_names0" not in group.attributes


def _weights_group(root: hdf5.Group, label: str) -> hdf5.Group:
    group = root.find(WEIGHTS) if _names_missing(root) else root
    if not isinstance(group, hdf5.Group) or _names_missing(group):
        raise LoadError(label, "layer_names", "the file has no names of layers", "weights as model.save or Keras 2 wrote them")
    return group


def _names(group: hdf5.Group, attribute: str, label: str) -> list[str]:
    """The names in an attribute, or in several with numbers."""
    if attribute in group.attributes:
        values = [group.attributes[attribute]]
    else:
        values = []
        while f"{attribute}{len(values)}" in group.attributes:
            values.append(group.attributes[f"{attribute}{len(values)}"])
    names = []
    for value in values:
        for name in np.asarray(value).reshape(-1).tolist():
            text = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
            if not isinstance(text, str):
                raise LoadError(label, f"{group.name}/{attribute}".strip("/"), "it has other values than names", "texts")
            names.append(text)
    return names


def _arrays(group: hdf5.Group, label: str) -> dict[str, Stored]:
    """The arrays of a group by name, in the order in which the group lists them."""
    names, arrays = _names(group, "weight_names", label), dict[str, Stored]()
    for name in names:
        found = group.find(name)
        if not isinstance(found, hdf5.Dataset) or name in arrays:
            reason = "it is listed twice" if name in arrays else "it is listed, but missing"
            raise LoadError(label, f"{group.name}/{name}".strip("/"), reason, "an array for each name", "the file is damaged")
        arrays[name] = found
    return arrays


def _group(group: hdf5.Group, name: str, label: str) -> dict[str, Stored]:
    found = group.find(name)
    if not isinstance(found, hdf5.Group):
        raise LoadError(
            label, f"{group.name}/{name}".strip("/"), "it is listed, but missing", "a group for each layer", "the file is damaged"
        )
    return _arrays(found, label)


def _compare(model: Model, group: hdf5.Group, label: str, skip_mismatch: bool = False, by_name: bool = False) -> Plan:
    """Compare the layers with weights in the order of the file with those of the model.

    Args:
        model: The model.
        group: The weights in the file.
        label: The file, for errors.
        skip_mismatch: Whether weights that do not fit keep their values.
        by_name: Whether layers of the same name belong together if all have one: for models that were built from the same file.
    """
    plan = Plan(label)
    stored = {name: _group(group, name, label) for name in _names(group, "layer_names", label)}
    stored = {name: arrays for name, arrays in stored.items() if arrays}
    layers = {id(layer): layer for layer in model.layers if layer.weights}
    names = [layer.name for layer in layers.values()]
    if len(layers) != len(stored):
        fix = "build the same architecture as the one that was saved; by_name=True loads the layers of the same names"
        missing = [name for name in stored if name not in names] or [name for name in names if name not in stored]
        found = f"{len(stored)} layers with weights" + (f"; {', '.join(map(repr, missing[:4]))} occur on one side only" if missing else "")
        raise LoadError(label, group.name, found, f"{len(layers)}, as in the model", fix)
    if by_name and set(names) == set(stored):
        stored = {name: stored[name] for name in names}
    for (name, arrays), layer in zip(stored.items(), layers.values(), strict=True):
        _assign(plan, layer, ordered(layer), arrays, f"{group.name}/{name}".strip("/"), skip_mismatch)
    if isinstance(group.find(TOP), hdf5.Group):
        _assign(plan, model, _own_weights(model), _group(group, TOP, label), TOP, skip_mismatch)
    return plan


def _compare_by_name(model: Model, group: hdf5.Group, label: str, skip_mismatch: bool = False) -> Plan:
    """Compare the layers that have the same name in the file and in the model; the others are left as they are."""
    plan = Plan(label)
    names = set(_names(group, "layer_names", label))
    for layer in model.layers:
        if layer.name in names:
            arrays = _group(group, layer.name, label)
            _assign(plan, layer, ordered(layer), arrays, f"{group.name}/{layer.name}".strip("/"), skip_mismatch)
    if isinstance(group.find(TOP), hdf5.Group):
        _assign(plan, model, _own_weights(model), _group(group, TOP, label), TOP, skip_mismatch)
    return plan


def _assign(plan: Plan, layer: Layer, own: list[Variable], arrays: Mapping[str, Stored], member: str, skip_mismatch: bool) -> None:
    """Plan the assignment of one layer's weights."""
    stored = converted(own, list(arrays.values()))
    same = "build the same architecture as the one that was saved; skip_mismatch=True keeps what does not fit"
    if len(own) != len(stored):
        if skip_mismatch:
            plan.skipped.append(f"{layer.name} ({len(stored)} arrays instead of {len(own)})")
            return
        raise LoadError(plan.label, member, f"{len(stored)} arrays for {layer.name!r}", f"{len(own)}, one for each of its weights", same)
    for variable, array, name in zip(own, stored, arrays, strict=True):
        wrong = tuple(array.shape) != tuple(variable.shape)
        if not wrong and array.dtype.kind not in "fiubV":
            raise LoadError(plan.label, f"{member}/{name}", f"dtype {array.dtype}", "numbers", same)
        if not wrong:
            plan.assignments.append((variable, array))
        elif skip_mismatch:
            plan.skipped.append(f"{variable.path} (shape {tuple(array.shape)} instead of {tuple(variable.shape)})")
        else:
            reason = f"shape {tuple(array.shape)} for {variable.path!r}"
            raise LoadError(plan.label, f"{member}/{name}", reason, f"shape {tuple(variable.shape)}", same)
