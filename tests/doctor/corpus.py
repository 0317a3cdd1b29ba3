"""All programs of the corpus: importing this module collects them."""

from __future__ import annotations

from tests.doctor.broken import of_depth, of_inputs, of_losses, of_new_programs, of_rates, of_splits, of_weights
from tests.doctor.healthy import of_images, of_sequences, of_tables
from tests.doctor.healthy import of_new_programs as of_new_healthy_programs
from tests.doctor.program import BROKEN, HEALTHY

__all__ = ["BROKEN", "HEALTHY"]

MODULES = (
    of_depth,
    of_images,
    of_inputs,
    of_losses,
    of_new_healthy_programs,
    of_new_programs,
    of_rates,
    of_sequences,
    of_splits,
    of_tables,
    of_weights,
)
