"""Layers that convert raw data (numbers, categories, text) to a form suited to networks."""

from glassworks.layers.preprocessing.categories import CategoryEncoding as CategoryEncoding
from glassworks.layers.preprocessing.categories import Discretization as Discretization
from glassworks.layers.preprocessing.category_lookup import IntegerLookup as IntegerLookup
from glassworks.layers.preprocessing.category_lookup import StringLookup as StringLookup
from glassworks.layers.preprocessing.hashing import HashedCrossing as HashedCrossing
from glassworks.layers.preprocessing.hashing import Hashing as Hashing
from glassworks.layers.preprocessing.numbers import Normalization as Normalization
from glassworks.layers.preprocessing.numbers import Rescaling as Rescaling
from glassworks.layers.preprocessing.text_vectorization import TextVectorization as TextVectorization
