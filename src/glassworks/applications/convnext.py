"""Images for ConvNeXt, and its classes. The network itself is not here; `docs/keras_names.md` says why."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from glassworks import absent as _absent
from glassworks.applications import imagenet_utils as _imagenet

preprocess_input = _imagenet.unchanged
decode_predictions = _imagenet.decode_predictions

if not _TYPE_CHECKING:
    __getattr__ = _absent.module_getattr("applications.convnext", __name__)
