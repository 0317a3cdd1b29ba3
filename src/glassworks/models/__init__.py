"""Models: Sequential, Functional, subclassed; cloning and the summary."""

from glassworks.layers.base import LAYERS as _LAYERS
from glassworks.layers.base import Layer as _Layer
from glassworks.models.cloning import clone_model as clone_model
from glassworks.models.functional import Functional as Functional
from glassworks.models.model import Model as Model
from glassworks.models.saving import model_from_json as model_from_json
from glassworks.models.sequential import Sequential as Sequential
from glassworks.saving import load_model as load_model
from glassworks.saving import save_model as save_model

_LAYERS.add_exported(globals(), _Layer)
