"""Distillation losses: how far the student's outputs are from the teacher's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from glassworks import losses, ops, registry, tree
from glassworks.errors import ArgumentError, ShapeError, warn
from glassworks.models import Model
from glassworks.typing import Structure, Tensor

LossFunction = Callable[[Tensor, Tensor], Tensor]
DISTILLATION = registry.Registry("distillation", "distillation loss")


class DistillationLoss:
    """The base of distillation losses. A subclass defines `compute_loss(teacher_outputs, student_outputs)`.

    >>> from glassworks import ops
    >>> class Largest(DistillationLoss):
    ...     def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
    ...         return ops.max(ops.abs(teacher_outputs - student_outputs))
    >>> float(Largest().compute_loss(ops.ones(3), ops.zeros(3)))
    1.0
    """

    def compute_loss(self, teacher_outputs: Structure, student_outputs: Structure, **kwargs: Any) -> Tensor:
        """The loss, a scalar, of outputs that have the structure of the models' outputs, or are those of one layer each."""
        raise NotImplementedError(f"{type(self).__name__} does not define compute_loss(self, teacher_outputs, student_outputs)")

    def validate_outputs(self, teacher_outputs: Structure, student_outputs: Structure) -> None:
        """Raise an error if the outputs have different structures."""
        tree.assert_same_structure(teacher_outputs, student_outputs)

    def validate_model_compatibility(self, teacher: Model, student: Model) -> None:
        """Raise an error if the loss cannot be used with these models. `Distiller` calls it once."""


class _OfOutputs(DistillationLoss):
    """The base of losses that apply Keras's losses to each output."""

    loss: Any

    def _keep_losses(self, given: object) -> None:
        self.loss = tree.map_structure(lambda loss: losses.get(loss) if isinstance(loss, str) else loss, given)
        if all(loss is None for loss in tree.flatten(self.loss)):
            where = type(self).__name__
            raise ArgumentError(f"loss={given!r}", "at least one non-`None` value", "pass a loss for an output", where=where)

    def validate_outputs(self, teacher_outputs: Structure, student_outputs: Structure) -> None:
        super().validate_outputs(teacher_outputs, student_outputs)
        try:
            tree.assert_same_structure(self.loss, teacher_outputs)
        except (ValueError, TypeError) as error:
            fix = "give loss the structure of the outputs, with None for those that do not count"
            found = f"Loss structure mismatch: a loss of the structure {_sketch(self.loss)} for outputs {_sketch(teacher_outputs)}"
            raise ShapeError(found, "one loss for each output", fix, where=type(self).__name__) from error

    def _total(
        self, function: Callable[[LossFunction, Tensor, Tensor], Tensor], teacher_outputs: Structure, student_outputs: Structure
    ) -> Tensor:
        """The sum of a function of the loss and both outputs over all outputs that have a loss."""
        values = tree.map_structure(
            lambda loss, teacher, student: 0.0 if loss is None else function(loss, teacher, student),
            self.loss,
            teacher_outputs,
            student_outputs,
        )
        return ops.sum(ops.stack(tree.flatten(values)))

    def get_config(self) -> dict[str, Any]:
        """The arguments as a dict, from which `from_config` builds an equal object."""
        return {"loss": registry.serialize(self.loss)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A distillation loss from its config."""
        return cls(**{**config, "loss": losses.deserialize(config["loss"])})


class FeatureDistillation(_OfOutputs):
    """The distance between the outputs of a layer of the teacher and one of the student (Romero et al., 2015, FitNets).

    Args:
        loss: A loss or its name; for layers with several outputs, losses in the structure of the outputs, with None for those that do
            not count.
        teacher_layer_name, student_layer_name: The names of the layers; None for the outputs of the models.

    Raises:
        ArgumentError: No loss was given.

    >>> from glassworks import ops
    >>> float(FeatureDistillation("mse").compute_loss(ops.ones((2, 3)), ops.zeros((2, 3))))
    1.0
    """

    def __init__(self, loss: Structure = "mse", teacher_layer_name: str | None = None, student_layer_name: str | None = None) -> None:
        self.teacher_layer_name, self.student_layer_name = teacher_layer_name, student_layer_name
        self._keep_losses(loss)

    def validate_model_compatibility(self, teacher: Model, student: Model) -> None:
        for role, model, layer in (("teacher", teacher, self.teacher_layer_name), ("student", student, self.student_layer_name)):
            if (self.teacher_layer_name or self.student_layer_name) and getattr(model, "inputs", None) is None:
                raise ArgumentError(
                    f"layer names for a {role} that is a subclassed model, whose layers have no symbolic outputs",
                    "Functional or Sequential models",
                    "leave out the layer names, to compare the outputs of the models",
                    where="FeatureDistillation",
                )
            if layer is not None:
                model.get_layer(name=layer)  # raises the error that suggests a name

    def compute_loss(self, teacher_outputs: Structure, student_outputs: Structure, **kwargs: Any) -> Tensor:
        """The sum of the mean losses over all outputs."""
        return self._total(lambda loss, teacher, student: ops.mean(loss(teacher, student)), teacher_outputs, student_outputs)

    def get_config(self) -> dict[str, Any]:
        names = {"teacher_layer_name": self.teacher_layer_name, "student_layer_name": self.student_layer_name}
        return {**super().get_config(), **names}


class LogitsDistillation(_OfOutputs):
    """The distance between the logits of teacher and student, both divided by a temperature (Hinton et al., 2015).

    `losses.KLDivergence()` compares the softmax of both, and its value is multiplied by the square of the temperature, so that gradients
    keep their size. All other losses get the logits themselves; so does the function `"kl_divergence"`, which is the default in Keras, too.

    Args:
        temperature: What the logits are divided by; the higher, the more even the probabilities.
        loss: A loss or its name; for models with several outputs, losses in the structure of the outputs, with None for those that do
            not count.

    Raises:
        ArgumentError: No loss was given, or the temperature is not a positive number.

    >>> from glassworks import losses
    >>> loss = LogitsDistillation(temperature=2.0, loss=losses.KLDivergence())
    >>> round(float(loss.compute_loss([[2.0, 0.0]], [[0.0, 2.0]])), 3)
    1.848
    """

    def __init__(self, temperature: float = 3.0, loss: Structure = "kl_divergence") -> None:
        is_number = isinstance(temperature, (int, float)) and not isinstance(temperature, bool)
        if not is_number or not temperature > 0:
            raise ArgumentError(f"temperature={temperature!r}", "a positive number", "pass 3.0", where="LogitsDistillation")
        self.temperature = temperature
        self._keep_losses(loss)

    def validate_model_compatibility(self, teacher: Model, student: Model) -> None:
        """Warn if logits are compared by a loss for probabilities, as Keras does."""
        last = student.layers[-1] if student.layers else None
        ends_in_softmax = getattr(getattr(last, "activation", None), "__name__", "") == "softmax"
        if losses.kl_divergence in tree.flatten(self.loss) and not ends_in_softmax:
            warn(
                "LogitsDistillation: the function 'kl_divergence' takes logits for probabilities, and cuts off those outside of 0 to 1, "
                "here as in Keras; pass loss=losses.KLDivergence(), which compares the softmax of both models"
            )

    def compute_loss(self, teacher_outputs: Structure, student_outputs: Structure, **kwargs: Any) -> Tensor:
        """The sum of the losses over all outputs."""
        return self._total(self._loss_of, teacher_outputs, student_outputs)

    def _loss_of(self, loss: LossFunction, teacher: Tensor, student: Tensor) -> Tensor:
        teacher, student = ops.divide(teacher, self.temperature), ops.divide(student, self.temperature)
        if isinstance(loss, losses.KLDivergence):
            return ops.mean(loss(ops.softmax(teacher, axis=-1), ops.softmax(student, axis=-1))) * self.temperature**2
        return ops.mean(loss(teacher, student))

    def get_config(self) -> dict[str, Any]:
        return {"temperature": self.temperature, **super().get_config()}


def _sketch(structure: Structure) -> str:
    """The containers of a structure, with a star for each leaf."""
    return str(tree.map_structure(lambda leaf: "*", structure)).replace("'*'", "*")


DISTILLATION.add(FeatureDistillation)
DISTILLATION.add(LogitsDistillation)
