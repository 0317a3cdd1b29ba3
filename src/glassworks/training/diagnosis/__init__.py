"""Checks for silent mistakes: one function per check, each under its name in `glassworks.checks`."""

from glassworks.training.diagnosis import columns as columns
from glassworks.training.diagnosis import floors as floors
from glassworks.training.diagnosis import gap as gap
from glassworks.training.diagnosis import gradients as gradients
from glassworks.training.diagnosis import labels as labels
from glassworks.training.diagnosis import learned as learned
from glassworks.training.diagnosis import learning_rate as learning_rate
from glassworks.training.diagnosis import modes as modes
from glassworks.training.diagnosis import own_losses as own_losses
from glassworks.training.diagnosis import rows as rows
from glassworks.training.diagnosis import scale as scale
from glassworks.training.diagnosis import start as start
from glassworks.training.diagnosis import structure as structure
from glassworks.training.diagnosis import targets as targets
from glassworks.training.diagnosis import units as units
from glassworks.training.diagnosis.evidence import Evidence as Evidence
from glassworks.training.diagnosis.registry import findings as findings
