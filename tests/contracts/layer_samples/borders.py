"""Layers that pad, crop and enlarge."""

from tests.contracts.samples import Sample

FORMAT = {"data_format": "last"}
SHAPES = {1: (2, 4, 2), 2: (2, 4, 5, 2), 3: (1, 4, 3, 4, 2)}
SAMPLES = {
    "ZeroPadding1D": Sample({}, SHAPES[1], ({"padding": -1}, {"padding": (1, 2, 3)}, {"padding": 1.5}, FORMAT)),
    "ZeroPadding2D": Sample({}, SHAPES[2], ({"padding": -1}, {"padding": (1, 2, 3)}, {"padding": ((1, 2), (3,))}, FORMAT)),
    "ZeroPadding3D": Sample({}, SHAPES[3], ({"padding": -1}, {"padding": (1, 2)}, {"padding": "same"}, FORMAT)),
    "Cropping1D": Sample({"cropping": (1, 0)}, SHAPES[1], ({"cropping": -1}, {"cropping": (1, 2, 3)}, {"cropping": None})),
    "Cropping2D": Sample({"cropping": 1}, SHAPES[2], ({"cropping": -1}, {"cropping": (1, 2, 3)}, {"cropping": ((1, 2), (-1, 0))}, FORMAT)),
    "Cropping3D": Sample({"cropping": 1}, SHAPES[3], ({"cropping": -1}, {"cropping": (1, 2)}, FORMAT)),
    "UpSampling1D": Sample({}, SHAPES[1], ({"size": 0}, {"size": (2,)}, {"size": 1.5})),
    "UpSampling2D": Sample({}, SHAPES[2], ({"size": 0}, {"size": (2, 2, 2)}, {"interpolation": "linear"}, {"interpolation": 2}, FORMAT)),
    "UpSampling3D": Sample({}, SHAPES[3], ({"size": 0}, {"size": (2, 2)}, FORMAT)),
}
