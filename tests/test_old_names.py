"""Programs for Keras 1 and 2 import from modules that Keras 3 has no more: these work, with a warning, or say what to use."""

from __future__ import annotations

import importlib
import sys

import pytest

import glassworks
from glassworks import layers, old_names, optimizers
from glassworks.errors import AbsentNameError, GlassworksWarning

# Modules that other parts of the library bring.
OF_OTHERS = {
    name for name in old_names.MODULES if not hasattr(glassworks, name.partition(".")[0]) and "." in name and name != "python.keras"
}


@pytest.mark.parametrize("name", sorted(set(old_names.MODULES) - OF_OTHERS - {"python"}))
def test_an_old_module_is_the_new_one(name, monkeypatch):
    for module in list(sys.modules):
        if module in (f"glassworks.{name}", f"glassworks.keras.{name}"):
            monkeypatch.delitem(sys.modules, module)
    new = old_names.MODULES[name]
    with pytest.warns(GlassworksWarning, match=rf"keras\.{name} is a name of Keras 2: write from keras"):
        module = importlib.import_module(f"glassworks.{name}")
    assert module is importlib.import_module(f"glassworks.{new}" if new else "glassworks")


@pytest.mark.filterwarnings("ignore:keras")
@pytest.mark.parametrize(
    "line",
    [
        "from glassworks.layers.core import Dense, Dropout, Activation, Flatten",
        "from glassworks.keras.layers.convolutional import Conv2D, MaxPooling2D, Convolution2D",
        "from glassworks.layers.recurrent import LSTM, GRU",
        "from glassworks.layers.normalization import BatchNormalization",
        "from glassworks.layers.embeddings import Embedding",
        "from glassworks.layers.advanced_activations import LeakyReLU, PReLU",
        "from glassworks.layers.merge import concatenate, add, Concatenate",
        "from glassworks.layers.wrappers import TimeDistributed, Bidirectional",
        "from glassworks.layers.noise import GaussianNoise",
        "from glassworks.layers.pooling import GlobalAveragePooling2D",
        "from glassworks.layers.experimental.preprocessing import Rescaling",
        "from glassworks.layers import CuDNNLSTM, CuDNNGRU",
        "from glassworks.engine.topology import Layer, InputSpec, Input",
        "from glassworks.engine.training import Model",
        "from glassworks.utils.np_utils import to_categorical",
        "from glassworks.utils import np_utils; np_utils.to_categorical([1], 2)",
        "from glassworks.utils.vis_utils import plot_model",
        "from glassworks.utils.data_utils import get_file, Sequence",
        "from glassworks.utils.generic_utils import CustomObjectScope, get_custom_objects, Progbar",
        "from glassworks.optimizers import adam_v2; adam_v2.Adam()",
        "from glassworks.python.keras.layers import Dense",
        "from glassworks.preprocessing.text import Tokenizer",
        "from glassworks.preprocessing.sequence import pad_sequences",
        "from glassworks.preprocessing.image import ImageDataGenerator, load_img, img_to_array, array_to_img",
    ],
)
def test_import_lines_of_old_programs_run(line):
    exec(line)


@pytest.mark.parametrize("name", sorted(old_names.NAMES))
def test_an_old_class_is_the_new_one(name):
    old, new = name.removeprefix("layers."), old_names.NAMES[name].removeprefix("layers.")
    with pytest.warns(GlassworksWarning, match=f"{old} is a name of Keras 2: write keras.layers.{new}"):
        assert getattr(layers, old) is getattr(layers, new)


@pytest.mark.parametrize("name", sorted(name for name in old_names.ABSENT if not name.startswith("wrappers.")))
def test_an_old_name_without_meaning_says_what_to_use(name):
    module, _, attribute = name.rpartition(".")
    owner = importlib.import_module(f"glassworks.{module}")
    with pytest.raises(AbsentNameError) as caught:
        getattr(owner, attribute)
    assert old_names.ABSENT[name].instead in str(caught.value)
    with pytest.raises(ImportError, match="not here"):
        exec(f"from glassworks.{module} import {attribute}")


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "Adagrad", "Adamax", "Nadam", "Ftrl"])
def test_a_legacy_optimizer_is_today_s(name):
    with pytest.warns(GlassworksWarning, match=f"optimizers.legacy.{name} is a name of Keras 2"):
        optimizer = getattr(optimizers.legacy, name)(0.25)
    assert type(optimizer) is getattr(optimizers, name) and float(optimizer.learning_rate) == 0.25


def test_legacy_decay_divides_the_rate():
    with pytest.warns(GlassworksWarning, match=r"write optimizers.SGD\(optimizers.schedules.InverseTimeDecay\(0.5, 1, 0.1\)\)"):
        optimizer = optimizers.legacy.SGD(lr=0.5, decay=0.1, momentum=0.9)
    weight = glassworks.Variable([1.0])
    rates = []
    for _ in range(3):
        rates.append(float(optimizer.learning_rate))
        optimizer.apply([[0.0]], [weight])
    assert rates == pytest.approx([0.5 / (1 + 0.1 * step) for step in range(3)]) and optimizer.momentum == 0.9


def test_lr_is_the_learning_rate():
    with pytest.warns(GlassworksWarning, match="write learning_rate=0.5"):
        assert float(optimizers.RMSprop(lr=0.5).learning_rate) == 0.5
