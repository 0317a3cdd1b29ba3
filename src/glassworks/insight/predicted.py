"""What a model predicts for labelled samples, in the form that the tools for evaluation share: class numbers beside probabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from glassworks import tree
from glassworks.errors import ArgumentError, DataError, suggest
from glassworks.losses import Loss
from glassworks.training.data import make_source
from glassworks.training.data.convert import to_arrays
from glassworks.training.data.kinds import kind_of
from glassworks.training.outputs import flat_targets, output_names
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from glassworks.models.model import Model

ClassNames: TypeAlias = Sequence[str] | Mapping[int, str] | None
"""A name per class, in order or by number; the numbers themselves by default."""


class Chunk(NamedTuple):
    """Some samples: the inputs as they were passed, the targets and the outputs of the chosen output as arrays."""

    inputs: Data
    targets: np.ndarray
    outputs: np.ndarray
    loss: Loss | None


def chunks(
    model: Model, x: Data, y: Structure, where: str, output: str | None = None, steps: int | None = None, batch_size: int | None = None
) -> Iterator[Chunk]:
    """Yield the samples with what the model predicts for them: arrays at once, sources batch by batch.

    Args:
        model: A model that is built, or can be built by this data.
        x: Arrays, a DataFrame, or a source of batches `(x, y)`.
        y: Targets, where x does not give them. For several outputs the targets of all, or of the chosen one alone.
        where: The call, for errors.
        output: The name of the output to look at, where there are several.
        steps: Batches to take from a source; all of them by default.
        batch_size: Rows that are predicted at a time, for arrays.
    """
    if kind_of(x) == "arrays":
        if y is None:
            raise ArgumentError("y=None", "the targets of the samples", "pass y, or a source that gives (x, y)", where=where)
        yield _chunk(model, x, to_arrays(y, "y"), model.predict(x, batch_size=batch_size, verbose=0), output, where)
        return
    for number, (inputs, targets, _) in enumerate(make_source(x, y, batch_size=batch_size, shuffle=False, steps=steps)):
        if steps is not None and number >= steps:
            return
        if targets is None:
            raise DataError("batches without targets", "batches (x, y)", "let each batch have its targets, too", where=where)
        yield _chunk(model, inputs, targets, model.predict_on_batch(inputs), output, where)


def _chunk(model: Model, x: Data, y: Structure, outputs: Structure, output: str | None, where: str) -> Chunk:
    names = output_names(outputs, getattr(model, "output_names", None))
    if output is None and len(names) > 1:
        raise ArgumentError(
            f"a model with {len(names)} outputs", "the name of one of them", f"pass output={names[0]!r} ({', '.join(names)})", where=where
        )
    if output is not None and output not in names:
        raise ArgumentError(f"output={output!r}", f"one of {', '.join(names)}", suggest(output, names), where=where)
    place = names.index(output) if output is not None else 0
    single = not isinstance(y, dict) and len(tree.flatten(y)) == 1
    target = tree.flatten(y)[0] if single else flat_targets(y, names)[place]
    losses = model._trainer.losses
    loss = None if losses is None else losses.of_outputs(names)[place]
    predicted = np.asarray(tree.flatten(outputs)[place])
    if target is None or len(target) != len(predicted):
        count = "no" if target is None else len(target)
        raise DataError(f"{len(predicted)} samples and {count} targets", "a target for each sample", "pass the targets as y", where=where)
    return Chunk(x, np.asarray(target), predicted.astype(np.result_type(predicted, np.float32)), loss)


@dataclass
class Classified:
    """Samples with their class and the scores of all classes; two classes for a model with one output unit.

    Attributes:
        truth: The class of each sample, shape (samples,).
        scores: The probability of each class, shape (samples, classes), or what the model gives in its place.
        names: The names of the classes.
        are_probabilities: Whether the scores are probabilities.
    """

    truth: np.ndarray
    scores: np.ndarray
    names: list[str]
    are_probabilities: bool

    @property
    def predicted(self) -> np.ndarray:
        """The class with the highest score, the first one among equals."""
        return self.scores.argmax(axis=1)


def classified(
    model: Model,
    x: Data,
    y: Structure,
    where: str,
    class_names: ClassNames = None,
    positive: int | str | None = None,
    output: str | None = None,
    steps: int | None = None,
    batch_size: int | None = None,
) -> Classified:
    """The classes and scores of samples; see `chunks` for the arguments.

    Args:
        class_names: The names of the classes.
        positive: A class, by number or name: it against all others, as two classes. A model of several labels per sample needs it.

    Raises:
        DataError: Targets that are not classes.
    """
    parts = list(chunks(model, x, y, where, output, steps, batch_size))
    if not parts:
        raise DataError("no batches", "at least one", "look at what the source gives", where=where)
    targets, outputs = (np.concatenate([part[place] for part in parts]) for place in (1, 2))
    names = class_names if class_names is not None else getattr(x, "class_names", None)
    return class_scores(targets, outputs, parts[0].loss, where, names, positive)


def class_scores(
    targets: np.ndarray,
    outputs: np.ndarray,
    loss: Loss | None,
    where: str,
    class_names: ClassNames = None,
    positive: int | str | None = None,
) -> Classified:
    """Class numbers and scores from targets in any encoding and outputs of any kind.

    Args:
        targets: Class numbers, one-hot rows, or 0 and 1.
        outputs: Probabilities or logits, which the loss says.
        loss: The loss that the model was compiled with.
        where, class_names, positive: See `classified`.
    """
    finite = np.isfinite(outputs.reshape(len(outputs), -1)).all(axis=1)
    if not finite.all():
        fix = "look for NaN in x; if there is none, train with fit(on_nan='raise'), which names the layer"
        raise DataError(f"NaN or infinity in the outputs of {(~finite).sum():,} of {len(finite):,} samples", "numbers", fix, where=where)
    if outputs.ndim == 1 or outputs.shape[-1] == 1:
        return _binary(targets.ravel(), outputs.ravel(), loss, where, class_names, positive)
    classes = outputs.shape[-1]
    if targets.ndim == outputs.ndim and targets.shape[-1] == 1:
        targets = targets[..., 0]
    rows = outputs.reshape(-1, classes)
    names = _names(class_names, classes, where)
    if targets.shape == outputs.shape:
        shares = targets.reshape(-1, classes)
        if not np.allclose(shares.sum(axis=1), 1, atol=1e-3):
            return _one_label(shares, rows, loss, where, names, positive)
        truth = shares.argmax(axis=1)
    elif targets.shape == outputs.shape[:-1]:
        truth, rows = _class_numbers(targets.ravel(), rows, loss, where)
    else:
        raise DataError(
            f"targets of shape {targets.shape} and outputs of shape {outputs.shape}",
            f"class numbers of shape {outputs.shape[:-1]} or one-hot rows of shape {outputs.shape}",
            "pass the labels that the model was trained with",
            where=where,
        )
    scores, are_probabilities = _as_probabilities(rows, loss, softmax)
    result = Classified(truth, scores, names, are_probabilities)
    return result if positive is None else _against_the_rest(result, positive, where)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Logits as probabilities of classes that exclude each other, shape (..., classes).

    >>> softmax(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Logits as probabilities of yes and no questions.

    >>> sigmoid(np.array([0.0, -1000.0])).tolist()
    [0.5, 0.0]
    """
    return 0.5 * (1.0 + np.tanh(0.5 * logits))


def takes_logits(loss: Loss | None) -> bool:
    """Whether a loss is `from_logits`."""
    return bool(getattr(loss, "options", {}).get("from_logits", getattr(loss, "from_logits", False)))


def _as_probabilities(outputs: np.ndarray, loss: Loss | None, squash: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, bool]:
    """The outputs as probabilities where they are, or where the loss says that they are logits; and whether they are."""
    if takes_logits(loss):
        return squash(outputs.astype(np.float64)), True
    return outputs.astype(np.float64), bool(np.isfinite(outputs).all() and outputs.min() >= -1e-6 and outputs.max() <= 1 + 1e-6)


def _binary(
    targets: np.ndarray, outputs: np.ndarray, loss: Loss | None, where: str, class_names: ClassNames, positive: int | str | None
) -> Classified:
    values = np.unique(targets)
    if len(targets) != len(outputs) or not (np.isin(values, (0, 1)).all() or np.isin(values, (-1, 1)).all()):
        raise DataError(
            f"targets such as {', '.join(f'{value:g}' for value in values[:4].astype(float))} for an output with one unit",
            "0 and 1 (or -1 and 1): no and yes",
            "these tools are for classes; insight.most_wrong also takes quantities",
            where=where,
        )
    yes, are_probabilities = _as_probabilities(outputs, loss, sigmoid)
    no = 1 - yes if are_probabilities else -yes
    result = Classified((targets > 0).astype(int), np.stack([no, yes], axis=1), _names(class_names, 2, where), are_probabilities)
    return result if positive is None else _against_the_rest(result, positive, where)


def _class_numbers(targets: np.ndarray, rows: np.ndarray, loss: Loss | None, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Class numbers, checked, and the rows that have one: those of the class that the loss ignores are left out."""
    ignored = getattr(loss, "options", {}).get("ignore_class")
    kept = np.ones(len(targets), bool) if ignored is None else targets != ignored
    targets, rows = targets[kept], rows[kept]
    wrong = (targets < 0) | (targets >= rows.shape[1]) | (targets != np.floor(targets))
    if wrong.any():
        raise DataError(
            f"the target {targets[wrong][0]}, and outputs of {rows.shape[1]} classes",
            f"class numbers from 0 to {rows.shape[1] - 1}",
            "pass the labels that the model was trained with",
            where=where,
        )
    return targets.astype(int), rows


def _one_label(
    labels: np.ndarray, outputs: np.ndarray, loss: Loss | None, where: str, names: list[str], positive: int | str | None
) -> Classified:
    """One label of samples that may have several."""
    if positive is None:
        raise DataError(
            "targets whose rows do not add up to 1: samples with several labels",
            "one label at a time",
            f"pass positive={names[0]!r}, for the first label" if not names[0].isdigit() else "pass positive=0, for the first label",
            where=where,
        )
    place = class_number(positive, names, where)
    yes, are_probabilities = _as_probabilities(outputs[:, place], loss, sigmoid)
    no = 1 - yes if are_probabilities else -yes
    return Classified((labels[:, place] > 0.5).astype(int), np.stack([no, yes], axis=1), _two_names(names[place]), are_probabilities)


def _against_the_rest(samples: Classified, positive: int | str, where: str) -> Classified:
    place = class_number(positive, samples.names, where)
    yes = samples.scores[:, place]
    no = 1 - yes if samples.are_probabilities else np.delete(samples.scores, place, axis=1).max(axis=1)
    names = _two_names(samples.names[place]) if len(samples.names) > 2 else [samples.names[1 - place], samples.names[place]]
    return Classified((samples.truth == place).astype(int), np.stack([no, yes], axis=1), names, samples.are_probabilities)


def class_number(chosen: int | str, names: Sequence[str], where: str) -> int:
    """The number of a class that was chosen by its name or number."""
    if isinstance(chosen, str) and chosen in names:
        return list(names).index(chosen)
    if isinstance(chosen, (int, np.integer)) and not isinstance(chosen, bool) and 0 <= chosen < len(names):
        return int(chosen)
    fix = suggest(str(chosen), list(names))
    raise ArgumentError(f"positive={chosen!r}", f"a class: 0 to {len(names) - 1}, or its name", fix, where=where)


def _two_names(name: str) -> list[str]:
    return [f"not {name}", name]


def _names(given: ClassNames, count: int, where: str) -> list[str]:
    if given is None:
        return [str(number) for number in range(count)]
    names = [str(given.get(number, number)) for number in range(count)] if isinstance(given, Mapping) else [str(name) for name in given]
    if len(names) != count:
        raise ArgumentError(f"{len(names)} class names", f"{count}, one for each class", f"name all {count} classes", where=where)
    return names
