"""Programs take subnormal numbers as zero, on every thread; the caller's arithmetic is as it was, whatever happens inside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glassworks import ops
from glassworks.engine.native.core import native as core
from glassworks.engine.native.program import NativeProgram
from glassworks.graph import Primitive, Spec, Variable, apply, trace

SMALL = {"float32": (1e-30, 1e-10, 1e-40), "float64": (1e-200, 1e-110, 1e-310)}


def numpy_keeps_subnormals() -> bool:
    return all(np.dtype(d).type(a) * np.dtype(d).type(b) > 0 and np.dtype(d).type(c) * 2 > 0 for d, (a, b, c) in SMALL.items())


class Halved(Primitive):
    """An op without a kernel; it may fail."""

    def __init__(self) -> None:
        self.fails = False
        self.kept = False

    def infer(self, x: Spec) -> Spec:
        return x

    def forward(self, xp: Any, x: Any) -> Any:
        self.kept = numpy_keeps_subnormals()
        if self.fails:
            raise OSError("it fails")
        return x * 0.5


@pytest.mark.parametrize("dtype", SMALL)
@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_subnormal_results_and_operands_are_zero(isa: str, dtype: str, threads: int) -> None:
    core.set_threads(threads)
    one, other, subnormal = SMALL[dtype]
    for rows in (2, 700):  # by the calling thread alone, and on all
        x, y = np.full((rows, 600), one, dtype), np.full((rows, 600), other, dtype)
        z = np.full((rows, 600), subnormal, dtype)
        program = NativeProgram(trace(lambda x, y, z: (x * y, z * 1e10, x * 0.5), *(Spec(a.shape, dtype) for a in (x, y, z))))
        for _ in range(3):
            product, grown, normal = program(x, y, z)
            assert (product == 0).all() and (grown == 0).all()
            np.testing.assert_array_equal(normal, x * np.dtype(dtype).type(0.5))
            assert numpy_keeps_subnormals()


def test_the_callers_arithmetic_comes_back_after_every_kind_of_run() -> None:
    op, total = Halved(), Variable(np.zeros((300, 300), "float32"))
    x = np.full((300, 300), 1e-38, "float32")
    program = NativeProgram(trace(lambda x: total.assign(apply(op, ops.tanh(x)) + total.value), Spec(x.shape, "float32")))
    program(x)
    assert op.kept and numpy_keeps_subnormals()
    assert program.run_steps([x], None, 0, 300, 1, 1.0) == 1
    assert op.kept and numpy_keeps_subnormals()
    program.measure(2)
    assert op.kept and numpy_keeps_subnormals()
    op.fails = True
    for run in (lambda: program(x), lambda: program.run_steps([x], None, 0, 300, 1, 1.0)):
        with pytest.raises(OSError, match="it fails"):
            run()
        assert op.kept and numpy_keeps_subnormals()


def test_an_index_outside_its_table_leaves_the_callers_arithmetic() -> None:
    program = NativeProgram(trace(lambda t, i: ops.take(t, i, axis=0), Spec((4, 3), "float32"), Spec((2,), "int32")))
    with pytest.raises(ValueError, match="axis 0 of size 4"):
        program(np.ones((4, 3), "float32"), np.array([0, 9], "int32"))
    assert numpy_keeps_subnormals()


def test_what_a_program_divides_by_zero_is_no_warning_of_numpy() -> None:
    program = NativeProgram(trace(lambda x: 1.0 / x, Spec((3,), "float32")))
    with np.errstate(all="raise"):
        assert np.isinf(program(np.zeros(3, "float32"))[0]).all()
        assert float(np.float32(2) * np.float32(3)) == 6
