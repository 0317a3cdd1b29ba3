"""Rules for attention: tasks that meet the keys block by block, so that the square of scores is never in memory."""

from __future__ import annotations

import math

from glassworks.engine.native.core import native
from glassworks.engine.native.lower import Lowering, Rule
from glassworks.engine.native.operations import Tensor, row_major
from glassworks.graph import Node

BLOCK = 128  # queries, and keys, that meet at a time: `attention_block` of the core
PRODUCTS_BACK = 5  # matrix products of a block of the gradient, where the forward pass has two


def attention(lowering: Lowering, node: Node, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> bool:
    """A tile is a block of the queries of one head."""
    batch, queries, heads, _ = query.shape
    tiles = batch * heads * -(-queries // BLOCK)
    return _attend(lowering, node, (query, key, value), mask, (), tiles)


def attention_gradient(lowering: Lowering, node: Node, gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, *rest: Tensor) -> bool:
    """A tile is one head of the keys, with all queries that look at it."""
    *mask, output, log_sum_exp = rest
    tiles = key.shape[0] * key.shape[2]
    return _attend(lowering, node, (query, key, value), mask[0] if mask else None, (output, log_sum_exp, gradient), tiles)


def _attend(lowering: Lowering, node: Node, inputs: tuple[Tensor, ...], mask: Tensor | None, more: tuple[Tensor, ...], tiles: int) -> bool:
    query, key, value = inputs
    name = f"{node.primitive.name}.{query.dtype}"
    if not native.has_task(name):
        return False
    batch, queries, heads, size = query.shape
    keys, key_heads, value_size = key.shape[1], key.shape[2], value.shape[3]
    numbers = [batch, heads, key_heads, queries, keys, size, value_size, int(node.attributes["causal"]), int(mask is not None)]
    # A mask is read where it lies: an axis along which it is repeated has no step.
    base = (1,) * (4 - len(mask.base)) + mask.base if mask is not None else (1,) * 4
    numbers += [0 if cells == 1 else step for cells, step in zip(base, row_major(base), strict=True)]
    operands = [
        *(lowering.plain(one).storage for one in inputs),
        mask.storage if mask is not None else None,
        *(lowering.plain(one).storage for one in more),
    ]
    return lowering.task(
        node,
        operands,
        kernel=name,
        numbers=numbers,
        reals=[float(node.attributes["scale"])],
        tiles=tiles,
        operations=2 * math.prod(query.shape) * keys * (PRODUCTS_BACK if more else 2),
    )


ATTENTION_RULES: dict[str, Rule] = {"attention": attention, "attention_gradient": attention_gradient}
