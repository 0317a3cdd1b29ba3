"""The names of `keras.ops.linalg`: factorizations, systems of equations and norms of matrices."""

from glassworks.ops.derivatives import jvp as jvp
from glassworks.ops.linalg.factorizations import cholesky as cholesky
from glassworks.ops.linalg.factorizations import cholesky_inverse as cholesky_inverse
from glassworks.ops.linalg.factorizations import eig as eig
from glassworks.ops.linalg.factorizations import eigh as eigh
from glassworks.ops.linalg.factorizations import lu_factor as lu_factor
from glassworks.ops.linalg.factorizations import qr as qr
from glassworks.ops.linalg.factorizations import svd as svd
from glassworks.ops.linalg.norms import matrix_rank as matrix_rank
from glassworks.ops.linalg.norms import norm as norm
from glassworks.ops.linalg.systems import det as det
from glassworks.ops.linalg.systems import inv as inv
from glassworks.ops.linalg.systems import lstsq as lstsq
from glassworks.ops.linalg.systems import pinv as pinv
from glassworks.ops.linalg.systems import solve as solve
from glassworks.ops.linalg.systems import solve_triangular as solve_triangular
