"""Optimizers: every class with drawn arguments over several updates; weights and own variables after each."""

from __future__ import annotations

import numpy as np

from tests.drawn.case import Case, Draw
from tests.drawn.parts import schedule

BETAS = {"beta_1": ["0.5", "0.8", "0.0"], "beta_2": ["0.9", "0.5"], "epsilon": ["1e-3", "1e-6", "0.1"]}
OWN: dict[str, dict[str, list[str]]] = {
    "SGD": {"momentum": ["0.9", "0.5"], "nesterov": ["True", "False"]},
    "RMSprop": {"rho": ["0.5", "0.99"], "momentum": ["0.7"], "epsilon": ["1e-3"], "centered": ["True", "False"]},
    "Adam": {**BETAS, "amsgrad": ["True", "False"]},
    "AdamW": {**BETAS, "amsgrad": ["True", "False"]},
    "Adamax": BETAS,
    "Nadam": BETAS,
    "Lamb": BETAS,
    "Lion": {"beta_1": ["0.5", "0.8"], "beta_2": ["0.9", "0.5"]},
    "Adagrad": {"initial_accumulator_value": ["0.0", "0.5"], "epsilon": ["1e-3"]},
    "Adadelta": {"rho": ["0.5", "0.9"], "epsilon": ["1e-3", "1e-6"]},
    "Adafactor": {
        "beta_2_decay": ["-0.5", "-1.0"],
        "epsilon_1": ["1e-10"],
        "epsilon_2": ["0.1"],
        "clip_threshold": ["0.5", "2.0"],
        "relative_step": ["True", "False"],
    },
    "Ftrl": {
        "learning_rate_power": ["-0.7", "-0.1", "0.0"],
        "initial_accumulator_value": ["0.5", "0.0"],
        "l1_regularization_strength": ["0.1"],
        "l2_regularization_strength": ["0.2"],
        "l2_shrinkage_regularization_strength": ["0.1"],
        "beta": ["0.3"],
    },
    "Muon": {
        "adam_beta_1": ["0.5"],
        "adam_beta_2": ["0.9"],
        "adam_weight_decay": ["0.1", "None"],
        "momentum": ["0.8"],
        "ns_steps": ["2", "3"],
        "nesterov": ["True", "False"],
        "rms_rate": ["None", "0.5"],
        "adam_lr_ratio": ["0.5"],
        "exclude_layers": ["['v0']", "['nothing']"],
    },
    "ScheduleFreeAdamW": {"beta_1": ["0.8", "0.5"], "beta_2": ["0.9"], "epsilon": ["1e-4"], "warmup_steps": ["0", "2", "10"]},
}
COMMON = {
    "weight_decay": ["0.05", "0.0", "None"],
    "clipnorm": ["0.5", "2.0"],
    "clipvalue": ["0.2"],
    "global_clipnorm": ["0.7", "3.0"],
    "loss_scale_factor": ["4.0", "0.5"],
    "gradient_accumulation_steps": ["2", "3"],
    "name": ["'own'"],
}
AVERAGES = {"ema_momentum": ["0.5", "0.9"], "ema_overwrite_frequency": ["2", "None", "3"]}


def draw(seed: int) -> Case:
    """An optimizer, its variables, and the gradients that it applies."""
    pick = Draw("optimizers", seed)
    shapes = [pick.one((), (1,), (3,), (2, 3), (3, 2), (4, 4), (2, 3, 2), (1, 1), (5,)) for _ in range(pick.integer(1, 3))]
    arrays = {f"start{i}": pick.normal(shape) for i, shape in enumerate(shapes)}
    variables = ", ".join(f"keras.Variable(start{i}, name='v{i}')" for i in range(len(shapes)))
    lines = [f"optimizer = {code(pick)}", f"variables = [{variables}]"]
    if pick.maybe(0.5):
        lines.append("note('config', optimizer.get_config())")
    if pick.maybe(0.12):
        lines.append("optimizer.exclude_from_weight_decay(var_names=['v0'])")
    lines.append("optimizer.build(variables)")
    scale = pick.one(0.01, 1.0, 1.0, 10.0)
    for step in range(pick.integer(3, 6)):
        lines.append(_apply(pick, step, shapes, scale, arrays))
        lines.append(f"note('weights after {step}', variables)")
    lines += [
        "note('variables of the optimizer', optimizer.variables)",
        "note('names of its variables', [v.name for v in optimizer.variables])",
        "note('iterations', optimizer.iterations)",
        "note('rate', optimizer.learning_rate)",
    ]
    if "use_ema=True" in lines[0]:
        lines += ["optimizer.finalize_variable_values(variables)", "note('averages', variables)"]
    return Case(f"optimizers:{seed}", lines, arrays)


def code(pick: Draw) -> str:
    """Code of an optimizer with drawn arguments."""
    name = pick.one(*OWN)
    arguments = {"learning_rate": schedule(pick) if pick.maybe(0.25) else pick.one("0.1", "0.01", "0.5", "1.0")}
    arguments |= pick.some(OWN[name], 0.35) | pick.some(COMMON, 0.12)
    clips = [key for key in ("clipnorm", "clipvalue", "global_clipnorm") if key in arguments]
    for key in clips[1:] if pick.maybe(0.95) else []:
        del arguments[key]
    if pick.maybe(0.2):
        arguments |= {"use_ema": "True"} | pick.some(AVERAGES, 0.5)
    built = f"keras.optimizers.{name}({', '.join(f'{key}={value}' for key, value in arguments.items())})"
    if pick.maybe(0.08) and "loss_scale_factor" not in arguments:
        return f"keras.optimizers.LossScaleOptimizer({built}, initial_scale={pick.one('2.0', '1024.0')}, dynamic_growth_steps={pick.one('2', '5')})"
    return built


def _apply(pick: Draw, step: int, shapes: list[tuple[int, ...]], scale: float, arrays: dict[str, np.ndarray]) -> str:
    """A call that applies gradients; now and then they are zeros, or one is missing."""
    names = []
    for i, shape in enumerate(shapes):
        name = f"g{step}_{i}"
        arrays[name] = np.zeros(shape, "float32") if pick.maybe(0.1) else pick.normal(shape, "float32", scale)
        names.append("None" if len(shapes) > 1 and i == 0 and pick.maybe(0.04) else f"keras.ops.convert_to_tensor({name})")
    gradients = f"[{', '.join(names)}]"
    return pick.one(
        f"optimizer.apply({gradients}, variables)",
        f"optimizer.apply({gradients})",
        f"optimizer.apply_gradients(zip({gradients}, variables))",
    )
