"""`Plan`: a graph on its way to a program. Each pass takes a plan and fills in more of it; `print(plan)` shows how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from glassworks.engine.native.ir.groups import Group
from glassworks.engine.native.ir.ops import Op
from glassworks.engine.native.ir.target import Target
from glassworks.engine.native.ir.text import to_text
from glassworks.engine.native.ir.values import Storage
from glassworks.graph import Variable


class Lifetime(NamedTuple):
    """A value's bytes, and the first and last wave that need it."""

    bytes: int
    first: int
    last: int


@dataclass(eq=False)
class DerivedConstant:
    """What a function makes of a variable that the program leaves alone; `version` is that of the value it was made of."""

    variable: Variable
    array: np.ndarray
    function: Callable[[np.ndarray], np.ndarray]
    version: int = -1

    def refresh(self) -> None:
        """Compute it again if the variable has another value by now."""
        if self.variable.version != self.version:
            self.array[:] = self.function(self.variable.memory()).reshape(-1)
            self.version = self.variable.version


@dataclass(eq=False)
class Plan:
    """What will be computed, and, pass by pass, in which groups, when, and where.

    Attributes:
        target: The core it is made for.
        stage: The name of what the last pass made of it: "lowered", "fused" ...
        inputs, outputs: Storages of the graph's ends; an output may be a plain Python value.
        reads, writes: Storages of the variables before and after the step.
        derived: What is computed from variables before the program runs.
        ops: From lowering on: the operations in order.
        groups: From fusion on: what one station each will do, in no particular order.
        waves: From scheduling on: groups that may run at the same time, wave after wave.
        in_place_variables: Storages that are computed in the memory of a variable.
        escaping: Storages that must be in memory: read by another group, or a result.
        idle_waves: Those during which other threads may gather the next batch.
        buffers: From placing on: the storages in memory, by their index.
        lifetimes, offsets: Of temporary storages; the offsets are those in the arena.
    """

    target: Target
    inputs: list[Storage]
    outputs: list[Any]
    reads: dict[Variable, Storage]
    writes: dict[Variable, Storage]
    ops: list[Op]
    derived: list[DerivedConstant] = field(default_factory=list)
    stage: str = "lowered"
    groups: list[Group] = field(default_factory=list)
    waves: list[list[Group]] = field(default_factory=list)
    in_place_variables: dict[Storage, Variable] = field(default_factory=dict)
    escaping: set[Storage] = field(default_factory=set)
    idle_waves: list[int] = field(default_factory=list)
    buffers: list[Storage] = field(default_factory=list)
    lifetimes: dict[Storage, Lifetime] = field(default_factory=dict)
    offsets: dict[Storage, int] = field(default_factory=dict)
    arena_bytes: int = 0
    scratch_bytes: int = 0

    @property
    def results(self) -> list[Storage]:
        """The storages that must hold a value at the end: outputs, and new values of variables."""
        return [storage for storage in (*self.outputs, *self.writes.values()) if isinstance(storage, Storage)]

    @property
    def stations(self) -> list[Group]:
        """The groups in the order of the program's stations: wave after wave."""
        return [group for wave in self.waves for group in wave]

    def variable_of(self, storage: Storage) -> Variable | None:
        """The variable in whose memory a storage lies."""
        return self.in_place_variables.get(storage, storage.variable)

    def __str__(self) -> str:
        return to_text(self)
