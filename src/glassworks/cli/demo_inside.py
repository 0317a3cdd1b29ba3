"""What `glassworks demo` shows of a trained network: one neuron, one training step, and what is said of one that does not learn."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from glassworks.checks import Finding
from glassworks.cli.demo_networks import Data, dense_network, train

if TYPE_CHECKING:
    from glassworks import Sequential

TOO_HIGH = 1.0
"""A learning rate at which Adam moves each weight by about 1 in each step."""


def neuron_text(model: Sequential, image: np.ndarray, label: int) -> str:
    """The neuron that contributes most to the class that the network chose, written out, and where its result goes."""
    trace = model.trace(image[None])
    probabilities, results = (np.ravel(trace[name].outputs[0]) for name in ("output", "hidden"))
    chosen = int(probabilities.argmax())
    outgoing = model.get_layer("output").get_weights()[0][:, chosen]
    neuron = int(np.argmax(results * outgoing))
    card = trace.neuron("hidden", neuron)
    pixel = next(iter(card.sum.largest)).label
    row, column = divmod(int(pixel[2:-1]), image.shape[1])
    return "\n".join(
        [
            f"One neuron in full, number {neuron} of layer 'hidden', for the first test image, a {label}: weight*pixel, weight*pixel, ...",
            *(f"  {line}" for line in card.lines),
            f"  {pixel} is the pixel in row {row}, column {column}.",
            f"  The result enters the score of class {chosen} with the weight {outgoing[neuron]:.4g}: "
            f"{outgoing[neuron]:.4g}*{results[neuron]:.4g} = {outgoing[neuron] * results[neuron]:.4g}.",
            f"  All {len(results)} neurons together: {probabilities[chosen]:.1%} sure that it is a {chosen}.",
        ]
    )


def step_text(model: Sequential, data: Data, count: int = 32) -> str:
    """One training step on the first images, told with its numbers."""
    from glassworks import insight

    x, y = data.train
    return str(insight.explain_step(model, x[:count], y[:count], depth="short"))


def broken_findings(data: Data, epochs: int = 5) -> list[Finding]:
    """What the doctor finds in the same dense network, trained with a learning rate of 1."""
    from glassworks.optimizers import Adam

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the findings are printed by the caller
        findings = train(dense_network(data, Adam(TOO_HIGH)), data, epochs, verbose=0).findings
    # The line of the call is one of the demo's own code, not of the user's.
    return [finding._replace(line="") for finding in findings]
