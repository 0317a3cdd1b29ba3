"""Batches of another source, after the part of a model that runs on the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from glassworks.training.data.base import Batch, DataSource


class HostedSource(DataSource):
    """The batches of a source, each changed by a function.

    Args:
        source: Where the batches come from.
        function: A function from batch to batch: the host layers of a model applied to the inputs.
    """

    def __init__(self, source: DataSource, function: Callable[[Batch], Batch]) -> None:
        self._source, self._function = source, function
        self.kind, self.batch_size, self.num_samples = source.kind, source.batch_size, source.num_samples
        self.arrays, self.never_ends = source.arrays, source.never_ends

    @property
    def num_batches(self) -> int | None:  # type: ignore[override]
        """The number of batches of the wrapped source."""
        return self._source.num_batches

    @property
    def is_endless(self) -> bool:  # type: ignore[override]
        """Whether the wrapped source has no end."""
        return self._source.is_endless

    @property
    def used(self) -> int:  # type: ignore[override]  # computed here, set in the base
        """The number of batches of this pass whose steps have run, which the wrapped source keeps."""
        return self._source.used

    @used.setter
    def used(self, count: int) -> None:
        self._source.used = count

    @property
    def may_be_interrupted(self) -> bool:  # type: ignore[override]  # computed here, set in the base
        """As of the wrapped source."""
        return self._source.may_be_interrupted

    def keep_state(self) -> None:
        """Let the wrapped source keep its state."""
        self._source.keep_state()

    def get_state(self, in_pass: bool = True) -> dict[str, Any]:
        """The state of the wrapped source."""
        return self._source.get_state(in_pass)

    def set_state(self, state: dict[str, Any]) -> None:
        """Let the wrapped source go on where another one was."""
        self._source.set_state(state)
        self.draws_ahead = self._source.draws_ahead

    def identity(self) -> dict[str, Any]:
        """The identity of the wrapped source."""
        return self._source.identity()

    def first_batch(self) -> Batch:
        """The first batch of the wrapped source, after the host layers."""
        return self._function(self._source.first_batch())

    def batches(self) -> Iterator[Batch]:
        """The batches of the wrapped source, after the host layers."""
        return map(self._function, self._source.batches())

    def on_epoch_begin(self) -> None:
        """Tell the wrapped source that an epoch begins."""
        self._source.on_epoch_begin()

    def on_epoch_end(self) -> None:
        """Tell the wrapped source that an epoch has ended."""
        self._source.on_epoch_end()

    def ended_early(self, count: int, wanted: int | None, what: str) -> None:
        """Let the wrapped source say what the early end means."""
        self._source.ended_early(count, wanted, what)
