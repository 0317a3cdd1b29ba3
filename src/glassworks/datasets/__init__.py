"""Data sets: Keras's own by their names, and digits that need no download."""

from glassworks.datasets import boston_housing as boston_housing
from glassworks.datasets import california_housing as california_housing
from glassworks.datasets import cifar10 as cifar10
from glassworks.datasets import cifar100 as cifar100
from glassworks.datasets import digits as digits
from glassworks.datasets import fashion_mnist as fashion_mnist
from glassworks.datasets import imdb as imdb
from glassworks.datasets import mnist as mnist
from glassworks.datasets import reuters as reuters
from glassworks.datasets.arrays import load_npz as load_npz
