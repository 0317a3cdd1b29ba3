"""Contract suites: the properties of every class of a kind, as checks to run on your own classes."""

from glassworks.testing.contract import ContractError as ContractError
from glassworks.testing.layers import check_layer as check_layer
from glassworks.testing.primitives import check_gradients as check_gradients
from glassworks.testing.training import check_in_training as check_in_training
