"""Layers that pad, crop and enlarge."""

from tests.contracts.samples import Sample

SHAPES = {1: (2, 4, 2), 2: (2, 4, 5, 2), 3: (1, 4, 3, 4, 2)}
SAMPLES = {
    "ZeroPadding1D": Sample({}, SHAPES[1]),
    "ZeroPadding2D": Sample({}, SHAPES[2]),
    "ZeroPadding3D": Sample({}, SHAPES[3]),
    "Cropping1D": Sample({"cropping": (1, 0)}, SHAPES[1]),
    "Cropping2D": Sample({"cropping": 1}, SHAPES[2]),
    "Cropping3D": Sample({"cropping": 1}, SHAPES[3]),
    "UpSampling1D": Sample({}, SHAPES[1]),
    "UpSampling2D": Sample({}, SHAPES[2]),
    "UpSampling3D": Sample({}, SHAPES[3]),
}
