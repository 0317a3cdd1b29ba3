"""`Optimizer`: the base class. A subclass defines its slots and the update of one variable.

The ten keywords of Keras (clipping, weight decay, averaging, accumulation, loss scaling) are applied here, once.
Everything is written with ops, so the whole update is part of the training step's graph.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from glassworks import dtypes, initializers, ops, registry, tree
from glassworks.arguments import FLAG, Anything, Integer, Number, Optional
from glassworks.configured import Configured
from glassworks.errors import ArgumentError, ArgumentTypeError, ShapeError, StateError, suggest, warn
from glassworks.graph import Variable, untraced
from glassworks.graph.stateless import run_stateless
from glassworks.graph.stored import StoredVariables
from glassworks.guards import Observed
from glassworks.names import unique_name
from glassworks.optimizers.schedules.base import LearningRate, LearningRateSchedule
from glassworks.optimizers.updating import clipped, scaled
from glassworks.optimizers.updating import keep_where as keep_where
from glassworks.scope import Frame, current, entry, scope
from glassworks.typing import ArrayLike, DTypeLike, Initializer, Tensor

OPTIMIZERS = registry.Registry("optimizers", "optimizer", "adam")
_OLD_NAMES = {"clip_norm": "clipnorm", "clip_value": "clipvalue"}


REPORTED: WeakValueDictionary[int, Variable] = WeakValueDictionary()
"""Variables, by id, of which a warning has said that no gradient reaches them."""


class Optimizer(Configured, Observed, StoredVariables):
    """The base of all optimizers.

    Args:
        learning_rate: The size of a step: a number, a `LearningRateSchedule`, or a function without arguments.
        weight_decay: The fraction, times the learning rate, by which weights shrink at each step.
        clipnorm: The largest norm of each gradient; longer ones are scaled down.
        clipvalue: The largest absolute value of each entry of a gradient.
        global_clipnorm: The largest norm of all gradients together.
        use_ema: Whether to keep a moving average of the weights, which replaces them at the end of training.
        ema_momentum: The decay rate of the average.
        ema_overwrite_frequency: The number of steps after which the average replaces the weights.
        loss_scale_factor: The factor of the loss, by which gradients are divided again, for 16-bit floats.
        gradient_accumulation_steps: The number of batches for each update, which uses their mean gradient.
        name: Its name.

    Subclasses write `build(variables)` (slots, by `add_optimizer_variables`) and `update_step(gradient, variable, learning_rate)`.
    Arguments that they declare in the class, as in `momentum = Number(0, 1)`, and pass to `super().__init__` or `self._keep_arguments` by name
    are checked, set as attributes, and saved in the config.

    >>> from glassworks import Variable, optimizers
    >>> class SignDescent(optimizers.Optimizer):
    ...     def update_step(self, gradient, variable, learning_rate):
    ...         variable.assign(variable.value - learning_rate * ops.sign(gradient))
    >>> weight = Variable([1.0, 1.0])
    >>> SignDescent(0.5).apply([[3.0, -0.1]], [weight])
    >>> weight.numpy()
    array([0.5, 1.5], dtype=float32)
    """

    _keras_module = "keras"  # in configs

    name = Anything().unsaved()
    weight_decay = clipnorm = clipvalue = global_clipnorm = Optional(Number(0))
    use_ema = FLAG
    ema_momentum = Number(0, 1)
    ema_overwrite_frequency = Optional(Integer(1))
    loss_scale_factor = Optional(Number(0, closed="neither"))
    gradient_accumulation_steps = Optional(Integer(2, floats=True))

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        where = type(self).__name__
        self._keep_arguments(weight_decay=weight_decay, clipnorm=clipnorm, clipvalue=clipvalue, global_clipnorm=global_clipnorm)
        self._keep_arguments(use_ema=use_ema, ema_momentum=ema_momentum, ema_overwrite_frequency=ema_overwrite_frequency)
        self._keep_arguments(loss_scale_factor=loss_scale_factor, gradient_accumulation_steps=gradient_accumulation_steps)
        self._keep_arguments(**{key: kwargs.pop(key) for key in type(self)._declared_arguments if key in kwargs})
        if "lr" in kwargs:
            learning_rate = kwargs.pop("lr")
            warn(f"{where}: lr is a name of Keras 2: write learning_rate={learning_rate}")
        self._refuse(kwargs)
        clips = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        clips = {key: value for key, value in clips.items() if value is not None}
        if len(clips) > 1:
            raise ArgumentError(
                ", ".join(f"{key}={value}" for key, value in clips.items()),
                "only one way of clipping",
                f"keep one of {', '.join(clips)}",
                where=where,
            )
        self._keep_arguments(name=name or unique_name(registry.snake_case(where)))
        self.built = False
        self._variables: list[Variable] = []
        self._trained: list[Variable] = []
        self._place: dict[Variable, int] = {}
        self._undecayed: set[Variable] = set()
        self._undecayed_names: re.Pattern[str] | None = None
        self._iterations = self.add_variable((), dtype="int32", name="iteration")
        self._learning_rate = self._as_learning_rate(learning_rate)

    def _refuse(self, unknown: dict[str, Any]) -> None:
        """Raise an error for arguments that no optimizer takes; `decay` of Keras 2 is ignored, as in Keras 3."""
        if unknown.pop("decay", None):
            fix = "use a learning-rate schedule, such as optimizers.schedules.InverseTimeDecay"
            warn(f"{type(self).__name__}: decay is ignored; {fix}")
        for wrong in unknown:
            choices = ["learning_rate", *type(self)._declared_arguments]
            fix = f"did you mean '{_OLD_NAMES[wrong]}'?" if wrong in _OLD_NAMES else suggest(wrong, choices)
            where = type(self).__name__
            raise ArgumentTypeError(f"argument {wrong!r}", f"an argument of {where}", fix, where=where)

    def _as_learning_rate(self, value: Any) -> Any:
        if isinstance(value, (LearningRateSchedule, Variable)) or (callable(value) and not isinstance(value, type)):
            return value
        if isinstance(value, dict):
            return registry.deserialize(value, kind="optimizers.schedules")
        number = self._checked_rate(value)
        return self.add_variable((), initializers.Constant(number), dtype=dtypes.standardize(None), name="learning_rate")

    def _checked_rate(self, value: float | str | np.ndarray | np.generic | None) -> float:
        number = value.item() if isinstance(value, (np.ndarray, np.generic)) and np.size(value) == 1 else value
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not number >= 0:
            fix = (
                f"pass the number, learning_rate={value}"
                if isinstance(value, str) and re.fullmatch(r"[\d.e-]+", value)
                else "pass a number such as 0.001"
            )
            raise ArgumentError(f"learning_rate={value!r}", "a number >= 0, a schedule, or a function", fix, where=type(self).__name__)
        return float(number)

    # ---- state

    @property
    def variables(self) -> list[Variable]:
        """The step counter, the learning rate and the slots."""
        own = tree.held([self._variables, *vars(self).values()], Variable)
        return [variable for variable in own if variable not in self._place]

    @property
    def iterations(self) -> Any:
        """The number of updates so far."""
        if self.gradient_accumulation_steps:
            return ops.floor_divide(self._iterations, self.gradient_accumulation_steps)
        return self._iterations

    @property
    def learning_rate(self) -> Any:
        """The current learning rate; assign a number or a schedule to change it."""
        if isinstance(self._learning_rate, LearningRateSchedule):
            return self._learning_rate(self._iterations)
        return self._learning_rate if isinstance(self._learning_rate, Variable) else self._learning_rate()

    @learning_rate.setter
    def learning_rate(self, value: LearningRate) -> None:
        if isinstance(self._learning_rate, LearningRateSchedule) and not isinstance(value, LearningRateSchedule) and not callable(value):
            raise ArgumentTypeError(
                f"learning_rate={value!r} for an optimizer with a schedule",
                "an optimizer made with a number",
                "make the optimizer with learning_rate=0.001, then it can be set",
                where=f"{type(self).__name__}.learning_rate",
            )
        if (
            isinstance(self._learning_rate, Variable)
            and not isinstance(value, LearningRateSchedule)
            and not (callable(value) and not isinstance(value, Variable))
        ):
            self._learning_rate.assign(
                self._checked_rate(value) if value is None or isinstance(value, (str, int, float, np.generic)) else value
            )
        else:
            self._learning_rate = self._as_learning_rate(value)

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Initializer = "zeros",
        dtype: DTypeLike = None,
        aggregation: str = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """Create a variable of the optimizer."""
        if "_variables" not in vars(self):
            name = type(self).__name__
            raise StateError(
                f"a {name} whose base class was not initialised",
                "super().__init__() before anything else",
                f"call super().__init__(learning_rate=learning_rate, **kwargs) in the first line of {name}.__init__",
                where=name,
            )
        with untraced():
            variable = Variable(
                initializers.get(initializer), tuple(shape), dtype, trainable=False, autocast=False, aggregation=aggregation, name=name
            )
        variable.path = f"{self.name}/{variable.name}"
        self._variables.append(variable)
        return variable

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Initializer = "zeros"
    ) -> Variable:
        """Create a slot: a variable with the shape and dtype of a trained one."""
        name = f"{reference_variable.path.replace('/', '_')}_{name or 'var'}"
        return self.add_variable(reference_variable.shape, initializer, reference_variable.spec.dtype, name=name)

    def add_optimizer_variables(self, trainable_variables: Sequence[Variable], name: Any, initializer: Any = "zeros") -> Any:
        """Create a slot for each trained variable; a list of them for each name if `name` is a list."""
        if isinstance(name, str):
            return [self.add_variable_from_reference(variable, name, initializer) for variable in trainable_variables]
        starts = initializer if isinstance(initializer, (list, tuple)) else [initializer] * len(name)
        # Variable by variable, as in Keras: saved states have the slots in this order.
        rows = [
            [self.add_variable_from_reference(variable, one, start) for one, start in zip(name, starts, strict=True)]
            for variable in trainable_variables
        ]
        return tuple([row[i] for row in rows] for i in range(len(name)))

    def build(self, variables: Sequence[Variable]) -> None:
        """Create the slots for the variables to be trained. Subclasses call this before they create their own."""
        self._trained = list(variables)
        self._place = {variable: i for i, variable in enumerate(self._trained)}
        if self.use_ema:
            self._averages = self.add_optimizer_variables(self._trained, "average")
        if self.gradient_accumulation_steps:
            self._accumulated_gradients = self.add_optimizer_variables(self._trained, "gradient_accumulator")
        self.built = True

    def _get_variable_index(self, variable: Variable) -> int:
        return self._place[variable]

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Set all variables from arrays in the order of `variables`."""
        if len(weights) != len(self.variables):
            raise ShapeError(
                f"{len(weights)} arrays",
                f"{len(self.variables)} arrays, one per variable",
                "build the optimizer on the same model first",
                where=f"{type(self).__name__}.set_weights",
            )
        for variable, weight in zip(self.variables, weights, strict=True):
            variable.assign(weight)

    def _stored_variables(self) -> list[Variable]:
        return self.variables

    def assign(self, variable: Variable, value: ArrayLike) -> None:
        """Set a variable; `update_step` may use this or the variable's own method."""
        variable.assign(ops.cast(value, variable.spec.dtype))

    def assign_add(self, variable: Variable, value: ArrayLike) -> None:
        """Add an array to a variable."""
        variable.assign_add(ops.cast(value, variable.spec.dtype))

    def assign_sub(self, variable: Variable, value: ArrayLike) -> None:
        """Subtract an array from a variable."""
        variable.assign_sub(ops.cast(value, variable.spec.dtype))

    # ---- the update

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Update one variable; each subclass defines this."""
        raise NotImplementedError(f"optimizer {type(self).__name__} does not define update_step")

    @entry("optimizer")
    def apply_gradients(self, grads_and_vars: Any) -> Any:
        """Update variables, given pairs of gradient and variable."""
        pairs = list(grads_and_vars)
        self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])
        return self._iterations

    @entry("optimizer")
    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None) -> None:
        """Update variables by their gradients; variables without one (None) stay.

        Args:
            grads: One gradient, or None, per variable.
            trainable_variables: The variables; by default those that the optimizer was built with.
        """
        where = f"{type(self).__name__}.apply"
        if trainable_variables is None and not self.built:
            raise StateError(
                "gradients without variables, before build",
                "variables",
                "pass the variables too: optimizer.apply(gradients, model.trainable_variables)",
                where=where,
            )
        variables = list(self._trained if trainable_variables is None else trainable_variables)
        grads = list(grads)
        if not grads and not variables:
            return
        if len(grads) != len(variables):
            raise ShapeError(
                f"{len(grads)} gradients for {len(variables)} variables",
                "one gradient per variable",
                "pass both in the same order",
                where=where,
            )
        if not self.built:
            self.build(variables)
        unknown = [variable.path for variable in variables if variable not in self._place]
        if unknown:
            raise ArgumentError(
                f"variable {unknown[0]!r}, unknown to this optimizer",
                f"the {len(self._trained)} variables it was built with",
                "compile again after a layer was unfrozen or added; make a new optimizer for a new model",
                where=where,
            )
        with scope(Frame("optimizer", self.name)):
            self._apply(self._with_gradient(grads, variables))

    def stateless_apply(self, optimizer_variables: Sequence[Any], grads: Sequence[Any], trainable_variables: Sequence[Any]) -> tuple:
        """The new values of the trained variables and of the optimizer's, from given values; the variables do not change."""
        where = f"{type(self).__name__}.stateless_apply"
        if not self.built:
            raise StateError(
                "an optimizer that is not built", "its variables", "call optimizer.build(model.trainable_variables)", where=where
            )
        groups = (self._trained, trainable_variables), (self.variables, optimizer_variables)
        return tuple(run_stateless(lambda: self.apply(grads), *groups, where=where)[1])

    def _apply(self, pairs: list[tuple[Any, Variable]]) -> None:
        self._update_all([gradient for gradient, _ in pairs], [variable for _, variable in pairs])
        for _, variable in pairs:
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable.value))
        self._iterations.assign(self._iterations.value + 1)

    def _with_gradient(self, grads: list[Any], variables: list[Variable]) -> list[tuple[Any, Variable]]:
        missing = [variable for gradient, variable in zip(grads, variables, strict=True) if gradient is None]
        if len(missing) == len(variables):
            raise ArgumentError(
                "no gradient for any variable",
                "a loss that depends on the variables",
                _how_to_get_gradients(),
                where=f"{type(self).__name__}.apply",
            )
        new = [variable.path for variable in missing if REPORTED.get(id(variable)) is not variable]
        REPORTED.update({id(variable): variable for variable in missing})
        if new:
            warn(f"no gradient reaches {', '.join(new)}: the loss does not depend on them, so they are not trained")
        return [(self._fitting(g, v), v) for g, v in zip(grads, variables, strict=True) if g is not None]

    def _fitting(self, gradient: Tensor, variable: Variable) -> Any:
        """A gradient in the dtype of its variable, without the loss scale."""
        gradient = ops.convert_to_tensor(gradient, variable.spec.dtype)
        if tuple(gradient.shape) != tuple(variable.shape):
            raise ShapeError(
                f"a gradient of shape {tuple(gradient.shape)} for variable {variable.path!r} of shape {tuple(variable.shape)}",
                "a gradient of the variable's shape",
                "pass gradients and variables in the same order",
                where=f"{type(self).__name__}.apply",
            )
        return gradient if self.loss_scale_factor is None else gradient / self.loss_scale_factor

    def _update_all(self, grads: list[Any], variables: list[Variable]) -> None:
        steps = self.gradient_accumulation_steps
        if steps:
            self._accumulate(grads, variables, steps)
        else:
            self._update(grads, variables)
        if self.use_ema:
            self._average(variables)

    def _update(self, grads: list[Any], variables: list[Variable]) -> None:
        pairs = list(zip(grads, variables, strict=True))
        for gradient, variable in pairs:
            if variable.overwrite_with_gradient:
                variable.assign(gradient)
        grads = [gradient for gradient, variable in pairs if not variable.overwrite_with_gradient]
        variables = [variable for _, variable in pairs if not variable.overwrite_with_gradient]
        grads = clipped(grads, self.clipnorm, self.global_clipnorm, self.clipvalue)
        self._decay(variables)
        learning_rate = self.learning_rate
        for gradient, variable in zip(grads, variables, strict=True):
            self.update_step(gradient, variable, ops.cast(learning_rate, variable.spec.dtype))

    def _accumulate(self, grads: list[Any], variables: list[Variable], steps: int) -> None:
        """Add gradients; after every `steps` batches update with their mean. The graph computes both cases and selects one."""
        now = ops.equal(ops.mod(self._iterations.value + 1, steps), 0)
        sums = [self._accumulated_gradients[self._place[variable]] for variable in variables]
        totals = [gradient + total.value for gradient, total in zip(grads, sums, strict=True)]
        changing = [*variables, *(v for v in self.variables if v is not self._iterations and all(v is not one for one in sums))]
        keep_where(now, changing, lambda: self._update([total / steps for total in totals], variables))
        for accumulator, total in zip(sums, totals, strict=True):
            accumulator.assign(ops.where(now, ops.zeros_like(total), total))

    def _updates(self, variable: Variable, ahead: int = 1) -> Any:
        """The number of this update (or of a later one) as a float, for corrections of averages that start at 0.

        It has 32 bits where the variable has 16: a bfloat16 counts to 256, and its `1 - 0.999` is 0.
        """
        return ops.cast(ops.add(self.iterations, ahead), dtypes.accumulator(variable.spec.dtype))

    def exclude_from_weight_decay(self, var_list: Sequence[Variable] | None = None, var_names: Sequence[str] | None = None) -> None:
        """Exclude these variables, or those whose names match one of the patterns, from weight decay."""
        self._undecayed = set(var_list or ())
        self._undecayed_names = re.compile("|".join(var_names)) if var_names else None

    def _decay(self, variables: list[Variable]) -> None:
        for variable in variables:
            rate = self._decay_rate(variable)
            named = self._undecayed_names is not None and self._undecayed_names.search(variable.name)
            if rate is not None and variable not in self._undecayed and not named:
                share = ops.cast(self.learning_rate, variable.spec.dtype) * rate
                variable.assign(variable.value - variable.value * share)

    def _decay_rate(self, variable: Variable) -> float | None:
        """The weight decay of a variable; the same for all unless a subclass overrides this."""
        return self.weight_decay

    def _average(self, variables: list[Variable]) -> None:
        """Update the moving averages with the new weights; the first step sets them."""
        updates = self.iterations
        updates = updates.value if isinstance(updates, Variable) else updates
        frequency = self.ema_overwrite_frequency
        for variable, average in zip(self._trained, self._averages, strict=True):
            momentum = ops.cast(ops.not_equal(updates, 0), variable.spec.dtype) * self.ema_momentum
            average.assign(momentum * average.value + (1.0 - momentum) * variable.value)
            if frequency:
                now = ops.equal(ops.mod(updates + 1, frequency), 0)
                variable.assign(ops.where(now, average.value, variable.value))

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """Set the variables to their averages, at the end of training with `use_ema`."""
        if self.use_ema and self.built:
            for variable, average in zip(self._trained, self._averages, strict=True):
                variable.assign(average.value)

    def scale_loss(self, loss: Tensor) -> Any:
        """The loss times `loss_scale_factor`."""
        scale = self.loss_scale_factor
        return loss if scale is None else scaled(loss, scale)

    # ---- config

    def get_config(self) -> dict[str, Any]:
        rate = self._learning_rate
        if isinstance(rate, Variable):
            rate = float(rate.numpy())
        elif isinstance(rate, LearningRateSchedule):
            rate = registry.serialize(rate)
        return {"name": self.name, "learning_rate": rate, **super().get_config()}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict | None = None) -> Any:
        with registry.custom_object_scope(custom_objects or {}):
            return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def _how_to_get_gradients() -> str:
    """The fix for a loss that depends on no variable."""
    without = "argmax, round, sign, comparisons, casts to integers, NumPy"
    if any(frame.kind == "model" for frame in current()):
        return f"let the loss compare y_pred itself with y_true, by ops that have a gradient (these have none: {without})"
    return f"compute the loss from the model's outputs, inside the tape, by ops that have a gradient (these have none: {without})"


# Subclasses of users are optimizers wherever they are defined; functions are not.
OPTIMIZERS.base = Optimizer
