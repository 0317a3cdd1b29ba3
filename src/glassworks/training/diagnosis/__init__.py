"""Looking for silent mistakes: a check per function, each with a name of `glassworks.checks` and what it finds in words."""

from glassworks.training.diagnosis import scale as scale
from glassworks.training.diagnosis import structure as structure
from glassworks.training.diagnosis import targets as targets
from glassworks.training.diagnosis.evidence import Evidence as Evidence
from glassworks.training.diagnosis.registry import findings as findings
