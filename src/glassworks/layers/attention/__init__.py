"""Attention layers: the result of a query is a mean of the values, weighted by its products with their keys."""

from glassworks.layers.attention.additive import AdditiveAttention as AdditiveAttention
from glassworks.layers.attention.attention import Attention as Attention
from glassworks.layers.attention.grouped_query import GroupedQueryAttention as GroupedQueryAttention
from glassworks.layers.attention.grouped_query import GroupQueryAttention as GroupQueryAttention
from glassworks.layers.attention.multi_head import MultiHeadAttention as MultiHeadAttention
