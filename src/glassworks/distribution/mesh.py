"""Meshes of devices, the layouts of tensors on them, and layouts by the path of a variable."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, MutableMapping, Sequence

import numpy as np

from glassworks.errors import ArgumentError, StateError

DEVICES = ["cpu:0"]
"""The devices that there are."""

_ONE_DEVICE = "use a mesh of one device: DeviceMesh((1,), ['batch']); several devices come with a later engine"


class DeviceMesh:
    """Devices in a grid whose axes have names.

    A mesh may name devices that are not here, so that layouts can be planned; weights cannot be created on it.

    Args:
        shape: The number of devices along each axis.
        axis_names: A name for each axis.
        devices: As many device names as the shape has places; `list_devices()` by default.

    Attributes:
        shape: As given.
        axis_names: As given.
        devices: The names as an array of the mesh's shape.

    Raises:
        ArgumentError: The shape is empty, or does not fit the names or the devices.

    >>> DeviceMesh((1,), ["batch"])
    <DeviceMesh shape=(1,), axis_names=['batch']>
    """

    def __init__(self, shape: Sequence[int], axis_names: Sequence[str], devices: Sequence[str] | np.ndarray | None = None) -> None:
        if not shape or not axis_names or len(shape) != len(axis_names):
            raise ArgumentError(
                f"shape={shape}, axis_names={axis_names}", "a size and a name for each axis", "give as many of both", where="DeviceMesh"
            )
        names = np.array(DEVICES if devices is None else devices)
        if math.prod(shape) != names.size:
            given = f"the {names.size} devices {names.ravel().tolist()}"
            raise ArgumentError(f"shape={shape} for {given}", f"a shape with {names.size} places", _ONE_DEVICE, where="DeviceMesh")
        self.shape, self.axis_names = shape, axis_names
        self.devices = names.reshape(shape)

    @property
    def backend_mesh(self) -> DeviceMesh:
        """The engine's form of the mesh: the mesh itself."""
        return self

    def check_devices(self, where: str) -> None:
        """Refuse a mesh of other devices than those that there are.

        Args:
            where: The call that needs the devices, for the error.

        Raises:
            ArgumentError: A device is not here.
        """
        missing = [name for name in self.devices.ravel().tolist() if name.lower() not in DEVICES]
        if missing or self.devices.size > len(DEVICES):
            raise ArgumentError(f"a mesh of {self.devices.ravel().tolist()}", f"the devices {DEVICES}", _ONE_DEVICE, where=where)

    def __repr__(self) -> str:
        return f"<DeviceMesh shape={self.shape}, axis_names={self.axis_names}>"


class TensorLayout:
    """Along which axes of a mesh the axes of a tensor are divided.

    Args:
        axes: For each axis of the tensor the name of an axis of the mesh, or None where it is not divided.
        device_mesh: The mesh; it can be set later, once.

    Raises:
        ArgumentError: The mesh has no axis of that name.

    >>> TensorLayout((None, "batch"), DeviceMesh((1,), ["batch"])).axes
    (None, 'batch')
    """

    def __init__(self, axes: Iterable[str | None], device_mesh: DeviceMesh | None = None) -> None:
        self.axes = tuple(axes)
        self._device_mesh = device_mesh
        self._check()

    @property
    def device_mesh(self) -> DeviceMesh | None:
        """The mesh, or None."""
        return self._device_mesh

    @device_mesh.setter
    def device_mesh(self, device_mesh: DeviceMesh) -> None:
        if self._device_mesh is not None:
            raise StateError(
                f"the layout has the mesh {self._device_mesh}", "a layout without a mesh", "make a new TensorLayout", where="TensorLayout"
            )
        self._device_mesh = device_mesh
        self._check()

    @property
    def backend_layout(self) -> TensorLayout:
        """The engine's form of the layout: the layout itself.

        Raises:
            StateError: The layout has no mesh.
        """
        if self._device_mesh is None:
            raise StateError("a layout without a mesh", "a layout with a mesh", "set layout.device_mesh", where="TensorLayout")
        return self

    def _check(self) -> None:
        known = set(self._device_mesh.axis_names) if self._device_mesh else None
        unknown = sorted({axis for axis in self.axes if axis is not None} - known) if known is not None else []
        if unknown:
            raise ArgumentError(f"axes={self.axes}", f"None or one of {sorted(known or ())}", "use the mesh's names", where="TensorLayout")

    def __repr__(self) -> str:
        return f"<TensorLayout axes={self.axes}, device_mesh={self.device_mesh}>"


class LayoutMap(MutableMapping[str, "TensorLayout | tuple[str | None, ...]"]):
    """Layouts by the path of a variable. Keys are regular expressions; a key that is equal to the path comes first.

    Args:
        device_mesh: The mesh of layouts that have none.

    >>> layouts = LayoutMap(DeviceMesh((1,), ["model"]))
    >>> layouts[".*dense.*kernel"] = (None, "model")
    >>> layouts["model/dense_3/kernel"].axes
    (None, 'model')
    >>> layouts["model/dense_3/bias"] is None
    True
    """

    def __init__(self, device_mesh: DeviceMesh | None) -> None:
        self._layouts: dict[str, TensorLayout] = {}
        self.device_mesh = device_mesh

    def __getitem__(self, key: str) -> TensorLayout | None:  # type: ignore[override]  # Keras gives None, not a KeyError
        if key in self._layouts:
            return self._layouts[key]
        patterns = [pattern for pattern in self._layouts if re.fullmatch(pattern, key)]
        if len(patterns) > 1:
            raise ArgumentError(f"{key!r}, which {patterns} match", "one key per path", "make the keys narrower", where="LayoutMap")
        return self._layouts[patterns[0]] if patterns else None

    def __setitem__(self, key: str, layout: TensorLayout | tuple[str | None, ...]) -> None:
        if key in self._layouts:
            raise ArgumentError(f"the key {key!r} again", "a new key", "delete the old entry first", where="LayoutMap")
        if isinstance(layout, tuple):
            layout = TensorLayout(layout)
        if not isinstance(layout, TensorLayout):
            raise ArgumentError(f"{layout!r}", "a TensorLayout or a tuple of axis names", "write tuple(...)", where="LayoutMap")
        if layout.device_mesh is None and self.device_mesh is not None:
            layout.device_mesh = self.device_mesh
        self._layouts[key] = layout

    def __delitem__(self, key: str) -> None:
        del self._layouts[key]

    def __len__(self) -> int:
        return len(self._layouts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._layouts)
