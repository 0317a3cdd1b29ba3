"""MultiOptimizer: some variables by one optimizer, some by another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import Any

from glassworks import registry
from glassworks.arguments import FIXED, Anything, Argument, Instance, check
from glassworks.configured import Configured
from glassworks.errors import ArgumentError, ArgumentTypeError
from glassworks.graph import Variable
from glassworks.names import matching
from glassworks.optimizers.base import OPTIMIZERS, Optimizer
from glassworks.optimizers.loss_scale import LossScaleOptimizer
from glassworks.optimizers.schedules.base import LearningRate

_AN_OPTIMIZER: Argument[Optimizer] = Instance(Optimizer, "an optimizer")


def _check_inner(optimizer: Any, where: str) -> None:
    check(where, {"optimizer": _AN_OPTIMIZER}, optimizer=optimizer)
    if isinstance(optimizer, (LossScaleOptimizer, MultiOptimizer)):
        raise ArgumentError(
            f"a {type(optimizer).__name__} for some of the variables",
            "an optimizer that updates weights itself",
            "wrap the whole MultiOptimizer in a LossScaleOptimizer; put all patterns into one map",
            where=where,
        )


class OptimizerMap(Configured, MutableMapping):
    """Optimizers by variable path: a whole path, or a pattern that matches whole paths.

    Args:
        default_optimizer: The optimizer of variables that no pattern matches.
        optimizer_map: A dict of optimizers by path or pattern.

    Raises:
        ArgumentError: A value is not an optimizer, a key exists already, or several patterns match a path.

    >>> from glassworks import optimizers
    >>> chosen = OptimizerMap(optimizers.SGD(name="rest"), {"encoder/.*": optimizers.Adam(name="inner")})
    >>> chosen["encoder/dense/kernel"].name, chosen["head/kernel"].name
    ('inner', 'rest')
    """

    default_optimizer = _AN_OPTIMIZER
    arguments = {"optimizer_map": Instance((dict, type(None)), "a dict of optimizers by path")}

    def __init__(self, default_optimizer: Optimizer, optimizer_map: dict[str, Optimizer] | None = None) -> None:
        self._keep_arguments(default_optimizer=default_optimizer)
        check("OptimizerMap", type(self)._declared_arguments, optimizer_map=optimizer_map)
        self._by_pattern: dict[str, Optimizer] = {}
        for key, optimizer in (optimizer_map or {}).items():
            self[key] = optimizer

    def __getitem__(self, key: str) -> Optimizer:
        """The optimizer of a path; the default one if no pattern matches."""
        pattern = matching(key, self._by_pattern, "OptimizerMap")
        return self.default_optimizer if pattern is None else self._by_pattern[pattern]

    def __setitem__(self, key: str, optimizer: Optimizer) -> None:
        """Set the optimizer of a new path or pattern."""
        if not isinstance(key, str):
            raise ArgumentTypeError(f"key {key!r}", "a variable's path or a pattern", "pass a string", where="OptimizerMap")
        if key in self._by_pattern:
            raise ArgumentError(
                f"a second optimizer for {key!r}", "one optimizer per pattern", "delete the first one", where="OptimizerMap"
            )
        _check_inner(optimizer, "OptimizerMap")
        self._by_pattern[key] = optimizer

    def __delitem__(self, key: str) -> None:
        del self._by_pattern[key]

    def __len__(self) -> int:
        return len(self._by_pattern)

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_pattern)

    def __call__(self, variable: Variable) -> Optimizer:
        """The optimizer of a variable."""
        return self[variable.path]

    def get_config(self) -> dict[str, Any]:
        return {
            "default_optimizer": registry.serialize(self.default_optimizer),
            "optimizer_map": registry.serialize(self._by_pattern),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict | None = None) -> OptimizerMap:
        return cls(
            *(registry.deserialize(config[key], custom_objects, kind="optimizers") for key in ("default_optimizer", "optimizer_map"))
        )


OPTIMIZERS.add(OptimizerMap)


class MultiOptimizer(Optimizer):
    """Gives each variable to one of several optimizers.

    Args:
        optimizer_map: An `OptimizerMap`, or a function from a variable to its optimizer.
        loss_scale_factor: The factor of the loss, by which gradients are divided again; it replaces those of the optimizers.
        name: Its name.

    Attributes:
        optimizers: The optimizers, each with its own learning rate and step counter.

    Raises:
        ArgumentError: The map returns something that is not an optimizer, or an optimizer that wraps others.

    >>> from glassworks import Variable, optimizers
    >>> first, second = Variable([1.0], name="first"), Variable([1.0], name="second")
    >>> chosen = optimizers.OptimizerMap(optimizers.SGD(0.5), {"second": optimizers.SGD(0.0)})
    >>> optimizers.MultiOptimizer(chosen).apply([[1.0], [1.0]], [first, second])
    >>> first.numpy(), second.numpy()
    (array([0.5], dtype=float32), array([1.], dtype=float32))
    """

    arguments = {"optimizer_map": Anything()}
    weight_decay = clipnorm = clipvalue = global_clipnorm = use_ema = ema_momentum = ema_overwrite_frequency = FIXED
    gradient_accumulation_steps = FIXED

    def __init__(
        self, optimizer_map: OptimizerMap | Callable[[Variable], Optimizer], loss_scale_factor: float | None = None, name: str | None = None
    ) -> None:
        if not callable(optimizer_map):
            raise ArgumentTypeError(
                f"optimizer_map={optimizer_map!r}",
                "an OptimizerMap or a function from a variable to its optimizer",
                "wrap a dict: OptimizerMap(default_optimizer, {...})",
                where="MultiOptimizer",
            )
        super().__init__(learning_rate=0.0, loss_scale_factor=loss_scale_factor, name=name)
        self._map = optimizer_map
        self.optimizers: list[Optimizer] = []
        self._owner: dict[Variable, Optimizer] = {}
        if isinstance(optimizer_map, OptimizerMap):
            for optimizer in (*optimizer_map.values(), optimizer_map.default_optimizer):
                self._include(optimizer)

    def _include(self, optimizer: Any) -> Optimizer:
        _check_inner(optimizer, "MultiOptimizer")
        if not any(optimizer is known for known in self.optimizers):
            # Gradients are already divided by the common factor.
            optimizer.loss_scale_factor = None
            self.optimizers.append(optimizer)
        return optimizer

    def build(self, variables: Sequence[Variable]) -> None:
        """Choose an optimizer for each variable and build them."""
        self._owner = {variable: self._include(self._map(variable)) for variable in variables}
        for optimizer, own in self._shares(variables):
            optimizer.build(own)
        super().build(variables)

    def _shares(self, variables: Sequence[Variable]) -> list[tuple[Optimizer, list[Variable]]]:
        shares = [(optimizer, [v for v in variables if self._owner.get(v) is optimizer]) for optimizer in self.optimizers]
        return [(optimizer, own) for optimizer, own in shares if own]

    @property
    def variables(self) -> list[Variable]:
        """Its own variables, then those of each optimizer."""
        return [*self._variables, *(variable for optimizer in self.optimizers for variable in optimizer.variables)]

    @property
    def learning_rate(self) -> Any:
        """Not available: each optimizer has its own learning rate."""
        raise AttributeError("MultiOptimizer has no learning rate of its own: read or set that of each of its .optimizers")

    @learning_rate.setter
    def learning_rate(self, value: LearningRate) -> None:
        raise AttributeError("MultiOptimizer has no learning rate of its own: read or set that of each of its .optimizers")

    def _apply(self, pairs: list[tuple[Any, Variable]]) -> None:
        gradient_of = {variable: gradient for gradient, variable in pairs}
        for optimizer, own in self._shares(list(gradient_of)):
            optimizer.apply([gradient_of[variable] for variable in own], own)
        self._iterations.assign(self._iterations.value + 1)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        for optimizer, own in self._shares(var_list):
            optimizer.finalize_variable_values(own)

    def get_config(self) -> dict[str, Any]:
        return {"optimizer_map": registry.serialize(self._map), "loss_scale_factor": self.loss_scale_factor, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict | None = None) -> MultiOptimizer:
        return cls(**{**config, "optimizer_map": registry.deserialize(config["optimizer_map"], custom_objects, kind="optimizers")})
