"""`Layer`: state (variables) and a computation (`call`), with Keras's behaviour around the call."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Self

import numpy as np

from glassworks import dtype_policy, dtypes, ops, regularizers, tracebacks, tree
from glassworks.arguments import Instance, Optional, check
from glassworks.configured import Configured
from glassworks.context import context
from glassworks.errors import ArgumentError, ArgumentTypeError, NotYetKnownError, StateError, suggest
from glassworks.graph import Array, Call, KerasTensor, Value, Variable, autocast, spec_of
from glassworks.graph.stateless import run_stateless
from glassworks.graph.symbolic import has_keras_tensor, infer_call, record_call
from glassworks.guards import Unnoted
from glassworks.layers import call_context
from glassworks.layers.calls import as_shape, building, parameters_of, serialized_policy, shapes_of, to_tensors
from glassworks.layers.input_spec import check_inputs
from glassworks.layers.state import State
from glassworks.layers.text_arrays import TEXT_KINDS, as_text_array, is_text, not_readable
from glassworks.names import unique_name
from glassworks.ops.convert import is_number_list, operand
from glassworks.registry import Registry, snake_case
from glassworks.scope import Frame, scope
from glassworks.typing import DTypePolicyLike, Regularizer, Structure, Tensor

LAYERS = Registry("layers", "layer")


class Layer(Configured, State):
    """A part of the network: a computation on inputs, which may have weights.

    Subclasses write `__init__` (settings), `build(input_shape)` (weights, by `add_weight`), `call(inputs)`
    (the computation, with `glassworks.ops`) and `get_config`. Sublayers and variables stored in attributes,
    also inside lists and dicts, belong to the layer.

    Args:
        activity_regularizer: A penalty on the outputs, added to the loss.
        trainable: Whether optimizers may change its weights.
        dtype: A dtype or dtype policy; by default the global policy (float32).
        autocast: Whether to cast floating inputs to the compute dtype.
        name: A name; by default the class name in snake case, numbered.

    >>> from glassworks import layers, ops
    >>> class Scale(layers.Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight(shape=(), initializer="ones", name="factor")
    ...     def call(self, x):
    ...         return self.factor * x
    >>> Scale()([1.0, 2.0]).numpy()
    array([1., 2.], dtype=float32)
    """

    _keras_module = "keras"  # in configs

    _losses: list[Any]
    _inbound_calls: list[Call]
    _build_shapes: dict[str, Any] | None
    _config_arguments: tuple[tuple, dict[str, Any]]
    _made_at: tuple[str, int] | None

    # Attributes that change at each call and are never settings of the layer.
    _volatile: frozenset[str] = frozenset({"_losses", "_inbound_calls", "_build_shapes", "_config_arguments", "_made_at"})
    # Attributes that are not searched for layers and variables.
    _untracked: frozenset[str] = _volatile | {"_own_weights"}

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Create the object with the state that `__init__` of a subclass may already need."""
        instance = super().__new__(cls)
        # Set here, so that a subclass may set attributes before it calls super().__init__().
        vars(instance).update(
            built=False,
            _own_weights=[],
            _losses=[],
            _inbound_calls=[],
            _build_shapes=None,
            _trainable=True,
            _config_arguments=(args, kwargs),
            _made_at=tracebacks.user_line(),
        )
        return instance

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = building(vars(cls)["build"])  # type: ignore[method-assign]

    def __init__(
        self,
        *,
        activity_regularizer: Regularizer = None,
        trainable: bool = True,
        dtype: DTypePolicyLike = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.name = name if name is not None else unique_name(snake_case(type(self).__name__))
        input_shape = kwargs.pop("input_shape", None)
        input_dim = kwargs.pop("input_dim", None)
        kwargs.pop("batch_size", None)
        if kwargs:
            known = ["activity_regularizer", "trainable", "dtype", "autocast", "name", *inspect.signature(type(self).__init__).parameters]
            wrong = next(iter(kwargs))
            raise ArgumentTypeError(
                f"argument {wrong!r}",
                f"an argument of {type(self).__name__}",
                suggest(wrong, set(known) - {"self", "kwargs"}),
                where=type(self).__name__,
            )
        check(type(self).__name__, {"name": Optional(Instance(str, "a string"))}, name=name)
        self.dtype_policy = dtype_policy.for_layer(dtype, self.name)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.autocast = autocast
        self.input_spec: Any = None
        self.supports_masking = False
        self._trainable = bool(trainable)
        # `input_shape=` and `input_dim=` of older Keras code, which Sequential uses.
        sizes = input_dim or None if input_shape is None else input_shape
        self._first_input_shape = sizes if sizes is None else tuple(sizes) if np.iterable(sizes) else (sizes,)

    def __getstate__(self) -> dict[str, Any]:
        # `_losses` belong to the latest call, `_inbound_calls` to a model, `_made_at` to this program.
        return super().__getstate__() | {"_losses": [], "_inbound_calls": [], "_made_at": None}

    # ---- dtypes

    @property
    def compute_dtype(self) -> str:
        """The dtype of the computation."""
        return self.dtype_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of the weights."""
        return self.dtype_policy.variable_dtype

    @property
    def dtype(self) -> str:
        """The dtype of the weights."""
        return self.variable_dtype

    @property
    def input_dtype(self) -> str:
        """The dtype to which floating inputs are cast."""
        return self.compute_dtype

    # ---- what Keras's layers tell of themselves

    supports_jit = True
    quantization_mode: str | None = None  # quantization is left to other programs

    @property
    def call_signature_parameters(self) -> list[str]:
        """The names of the arguments of `call`."""
        return list(parameters_of(type(self).call))

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """The symbolic outputs for symbolic inputs; the same as `compute_output_spec`."""
        return self.compute_output_spec(*args, **kwargs)

    # ---- the call

    def build(self, input_shape: Any) -> None:
        """Create the weights for inputs of this shape. By default the layers inside are built by a symbolic call."""
        self._build_by_running(input_shape)
        self.built = True

    def _build_by_running(self, input_shape: Any) -> None:
        """Build the sublayers of a layer without `build` by a symbolic call."""
        if type(self).call is Layer.call or not self._child_layers() or all(layer.built for layer in self._child_layers()):
            return
        inputs = tree.map_shape_structure(lambda shape: KerasTensor(shape, self.compute_dtype), input_shape)
        infer_call(lambda x: self.call(x), (inputs,), {})

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The outputs for the inputs, which each subclass defines."""
        raise NotImplementedError(f"layer {type(self).__name__} does not define call(self, inputs)")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the layer: on arrays at once, on graph values as part of a trace, on `KerasTensor`s to build a model."""
        with scope(Frame("layer", self.name, "call")):
            if context.deferral is not None:
                context.deferral.step()
            args, kwargs = self._converted(args, kwargs)
            check_inputs(self.input_spec, args[0] if args else None, self.name)
            if not self.built:
                self._build_for(args, kwargs)
                check_inputs(self.input_spec, args[0] if args else None, self.name)
            if has_keras_tensor(args, kwargs):
                outputs = record_call(self, args, kwargs, function=self._inferred)
                self._inbound_calls += [t.call for t in tree.flatten(outputs) if isinstance(t, KerasTensor) and t.call is not None][:1]
                return outputs
            return self._computed(*args, **kwargs)

    def _inferred(self, *args: Any, **kwargs: Any) -> Structure:
        """The call from which a symbolic call takes shapes and dtypes: as it will run, its inputs are cast to the compute dtype."""
        args, kwargs = self._converted(args, kwargs)
        return self._computed(*args, **kwargs)

    def _computed(self, *args: Any, **kwargs: Any) -> Any:
        """Resolve `training` and masks, then `call`."""
        parameters = parameters_of(type(self).call)
        with call_context.entered(kwargs.get("training")) as (call, outermost):
            if outermost:
                self._clear_losses()
            if "training" in parameters and kwargs.get("training") is None:
                if call.training is not None:
                    kwargs["training"] = call.training
                else:
                    kwargs.pop("training", None)
            elif "training" in kwargs and not ("training" in parameters or "kwargs" in parameters):
                kwargs.pop("training")
            masks = self._given_masks(args, kwargs, parameters)
            dtype = self.compute_dtype if self.autocast and self.compute_dtype != self.variable_dtype else None
            with autocast(dtype):
                outputs = self.call(*args, **kwargs)
            if self.activity_regularizer is not None:
                self._add_activity_losses(outputs)
            if args:
                self._pass_masks_on(args[0], outputs, masks)
            if context.watcher is not None:
                context.watcher(self, (args, kwargs), outputs)
            return outputs

    def _converted(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        """Arrays and lists of numbers as `Array`s, floating ones in the compute dtype."""
        args = tuple(self._convert_argument(argument) for argument in args)
        first = next(iter(parameters_of(type(self).call)), None)
        # Lists of strings besides the inputs are settings of the call.
        plain = {k for k, v in kwargs.items() if k in ("training", "mask") or (k != first and isinstance(v, (list, tuple)) and is_text(v))}
        kwargs = {k: v if k in plain else self._convert_argument(v) for k, v in kwargs.items()}
        if not args and first in kwargs:
            args = (kwargs.pop(first),)
        return args, kwargs

    def _convert_argument(self, argument: Any) -> Any:
        if isinstance(argument, (list, tuple)) and is_number_list(argument):
            return self._cast(ops.convert_to_tensor(argument))
        if isinstance(argument, (list, tuple)) and is_text(argument):
            return self._text(as_text_array(argument))
        if isinstance(argument, (list, tuple, dict)):
            return tree.map_structure(self._cast, argument)
        return self._cast(argument)

    def _cast(self, leaf: Any) -> Any:
        if isinstance(leaf, (KerasTensor, str, bool, int, float)) or leaf is None:
            return self._text(leaf) if isinstance(leaf, KerasTensor) and leaf.dtype == "string" else leaf
        if isinstance(leaf, Variable):
            leaf = leaf.value
        if not isinstance(leaf, Value):
            if not hasattr(leaf, "__array__") and not hasattr(leaf, "detach"):
                return leaf
            if isinstance(leaf, np.ndarray) and leaf.dtype.kind in TEXT_KINDS and is_text(leaf):
                return self._text(leaf)
            leaf = leaf if isinstance(leaf, Array) else operand(leaf)
        name = leaf.dtype if isinstance(leaf.dtype, str) else leaf.dtype.name
        if self.autocast and "float" in name and name != self.compute_dtype:
            mask = call_context.get_mask(leaf)
            leaf = ops.cast(leaf, self.compute_dtype)
            call_context.set_mask(leaf, mask)
        return leaf

    def _text(self, text: object) -> Any:
        """Handle text as an input: models look for a layer that reads it, other layers raise an error."""
        raise not_readable(text.name if isinstance(text, KerasTensor) else text)

    def _shapes_of_call(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The shapes of the arguments that have one, by name."""
        shapes = {name: shapes_of(value) for name, value in zip(parameters_of(type(self).call), args, strict=False)}
        shapes |= {name: shapes_of(value) for name, value in kwargs.items() if name not in ("training", "mask")}
        return {name: shape for name, shape in shapes.items() if shape is not None}

    def _build_for(self, args: tuple, kwargs: dict[str, Any]) -> None:
        """Build from the shapes of the arguments of the first call."""
        shapes = self._shapes_of_call(args, kwargs)
        if not shapes or (type(self).build is Layer.build and len(shapes) > 1):
            # The call itself builds the layers inside, with all arguments that they need.
            self._build_shapes = self._build_shapes or shapes or None
            self.built = True
            return
        wanted = [name for name in parameters_of(type(self).build) if name not in ("kwargs", "args")]
        named = {
            name: shapes[name.removesuffix("_shape").removesuffix("_shapes")] for name in wanted if name.removesuffix("_shape") in shapes
        }
        if len(wanted) > 1 and named:
            self.build(**named)
        else:
            self.build(next(iter(shapes.values())))
        self.built = True

    def stateless_call(
        self, trainable_variables: Any, non_trainable_variables: Any, *args: Any, return_losses: bool = False, **kwargs: Any
    ) -> tuple:
        """Run the layer on given values of its variables, which do not change.

        Args:
            trainable_variables, non_trainable_variables: A value for each variable of the layer, in order.
            args, kwargs: The arguments of the call.
            return_losses: Whether to return the layer's losses, too.

        Returns:
            `(outputs, new non-trainable values)`, and the losses if asked for.
        """

        def call() -> tuple:
            return self(*args, **kwargs), self.losses if return_losses else None

        groups = (self.trainable_variables, trainable_variables), (self.non_trainable_variables, non_trainable_variables)
        (outputs, losses), (_, new) = run_stateless(call, *groups, where=f"layer '{self.name}'.stateless_call")
        return (outputs, new, losses) if return_losses else (outputs, new)

    # ---- masks

    def rematerialized_call(self, layer_call: Callable[..., Structure], *args: object, **kwargs: object) -> Callable[..., Structure]:
        """The function that a layer calls in a `RematScope`: `layer_call` itself, since results are planned and kept as a whole.

        >>> from glassworks.layers import Dense
        >>> dense = Dense(2)
        >>> dense.rematerialized_call(dense.call) == dense.call
        True
        """
        return layer_call

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The mask of the outputs; by default the mask of the inputs."""
        return previous_mask

    def _given_masks(self, args: tuple, kwargs: dict[str, Any], parameters: Any) -> Any:
        if not args:
            return None
        masks = tree.map_structure(call_context.get_mask, args[0])
        if "mask" in parameters and kwargs.get("mask") is None and any(mask is not None for mask in tree.flatten(masks)):
            kwargs["mask"] = masks
        # In a layer with several inputs each has its own mask: `query_mask` for `query`.
        given = dict(zip(parameters, args, strict=False)) | kwargs
        for name, value in given.items():
            own = f"{name}_mask"
            if own in parameters and given.get(own) is None and call_context.get_mask(value) is not None:
                kwargs[own] = call_context.get_mask(value)
        return masks if kwargs.get("mask") is None else kwargs["mask"]

    def _pass_masks_on(self, inputs: Any, outputs: Any, masks: Any) -> None:
        if not any(mask is not None for mask in tree.flatten(masks)) and type(self).compute_mask is Layer.compute_mask:
            return
        if not self.supports_masking and type(self).compute_mask is Layer.compute_mask:
            return
        previous = masks
        computed = self.compute_mask(inputs, previous)
        flat_outputs, flat_masks = tree.flatten(outputs), tree.flatten(computed)
        for output, mask in zip(flat_outputs, flat_masks, strict=False):
            if isinstance(output, (Array, Value)) and isinstance(mask, (Array, Value, np.ndarray)):
                call_context.set_mask(output, mask)

    # ---- losses

    def add_loss(self, loss: Tensor) -> None:
        """Add a scalar (or several) to the loss of the model, from inside `call`."""
        self._losses.extend(tree.flatten(loss))

    def _add_activity_losses(self, outputs: Structure) -> None:
        for output in tree.flatten(outputs):
            penalty = self.activity_regularizer(_summable(output))
            # As in Keras, the mean over the batch, so that the strength does not depend on the batch size.
            self.add_loss(penalty / max(output.shape[0], 1) if output.shape else penalty)

    @property
    def losses(self) -> list[Any]:
        """Scalars added by the latest call, and the penalties of regularised weights."""
        added = [loss for layer in self._flat_layers() for loss in layer._losses]
        penalties = [w.regularizer(_summable(w.value)) for w in self.trainable_weights if w.regularizer is not None]
        return added + penalties

    def _clear_losses(self) -> None:
        with Unnoted():
            for layer in self._flat_layers():
                layer._losses.clear()

    # ---- shapes and configs

    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Any:
        """The output's shape for inputs of a shape; sizes may be None."""
        specs = self.compute_output_spec(
            *(to_tensors(a, self.compute_dtype) for a in args), **{k: to_tensors(v, self.compute_dtype) for k, v in kwargs.items()}
        )
        return tree.map_structure(lambda tensor: tensor.shape, specs)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """The symbolic outputs for symbolic inputs."""
        with scope(Frame("layer", self.name, "compute_output_spec")):
            if not self.built:
                self._build_for(args, kwargs)
            return record_call(self, args, kwargs, function=self._inferred)

    def get_build_config(self) -> dict[str, Any] | None:
        """The shapes the layer was built with, for saving."""
        shapes = self._build_shapes
        if not shapes:
            return None
        return {"shapes_dict": shapes} if len(shapes) > 1 else {"input_shape": next(iter(shapes.values()))}

    def build_from_config(self, config: dict[str, Any] | None) -> None:
        """Build with the shapes of a saved layer."""
        if not config or self.built:
            return
        shapes = {key: as_shape(value) for key, value in config.get("shapes_dict", config).items()}
        self.build(*shapes.values()) if len(shapes) == 1 else self.build(**shapes)
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """The arguments from which `from_config` builds an equal layer, without its weights. A subclass with arguments adds them."""
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable, "dtype": serialized_policy(self.dtype_policy)}
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        if type(self).get_config is Layer.get_config and not type(self)._declared_arguments and type(self).__init__ is not Layer.__init__:
            return self._automatic_config(config)
        return config | super().get_config()

    def _automatic_config(self, base: dict[str, Any]) -> dict[str, Any]:
        """The arguments of a subclass without `get_config`, if they are plain values."""
        args, kwargs = self._config_arguments
        parameters = inspect.signature(type(self).__init__).parameters
        names = [name for name in parameters if name not in ("self", "args", "kwargs")]
        takes_more = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values())
        given = dict(zip(names, args, strict=False)) | kwargs
        for name, value in given.items():
            if not isinstance(value, (str, int, float, bool, type(None), list, tuple, dict)):
                raise StateError(
                    f"argument {name}={value!r} of {type(self).__name__}",
                    "a get_config method, because this argument is not a plain value",
                    f"write get_config(self) returning {{**super().get_config(), {name!r}: ...}}",
                    where=f"layer '{self.name}'.get_config",
                )
        return {key: value for key, value in base.items() if takes_more or key in names} | given

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        try:
            return cls(**config)
        except TypeError as error:
            if isinstance(error, ArgumentTypeError):
                raise
            raise ArgumentError(
                f"config keys {sorted(config)}: {error}",
                f"the arguments of {cls.__name__}{inspect.signature(cls.__init__)}",
                "make get_config return the arguments of __init__",
                where=f"{cls.__name__}.from_config",
            ) from error

    # ---- the layer in a Functional model

    def _first_call(self, what: str) -> Call:
        if not self._inbound_calls:
            raise NotYetKnownError(
                "a layer that is connected 0 times",
                "a layer that was called on a symbolic input",
                "call it on a keras.Input first",
                where=f"layer '{self.name}'.{what}",
            )
        return self._inbound_calls[0]

    @property
    def input(self) -> Any:
        """The symbolic input of its call in a model; of the first one, if there are several."""
        inputs = self._first_call("input").inputs
        return inputs[0] if len(inputs) == 1 else inputs

    @property
    def output(self) -> Any:
        """The symbolic output of its call in a model; of the first one, if there are several."""
        return self._first_call("output").outputs

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}{self._described()}>"

    def _described(self) -> str:
        """A description of the size of a model: the number of its layers and parameters."""
        layers = getattr(self, "layers", None)
        if not isinstance(layers, list):
            return ""
        count = f", {len(layers)} layer{'' if len(layers) == 1 else 's'}"
        return f"{count}, {sum(w.size for w in self.weights):,} parameters" if self.built else count


def _summable(x: Tensor) -> Tensor:
    """Weights or outputs for a regularizer: 16-bit floats become float32, since a penalty is a sum over all entries."""
    return ops.cast(x, dtypes.accumulator(spec_of(x).dtype))
