"""Activations, losses and normalisation by their names in older Keras, where these differ from those of `ops`."""

from __future__ import annotations

from collections.abc import Sequence

from glassworks import ops, random
from glassworks.arguments import OneOf, check
from glassworks.backend.arrays import ndim
from glassworks.config import epsilon as fuzz
from glassworks.config import image_data_format
from glassworks.errors import ShapeError
from glassworks.ops.convert import described
from glassworks.typing import ArrayLike, Axis, Tensor


def relu(x: ArrayLike, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Tensor:
    """Numbers above a threshold, up to a maximum; below the threshold `alpha * (x - threshold)`.

    >>> relu([-2.0, 1.0, 9.0], alpha=0.5, max_value=6).numpy().tolist()
    [-1.0, 1.0, 6.0]
    """
    x = ops.convert_to_tensor(x)
    above = ops.where(x > threshold, x, 0) if threshold else ops.relu(x)
    if max_value is not None:
        above = ops.clip(above, 0, max_value)
    return above - alpha * ops.relu(threshold - x) if alpha else above


def hard_sigmoid(x: ArrayLike) -> Tensor:
    """The hard sigmoid of Keras 1 and 2: `0.2 * x + 0.5`, limited to 0..1. Keras 3's has the slope 1/6.

    >>> hard_sigmoid([-3.0, 0.0, 1.0]).numpy().round(6).tolist()
    [0.0, 0.5, 0.699999988079071]
    """
    return ops.clip(0.2 * ops.convert_to_tensor(x) + 0.5, 0.0, 1.0)


def l2_normalize(x: ArrayLike, axis: Axis = None) -> Tensor:
    """Divide by the Euclidean norm along an axis, or of all numbers.

    >>> l2_normalize([3.0, 4.0]).numpy().round(6).tolist()
    [0.6000000238418579, 0.800000011920929]
    """
    x = ops.convert_to_tensor(x)
    return x * ops.rsqrt(ops.maximum(ops.sum(ops.square(x), axis=axis, keepdims=True), 1e-12))


def dropout(x: ArrayLike, level: float, noise_shape: Sequence[int] | None = None, seed: int | None = None) -> Tensor:
    """Zeros in the place of a part of the numbers; the others grow, so that the expected sum stays.

    Args:
        x: The numbers.
        level: The part that becomes zero.
        noise_shape: A shape in which 1 stands for axes along which numbers are dropped together.
        seed: A seed.

    >>> dropout([1.0, 2.0], 0.0).numpy().tolist()
    [1.0, 2.0]
    """
    return random.dropout(ops.convert_to_tensor(x), level, noise_shape, seed)


def bias_add(x: ArrayLike, bias: ArrayLike, data_format: str | None = None) -> Tensor:
    """Add a bias: one number per channel, or one for each element of a sample.

    Raises:
        ShapeError: The bias has neither one axis nor those of a sample.

    >>> bias_add([[1.0, 2.0]], [10.0, 20.0]).numpy().tolist()
    [[11.0, 22.0]]
    """
    data_format = data_format or image_data_format()
    check("backend.bias_add", {"data_format": OneOf("channels_last", "channels_first")}, data_format=data_format)
    axes, shape = ndim(x), tuple(described(bias).shape)
    if len(shape) not in (1, axes - 1):
        raise ShapeError(f"a bias of {len(shape)} axes", f"1 or {axes - 1}", "give it one number per channel", where="backend.bias_add")
    if len(shape) == 1 and data_format == "channels_first":
        shape = (*shape, *(1,) * (axes - 2))
    elif data_format == "channels_first":
        shape = (shape[-1], *shape[:-1])
    return ops.add(x, ops.reshape(bias, (1, *shape)) if len(shape) == axes - 1 else bias)


def batch_normalization(
    x: ArrayLike,
    mean: ArrayLike,
    var: ArrayLike,
    beta: ArrayLike | None,
    gamma: ArrayLike | None,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> Tensor:
    """`(x - mean) / sqrt(var + epsilon) * gamma + beta`; the four are broadcast against x.

    >>> batch_normalization([[3.0]], [1.0], [4.0], [1.0], [2.0], epsilon=0.0).numpy().tolist()
    [[3.0]]
    """
    scaled = (ops.convert_to_tensor(x) - mean) * ops.rsqrt(ops.add(var, epsilon))
    scaled = scaled if gamma is None else scaled * gamma
    return scaled if beta is None else scaled + beta


def stop_gradient(variables: ArrayLike) -> Tensor | list[Tensor]:
    """The same numbers, through which gradients do not flow; a list of them for a list.

    >>> stop_gradient([1.0, 2.0])
    [Array(1., dtype=float32), Array(2., dtype=float32)]
    """
    if isinstance(variables, (list, tuple)):
        return [ops.stop_gradient(variable) for variable in variables]
    return ops.stop_gradient(variables)


def in_top_k(predictions: ArrayLike, targets: ArrayLike, k: int) -> Tensor:
    """Whether the target of each row is among its k largest predictions.

    >>> in_top_k([[0.1, 0.7, 0.2]], [2], 2).numpy().tolist()
    [True]
    """
    return ops.in_top_k(targets, predictions, k)


def binary_crossentropy(target: ArrayLike, output: ArrayLike, from_logits: bool = False) -> Tensor:
    """The binary cross-entropy of each element.

    >>> binary_crossentropy([1.0], [0.5]).numpy().round(4).tolist()
    [0.6930999755859375]
    """
    return ops.binary_crossentropy(target, output, from_logits)


def binary_focal_crossentropy(
    target: ArrayLike,
    output: ArrayLike,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
) -> Tensor:
    """The binary cross-entropy of each element times `(1 - p) ** gamma`, p the probability of the right answer.

    Args:
        target, output: Labels 0 or 1, and probabilities or logits.
        apply_class_balancing: Whether to weigh ones by alpha and zeros by `1 - alpha`.
        alpha, gamma: The weight, and the exponent.
        from_logits: Whether the outputs are logits.

    >>> binary_focal_crossentropy([1.0], [0.5], gamma=1.0).numpy().round(4).tolist()
    [0.3465999960899353]
    """
    target = ops.convert_to_tensor(target)
    likely = ops.sigmoid(output) if from_logits else ops.convert_to_tensor(output)
    right = target * likely + (1.0 - target) * (1.0 - likely)
    loss = (1.0 - right) ** gamma * ops.binary_crossentropy(target, output, from_logits)
    return (target * alpha + (1.0 - target) * (1.0 - alpha)) * loss if apply_class_balancing else loss


def categorical_crossentropy(target: ArrayLike, output: ArrayLike, from_logits: bool = False, axis: int = -1) -> Tensor:
    """The cross-entropy of each row.

    >>> categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy().round(4).tolist()
    [0.6930999755859375]
    """
    return ops.categorical_crossentropy(target, output, from_logits, axis)


def categorical_focal_crossentropy(
    target: ArrayLike, output: ArrayLike, alpha: float = 0.25, gamma: float = 2.0, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """The cross-entropy of each row, in which each class counts `alpha * (1 - p) ** gamma` times.

    >>> categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]], alpha=1.0, gamma=1.0).numpy().round(4).tolist()
    [0.3465999960899353]
    """
    output = ops.softmax(output, axis=axis) if from_logits else ops.convert_to_tensor(output)
    output = ops.clip(output / ops.sum(output, axis=axis, keepdims=True), fuzz(), 1.0 - fuzz())
    return ops.sum(alpha * (1.0 - output) ** gamma * -ops.convert_to_tensor(target) * ops.log(output), axis=axis)


def sparse_categorical_crossentropy(
    target: ArrayLike, output: ArrayLike, from_logits: bool = False, axis: int = -1, ignore_class: int | None = None
) -> Tensor:
    """The cross-entropy of each row with a class number.

    Args:
        target: Class numbers.
        output: Probabilities or logits.
        from_logits: Whether the outputs are logits.
        axis: The axis of the classes.
        ignore_class: A class whose rows have the loss 0.

    >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]]).numpy().round(4).tolist()
    [0.6930999755859375]
    """
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(target, output, from_logits, axis)
    counts = ops.not_equal(target, ignore_class)
    loss = ops.sparse_categorical_crossentropy(ops.where(counts, target, 0), output, from_logits, axis)
    return ops.where(ops.reshape(counts, described(loss).shape), loss, 0.0)


def ctc_batch_cost(y_true: ArrayLike, y_pred: ArrayLike, input_length: ArrayLike, label_length: ArrayLike) -> Tensor:
    """The connectionist temporal classification loss of each sample; the last class is the blank.

    Args:
        y_true: Labels `(batch, length)`.
        y_pred: Probabilities `(batch, time, classes)`.
        input_length, label_length: The lengths of both, `(batch, 1)`.

    >>> import numpy as np
    >>> ctc_batch_cost([[0]], np.full((1, 1, 2), 0.5, "float32"), [[1]], [[1]]).numpy().round(4).tolist()
    [[0.6930999755859375]]
    """
    logits, blank = ops.log(ops.add(y_pred, fuzz())), (described(y_pred).shape[-1] or 0) - 1
    labels, steps = (ops.cast(ops.squeeze(length, -1), "int32") for length in (label_length, input_length))
    return ops.expand_dims(ops.ctc_loss(y_true, logits, labels, steps, mask_index=blank), 1)


def ctc_decode(
    y_pred: ArrayLike, input_length: ArrayLike, greedy: bool = True, beam_width: int = 100, top_paths: int = 1
) -> tuple[list[Tensor], Tensor]:
    """The labels of a network that was trained with `ctc_batch_cost`.

    Args:
        y_pred: Probabilities `(batch, time, classes)`; the last class is the blank.
        input_length: The length of each sample.
        greedy: Whether to take the likeliest class of each step, and not a beam search.
        beam_width, top_paths: The width of the beam search, and how many results it gives.

    Returns:
        A list of labels `(batch, time)`, -1 behind the end, and the scores.

    >>> import numpy as np
    >>> labels, _ = ctc_decode(np.array([[[0.9, 0.1], [0.2, 0.8]]], "float32"), [2])
    >>> labels[0].numpy().tolist()
    [[0, -1]]
    """
    strategy = "greedy" if greedy else "beam_search"
    logits, blank = ops.log(ops.add(y_pred, fuzz())), (described(y_pred).shape[-1] or 0) - 1
    decoded, scores = ops.ctc_decode(logits, input_length, strategy, beam_width, top_paths, mask_index=blank)
    return list(ops.unstack(decoded)), scores
