"""The card of an embedding: which row of the table a number selects."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassworks import layers
from glassworks.errors import StateError
from glassworks.insight.cards.card import Card, checked_place, numbers
from glassworks.insight.stages import Stage


class RowCard(Card):
    """One row of an embedding table.

    Attributes:
        layer, place: The layer, and the place in its input.
        index: The number there, which is that of the row.
        row: The row.
        norm: Its length.
        is_masked: Whether the place is masked (the number 0 with `mask_zero=True`).
    """

    def __init__(self, stage: Stage, place: tuple[int, ...], index: int, row: np.ndarray, is_masked: bool) -> None:
        self.layer, self.place, self.index, self.row, self.is_masked = stage.name, place, index, row, is_masked
        self.norm = float(np.linalg.norm(row.astype(np.float64)))
        size = stage.weights["embeddings"].shape
        lines = [f"x{list(place)} = {index} -> row {index} of {size[0]:,}: {numbers(row, 8)}, length {self.norm:.4g}"]
        lines += ["0 is masked: later layers do not see it"] if is_masked else []
        super().__init__(f"{stage.name}, place {place}", lines)


def row_card(stage: Stage, place: Sequence[int] | int | None, sample: int) -> RowCard:
    """The row of an `Embedding` that the number at one place of the input selects.

    Args:
        stage: The call of the layer.
        place: The place in the input; the first one by default.
        sample: The sample of the batch.
    """
    if not isinstance(stage.layer, layers.Embedding) or stage.options.get("reverse"):
        raise StateError(f"layer '{stage.name}' ({stage.kind})", "an Embedding", f"trace[{stage.name!r}] has its arrays", where="trace.row")
    given = stage.inputs[0][sample]
    place = checked_place(place, given.shape, "place", stage)
    index = int(given[place])
    return RowCard(stage, place, index, stage.outputs[0][sample][place], bool(stage.layer.mask_zero and index == 0))
