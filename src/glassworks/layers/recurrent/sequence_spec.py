"""The input spec of recurrent layers: samples of several steps with several features each."""

from __future__ import annotations

from glassworks.layers.input_spec import InputSpec


class SequenceSpec(InputSpec):
    """Inputs `(batch, steps, features, ...)`."""

    def rank_fix(self, shape: tuple, wanted: int) -> str:
        if len(shape) == 2 and wanted == 3:
            steps = shape[1] if shape[1] is not None else "steps"
            sample = "" if shape[0] is None else "if this is one sample, x[None]; "
            return (
                f"{sample}if each row is a series of single numbers, x[..., None] gives each step one feature, with Input(shape=({steps}, 1)); "
                "for windows of a longer series use utils.timeseries_dataset_from_array; behind another recurrent layer, give that one "
                "return_sequences=True; a table without time needs Dense layers instead"
            )
        if len(shape) == 1 and wanted == 3:
            return (
                "one long series is cut into windows, with what follows each of them as its target: length = 20; "
                "windows = np.lib.stride_tricks.sliding_window_view(x, length + 1); x, y = windows[:, :-1, None], windows[:, -1]"
            )
        if len(shape) < wanted:
            return f"sequences have {wanted} axes here: (batch, steps, ...)"
        if wanted == 3:
            return "make each step one row of features: layers.TimeDistributed(layers.Flatten()), or x.reshape(*x.shape[:2], -1)"
        return super().rank_fix(shape, wanted)
