"""Losses for sequences of labels."""

from __future__ import annotations

from glassworks import ops
from glassworks.configured import defaults
from glassworks.errors import ShapeError
from glassworks.graph import spec_of
from glassworks.losses.base import LOSSES, FunctionLoss
from glassworks.losses.functions import takes_labels
from glassworks.typing import ArrayLike, Tensor


@takes_labels
def ctc(y_true: ArrayLike, y_pred: ArrayLike) -> Tensor:
    """The negative log probability of the labels under the scores, summed over all alignments (Graves et al., 2006).

    Args:
        y_true: Labels from 1, shape (batch, n), padded with 0.
        y_pred: Scores (logits), shape (batch, steps, classes); class 0 is the blank.

    >>> from glassworks import losses, ops
    >>> losses.ctc([[1]], ops.zeros((1, 2, 2))).numpy().round(4)
    array([0.2877], dtype=float32)
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    labels, scores = spec_of(y_true).shape, spec_of(y_pred).shape
    if len(labels) != 2 or len(scores) != 3:
        raise ShapeError(
            f"labels of shape {tuple(labels)} and scores of shape {tuple(scores)} in ctc",
            "shapes (batch, n) and (batch, steps, classes)",
            "give each sample a row of labels, and the last layer one unit per class and one for the blank",
        )
    count = ops.sum(ops.cast(ops.not_equal(y_true, 0), "int32"), axis=-1)
    steps = ops.full((scores[0],), scores[1], dtype="int32")
    return ops.ctc_loss(y_true, y_pred, count, steps, mask_index=0)


LOSSES.add(ctc)


@defaults(name="ctc")
class CTC(FunctionLoss):
    """The loss for sequences of labels without alignment.

    Args:
        reduction, name, dtype: See `Loss`.

    >>> from glassworks import losses, ops
    >>> round(float(losses.CTC()([[1]], ops.zeros((1, 2, 2)))), 4)
    0.2877
    """

    _function = staticmethod(ctc)
