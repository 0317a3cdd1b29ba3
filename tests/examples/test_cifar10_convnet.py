"""The convolutional network of the examples that trains from a folder of pictures, on a few of them."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from examples import cifar10_convnet

CLASSES = ("airplane", "frog")


@pytest.fixture(scope="module")
def folder(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first pictures of two classes, unpacked."""
    workspace = tmp_path_factory.mktemp("cifar10")
    with tarfile.open(shared_data / "cifar10_images.tar") as archive:
        wanted = [m for m in archive if m.name.split("/")[2] in CLASSES and int(Path(m.name).stem) < (150 if "train" in m.name else 60)]
        archive.extractall(workspace, members=wanted, filter="data")
    return cifar10_convnet.find_pictures(workspace, workspace)


def test_a_small_network_tells_airplanes_from_frogs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = cifar10_convnet.load_pictures(folder, batch_size=30)
    model, accuracy = cifar10_convnet.train(data, epochs=6, width=8, verbose=0)
    assert data[0].class_names == list(CLASSES)
    assert accuracy > 0.7
    cifar10_convnet.say_confusions(model, data[1], data[0].class_names)
    assert "airplane" in capsys.readouterr().out
