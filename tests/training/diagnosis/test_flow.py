"""The sizes of gradients and updates that are kept of a training."""

from __future__ import annotations

import numpy as np

from glassworks.training.diagnosis.examination import Examination, Kernel
from glassworks.training.diagnosis.flow import MOST_POINTS, Flow


def test_of_a_long_training_the_older_points_are_thinned_and_the_last_ones_kept() -> None:
    flow = Flow()
    for step in range(10 * MOST_POINTS):
        flow.add(Examination(step=step, kernels=[Kernel("a/kernel", float(step), 0.5)]))
        assert len(flow.steps) == len(flow.points) <= MOST_POINTS
    assert flow.steps[0] == 0 and flow.steps[-1] == 10 * MOST_POINTS - 1 and sorted(flow.steps) == flow.steps
    np.testing.assert_array_equal(flow.series(0)["a"], flow.steps)


def test_several_examinations_after_one_step_are_one_point_and_unknown_kernels_have_no_series() -> None:
    flow = Flow()
    for size in (1.0, 2.0):
        flow.add(Examination(step=3, kernels=[Kernel("a/kernel", size, 0.1), Kernel("b/kernel", np.nan, 0.2)]))
    flow.add(Examination(step=4, kernels=[Kernel("a/kernel", 5.0, 0.3)]))
    assert {name: values.tolist() for name, values in flow.series(0).items()} == {"a": [1.0, 5.0]}
    np.testing.assert_array_equal(flow.series(1)["b"], [0.2, np.nan])
