"""Vectors of many numbers as points in a plane: samples as a layer sees them, or the rows of an embedding."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from glassworks.drawing.scatter import draw_scatter
from glassworks.errors import DataError
from glassworks.insight.attribution.rows import with_rows
from glassworks.insight.capture import Capture
from glassworks.insight.pictures.find import all_layers, call_of, layer_of, sizes_of
from glassworks.layers import Embedding
from glassworks.layers.base import Layer
from glassworks.layers.preprocessing.text_vectorization import TextVectorization
from glassworks.typing import ArrayLike, Data

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from glassworks.models.model import Model

MOST_POINTS, MOST_NAMES = 3000, 32


class Plane(NamedTuple):
    """Points in the plane of the largest variance, and the share of the variance along each of its axes."""

    points: np.ndarray
    shares: np.ndarray


def plot_embedding(
    model: Model,
    x: Data = None,
    layer: str | Layer | None = None,
    labels: ArrayLike | Sequence[str] | None = None,
    path: str | PathLike[str] | None = None,
) -> Figure:
    """Draw vectors in the plane along which they differ most (principal component analysis, Pearson 1901).

    With samples the vectors are the outputs of a layer for them: classes that the layer tells apart are clouds of their own. Without
    samples they are the rows of an embedding, of which the 32 longest ones get their names.

    Args:
        model: The model.
        x: Samples; of more than 3000 a random choice of 3000 is drawn. None for the rows of an embedding.
        layer: The layer, its name or path. By default the last one with weights before the output, or the first `Embedding`.
        labels: The class or number of each sample; for an embedding the words by number, by default those of the model's
            `TextVectorization`.
        path: A file to save the picture in; its ending says in which format.

    Returns:
        The figure of matplotlib.

    Raises:
        ArgumentError: The model has no such layer.
        DataError: Fewer than two vectors, or a number of labels that is not that of the vectors.
        MissingDependencyError: matplotlib is not installed.

    >>> import numpy as np
    >>> from glassworks import Sequential, layers
    >>> model = Sequential([layers.Input((4,)), layers.Dense(3, name="hidden"), layers.Dense(2)])
    >>> plot_embedding(model, np.eye(4), labels=[0, 0, 1, 1]).axes[0].get_title()
    "Output of 'hidden' for 4 samples"
    """
    where = "insight.plot_embedding"
    names: dict[int, str] = {}
    given = None if labels is None else np.asarray(labels)
    if x is None:
        chosen = layer_of(model, layer, lambda each: isinstance(each, Embedding), "an Embedding, or samples: x=...", where)
        vectors = np.asarray(chosen.weights[0].numpy(), np.float64)
        words = [str(word) for word in np.ravel(np.asarray(labels, object))] if labels is not None else _vocabulary(model)
        longest = np.argsort(-sizes_of(vectors), kind="stable")[:MOST_NAMES]
        names = {int(i): words[i] if words is not None and i < len(words) else str(i) for i in longest}
        title, given = f"Rows of '{chosen.name}', the {len(names)} longest with their names", None
    else:
        capture = Capture(model, with_rows(model, x)[0])
        name = _layer_name(capture, layer, where)
        vectors = np.asarray(capture.run([f"{name}/output"])[f"{name}/output"], np.float64)
        vectors = vectors.reshape(len(vectors), -1)
        title = f"Output of '{name}' for {len(vectors)} samples"
        if given is not None:
            given = given.argmax(-1) if given.ndim == 2 and given.shape[1] > 1 else given.reshape(-1)
    if len(vectors) < 2 or (given is not None and len(given) != len(vectors)):
        raise DataError(
            f"{len(vectors)} vectors and {'no' if given is None else len(given)} labels",
            "two vectors or more, and a label for each",
            "pass more samples" if len(vectors) < 2 else "pass labels=y[:len(x)]",
            where=where,
        )
    if x is not None and len(vectors) > MOST_POINTS:
        kept = np.sort(np.random.default_rng(0).choice(len(vectors), MOST_POINTS, replace=False))
        vectors, given, title = vectors[kept], None if given is None else given[kept], f"{title}, {MOST_POINTS} of them drawn"
    plane = plane_of(vectors)
    axes_names = tuple(f"{which} component, {share:.0%} of the variance" for which, share in zip(("1st", "2nd"), plane.shares, strict=True))
    return draw_scatter(plane.points, given, names, (axes_names[0], axes_names[1]), title, path)


def plane_of(vectors: np.ndarray) -> Plane:
    """The vectors in the plane of the largest variance. The largest coordinate along each axis is positive.

    >>> plane = plane_of(np.array([[0.0, 0.0, 1.0], [2.0, 0.0, 1.0], [7.0, 0.0, 1.0]]))
    >>> plane.points[:, 0].round(6).tolist(), plane.shares.tolist()
    ([-3.0, -1.0, 4.0], [1.0, 0.0])
    """
    centred = vectors - vectors.mean(0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    points = np.zeros((len(vectors), 2))
    points[:, : min(2, len(sizes))] = (left * sizes)[:, :2]
    for axis in (0, 1):
        if points[np.abs(points[:, axis]).argmax(), axis] < 0:
            points[:, axis] *= -1
    variances = np.zeros(2)
    variances[: min(2, len(sizes))] = (sizes**2)[:2]
    return Plane(points, variances / (float((sizes**2).sum()) or 1.0))


def _layer_name(capture: Capture, layer: str | Layer | None, where: str) -> str:
    if layer is not None:
        return call_of(capture, layer, lambda _call: True, "a layer of the model", where).name
    with_weights = [call for call in capture.calls if call.layer.weights and not call.on_host]
    chosen = with_weights[-2] if len(with_weights) > 1 else capture.calls[-1]
    return chosen.name


def _vocabulary(model: Model) -> list[str] | None:
    texts = [layer for layer in all_layers(model) if isinstance(layer, TextVectorization)]
    return [str(word) for word in texts[0].get_vocabulary()] if len(texts) == 1 else None
