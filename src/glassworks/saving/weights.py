"""Files of weights without an architecture: `.weights.h5` (in one file or in shards), safetensors, `.npz`."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentError, LoadError, SaveError, StateError, warn
from glassworks.files import atomic_file, open_regular, save_error
from glassworks.graph import Variable
from glassworks.saving import bounded_json, hdf5, npz, safetensors
from glassworks.saving.archive import Archive
from glassworks.saving.boundary import errors_of_file, open_file
from glassworks.saving.restore import Plan, Stored, Values, compare, take
from glassworks.saving.state import Stateful
from glassworks.saving.tensors import LazyTensor

if TYPE_CHECKING:
    from glassworks.models.model import Model
    from glassworks.optimizers import Optimizer


# An optimizer that has not been built has a counter, and perhaps a learning rate.
MOST_WITHOUT_SLOTS = 2
SUFFIXES = (".weights.h5", ".safetensors", ".npz")


def tree_of(root: Stateful) -> hdf5.Tree:
    """What the HDF5 file of a model's state has: for every object its arrays in a group `vars`, which knows the object's name."""
    tree = hdf5.Tree()
    for path, owner, values in take(root):
        add_to(tree, path, owner, values)
    return tree


def add_to(tree: hdf5.Tree, path: str, owner: Stateful, values: Values) -> None:
    """Put the values of one object into a tree."""
    group = tree.group(f"{path}/vars")
    name = getattr(owner, "name", None)
    if isinstance(name, str):
        group.attributes["name"] = name
    for key, value in values.items():
        group.members[key] = _lazy(value)


def _lazy(value: Variable | np.ndarray) -> hdf5.LazyArray | np.ndarray:
    if isinstance(value, Variable):
        return hdf5.LazyArray(value.shape, dtypes.numpy_dtype(value.spec.dtype), value.peek)
    return value


def _lazy_tensor(value: Variable | np.ndarray) -> LazyTensor:
    if isinstance(value, Variable):
        return LazyTensor(value.shape, dtypes.numpy_dtype(value.spec.dtype), value.peek)
    return LazyTensor(value.shape, value.dtype, lambda: value)


def find_in(root: hdf5.Group, path: str) -> Mapping[str, Stored]:
    """The arrays that an HDF5 file has for the object at a path."""
    for name in (path, path.replace("layers", "_layer_checkpoint_dependencies")):  # the second: Keras 2.13
        group = root.find(f"{name}/vars".lstrip("/"))
        if isinstance(group, hdf5.Group):
            return {key: value for key, value in group.items() if isinstance(value, hdf5.Dataset)}
    return {}


# ---- writing


def save_weights(model: Model, path: str | PathLike, max_shard_size: float | None = None) -> None:
    """Write the state of a model; see `Model.save_weights`."""
    name = str(path)
    if not model.built:
        raise StateError(
            "a model that is not built yet", "weights to save", "call it on data, or model.build(input_shape)", where=f"saving {name}"
        )
    if max_shard_size is not None:
        _save_shards(model, Path(path), max_shard_size)
        return
    _require_suffix(name, SUFFIXES)
    with atomic_file(path) as file:
        if name.endswith(".h5"):
            hdf5.write(file, tree_of(model))
        else:
            tensors = {name: _lazy_tensor(value) for name, (_, _, value) in named(model).items()}
            (safetensors if name.endswith(".safetensors") else npz).write(file, tensors)


def named(model: Model) -> dict[str, tuple[str, str, Variable | np.ndarray]]:
    """What files without groups have: for each name the path of the object, the key of its array there, and the array.

    A name is the path of the object and the name of the variable. The state of the optimizer is not among them.

    >>> from glassworks import Sequential, layers
    >>> list(named(Sequential([layers.Input((2,)), layers.Dense(1)])))
    ['layers/dense/kernel', 'layers/dense/bias']
    """
    table: dict[str, tuple[str, str, Variable | np.ndarray]] = {}
    for path, _, values in take(model):
        if path.split("/")[0] == "optimizer":
            continue
        for key, value in values.items():
            own = value.name if isinstance(value, Variable) else key
            name, number = f"{path}/{own}".lstrip("/"), 1
            while name in table:
                name, number = f"{path}/{own}_{number}".lstrip("/"), number + 1
            table[name] = path, key, value
    return table


def _require_suffix(name: str, suffixes: Iterable[str]) -> None:
    suffixes = tuple(suffixes)
    if not name.endswith(suffixes):
        raise ArgumentError(
            f"the path {name!r}", f"a path that ends in {', '.join(suffixes)}", f"for example {Path(name).with_suffix(suffixes[0])}"
        )


def _save_shards(model: Model, path: Path, max_shard_size: float) -> None:
    """Files of at most some gigabytes, and an index that says which file has which object; the index is written last.

    The files that an earlier index names stay until the new index is there, so the new ones have other names.
    """
    _require_suffix(path.name, (".weights.json", ".weights.h5"))
    index_path = path.with_suffix(".json")
    base = index_path.name.removesuffix(".weights.json")
    shards, places, total = _divided(model, int(max_shard_size * 1024**3))
    earlier = _files_of_index(index_path, base)
    mark = "b" if f"{base}_00000.weights.h5" in earlier else ""
    names = [f"{base}_{number:05}{mark}.weights.h5" for number in range(len(shards))]
    try:
        for name, shard in zip(names, shards, strict=True):
            with atomic_file(index_path.with_name(name)) as file:
                hdf5.write(file, shard)
        weight_map = {place: names[own[0]] if len(own) == 1 else [names[number] for number in own] for place, own in places.items()}
        with atomic_file(index_path) as file:
            file.write(json.dumps({"metadata": {"total_size": total}, "weight_map": weight_map}, indent=4).encode())
    except BaseException:
        with contextlib.suppress(SaveError):  # the index may be the new one already: the last call of all can fail, too
            _remove(index_path, {*names, *earlier} - _files_of_index(index_path, base))
        raise
    _remove(index_path, earlier - {*names})


def _remove(index: Path, names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(OSError):
            index.with_name(name).unlink()


def _files_of_index(path: Path, base: str) -> set[str]:
    """The shards that an index lists, if their names follow the pattern of this index; an empty result if the index cannot be read."""
    try:
        file = open_regular(path, follow=False)
    except FileNotFoundError:
        return set()
    except OSError as error:  # files that it names could be replaced unseen
        raise save_error(path, error) from error
    try:
        with file:
            index = bounded_json.parse(file.read(bounded_json.MOST_BYTES + 1), path, "")
        weights = index["weight_map"] if isinstance(index, dict) else {}
        files = [name for value in weights.values() for name in (value if isinstance(value, list) else [value])]
        return {name for name in files if re.fullmatch(rf"{re.escape(base)}_\d{{5,}}b?\.weights\.h5", name)}
    except (LoadError, LookupError, TypeError, AttributeError):
        return set()


def _divided(model: Model, limit: int) -> tuple[list[hdf5.Tree], dict[str, list[int]], int]:
    """The contents of shards, the numbers of the shards that have the arrays of each object, and the bytes of all arrays."""
    shards, places, size, total = [hdf5.Tree()], dict[str, list[int]](), 0, 0
    for path, owner, values in take(model):
        for key, value in values.items():
            own = value.spec.bytes if isinstance(value, Variable) else value.nbytes
            if own > limit:
                found, expected = f"an array of {own:,} bytes in {path!r}", f"at most the {limit:,} bytes of max_shard_size"
                raise ArgumentError(found, expected, "choose larger shards")
            if size + own > limit:
                shards.append(hdf5.Tree())
                size = 0
            add_to(shards[-1], path, owner, {key: value})
            size, total = size + own, total + own
            numbers = places.setdefault(f"/{path}/vars" if path else "/vars", [])
            if len(shards) - 1 not in numbers:
                numbers.append(len(shards) - 1)
    return shards, places, total


# ---- reading


def load_weights(model: Model, path: str | PathLike, skip_mismatch: bool = False, leave: Iterable[Any] = ()) -> None:
    """Read the state of a model; see `Model.load_weights`."""
    name = str(path)
    if not model.built:
        raise StateError(
            "a model that is not built yet", "variables", "call it on data first, or model.build(input_shape)", where=f"loading {name}"
        )
    _require_suffix(name, (".weights.h5", ".weights.json", ".keras", ".safetensors", ".npz"))
    with errors_of_file(name), ExitStack() as stack:
        if name.endswith((".safetensors", ".npz")):
            without = [model.optimizer] if model.optimizer is not None else []
            plan = _compare_named(model, stack.enter_context(open_file(path)), name, skip_mismatch, [*leave, *without])
        else:
            find = _finder(Path(path), stack)
            without = [] if has_state_of(model.optimizer, find, name) else [model.optimizer]
            plan = compare(model, find, name, skip_mismatch, [*leave, *without])
        plan.run()


def has_state_of(optimizer: Optimizer | None, find: Callable[[str], Mapping[str, Stored]], label: str) -> bool:
    """Whether a file has the state of an optimizer; a warning says so if it has another's.

    Args:
        optimizer: The optimizer of a model, if there is one.
        find: Gives the arrays that the file has for the object at a path.
        label: The file.
    """
    if optimizer is None:
        return True
    stored, own = len(find("optimizer")), len(optimizer._stored_variables())
    if stored > MOST_WITHOUT_SLOTS and stored != own and optimizer.built:
        warn(f"{label} has {stored} arrays of an optimizer, and {type(optimizer).__name__} has {own} variables: its state is left as it is")
    return stored == own


def _finder(path: Path, stack: ExitStack) -> Callable[[str], Mapping[str, Stored]]:
    """A function that gives the arrays of a file for the object at a path."""
    label = str(path)
    if path.name.endswith(".weights.json"):
        return _Shards(path, stack)
    file = stack.enter_context(open_file(path))
    if path.suffix == ".keras":
        part, offset, size, checksum = Archive(file, label, budget=1 << 62).open("model.weights.h5", 1 << 62)
        checksum.check()
        root = hdf5.read(part, f"{label}: model.weights.h5", offset, size)
    else:
        root = hdf5.read(file, label)
    return lambda place: find_in(root, place)


class _Shards:
    """The arrays of a model in several files, of which an index says what each has."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.path, self.stack, self.label = path, stack, str(path)
        self.roots: dict[str, hdf5.Group] = {}
        with open_file(path) as file:
            index = bounded_json.parse(file.read(bounded_json.MOST_BYTES + 1), self.label, "")
        weights = index.get("weight_map") if isinstance(index, dict) else None
        if not isinstance(weights, dict):
            raise LoadError(self.label, "", "no weight_map", "the index of a model in shards")
        self.weights = weights

    def __call__(self, place: str) -> Mapping[str, Stored]:
        files = self.weights.get(f"/{place}/vars" if place else "/vars", [])
        arrays: dict[str, Stored] = {}
        for name in files if isinstance(files, list) else [files]:
            arrays |= find_in(self._root(name), place)
        return arrays

    def _root(self, name: object) -> hdf5.Group:
        # The index says which file, but only of its own folder and of the form that is written.
        if not isinstance(name, str) or Path(name).name != name or not name.endswith(".weights.h5") or "\\" in name:
            raise LoadError(self.label, "weight_map", f"the file {str(name)[:100]!r}", "names of .weights.h5 files beside the index")
        if name not in self.roots:
            file = self.stack.enter_context(open_file(self.path.with_name(name), follow=False))
            self.roots[name] = hdf5.read(file, f"{self.label}: {name}")
        return self.roots[name]


def _compare_named(model: Model, file: BinaryIO, label: str, skip_mismatch: bool, leave: Iterable[Stateful]) -> Plan:
    """Compare the tensors of a file without groups with a model."""
    entries = (safetensors if label.endswith(".safetensors") else npz).read(file, label)
    places = {name: (path, key) for name, (path, key, _) in named(model).items()}
    missing = [name for name in places if name not in entries]
    if missing and not skip_mismatch:
        fix = f"the file has {', '.join(list(entries)[:8])}; skip_mismatch=True keeps what is missing"
        raise LoadError(label, missing[0], "it is missing", "a tensor for each weight of the model", fix)
    arrays: dict[str, dict[str, Stored]] = {}
    for name, (path, key) in places.items():
        if name in entries:
            arrays.setdefault(path, {})[key] = entries[name]
    return compare(model, lambda path: arrays.get(path, {}), label, skip_mismatch, leave)
