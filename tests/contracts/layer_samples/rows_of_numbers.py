"""Layers for rows of numbers: activations, dense, merging, normalization, reshaping, noise."""

from tests.contracts.samples import Sample

PAIR = [(2, 3), (2, 3)]
SAMPLES = {
    "Activation": Sample({"activation": "tanh"}),
    "ReLU": Sample({"max_value": 0.5}),
    "LeakyReLU": Sample(),
    "PReLU": Sample({"alpha_initializer": "ones"}, (2, 3, 4)),
    "ELU": Sample(),
    "Softmax": Sample(),
    "Identity": Sample(),
    "Masking": Sample({}, (2, 3, 4)),
    "Lambda": Sample({"function": lambda x: x * x}),
    "Flatten": Sample({}, (2, 3, 4)),
    "Reshape": Sample({"target_shape": (2, -1)}, (3, 4), ({"target_shape": (-1, -1)}, {"target_shape": (0.5,)})),
    "Permute": Sample({"dims": (2, 1)}, (2, 3, 4), ({"dims": (0, 1)}, {"dims": (1, 3)})),
    "RepeatVector": Sample({"n": 2}),
    "Dropout": Sample({"rate": 0.5}, wrong=({"noise_shape": (0, 1)},)),
    "SpatialDropout1D": Sample({"rate": 0.5}, (2, 3, 4)),
    "SpatialDropout2D": Sample({"rate": 0.5}, (2, 3, 4, 2)),
    "SpatialDropout3D": Sample({"rate": 0.5}, (2, 3, 4, 2, 2)),
    "GaussianNoise": Sample({"stddev": 0.5}),
    "GaussianDropout": Sample({"rate": 0.5}),
    "AlphaDropout": Sample({"rate": 0.5}),
    "ActivityRegularization": Sample({"l1": 0.1}, wrong=({"l1": -1}, {"l2": "much"})),
    "BatchNormalization": Sample(wrong=({"renorm": True, "renorm_clipping": {"r": 1}},)),
    "LayerNormalization": Sample(wrong=({"rms_scaling": True},)),
    "RMSNormalization": Sample(),
    "UnitNormalization": Sample(),
    "GroupNormalization": Sample({"groups": 3}),
    "Rescaling": Sample({"scale": 0.5}, wrong=({"scale": "half"}, {"offset": None})),
    "Normalization": Sample(
        {"mean": [1.0, 2.0, 3.0], "variance": [1.0, 4.0, 9.0]}, wrong=({"mean": None}, {"variance": [1.0]}, {"axis": "last"}, {"invert": 1})
    ),
    "Add": Sample({}, PAIR),
    "Subtract": Sample({}, PAIR),
    "Multiply": Sample({}, PAIR),
    "Average": Sample({}, PAIR),
    "Maximum": Sample({}, PAIR),
    "Minimum": Sample({}, PAIR),
    "Concatenate": Sample({}, PAIR),
    "Dot": Sample({"axes": 1}, PAIR),
    "EinsumDense": Sample(
        {"equation": "abc,cd->abd", "output_shape": (None, 4), "bias_axes": "d"},
        (2, 3, 5),
    ),
    "Dense": Sample({"units": 2}),
}
