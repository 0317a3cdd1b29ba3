"""Sequences of labels without alignment: the CTC loss, and decoding of its predictions."""

from __future__ import annotations

import numpy as np

from glassworks import dtypes
from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import apply, op, spec_of
from glassworks.graph.sizes import is_int
from glassworks.ops.convert import operand
from glassworks.ops.indices import class_numbers, lengths_up_to
from glassworks.ops.nn.activations import log_softmax
from glassworks.ops.numpy.comparison import equal, where
from glassworks.ops.numpy.indexing import take_along_axis
from glassworks.ops.numpy.joining import concatenate
from glassworks.ops.numpy.reduction import argmax
from glassworks.ops.numpy.reduction import max as max_over
from glassworks.ops.numpy.reduction import sum as sum_over
from glassworks.ops.numpy.shaping import expand_dims
from glassworks.ops.numpy.sorting import argsort
from glassworks.ops.primitives import ctc
from glassworks.typing import ArrayLike, Tensor

__all__ = ["ctc_decode", "ctc_loss"]


def _sequences(name: str, x: ArrayLike) -> Tensor:
    """Scores in at least 32 bits, with a check of their three axes."""
    x = operand(x)
    x = operand(x, dtypes.result_type(spec_of(x).dtype, "float32"))
    if len(spec_of(x).shape) != 3:
        raise ShapeError(
            f"{name} of scores of shape {tuple(spec_of(x).shape)}",
            "shape (batch, steps, classes)",
            "the layer before gives a score per step and class",
            where=f"ops.{name}",
        )
    return x


@op
def ctc_loss(target: ArrayLike, output: ArrayLike, target_length: ArrayLike, output_length: ArrayLike, mask_index: int = 0) -> Tensor:
    """The negative log probability of the labels under the scores, summed over all alignments (Graves et al., 2006).

    Args:
        target: Labels, integers of shape (batch, n).
        output: Scores (logits), shape (batch, steps, classes).
        target_length: The number of labels of each sequence, shape (batch,).
        output_length: The number of steps of each sequence, shape (batch,).
        mask_index: The class of the blank.

    Returns:
        The loss of each sequence, shape (batch,).

    Raises:
        DataError: A label within its sequence is not one of the classes.

    >>> from glassworks import ops
    >>> ops.round(ops.ctc_loss([[1]], ops.zeros((1, 2, 2)), [1], [2]), 4)
    Array([0.2877], dtype=float32)
    """
    output = _sequences("ctc_loss", output)
    target, lengths = operand(target), [operand(length) for length in (target_length, output_length)]
    batch = spec_of(output).shape[0]
    if len(spec_of(target).shape) != 2 or spec_of(target).shape[0] != batch or any(spec_of(x).shape != (batch,) for x in lengths):
        raise ShapeError(
            f"labels {tuple(spec_of(target).shape)} with lengths {[tuple(spec_of(x).shape) for x in lengths]} for {batch} sequences",
            f"labels of shape ({batch}, n) and lengths of shape ({batch},)",
            "fill up shorter sequences of labels and give their lengths",
            where="ops.ctc_loss",
        )
    mask_index = _class("ctc_loss", mask_index, output)
    counts = lengths_up_to(spec_of(target).shape[1], lengths[0], "target_length")
    steps = lengths_up_to(spec_of(output).shape[1], lengths[1], "output_length")
    # The padding of a shorter sequence is not a label.
    counted = np.arange(spec_of(target).shape[1], dtype="int32") < expand_dims(counts, -1)
    labels = class_numbers(spec_of(output).shape[2], where(counted, target, mask_index))
    return apply(ctc.ctc_score, log_softmax(output), labels, counts, steps, mask_index=mask_index)


def _class(name: str, mask_index: int, output: Tensor) -> int:
    classes = spec_of(output).shape[-1]
    if not 0 <= mask_index < classes:
        raise ArgumentError(f"mask_index={mask_index} of {classes} classes", f"a class from 0 to {classes - 1}", where=f"ops.{name}")
    return int(mask_index)


@op
def ctc_decode(
    inputs: ArrayLike,
    sequence_lengths: ArrayLike,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int = 0,
) -> tuple[Tensor, Tensor]:
    """The labels decoded from scores.

    Args:
        inputs: Scores (logits), shape (batch, steps, classes).
        sequence_lengths: The number of steps of each sequence, shape (batch,).
        strategy: `"greedy"` takes the best class of each step; `"beam_search"` sums the probabilities of all alignments that give
            the same labels, and keeps the best `beam_width` prefixes.
        beam_width: The number of prefixes that a beam search keeps.
        top_paths: The number of sequences that a beam search returns, the most probable first.
        merge_repeated: Whether `"greedy"` merges repetitions of a class without a blank between them.
        mask_index: The class of the blank.

    Returns:
        Labels of shape (1 or top_paths, batch, steps), padded with -1; and, of shape (batch, 1), minus the sum of the
        scores taken, or, of shape (batch, top_paths), log probabilities.

    >>> from glassworks import ops
    >>> scores = [[[0.0, 9.0, 0.0], [0.0, 9.0, 0.0], [9.0, 0.0, 0.0], [0.0, 0.0, 9.0]]]
    >>> labels, _ = ops.ctc_decode(scores, [4])
    >>> labels
    Array([[[ 1,  2, -1, -1]]], dtype=int32)
    """
    inputs, lengths = _sequences("ctc_decode", inputs), operand(sequence_lengths, "int32")
    batch = spec_of(inputs).shape[0]
    if spec_of(lengths).shape != (batch,):
        raise ShapeError(
            f"sequence_lengths of shape {spec_of(lengths).shape} for inputs of shape {spec_of(inputs).shape}",
            f"shape ({batch},): a length per sequence",
            "check the first axis of both",
            where="ops.ctc_decode",
        )
    mask_index = _class("ctc_decode", mask_index, inputs)
    if strategy == "greedy":
        return _greedy(inputs, lengths, merge_repeated, mask_index)
    if strategy != "beam_search":
        raise ArgumentError(f"strategy={strategy!r}", "'greedy' or 'beam_search'", where="ops.ctc_decode")
    for name, value in (("beam_width", beam_width), ("top_paths", top_paths)):
        if not is_int(value) or value < 1 or top_paths > beam_width:
            raise ArgumentError(
                f"{name}={value!r}", "positive integers, top_paths no larger than beam_width", "widen the beam", where="ops.ctc_decode"
            )
    paths, scores = apply(ctc.ctc_beams, log_softmax(inputs), lengths, width=int(beam_width), top=int(top_paths), mask_index=mask_index)
    return paths, scores


def _greedy(inputs: Tensor, lengths: Tensor, merge_repeated: bool, mask_index: int) -> tuple[Tensor, Tensor]:
    batch, steps, _ = spec_of(inputs).shape
    places = np.arange(steps, dtype="int32")
    beyond = places >= expand_dims(lengths, -1)
    labels = where(beyond, mask_index, argmax(inputs, axis=-1))
    scores = where(beyond, 0.0, max_over(inputs, axis=-1))
    if merge_repeated:
        repeats = concatenate([np.zeros((batch, 1), bool), equal(labels[:, 1:], labels[:, :-1])], axis=1)
        labels = where(repeats, mask_index, labels)
    blank = equal(labels, mask_index)
    order = argsort(where(blank, steps, places), axis=-1)
    labels = take_along_axis(where(blank, -1, labels), order, axis=-1)
    return operand(expand_dims(labels, 0), "int32"), -sum_over(scores, axis=1, keepdims=True)
