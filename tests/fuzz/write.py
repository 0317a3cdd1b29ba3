"""Writes a case as a small program that can be run by itself."""

from __future__ import annotations

from tests.fuzz.case import Case, ModelCase

HEADER = "import numpy as np, glassworks as keras\nL, ops = keras.layers, keras.ops\n"


def program(case: Case) -> str:
    """The program; run it in the root of the repository."""
    return _model(case) if isinstance(case, ModelCase) else _graph(case)


def _model(case: ModelCase) -> str:
    losses, metrics = f"[{', '.join(case.losses)}]", f"[{', '.join(f'[{chr(44).join(m)}]' for m in case.metrics)}]"
    return (
        HEADER
        + f"keras.config.set_dtype_policy({case.policy!r})\n{case.model_code()}\n"
        + "from tests.fuzz.run_models import check_model\nfrom tests.fuzz.case import from_json\n"
        + f"# compiled with {case.optimizer}, losses {losses}, metrics {metrics}, targets {case.targets}\n"
        + f"check_model(from_json({case.trimmed().to_json()!r}))\n"
    )


def _graph(case: Case) -> str:
    inputs = [f"# {one.name}: {one.dtype} {tuple(one.shape)} {one.values}" for one in case.used_inputs()]
    gradient = " and gradients" if getattr(case, "gradient", False) else ""
    return (
        HEADER
        + "\n".join([*inputs, *case.body(), f"# outputs {', '.join(case.outputs)}{gradient}"])
        + "\nfrom tests.fuzz.run_graphs import check_graph\nfrom tests.fuzz.case import from_json\n"
        + f"check_graph(from_json({case.trimmed().to_json()!r}))\n"
    )
