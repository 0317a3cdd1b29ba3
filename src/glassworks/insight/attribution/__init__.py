"""Attribution: how much each pixel, column or word counts for an output of a model."""

from glassworks.insight.attribution.grad_cam import grad_cam as grad_cam
from glassworks.insight.attribution.gradient import input_gradient as input_gradient
from glassworks.insight.attribution.integrated import integrated_gradients as integrated_gradients
from glassworks.insight.attribution.result import Attribution as Attribution
