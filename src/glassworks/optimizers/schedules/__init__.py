"""Learning rates that change with the step."""

from glassworks.optimizers.schedules.base import SCHEDULES as SCHEDULES
from glassworks.optimizers.schedules.base import LearningRateSchedule as LearningRateSchedule
from glassworks.optimizers.schedules.base import deserialize as deserialize
from glassworks.optimizers.schedules.base import serialize as serialize
from glassworks.optimizers.schedules.decay import CosineDecay as CosineDecay
from glassworks.optimizers.schedules.decay import CosineDecayRestarts as CosineDecayRestarts
from glassworks.optimizers.schedules.decay import ExponentialDecay as ExponentialDecay
from glassworks.optimizers.schedules.decay import InverseTimeDecay as InverseTimeDecay
from glassworks.optimizers.schedules.decay import PiecewiseConstantDecay as PiecewiseConstantDecay
from glassworks.optimizers.schedules.decay import PolynomialDecay as PolynomialDecay

SCHEDULES.add_exported(globals(), LearningRateSchedule)
