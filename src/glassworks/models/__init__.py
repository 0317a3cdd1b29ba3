"""Models: Sequential, Functional, subclassed; cloning and the summary."""

from glassworks.models.cloning import clone_model as clone_model
from glassworks.models.functional import Functional as Functional
from glassworks.models.model import Model as Model
from glassworks.models.sequential import Sequential as Sequential
