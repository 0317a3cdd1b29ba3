"""Layers for images."""

from tests.contracts.samples import Sample

IMAGES = (2, 4, 5, 3)
BASE = ({"data_format": "last"}, {"bounding_box_format": "xy"})
SEED = (*BASE, {"seed": -1}, {"seed": "one"})
RANGE = ({"value_range": 255}, {"value_range": (0, 1, 2)}, {"value_range": "bytes"}, {"value_range": (1, 1)})
MOVE = (*SEED, {"interpolation": "cubic"}, {"fill_mode": "edge"}, {"fill_value": "black"})
UNIT = ({"factor": 1.5}, {"factor": (0.1, 0.2, 0.3)}, {"factor": "half"}, {"factor": (-0.1, 0.5)})
TURN = ({"factor": 1.5}, {"factor": (-2, 0)}, {"factor": "half"})
SIZE = ({"height": 0}, {"width": -3}, {"height": 2.5}, {"width": "wide"})
SAMPLES = {
    "Resizing": Sample(
        {"height": 3, "width": 7},
        IMAGES,
        (*BASE, *SIZE, {"interpolation": "area"}, {"crop_to_aspect_ratio": 1}, {"fill_mode": "wrap"}, {"antialias": "yes"}),
    ),
    "CenterCrop": Sample({"height": 2, "width": 3}, IMAGES, (*BASE, *SIZE)),
    "RandomCrop": Sample({"height": 2, "width": 3, "seed": 1}, IMAGES, (*SEED, *SIZE)),
    "RandomFlip": Sample({"seed": 1}, IMAGES, (*SEED, {"mode": "diagonal"})),
    "RandomRotation": Sample({"factor": 0.1, "seed": 1}, IMAGES, (*MOVE, *TURN)),
    "RandomZoom": Sample({"height_factor": 0.1, "seed": 1}, IMAGES, (*MOVE, {"height_factor": -1}, {"height_factor": 1.5}, {"width_factor": "x"})),
    "RandomTranslation": Sample(
        {"height_factor": 0.1, "width_factor": (-0.2, 0.3), "seed": 1}, IMAGES, (*MOVE, {"height_factor": -1.5}, {"width_factor": (0, 2)})
    ),
    "RandomShear": Sample({"x_factor": 0.1, "seed": 1}, IMAGES, (*MOVE, {"x_factor": -0.1}, {"y_factor": 1.5}, {"x_factor": "x"})),
    "RandomPerspective": Sample(
        {"scale": 0.3, "seed": 1}, IMAGES, (*SEED, *UNIT, {"scale": 2}, {"scale": (0, 1)}, {"interpolation": "cubic"}, {"fill_value": None})
    ),
    "RandomElasticTransform": Sample(
        {"scale": 0.3, "seed": 1}, IMAGES, (*SEED, *UNIT, *RANGE, {"scale": 2}, {"interpolation": "cubic"}, {"fill_mode": "edge"})
    ),
    "RandomBrightness": Sample({"factor": 0.1, "seed": 1}, IMAGES, (*SEED, *RANGE, *TURN)),
    "RandomContrast": Sample({"factor": 0.1, "seed": 1}, IMAGES, (*SEED, *RANGE, *UNIT)),
    "RandomGrayscale": Sample({"factor": 0.1, "seed": 1}, IMAGES, (*SEED, {"factor": -0.5}, {"factor": 2}, {"factor": (0, 1)})),
    "RandomColorDegeneration": Sample({"factor": 0.1, "seed": 1}, IMAGES, (*SEED, *RANGE, *TURN)),
    "RandomHue": Sample({"factor": 0.1, "seed": 1}, IMAGES, (*SEED, *RANGE, *UNIT)),
    "RandomSaturation": Sample({"factor": 0.1, "seed": 1}, IMAGES, (*SEED, *RANGE, *TURN)),
    "RandomColorJitter": Sample(
        {"brightness_factor": 0.1, "hue_factor": 0.2, "seed": 1},
        IMAGES,
        (*SEED, *RANGE, {"brightness_factor": 2}, {"contrast_factor": -0.5}, {"saturation_factor": "x"}, {"hue_factor": (0.1,)}),
    ),
    "RandomPosterization": Sample({"factor": 4, "seed": 1}, IMAGES, (*SEED, *RANGE, {"factor": 0}, {"factor": 9}, {"factor": (0, 4)})),
    "RandomInvert": Sample({"seed": 1}, IMAGES, (*SEED, *RANGE, *UNIT)),
    "Solarization": Sample({"addition_factor": 0.1, "seed": 1}, IMAGES, (*SEED, *RANGE, {"addition_factor": 2}, {"threshold_factor": -0.5})),
    "RandomSharpness": Sample({"factor": 0.4, "seed": 1}, IMAGES, (*SEED, *RANGE, *UNIT)),
    "RandomGaussianBlur": Sample(
        {"sigma": 0.5, "seed": 1}, IMAGES, (*SEED, *RANGE, *UNIT, {"kernel_size": 2}, {"kernel_size": (3, 4)}, {"kernel_size": 0}, {"sigma": 3})
    ),
    "RandomErasing": Sample({"seed": 1}, IMAGES, (*SEED, *RANGE, *UNIT, {"scale": 2}, {"fill_value": (1, 2)}, {"fill_value": "black"})),
    "AutoContrast": Sample({"value_range": (-1, 1)}, IMAGES, (*BASE, *RANGE)),
    "Equalization": Sample({"value_range": (-1, 1), "bins": 16}, IMAGES, (*BASE, *RANGE, {"bins": 1}, {"bins": 2.5})),
    "ContrastLimitedAdaptiveHistogramEqualization": Sample(
        {"tile_grid_size": (2, 2), "value_range": (-1, 1)}, (2, 6, 5, 3), (*BASE, *RANGE, {"clip_limit": -1}, {"tile_grid_size": 8}, {"tile_grid_size": (0, 8)})
    ),
    "MixUp": Sample({"seed": 1}, IMAGES, (*SEED, {"alpha": 0}, {"alpha": "x"})),
    "CutMix": Sample({"seed": 1}, IMAGES, (*SEED, *UNIT)),
    "MaxNumBoundingBoxes": Sample({"max_number": 3}, IMAGES, (*BASE, {"max_number": 0}, {"max_number": 2.5}, {"fill_value": None})),
    "RandAugment": Sample({"seed": 1}, IMAGES, (*SEED, *RANGE, *UNIT, {"num_ops": 0}, {"interpolation": "cubic"})),
    "AugMix": Sample(
        {"num_chains": 2, "chain_depth": 1, "seed": 1},
        IMAGES,
        (*SEED, *RANGE, *UNIT, {"num_chains": 0}, {"chain_depth": 1.5}, {"alpha": 0}, {"all_ops": 1}, {"interpolation": "cubic"}),
    ),
    "Pipeline": Sample({"layers": []}, IMAGES, ({"layers": 3}, {"layers": ["flip"]})),
}  # fmt: skip
