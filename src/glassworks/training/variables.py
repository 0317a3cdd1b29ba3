"""The variables that training may change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassworks import tree
from glassworks.graph import Variable
from glassworks.optimizers import Optimizer

if TYPE_CHECKING:
    from glassworks.training.trainer import Trainer


def variables_of(trainer: Trainer) -> list[Variable]:
    """All variables that a step may change: weights, seeds, slots of optimizers, metrics, and others that the traced step writes."""
    model = trainer.model
    optimizers = [trainer.optimizer, *tree.held(vars(model).values(), Optimizer)]
    held = [*model.variables, *(variable for optimizer in optimizers for variable in getattr(optimizer, "variables", []))]
    held += [variable for metric in model.metrics for variable in metric.variables]
    last = trainer.programs.last.get("train")
    held += list(last.program.graph.writes) if last is not None else []
    return list({id(variable): variable for variable in held}.values())
