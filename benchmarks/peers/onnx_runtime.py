"""ONNX Runtime on the same network, for predictions."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from benchmarks.workloads import Workload


def prepare(workload: Workload, x: np.ndarray, y: np.ndarray) -> Callable[[], None]:
    """A function that makes all predictions."""
    if workload.batch:
        raise NotImplementedError("ONNX Runtime predicts")
    sizes, rng = [workload.inputs, *workload.hidden, workload.outputs], np.random.default_rng(0)
    nodes, weights, last = [], [], "x"
    for i, (a, b) in enumerate(pairwise(sizes)):
        weights += [numpy_helper.from_array(rng.normal(0, 0.05, (a, b)).astype("float32"), f"w{i}")]
        weights += [numpy_helper.from_array(np.zeros(b, "float32"), f"b{i}")]
        nodes.append(helper.make_node("Gemm", [last, f"w{i}", f"b{i}"], [f"z{i}"]))
        nodes.append(helper.make_node("Softmax" if i == len(sizes) - 2 else "Relu", [f"z{i}"], [f"h{i}"]))
        last = f"h{i}"
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size]) for name, size in (("x", sizes[0]), (last, sizes[-1]))]
    model = helper.make_model(helper.make_graph(nodes, "mlp", ends[:1], ends[1:], weights), opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    rows = [x[i : i + 1] for i in range(200)]
    return lambda: [session.run(None, {"x": row}) for row in rows] and None
