"""The state of this thread: the stack of callers, active traces and tapes, name scopes, the autocast dtype.

Each thread has its own `Context`. A `with` block of the library that changes it restores it at its end.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from glassworks.checks import Finding
    from glassworks.distribution.strategies import Distribution
    from glassworks.graph.array import Array
    from glassworks.graph.deferral import Deferral
    from glassworks.graph.stateless import StatelessScope
    from glassworks.graph.tape import GradientTape
    from glassworks.graph.tracing import Trace
    from glassworks.graph.variable import Variable
    from glassworks.guards import Reads
    from glassworks.layers.call_context import CallContext
    from glassworks.scope import Frame
    from glassworks.training.trainer import Trainer
    from glassworks.typing import Tensor


class Context(threading.local):
    """The state of one thread.

    Attributes:
        frames: The layers and ops being executed, outermost first; see `scope.py`.
        names: The open name scopes; see `names.py`.
        traces: The traces being recorded, innermost last; None where tracing is suspended.
        tapes: The tapes that record.
        stateless: The `StatelessScope`s that are open.
        journals: The journals in which variables record their values before they are written.
        conditions: The conditions under which the code being traced is needed, each with the number of open traces when it was set.
        autocast: The dtype in which float variables are read: the compute dtype of a mixed-precision layer.
        call: The state that the outermost running layer call shares with the calls inside it.
        deferral: The block in which new variables are computed when first read; see `graph/deferral.py`.
        watcher: A function that is called after each layer call, with the layer, its arguments and its outputs.
        listener: A function that findings go to, instead of becoming warnings; see `checks.py`.
        reads: The record of attributes that the code being traced reads; see `guards.py`.
        distribution: The current distribution of a model among devices; see `distribution/`.
        trainers: The trainers whose metrics are counting, innermost last; see `training/counting.py`.
    """

    def __init__(self) -> None:
        self.frames: tuple[Frame, ...] = ()
        self.names: tuple[str, ...] = ()
        self.traces: list[Trace | None] = []
        self.tapes: tuple[GradientTape, ...] = ()
        self.stateless: tuple[StatelessScope, ...] = ()
        self.journals: tuple[dict[Variable, Array], ...] = ()
        self.conditions: tuple[tuple[int, Tensor], ...] = ()
        self.autocast: str | None = None
        self.call: CallContext | None = None
        self.deferral: Deferral | None = None
        self.watcher: Callable[[Any, Any, Any], None] | None = None
        self.listener: Callable[[Finding], None] | None = None
        self.reads: Reads | None = None
        self.distribution: Distribution | None = None
        self.trainers: list[Trainer] = []


context = Context()
