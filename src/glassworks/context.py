"""What is going on in this thread: who is calling, what is traced or recorded, in which names and dtypes.

Each thread has a `Context` of its own. What a `with` block of the library sets here, it sets back at its end.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from glassworks.graph.array import Array
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
    """What runs in one thread.

    Attributes:
        frames: The layers and ops being executed, outermost first; see `scope.py`.
        names: The open name scopes; see `names.py`.
        traces: The traces being recorded, innermost last; None where tracing is suspended.
        tapes: The tapes that record.
        stateless: The `StatelessScope`s that are open.
        journals: Where variables note what they held before they are written.
        conditions: Under which what is traced now is needed, each with the number of traces when it was set.
        autocast: The dtype that float variables are read in: the compute dtype of a mixed-precision layer.
        call: What the running outermost layer call shares with those inside it.
        watcher: Told of each layer call and its outputs.
        reads: Of settings by what is traced now; see `guards.py`.
        trainers: Whose metrics are counting, innermost last; see `training/counting.py`.
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
        self.watcher: Callable[[Any, Any], None] | None = None
        self.reads: Reads | None = None
        self.trainers: list[Trainer] = []


context = Context()
