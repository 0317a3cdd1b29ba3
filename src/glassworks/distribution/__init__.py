"""Keras's names for training on several devices. There is one device here, so a program computes what it computes without them."""

from glassworks.distribution.devices import distribute_tensor as distribute_tensor
from glassworks.distribution.devices import get_device_count as get_device_count
from glassworks.distribution.devices import initialize as initialize
from glassworks.distribution.devices import list_devices as list_devices
from glassworks.distribution.mesh import DeviceMesh as DeviceMesh
from glassworks.distribution.mesh import LayoutMap as LayoutMap
from glassworks.distribution.mesh import TensorLayout as TensorLayout
from glassworks.distribution.strategies import DataParallel as DataParallel
from glassworks.distribution.strategies import ModelParallel as ModelParallel
from glassworks.distribution.strategies import distribution as distribution
from glassworks.distribution.strategies import set_distribution as set_distribution
