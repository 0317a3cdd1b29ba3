"""Schedules, regularizers, constraints and initializers with drawn arguments."""

from __future__ import annotations

from tests.drawn.case import Case, Draw, join

SCHEDULES: dict[str, tuple[list[str], dict[str, list[str]]]] = {
    "ExponentialDecay": (["0.1, 3, 0.5", "0.5, decay_steps=7, decay_rate=0.9", "1, 2, 1.5"], {"staircase": ["True", "False"]}),
    "InverseTimeDecay": (["0.1, 3, 0.5", "initial_learning_rate=0.5, decay_steps=7, decay_rate=2"], {"staircase": ["True", "False"]}),
    "PolynomialDecay": (
        ["0.1, 4", "0.5, decay_steps=3"],
        {"end_learning_rate": ["0.01", "0.2", "0"], "power": ["2.0", "0.5", "1"], "cycle": ["True", "False"]},
    ),
    "CosineDecay": (
        ["0.1, 4", "0.0, decay_steps=3", "0.2, 10"],
        {"alpha": ["0.1", "0.5"], "warmup_target": ["0.5", "0.1"], "warmup_steps": ["2", "3", "0"]},
    ),
    "CosineDecayRestarts": (
        ["0.1, 2", "0.5, first_decay_steps=3"],
        {"t_mul": ["1.0", "1.5", "2"], "m_mul": ["0.5", "0.9"], "alpha": ["0.1", "0.0"]},
    ),
    "PiecewiseConstantDecay": (
        ["[2, 4], [1.0, 0.5, 0.1]", "boundaries=[1], values=[0.1, 0.2]", "[1.5, 3.5], [1, 2, 3]", "[], [0.3]", "[3], [0.1]"],
        {},
    ),
}
REGULARIZERS: dict[str, dict[str, list[str]]] = {
    "L1": {"l1": ["0.1", "0", "2"]},
    "L2": {"l2": ["0.1", "0.0", "3"]},
    "L1L2": {"l1": ["0.1", "0"], "l2": ["0.2", "0"]},
    "OrthogonalRegularizer": {"factor": ["0.1", "2"], "mode": ["'rows'", "'columns'"]},
}
CONSTRAINTS: dict[str, dict[str, list[str]]] = {
    "MaxNorm": {"max_value": ["0.5", "1", "3"], "axis": ["0", "1", "-1", "(0, 1)", "[0, 1, 2]"]},
    "MinMaxNorm": {"min_value": ["0.2", "0.5", "0"], "max_value": ["1.5", "1"], "rate": ["0.5", "1", "0.0"], "axis": ["0", "1", "(0, 1)"]},
    "UnitNorm": {"axis": ["0", "1", "-1", "(0, 1)", "None"]},
    "NonNeg": {},
}
# Initializer -> its arguments. Those in `EXACT` give the same numbers everywhere.
INITIALIZERS: dict[str, dict[str, list[str]]] = {
    "Zeros": {},
    "Ones": {},
    "Constant": {"value": ["2", "0.5", "-1", "[1.0, 2.0, 3.0]"]},
    "Identity": {"gain": ["2.0", "0.5"]},
    "STFT": {
        "side": ["'real'", "'imag'"],
        "window": ["'hann'", "'hamming'", "None"],
        "scaling": ["'density'", "'spectrum'", "None"],
        "periodic": ["True", "False"],
    },
    "RandomNormal": {"mean": ["1.0", "-2"], "stddev": ["0.5", "2.0"], "seed": ["3"]},
    "TruncatedNormal": {"mean": ["1.0"], "stddev": ["0.5", "2.0"], "seed": ["3"]},
    "RandomUniform": {"minval": ["-1.0", "0"], "maxval": ["1.0", "2"], "seed": ["3"]},
    "GlorotUniform": {"seed": ["1"]},
    "GlorotNormal": {"seed": ["1"]},
    "HeUniform": {"seed": ["1"]},
    "HeNormal": {"seed": ["1"]},
    "LecunUniform": {"seed": ["1"]},
    "LecunNormal": {"seed": ["1"]},
    "Orthogonal": {"gain": ["2.0", "0.5"], "seed": ["1"]},
    "VarianceScaling": {
        "scale": ["2.0", "0.5"],
        "mode": ["'fan_in'", "'fan_out'", "'fan_avg'"],
        "distribution": ["'truncated_normal'", "'untruncated_normal'", "'uniform'"],
    },
}
EXACT = ("Zeros", "Ones", "Constant", "Identity", "STFT")


def schedule(pick: Draw) -> str:
    """Code of a schedule with drawn arguments."""
    name = pick.one(*SCHEDULES)
    first, others = SCHEDULES[name]
    return f"keras.optimizers.schedules.{name}({join(pick.one(*first), pick.options(others))})"


def draw(seed: int) -> Case:
    """One of the four kinds."""
    pick = Draw("parts", seed)
    return pick.one(_schedule, _regularizer, _constraint, _initializer)(pick, f"parts:{seed}")


def _schedule(pick: Draw, name: str) -> Case:
    lines = [f"schedule = {schedule(pick)}", "note('config', schedule.get_config())"]
    steps = sorted({pick.integer(0, 30) for _ in range(4)} | {0})
    for step in steps:
        given = pick.one(
            f"{step}",
            f"{step}",
            f"{step}.0",
            f"np.int64({step})",
            f"np.array({step}, 'int32')",
            f"keras.ops.convert_to_tensor({step}, 'int32')",
        )
        lines.append(f"note('rate at {step}', keras.ops.convert_to_numpy(keras.ops.cast(schedule({given}), 'float32')))")
    lines += [
        "again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(schedule))",
        "note('again', again.get_config())",
    ]
    return Case(name, lines)


def _regularizer(pick: Draw, name: str) -> Case:
    kind = pick.one(*REGULARIZERS)
    shape = pick.shape(0, 4) if kind != "OrthogonalRegularizer" or pick.maybe(0.2) else pick.shape(2, 2)
    lines = [
        f"regularizer = keras.regularizers.{kind}({pick.options(REGULARIZERS[kind], 0.6)})",
        "note('config', regularizer.get_config())",
    ]
    lines += ["note('value', regularizer(keras.ops.convert_to_tensor(x)))"]
    x = pick.normal(shape, pick.one("float32", "float32", "float32", "float16", "float64", "int32"))
    if x.dtype in ("float32", "float64"):
        lines.append("gradient('gradient', lambda p: regularizer(keras.ops.convert_to_tensor(p)), x)")
    return Case(name, lines, {"x": x})


def _constraint(pick: Draw, name: str) -> Case:
    kind = pick.one(*CONSTRAINTS)
    lines = [f"constraint = keras.constraints.{kind}({pick.options(CONSTRAINTS[kind], 0.5)})", "note('config', constraint.get_config())"]
    x = pick.normal(pick.shape(0, 4), pick.one("float32", "float32", "float32", "float16", "float64"))
    return Case(name, [*lines, "note('value', constraint(keras.ops.convert_to_tensor(x)))"], {"x": x})


def _initializer(pick: Draw, name: str) -> Case:
    kind = pick.one(*INITIALIZERS)
    sizes = pick.one("(2, 3)", "(3,)", "(3, 3)", "(3, 3, 2, 4)", "(4, 3, 5)", "()", "(0, 3)", "[2, 3]", "(1, 1)", "(5, 1, 2)")
    if kind == "STFT":
        sizes = pick.one("(4, 1, 3)", "(8, 1, 5)", "(6, 1, 4)", "(4, 3)")
    dtype = pick.one("", "", "", "dtype='float16'", "dtype='float64'", "dtype='bfloat16'", "dtype='int32'", "'float32'")
    lines = [
        f"initializer = keras.initializers.{kind}({pick.options(INITIALIZERS[kind], 0.5)})",
        "config = initializer.get_config()",
        "note('config', {key: value for key, value in config.items() if key != 'seed' or value is not None})"
        if kind in EXACT
        else "note('config', config)",
        f"made = initializer({join(sizes, dtype)})",
        "note('dtype', keras.backend.standardize_dtype(made.dtype))",
        "note('shape', list(made.shape))",
    ]
    if kind in EXACT:
        lines.append("note('values', keras.ops.convert_to_numpy(keras.ops.cast(made, 'float32')))")
    return Case(name, lines)
