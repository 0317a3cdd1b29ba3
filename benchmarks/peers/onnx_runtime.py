"""ONNX Runtime on the same network, for predictions."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from benchmarks.networks import Network
from benchmarks.workloads import Workload


def _dense(workload: Workload) -> Any:
    sizes, rng = [workload.inputs, *workload.hidden, workload.outputs], np.random.default_rng(0)
    nodes, weights, last = [], [], "x"
    for i, (a, b) in enumerate(pairwise(sizes)):
        weights += [numpy_helper.from_array(rng.normal(0, 0.05, (a, b)).astype("float32"), f"w{i}")]
        weights += [numpy_helper.from_array(np.zeros(b, "float32"), f"b{i}")]
        nodes.append(helper.make_node("Gemm", [last, f"w{i}", f"b{i}"], [f"z{i}"]))
        nodes.append(helper.make_node("Softmax" if i == len(sizes) - 2 else "Relu", [f"z{i}"], [f"h{i}"]))
        last = f"h{i}"
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size]) for name, size in (("x", sizes[0]), (last, sizes[-1]))]
    return helper.make_model(helper.make_graph(nodes, "mlp", ends[:1], ends[1:], weights), opset_imports=[helper.make_opsetid("", 17)])


def _convnet() -> Any:
    """The convolutional network of `networks`, with images as ONNX has them: channels first."""
    rng, weights = np.random.default_rng(0), []
    for name, shape in {"k0": (32, 1, 3, 3), "k1": (64, 32, 3, 3), "w": (1600, 10)}.items():
        weights.append(numpy_helper.from_array(rng.normal(0, 0.05, shape).astype("float32"), name))
    weights += [numpy_helper.from_array(np.zeros(n, "float32"), name) for name, n in {"c0": 32, "c1": 64, "b": 10}.items()]
    nodes, last = [], "x"
    for i in range(2):
        nodes.append(helper.make_node("Conv", [last, f"k{i}", f"c{i}"], [f"z{i}"]))
        nodes.append(helper.make_node("Relu", [f"z{i}"], [f"r{i}"]))
        nodes.append(helper.make_node("MaxPool", [f"r{i}"], [f"p{i}"], kernel_shape=[2, 2], strides=[2, 2]))
        last = f"p{i}"
    nodes += [helper.make_node("Flatten", [last], ["flat"]), helper.make_node("Gemm", ["flat", "w", "b"], ["logits"])]
    nodes.append(helper.make_node("Softmax", ["logits"], ["y"]))
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (("x", [1, 1, 28, 28]), ("y", [1, 10]))]
    graph = helper.make_graph(nodes, "convnet", ends[:1], ends[1:], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def prepare(workload: Workload | Network, x: np.ndarray, y: np.ndarray) -> Callable[[], None]:
    """A function that makes all predictions."""
    if workload.batch:
        raise NotImplementedError("ONNX Runtime predicts")
    model = _convnet() if isinstance(workload, Network) else _dense(workload)
    model.ir_version = 8
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    x = np.ascontiguousarray(np.moveaxis(x, -1, 1)) if x.ndim == 4 else x
    rows = [x[i : i + 1] for i in range(200)]
    return lambda: [session.run(None, {"x": row}) for row in rows] and None
