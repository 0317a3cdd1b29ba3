"""Files of models and weights, and objects as configs."""

from glassworks.registry import CustomObjectScope as CustomObjectScope
from glassworks.registry import custom_object_scope as custom_object_scope
from glassworks.registry import get_custom_objects as get_custom_objects
from glassworks.registry import get_registered_name as get_registered_name
from glassworks.registry import get_registered_object as get_registered_object
from glassworks.registry import register_keras_serializable as register_keras_serializable
from glassworks.saving.api import load_model as load_model
from glassworks.saving.api import load_weights as load_weights
from glassworks.saving.api import save_model as save_model
from glassworks.saving.api import save_weights as save_weights
from glassworks.saving.file_editor import KerasFileEditor as KerasFileEditor
from glassworks.saving.objects import deserialize_keras_object as deserialize_keras_object
from glassworks.saving.objects import serialize_keras_object as serialize_keras_object
