"""The error for what only a fault of the planner can cause."""

from __future__ import annotations

from glassworks.errors import GraphError


def planner_fault(found: str, expected: str, where: str) -> GraphError:
    """An error about a plan that must not be run, whatever the user's model is."""
    return GraphError(
        found,
        expected,
        "the planner has a fault: please report it with the model; config.set_engine('reference') runs the model without the planner",
        where=where,
    )
