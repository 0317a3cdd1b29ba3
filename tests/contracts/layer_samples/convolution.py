"""Convolution and pooling layers."""

from tests.contracts.samples import Sample

GROUPS = ({"groups": 4}, {"strides": 2, "dilation_rate": 2})
TRANSPOSE = ({"output_padding": 1}, {"strides": 2, "dilation_rate": 2})

SHAPES = {1: (2, 6, 2), 2: (2, 5, 4, 2), 3: (1, 4, 3, 4, 2)}
KERNEL = {"filters": 3, "kernel_size": 2}
SAMPLES = {
    **{f"Conv{rank}D": Sample({**KERNEL, "activation": "tanh"}, shape, GROUPS) for rank, shape in SHAPES.items()},
    **{f"Conv{rank}DTranspose": Sample(KERNEL, shape, TRANSPOSE) for rank, shape in SHAPES.items()},
    **{f"DepthwiseConv{rank}D": Sample({"kernel_size": 2}, SHAPES[rank]) for rank in (1, 2)},
    **{f"SeparableConv{rank}D": Sample(KERNEL, SHAPES[rank]) for rank in (1, 2)},
    **{f"{kind}Pooling{rank}D": Sample({"pool_size": 2}, shape) for kind in ("Max", "Average") for rank, shape in SHAPES.items()},
    **{f"Global{kind}Pooling{rank}D": Sample({}, shape) for kind in ("Max", "Average") for rank, shape in SHAPES.items()},
    **{f"Adaptive{kind}Pooling{rank}D": Sample({"output_size": 3}, shape) for kind in ("Max", "Average") for rank, shape in SHAPES.items()},
}
