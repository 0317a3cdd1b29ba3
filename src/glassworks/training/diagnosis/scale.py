"""Checks for scales that gradient descent handles badly: inputs, targets, validation data."""

from __future__ import annotations

import numpy as np

from glassworks.checks import Finding
from glassworks.training.data.checks import looks_like_bytes
from glassworks.training.diagnosis.evidence import Evidence
from glassworks.training.diagnosis.registry import looks_for

LARGE = 1000.0
"""Weights start at about 0.1 and take steps of about 0.001: numbers of this size are out of reach, or drown all others."""
LARGE_DISTANCE = 200.0
"""The largest deviation of a column over the smallest reach of another one. Columns whose deviations differ by 1,000 have about this."""
# Losses that depend on the scale of the targets.
ABSOLUTE = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh")


@looks_for("unscaled_inputs")
def unscaled_inputs(evidence: Evidence) -> Finding | None:
    """A finding if unscaled input columns have very different scales or very large numbers."""
    for name, array in evidence.x.items():
        if name not in evidence.weighed or array.ndim < 2 or len(array) < 2:
            continue
        columns = evidence.sample(array).reshape(-1, array.shape[-1])
        deviation, size = columns.std(axis=0), np.abs(columns).mean(axis=0)
        reach = np.abs(columns - columns.mean(axis=0)).max(axis=0)
        if not np.isfinite(deviation).all() or not (reach > 0).any():
            continue
        # Years and timestamps vary little, but are large.
        measure = deviation if size.max() < LARGE else size
        large, small = int(measure.argmax()), int(np.where(reach > 0, reach, np.inf).argmin())
        distance = deviation[large] / reach[small]
        # Pixels share one scale, even if few of them are bright.
        if not (measure[large] >= LARGE or (deviation[large] >= 5 and distance >= LARGE_DISTANCE)) or looks_like_bytes(array[:256]):
            continue
        found = f"column {large} of {name} goes {_range_text(columns[:, large])}"
        if large != small:
            found += f", column {small} {_range_text(columns[:, small])}"
        return Finding(
            "unscaled_inputs",
            evidence.where,
            f"{found}, and nothing in the model scales them: the largest column drowns the others",
            "columns on one scale, about -1 to 1",
            "put layers.Normalization() first and adapt it to x, or x = (x - x.mean(axis=0)) / x.std(axis=0)",
        )
    return None


def _range_text(column: np.ndarray) -> str:
    """The range of the numbers as text, with enough digits to distinguish its ends."""
    low, high = column.min(), column.max()
    digits = next((n for n in (4, 7, 11) if f"{low:.{n}g}" != f"{high:.{n}g}"), 4)
    return f"from {low:.{digits}g} to {high:.{digits}g}"


@looks_for("unscaled_targets")
def unscaled_targets(evidence: Evidence) -> Finding | None:
    """A finding if targets are far larger than the outputs: the last bias would need thousands of steps to reach them."""
    for output in evidence.outputs:
        if output.function not in ABSOLUTE or output.target.dtype.kind not in "iuf" or not output.target.size:
            continue
        y = evidence.sample(output.target)
        size = max(abs(float(y.mean())), float(y.std()))
        given = np.abs(np.asarray(output.prediction, np.float64)).max(initial=0.0)
        if not np.isfinite(size) or not np.isfinite(given) or size < LARGE or given > size / 100:
            continue
        return Finding(
            "unscaled_targets",
            evidence.where,
            f"targets of '{output.name}' have mean {y.mean():.4g} and deviation {y.std():.4g}, the model starts with outputs up to {given:.3g}",
            "targets with mean about 0 and deviation about 1",
            "train on (y - y.mean()) / y.std(), and turn predictions back: model.predict(x) * y.std() + y.mean()",
        )
    return None


@looks_for("validation_scale")
def validation_scale(evidence: Evidence) -> Finding | None:
    """A finding if validation inputs, or quantities as targets, have another scale than the training data."""
    if not evidence.is_whole or evidence.is_split:
        return None
    pairs = [(name, array, evidence.validation_x.get(name)) for name, array in evidence.x.items()]
    pairs += [
        (f"targets of '{output.name}'", output.target, held)
        for output, held in zip(evidence.outputs, evidence.validation_y, strict=False)
        if output.function in ABSOLUTE
    ]
    for name, train, held in pairs:
        if held is None or train.shape[1:] != held.shape[1:] or min(train.size, held.size) < 30 or min(len(train), len(held)) < 8:
            continue
        ours, theirs = (_columns(evidence.sample(part)) for part in (train, held))
        if not _scales_differ(ours, theirs):
            continue
        return Finding(
            "validation_scale",
            evidence.where,
            f"{name} {'have' if name.startswith('targets') else 'has'} mean {ours.mean():.4g} and deviation {ours.std():.4g} for training, "
            f"mean {theirs.mean():.4g} and deviation {theirs.std():.4g} for validation",
            "validation data prepared as the training data was",
            "scale both with the numbers of the training data: "
            + (
                "mean, std = y_train.mean(), y_train.std(), then (y"
                if name.startswith("targets")
                else "mean, std = x_train.mean(axis=0), x_train.std(axis=0), then (x"
            )
            + " - mean) / std for each",
        )
    return None


def _columns(rows: np.ndarray) -> np.ndarray:
    """A sample as a table; images and sequences become a single column."""
    return rows if rows.ndim == 2 and rows.shape[1] <= 64 else rows.reshape(-1, 1)


def _scales_differ(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Whether most columns have moved far, or have ten times or a tenth of their former range.

    Columns that were standardized have mean 0 and deviation 1 each: others in their place differ less, but were not prepared like them.
    """
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        return False
    varies = ours.std(axis=0) > 0
    if not varies.any():
        return False
    ours, theirs = ours[:, varies], theirs[:, varies]
    deviation = ours.std(axis=0)
    shift = np.abs(theirs.mean(axis=0) - ours.mean(axis=0)) / deviation
    ratio = theirs.std(axis=0) / deviation
    is_standardized = ours.shape[1] > 1 and bool((np.abs(ours.mean(axis=0)) < 0.1).all() and (np.abs(deviation - 1) < 0.1).all())
    far, wide = (2, 3) if is_standardized else (5, 10)
    return bool(np.mean((shift > far) | (ratio > wide) | (ratio < 1 / wide)) > 0.5)
