"""`Distiller`: a model that trains a student on the targets and on the outputs of a teacher."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from glassworks import losses, ops, registry, tree
from glassworks.configured import unless_overridden
from glassworks.distillation.losses import DISTILLATION, DistillationLoss, LossFunction
from glassworks.errors import ArgumentError, ShapeError, warn
from glassworks.graph import KerasTensor, Value, spec_of
from glassworks.graph.passes import stable_cross_entropy
from glassworks.layers.base import LAYERS
from glassworks.metrics import Mean
from glassworks.models import Model
from glassworks.optimizers import Optimizer
from glassworks.typing import ArrayLike, Structure, Tensor

_WHERE = "Distiller"
_OUTPUT = "final_output"  # the key of a model's own outputs among the features


class Distiller(Model):
    """Trains a student on the targets and on what a teacher answers (Hinton et al., 2015, Distilling the Knowledge in a Neural Network).

    The loss is `student_loss_weight * student_loss + (1 - student_loss_weight) * distillation_loss`. The logs have both parts and the total.

    Args:
        teacher: A trained model. It is frozen.
        student: The model to train.
        distillation_losses: A `DistillationLoss` or a list of them.
        distillation_loss_weights: A factor for each entry of the list; 1 by default.
        student_loss_weight: The weight of the loss on targets, from 0 to 1.
        name: Its name.

    Attributes:
        student: The student, to be used on its own after training.

    Raises:
        ArgumentError: An argument has another form.
        ShapeError: The inputs or outputs of teacher and student have different shapes.

    >>> import numpy as np
    >>> from glassworks import Sequential, distillation, layers, losses
    >>> teacher = Sequential([layers.Input((4,)), layers.Dense(64, activation="relu"), layers.Dense(3)])
    >>> student = Sequential([layers.Input((4,)), layers.Dense(3)])
    >>> distiller = Distiller(teacher, student, distillation.LogitsDistillation(2.0, losses.KLDivergence()))
    >>> distiller.compile("adam", losses.SparseCategoricalCrossentropy(from_logits=True))
    >>> history = distiller.fit(np.random.rand(30, 4), np.arange(30) % 3, verbose=0)
    >>> sorted(history.history)
    ['distillation_loss', 'loss', 'student_loss', 'total_loss']
    """

    _keras_module = "keras.distillation"
    _untracked = Model._untracked | {"_extractors"}

    def __init__(
        self,
        teacher: Model,
        student: Model,
        distillation_losses: DistillationLoss | Sequence[DistillationLoss],
        distillation_loss_weights: Sequence[float] | None = None,
        student_loss_weight: float = 0.5,
        name: str = "distiller",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        _require_models(teacher, student)
        self.teacher, self.student = teacher, student
        self.student_loss_weight = _checked_weight(student_loss_weight)
        self.distillation_losses, self.distillation_loss_weights = _with_weights(distillation_losses, distillation_loss_weights)
        for loss in self.distillation_losses:
            loss.validate_model_compatibility(teacher, student)
        self._extractors = {
            role: _extractor(model, [_layer_of(loss, role) for loss in self.distillation_losses])
            for role, model in (("teacher", teacher), ("student", student))
        }
        teacher.trainable = False
        self.student_loss_tracker = Mean(name="student_loss")
        self.distillation_loss_tracker = Mean(name="distillation_loss")
        self.total_loss_tracker = Mean(name="total_loss")
        self._student_loss: object = None

    @unless_overridden
    def compile(  # type: ignore[override]  # as in Keras, the student's loss has no weights
        self,
        optimizer: str | dict[str, Any] | Optimizer | None = "adam",
        loss: object = None,
        metrics: Sequence | None = None,
        **kwargs: Any,
    ) -> None:
        """Set the optimizer, the student's loss on the targets, and metrics.

        Args:
            optimizer: A name or an optimizer.
            loss: A name or a loss; for several outputs in their structure.
            metrics: A list.
            **kwargs: Further arguments of `Model.compile`.
        """
        where = f"model '{self.name}'.compile"
        if loss is None:
            raise ArgumentError("loss=None", "the student's loss on the targets", "pass loss='mse', for example", where=where)
        if metrics is not None and not isinstance(metrics, (list, tuple)):
            raise ArgumentError(f"metrics={metrics!r}", "a list", "pass metrics=['accuracy'], for example", where=where)
        super().compile(optimizer=optimizer, loss=None, metrics=metrics, **kwargs)
        self._student_loss = loss

    def call(self, inputs: Structure, training: bool | None = None, **kwargs: Any) -> Structure:
        """The student's outputs."""
        return self.student(inputs, training=training, **kwargs)

    def compute_loss(
        self,
        x: Structure = None,
        y: Structure = None,
        y_pred: Structure = None,
        sample_weight: ArrayLike | None = None,
        training: bool = True,
    ) -> Tensor:
        """The weighted sum of the student's loss and the distillation losses, which is also counted in the metrics."""
        if sample_weight is not None:
            warn(f"{_WHERE}: sample_weight is ignored, as in Keras; repeat rows of the data, or write a DistillationLoss")
        y_pred = self(x, training=training) if y_pred is None else y_pred
        student = self._loss_on_targets(y, y_pred) if self.student_loss_weight > 0 and y is not None else 0.0
        distilled = self._distilled(x, y_pred, training) if self.student_loss_weight < 1 else 0.0
        total = ops.add(ops.multiply(self.student_loss_weight, student), ops.multiply(1.0 - self.student_loss_weight, distilled))
        if isinstance(total, Value):
            (total,) = stable_cross_entropy([total])
        self.student_loss_tracker.update_state(student)
        self.distillation_loss_tracker.update_state(distilled)
        self.total_loss_tracker.update_state(total)
        return total

    def _loss_on_targets(self, y: Structure, y_pred: Structure) -> Tensor:
        """The sum of the student's losses over its outputs."""
        parts = tree.map_structure(lambda loss, *both: ops.mean(_loss_of(loss)(*both)), self._student_loss, y, y_pred)
        return ops.sum(ops.stack(tree.flatten(parts)))

    def _distilled(self, x: Structure, y_pred: Structure, training: bool) -> Tensor | float:
        """The weighted sum of the distillation losses."""
        of_teacher = self._layer_outputs("teacher", x, training=False) or {_OUTPUT: self.teacher(x, training=False)}
        of_student = {**self._layer_outputs("student", x, training=training), _OUTPUT: y_pred}
        total: Tensor | float = 0.0
        for loss, weight in zip(self.distillation_losses, self.distillation_loss_weights, strict=True):
            teacher, student = of_teacher[_layer_of(loss, "teacher")], of_student[_layer_of(loss, "student")]
            loss.validate_outputs(teacher, student)
            value = loss.compute_loss(teacher, student)
            if spec_of(value).shape != ():
                found = f"a loss of shape {spec_of(value).shape}"
                fix = "end compute_loss with ops.mean(...)"
                raise ShapeError(found, "a scalar", fix, where=f"{type(loss).__name__}.compute_loss")
            total = ops.add(total, ops.multiply(weight, value))
        return total

    def _layer_outputs(self, role: str, x: Structure, training: bool) -> dict[str, Tensor]:
        """The outputs of the layers that losses name, by their names, with those of the model; an empty dict if no layer is named."""
        extractor = self._extractors[role]
        return {} if extractor is None else extractor(x, training=training)

    # ---- configs

    def get_compile_config(self) -> dict[str, Any] | None:
        """The arguments of `compile`, serialised, the student's loss among them."""
        config = super().get_compile_config()
        return config and {**config, "loss": registry.serialize(self._student_loss)}

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "teacher": registry.serialize(self.teacher),
            "student": registry.serialize(self.student),
            "distillation_losses": registry.serialize(list(self.distillation_losses)),
            "distillation_loss_weights": list(self.distillation_loss_weights),
            "student_loss_weight": self.student_loss_weight,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Self:
        with registry.custom_object_scope(custom_objects or {}):
            models = {role: registry.deserialize(config[role], kind="layers") for role in ("teacher", "student")}
            return cls(**{**config, **models, "distillation_losses": DISTILLATION.deserialize(config["distillation_losses"])})


def _loss_of(loss: str | LossFunction) -> LossFunction:
    return losses.get(loss) if isinstance(loss, str) else loss


def _layer_of(loss: DistillationLoss, role: str) -> str:
    """The name of the layer that a loss compares; custom losses, without layer names, compare the outputs of the models."""
    return getattr(loss, f"{role}_layer_name", None) or _OUTPUT


def _extractor(model: Model, names: Sequence[str]) -> Model | None:
    """A model that also gives the outputs of layers, by their names; None if no layer is named."""
    named = {name: model.get_layer(name=name).output for name in names if name != _OUTPUT}
    return Model(getattr(model, "inputs", None), {_OUTPUT: model.output, **named}, name=f"{model.name}_features") if named else None


# ---- checks of the arguments


def _require_models(teacher: object, student: object) -> None:
    """Raise an error unless both are models whose symbolic inputs and outputs, where they have any, agree."""
    for role, model in (("teacher", teacher), ("student", student)):
        if not isinstance(model, Model):
            raise ArgumentError(
                f"{role}={model!r}", f"a {role} that is a Model", "pass a Sequential, Functional or subclassed model", where=_WHERE
            )
    for end in ("inputs", "outputs"):
        # Subclassed models have none.
        theirs, ours = getattr(teacher, end, None) or [], getattr(student, end, None) or []
        if theirs and ours and len(theirs) != len(ours):
            fix = f"give both models the same {end}"
            raise ShapeError(f"a teacher with {len(theirs)} and a student with {len(ours)} {end}", "as many", fix, where=_WHERE)
        for of_teacher, of_student in zip(theirs, ours, strict=False):
            _require_equal(end, of_teacher, of_student)


def _require_equal(end: str, of_teacher: KerasTensor, of_student: KerasTensor) -> None:
    a, b = tuple(of_teacher.shape), tuple(of_student.shape)
    if len(a) != len(b) or any(m != n and None not in (m, n) for m, n in zip(a, b, strict=True)):
        fix = "give the last layers as many units" if end == "outputs" else "give both models Input layers of one shape"
        raise ShapeError(f"{end} of shape {a} of the teacher and {b} of the student", "equal shapes", fix, where=_WHERE)
    if of_teacher.dtype != of_student.dtype:
        found = f"{end} of dtype {of_teacher.dtype} of the teacher and {of_student.dtype} of the student"
        raise ArgumentError(found, "equal dtypes", "build both models with the same dtype policy", where=_WHERE)


def _checked_weight(weight: float) -> float:
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight <= 1:
        raise ArgumentError(f"student_loss_weight={weight!r}", "a number from 0 to 1", "pass 0.5", where=_WHERE)
    return weight


def _with_weights(
    given: DistillationLoss | Sequence[DistillationLoss] | None, weights: Sequence[float] | None
) -> tuple[list[DistillationLoss], list[float]]:
    """The distillation losses and their weights, as lists."""
    if given is None:
        fix = "pass distillation.LogitsDistillation(loss=losses.KLDivergence())"
        raise ArgumentError("distillation_losses=None", "a distillation loss, or a list of them", fix, where=_WHERE)
    if not isinstance(given, Sequence):
        return [given], [1.0]
    if weights is not None and len(weights) != len(given):
        found = f"{len(weights)} distillation_loss_weights for {len(given)} distillation_losses"
        raise ArgumentError(found, "one weight for each loss", "leave the weights out, for weights of 1", where=_WHERE)
    return list(given), [1.0] * len(given) if weights is None else list(weights)


LAYERS.add(Distiller)
