"""Data sets: Keras's own by their names, and digits that need no download."""

from glassworks.datasets import digits as digits
from glassworks.datasets import fashion_mnist as fashion_mnist
from glassworks.datasets import mnist as mnist
from glassworks.datasets.files import load_npz as load_npz
