"""How a model is divided among devices: its data, or its weights too. On one device both leave everything where it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

import numpy as np

from glassworks.context import context
from glassworks.distribution.mesh import DEVICES, DeviceMesh, LayoutMap, TensorLayout
from glassworks.errors import ArgumentError, StateError, warn

_Data = TypeVar("_Data")


class HasShapeAndPath(Protocol):
    """What a strategy asks of a variable."""

    shape: Sequence[int]
    path: str


class Distribution:
    """A strategy: the mesh, and which of its axes divides the batch.

    Args:
        device_mesh: The mesh.
        batch_dim_name: The axis of the mesh that divides batches.
        auto_shard_dataset: Whether each process takes its own part of a data set; there is one process.

    >>> DataParallel().num_processes
    1
    """

    num_processes = 1
    data_shard_id = 0

    def __init__(self, device_mesh: DeviceMesh, batch_dim_name: str | None = None, auto_shard_dataset: bool = True) -> None:
        self.device_mesh, self.batch_dim_name, self.auto_shard_dataset = device_mesh, batch_dim_name, auto_shard_dataset

    @property
    def num_model_replicas(self) -> int:
        """The number of copies of the model."""
        raise NotImplementedError(f"{type(self).__name__} does not define num_model_replicas")

    def get_data_layout(self, data_shape: Sequence[int | None]) -> TensorLayout:
        """The layout of data: the batch is divided.

        Args:
            data_shape: The shape of the data.
        """
        return TensorLayout([self.batch_dim_name, *[None] * (len(data_shape) - 1)], self.device_mesh)

    def get_variable_layout(self, variable: HasShapeAndPath) -> TensorLayout:
        """The layout of a variable: each device has all of it.

        Args:
            variable: The variable.
        """
        given = getattr(variable, "_layout", None)
        return given if given is not None else TensorLayout([None] * len(variable.shape), self.device_mesh)

    def get_tensor_layout(self, path: str) -> TensorLayout | None:
        """The layout of a tensor inside the model; None leaves it as it is.

        Args:
            path: The path of the tensor.
        """
        return None

    def distribute_dataset(self, dataset: _Data) -> _Data:
        """The part of a data set for this process: all of it.

        Args:
            dataset: Any source of data.
        """
        return dataset

    @contextmanager
    def scope(self) -> Iterator[None]:
        """A `with` block in which this is the current distribution."""
        before = distribution()
        set_distribution(self)
        try:
            yield
        finally:
            set_distribution(before)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} device_mesh={self.device_mesh}>"


class DataParallel(Distribution):
    """Each device has the whole model and a part of each batch.

    Args:
        device_mesh: A mesh of one axis.
        devices: Names of devices instead of a mesh; `list_devices()` by default.
        auto_shard_dataset: Whether each process takes its own part of a data set; there is one process.

    Raises:
        ArgumentError: `device_mesh` is not a mesh.

    >>> DataParallel()
    <DataParallel device_mesh=<DeviceMesh shape=(1,), axis_names=['batch']>>
    """

    def __init__(
        self, device_mesh: DeviceMesh | None = None, devices: Sequence[str] | None = None, auto_shard_dataset: bool = True
    ) -> None:
        if not device_mesh:
            names = np.array(devices or DEVICES)
            device_mesh = DeviceMesh(names.shape, ["batch"], names)
        if not isinstance(device_mesh, DeviceMesh):
            raise ArgumentError(f"device_mesh={device_mesh!r}", "a DeviceMesh", "write DeviceMesh(shape, axis_names)", where="DataParallel")
        if device_mesh.devices.ndim != 1:
            warn(f"DataParallel divides batches along the first axis of a mesh only; this mesh has the axes {device_mesh.axis_names}")
        super().__init__(device_mesh, device_mesh.axis_names[0], auto_shard_dataset)

    @property
    def num_model_replicas(self) -> int:
        """The number of copies of the model: one on each device."""
        return self.device_mesh.devices.size


class ModelParallel(Distribution):
    """Variables are divided among devices as a `LayoutMap` says, and batches along one axis of its mesh.

    Args:
        layout_map: The layouts of variables and tensors by path.
        batch_dim_name: The axis of the mesh that divides batches; its first axis by default.
        auto_shard_dataset: Whether each process takes its own part of a data set; there is one process.
        kwargs: Ignored; old code passes `device_mesh`.

    Raises:
        ArgumentError: `layout_map` is not a `LayoutMap`.

    >>> layouts = LayoutMap(DeviceMesh((1, 1), ["batch", "model"]))
    >>> layouts[".*kernel"] = (None, "model")
    >>> ModelParallel(layout_map=layouts).batch_dim_name
    'batch'
    """

    def __init__(
        self,
        *,
        layout_map: LayoutMap | None = None,
        batch_dim_name: str | None = None,
        auto_shard_dataset: bool = True,
        **kwargs: object,
    ) -> None:
        if not isinstance(layout_map, LayoutMap) or layout_map.device_mesh is None:
            raise ArgumentError(f"layout_map={layout_map!r}", "a LayoutMap with a mesh", "write LayoutMap(mesh)", where="ModelParallel")
        super().__init__(layout_map.device_mesh, batch_dim_name or layout_map.device_mesh.axis_names[0], auto_shard_dataset)
        self._layout_map = layout_map

    @property
    def num_model_replicas(self) -> int:
        """The number of copies of the model: the devices along the axis of the batch.

        Raises:
            StateError: The mesh does not have this axis.
        """
        names = list(self.device_mesh.axis_names)
        if self.batch_dim_name not in names:
            raise StateError(f"batch_dim_name={self.batch_dim_name!r}", f"one of {names}", "use the mesh's name", where="ModelParallel")
        return self.device_mesh.shape[names.index(self.batch_dim_name)]

    def get_variable_layout(self, variable: HasShapeAndPath) -> TensorLayout:
        """The layout of a variable by its path, else the same on each device.

        Args:
            variable: The variable.
        """
        given = getattr(variable, "_layout", None) or self._layout_map[variable.path]
        return given if given is not None else super().get_variable_layout(variable)

    def get_tensor_layout(self, path: str) -> TensorLayout | None:
        """The layout of a tensor by its path; None leaves it as it is.

        Args:
            path: The path of the tensor.
        """
        return self._layout_map[path]


def distribution() -> Distribution | None:
    """The current distribution of this thread, or None.

    >>> distribution() is None
    True
    """
    return context.distribution


def set_distribution(value: Distribution | None) -> None:
    """Make a distribution the current one of this thread; None ends it.

    Args:
        value: A `DataParallel` or `ModelParallel`, or None.

    >>> set_distribution(DataParallel())
    >>> distribution().num_model_replicas
    1
    >>> set_distribution(None)
    """
    context.distribution = value


def check_devices(where: str) -> None:
    """Refuse a current distribution over devices that are not here; weights are created after this check.

    Args:
        where: The call that creates weights, for the error.

    Raises:
        ArgumentError: The mesh has other devices.

    >>> check_devices("add_weight")
    """
    current = context.distribution
    if current is not None:
        current.device_mesh.check_devices(where)
