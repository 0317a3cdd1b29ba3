"""Keras's names for devices and rematerialisation. There is one device, and the engine plans the memory, so they have no effect."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any

from glassworks.arguments import Instance, Integer, OneOf, check
from glassworks.errors import ArgumentError


class device:
    """A `with` block that names the device to compute on: the CPU, which is the only one.

    Args:
        device_name: `"cpu"` or `"cpu:0"`.

    Raises:
        ArgumentError: Another device is asked for.

    >>> from glassworks import ops
    >>> with device("cpu:0"):
    ...     ops.ones(2)
    Array([1., 1.], dtype=float32)
    """

    def __init__(self, device_name: str) -> None:
        if not isinstance(device_name, str) or not re.fullmatch(r"/?(device:)?cpu(:0)?", device_name.lower()):
            raise ArgumentError(f"device_name={device_name!r}", "'cpu' or 'cpu:0', the only device", "remove the scope", where="device")
        self.device_name = device_name

    def __enter__(self) -> device:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass


class RematScope:
    """A `with` block in which layers would compute their results again for the gradient instead of keeping them.

    The engine plans the memory of a whole step and stores every result once, so this scope has no effect except that Keras code
    runs.

    Args:
        mode: `"full"`, `"activations"`, `"larger_than"`, `"list_of_layers"` or None.
        output_size_threshold: The number of elements from which on `"larger_than"` applies.
        layer_names: The layers of `"list_of_layers"`.

    Raises:
        ArgumentError: The mode is unknown.

    >>> with RematScope("larger_than", output_size_threshold=2048) as scope:
    ...     scope.mode
    'larger_than'
    """

    _arguments = {
        "mode": OneOf("full", "activations", "larger_than", "list_of_layers", None),
        "output_size_threshold": Integer(0),
        "layer_names": Instance((list, tuple, type(None)), "a list of names"),
    }

    def __init__(self, mode: str | None = "full", output_size_threshold: int = 1024, layer_names: Sequence[str] | None = None) -> None:
        check("RematScope", self._arguments, mode=mode, output_size_threshold=output_size_threshold, layer_names=layer_names)
        self.mode, self.output_size_threshold, self.layer_names = mode, output_size_threshold, list(layer_names or ())

    def __enter__(self) -> RematScope:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass


def remat(f: Callable) -> Callable:
    """The same function; see `RematScope` for why nothing is computed twice.

    >>> from glassworks import ops
    >>> remat(ops.exp)(0.0)
    Array(1., dtype=float32)
    """

    @functools.wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return f(*args, **kwargs)

    return wrapped
