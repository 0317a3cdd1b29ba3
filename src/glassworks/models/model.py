"""`Model`: a layer that can be trained. It has a `Trainer`, which does the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

from glassworks import registry, tree
from glassworks.configured import unless_overridden
from glassworks.errors import ArgumentError, suggest
from glassworks.graph import KerasTensor
from glassworks.layers.base import Layer
from glassworks.models.construction import checked_init, is_functional, refuse_half
from glassworks.models.exporting import Exports
from glassworks.models.keras_two import KerasTwo
from glassworks.models.saving import Saving
from glassworks.models.showing import Shows
from glassworks.models.state_tree import StateTrees
from glassworks.optimizers import Optimizer
from glassworks.scope import entry
from glassworks.training import fit as fitting
from glassworks.training import steps
from glassworks.training.callbacks import History
from glassworks.training.options import Callbacks, ClassWeight, FitOptions, RunOptions, ValidationFreq, Verbosity
from glassworks.training.trainer import Trainer
from glassworks.typing import Data, Structure, Tensor

if TYPE_CHECKING:
    from glassworks.models.functional import Functional
    from glassworks.models.host_part import HostPart


class Model(Exports, KerasTwo, Shows, StateTrees, Saving):
    """A network with `compile`, `fit`, `evaluate` and `predict`.

    Three ways to make one: `Model(inputs, outputs)` from symbolic tensors, a `Sequential` list of layers, or a
    subclass that creates layers in `__init__` and uses them in `call`.

    Args:
        inputs, outputs: Symbolic tensors, for the first way.
        name: The model's name.

    >>> from glassworks import layers
    >>> inputs = layers.Input(shape=(3,))
    >>> model = Model(inputs, layers.Dense(1)(inputs))
    >>> model.count_params()
    4
    """

    # The class `Functional`, which sets this: it is a Model, and `Model(inputs, outputs)` creates one.
    _functional_class: ClassVar[type[Functional]]
    _trainer: Trainer
    history: History
    _volatile = Layer._volatile | {"history"}
    _untracked = Layer._untracked | {"_trainer", "history"}
    _keras_module = "keras"  # the module in configs, where it is not that of the class's kind
    _saved_properties = ("layers", "optimizer")
    _names_paths = True  # whether the paths of the variables of its layers begin with its name

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """A Functional model for `Model(inputs, outputs)`; else a model with its trainer."""
        if cls is Model and is_functional(args, kwargs):
            return cls._functional_class(*args, **kwargs)  # type: ignore[return-value]  # it is a Model, which is `cls` here
        instance = super().__new__(cls, *args, **kwargs)
        instance.__dict__["_trainer"] = Trainer(instance)
        instance.__dict__["history"] = None
        return instance

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # The constructor of a user's class is wrapped, so that a missing super().__init__() is reported.
        if "__init__" in vars(cls) and not cls.__module__.startswith("glassworks."):
            cls.__init__ = checked_init(cls.__init__)  # type: ignore[method-assign]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if is_functional(args, kwargs):
            self._become_functional(*args, **kwargs)
            return
        refuse_half(args, kwargs)
        # Not `super()`: that would be the next base of a class with several, such as `class M(Model, Dense)`, which M itself initialises.
        Layer.__init__(self, *args, **kwargs)

    def _become_functional(self, inputs: Structure = None, outputs: Structure = None, name: str | None = None, **kwargs: Any) -> None:
        if not isinstance(self, self._functional_class):
            self.__class__ = self._functional_class.joined_with(type(self))
        Layer.__init__(self, name=name, **kwargs)
        self._connect(inputs, outputs)  # type: ignore[attr-defined]

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if self.history is not None:
            self.history.set_model(self)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """A model from its config; the config of a Functional model gives a Functional model."""
        if cls is Model and "layers" in config and "input_layers" in config:
            return registry.registry("layers").find("Functional").from_config(config, custom_objects)
        with registry.custom_object_scope(custom_objects or {}):
            return super().from_config(config)

    # ---- training

    @unless_overridden
    @entry("model")
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Sequence[float] | Mapping[str, float] | None = None,
        metrics: Sequence | Mapping[str, Any] | None = None,
        weighted_metrics: Sequence | Mapping[str, Any] | None = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Set optimizer, loss and metrics for training.

        Args:
            optimizer: A name or an optimizer.
            loss: A name, function or `Loss`; for several outputs a list, or a dict by output name.
            loss_weights: A factor per loss, in the same form.
            metrics: A list of names, functions or `Metric`s; per output for several outputs. The shapes decide what "accuracy" means.
            weighted_metrics: The same, for metrics that take sample weights into account.
            run_eagerly: Run step by step in Python, for debugging: slow, but prints and breakpoints work.
            steps_per_execution, jit_compile: Accepted as in Keras; the engine decides.
            auto_scale_loss: Under the dtype policy `"mixed_float16"`, wrap the optimizer in a `LossScaleOptimizer`.

        Raises:
            ArgumentError: An unknown name; the nearest known one is suggested.
        """
        self._trainer.compile(
            optimizer, loss, loss_weights, metrics, weighted_metrics, run_eagerly, steps_per_execution, jit_compile, auto_scale_loss
        )

    @entry("model")
    def fit(
        self,
        x: Data = None,
        y: Structure = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Verbosity = "auto",
        callbacks: Callbacks = None,
        validation_split: float = 0.0,
        validation_data: Data = None,
        shuffle: bool | str = True,
        class_weight: ClassWeight = None,
        sample_weight: Structure = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: ValidationFreq = 1,
        on_nan: str = "warn",
        doctor: str = "warn",
        resume: str | PathLike[str] | None = None,
    ) -> History:
        """Train on data.

        Args:
            x: Arrays (a list or dict of them for several inputs), a DataFrame (split by the names of the inputs where the model has several), or a source of batches: a generator, a `PyDataset`, a PyTorch `DataLoader`, any iterable of batches.
            y: Targets, unless x gives batches with targets.
            batch_size: Samples per update; 32 by default.
            epochs: Passes over the data (the number of the last one, with `initial_epoch`).
            verbose: "auto", 0 (silent), 1 (progress bar) or 2 (a line per epoch).
            callbacks: A list of `Callback`s.
            validation_split: The fraction at the end of the data to validate on, taken before shuffling.
            validation_data: `(x, y)`, `(x, y, sample_weight)` or a source of batches.
            shuffle: Whether arrays are drawn in a new order each epoch.
            class_weight: class -> weight, or "balanced".
            sample_weight: A weight per sample.
            initial_epoch: The number of the first epoch.
            steps_per_epoch, validation_steps: Batches per epoch, for sources without a length.
            validation_batch_size: By default `batch_size`.
            validation_freq: Validate after every `validation_freq` epochs, or after the epochs in a list, counted from 1.
            on_nan: What to do at the first step whose loss is NaN or infinite. "warn" says so once, with epoch, batch and the layer that
                made the first such number, and goes on as Keras does. "stop" says so too, and ends training with the last good state:
                weights, optimizer and random generators as they were before that step (or before the earlier step that made a weight
                NaN or infinite). "raise" raises a `DataError` in that state; "ignore" does nothing.
            doctor: What to do with mistakes that the doctor finds in data, model and training: "warn", or "raise" a `DiagnosisError` for those that
                make training useless, or "off". Looking takes up to 3 % of the time, and changes no bit of the result. All that it found
                is in `history.findings`, the likely cause first; `callbacks.Doctor` has options.
            resume: A folder, in which the state of this training is kept: after each epoch and each minute (as far as that takes 1 % of the
                time), and on Ctrl-C and SIGTERM. If a state is there, training goes on from it, and ends with the same bits as if it
                had never been interrupted, wherever the program was killed. The folder is for one training: a state of other data,
                layers, batch size, dtype or engine is refused. A generator is asked for its place (`get_state()`, `set_state(state)`);
                one that has none must give the same batches again, which are skipped.

        Returns:
            A `History`: its `history` is a dict of lists of one number per epoch. Ctrl-C ends training early and returns it too.

        Raises:
            DataError: Data that cannot be trained on: lengths that differ, NaN, labels that do not fit the loss.
            DiagnosisError: The doctor found a serious mistake, with `doctor="raise"`.
            StateError: `compile` was not called.
            LoadError: The folder to resume from has the state of another training, or every state in it is damaged.
            SaveError: No state could be written to that folder; the model is trained.

        >>> import tempfile
        >>> import numpy as np
        >>> from glassworks import Sequential, layers
        >>> def train(epochs):
        ...     model = Sequential([layers.Input(shape=(2,)), layers.Dense(1)])
        ...     model.compile("adam", "mse")
        ...     return model.fit(np.ones((8, 2)), np.ones(8), epochs=epochs, verbose=0, resume=folder)
        >>> folder = tempfile.mkdtemp()
        >>> first, both = train(epochs=2), train(epochs=5)
        >>> both.epoch, both.history["loss"][:2] == first.history["loss"]
        ([0, 1, 2, 3, 4], True)
        """
        options = FitOptions(
            batch_size=batch_size,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            validation_data=validation_data,
            shuffle=shuffle,
            class_weight=class_weight,
            sample_weight=sample_weight,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_batch_size=validation_batch_size,
            validation_freq=validation_freq,
            on_nan=on_nan,
            doctor=doctor,
            resume=resume,
        )
        with self._trainer.training():
            return fitting.fit(self._trainer, x, y, options)

    @entry("model")
    def evaluate(
        self,
        x: Data = None,
        y: Structure = None,
        batch_size: int | None = None,
        verbose: Verbosity = "auto",
        sample_weight: Structure = None,
        steps: int | None = None,
        callbacks: Callbacks = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss and metrics on data, as a number, a list with the loss first, or (with `return_dict`) a dict."""
        return fitting.evaluate(self._trainer, x, y, sample_weight, RunOptions(batch_size, verbose, steps, callbacks), return_dict)

    @entry("model")
    def predict(
        self, x: Data, batch_size: int | None = None, verbose: Verbosity = "auto", steps: int | None = None, callbacks: Callbacks = None
    ) -> Any:
        """The outputs for data, as NumPy arrays with one row per sample.

        >>> import numpy as np
        >>> from glassworks import Sequential, layers
        >>> model = Sequential([layers.Input(shape=(2,)), layers.Dense(1, kernel_initializer="ones")])
        >>> model.predict(np.array([[1.0, 2.0]]), verbose=0)
        array([[3.]], dtype=float32)
        """
        return fitting.predict(self._trainer, x, RunOptions(batch_size, verbose, steps, callbacks))

    @entry("model")
    def train_on_batch(
        self,
        x: Data,
        y: Structure = None,
        sample_weight: Structure = None,
        class_weight: ClassWeight = None,
        return_dict: bool = False,
    ) -> Any:
        """Update once on one batch, and return its loss and metrics, as a number, a list with the loss first, or (with `return_dict`) a dict."""
        if class_weight is not None:
            from glassworks.training.data import class_weights

            sample_weight = class_weights(class_weight, y, sample_weight, is_batch=True)
        return fitting.train_on_batch(self._trainer, (x, y, sample_weight), return_dict)

    @entry("model")
    def test_on_batch(self, x: Data, y: Structure = None, sample_weight: Structure = None, return_dict: bool = False) -> Any:
        """The loss and metrics of one batch, in the same form as `train_on_batch`."""
        return fitting.test_on_batch(self._trainer, (x, y, sample_weight), return_dict)

    @entry("model")
    def predict_on_batch(self, x: Data) -> Any:
        """The outputs for one batch, as NumPy arrays."""
        return fitting.predict_on_batch(self._trainer, x)

    # Steps that a subclass may write itself; they run under trace unless `run_eagerly`.

    def train_step(self, data: Any) -> dict[str, Any]:
        """Update once on a batch `(x, y, sample_weight)`, and return the metrics. It uses `GradientTape` and `optimizer.apply`."""
        return steps.train_step(self, data)

    def test_step(self, data: Any) -> dict[str, Any]:
        """Return loss and metrics of a batch, without an update."""
        return steps.test_step(self, data)

    def predict_step(self, data: Any) -> Any:
        """Return the outputs for a batch; a subclass may override it."""
        return steps.predict_step(self, data)

    def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True) -> Tensor:
        """The total loss of a batch: compiled losses, penalties, and what layers added."""
        return steps.compute_loss(self, y, y_pred, sample_weight)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Count a batch in the compiled metrics, and return all current values."""
        return steps.compute_metrics(self, y, y_pred, sample_weight)

    def get_metrics_result(self) -> dict[str, Any]:
        """The current value of every metric by name."""
        return steps.metrics_result(self)

    def reset_metrics(self) -> None:
        """Reset the state of every metric."""
        for metric in self.metrics:
            metric.reset_state()

    @property
    def metrics(self) -> list[Any]:
        """The loss tracker, the compiled metrics, and those held by layers."""
        compiled = steps.compiled_metrics(self) if self._trainer.compiled else []
        known = {id(one) for metric in compiled for one in [metric, *getattr(metric, "metrics", ())]}
        return compiled + [metric for metric in super().metrics if id(metric) not in known]

    @property
    def metrics_names(self) -> list[str]:
        """The names of the metrics."""
        return [metric.name for metric in self.metrics]

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer given to `compile`."""
        return self._trainer.optimizer

    @optimizer.setter
    def optimizer(self, optimizer: Any) -> None:
        self._trainer.optimizer = optimizer

    @property
    def loss(self) -> Any:
        """The loss given to `compile`."""
        return self._trainer.loss

    @property
    def compiled(self) -> bool:
        """Whether `compile` was called."""
        return self._trainer.compiled

    @property
    def run_eagerly(self) -> bool:
        """Whether steps run in Python instead of as a program."""
        return self._trainer.run_eagerly

    @run_eagerly.setter
    def run_eagerly(self, value: bool) -> None:
        self._trainer.run_eagerly = value

    @property
    def jit_compile(self) -> bool | str | None:
        """What `compile` got; without effect."""
        return self._trainer.jit_compile

    @property
    def steps_per_execution(self) -> int:
        """What `compile` got; without effect."""
        return self._trainer.steps_per_execution

    @property
    def stop_training(self) -> bool:
        """Set it to True in a callback to end training."""
        return self._trainer.stop_training

    @stop_training.setter
    def stop_training(self, value: bool) -> None:
        self._trainer.stop_training = value

    # ---- structure

    @property
    def host_part(self) -> HostPart | None:
        """The part of the model that runs before the graph; Sequential and Functional models may have one."""
        return None

    def on_host(self, inputs: Any) -> Any:
        """The inputs after the host part of the model."""
        return inputs

    def _text(self, text: object) -> Any:
        return text

    @property
    def layers(self) -> list[Layer]:
        """The layers directly inside the model."""
        return self._child_layers()

    @entry("model")
    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by its name or its index.

        Raises:
            ArgumentError: No such layer exists; the nearest name is suggested.
        """
        where = f"model '{self.name}'.get_layer"
        if (name is None) == (index is None):
            raise ArgumentError(
                "neither name nor index" if name is None else "both name and index", "one of them", "pass name='dense'", where=where
            )
        layers = self.layers
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ArgumentError(f"index={index}", f"an index below {len(layers)}", "model.summary() lists the layers", where=where)
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        raise ArgumentError(
            f"name={name!r}", "the name of a layer of this model", suggest(str(name), [layer.name for layer in layers]), where=where
        )

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The computation, which a subclass defines."""
        raise NotImplementedError(f"model {type(self).__name__} does not define call(self, inputs)")

    @property
    def defines_call(self) -> bool:
        """Whether there is a `call`: a model with its own training step, such as a GAN, needs none."""
        return type(self).call is not Model.call

    @entry("model")
    def build(self, input_shape: Any = None) -> None:
        """Create all weights for inputs of this shape (with the batch axis, usually None)."""
        if input_shape is None:
            expected, fix = "the shape of the inputs, with None for the batch", "model.build((None, 784))"
            raise ArgumentError("no input shape", expected, fix, where=f"model '{self.name}'.build")
        tensors = tree.map_shape_structure(lambda shape: KerasTensor(shape, self.input_dtype), input_shape)
        # `built` is set first, so that the symbolic call does not build again.
        self.built = True
        try:
            self.compute_output_spec(tensors)
        except BaseException:
            self.built = False
            raise

    def _build_for(self, args: tuple, kwargs: dict[str, Any]) -> None:
        # The layers of a subclassed model build themselves when `call` reaches them.
        if type(self).build is Model.build:
            self._build_shapes = self._build_shapes or self._shapes_of_call(args, kwargs) or None
            self.built = True
            return
        super()._build_for(args, kwargs)
