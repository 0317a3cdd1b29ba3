"""`tf.distribute`: there is one device, so a strategy computes as its function does without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from glassworks import tensorflow_names
from glassworks.typing import Data, Structure


class Strategy:
    """A strategy for one device.

    >>> strategy = Strategy()
    >>> with strategy.scope():
    ...     strategy.num_replicas_in_sync
    1
    """

    num_replicas_in_sync = 1

    def __init__(self, devices: Sequence[str] | str | None = None, cross_device_ops: object = None) -> None:
        self.devices = devices

    @contextmanager
    def scope(self) -> Iterator[Strategy]:
        """A `with` block in which models are made and compiled."""
        yield self

    def run(
        self, fn: Callable[..., Structure], args: Sequence[object] = (), kwargs: dict[str, object] | None = None, options: object = None
    ) -> Structure:
        """The result of a function."""
        return fn(*args, **(kwargs or {}))

    def reduce(self, reduce_op: object, value: Structure, axis: int | None = None) -> Structure:
        """The value, which is that of the only replica."""
        return value

    def experimental_distribute_dataset(self, dataset: Data, options: object = None) -> Data:
        """The data set itself."""
        return dataset


MirroredStrategy = OneDeviceStrategy = Strategy


def get_strategy() -> Strategy:
    """The strategy, which is that for one device.

    >>> get_strategy().num_replicas_in_sync
    1
    """
    return Strategy()


class ReduceOp:
    """Names of the ways to reduce.

    >>> ReduceOp.SUM
    'SUM'
    """

    SUM, MEAN = "SUM", "MEAN"


if not TYPE_CHECKING:
    __getattr__ = tensorflow_names.module_getattr("distribute")
