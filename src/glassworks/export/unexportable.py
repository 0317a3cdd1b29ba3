"""The error for what the program of another format cannot express."""

from __future__ import annotations

from glassworks.errors import ArgumentError

# What to do where the sizes that are left open are the reason.
GIVE_SIZES = "give the sizes that it depends on, such as input_signature=[InputSpec(shape=(None, 20, 8))] for sequences of 20 steps"


class UnexportableError(ArgumentError):
    """A computation that cannot be written in the format.

    Args:
        reason: Why not.
        fix: What to do.
        where: The layer and op.
    """

    def __init__(self, reason: str, fix: str, where: str | None = None) -> None:
        super().__init__(reason, "computations that the format has words for", fix, where=where)
