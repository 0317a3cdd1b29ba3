"""The names of TensorFlow for programs that say `import glassworks as tf`: those that `glassworks.tensorflow` has, and those that are not
here with what to use. `docs/tensorflow_names.md` prints them. The table is read by `import glassworks`, so it imports nothing heavy."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from glassworks.absent import Absence

NAMES = frozenset(
    [
        "DType",
        "Module",
        "Tensor",
        "TensorArray",
        "TensorShape",
        "TensorSpec",
        "UnconnectedGradients",
        "abs",
        "acos",
        "acosh",
        "add",
        "add_n",
        "argmax",
        "argmin",
        "argsort",
        "as_dtype",
        "asin",
        "asinh",
        "assert_equal",
        "assert_greater",
        "assert_less",
        "assert_rank",
        "atan",
        "atan2",
        "atanh",
        "bfloat16",
        "bool",
        "boolean_mask",
        "broadcast_to",
        "cast",
        "ceil",
        "clip_by_global_norm",
        "clip_by_norm",
        "clip_by_value",
        "complex128",
        "complex64",
        "concat",
        "cond",
        "constant",
        "constant_initializer",
        "convert_to_tensor",
        "cos",
        "cosh",
        "cumsum",
        "custom_gradient",
        "data",
        "debugging",
        "distribute",
        "divide",
        "double",
        "einsum",
        "ensure_shape",
        "equal",
        "executing_eagerly",
        "exp",
        "expand_dims",
        "eye",
        "fill",
        "float16",
        "float32",
        "float64",
        "floor",
        "gather",
        "gather_nd",
        "greater",
        "greater_equal",
        "half",
        "identity",
        "image",
        "int16",
        "int32",
        "int64",
        "int8",
        "io",
        "is_symbolic_tensor",
        "less",
        "less_equal",
        "linalg",
        "linspace",
        "logical_and",
        "logical_not",
        "logical_or",
        "map_fn",
        "math",
        "matmul",
        "maximum",
        "meshgrid",
        "minimum",
        "multiply",
        "negative",
        "nest",
        "newaxis",
        "nn",
        "no_op",
        "norm",
        "not_equal",
        "numpy_function",
        "one_hot",
        "ones",
        "ones_initializer",
        "ones_like",
        "pad",
        "pow",
        "print",
        "py_function",
        "random_normal_initializer",
        "random_uniform_initializer",
        "range",
        "rank",
        "reduce_all",
        "reduce_any",
        "reduce_logsumexp",
        "reduce_max",
        "reduce_mean",
        "reduce_min",
        "reduce_prod",
        "reduce_sum",
        "repeat",
        "reshape",
        "reverse",
        "roll",
        "round",
        "saturate_cast",
        "scan",
        "scatter_nd",
        "searchsorted",
        "sequence_mask",
        "shape",
        "sigmoid",
        "sign",
        "sin",
        "sinh",
        "size",
        "slice",
        "sort",
        "split",
        "sqrt",
        "square",
        "squared_difference",
        "squeeze",
        "stack",
        "stop_gradient",
        "strided_slice",
        "string",
        "strings",
        "subtract",
        "switch_case",
        "tan",
        "tanh",
        "tensor_scatter_nd_add",
        "tensor_scatter_nd_update",
        "tensordot",
        "test",
        "tile",
        "transpose",
        "truediv",
        "uint16",
        "uint32",
        "uint64",
        "uint8",
        "unique",
        "unstack",
        "vectorized_map",
        "where",
        "while_loop",
        "zeros",
        "zeros_initializer",
        "zeros_like",
    ]
)
"""The names of `tf` that `glassworks.tensorflow` has; others are those of Keras."""
MODULES = ("data", "debugging", "distribute", "image", "io", "linalg", "math", "nn", "strings", "test")
"""The modules among them, from which programs import."""

_SESSIONS = Absence("graphs and sessions are of TensorFlow 1; here every call computes at once", "call the function or the model itself")
_RAGGED = Absence("rows of different lengths have no tensor here", "pad them: keras.utils.pad_sequences, and a Masking layer or mask_zero")
_SPARSE = Absence("there are no sparse tensors in its form", "pass a matrix of scipy.sparse to fit, or a dense array")

ABSENT: dict[str, Absence] = {
    "compat": Absence("there is no TensorFlow 1 behind it", "write the program with keras.Sequential or keras.Model"),
    "contrib": Absence("it was removed from TensorFlow 2", "look for the layer or optimizer in keras.layers and keras.optimizers"),
    "Session": _SESSIONS,
    "InteractiveSession": _SESSIONS,
    "ConfigProto": _SESSIONS,
    "GPUOptions": _SESSIONS,
    "Graph": _SESSIONS,
    "get_default_graph": _SESSIONS,
    "global_variables_initializer": _SESSIONS,
    "placeholder": Absence("placeholders are of TensorFlow 1", "pass the array itself, or use keras.Input in a functional model"),
    "get_variable": Absence("variables are objects here", "use tf.Variable, or self.add_weight in a layer"),
    "variable_scope": Absence("variables belong to layers", "write a keras.Layer with self.add_weight"),
    "gradients": Absence("it differentiates graphs of TensorFlow 1", "use tf.GradientTape, or keras.grad"),
    "hessians": Absence("it differentiates graphs of TensorFlow 1", "use one tf.GradientTape within another, and its jacobian"),
    "app": Absence("it reads command lines", "use Python's argparse"),
    "flags": Absence("it reads command lines", "use Python's argparse"),
    "logging": Absence("it is Python's logging", "use logging.getLogger('glassworks')"),
    "get_logger": Absence("it is Python's logging", "use logging.getLogger('glassworks')"),
    "estimator": Absence("it was removed from TensorFlow, too", "use keras.Model with fit"),
    "feature_column": Absence("columns are layers", "use keras.utils.FeatureSpace, or StringLookup, Normalization and Discretization"),
    "train": Absence("checkpoints of TensorFlow are not written", "use model.save_weights, callbacks.ModelCheckpoint or BackupAndRestore"),
    "saved_model": Absence("SavedModels run in TensorFlow alone", "use model.save('model.keras') and keras.models.load_model"),
    "lite": Absence("its files run in TensorFlow Lite alone", "use model.export('model.onnx', format='onnx'), which other runtimes read"),
    "summary": Absence("event files are written by a callback", "use keras.callbacks.TensorBoard"),
    "profiler": Absence("its traces are of TensorFlow", "use glassworks.insight.profile or model.plan()"),
    "RaggedTensor": _RAGGED,
    "ragged": _RAGGED,
    "SparseTensor": _SPARSE,
    "sparse": _SPARSE,
    "IndexedSlices": _SPARSE,
    "raw_ops": Absence("they are TensorFlow's own kernels", "use keras.ops"),
    "signal": Absence("its functions are ops", "use keras.ops: fft, stft, istft, rfft"),
    "audio": Absence("sounds are read by a helper", "use keras.utils.audio_dataset_from_directory"),
    "quantization": Absence("models are not quantised here", "train in 16 bits: mixed_precision.set_global_policy('mixed_bfloat16')"),
    "tpu": Absence("there is one device, the CPU", "leave it out"),
    "xla": Absence("programs are compiled by an engine of our own", "leave it out"),
    "sysconfig": Absence("there is no TensorFlow to build against", "see glassworks.config.cpu() for what is used"),
    "data.TFRecordDataset": Absence(
        "TFRecord files hold messages of TensorFlow", "save arrays by np.save, and use Dataset.from_tensor_slices"
    ),
    "data.FixedLengthRecordDataset": Absence("it reads a binary format", "use np.fromfile, and Dataset.from_tensor_slices"),
    "io.TFRecordWriter": Absence("TFRecord files hold messages of TensorFlow", "save arrays by np.save"),
    "io.parse_single_example": Absence("TFRecord files hold messages of TensorFlow", "save arrays by np.save"),
    "io.decode_raw": Absence("it reads a binary format", "use np.frombuffer"),
    "io.decode_csv": Absence("tables are read by pandas", "use pandas.read_csv"),
    "distribute.TPUStrategy": Absence("there is one device, the CPU", "use tf.distribute.get_strategy()"),
    "distribute.MultiWorkerMirroredStrategy": Absence("there is one device, the CPU", "use tf.distribute.get_strategy()"),
    "strings.unicode_decode": Absence("texts are those of Python", "use [ord(c) for c in text]"),
    "linalg.LinearOperator": Absence("operators are matrices", "use tf.linalg.matmul and the others"),
    "image.non_max_suppression": Absence("boxes are chosen in NumPy", "use keras.utils.bounding_boxes for the boxes, and a loop"),
    "nn.ctc_beam_search_decoder": Absence("decoding is an op", "use keras.ops.ctc_decode"),
    "nn.rnn_cell": Absence("cells are layers", "use keras.layers.LSTMCell and GRUCell"),
}
"""Name without `tf.` -> why it is not here."""

_OLD_NAMES = {
    "random_normal": "random.normal",
    "random_uniform": "random.uniform",
    "truncated_normal": "random.truncated_normal",
    "set_random_seed": "random.set_seed",
    "log": "math.log",
    "div": "divide",
    "mul": "multiply",
    "sub": "subtract",
    "neg": "negative",
    "pack": "stack",
    "unpack": "unstack",
    "to_float": "cast(x, tf.float32)",
    "to_int32": "cast(x, tf.int32)",
    "matrix_inverse": "linalg.inv",
    "diag": "linalg.diag",
    "cross": "linalg.cross",
    "is_nan": "math.is_nan",
    "erf": "math.erf",
    "lgamma": "math.lgamma",
    "read_file": "io.read_file",
    "gfile": "io.gfile",
    "enable_eager_execution": "",
    "initialize_all_variables": "",
    "assert_rank_at_least": "debugging.assert_rank",
    "sparse_to_dense": "scatter_nd",
    "reset_default_graph": "keras.utils.clear_session()",
}
for _old, _new in _OLD_NAMES.items():
    ABSENT[_old] = Absence("it is a name of TensorFlow 1", f"use tf.{_new}" if _new else "leave it out: every call computes at once")


def refuse(path: str) -> None:
    """Raise the error of an absent name; do nothing for all other names.

    Args:
        path: The name without `tf.`.

    >>> refuse("Session")
    Traceback (most recent call last):
        ...
    glassworks.errors.AbsentNameError: [tf.Session]
      found:    graphs and sessions are of TensorFlow 1; here every call computes at once
      expected: a name of TensorFlow that is here (docs/tensorflow_names.md lists them)
      fix:      call the function or the model itself
    """
    why = ABSENT.get(path)
    if why is not None:
        from glassworks.errors import AbsentNameError  # imported late: `import glassworks` stays light

        expected = "a name of TensorFlow that is here (docs/tensorflow_names.md lists them)"
        raise AbsentNameError(why.reason, expected, why.instead, where=f"tf.{path}")


def module_getattr(name: str) -> Callable[[str], NoReturn]:
    """The `__getattr__` of a module such as `tf.data`.

    Args:
        name: The name of the module, without `tf.`.

    >>> module_getattr("io")("decode_raw")
    Traceback (most recent call last):
        ...
    glassworks.errors.AbsentNameError: [tf.io.decode_raw]
      found:    it reads a binary format
      expected: a name of TensorFlow that is here (docs/tensorflow_names.md lists them)
      fix:      use np.frombuffer
    """

    def lookup(attribute: str) -> NoReturn:
        refuse(f"{name}.{attribute}")
        raise AttributeError(f"module 'tf.{name}' has no attribute {attribute!r}")

    return lookup
