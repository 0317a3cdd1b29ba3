"""The convolutional network of the examples, on a part of the real MNIST."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples import mnist_convnet


@pytest.fixture(scope="module")
def digits(shared_data: Path) -> mnist_convnet.Digits:
    return mnist_convnet.load_digits(shared_data / "mnist.npz").first(6000)


def test_four_epochs_on_a_tenth_of_mnist_read_most_digits_and_the_mistakes_are_mistakes(digits: mnist_convnet.Digits) -> None:
    model, accuracy = mnist_convnet.train(digits, epochs=4, verbose=0)
    assert accuracy > 0.91
    wrong, said = mnist_convnet.find_mistakes(model, digits)
    assert len(wrong) == round((1 - accuracy) * len(digits.y_test))
    assert (said[wrong] != digits.y_test[wrong]).all()
