"""Pictures of what is inside a model: weights, feature maps, activations, attention, boundaries, embeddings, gradients."""

from glassworks.insight.pictures.activations import plot_activations as plot_activations
from glassworks.insight.pictures.attention import plot_attention as plot_attention
from glassworks.insight.pictures.boundary import plot_boundary as plot_boundary
from glassworks.insight.pictures.embedding import plot_embedding as plot_embedding
from glassworks.insight.pictures.feature_maps import plot_feature_maps as plot_feature_maps
from glassworks.insight.pictures.gradients import plot_gradients as plot_gradients
from glassworks.insight.pictures.training_flow import plot_training_flow as plot_training_flow
from glassworks.insight.pictures.weights import plot_weights as plot_weights
