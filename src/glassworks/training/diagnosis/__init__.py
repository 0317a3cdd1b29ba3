"""Checks for silent mistakes: one function per check, each under its name in `glassworks.checks`."""

from glassworks.training.diagnosis import scale as scale
from glassworks.training.diagnosis import structure as structure
from glassworks.training.diagnosis import targets as targets
from glassworks.training.diagnosis.evidence import Evidence as Evidence
from glassworks.training.diagnosis.registry import findings as findings
