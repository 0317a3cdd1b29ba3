"""Helpers around models: labels, seeds, data sets, configs."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from glassworks import old_names as _old_names
from glassworks.config import disable_interactive_logging as disable_interactive_logging
from glassworks.config import enable_interactive_logging as enable_interactive_logging
from glassworks.config import is_interactive_logging_enabled as is_interactive_logging_enabled
from glassworks.datasets.files import get_file as get_file
from glassworks.models.function import get_source_inputs as get_source_inputs
from glassworks.registry import CustomObjectScope as CustomObjectScope
from glassworks.registry import custom_object_scope as custom_object_scope
from glassworks.registry import get_custom_objects as get_custom_objects
from glassworks.registry import get_registered_name as get_registered_name
from glassworks.registry import get_registered_object as get_registered_object
from glassworks.registry import register_keras_serializable as register_keras_serializable
from glassworks.saving.objects import deserialize_keras_object as deserialize_keras_object
from glassworks.saving.objects import serialize_keras_object as serialize_keras_object
from glassworks.training.data.py_dataset import PyDataset as PyDataset
from glassworks.training.data.py_dataset import Sequence as Sequence
from glassworks.training.progress import Progbar as Progbar
from glassworks.utils import bounding_boxes as bounding_boxes
from glassworks.utils.arrays import normalize as normalize
from glassworks.utils.arrays import pack_x_y_sample_weight as pack_x_y_sample_weight
from glassworks.utils.arrays import standardize_dtype as standardize_dtype
from glassworks.utils.arrays import to_categorical as to_categorical
from glassworks.utils.arrays import unpack_x_y_sample_weight as unpack_x_y_sample_weight
from glassworks.utils.audio_dataset import audio_dataset_from_directory as audio_dataset_from_directory
from glassworks.utils.config import Config as Config
from glassworks.utils.feature_space import FeatureSpace as FeatureSpace
from glassworks.utils.image_dataset import image_dataset_from_directory as image_dataset_from_directory
from glassworks.utils.images import array_to_img as array_to_img
from glassworks.utils.images import img_to_array as img_to_array
from glassworks.utils.images import load_img as load_img
from glassworks.utils.images import save_img as save_img
from glassworks.utils.model_diagram import model_to_dot as model_to_dot
from glassworks.utils.model_diagram import plot_model as plot_model
from glassworks.utils.sequences import pad_sequences as pad_sequences
from glassworks.utils.session import clear_session as clear_session
from glassworks.utils.session import is_keras_tensor as is_keras_tensor
from glassworks.utils.session import set_random_seed as set_random_seed
from glassworks.utils.splitting import split_dataset as split_dataset
from glassworks.utils.text_dataset import text_dataset_from_directory as text_dataset_from_directory
from glassworks.utils.timeseries_dataset import timeseries_dataset_from_array as timeseries_dataset_from_array

if not _TYPE_CHECKING:
    __getattr__ = _old_names.module_getattr("utils", __name__)
