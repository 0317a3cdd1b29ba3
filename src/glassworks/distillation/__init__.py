"""Distillation: a small model learns from the answers of a large one."""

from glassworks.distillation.distiller import Distiller as Distiller
from glassworks.distillation.losses import DistillationLoss as DistillationLoss
from glassworks.distillation.losses import FeatureDistillation as FeatureDistillation
from glassworks.distillation.losses import LogitsDistillation as LogitsDistillation
