"""Layers for images."""

from tests.contracts.samples import Sample

IMAGES = (2, 4, 5, 3)
SAMPLES = {
    "Resizing": Sample({"height": 3, "width": 7}, IMAGES),
    "CenterCrop": Sample({"height": 2, "width": 3}, IMAGES),
    "RandomCrop": Sample({"height": 2, "width": 3, "seed": 1}, IMAGES),
    "RandomFlip": Sample({"seed": 1}, IMAGES),
    "RandomRotation": Sample({"factor": 0.1, "seed": 1}, IMAGES),
    "RandomZoom": Sample({"height_factor": 0.1, "seed": 1}, IMAGES),
    "RandomTranslation": Sample({"height_factor": 0.1, "width_factor": (-0.2, 0.3), "seed": 1}, IMAGES),
    "RandomShear": Sample({"x_factor": 0.1, "seed": 1}, IMAGES),
    "RandomPerspective": Sample({"scale": 0.3, "seed": 1}, IMAGES),
    "RandomElasticTransform": Sample({"scale": 0.3, "seed": 1}, IMAGES),
    "RandomBrightness": Sample({"factor": 0.1, "seed": 1}, IMAGES),
    "RandomContrast": Sample({"factor": 0.1, "seed": 1}, IMAGES),
    "RandomGrayscale": Sample({"factor": 0.1, "seed": 1}, IMAGES),
    "RandomColorDegeneration": Sample({"factor": 0.1, "seed": 1}, IMAGES),
    "RandomHue": Sample({"factor": 0.1, "seed": 1}, IMAGES),
    "RandomSaturation": Sample({"factor": 0.1, "seed": 1}, IMAGES),
    "RandomColorJitter": Sample({"brightness_factor": 0.1, "hue_factor": 0.2, "seed": 1}, IMAGES),
    "RandomPosterization": Sample({"factor": 4, "seed": 1}, IMAGES),
    "RandomInvert": Sample({"seed": 1}, IMAGES),
    "Solarization": Sample({"addition_factor": 0.1, "seed": 1}, IMAGES),
    "RandomSharpness": Sample({"factor": 0.4, "seed": 1}, IMAGES),
    "RandomGaussianBlur": Sample({"sigma": 0.5, "seed": 1}, IMAGES),
    "RandomErasing": Sample({"seed": 1}, IMAGES),
    "AutoContrast": Sample({"value_range": (-1, 1)}, IMAGES),
    "Equalization": Sample({"value_range": (-1, 1), "bins": 16}, IMAGES),
    "ContrastLimitedAdaptiveHistogramEqualization": Sample({"tile_grid_size": (2, 2), "value_range": (-1, 1)}, (2, 6, 5, 3)),
    "MixUp": Sample({"seed": 1}, IMAGES),
    "CutMix": Sample({"seed": 1}, IMAGES),
    "MaxNumBoundingBoxes": Sample({"max_number": 3}, IMAGES),
    "RandAugment": Sample({"seed": 1}, IMAGES),
    "AugMix": Sample({"num_chains": 2, "chain_depth": 1, "seed": 1}, IMAGES),
    "Pipeline": Sample({"layers": []}, IMAGES),
}
