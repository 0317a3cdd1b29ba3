"""Optimizers: rules by which gradients change weights."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from glassworks import old_names as _old_names
from glassworks import registry as _registry
from glassworks.optimizers import legacy as legacy
from glassworks.optimizers import schedules as schedules
from glassworks.optimizers.adadelta import Adadelta as Adadelta
from glassworks.optimizers.adafactor import Adafactor as Adafactor
from glassworks.optimizers.adagrad import Adagrad as Adagrad
from glassworks.optimizers.adam import Adam as Adam
from glassworks.optimizers.adamax import Adamax as Adamax
from glassworks.optimizers.adamw import AdamW as AdamW
from glassworks.optimizers.base import OPTIMIZERS as OPTIMIZERS
from glassworks.optimizers.base import Optimizer as Optimizer
from glassworks.optimizers.ftrl import Ftrl as Ftrl
from glassworks.optimizers.lamb import Lamb as Lamb
from glassworks.optimizers.lion import Lion as Lion
from glassworks.optimizers.loss_scale import LossScaleOptimizer as LossScaleOptimizer
from glassworks.optimizers.multi import MultiOptimizer as MultiOptimizer
from glassworks.optimizers.multi import OptimizerMap as OptimizerMap
from glassworks.optimizers.muon import Muon as Muon
from glassworks.optimizers.nadam import Nadam as Nadam
from glassworks.optimizers.rmsprop import RMSprop as RMSprop
from glassworks.optimizers.schedule_free_adamw import ScheduleFreeAdamW as ScheduleFreeAdamW
from glassworks.optimizers.sgd import SGD as SGD


def get(identifier: object) -> Optimizer:
    """The optimizer meant by a name, config, class or object.

    >>> from glassworks import optimizers
    >>> type(optimizers.get("adam")).__name__
    'Adam'
    """
    return OPTIMIZERS.get(identifier)


def serialize(optimizer: Optimizer) -> dict:
    """The config of an optimizer.

    >>> from glassworks import optimizers
    >>> optimizers.serialize(optimizers.SGD(0.5))["config"]["learning_rate"]
    0.5
    """
    return _registry.serialize(optimizer)


def deserialize(config: object, custom_objects: dict | None = None) -> Optimizer:
    """An optimizer from its config.

    >>> from glassworks import optimizers
    >>> optimizers.deserialize(optimizers.serialize(optimizers.SGD(0.5))).momentum
    0.0
    """
    return _registry.deserialize(config, custom_objects, kind="optimizers")


OPTIMIZERS.add_exported(globals(), Optimizer)

if not _TYPE_CHECKING:
    __getattr__ = _old_names.module_getattr("optimizers", __name__)
