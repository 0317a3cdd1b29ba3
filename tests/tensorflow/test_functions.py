"""Every function of `tf` compared with NumPy, with TensorFlow's defaults and names of arguments."""

from __future__ import annotations

import numpy as np
import pytest

import glassworks as tf
from glassworks.errors import ArgumentTypeError, DataError, ShapeError, StateError

A = np.array([[3.0, -1.0, 2.0], [0.5, 4.0, -2.5]], "float32")
B = np.array([[1.0, 2.0, -3.0], [2.0, 0.25, 1.5]], "float32")
P = np.abs(A) + 0.1
U = np.array([[0.1, -0.9, 0.5], [0.3, 0.7, -0.2]], "float32")
I = np.array([[7, -3, 2], [5, 4, -8]], "int32")
S = np.array([[4.0, 1.0], [2.0, 3.0]], "float32")
RNG = np.random.default_rng(0)
IMAGE = RNG.random((5, 4, 3)).astype("float32")
T = np.array([True, False, True])


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


# Function, arguments, arguments by name, what NumPy gives.
CASES = [
    ("reduce_mean", (A,), {"axis": 1}, A.mean(1)),
    ("reduce_mean", (I,), {}, np.int32(1)),
    ("reduce_sum", (A,), {"axis": [0, 1]}, A.sum()),
    ("reduce_sum", (), {"input_tensor": A, "keepdims": True, "axis": -1}, A.sum(-1, keepdims=True)),
    ("reduce_max", (A, 0), {}, A.max(0)),
    ("reduce_min", (A,), {"axis": 0, "name": "smallest"}, A.min(0)),
    ("reduce_prod", (A, 1), {}, A.prod(1)),
    ("reduce_all", (T,), {}, False),
    ("reduce_any", (T,), {}, True),
    ("reduce_logsumexp", (A, 1), {}, np.log(np.exp(A).sum(1))),
    ("math.reduce_std", (A, 1), {}, A.std(1)),
    ("math.reduce_variance", (A, 1), {}, A.var(1)),
    ("math.reduce_euclidean_norm", (A, 1), {}, np.sqrt((A * A).sum(1))),
    ("argmax", (A,), {}, A.argmax(0)),
    ("argmax", (A,), {"axis": 1, "output_type": "int32"}, A.argmax(1).astype("int32")),
    ("argmin", (A, -1), {}, A.argmin(-1)),
    ("math.count_nonzero", ([[0, 3], [0, 0]],), {"axis": 0}, np.array([0, 1])),
    ("math.zero_fraction", ([0.0, 1.0, 0.0, 0.0],), {}, np.float32(0.75)),
    ("cumsum", (A,), {"axis": 1}, A.cumsum(1)),
    ("cumsum", (A,), {"axis": 1, "exclusive": True}, A.cumsum(1) - A),
    ("cumsum", (A, 1), {"reverse": True}, A[:, ::-1].cumsum(1)[:, ::-1]),
    ("math.cumprod", (A, 1), {}, A.cumprod(1)),
    ("add", (A, B), {}, A + B),
    ("subtract", (), {"y": B, "x": A}, A - B),
    ("multiply", (A, B), {}, A * B),
    ("divide", (A, B), {}, A / B),
    ("truediv", (A, 2.0), {}, A / 2),
    ("math.divide_no_nan", (A, np.array([0, 1, 2], "float32")), {}, np.divide(A, [[1, 1, 2]]) * [[0, 1, 1]]),
    ("math.multiply_no_nan", (np.array([np.nan, 2.0], "float32"), np.array([0.0, 3.0], "float32")), {}, np.array([0.0, 6.0])),
    ("math.floordiv", (I, 3), {}, I // 3),
    ("math.mod", (I, 3), {}, I % 3),
    ("pow", (P, 2.0), {}, P**2),
    ("maximum", (A, B), {}, np.maximum(A, B)),
    ("minimum", (A, B), {}, np.minimum(A, B)),
    ("squared_difference", (A, B), {}, (A - B) ** 2),
    ("add_n", ([A, B, A],), {}, A + B + A),
    ("math.xlogy", (np.array([0.0, 2.0], "float32"), np.array([0.0, 3.0], "float32")), {}, np.array([0, 2 * np.log(3)])),
    ("equal", (A, A), {}, np.ones_like(A, bool)),
    ("not_equal", (I, 7), {}, I != 7),
    ("greater", (A, B), {}, A > B),
    ("greater_equal", (A, A), {}, A >= A),
    ("less", (A, B), {}, A < B),
    ("less_equal", (A, B), {}, A <= B),
    ("logical_and", (T, [True, True, False]), {}, T & np.array([True, True, False])),
    ("logical_or", (T, T), {}, T),
    ("logical_not", (T,), {}, ~T),
    ("math.logical_xor", (T, [True, True, True]), {}, ~T),
    *(
        (name, (A,), {}, getattr(np, name)(A))
        for name in ("abs", "sign", "negative", "square", "exp", "sin", "cos", "tan", "tanh", "floor")
    ),
    *((f"{name}", (A,), {}, getattr(np, name)(A)) for name in ("ceil", "sinh", "cosh")),
    *((f"a{name}", (U,), {}, getattr(np, f"arc{name}")(U)) for name in ("sin", "cos", "tan", "tanh", "sinh")),
    *((f"math.{name}", (P,), {}, getattr(np, name)(P)) for name in ("log", "log1p", "expm1", "reciprocal", "sqrt")),
    ("acosh", (P + 1,), {}, np.arccosh(P + 1)),
    ("math.rsqrt", (P,), {}, 1 / np.sqrt(P)),
    ("atan2", (A, B), {}, np.arctan2(A, B)),
    ("round", (A,), {}, np.round(A)),
    ("sigmoid", (A,), {}, 1 / (1 + np.exp(-A))),
    ("math.softplus", (A,), {}, np.log1p(np.exp(A))),
    ("math.log_sigmoid", (A,), {}, -np.log1p(np.exp(-A))),
    ("math.is_nan", (np.array([np.nan, 1.0]),), {}, np.array([True, False])),
    ("math.is_inf", (np.array([np.inf, 1.0]),), {}, np.array([True, False])),
    ("math.is_finite", (np.array([np.inf, 1.0]),), {}, np.array([False, True])),
    ("math.bincount", ([0, 2, 2],), {}, np.array([1, 0, 2])),
    ("math.in_top_k", ([0, 0], A, 1), {}, np.array([True, False])),
    ("math.l2_normalize", (A,), {"axis": 1}, A / np.linalg.norm(A, axis=1, keepdims=True)),
    ("math.confusion_matrix", ([0, 1, 1], [0, 1, 0]), {"num_classes": 3}, np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0]])),
    ("math.top_k", (A, 2), {}, (np.array([[3, 2], [4, 0.5]]), np.array([[0, 2], [1, 0]]))),
    ("math.unsorted_segment_sum", ([1.0, 2.0, 4.0], [1, 0, 1], 3), {}, np.array([2.0, 5.0, 0.0])),
    ("math.unsorted_segment_mean", ([1.0, 2.0, 4.0], [1, 0, 1], 3), {}, np.array([2, 2.5, 0])),
    ("math.segment_sum", ([1.0, 2.0, 4.0], [0, 0, 1]), {}, np.array([3.0, 4.0])),
    ("clip_by_value", (A, -1.0, 1.0), {}, A.clip(-1, 1)),
    ("clip_by_norm", (A, 1.0), {}, A / np.linalg.norm(A)),
    ("clip_by_norm", (A, 100.0), {}, A),
    ("clip_by_norm", (A, 1.0), {"axes": [1]}, A / np.maximum(np.linalg.norm(A, axis=1, keepdims=True), 1)),
    ("math.global_norm", ([A, None, B],), {}, np.sqrt((A * A).sum() + (B * B).sum())),
    # ---- tensors
    ("constant", ([[1, 2], [3, 4]],), {}, np.array([[1, 2], [3, 4]], "int32")),
    ("constant", ([1, 2, 3, 4],), {"shape": (2, 2), "dtype": tf.float32}, np.array([[1, 2], [3, 4]], "float32")),
    ("constant", (2.5,), {"shape": [3]}, np.full(3, 2.5, "float32")),
    ("constant", (np.float64(1.5),), {}, np.float64(1.5)),
    ("convert_to_tensor", ([1.0, 2.0],), {"dtype": tf.float64}, np.array([1.0, 2.0])),
    ("zeros", ((2, 3),), {}, np.zeros((2, 3), "float32")),
    ("ones", (3,), {"dtype": tf.int32}, np.ones(3, "int32")),
    ("zeros_like", (I,), {}, np.zeros_like(I)),
    ("ones_like", (I,), {"dtype": "float32"}, np.ones(I.shape, "float32")),
    ("fill", ([2, 2], 9), {}, np.full((2, 2), 9, "int32")),
    ("eye", (2, 3), {}, np.eye(2, 3, dtype="float32")),
    ("range", (5,), {}, np.arange(5, dtype="int32")),
    ("range", (1.0, 2.0, 0.5), {}, np.array([1.0, 1.5], "float32")),
    ("linspace", (0.0, 1.0, 5), {}, np.linspace(0, 1, 5)),
    ("meshgrid", ([1, 2], [3, 4, 5]), {}, tuple(np.meshgrid([1, 2], [3, 4, 5]))),
    ("one_hot", ([0, 2, -1], 3), {}, np.array([[1, 0, 0], [0, 0, 1], [0, 0, 0]], "float32")),
    ("one_hot", ([0, 1], 2), {"on_value": 5, "off_value": -1, "dtype": "int32"}, np.array([[5, -1], [-1, 5]], "int32")),
    ("one_hot", ([0, 1], 3), {"axis": 0}, np.eye(3, 2, dtype="float32")),
    ("sequence_mask", ([1, 0, 2],), {"maxlen": 3}, np.array([[1, 0, 0], [0, 0, 0], [1, 1, 0]], bool)),
    ("cast", (A, tf.int32), {}, A.astype("int32")),
    ("reshape", (A, (3, -1)), {}, A.reshape(3, -1)),
    ("reshape", (), {"tensor": A, "shape": [6]}, A.reshape(6)),
    ("transpose", (IMAGE,), {"perm": [2, 0, 1]}, IMAGE.transpose(2, 0, 1)),
    ("concat", ([A, B], 0), {}, np.concatenate([A, B], 0)),
    ("concat", (), {"values": [A, B], "axis": -1}, np.concatenate([A, B], -1)),
    ("stack", ([A, B],), {"axis": 1}, np.stack([A, B], 1)),
    ("unstack", (A,), {}, tuple(A)),
    ("expand_dims", (A,), {"axis": 1}, A[:, None]),
    ("squeeze", (A[None],), {"axis": 0}, A),
    ("tile", (A, [2, 1]), {}, np.tile(A, [2, 1])),
    ("repeat", (A, 2), {"axis": 1}, np.repeat(A, 2, 1)),
    ("broadcast_to", (A[0], (2, 3)), {}, np.broadcast_to(A[0], (2, 3))),
    ("roll", (A,), {"shift": 1, "axis": 1}, np.roll(A, 1, 1)),
    ("reverse", (A, [1]), {}, A[:, ::-1]),
    ("sort", (A,), {"direction": "DESCENDING"}, np.sort(A)[:, ::-1]),
    ("argsort", ([2, 1, 2, 0],), {"direction": "DESCENDING"}, np.array([0, 2, 1, 3])),
    ("split", (A, 3), {"axis": 1}, (A[:, :1], A[:, 1:2], A[:, 2:])),
    ("split", (A, [1, -1], 1), {}, (A[:, :1], A[:, 1:])),
    ("slice", (A, [0, 1], [2, -1]), {}, A[:, 1:]),
    ("strided_slice", (A, [0, 0], [2, 3], [1, 2]), {}, A[:, ::2]),
    ("pad", (A, [[1, 0], [0, 2]]), {"constant_values": 5}, np.pad(A, [[1, 0], [0, 2]], constant_values=5)),
    ("pad", (A, [[0, 0], [1, 1]], "REFLECT"), {}, np.pad(A, [[0, 0], [1, 1]], "reflect")),
    ("gather", (A, [1, 0, 1]), {}, A[[1, 0, 1]]),
    ("gather", (A, [2, 0]), {"axis": 1}, A[:, [2, 0]]),
    ("gather", (A, [[2, 0], [1, 1]]), {"batch_dims": 1}, np.take_along_axis(A, np.array([[2, 0], [1, 1]]), 1)),
    ("gather_nd", (A, [[0, 1], [1, 2]]), {}, A[[0, 1], [1, 2]]),
    ("gather_nd", (A, [[1], [0]]), {}, A[[1, 0]]),
    ("gather_nd", (A, [[1], [0]]), {"batch_dims": 1}, A[[0, 1], [1, 0]]),
    ("boolean_mask", (A, T), {"axis": 1}, A[:, T]),
    ("boolean_mask", (A, A > 0), {}, A[A > 0]),
    ("where", (T, [1, 2, 3], [7, 8, 9]), {}, np.array([1, 8, 3])),
    ("where", (A > 0,), {}, np.argwhere(A > 0)),
    ("unique", ([4, 2, 4, 1],), {}, (np.array([4, 2, 1]), np.array([0, 1, 0, 2]))),
    ("scatter_nd", ([[0], [2], [0]], [1.0, 2.0, 3.0], [4]), {}, np.array([4.0, 0, 2, 0])),
    ("tensor_scatter_nd_update", (A, [[0, 1]], [9.0]), {}, np.array([[3, 9, 2], [0.5, 4, -2.5]])),
    ("tensor_scatter_nd_add", (A, [[0, 1]], [9.0]), {}, np.array([[3, 8, 2], [0.5, 4, -2.5]])),
    ("searchsorted", ([1, 3, 5], [0, 4]), {}, np.array([0, 2])),
    ("identity", (A,), {}, A),
    ("stop_gradient", (A,), {}, A),
    ("shape", (A,), {}, (2, 3)),
    ("rank", (A,), {}, 2),
    ("size", (A,), {}, 6),
    # ---- linear algebra
    ("matmul", (A, B), {"transpose_b": True}, A @ B.T),
    ("matmul", (A, B), {"transpose_a": True}, A.T @ B),
    ("linalg.matvec", (A, B[0]), {}, A @ B[0]),
    ("linalg.matrix_transpose", (A,), {}, A.T),
    ("tensordot", (A, B, [[1], [1]]), {}, np.tensordot(A, B, [[1], [1]])),
    ("einsum", ("ij,kj->ik", A, B), {}, A @ B.T),
    ("norm", (A,), {}, np.linalg.norm(A)),
    ("norm", (A,), {"ord": 1, "axis": 1}, np.abs(A).sum(1)),
    ("norm", (A,), {"ord": 1}, np.abs(A).sum()),
    ("linalg.inv", (S,), {}, np.linalg.inv(S)),
    ("linalg.det", (S,), {}, np.linalg.det(S)),
    ("linalg.solve", (S, S[:, :1]), {}, np.array([[1.0], [0.0]])),
    ("linalg.trace", (S,), {}, 7.0),
    ("linalg.diag", ([1.0, 2.0],), {}, np.diag([1.0, 2.0])),
    ("linalg.diag", ([1.0, 2.0],), {"k": 1}, np.diag([1.0, 2.0], 1)),
    ("linalg.diag", ([1.0, 2.0],), {"k": -1}, np.diag([1.0, 2.0], -1)),
    ("linalg.diag_part", (S,), {}, np.diag(S)),
    ("linalg.band_part", (S, 0, -1), {}, np.triu(S)),
    ("linalg.cholesky", (S @ S.T,), {}, np.linalg.cholesky(S @ S.T)),
    ("linalg.lstsq", (A.T, B.T), {}, np.linalg.lstsq(A.T, B.T)[0]),
    ("linalg.lstsq", (A.T, B.T, 0.5), {}, np.linalg.solve(A @ A.T + 0.5 * np.eye(2), A @ B.T)),
    ("linalg.cross", (A, B), {}, np.cross(A, B)),
    ("linalg.svd", (A,), {"compute_uv": False}, np.linalg.svd(A, compute_uv=False)),
    # ---- networks
    ("nn.softmax", (A,), {}, softmax(A)),
    ("nn.log_softmax", (A,), {"axis": -1}, np.log(softmax(A))),
    ("nn.relu", (A,), {"name": "relu"}, np.maximum(A, 0)),
    ("nn.leaky_relu", (A,), {"alpha": 0.1}, np.where(A > 0, A, 0.1 * A)),
    ("nn.tanh", (A,), {}, np.tanh(A)),
    ("nn.l2_loss", (A,), {}, (A * A).sum() / 2),
    ("nn.softmax_cross_entropy_with_logits", (), {"labels": softmax(B), "logits": A}, -(softmax(B) * np.log(softmax(A))).sum(-1)),
    ("nn.sparse_softmax_cross_entropy_with_logits", (), {"labels": [2, 0], "logits": A}, -np.log(softmax(A))[[0, 1], [2, 0]]),
    ("nn.sigmoid_cross_entropy_with_logits", (P > 1, A), {}, np.log1p(np.exp(A)) - (P > 1) * A),
    ("nn.weighted_cross_entropy_with_logits", (P > 1, A, 2.0), {}, np.where(P > 1, 2 * np.log1p(np.exp(-A)), np.log1p(np.exp(A)))),
    ("nn.bias_add", (A, [1.0, 2.0, 3.0]), {}, A + [1, 2, 3]),
    ("nn.embedding_lookup", (A, [[1], [0]]), {}, A[[[1], [0]]]),
    ("nn.moments", (A, [0]), {}, (A.mean(0), A.var(0))),
    ("nn.batch_normalization", (A, A.mean(0), A.var(0), [1.0] * 3, [2.0] * 3, 0.1), {}, (A - A.mean(0)) / np.sqrt(A.var(0) + 0.1) * 2 + 1),
    ("nn.dropout", (A, 0.0), {}, A),
    ("nn.max_pool2d", (IMAGE[None], [1, 2, 2, 1], [1, 2, 2, 1], "VALID"), {}, IMAGE[:4].reshape(1, 2, 2, 2, 2, 3).max((2, 4))),
    ("nn.avg_pool2d", (IMAGE[None], 2, 2, "VALID"), {}, IMAGE[:4].reshape(1, 2, 2, 2, 2, 3).mean((2, 4))),
    # ---- pictures
    ("image.flip_left_right", (IMAGE,), {}, IMAGE[:, ::-1]),
    ("image.flip_up_down", (IMAGE[None],), {}, IMAGE[None, ::-1]),
    ("image.rot90", (IMAGE,), {}, np.rot90(IMAGE)),
    ("image.rot90", (IMAGE[None], 3), {}, np.rot90(IMAGE, 3)[None]),
    ("image.central_crop", (IMAGE, 0.5), {}, IMAGE[1:4, 1:3]),
    ("image.crop_to_bounding_box", (IMAGE, 1, 0, 2, 3), {}, IMAGE[1:3, :3]),
    ("image.pad_to_bounding_box", (IMAGE, 1, 2, 7, 8), {}, np.pad(IMAGE, [[1, 1], [2, 2], [0, 0]])),
    ("image.resize_with_crop_or_pad", (IMAGE, 3, 6), {}, np.pad(IMAGE[1:4], [[0, 0], [1, 1], [0, 0]])),
    ("image.adjust_brightness", (IMAGE, 0.1), {}, IMAGE + 0.1),
    ("image.adjust_contrast", (IMAGE, 2.0), {}, 2 * IMAGE - IMAGE.mean((0, 1))),
    ("image.adjust_gamma", (IMAGE, 2.0), {}, IMAGE**2),
    ("image.rgb_to_grayscale", (IMAGE,), {}, (IMAGE @ np.array([0.2989, 0.587, 0.114]))[..., None]),
    ("image.grayscale_to_rgb", (IMAGE[..., :1],), {}, np.repeat(IMAGE[..., :1], 3, -1)),
    ("image.per_image_standardization", (IMAGE,), {}, (IMAGE - IMAGE.mean()) / IMAGE.std()),
    ("image.convert_image_dtype", (np.array([[[0, 51, 255]]], "uint8"), "float32"), {}, np.array([[[0, 0.2, 1]]])),
    ("image.convert_image_dtype", (np.array([[[0, 0.2, 1]]], "float32"), tf.uint8), {}, np.array([[[0, 51, 255]]], "uint8")),
    ("image.adjust_brightness", (np.array([[[0, 100, 250]]], "uint8"), 0.1), {}, np.array([[[25, 125, 255]]], "uint8")),
    ("image.resize", (IMAGE[:2, :2], (4, 4), "nearest"), {}, IMAGE[:2, :2].repeat(2, 0).repeat(2, 1)),
]


def function(name):
    value = tf
    for part in name.split("."):
        value = getattr(value, part)
    return value


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case[0]}" for number, case in enumerate(CASES)])
def test_a_function_gives_what_numpy_gives(case):
    name, args, kwargs, wanted = case
    result = function(name)(*args, **kwargs)
    if isinstance(wanted, tuple):
        assert len(result) == len(wanted)
    for got, expected in zip(*((result, wanted) if isinstance(wanted, tuple) else ([result], [wanted])), strict=True):
        got, expected = np.asarray(got), np.asarray(expected)
        assert got.shape == expected.shape and (got.dtype.kind == expected.dtype.kind), (got.dtype, expected.dtype)
        np.testing.assert_allclose(got, expected, rtol=2e-5, atol=2e-6)


def test_the_singular_value_decomposition_has_tensorflow_s_order():
    s, u, v = tf.linalg.svd(A)
    np.testing.assert_allclose(np.asarray(u) @ np.diag(s) @ np.asarray(v).T, A, atol=1e-5)
    assert u.shape == (2, 2) and v.shape == (3, 2)


def test_clipping_by_the_global_norm_keeps_gaps():
    clipped, norm = tf.clip_by_global_norm([A, None, B], 1.0)
    total = np.sqrt((A * A).sum() + (B * B).sum())
    np.testing.assert_allclose(norm, total, rtol=1e-6)
    np.testing.assert_allclose(clipped[0], A / total, rtol=1e-6)
    assert clipped[1] is None


def test_convolutions_take_strides_in_both_forms_and_explicit_layouts():
    images, kernel = RNG.random((2, 6, 6, 3)).astype("float32"), RNG.random((3, 3, 3, 4)).astype("float32")
    plain = tf.nn.conv2d(images, kernel, strides=2, padding="VALID")
    windows = np.lib.stride_tricks.sliding_window_view(images, (3, 3), axis=(1, 2))[:, ::2, ::2]
    np.testing.assert_allclose(plain, np.einsum("nhwcij,ijco->nhwo", windows, kernel), rtol=1e-5)
    np.testing.assert_array_equal(plain, tf.nn.conv2d(images, kernel, strides=[1, 2, 2, 1], padding="VALID"))
    first = tf.nn.conv2d(images.transpose(0, 3, 1, 2), kernel, [1, 1, 2, 2], "VALID", data_format="NCHW")
    np.testing.assert_allclose(np.asarray(first).transpose(0, 2, 3, 1), plain, rtol=1e-5)
    line = tf.nn.conv1d(images[:, 0], kernel[0], stride=1, padding="SAME")
    assert line.shape == (2, 6, 4)
    depth = tf.nn.depthwise_conv2d(images, kernel[..., :1], strides=[1, 1, 1, 1], padding="VALID")
    windows = np.lib.stride_tricks.sliding_window_view(images, (3, 3), axis=(1, 2))
    np.testing.assert_allclose(depth, np.einsum("nhwcij,ijc->nhwc", windows, kernel[..., 0]), rtol=1e-5)


def test_random_functions_repeat_with_a_seed():
    for draw in (
        lambda: tf.random.normal((2, 3), mean=1.0, stddev=2.0, dtype=tf.float32),
        lambda: tf.random.uniform(shape=[4], minval=0, maxval=10, dtype=tf.int32),
        lambda: tf.random.shuffle(tf.range(10)),
        lambda: tf.image.random_crop(IMAGE, (2, 2, 3)),
        lambda: tf.image.random_flip_left_right(IMAGE[None]),
        lambda: tf.image.random_brightness(IMAGE, 0.2),
        lambda: tf.image.random_contrast(IMAGE, 0.5, 2.0),
        lambda: tf.image.random_saturation(IMAGE, 0.5, 2.0),
        lambda: tf.image.random_hue(IMAGE, 0.2),
        lambda: tf.nn.dropout(A, rate=0.5),
    ):
        tf.random.set_seed(3)
        first = np.asarray(draw())
        again = np.asarray(draw())
        tf.random.set_seed(3)
        np.testing.assert_array_equal(draw(), first)
        assert first.shape == again.shape
    numbers = np.asarray(tf.random.uniform((1000,), 3, 6, dtype=tf.int64))
    assert set(numbers.tolist()) == {3, 4, 5} and numbers.dtype == np.int64


def test_about_half_of_a_batch_is_flipped_each_on_its_own():
    batch = np.broadcast_to(IMAGE, (200, *IMAGE.shape))
    flipped = np.asarray(tf.image.random_flip_left_right(batch))
    is_flipped = (flipped == IMAGE[:, ::-1]).all((1, 2, 3))
    assert (is_flipped | (flipped == IMAGE).all((1, 2, 3))).all()
    assert 60 < is_flipped.sum() < 140


def test_hue_and_saturation_turn_colours():
    red = np.array([[[1.0, 0.0, 0.0]]], "float32")
    np.testing.assert_allclose(tf.image.adjust_hue(red, 2 / 3), [[[0, 0, 1]]], atol=1e-5)
    np.testing.assert_allclose(tf.image.adjust_saturation(red, 0.5), [[[1, 0.5, 0.5]]], atol=1e-5)
    np.testing.assert_allclose(tf.image.hsv_to_rgb(tf.image.rgb_to_hsv(IMAGE)), IMAGE, atol=1e-5)


def test_pictures_are_read_from_bytes(tmp_path):
    pixels = RNG.integers(0, 256, (4, 5, 3)).astype("uint8")
    tf.io.write_file(str(tmp_path / "a.png"), tf.io.encode_png(pixels))
    contents = tf.io.read_file(str(tmp_path / "a.png"))
    np.testing.assert_array_equal(tf.io.decode_png(contents), pixels)
    np.testing.assert_array_equal(tf.image.decode_image(contents, channels=3), pixels)
    assert tf.io.decode_jpeg(tf.io.encode_jpeg(pixels), channels=1).shape == (4, 5, 1)
    np.testing.assert_allclose(tf.image.decode_png(contents, dtype=tf.float32), pixels / 255, rtol=1e-5)
    assert tf.io.gfile.exists(str(tmp_path / "a.png")) and tf.io.gfile.listdir(str(tmp_path)) == ["a.png"]
    resized = tf.image.resize(pixels, [8, 10])
    assert resized.dtype == tf.float32 and resized.shape == (8, 10, 3)
    assert tf.image.resize(pixels, (8, 20), preserve_aspect_ratio=True).shape == (8, 10, 3)
    assert tf.image.resize_with_pad(pixels, 8, 20).shape == (8, 20, 3)


def test_texts_are_changed_one_by_one():
    texts = np.array([["A b<br />C", "D!"]])
    lowered = tf.strings.regex_replace(tf.strings.lower(texts), "<br />", " ")
    assert lowered.tolist() == [["a b c", "d!"]]
    assert tf.strings.split(["a b", "c"]).tolist() == [["a", "b"], ["c"]]
    assert tf.strings.join([np.array(["a", "b"]), "x"], "-").tolist() == ["a-x", "b-x"]
    assert tf.strings.reduce_join(np.array([["a", "b"], ["c", "d"]]), axis=1, separator=" ").tolist() == ["a b", "c d"]
    assert tf.strings.length(["ab", "ü"]).tolist() == [2, 2]
    assert tf.strings.substr(b"hello", 1, 2) == "el"
    assert tf.constant(["a", "b"]).tolist() == ["a", "b"]


def test_assertions_say_what_they_saw():
    tf.debugging.assert_equal(A, A)
    tf.debugging.assert_shapes([(A, ("n", 3))])
    for assertion, args in (("equal", (A, B)), ("less", (A, B)), ("positive", (A,)), ("near", (A, A + 1)), ("all_finite", ([np.nan],))):
        with pytest.raises(DataError, match=f"tf.debugging.assert_{assertion}"):
            getattr(tf.debugging, f"assert_{assertion}")(*args)
    with pytest.raises(DataError, match="the loss"):
        tf.debugging.check_numerics(tf.constant([np.inf]), "the loss")
    with pytest.raises(ShapeError, match=r"shape \(2, 3\)"):
        tf.debugging.assert_rank(A, 3)


def test_a_wrong_argument_is_an_error_that_lists_the_right_ones():
    with pytest.raises(ArgumentTypeError, match="the arguments input_tensor, axis, keepdims"):
        tf.reduce_sum(A, keep_dims=True)
    with pytest.raises(ArgumentTypeError, match="a second value of 'input_tensor'"):
        tf.reduce_sum(A, input_tensor=A)


def test_dtypes_are_names_with_tensorflow_s_attributes():
    assert tf.float32 == np.dtype("float32") and tf.constant(1.0).dtype == tf.float32
    assert (tf.uint8.max, tf.int16.min, tf.bool.is_bool, tf.int64.size) == (255, -(2**15), True, 8)
    assert np.zeros(2, tf.float16).dtype == "float16"
    assert tf.as_dtype(np.float64) == tf.double and tf.string == "string"
    assert tf.keras.layers.Dense(1, dtype=tf.float64).compute_dtype == "float64"


def test_shapes_and_specs_have_tensorflow_s_methods():
    shape = tf.TensorShape([None, 4])
    assert (shape.as_list(), shape.rank, shape.num_elements(), shape[1:]) == ([None, 4], 2, None, (4,))
    assert tf.TensorSpec((2,), tf.int32) == tf.TensorSpec.from_tensor(tf.constant([1, 2]))
    array = tf.TensorArray(tf.float32, size=0, dynamic_size=True).write(0, 1.0).write(2, 3.0)
    with pytest.raises(StateError, match="entry 1"):
        array.stack()
    assert array.write(1, 2.0).stack().numpy().tolist() == [1, 2, 3]


def test_there_is_one_device():
    assert tf.config.list_physical_devices("GPU") == [] == tf.config.experimental.list_physical_devices("GPU")
    assert not tf.test.is_gpu_available() and tf.test.gpu_device_name() == ""
    with tf.distribute.MirroredStrategy().scope() as strategy:
        assert strategy.num_replicas_in_sync == 1
    assert tf.distribute.get_strategy().run(lambda x: x + 1, (1,)) == 2
