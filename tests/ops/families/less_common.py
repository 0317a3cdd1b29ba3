"""More rows of the op specification table: the less common names of NumPy, order statistics, segments, complex parts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.ops.rows import Row, away, between, binary, normal, over_axes, pairs, positive, unary, view, whole


def with_holes(*shape: int) -> np.ndarray:
    """Numbers, some of which are missing."""
    x = normal(*shape)
    x.reshape(-1)[::3] = np.nan
    return x


def ignoring(name: str, reference: Callable, **more: Any) -> Row:
    return Row(
        name,
        lambda x: reference(x, axis=-1),
        [(with_holes(4, 5),), (normal(3, 2),)],
        call=lambda op, x: op(x, axis=-1),
        **more,
    )


def on(name: str, reference: Callable, *arrays: Any, call: Callable | None = None, gradient: bool = True, **more: Any) -> Row:
    """A row with one set of inputs."""
    return Row(name, reference, [arrays], call=call, gradient=gradient, **more)


def segments(name: str, reduce: Callable, gradient: bool = True) -> Row:
    ids = np.array([0, 0, 2, 1, 2])
    return on(
        name,
        lambda x, i: np.stack([reduce(x[i == k], axis=0) for k in range(3)]),
        normal(5, 2),
        ids,
        call=lambda op, x, i: op(x, i, 3),
        gradient=gradient,
    )


ROWS: list[Row] = [
    # functions
    unary("cbrt", np.cbrt, positive),
    unary("exp2", np.exp2),
    unary(
        "erfc",
        lambda x: np.vectorize(math.erfc, otypes=[float])(x) if np.size(x) else x,
        tolerance=1e-11,
        why="1 - erf loses digits where erfc is small",
    ),
    unary("deg2rad", np.deg2rad),
    unary("rad2deg", np.rad2deg),
    unary("fabs", np.fabs, away),
    unary("sinc", np.sinc, away),
    unary("i0", np.i0, tolerance=1e-6, why="NumPy's own series has about seven digits", gradient=True),
    unary("signbit", np.signbit, away, gradient=False),
    unary("isreal", np.isreal, gradient=False),
    on("isneginf", np.isneginf, np.array([1.0, -np.inf, np.inf, np.nan]), gradient=False),
    on("isposinf", np.isposinf, np.array([1.0, -np.inf, np.inf, np.nan]), gradient=False),
    binary("hypot", np.hypot),
    binary("logaddexp2", np.logaddexp2),
    binary("fmax", np.fmax),
    binary("fmin", np.fmin),
    binary("fmod", np.fmod, away, positive),
    binary("heaviside", np.heaviside, gradient=False),
    binary("nextafter", np.nextafter, gradient=False),
    Row("gcd", np.gcd, pairs(whole), gradient=False),
    Row("lcm", np.lcm, pairs(whole), gradient=False),
    on("ldexp", np.ldexp, normal(4), np.array([1, -2, 0, 3]), gradient=True),
    on("isclose", np.isclose, np.array([1.0, 2.0, np.nan]), np.array([1.0 + 1e-9, 2.1, np.nan]), gradient=False),
    on("allclose", np.allclose, np.array([1.0, 2.0]), np.array([1.0 + 1e-9, 2.0]), gradient=False),
    on("isin", np.isin, whole(6), np.array([0, 1, 2]), gradient=False),
    on(
        "select",
        lambda a, b: np.select([a > 0, b > 0], [a, b], 7.0),
        normal(6),
        normal(6),
        call=lambda op, a, b: op([a > 0, b > 0], [a, b], 7.0),
    ),
    # order and statistics
    Row("median", lambda x: np.median(x, axis=-1), [(normal(3, 5),), (normal(2, 4),)], call=lambda op, x: op(x, axis=-1)),
    Row(
        "quantile",
        lambda x: np.quantile(x, 0.3, axis=-1),
        [(normal(3, 5),), (normal(7, 1),)],
        call=lambda op, x: op(x, 0.3, axis=-1),
    ),
    on("percentile", lambda x: np.percentile(x, 30, axis=0), normal(5, 3), call=lambda op, x: op(x, 30, axis=0)),
    ignoring("nansum", np.nansum),
    ignoring("nanmean", np.nanmean),
    ignoring("nanprod", np.nanprod),
    ignoring("nanmax", np.nanmax),
    ignoring("nanmin", np.nanmin),
    ignoring("nanvar", np.nanvar),
    ignoring("nanstd", np.nanstd),
    ignoring("nanmedian", np.nanmedian),
    ignoring("nanargmax", np.nanargmax, gradient=False),
    ignoring("nanargmin", np.nanargmin, gradient=False),
    ignoring("nancumsum", np.nancumsum),
    ignoring("nancumprod", np.nancumprod),
    on("nanquantile", lambda x: np.nanquantile(x, 0.4, axis=-1), with_holes(3, 5), call=lambda op, x: op(x, 0.4, axis=-1)),
    on("nanpercentile", lambda x: np.nanpercentile(x, 40, axis=-1), with_holes(3, 5), call=lambda op, x: op(x, 40, axis=-1)),
    over_axes("cumprod", np.cumprod, positive),
    on(
        "argpartition",
        lambda x: np.sort(x)[..., :2],
        normal(6),
        call=lambda op, x: np.sort(np.asarray(x)[np.asarray(op(np.asarray(x), 2))[:2]]),
        gradient=False,
    ),
    on("searchsorted", np.searchsorted, np.array([0.0, 1.0, 2.0]), normal(5), gradient=False),
    on("digitize", lambda x: np.digitize(x, [0.0, 1.0]), normal(6), call=lambda op, x: op(x, np.array([0.0, 1.0])), gradient=False),
    on("bincount", lambda x: np.bincount(x, minlength=6), np.array([0, 3, 3, 1]), call=lambda op, x: op(x, minlength=6), gradient=False),
    on("histogram", lambda x: np.histogram(x, 4)[0], normal(20), call=lambda op, x: op(x, 4)[0], gradient=False),
    on("unique", np.unique, whole(9), gradient=False),
    on("corrcoef", np.corrcoef, normal(3, 8)),
    on("correlate", lambda x, y: np.correlate(x, y, "full"), normal(5), normal(3), call=lambda op, x, y: op(x, y, "full")),
    # shapes and parts
    Row("diff", lambda x: np.diff(x, axis=0), [(normal(5, 3),), (normal(1, 3),)], call=lambda op, x: op(x, axis=0)),
    Row("fliplr", np.fliplr, [(normal(2, 3),)]),
    Row("flipud", np.flipud, [(normal(2, 3),)]),
    on("rot90", np.rot90, normal(2, 3)),
    Row("diagonal", np.diagonal, [(normal(3, 4),), (normal(4, 2),)]),
    Row("trace", np.trace, [(normal(3, 4),), (view(normal(3, 3)),)]),
    on("diagflat", np.diagflat, normal(2, 2)),
    on("array_split", lambda x: np.array_split(x, 3)[1], normal(7, 2), call=lambda op, x: op(x, 3)[1]),
    on("hsplit", lambda x: np.hsplit(x, 2)[1], normal(3, 4), call=lambda op, x: op(x, 2)[1]),
    on("vsplit", lambda x: np.vsplit(x, 2)[1], normal(4, 3), call=lambda op, x: op(x, 2)[1]),
    on("dsplit", lambda x: np.dsplit(x, 2)[1], normal(2, 3, 4), call=lambda op, x: op(x, 2)[1]),
    on("dstack", lambda *xs: np.dstack(xs), normal(2, 3), normal(2, 3), call=lambda op, *xs: op(list(xs))),
    on("rearrange", lambda x: x.transpose(0, 2, 1).reshape(2, 12), normal(2, 3, 4), call=lambda op, x: op(x, "a b c -> a (c b)")),
    on(
        "unravel_index", lambda i: np.unravel_index(i, (3, 4))[1], np.array([0, 5, 11]), call=lambda op, i: op(i, (3, 4))[1], gradient=False
    ),
    on("vander", lambda x: np.vander(x, 3), normal(4), call=lambda op, x: op(x, 3)),
    on("view", lambda x: x.view("int64"), normal(3), call=lambda op, x: op(x, "int64"), gradient=False),
    on("vectorize", lambda x: x * 2.0, normal(3), call=lambda op, x: op(lambda one: one * 2.0)(x), gradient=False),
    # products and sums
    on("cross", np.cross, normal(4, 3), normal(4, 3)),
    on("kron", np.kron, normal(2, 3), normal(3, 2)),
    Row("trapezoid", lambda y: np.trapezoid(y, dx=0.5), [(normal(5),), (normal(2, 4),)], call=lambda op, y: op(y, dx=0.5)),
    on("cdist", lambda x, y: np.sqrt(((x[:, None] - y[None]) ** 2).sum(-1)), normal(4, 3), normal(2, 3)),
    on("psnr", lambda x, y: 10 * np.log10(4.0 / np.mean((x - y) ** 2)), normal(3, 4), normal(3, 4), call=lambda op, x, y: op(x, y, 2.0)),
    on("associative_scan", lambda x: np.cumsum(x, axis=0), normal(6, 2), call=lambda op, x: op(lambda a, b: a + b, x)),
    segments("segment_sum", np.sum),
    segments("segment_prod", np.prod),
    segments("segment_max", np.max),
    segments("segment_min", np.min),
    on(
        "scatter_update",
        lambda x, u: np.stack([u[1], x[1], u[0]]),
        normal(3, 2),
        normal(2, 2),
        call=lambda op, x, u: op(x, np.array([[2], [0]]), u),
        gradient=True,
    ),
    # windows and ranges
    on("bartlett", lambda: np.bartlett(5), call=lambda op: op(5), gradient=False, tolerance=1e-6, why="float32 by default"),
    on("blackman", lambda: np.blackman(5), call=lambda op: op(5), gradient=False, tolerance=1e-6, why="float32 by default"),
    on("hamming", lambda: np.hamming(5), call=lambda op: op(5), gradient=False, tolerance=1e-6, why="float32 by default"),
    on("hanning", lambda: np.hanning(5), call=lambda op: op(5), gradient=False, tolerance=1e-6, why="float32 by default"),
    on("kaiser", lambda: np.kaiser(5, 2.0), call=lambda op: op(5, 2.0), gradient=False, tolerance=1e-6, why="float32 by default"),
    on(
        "geomspace",
        lambda: np.geomspace(1, 100, 5),
        call=lambda op: op(1, 100, 5),
        gradient=False,
        tolerance=1e-5,
        why="float32 by default",
    ),
    # complex parts
    unary("real", np.real, gradient=False),
    unary("imag", np.imag, gradient=False),
    unary("conj", np.conj, gradient=False),
    unary("conjugate", np.conj, gradient=False),
    unary("angle", np.angle, away, gradient=False),
    on("polar", lambda r, a: r * np.exp(1j * a), positive(3), between(-3, 3, 3), gradient=False),
    on("view_as_complex", lambda x: x[..., 0] + 1j * x[..., 1], normal(3, 2), gradient=False),
    on("view_as_real", lambda x: np.stack([x.real, x.imag], -1), normal(3) + 1j * normal(3), gradient=False),
]
