"""Take the state of a model out of it, and put one from a file into it: all of it or nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol, cast

import numpy as np

from glassworks import dtypes
from glassworks.configured import is_overridden
from glassworks.errors import ArgumentError, LoadError, warn
from glassworks.graph import Journal, Variable
from glassworks.graph.stored import StoredVariables
from glassworks.saving.state import Stateful, walk

MOST_LISTED = 5


class Stored(Protocol):
    """An array in a file that has not been read yet."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""

    @property
    def dtype(self) -> np.dtype:
        """Its dtype."""

    def read(self) -> np.ndarray:
        """An array of its own memory."""


Values = dict[str, Variable | np.ndarray]
"""What an object stores under `vars`: its variables as "0", "1" and so on, or what its own `save_own_variables` gives."""


class _WithFiles(Protocol):
    """What layers with files beside their variables have."""

    def save_assets(self, dir_path: str) -> None: ...

    def load_assets(self, dir_path: str) -> None: ...

    def _assets(self) -> dict[str, bytes]: ...

    def _set_assets(self, files: Mapping[str, bytes]) -> None: ...


def _variables(owner: Stateful) -> list[Variable]:
    """The variables that an object stores where its class does not override how."""
    return cast(StoredVariables, owner)._stored_variables()


def _owners_of_files(root: Stateful) -> Iterator[tuple[str, _WithFiles]]:
    """Yield every object that keeps files, and its path."""
    for path, owner in walk(root):
        if hasattr(owner, "save_assets") and hasattr(owner, "load_assets"):
            yield path, cast("_WithFiles", owner)


def take(root: Stateful) -> Iterator[tuple[str, Stateful, Values]]:
    """Yield the path of every object with state, the object, and what it stores."""
    for path, owner in walk(root):
        if is_overridden(owner, "save_own_variables"):
            store: Values = {}
            owner.save_own_variables(store)
            yield path, owner, {str(name): np.asarray(value) for name, value in store.items()}
        else:
            yield path, owner, {str(i): value for i, value in enumerate(cast(StoredVariables, owner)._stored_values())}


@dataclass
class Plan:
    """What loading will do, after everything was compared with the model and before anything is read.

    Attributes:
        label: The file, for errors.
        assignments: Each variable, and the array for it.
        calls: Each object that loads itself, and its arrays.
        skipped: What does not fit, where that is allowed.
    """

    label: str
    assignments: list[tuple[Variable, Stored]] = field(default_factory=list)
    calls: list[tuple[Stateful, Mapping[str, Stored], str]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def run(self, discard: bool = False) -> None:
        """Read the arrays and assign them. If anything fails, nothing has changed.

        Args:
            discard: Whether the model is thrown away if this fails; then arrays are assigned as they are read, and not twice in memory.
        """
        pairs: Iterable[tuple[Variable, np.ndarray]] = ((variable, _as(stored, variable)) for variable, stored in self.assignments)
        # A journal would ask for the values that variables have now, which those of a new model need not have yet.
        with nullcontext() if discard else Journal():
            for variable, array in pairs if discard else list(pairs):
                variable.set_array(array)
            for owner, arrays, path in self.calls:
                self._call(owner, arrays, path)
        if self.skipped:
            listed = "; ".join(self.skipped[:MOST_LISTED])
            more = f"; and {len(self.skipped) - MOST_LISTED} more" if len(self.skipped) > MOST_LISTED else ""
            warn(f"{self.label}: {len(self.skipped)} parts of the model were left as they are: {listed}{more}")

    def _call(self, owner: Stateful, arrays: Mapping[str, Stored], path: str) -> None:
        try:
            owner.load_own_variables(_Reading(arrays))
        except LoadError:
            raise
        except Exception as error:
            text = f"{type(owner).__name__}.load_own_variables failed: {error}"
            raise LoadError(self.label, path, text, "what its save_own_variables stored") from error


def compare(
    root: Stateful, find: Callable[[str], Mapping[str, Stored]], label: str, skip_mismatch: bool = False, leave: Iterable[Stateful] = ()
) -> Plan:
    """Compare a model with what a file has for it.

    Args:
        root: The model.
        find: Gives the arrays that the file has for the object at a path, by name.
        label: The file, for errors.
        skip_mismatch: Whether objects that do not fit keep their state.
        leave: Objects that keep their state, with all that is inside them.

    Raises:
        LoadError: An array is missing, superfluous, or of another shape or kind than the variable for it.
    """
    plan, left = Plan(label), {id(part) for owner in leave for _, part in walk(owner)}
    for path, owner in walk(root):
        if id(owner) in left:
            continue
        arrays = find(path)
        if is_overridden(owner, "load_own_variables"):
            plan.calls.append((owner, arrays, path))
            continue
        own = _variables(owner)
        fault = _fault(own, arrays, owner)
        if fault is None:
            plan.assignments += [(variable, arrays[str(i)]) for i, variable in enumerate(own)]
            plan.assignments += [(variable, _Zeros(variable)) for variable in cast(StoredVariables, owner)._zeroed_by_loading()]
        elif skip_mismatch:
            plan.skipped.append(f"{path or 'the model'} ({fault[1]})")
        else:
            member, reason, expected, fix = fault
            raise LoadError(label, f"{path}/vars/{member}".strip("/") if member else path or "the model", reason, expected, fix)
    return plan


def _fault(own: list[Variable], arrays: Mapping[str, Stored], owner: object) -> tuple[str, str, str, str] | None:
    """What is wrong with the arrays for an object: the array, the reason, what was expected, and the fix; None if all is right."""
    same = "build the same architecture as the one that was saved; skip_mismatch=True keeps what does not fit"
    name = getattr(owner, "name", type(owner).__name__)
    if len(arrays) != len(own):
        built = getattr(owner, "built", True)
        fix = same if built else f"build it first, for example by calling the model on data: {name!r} has no variables yet"
        return "", f"{len(arrays)} arrays for {name!r}", f"{len(own)}, one for each of its variables", fix
    for i, variable in enumerate(own):
        stored = arrays.get(str(i))
        if stored is None:
            return str(i), f"it is missing, for {variable.path!r}", "an array for each variable", same
        if tuple(stored.shape) != tuple(variable.shape):
            return str(i), f"shape {tuple(stored.shape)} for {variable.path!r}", f"shape {tuple(variable.shape)}", same
        kinds = _kind(stored.dtype), _kind(dtypes.numpy_dtype(variable.spec.dtype))
        if kinds[0] != kinds[1]:
            return str(i), f"dtype {stored.dtype} for {variable.path!r}", f"{variable.spec.dtype}, or another dtype of its kind", same
    return None


class _Zeros:
    """Zeros for a variable, in place of an array of a file."""

    def __init__(self, variable: Variable) -> None:
        self.shape, self.dtype = tuple(variable.shape), dtypes.numpy_dtype(variable.spec.dtype)

    def read(self) -> np.ndarray:
        return np.zeros(self.shape, self.dtype)


def _kind(dtype: np.dtype) -> str:
    """Floats of all sizes are of one kind, and so are integers with and without sign: Keras's backends differ in these."""
    return {"V": "f", "u": "i"}.get(dtype.kind, dtype.kind)


def _as(stored: Stored, variable: Variable) -> np.ndarray:
    return np.asarray(stored.read(), dtypes.numpy_dtype(variable.spec.dtype))


class _Reading(Mapping[str, np.ndarray]):
    """Stored arrays, read when they are looked up: what `load_own_variables` of a user's class gets."""

    def __init__(self, arrays: Mapping[str, Stored]) -> None:
        self._arrays = arrays

    def __getitem__(self, name: str) -> np.ndarray:
        return self._arrays[name].read()

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


# ---- assets: files that an object keeps beside its variables, such as a vocabulary


def take_assets(root: Stateful) -> dict[str, bytes]:
    """The files of all objects with assets, by "path/name"."""
    found: dict[str, bytes] = {}
    for path, owner in _owners_of_files(root):
        files = _files_of_users_class(owner) if is_overridden(owner, "save_assets") else owner._assets()
        found |= {f"{path}/{name}".lstrip("/"): data for name, data in files.items()}
    return found


def _files_of_users_class(owner: _WithFiles) -> dict[str, bytes]:
    """What a user's `save_assets` writes to the folder that it is given."""
    with tempfile.TemporaryDirectory() as folder:
        owner.save_assets(folder)
        files = [file for file in sorted(Path(folder).rglob("*")) if file.is_file() and not file.is_symlink()]
        return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def put_assets(root: Stateful, names: Iterable[str], read: Callable[[str], bytes], label: str) -> None:
    """Give all objects with assets their files.

    Args:
        root: The model.
        names: The names of the files that there are, as `take_assets` gives them.
        read: Gives the content of one.
        label: The file that they come from, for errors.

    Raises:
        LoadError: A file is missing or cannot be read.
    """
    names = list(names)
    for path, owner in _owners_of_files(root):
        prefix = f"{path}/" if path else ""
        files = {name.removeprefix(prefix): read(name) for name in names if name.startswith(prefix)}
        try:
            if is_overridden(owner, "load_assets"):
                with tempfile.TemporaryDirectory() as folder:
                    for relative, data in files.items():
                        _write_below(Path(folder), relative, data)
                    owner.load_assets(folder)
            else:
                owner._set_assets(files)
        except LoadError:
            raise
        except Exception as error:
            raise LoadError(label, f"assets of {path or 'the model'}", str(error), "what its save_assets wrote") from error


def _write_below(folder: Path, relative: str, data: bytes) -> None:
    """Write a regular file below a folder that this process has just made."""
    parts = PurePosixPath(relative).parts
    if ".." in parts or relative.startswith("/") or "\\" in relative or ":" in relative:
        raise ArgumentError(f"an asset {relative!r}", "a name below its folder")
    target = folder.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
