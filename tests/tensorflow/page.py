"""The page of TensorFlow's names: `python -m tests.tensorflow.page` writes it from the code."""

from __future__ import annotations

import inspect
import types
from pathlib import Path
from typing import get_origin

from glassworks import tensorflow, tensorflow_names, typing

PAGE = Path(__file__).parents[2] / "docs" / "tensorflow_names.md"
# Names of Keras that programs say `tf.` before, and what they are there.
OF_KERAS = {
    "tf.keras": "the library itself, as are `tf.losses`, `tf.metrics`, `tf.optimizers` and `tf.initializers`",
    "tf.Variable": "`keras.Variable`; the initial value may be called `initial_value`",
    "tf.GradientTape": "with `watch`, `persistent`, several sources, `jacobian` and `batch_jacobian`",
    "tf.function": "a function is traced once per signature and compiled; one that Python cannot trace (`if x > 0:`) runs step by step, with a warning",
    "tf.random": "`keras.random`, and `set_seed`; `uniform` gives integers for a dtype of integers",
    "tf.config": "`keras.config`, and `list_physical_devices`, which knows the CPU alone, with the other names for devices",
    "tf.device": "`keras.device`: there is one device, the CPU",
    "tf.name_scope": "`keras.name_scope`",
    "tf.version": "`keras.version`",
}
START = """# The names of TensorFlow, and which of them are here

Programs that use Keras mix names of TensorFlow in. With `import glassworks as tf` the names below work, on arrays and while a model is built
or traced. They are thin: each is an op of ours with TensorFlow's names of arguments, defaults and order of results. The argument `name` is
accepted and ignored. A name that is not here says what to use. A test writes this page from the code: `python -m tests.tensorflow.page`.

What differs from TensorFlow: `tf.shape(x)` and `x.shape` are tuples (write `tuple(x.shape)` or `list(x.shape)` for `x.shape.as_list()`); a function
in `Dataset.map` gets NumPy arrays, and texts as Python's `str`; `Dataset` is iterated in Python, so a function in `map` before `batch` costs its
calls, and one after `batch` is called once per batch; reductions give the dtypes of `keras.ops`.

"""


def public(module: types.ModuleType) -> list[str]:
    """The names that a module offers, without what it uses."""
    homes = ("glassworks.tensorflow", "glassworks.training.data.dataset", "types")
    own = {name: value for name, value in vars(module).items() if not name.startswith("_") and not _is_for_annotations(name, value)}
    ours = [name for name, value in own.items() if getattr(value, "__module__", "types").startswith(homes)]
    return sorted(set(ours) - {"TYPE_CHECKING", "adapted", "annotations"})


def _is_for_annotations(name: str, value: object) -> bool:
    return inspect.ismodule(value) or hasattr(typing, name) or get_origin(value) is not None or value is types.SimpleNamespace


def page() -> str:
    """The text of the page."""
    lines = [START, "## Names that are here\n", "| name | what it is |", "|---|---|"]
    lines += [f"| `{name}` | {what} |" for name, what in OF_KERAS.items()]
    plain = sorted(name for name in tensorflow_names.NAMES if not isinstance(getattr(tensorflow, name), types.ModuleType))
    lines.append(f"| `tf.` | {_listed(plain)} |")
    for module in tensorflow_names.MODULES:
        others = "; all others of `keras.ops.nn`" if module == "nn" else ""
        lines.append(f"| `tf.{module}.` | {_listed(public(getattr(tensorflow, module)))}{others} |")
    lines += ["\n## Names that are not here\n", "| name | why | instead |", "|---|---|---|"]
    lines += [f"| `tf.{name}` | {why.reason} | {why.instead} |" for name, why in sorted(tensorflow_names.ABSENT.items())]
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def _listed(names: list[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
