"""LossScaleOptimizer: dynamic loss scaling, which keeps the gradients of 16-bit floats in range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassworks import initializers, ops, registry
from glassworks.arguments import FIXED, Argument, Instance, Integer, Number
from glassworks.errors import ArgumentError
from glassworks.graph import Variable
from glassworks.optimizers.base import Optimizer, keep_where
from glassworks.optimizers.schedules.base import LearningRate
from glassworks.optimizers.updating import scaled
from glassworks.typing import Tensor


class LossScaleOptimizer(Optimizer):
    """A wrapper of an optimizer that multiplies the loss before gradients are computed, and divides the gradients again.

    A step whose gradients are not finite changes no weight and halves the scale; after enough finite steps in a row the
    scale is doubled. So small gradients do not underflow in float16, and overflows are skipped.
    Micikevicius et al., Mixed Precision Training, 2017.

    Args:
        inner_optimizer: The optimizer that takes the steps. Clipping, averages and the rest are its arguments.
        initial_scale: The first factor. A large one is safe: it falls fast and rises slowly.
        dynamic_growth_steps: The number of finite steps after which the scale is doubled.
        name: Its name.

    Raises:
        ArgumentError: An argument belongs to the inner optimizer, or lies outside of its range.

    >>> from glassworks import Variable, optimizers
    >>> optimizer = optimizers.LossScaleOptimizer(optimizers.SGD(0.5), initial_scale=8.0)
    >>> weight = Variable([1.0])
    >>> optimizer.apply([[8.0]], [weight])
    >>> optimizer.apply([[float("inf")]], [weight])
    >>> weight.numpy(), optimizer.dynamic_scale.numpy()
    (array([0.5], dtype=float32), array(4., dtype=float32))
    """

    inner_optimizer: Argument[Optimizer] = Instance(Optimizer, "an optimizer")
    initial_scale = Number(0, closed="neither")
    dynamic_growth_steps = Integer(1)
    weight_decay = clipnorm = clipvalue = global_clipnorm = use_ema = ema_momentum = ema_overwrite_frequency = FIXED
    loss_scale_factor = gradient_accumulation_steps = FIXED

    def __init__(
        self,
        inner_optimizer: Optimizer,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        where = "LossScaleOptimizer"
        self._keep_arguments(inner_optimizer=inner_optimizer, initial_scale=initial_scale, dynamic_growth_steps=dynamic_growth_steps)
        for key, value in kwargs.items():
            if hasattr(inner_optimizer, key) and value in (None, False, 0.99):  # the defaults, in configs of older versions
                continue
            raise ArgumentError(f"{key}={value!r}", "an argument of LossScaleOptimizer", f"give {key} to the inner optimizer", where=where)
        super().__init__(learning_rate=0.0, name=name)
        # The inner optimizer's own factor would divide the gradients a second time.
        inner_optimizer.loss_scale_factor = None

    def build(self, variables: Sequence[Variable]) -> None:
        """Create the counter of finite steps and the scale, and build the inner optimizer."""
        self.step_counter = self.add_variable((), dtype="int32", name="step_counter")
        self.dynamic_scale = self.add_variable((), initializers.Constant(self.initial_scale), dtype="float32", name="dynamic_scale")
        self.inner_optimizer.build(variables)
        super().build(variables)

    @property
    def variables(self) -> list[Variable]:
        """The counter and the scale, then the variables of the inner optimizer."""
        return [*self._variables, *self.inner_optimizer.variables]

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the inner optimizer."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: LearningRate) -> None:
        self.inner_optimizer.learning_rate = value

    @property
    def iterations(self) -> Any:
        """The number of steps of the inner optimizer: steps whose gradients were not finite do not count."""
        return self.inner_optimizer.iterations

    def check_finite(self, grads: Sequence[Tensor | None]) -> Tensor:
        """Whether all numbers in the gradients are finite; those that are None do not count."""
        return ops.all(ops.stack([ops.all(ops.isfinite(gradient)) for gradient in grads if gradient is not None]))

    def _apply(self, pairs: list[tuple[Any, Variable]]) -> None:
        finite = self.check_finite([gradient for gradient, _ in pairs])
        variables = [variable for _, variable in pairs]
        scale, count = self.dynamic_scale.value, self.step_counter.value
        grads = [gradient / ops.cast(scale, variable.spec.dtype) for gradient, variable in pairs]
        keep_where(finite, [*variables, *self.inner_optimizer.variables], lambda: self.inner_optimizer.apply(grads, variables))
        full = ops.equal(count, self.dynamic_growth_steps - 1)
        self.dynamic_scale.assign(ops.where(finite, ops.where(full, scale * 2.0, scale), scale * 0.5))
        self.step_counter.assign(ops.where(ops.logical_and(finite, ops.logical_not(full)), count + 1, 0))

    def scale_loss(self, loss: Tensor) -> Any:
        return scaled(loss, self.dynamic_scale.value if self.built else self.initial_scale)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        self.inner_optimizer.finalize_variable_values(var_list)

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "inner_optimizer": registry.serialize(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict | None = None) -> LossScaleOptimizer:
        inner = registry.deserialize(config["inner_optimizer"], custom_objects, kind="optimizers")
        return cls(inner, **{key: value for key, value in config.items() if key != "inner_optimizer"})
