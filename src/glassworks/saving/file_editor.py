"""`KerasFileEditor`: look into a file of weights, change it, and write it again, where an architecture has changed since."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from glassworks import dtypes, memory
from glassworks.errors import ArgumentError, ArgumentTypeError, DTypeError, LoadError, suggest
from glassworks.files import atomic_file
from glassworks.saving import bounded_json, hdf5
from glassworks.saving.archive import Archive
from glassworks.saving.boundary import errors_of_file, open_file
from glassworks.saving.keras_file import CONFIG, METADATA, WEIGHTS
from glassworks.saving.restore import take
from glassworks.typing import ArrayLike

if TYPE_CHECKING:
    from glassworks.models.model import Model

Weights = dict[str, Any]
"""Arrays by their names "0", "1" and so on, and objects within by theirs: dicts of the same form."""

_WHERE = "saving.KerasFileEditor"


class KerasFileEditor:
    """A file of weights as a dict of arrays, which can be compared with a model, changed and saved.

    An object is named by its path, such as `"layers/dense_2"`, or by its name alone where one object has it.

    Args:
        filepath: A `.keras` or `.weights.h5` file, which stays as it is.

    Attributes:
        weights_dict: The arrays: `weights_dict["layers"]["dense_2"]["0"]`.
        config, metadata: The architecture, and the version and time, of a `.keras` file; None for weights alone.
        object_metadata: The attributes of the file by the path of the object, such as the name of the layer.

    Raises:
        ArgumentError: The path has another end.
        LoadError: The file is damaged, or asks for what loading never does.

    >>> import tempfile
    >>> from glassworks import Sequential, layers
    >>> path = os.path.join(tempfile.mkdtemp(), "model.weights.h5")
    >>> Sequential([layers.Input((2,)), layers.Dense(3, name="dense")]).save_weights(path)
    >>> editor = KerasFileEditor(path)
    >>> editor.summary()
    layers
        dense ('dense')
            0: shape=(2, 3), dtype=float32
            1: shape=(3,), dtype=float32
    >>> editor.rename_object("dense", "head")
    >>> list(editor.weights_dict["layers"])
    ['head']
    """

    def __init__(self, filepath: str | PathLike) -> None:
        self.filepath = os.fspath(filepath)
        self.config: object = None
        self.metadata: object = None
        if not self.filepath.endswith((".keras", ".weights.h5")):
            fix = "rename the file, if it is one"
            raise ArgumentError(f"Invalid filename {self.filepath!r}", "a path that ends in .keras or .weights.h5", fix, where=_WHERE)
        self.object_metadata: dict[str, dict[str, Any]] = {}
        budget = (memory.free_bytes() or 1 << 40) // 2
        with errors_of_file(self.filepath), open_file(filepath) as file:
            if self.filepath.endswith(".keras"):
                archive = Archive(file, self.filepath, budget)
                texts = {name: archive.read(name, bounded_json.MOST_BYTES) for name in (CONFIG, METADATA)}
                self.config, self.metadata = (bounded_json.parse(text, self.filepath, name) for name, text in texts.items())
                part, offset, size, checksum = archive.open(WEIGHTS, archive.size(WEIGHTS))
                self.weights_dict = self._read(hdf5.read(part, f"{self.filepath}: {WEIGHTS}", offset, size), "", [budget])
                checksum.check()
            else:
                self.weights_dict = self._read(hdf5.read(file, self.filepath), "", [budget])

    def _read(self, group: hdf5.Group, path: str, budget: list[int]) -> Weights:
        """The arrays of an object, which stand in its group `vars`, and the objects within it; `budget` are the bytes that may follow."""
        weights: Weights = {}
        for holder in (group, group.get("vars")):
            if isinstance(holder, hdf5.Group) and holder.attributes:
                self.object_metadata[path] = {name: holder.attributes[name] for name in holder.attributes}
        for name, member in _members(group):
            if isinstance(member, hdf5.Dataset):
                if member.nbytes > budget[0]:
                    reason = f"an array of {memory.in_words(member.nbytes)}"
                    raise LoadError(self.filepath, member.name, reason, "arrays that fit in half of the free memory")
                weights[name] = member.read(budget[0])
                budget[0] -= member.nbytes
            elif inner := self._read(member, f"{path}/{name}", budget):
                weights[name] = inner
        return weights

    # ---- looking

    def summary(self) -> None:
        """Print the objects of the file with the shapes and dtypes of their arrays."""
        for line in self._lines(self.weights_dict, "", "    "):
            print(line)

    def _lines(self, weights: Weights, path: str, indent: str) -> Iterator[str]:
        for name, value in weights.items():
            depth = indent * path.count("/")
            if isinstance(value, dict):
                own = self.object_metadata.get(f"{path}/{name}", {}).get("name")
                yield f"{depth}{name}" + (f" ({own!r})" if own else "")
                yield from self._lines(value, f"{path}/{name}", indent)
            else:
                yield f"{depth}{name}: shape={value.shape}, dtype={value.dtype}"

    def compare(self, reference_model: Model) -> dict[str, str | int]:
        """Compare the file with a model, and print what differs.

        Args:
            reference_model: The model.

        Returns:
            `status`, `"success"` or `"error"`; `error_count`, how many objects and weights differ; and `match_count`, how many weights
            have the same shape.
        """
        reference: Weights = {}
        for path, _, values in take(reference_model):
            place = reference if values else {}
            for part in filter(None, path.split("/")):
                place = place.setdefault(part, {})
            place.update(values)
        errors, matches = [], 0
        for error in _differences(self.weights_dict, reference, ""):
            if error is None:
                matches += 1
            else:
                errors.append(error)
        for error in errors:
            print(error)
        outcome = "the file fits the model" if not errors else f"{len(errors)} differences: the file does not fit the model"
        print(f"{outcome} ({matches} weights match)")
        return {"status": "error" if errors else "success", "error_count": len(errors), "match_count": matches}

    # ---- changing

    def rename_object(self, object_name: str, new_name: str) -> None:
        """Give an object, such as a layer, another name.

        Args:
            object_name: Its name or path.
            new_name: The new name, without a path.
        """
        if "/" in new_name:
            fix = f"pass {new_name.split('/')[-1]!r}"
            raise ArgumentError(f"new_name={new_name!r}", "a name, not a path", fix, where=f"{_WHERE}.rename_object")
        holder, name = self._place(object_name)
        holder[new_name] = holder.pop(name)

    def delete_object(self, object_name: str) -> None:
        """Remove an object with all its weights.

        Args:
            object_name: Its name or path.
        """
        holder, name = self._place(object_name)
        del holder[name]

    def add_object(self, object_path: str, weights: Mapping[str, Any]) -> None:
        """Add an object.

        Args:
            object_path: The whole path, such as `"layers/dense_2"`.
            weights: Its arrays by their names, such as `{"0": kernel, "1": bias}`.
        """
        *above, name = object_path.split("/")
        self._at("/".join(above))[name] = _checked(weights)

    def add_weights(self, object_name: str, weights: Mapping[str, Any]) -> None:
        """Add arrays to an object, or replace those of the same names.

        Args:
            object_name: The name or path of the object.
            weights: The arrays by their names.
        """
        holder, name = self._place(object_name)
        holder[name].update(_checked(weights))

    def delete_weight(self, object_name: str, weight_name: str) -> None:
        """Remove an array from an object.

        Args:
            object_name: The name or path of the object.
            weight_name: The name of the array, such as `"0"`.
        """
        holder, name = self._place(object_name)
        if weight_name not in holder[name]:
            raise ArgumentError(
                f"weight {weight_name!r}, not found in object {object_name!r}",
                f"one of {list(holder[name])}",
                suggest(weight_name, holder[name]),
                where=f"{_WHERE}.delete_weight",
            )
        del holder[name][weight_name]

    def _place(self, name: str) -> tuple[Weights, str]:
        """The dict that holds an object, and its name in it."""
        if "/" in name:
            *above, own = name.split("/")
            holder = self._at("/".join(above))
            holders = [holder] if own in holder else []
        else:
            own, holders = name, [weights for weights in _all_dicts(self.weights_dict) if name in weights]
        if len(holders) > 1:
            raise ArgumentError(f"name {name!r}, which occurs more than once", "a single object", "pass the complete path", where=_WHERE)
        if not holders:
            known = [key for weights in _all_dicts(self.weights_dict) for key, value in weights.items() if isinstance(value, dict)]
            raise ArgumentError(f"name {name!r}, not found in the file", "an object of the file", suggest(own, known), where=_WHERE)
        return holders[0], own

    def _at(self, path: str) -> Weights:
        """The dict of the object at a path."""
        place: object = self.weights_dict
        for part in filter(None, path.split("/")):
            place = place.get(part) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            fix = "summary() prints the objects of the file"
            raise ArgumentError(f"path {path!r}, not found in the file", "the path of an object", fix, where=_WHERE)
        return place

    # ---- writing

    def save(self, filepath: str | PathLike) -> None:
        """Write the weights to a file, which models load with `load_weights`.

        Args:
            filepath: The path, which ends in `.weights.h5`.
        """
        if not os.fspath(filepath).endswith(".weights.h5"):
            found = f"Invalid `filepath` {os.fspath(filepath)!r}"
            raise ArgumentError(found, "a path that ends in .weights.h5", "for example edited.weights.h5", where=f"{_WHERE}.save")
        tree = hdf5.Tree()
        self._put(tree, self.weights_dict, "")
        with atomic_file(filepath) as file:
            hdf5.write(file, tree)

    def resave_weights(self, filepath: str | PathLike) -> None:
        """Write the weights to a file; see `save`."""
        self.save(filepath)

    def _put(self, tree: hdf5.Tree, weights: Weights, path: str) -> None:
        for name, value in weights.items():
            if isinstance(value, dict):
                self._put(tree, value, f"{path}/{name}")
            else:
                holder = tree.group(f"{path}/vars")
                holder.members[name] = value
                own = self.object_metadata.get(path, {}).get("name")
                if isinstance(own, str):
                    holder.attributes["name"] = own


def _members(group: hdf5.Group) -> Iterator[tuple[str, hdf5.Group | hdf5.Dataset]]:
    """The members of a group, with those of its group `vars` in the place of that."""
    for name, member in group.items():
        if name == "vars" and isinstance(member, hdf5.Group):
            yield from member.items()
        else:
            yield name, member


def _all_dicts(weights: Weights) -> Iterator[Weights]:
    yield weights
    for value in weights.values():
        if isinstance(value, dict):
            yield from _all_dicts(value)


def _differences(stored: Weights, reference: Weights, path: str) -> Iterator[str | None]:
    """A line for everything that differs, and None for each weight that fits."""
    for name in [*reference, *(name for name in stored if name not in reference)]:
        place = f"{path}/{name}"
        if name not in stored or name not in reference:
            kind = "object" if isinstance((reference if name in reference else stored)[name], dict) else "weight"
            where = "the model, missing from the file" if name in reference else "the file, missing from the model"
            yield f"{kind} {place}: in {where}"
        elif isinstance(stored[name], dict) and isinstance(reference[name], dict):
            yield from _differences(stored[name], reference[name], place)
        elif isinstance(stored[name], dict) or isinstance(reference[name], dict):
            yield f"{place}: an object in one of them, a weight in the other"
        elif tuple(stored[name].shape) != tuple(reference[name].shape):
            yield f"weight {place}: shape {tuple(stored[name].shape)} in the file, {tuple(reference[name].shape)} in the model"
        else:
            yield None


def _checked(weights: Mapping[str, ArrayLike]) -> Weights:
    """The arrays that a caller passes, by their names."""
    if not isinstance(weights, Mapping):
        fix = "pass {'0': kernel, '1': bias}"
        raise ArgumentTypeError(f"weights of type {type(weights).__name__}", "a dict of arrays by name", fix, where=_WHERE)
    arrays = {str(name): np.asarray(value) for name, value in weights.items()}
    for name, array in arrays.items():
        if array.dtype.name not in dtypes.ALL:
            raise DTypeError(f"weight {name!r} of dtype {array.dtype}", "numbers", "pass an array of numbers", where=_WHERE)
    return arrays
