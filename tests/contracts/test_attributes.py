"""Objects have the public attributes that those of Keras have, since programs read them; what is left out has a reason."""

from __future__ import annotations

from typing import Any

import pytest

import glassworks
from tests import keras_answers
from tests.contracts.attribute_programs import MADE, PROGRAMS, has

_QUANTIZATION = "quantization is left to other programs"
_PARTS = "a helper inside Keras's layer, which its class documents nowhere"
_IMAGES = "a helper of Keras for single images; the layer takes images without a batch itself"
_PROGRAMS = "Keras's compiled function; programs are made and kept by the trainer here"
# Public attributes of Keras's objects that ours lack, and why.
LEFT_OUT = {
    **dict.fromkeys(("quantize", "quantized_build", "quantized_call", "get_quantization_layer_structure"), _QUANTIZATION),
    **dict.fromkeys(("variable_serialization_spec",), _QUANTIZATION),
    "add_metric": "an old name, which Keras keeps for an error",
    **dict.fromkeys(("backend", "convert_weight"), "the engine of Keras's preprocessing"),
    **dict.fromkeys(
        ("transform_single_bounding_box", "transform_single_image", "transform_single_label", "transform_single_segmentation_mask"), _IMAGES
    ),
    **dict.fromkeys(("get_transformed_x_y", "get_shifted_bbox", "get_clipped_bbox", "get_elastic_transform_params"), _PARTS),
    **dict.fromkeys(("height_axis", "width_axis", "channel_axis", "factor"), _PARTS),
    **dict.fromkeys(("height_lower", "height_upper", "width_lower", "width_upper"), _PARTS),
    **dict.fromkeys(
        ("auto_contrast", "equalization", "random_brightness", "random_color_degeneration", "random_contrast", "random_hue"), _PARTS
    ),
    **dict.fromkeys(("random_posterization", "random_rotation", "random_saturation", "random_sharpness", "random_shear"), _PARTS),
    **dict.fromkeys(("random_translation", "solarization"), _PARTS),
    **dict.fromkeys(
        ("get_dropout_mask", "get_recurrent_dropout_mask", "reset_dropout_mask", "reset_recurrent_dropout_mask"),
        "the masks that Keras's cells keep between steps; cells here get them for a sequence",
    ),
    **dict.fromkeys(("interpolate_pr_auc", "normalized_weights"), _PARTS),
    **dict.fromkeys(("append_header", "writer", "progbar", "seen", "summary"), "parts of how Keras writes and draws"),
    **dict.fromkeys(("make_test_function", "make_predict_function", "train_function", "test_function", "predict_function"), _PROGRAMS),
}


@pytest.fixture(scope="module")
def keras() -> dict[str, Any]:
    return keras_answers.answers_of_keras("tests.contracts.attribute_programs")


@pytest.mark.parametrize("family", PROGRAMS)
def test_objects_have_the_attributes_of_keras(keras: dict[str, Any], family: str) -> None:
    ours = MADE[family](glassworks)
    lacking = {
        (name, attribute)
        for name, attributes in keras[family].items()
        if name in ours
        for attribute in attributes
        if attribute not in LEFT_OUT and not has(ours[name], attribute)
    }
    assert not lacking
    assert len(ours.keys() & keras[family].keys()) > 0.8 * len(keras[family])


def test_what_is_left_out_is_an_attribute_of_keras(keras: dict[str, Any]) -> None:
    known = {attribute for family in keras.values() for attributes in family.values() for attribute in attributes}
    assert LEFT_OUT.keys() <= known


def test_what_is_left_out_is_not_there(keras: dict[str, Any]) -> None:
    made = {name: made for family in PROGRAMS for name, made in MADE[family](glassworks).items()}
    holders = {attribute: set() for attribute in LEFT_OUT}  # type: dict[str, set[str]]
    for attributes in keras.values():
        for name, names in attributes.items():
            for attribute in names:
                if attribute in holders and name in made:
                    holders[attribute].add(name)
    here = [attribute for attribute, names in holders.items() if names and all(has(made[name], attribute) for name in names)]
    assert not here, f"{here} exist now: remove them from LEFT_OUT"
