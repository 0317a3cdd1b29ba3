"""What a model shows of itself: its layers, its training step as a graph, its programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, cast

from glassworks.graph import Graph, optimize
from glassworks.scope import entry
from glassworks.training import fit as fitting
from glassworks.typing import Data, Structure

if TYPE_CHECKING:
    from glassworks.insight.trace import Trace
    from glassworks.models.model import Model
    from glassworks.training.trainer import Trainer


class Shows:
    """The part of `Model` that shows what it consists of and what it computes."""

    _trainer: Trainer

    @entry("model")
    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Print the layers with output shape, parameters and their formula, operations and memory for one sample.

        Args:
            line_length: The width in characters; by default that of the terminal, or as wide as the rows where there is none.
            positions: Accepted as in Keras, without an effect.
            print_fn: The function that gets the text; `print` by default.
            expand_nested: Show the layers inside nested models.
            show_trainable: Add a column that says which layers are trained.
            layer_range: Names of the first and last layer to show.
        """
        from glassworks.models.summary import to_table

        to_table(cast("Model", self), expand_nested, show_trainable, layer_range).print_to(print_fn, line_length)

    def _repr_html_(self) -> str:
        """What notebooks show: the layers as a diagram and as a table."""
        from glassworks.models.summary import to_html

        return to_html(cast("Model", self))

    @entry("model")
    def training_graph(self, x: Data, y: Structure = None, sample_weight: Structure = None) -> Graph:
        """The whole training step for a batch like this one, as a graph that can be printed.

        Everything the step does is a node of it: forward, loss, penalties, gradients, update, metrics.
        """
        self._trainer.require_compiled("training_graph")
        data = fitting.as_batch(self._trainer, (x, y, sample_weight))
        self._trainer.prepare("train", data)
        return optimize(self._trainer.programs.graph("train", data))

    @entry("model")
    def plan(
        self,
        mode: str | None = None,
        batch_size: int | None = None,
        svg: str | PathLike | None = None,
        measure: bool = True,
        print_fn: Callable[[str], Any] | None = None,
        stage: str | None = None,
    ) -> None:
        """Print the program of one step: its stations, what each computes and costs, its time, and its share of the machine's limit.

        Args:
            mode: "train", "test" or "predict"; the training step by default, once there was one.
            batch_size: Rows of a batch to predict on; 32 by default. Training and test steps are those that ran last.
            svg: The path of an SVG drawing to write as well; it shows the placed program, and cannot be had of a stage.
            measure: Whether to measure the step by running it on zeros; weights are restored afterwards. Nothing is measured when a stage is given.
            print_fn: The function that gets the text; `print` by default.
            stage: The plan after a pass of the native engine instead: "lowered" (kernels), "simplified", "fused" (what runs together), "tiled",
                "scheduled" (when) or "placed" (where values lie). That of the reference engine is the graph.

        Raises:
            StateError: No step of that mode has run yet.

        >>> from glassworks import Sequential, layers
        >>> model = Sequential([layers.Input(shape=(2,)), layers.Dense(1, activation="relu", name="dense")], name="small")
        >>> model.plan(measure=False, print_fn=lambda text: print(text.splitlines()[0]))
        Model 'small': one predict step on a batch of 32
        >>> model.plan(stage="fused", print_fn=lambda text: print("relu" in text))
        True
        """
        from glassworks.models.plan import plan_of

        plan = plan_of(cast("Model", self), mode, batch_size, svg, measure, stage)
        if isinstance(plan, str):
            (print_fn or print)(plan)
        else:
            plan.print_to(print_fn)

    @entry("model")
    def trace(self, x: Data, y: Structure = None, sample_weight: Structure = None, training: bool | None = None, sample: int = 0) -> Trace:
        """Run the model on one sample or a few, and keep every value: what goes into each layer, its weighted sum, its activation.

        With targets the way back is there, too: the loss, the gradients from the last layer to the first, and what one step of the
        optimizer does to a weight. The model does not change.

        Args:
            x: One sample, with or without the batch axis, or a batch of up to 1024.
            y: The targets, for a compiled model; None for the forward pass alone.
            sample_weight: A weight per sample.
            training: Whether layers act as in training (dropout drops, batch normalization uses the batch); by default only with targets,
                as that is what a training step does.
            sample: The sample of a batch that tables and cards show.

        Returns:
            A `Trace`. Print it for a table; `trace["dense"]` has the arrays of a layer, `trace.neuron("dense", 0)` one neuron in full.

        Raises:
            StateError: Targets were given, and the model is not compiled.
            ArgumentError: There are too many samples.

        >>> import numpy as np
        >>> from glassworks import Sequential, layers
        >>> model = Sequential([layers.Input(shape=(2,)), layers.Dense(1, "relu", kernel_initializer="ones", name="dense")], name="small")
        >>> print(model.trace(np.array([0.5, 0.25])).neuron("dense", 0).sum)
        1*0.5 + 1*0.25 + bias 0 = 0.75 -> relu -> 0.75
        """
        from glassworks.insight.trace import trace

        return trace(cast("Model", self), x, y, sample_weight, training, sample)

    @entry("model")
    def compile_call(self, batch_size: int = 1) -> Callable[..., Any]:
        """The forward pass for batches of one size as a plain function of arrays: for servers and loops that count microseconds.

        Args:
            batch_size: Rows in each batch.

        Returns:
            A function that takes an array per input, in the inputs' own shapes and dtypes, and gives the outputs as `predict`
            would. It reads the current weights at each call, and may be called from several threads.

        >>> import numpy as np
        >>> from glassworks import Sequential, layers
        >>> model = Sequential([layers.Input(shape=(2,)), layers.Dense(1, kernel_initializer="ones")])
        >>> call = model.compile_call()
        >>> call(np.array([[1.0, 2.0]], "float32"))
        array([[3.]], dtype=float32)
        """
        from glassworks.training.calls import compiled_call

        return compiled_call(self._trainer, batch_size)
