"""Objects as configs and back: how saved models name their classes and functions."""

from glassworks.registry import custom_object_scope as custom_object_scope
from glassworks.registry import get_custom_objects as get_custom_objects
from glassworks.registry import get_registered_name as get_registered_name
from glassworks.registry import get_registered_object as get_registered_object
from glassworks.registry import register_keras_serializable as register_keras_serializable
from glassworks.saving.objects import deserialize_keras_object as deserialize_keras_object
from glassworks.saving.objects import serialize_keras_object as serialize_keras_object

CustomObjectScope = custom_object_scope
