"""Rules for attention: tasks that meet the keys block by block, so that the square of scores is never in memory."""

from __future__ import annotations

import math

from glassworks.engine.native.ir.values import Storage, Tensor
from glassworks.engine.native.passes.lowering import Lowering, Rule
from glassworks.graph import Node

PRODUCTS_BACK = 5  # matrix products of a block of the gradient, where the forward pass has two


def attention(lowering: Lowering, node: Node, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> bool:
    """A tile is a block of the queries of one head."""
    tensors = {"query": query, "key": key, "value": value}
    return _attend(lowering, node, tensors if mask is None else {**tensors, "mask": mask}, products=2)


def attention_gradient(lowering: Lowering, node: Node, gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, *rest: Tensor) -> bool:
    """A tile is one head of the keys, with all queries that look at it."""
    *mask, output, log_sums = rest
    tensors = {"query": query, "key": key, "value": value, "output": output, "log_sums": log_sums, "gradient": gradient}
    return _attend(lowering, node, {**tensors, "mask": mask[0]} if mask else tensors, products=PRODUCTS_BACK)


def _attend(lowering: Lowering, node: Node, tensors: dict[str, Tensor], products: int) -> bool:
    query, key, value, mask = tensors["query"], tensors["key"], tensors["value"], tensors.get("mask")
    kernel = lowering.find(node.primitive.name, query.dtype)
    if kernel is None:
        return False
    batch, queries, heads, size = query.shape
    keys, key_heads, value_size = key.shape[1], key.shape[2], value.shape[3]
    inputs: dict[str, Storage | None] = {name: lowering.materialize(tensor) for name, tensor in tensors.items() if name != "mask"}
    # A mask is read where it lies: an axis along which it is repeated has no step.
    inputs["mask"] = mask.storage if mask is not None else None
    outputs = lowering.task(
        kernel,
        inputs,
        ints={
            "batch": batch,
            "heads": heads,
            "key_heads": key_heads,
            "queries": queries,
            "keys": keys,
            "size": size,
            "value_size": value_size,
            "causal": int(node.attributes["causal"]),
            "has_mask": int(mask is not None),
            "mask_strides": mask.broadcast_to((batch, heads, queries, keys)).strides() if mask is not None else [0] * 4,
        },
        floats={"scale": float(node.attributes["scale"])},
        work=2 * math.prod(query.shape) * keys * products,
    )
    return lowering.define(node, *outputs)


ATTENTION_RULES: dict[str, Rule] = {"attention": attention, "attention_gradient": attention_gradient}
