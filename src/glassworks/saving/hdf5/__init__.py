"""HDF5 files, read and written without the HDF5 library: the part of the format that Keras and h5py use.

`read` opens hostile files safely: it follows no link to elsewhere, checks every address, and allocates nothing for what a file merely
claims. `write` streams a file of which every HDF5 library reads the contents.
"""

from glassworks.saving.hdf5.attributes import Attributes as Attributes
from glassworks.saving.hdf5.reader import Dataset as Dataset
from glassworks.saving.hdf5.reader import Group as Group
from glassworks.saving.hdf5.reader import read as read
from glassworks.saving.hdf5.values import LazyArray as LazyArray
from glassworks.saving.hdf5.values import Tree as Tree
from glassworks.saving.hdf5.writer import write as write
