"""Layers for rows of numbers: activations, dense, merging, normalization, reshaping, noise."""

from tests.contracts.samples import Sample

PAIR = [(2, 3), (2, 3)]
NOISE_WRONG = ({"rate": 1.5}, {"rate": -0.1}, {"rate": "half"}, {"seed": "one"})
SAMPLES = {
    "Activation": Sample({"activation": "tanh"}, wrong=({"activation": "rleu"},)),
    "ReLU": Sample({"max_value": 0.5}, wrong=({"max_value": -1}, {"negative_slope": -1}, {"threshold": None})),
    "LeakyReLU": Sample(wrong=({"negative_slope": -1}, {"negative_slope": None})),
    "PReLU": Sample({"alpha_initializer": "ones"}, (2, 3, 4), ({"shared_axes": "all"},)),
    "ELU": Sample(wrong=({"alpha": "big"},)),
    "Softmax": Sample(wrong=({"axis": 0.5},)),
    "Identity": Sample(),
    "Masking": Sample({}, (2, 3, 4)),
    "Lambda": Sample({"function": lambda x: x * x}, wrong=({"function": 3}, {"arguments": [1]})),
    "Flatten": Sample({}, (2, 3, 4)),
    "Reshape": Sample({"target_shape": (2, -1)}, (3, 4), ({"target_shape": (-1, -1)}, {"target_shape": (0.5,)})),
    "Permute": Sample({"dims": (2, 1)}, (2, 3, 4), ({"dims": (0, 1)}, {"dims": (1, 3)})),
    "RepeatVector": Sample({"n": 2}),
    "Dropout": Sample({"rate": 0.5}, wrong=(*NOISE_WRONG, {"noise_shape": "x"}, {"noise_shape": (0, 1)})),
    "SpatialDropout1D": Sample({"rate": 0.5}, (2, 3, 4), NOISE_WRONG),
    "SpatialDropout2D": Sample({"rate": 0.5}, (2, 3, 4, 2), (*NOISE_WRONG, {"data_format": "last"})),
    "SpatialDropout3D": Sample({"rate": 0.5}, (2, 3, 4, 2, 2), NOISE_WRONG),
    "GaussianNoise": Sample({"stddev": 0.5}, wrong=({"stddev": -1}, {"stddev": 2})),
    "GaussianDropout": Sample({"rate": 0.5}, wrong=(*NOISE_WRONG, {"rate": 1})),
    "AlphaDropout": Sample({"rate": 0.5}, wrong=(*NOISE_WRONG, {"rate": 1})),
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
        ({"equation": 3}, {"output_shape": "4"}, {"bias_axes": 1}),
    ),
    "Dense": Sample({"units": 2}),
}
