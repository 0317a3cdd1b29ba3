"""What devices there are: the CPU. Tensors are on it, and this process is the only one."""

from __future__ import annotations

import os

from glassworks import ops
from glassworks.distribution.mesh import DEVICES, TensorLayout
from glassworks.errors import ArgumentError, ShapeError
from glassworks.graph import KerasTensor
from glassworks.typing import ArrayLike, Tensor

_KINDS = ("cpu", "gpu", "tpu")


def list_devices(device_type: str | None = None) -> list[str]:
    """The names of the devices.

    Args:
        device_type: `"cpu"`, `"gpu"` or `"tpu"`; all kinds by default. There are no devices of the last two.

    Raises:
        ArgumentError: The type is unknown.

    >>> list_devices(), list_devices("gpu")
    (['cpu:0'], [])
    """
    if device_type is not None and str(device_type).lower() not in _KINDS:
        raise ArgumentError(f"device_type={device_type!r}", f"one of {_KINDS} or None", "use 'cpu'", where="list_devices")
    return [name for name in DEVICES if device_type is None or name.startswith(device_type.lower())]


def get_device_count(device_type: str | None = None) -> int:
    """The number of devices; see `list_devices`.

    >>> get_device_count()
    1
    """
    return len(list_devices(device_type))


def initialize(job_addresses: str | None = None, num_processes: int | None = None, process_id: int | None = None) -> None:
    """Prepare for training by several processes, of which there is one here.

    Args:
        job_addresses: Addresses of the processes, separated by commas; `KERAS_DISTRIBUTION_JOB_ADDRESSES` in the environment by default.
        num_processes: Their number; `KERAS_DISTRIBUTION_NUM_PROCESSES` by default.
        process_id: The number of this process; `KERAS_DISTRIBUTION_PROCESS_ID` by default.

    Raises:
        ArgumentError: There are several processes.

    >>> initialize(num_processes=1, process_id=0)
    """
    addresses = job_addresses or os.environ.get("KERAS_DISTRIBUTION_JOB_ADDRESSES") or ""
    count = int(os.environ.get("KERAS_DISTRIBUTION_NUM_PROCESSES", 1)) if num_processes is None else num_processes
    number = int(os.environ.get("KERAS_DISTRIBUTION_PROCESS_ID", 0)) if process_id is None else process_id
    if count != 1 or number != 0 or "," in addresses:
        given = f"job_addresses={addresses!r}, num_processes={count}, process_id={number}"
        raise ArgumentError(given, "one process", "train in one process; several come with a later engine", where="distribution.initialize")


def distribute_tensor(tensor: ArrayLike, layout: TensorLayout) -> Tensor:
    """The tensor, laid out on the devices: on one device the same tensor.

    Args:
        tensor: An array or a symbolic tensor.
        layout: Its layout, with a mesh.

    Raises:
        ArgumentError: The mesh has devices that are not here.
        ShapeError: The layout has more axes than the tensor.
        StateError: The layout has no mesh.

    >>> from glassworks.distribution import DeviceMesh
    >>> distribute_tensor([1.0, 2.0], TensorLayout(("batch",), DeviceMesh((1,), ["batch"])))
    Array([1., 2.], dtype=float32)
    """
    if isinstance(tensor, KerasTensor):
        return tensor
    mesh = layout.backend_layout.device_mesh
    if mesh is not None:
        mesh.check_devices("distribute_tensor")
    array = ops.convert_to_tensor(tensor)
    if len(layout.axes) > len(array.shape):
        raise ShapeError(
            f"a tensor of shape {array.shape}, axes={layout.axes}",
            "one axis name per axis at most",
            "shorten axes",
            where="distribute_tensor",
        )
    return array
