"""`ProgramCache`: the programs of one model or function, each with the guard of its trace."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from glassworks.context import context
from glassworks.engine.base import Program
from glassworks.engine.choice import choose, compile_graph
from glassworks.graph import Graph, Spec
from glassworks.guards import Guard, Reads

# The largest number of programs, and of programs for one signature: older ones remain after a change of the model.
MOST_PROGRAMS, MOST_PER_SIGNATURE = 64, 4
# The most bytes in tables and constants of programs, unless a few signatures alone need more.
MOST_BYTES, LEAST_SIGNATURES = 32_000_000, 4


class CachedProgram:
    """A program in the cache, with the guard of its trace.

    Attributes:
        key: The engine and the signature that it was compiled for.
        program: The program.
        guard: The check that the program is still valid.
        bytes: The approximate memory of both.
    """

    __slots__ = ("bytes", "guard", "key", "program")

    def __init__(self, key: Hashable, program: Program, guard: Guard) -> None:
        self.key, self.program, self.guard = key, program, guard
        self.bytes = program.bytes


class ProgramCache:
    """Programs by signature, in one workspace. The least recently used are dropped when there are too many, or when they are too large.

    Attributes:
        shortcuts: Programs by a cheaper key of the caller's, for callers that cannot afford to compute the signature.
            Such callers check the guard themselves. The dict is cleared whenever a program is dropped.
    """

    def __init__(self) -> None:
        self._entries: dict[Hashable, list[CachedProgram]] = {}
        self.shortcuts: dict[Hashable, CachedProgram] = {}
        self._workspaces: dict[str, Any] = {}

    def __reduce__(self) -> Any:
        return ProgramCache, ()  # programs are not copied: a copy traces again

    def __deepcopy__(self, memo: dict[int, Any]) -> ProgramCache:
        return ProgramCache()

    def __len__(self) -> int:
        return sum(map(len, self._entries.values()))

    def find(self, signature: Hashable, make_graph: Callable[[], Graph], objects: Iterable[Any] = ()) -> CachedProgram:
        """The program of a signature, which is traced and compiled now if no valid one exists.

        Args:
            signature: The key of the caller's arguments: shapes, dtypes, Python values.
            make_graph: A function that traces the graph; it is called only if needed.
            objects: The objects that the traced code gets besides arrays; their settings are watched, too.
        """
        key = (choose().name, context.autocast, signature)
        entries = self._entries.get(key, [])
        for kept in entries:
            if kept.guard.holds():
                self._entries[key] = self._entries.pop(key, entries)
                return kept
        with Reads() as reads:
            for value in objects:
                reads.read_object(value)
            graph = make_graph()
        entry = CachedProgram(key, compile_graph(graph, self._workspace()), reads.guard())
        self._entries.pop(key, None)
        self._entries[key] = [*entries[1 - MOST_PER_SIGNATURE :], entry]
        self._evict()
        return entry

    def _workspace(self) -> Any:
        engine = choose()
        if engine.name not in self._workspaces:
            self._workspaces[engine.name] = engine.workspace()
        return self._workspaces[engine.name]

    def _evict(self) -> None:
        self.shortcuts.clear()
        count, size = len(self), sum(kept.bytes for some in list(self._entries.values()) for kept in some)
        for key in list(self._entries)[:-LEAST_SIGNATURES]:
            if count <= MOST_PROGRAMS and size <= MOST_BYTES:
                break
            gone = self._entries.pop(key, [])  # another thread may have removed it
            count, size = count - len(gone), size - sum(kept.bytes for kept in gone)


class Identity:
    """An object as part of a key, compared by identity. The reference keeps the object alive, so that its id is not reused."""

    __slots__ = ("_object",)

    def __init__(self, value: object) -> None:
        self._object = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identity) and other._object is self._object

    def __hash__(self) -> int:
        return id(self._object)


def signature_of(structure: object) -> Hashable:
    """A key for a structure of `Spec`s and Python values. Structures that a trace could distinguish have different keys.

    >>> signature_of([1, True]) == signature_of([1, 1]), signature_of([1]) == signature_of((1,)), signature_of(0.5) == signature_of(0.5)
    (False, False, True)
    """
    if isinstance(structure, Spec):
        return structure
    if isinstance(structure, dict):
        return (type(structure), *((name, signature_of(value)) for name, value in structure.items()))
    if isinstance(structure, (list, tuple)):
        return (type(structure), *map(signature_of, structure))
    if isinstance(structure, (set, frozenset)):
        return (type(structure), frozenset(map(signature_of, structure)))
    if isinstance(structure, slice):
        return (slice, *map(signature_of, (structure.start, structure.stop, structure.step)))
    if isinstance(structure, (float, complex)):  # NaN equals nothing, and 0.0 equals -0.0
        return (type(structure), repr(structure))
    try:
        hash(structure)
    except TypeError:
        return Identity(structure)
    return (type(structure), structure)
