"""Hostile configs of models, by name."""

from __future__ import annotations

import base64
import marshal
from collections.abc import Iterator
from typing import Any

Config = dict[str, Any]
HUGE = 10**9


def part(class_name: str, module: str | None = "keras.layers", registered: str | None = None, /, **config: Any) -> Config:
    """The config of an object."""
    return {"module": module, "class_name": class_name, "config": config, "registered_name": registered}


def function(name: str, module: str = "builtins", registered: str | None = "function") -> Config:
    return {"module": module, "class_name": "function", "config": name, "registered_name": registered}


def source(shape: tuple[int | None, ...] = (4,), dtype: str = "float32", name: str = "x") -> Config:
    return part("InputLayer", batch_shape=[None, *shape], dtype=dtype, sparse=False, name=name)


def sequential(*layers: Any, shape: tuple[int | None, ...] = (4,), dtype: str = "float32", **more: Any) -> Config:
    return part("Sequential", "keras", "Sequential", name="s", trainable=True, layers=[source(shape, dtype), *layers]) | more


def tensor(layer: str, call: Any = 0, output: Any = 0, shape: tuple = (None, 4)) -> Config:
    inner = {"shape": list(shape), "dtype": "float32", "keras_history": [layer, call, output]}
    return {"class_name": "__keras_tensor__", "config": inner}


def node(*arguments: Any, **keywords: Any) -> Config:
    return {"args": list(arguments), "kwargs": keywords}


def wired(layer: Config, *nodes: Config, name: str) -> Config:
    return {**layer, "name": name, "inbound_nodes": list(nodes)}


def functional(*layers: Config, output: Any = None, shape: tuple[int | None, ...] = (4,), inputs: Any = None) -> Config:
    entries = [wired(source(shape), name="x"), *layers]
    places = {"input_layers": inputs or [["x", 0, 0]], "output_layers": [output or [entries[-1]["name"], 0, 0]]}
    return part("Functional", "keras.src.models.functional", "Functional", name="f", trainable=True, layers=entries, **places)


def op(name: str, *nodes: Config) -> Config:
    return wired(function(name, "keras.ops"), *nodes, name=name)


def bytecode() -> str:
    return base64.b64encode(marshal.dumps(compile("__import__('os').system('touch /tmp/owned')", "x", "eval"))).decode()


def gadgets() -> Iterator[tuple[str, Config]]:
    """Configs that name code: modules, functions and classes that are none of the model's parts."""
    code = {"class_name": "__lambda__", "config": {"code": bytecode(), "defaults": None, "closure": None}}
    yield "lambda: bytecode", sequential(part("Lambda", function=code, name="l"))
    yield "lambda: bytecode of Keras 2", sequential(part("Lambda", function=[bytecode(), None, None], function_type="lambda", module="m"))
    yield "lambda: bytecode as output shape", sequential(part("Lambda", function=function("relu"), output_shape=code))
    yield "lambda: bytecode as mask", sequential(part("Lambda", function=function("relu"), mask=code))
    yield "lambda: os.system", sequential(part("Lambda", function=function("system", "os"), arguments={"command": "touch /tmp/owned"}))
    download = function("get_file", "keras.utils")
    yield "lambda: keras.utils.get_file", sequential(part("Lambda", function=download, arguments={"origin": "http://127.0.0.1/x"}))
    yield "lambda: load_model", sequential(part("Lambda", function=function("load_model", "keras.saving"), arguments={"safe_mode": False}))
    yield "lambda: eval by name", sequential(part("Lambda", function="eval"))
    for module, name in (
        ("os", "system"),
        ("builtins", "eval"),
        ("builtins", "exec"),
        ("subprocess", "Popen"),
        ("keras.config", "enable_unsafe_deserialization"),
        ("keras.src.config", "enable_unsafe_deserialization"),
        ("keras.utils", "get_file"),
        ("keras.saving", "load_model"),
        ("keras.src.saving.serialization_lib", "enable_unsafe_deserialization"),
        ("glassworks.saving", "load_model"),
        ("glassworks.files", "atomic_file"),
        ("keras.datasets.mnist", "load_data"),
        ("numpy", "load"),
        ("pickle", "loads"),
        ("torch", "load"),
        ("keras.utils", "image_dataset_from_directory"),
    ):
        yield f"class: {module}.{name}", sequential(part(name, module, None, command="touch /tmp/owned"))
        yield f"function: {module}.{name}", sequential(part("Activation", activation=function(name, module)))
        yield f"registered: {module}.{name}", sequential(part("Dense", module, f"{module}>{name}", units=2))
    yield "top level: os.system", part("system", "os", None, command="touch /tmp/owned")
    yield "top level: function", function("system", "os")
    yield "top level: an initializer", part("Constant", "keras.initializers", None, value=1)
    yield "top level: a layer", part("Dense", units=2)
    yield "layer: TorchModuleWrapper", sequential(part("TorchModuleWrapper", module="gASVHwAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOU"))
    yield "layer: TFSMLayer", sequential(part("TFSMLayer", filepath="/tmp/saved_model", call_endpoint="serve"))
    yield "layer: FlaxLayer", sequential(part("FlaxLayer", "keras.src.utils.jax_layer", None, module="os"))
    yield "layer: JaxLayer", sequential(part("JaxLayer", "keras.src.utils.jax_layer", None, call_fn=function("eval")))
    yield "layer: FileSystem", sequential(part("Path", "pathlib", None, args=["/tmp/owned"]))
    yield "registered name of nobody", sequential(part("Dense", "keras.layers", "nobody>Dense", units=2))
    yield "registered name is not a text", sequential({**part("Dense", units=2), "registered_name": ["Dense"]})
    yield "registered name of a live object", sequential(part("Dense", "keras.layers", "live>140000000", units=2))
    yield "class name is not a text", sequential({**part("Dense", units=2), "class_name": {"class_name": "Dense"}})
    yield "class name with a path", sequential(part("../../os/system", "keras.layers", None))
    yield "class name with dots", sequential(part("Dense.__init__.__globals__", "keras.layers", None))
    yield "class name with two underscores", sequential(part("__class__", "builtins", None))
    yield "op: __class__", functional(op("__class__", node(tensor("x"))))
    yield "op: a module", functional(op("numpy", node(tensor("x"))))
    yield "op: a helper", functional(op("apply", node(tensor("x"))))
    yield "op: with dots", functional(op("numpy.save", node(tensor("x"))))
    yield "op: load", functional(op("load", node(tensor("x"))))
    yield (
        "op: an array of objects",
        functional(op("add", node(tensor("x"), {"class_name": "__numpy__", "config": {"value": ["a"], "dtype": "object"}}))),
    )
    yield "op: typespec", functional(op("add", node(tensor("x"), {"class_name": "__typespec__", "config": {"spec_name": "os.system"}})))
    yield "op: bytes", functional(op("add", node(tensor("x"), {"class_name": "__bytes__", "config": {"value": "gASV"}})))


def slots() -> Iterator[tuple[str, Config]]:
    """Objects of the library in slots of another kind."""
    adam, dense = part("Adam", "keras.optimizers", None, learning_rate=0.1), part("Dense", units=2)
    yield "optimizer as layer", sequential(adam)
    yield "loss as layer", sequential(part("MeanSquaredError", "keras.losses", None))
    yield "metric as layer", sequential(part("Mean", "keras.metrics", None))
    yield "initializer as layer", sequential(part("Zeros", "keras.initializers", None))
    yield "layer as initializer", sequential(part("Dense", units=2, kernel_initializer=dense))
    yield "layer as regularizer", sequential(part("Dense", units=2, kernel_regularizer=dense))
    yield "layer as constraint", sequential(part("Dense", units=2, kernel_constraint=dense))
    yield "optimizer as activation", sequential(part("Dense", units=2, activation=adam))
    yield "function as layer", sequential(function("relu"))
    yield "text as layer", sequential("Dense")
    yield "number as layer", sequential(7)
    yield "nothing as layer", sequential(None)
    yield "layer as dtype", sequential(part("Dense", units=2, dtype=dense))
    yield "layer as cell", sequential(part("RNN", cell=dense), shape=(3, 4))
    yield "optimizer as cell", sequential(part("RNN", cell=adam), shape=(3, 4))
    yield "model as cell", sequential(part("RNN", cell=sequential(dense)), shape=(3, 4))
    yield "metric as wrapped layer", sequential(part("TimeDistributed", layer=part("Mean", "keras.metrics", None)), shape=(3, 4))
    yield "cell as wrapped layer", sequential(part("Bidirectional", layer=dense), shape=(3, 4))
    yield "optimizer as wrapped layer", sequential(part("SpectralNormalization", layer=adam))
    yield "layer as seed", sequential(part("Dropout", rate=0.5, seed=dense))
    yield "layer as units", sequential(part("Dense", units=dense))
    yield "dtype: unknown", sequential(part("Dense", units=2, dtype="float31"))
    yield "dtype: unknown policy", sequential(part("Dense", units=2, dtype=part("Policy9", "keras", None, name="float31")))
    yield (
        "dtype: quantized",
        sequential(part("Dense", units=2, dtype=part("QuantizedDTypePolicy", "keras", None, mode="int8", source_name="float32"))),
    )
    yield "dtype: object", sequential(part("Dense", units=2, dtype="object"))
    yield "dtype: an executable name", sequential(part("Dense", units=2, dtype="__import__('os')"))
    yield "quantization", sequential(part("Dense", units=2, quantization_mode="int8"))
    shared = {**part("L2", "keras.regularizers", None, l2=0.1), "shared_object_id": 1}
    other = {**part("Zeros", "keras.initializers", None), "shared_object_id": 1}
    yield "shared object of another type", sequential(part("Dense", units=2, kernel_regularizer=shared, kernel_initializer=other))
    wrong = {**adam, "shared_object_id": 1}
    yield "shared object in another slot", sequential(part("Dense", units=2, kernel_regularizer=wrong, kernel_initializer=wrong))
    yield "shared object with a huge number", sequential({**dense, "shared_object_id": 10**400})
    for name, wrong in (("loss", dense), ("loss", function("system", "os")), ("optimizer", dense), ("metrics", [adam])):
        yield (
            f"compile: {name} {wrong if isinstance(wrong, list) else wrong['class_name']}",
            sequential(dense, compile_config={name: wrong}),
        )
    settings = {"optimizer": adam, "loss": part("system", "os", None)}
    yield "compile: loss of a module", sequential(dense, compile_config=settings)
    yield "compile: no dict", sequential(dense, compile_config=[1, 2])
    yield "compile: unknown loss", sequential(dense, compile_config={"loss": "eval"})
    yield "compile: metric by path", sequential(dense, compile_config={"metrics": ["/etc/passwd"]})
    yield "compile: huge steps", sequential(dense, compile_config={"optimizer": {**adam, "config": {"gradient_accumulation_steps": -1}}})
    yield "build: huge", sequential(dense | {"build_config": {"input_shape": [None, 10**12]}})
    yield "build: negative", sequential(dense | {"build_config": {"input_shape": [None, -4]}})
    yield "build: no shape", sequential(dense | {"build_config": {"input_shape": "../x"}})
    yield "build: other names", sequential(dense | {"build_config": {"shapes_dict": {"__class__": [1], "self": [2]}}})
    yield "build: deep", sequential(dense | {"build_config": {"shapes_dict": {"a": {"b": {"c": [None, 3]}}}}})


def paths() -> Iterator[tuple[str, Config]]:
    """Paths and addresses where values belong."""
    for text in (
        "/etc/passwd",
        "../../etc/passwd",
        "http://127.0.0.1/v",
        "gs://bucket/v",
        "file:///etc/passwd",
        "C:\\v.txt",
        "\\\\host\\v",
    ):
        yield f"StringLookup: {text}", sequential(part("StringLookup", vocabulary=text), shape=(1,), dtype="string")
        yield f"IntegerLookup: {text}", sequential(part("IntegerLookup", vocabulary=text), shape=(1,), dtype="int64")
        yield f"TextVectorization: {text}", sequential(part("TextVectorization", vocabulary=text), shape=(1,), dtype="string")
    yield (
        "StringLookup: idf weights by path",
        sequential(part("StringLookup", vocabulary=["a"], idf_weights="/etc/passwd", output_mode="tf_idf"), shape=(1,), dtype="string"),
    )
    yield "StringLookup: a path in a list", sequential(part("StringLookup", vocabulary=["/etc/passwd"]), shape=(1,), dtype="string")
    yield "Normalization: mean by path", sequential(part("Normalization", mean="/etc/passwd", variance=1.0))
    yield "Discretization: boundaries by path", sequential(part("Discretization", bin_boundaries="/etc/passwd"))
    yield "Embedding: weights by path", sequential(part("Embedding", input_dim=3, output_dim=2, weights="/etc/passwd"))
    yield "Dense: initializer by path", sequential(part("Dense", units=2, kernel_initializer="/etc/passwd"))
    yield "layer name with ..", sequential(part("Dense", units=2, name="../../../tmp/owned"))
    yield "layer name with /", sequential(part("Dense", units=2, name="/tmp/owned"))
    yield "layer name with NUL", sequential(part("Dense", units=2, name="a\0b"))
    yield "layer name of 20 MB", sequential(part("Dense", units=2, name="n" * 20_000_000))
    yield "model name is not a text", {**sequential(), "config": {**sequential()["config"], "name": {"a": 1}}}
    yield "class name of 20 MB", sequential(part("D" * 20_000_000))


def sizes() -> Iterator[tuple[str, Config]]:
    """A few numbers that would take all memory or all time."""
    yield "Dense of 10^9 units", sequential(part("Dense", units=HUGE))
    yield "Dense of 10^400 units", sequential(part("Dense", units=10**400))
    yield "Dense of -1 units", sequential(part("Dense", units=-1))
    yield "Dense of 10^9 units, built", part("Dense", units=HUGE) | {"build_config": {"input_shape": [None, 100]}}
    yield "many Dense of 10^7 units", sequential(*[part("Dense", units=10**7)] * 2)
    yield "Embedding of 10^9 rows", sequential(part("Embedding", input_dim=HUGE, output_dim=8))
    yield "RepeatVector 10^9", sequential(part("RepeatVector", n=HUGE))
    yield "RepeatVector 10^18", sequential(part("RepeatVector", n=10**18))
    yield "ZeroPadding1D 10^9", sequential(part("ZeroPadding1D", padding=HUGE), shape=(3, 4))
    yield "ZeroPadding2D 10^9", sequential(part("ZeroPadding2D", padding=HUGE), shape=(3, 3, 4))
    yield "UpSampling1D 10^9", sequential(part("UpSampling1D", size=HUGE), shape=(3, 4))
    yield "UpSampling2D 10^9", sequential(part("UpSampling2D", size=[HUGE, HUGE]), shape=(3, 3, 4))
    yield "UpSampling2D bilinear 10^9", sequential(part("UpSampling2D", size=[HUGE, 1], interpolation="bilinear"), shape=(3, 3, 4))
    yield "Resizing 10^9", sequential(part("Resizing", height=HUGE, width=HUGE), shape=(3, 3, 3))
    yield "CenterCrop 10^9", sequential(part("CenterCrop", height=HUGE, width=HUGE), shape=(3, 3, 3))
    yield "RandomCrop 10^9", sequential(part("RandomCrop", height=HUGE, width=HUGE), shape=(3, 3, 3))
    yield "Conv2D kernel 10^5", sequential(part("Conv2D", filters=2, kernel_size=10**5), shape=(9, 9, 3))
    yield "Conv2D filters 10^9", sequential(part("Conv2D", filters=HUGE, kernel_size=1), shape=(9, 9, 3))
    yield "Conv2D dilation 10^9", sequential(part("Conv2D", filters=2, kernel_size=3, dilation_rate=HUGE), shape=(9, 9, 3))
    yield (
        "Conv2D dilation 10^9, same",
        sequential(part("Conv2D", filters=2, kernel_size=3, dilation_rate=HUGE, padding="same"), shape=(9, 9, 3)),
    )
    yield "Conv2D strides 10^9", sequential(part("Conv2D", filters=2, kernel_size=3, strides=HUGE), shape=(9, 9, 3))
    yield "Conv2DTranspose strides 10^9", sequential(part("Conv2DTranspose", filters=2, kernel_size=3, strides=HUGE), shape=(9, 9, 3))
    yield (
        "Conv1DTranspose dilation 10^9",
        sequential(part("Conv1DTranspose", filters=2, kernel_size=3, dilation_rate=HUGE, padding="same"), shape=(9, 3)),
    )
    yield "MaxPooling2D 10^9, same", sequential(part("MaxPooling2D", pool_size=HUGE, strides=1, padding="same"), shape=(9, 9, 3))
    yield "AveragePooling2D 10^9, same", sequential(part("AveragePooling2D", pool_size=HUGE, strides=1, padding="same"), shape=(9, 9, 3))
    yield "AdaptiveAveragePooling2D 10^9", sequential(part("AdaptiveAveragePooling2D", output_size=HUGE), shape=(9, 9, 3))
    yield "LSTM unrolled over 10^9 steps", sequential(part("LSTM", units=2, unroll=True), shape=(HUGE, 2))
    yield "SimpleRNN unrolled over 10^9 steps", sequential(part("SimpleRNN", units=2, unroll=True), shape=(HUGE, 2))
    yield "GRU of 10^6 units", sequential(part("GRU", units=10**6), shape=(3, 2))
    yield "TimeDistributed over 10^9 steps", sequential(part("TimeDistributed", layer=part("Dense", units=2)), shape=(HUGE, 2))
    cells = [part("LSTMCell", units=4)] * 5000
    yield "StackedRNNCells of 5,000 cells", sequential(part("RNN", cell=part("StackedRNNCells", cells=cells)), shape=(3, 2))
    yield "ConvLSTM2D of 10^6 filters", sequential(part("ConvLSTM2D", filters=10**6, kernel_size=3), shape=(3, 9, 9, 2))
    yield (
        "MultiHeadAttention of 10^6 heads",
        functional(
            wired(part("MultiHeadAttention", num_heads=10**6, key_dim=10**6), node(tensor("x"), tensor("x")), name="a"), shape=(3, 4)
        ),
    )
    yield (
        "Attention over 10^6 steps, causal",
        functional(wired(part("Attention"), node([tensor("x"), tensor("x")], use_causal_mask=True), name="a"), shape=(10**6, 4)),
    )
    yield "EinsumDense 10^12", sequential(part("EinsumDense", equation="ab,bc->ac", output_shape=10**12))
    yield "EinsumDense of a long equation", sequential(part("EinsumDense", equation="ab," * 10**5 + "bc->ac", output_shape=3))
    yield "Discretization of 10^9 bins", sequential(part("Discretization", num_bins=HUGE))
    yield (
        "Discretization, one-hot, 10^6 bins",
        sequential(part("Discretization", bin_boundaries=list(range(10**5)), output_mode="multi_hot"), shape=(10**6,)),
    )
    yield "CategoryEncoding of 10^12 tokens", sequential(part("CategoryEncoding", num_tokens=10**12))
    yield "Hashing of 10^18 bins, one-hot", sequential(part("Hashing", num_bins=10**18, output_mode="one_hot"), shape=(1,), dtype="string")
    yield (
        "HashedCrossing of 10^12 bins",
        functional(
            wired(part("HashedCrossing", num_bins=10**12, output_mode="one_hot"), node([tensor("x"), tensor("x")]), name="h"), shape=(1,)
        ),
    )
    yield (
        "StringLookup of 10^9 indices",
        sequential(part("StringLookup", vocabulary=["a"], num_oov_indices=HUGE, output_mode="multi_hot"), shape=(1,), dtype="string"),
    )
    yield (
        "TextVectorization padded to 10^9",
        sequential(part("TextVectorization", vocabulary=["a"], output_mode="int", output_sequence_length=HUGE), shape=(1,), dtype="string"),
    )
    yield (
        "TextVectorization of 10^9 n-grams",
        sequential(part("TextVectorization", vocabulary=["a"], ngrams=HUGE), shape=(1,), dtype="string"),
    )
    yield "MelSpectrogram of 10^6 bins", sequential(part("MelSpectrogram", num_mel_bins=10**6, fft_length=2**20), shape=(2**21,))
    yield "MelSpectrogram of 2^40 samples", sequential(part("MelSpectrogram", fft_length=2**40), shape=(2**21,))
    yield "STFTSpectrogram of 2^30 samples", sequential(part("STFTSpectrogram", frame_length=2**30, fft_length=2**30), shape=(2**31, 1))
    yield "STFTSpectrogram of 2^14 samples", sequential(part("STFTSpectrogram", frame_length=2**15, fft_length=2**15), shape=(2**16, 1))
    yield "GaussianNoise after 10^12", sequential(part("GaussianNoise", stddev=1.0), shape=(10**12,))
    yield "Input of 10^12", sequential(part("Dense", units=1), shape=(10**12,))
    yield "Input of rank 10^5", sequential(part("Flatten"), shape=(1,) * 10**5)
    yield "Input of negative sizes", sequential(part("Flatten"), shape=(-1, -1))
    yield "Flatten of 10^12", sequential(part("Flatten"), shape=(10**6, 10**6))
    yield "Reshape to 10^18", sequential(part("Reshape", target_shape=[10**9, 10**9]), shape=(4,))
    yield "Permute of a million axes", sequential(part("Permute", dims=list(range(10**6))))
    yield "Cropping1D 10^9", sequential(part("Cropping1D", cropping=HUGE), shape=(3, 4))
    yield "LayerNormalization over 10^9", sequential(part("LayerNormalization"), shape=(HUGE,))
    yield "BatchNormalization over 10^10", sequential(part("BatchNormalization"), shape=(10**10,))
    yield "GroupNormalization of 10^9 groups", sequential(part("GroupNormalization", groups=HUGE))
    yield (
        "initializer: huge constant",
        sequential(part("Dense", units=2, kernel_initializer=part("Constant", "keras.initializers", None, value=10**400))),
    )
    yield (
        "initializer: a list of lists",
        sequential(part("Dense", units=2, kernel_initializer=part("Constant", "keras.initializers", None, value=[[[[[1.0]]]]]))),
    )
    yield "initializer: orthogonal of 10^4", sequential(part("Dense", units=10**4, kernel_initializer="orthogonal"), shape=(10**4,))
    yield "initializer: identity of 10^5", sequential(part("Dense", units=10**5, kernel_initializer="identity"), shape=(10**5,))
    yield "augmentation: huge factors", sequential(part("RandomZoom", height_factor=[1e300, 1e308]), shape=(9, 9, 3))
    yield "GaussianBlur of 10^6", sequential(part("RandomGaussianBlur", factor=1.0, kernel_size=10**6, sigma=1.0), shape=(9, 9, 3))
    yield "ElasticTransform of 10^9", sequential(part("RandomElasticTransform", scale=HUGE), shape=(9, 9, 3))
    yield "seed of 10^400", sequential(part("Dropout", rate=0.5, seed=10**400))
    yield "a float of 10^400 digits", sequential(part("LeakyReLU", negative_slope=10**400))
    for name, arguments in (
        ("ones", [[10**5, 10**5]]),
        ("zeros", [[10**5, 10**5]]),
        ("arange", [10**10]),
        ("eye", [10**5]),
        ("tri", [10**5]),
        ("full", [[10**5, 10**5], 1.0]),
    ):
        yield f"op: {name} of 10^10", functional(op(name, node(*arguments)))
    for name, call in (
        ("tile", node(tensor("x"), [HUGE, HUGE])),
        ("repeat", node(tensor("x"), HUGE)),
        ("repeat", node(tensor("x"), HUGE, axis=1)),
        ("pad", node(tensor("x"), [[0, 0], [HUGE, HUGE]])),
        ("pad", node(tensor("x"), [[0, 0], [HUGE, HUGE]], mode="reflect")),
        ("one_hot", node(tensor("x"), HUGE)),
        ("multi_hot", node(tensor("x"), HUGE)),
        ("broadcast_to", node(tensor("x"), [10**5, 10**5, 4])),
        ("full_like", node(tensor("x"), 10**400)),
        ("linspace", node(tensor("x"), 1.0, HUGE)),
        ("linspace", node(0.0, 1.0, 10**10)),
        ("vander", node(tensor("x"), HUGE)),
        ("diag", node(tensor("x"), HUGE)),
        ("diagflat", node(tensor("x"), HUGE)),
        ("bincount", node(tensor("x"), minlength=10**10)),
        ("histogram", node(tensor("x"), bins=10**10)),
        ("segment_sum", node(tensor("x"), tensor("x"), num_segments=10**10)),
        ("top_k", node(tensor("x"), HUGE)),
        ("roll", node(tensor("x"), 10**400)),
        ("einsum", node("ij," * 10**4 + "->", *[tensor("x")] * 10**4)),
        ("einsum", node("a" * 10**6 + "->", tensor("x"))),
        ("unfold", node(tensor("x"), HUGE)),
        ("extract_sequences", node(tensor("x"), HUGE, HUGE)),
        ("stft", node(tensor("x"), 2**30, 2**28, 2**30)),
        ("fori_loop", node(0, 10**9, function("relu"), tensor("x"))),
        ("image.resize", node(tensor("x"), [HUGE, HUGE])),
        ("reshape", node(tensor("x"), [10**6] * 10**4)),
        ("expand_dims", node(tensor("x"), [0] * 10**5)),
        ("left_shift", node(tensor("x"), 10**400)),
        ("split", node(tensor("x"), HUGE)),
        ("unstack", node(tensor("x"), HUGE)),
        ("stack", node([tensor("x")] * 10**5)),
        ("concatenate", node([tensor("x")] * 10**5)),
        ("matrix_power", node(tensor("x"), HUGE)),
        ("power", node(tensor("x"), 10**400)),
        ("normalize", node(tensor("x"), 10**400)),
    ):
        yield f"op on a tensor: {name} {len(str(call)) % 1000}", functional(op(name, call))


def wiring() -> Iterator[tuple[str, Config]]:
    """Calls that lead nowhere, or to more work than any file is worth."""
    dense = part("Dense", units=4)
    yield "cycle", functional(wired(dense, node(tensor("b")), name="a"), wired(dense, node(tensor("a")), name="b"), output=["b", 0, 0])
    yield "call of itself", functional(wired(dense, node(tensor("a")), name="a"))
    for text, place in (
        ("negative", ("x", -1, -1)),
        ("huge", ("x", 10**18, 10**18)),
        ("of a text", ("x", "0", 0)),
        ("of a list", ("x", [], {})),
    ):
        yield f"history: {text}", functional(wired(dense, node(tensor(*place)), name="a"))
        yield f"output: {text}", functional(wired(dense, node(tensor("x")), name="a"), output=list(place))
        yield f"input: {text}", functional(wired(dense, node(tensor("x")), name="a"), inputs=[list(place)])
    yield "history of an unknown layer", functional(wired(dense, node(tensor("nobody")), name="a"))
    yield (
        "history is a text",
        functional(wired(dense, node({"class_name": "__keras_tensor__", "config": {"keras_history": "xyz"}}), name="a")),
    )
    yield "output within a call", functional(wired(dense, node(tensor("x", 0, 7)), name="a"))
    yield "a call without a tensor", functional(wired(dense, node([[1.0, 2.0]]), name="a"))
    yield "a call without arguments", functional(wired(dense, node(), name="a"))
    yield "a call with unknown keywords", functional(wired(dense, node(tensor("x"), __class__=1), name="a"))
    yield "two layers of one name", functional(wired(dense, node(tensor("x")), name="a"), wired(dense, node(tensor("x")), name="a"))
    yield "no layers", part("Functional", "keras", None, name="f", layers=[], input_layers=[], output_layers=[])
    yield "layers is a text", part("Functional", "keras", None, name="f", layers="abc", input_layers=[], output_layers=[])
    yield "nodes of another form", functional({**dense, "name": "a", "inbound_nodes": [[["x", 0, 0, {}]]]})
    yield "nodes are a number", functional({**dense, "name": "a", "inbound_nodes": 7})
    chain = [wired(part("Identity"), node(tensor(f"l{i + 1}" if i < 2999 else "x")), name=f"l{i}") for i in range(3000)]
    yield "3,000 layers in reverse order", functional(*chain, output=["l0", 0, 0])
    calls = [node(tensor("x"))] + [node(tensor("d", i)) for i in range(30_000)]
    yield "30,000 calls of one layer", functional(wired(part("Identity"), *calls, name="d"))
    model = functional(wired(dense, node(tensor("x")), name="a"))
    for _ in range(9):
        calls = [node(tensor("x"))] + [node(tensor("m", i)) for i in range(20)]
        model = functional(wired(model, *calls, name="m"), output=["m", 20, 0])
    yield "models within models, each called 20 times", model
    model = sequential(dense)
    for _ in range(14):
        model = sequential(model, model)
        if len(str(model)) > 4_000_000:
            break
    yield "models within models, each written twice", model
    model = sequential(dense)
    for _ in range(200):
        model = sequential(model)
    yield "models within models, 200 deep", model
    layer = dense
    for _ in range(400):
        layer = part("TimeDistributed", layer=layer)
    yield "wrappers within wrappers, 400 deep", sequential(layer)
    layer = part("LSTM", units=2, return_sequences=True)
    for _ in range(12):
        layer = part("Bidirectional", layer=layer)
    yield "Bidirectional within Bidirectional", sequential(layer, shape=(3, 4))
    yield "100,000 layers", sequential(*[part("ReLU")] * 100_000)
    yield "1,000 metrics", sequential(dense, compile_config={"metrics": [part("Mean", "keras.metrics", None)] * 100_000})
    value: Any = 1.0
    for _ in range(50):
        value = {"class_name": "__tuple__", "config": {"value": [value, value][: 1 + (_ < 12)]}}
    yield "tuples within tuples", sequential(part("Reshape", target_shape=value))
    yield "a layer that is everything", {"class_name": "__tuple__", "config": {"value": [sequential(dense)]}}
    yield "config is a list", {**sequential(), "config": [1, 2]}
    yield "config is missing", {"class_name": "Sequential"}
    yield "layers is missing", part("Sequential", "keras", None, name="s")
    yield "layers is a dict", part("Sequential", "keras", None, name="s", layers={"a": dense})
    yield "input shape is a text", {**sequential(), "config": {"name": "s", "layers": [dense], "build_input_shape": "abc"}}
    yield "input shape is huge", {**sequential(), "config": {"name": "s", "layers": [dense], "build_input_shape": [None, 10**15]}}
    yield "input shape is deep", {**sequential(), "config": {"name": "s", "layers": [dense], "build_input_shape": [[[[None]]]]}}
    yield "optimizer as model", part("Adam", "keras.optimizers", None, learning_rate=0.1)


KINDS = {"gadgets": gadgets, "slots": slots, "paths": paths, "sizes": sizes, "wiring": wiring}
