"""TensorFlow's questions about devices, `tf.config`: there is one device, the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import NamedTuple

from glassworks.engine.threads import num_threads, set_num_threads


class PhysicalDevice(NamedTuple):
    """A device: its name, and "CPU".

    >>> PhysicalDevice("/physical_device:CPU:0", "CPU").device_type
    'CPU'
    """

    name: str
    device_type: str


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices: the CPU alone.

    Args:
        device_type: "CPU", "GPU" or "TPU"; all if None.

    >>> list_physical_devices("GPU"), len(list_physical_devices("CPU"))
    ([], 1)
    """
    return [PhysicalDevice("/physical_device:CPU:0", "CPU")] if device_type in (None, "CPU") else []


def set_visible_devices(devices: Sequence[PhysicalDevice] | PhysicalDevice, device_type: str | None = None) -> None:
    """Do nothing: the CPU is always used.

    >>> set_visible_devices([], "GPU")
    """


def set_memory_growth(device: PhysicalDevice, enable: bool) -> None:
    """Do nothing: memory is taken as it is needed.

    >>> set_memory_growth(list_physical_devices()[0], True)
    """


experimental = SimpleNamespace(
    list_physical_devices=list_physical_devices, set_memory_growth=set_memory_growth, set_visible_devices=set_visible_devices
)
"""The older place of these names."""

threading = SimpleNamespace(
    get_inter_op_parallelism_threads=lambda: 1,
    get_intra_op_parallelism_threads=num_threads,
    set_inter_op_parallelism_threads=lambda num_threads: None,
    set_intra_op_parallelism_threads=lambda num_threads: set_num_threads(num_threads) if num_threads else None,
)
"""TensorFlow's names for the number of threads; 0 keeps it."""
