"""`EinsumDense`: a dense layer over any axes, written as an einsum equation."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from typing import Any, NamedTuple

from glassworks import initializers, ops
from glassworks.arguments import Instance, OneOf, Optional
from glassworks.errors import ArgumentError, ShapeError
from glassworks.layers.arguments import ACTIVATION, REGULARIZER, WEIGHT, keep_weight, make_weight
from glassworks.layers.input_spec import InputSpec
from glassworks.layers.low_rank import LowRank, merged
from glassworks.typing import Activation, Constraint, Initializer, Regularizer, Tensor

_FORM = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")


class _Sizes(Instance):
    """Sizes, converted to a tuple."""

    def convert(self, value: int | Sequence[int | None]) -> tuple[int | None, ...]:
        return tuple(value) if isinstance(value, Sequence) else (value,)


class EinsumDense(LowRank):
    """`activation(einsum(equation, inputs, kernel) + bias)`.

    Args:
        equation: Letters for the axes of inputs, kernel and outputs, such as `"abc,cd->abd"`; `...` for further axes
            at the front or at the end of inputs and outputs.
        output_shape: The output's sizes without the batch (with `...` at the front: of the axes that have letters);
            None where the size is that of the input.
        activation: A name or function; None for none.
        bias_axes: The letters of output axes along which the bias varies; None for no bias.
        kernel_initializer, bias_initializer: The initial values.
        kernel_regularizer, bias_regularizer: Penalties added to the loss.
        kernel_constraint, bias_constraint: Constraints applied after every update.
        lora_rank: If set, the kernel is frozen, and a product of two matrices with this inner size is trained; see `enable_lora`.
        lora_alpha: The product is multiplied by `lora_alpha / lora_rank`; by default by 1.

    >>> import numpy as np
    >>> from glassworks import layers
    >>> layers.EinsumDense("abc,cd->abd", output_shape=(None, 64), bias_axes="d")(np.zeros((2, 32, 128))).shape
    (2, 32, 64)
    """

    equation = Instance(str, "a string such as 'abc,cd->abd'")
    output_shape = _Sizes((int, list, tuple), "an integer, or a tuple of sizes without the batch; None for sizes of the input")
    activation = ACTIVATION
    bias_axes = Optional(Instance(str, "a string of axes of the output, such as 'd'"))
    kernel_initializer, kernel_regularizer, kernel_constraint = WEIGHT
    bias_initializer, bias_regularizer, bias_constraint = WEIGHT
    activity_regularizer = REGULARIZER
    # Arguments of Keras that have only their default here.
    gptq_unpacked_column_size = OneOf(None).unsaved()
    quantization_config = OneOf(None)
    kernel = merged()

    def __init__(
        self,
        equation: str,
        output_shape: Any,
        activation: Activation = None,
        bias_axes: str | None = None,
        kernel_initializer: Initializer = "glorot_uniform",
        bias_initializer: Initializer = "zeros",
        kernel_regularizer: Regularizer = None,
        bias_regularizer: Regularizer = None,
        kernel_constraint: Constraint = None,
        bias_constraint: Constraint = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        gptq_unpacked_column_size: int | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(lora_rank=lora_rank, lora_alpha=lora_alpha, **kwargs)
        self._keep_arguments(equation=equation, output_shape=output_shape, activation=activation, bias_axes=bias_axes)
        keep_weight(self, "kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        keep_weight(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        self._keep_arguments(gptq_unpacked_column_size=gptq_unpacked_column_size, quantization_config=quantization_config)

    @property
    def partial_output_shape(self) -> tuple[int | None, ...]:
        """The output's sizes without the batch, by Keras's name."""
        return self.output_shape

    def build(self, input_shape: tuple) -> None:
        """Create the kernel and the bias, of the sizes in the equation."""
        plan = self._plan(input_shape)
        initializer = self.kernel_initializer
        if isinstance(initializer, initializers.VarianceScaling) and None in (initializer.input_axes, initializer.output_axes):
            axes = {"input_axes": plan.input_axes, "output_axes": plan.output_axes}
            initializer = type(initializer).from_config({**initializer.get_config(), **axes, "seed": initializer.seed})
        self.kernel = make_weight(self, "kernel", plan.kernel_shape, initializer=initializer)
        self.bias = None if plan.bias_shape is None else make_weight(self, "bias", plan.bias_shape)
        self.input_spec = InputSpec(ndim=len(input_shape))
        self._build_lora()

    def call(self, inputs: Tensor) -> Tensor:
        outputs = ops.einsum(self._plan(tuple(inputs.shape)).equation, inputs, self.kernel)
        if self.bias is not None:
            outputs = outputs + self.bias
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return self._plan(input_shape).output_shape

    def _plan(self, input_shape: tuple) -> _Plan:
        return _plan(self.equation, tuple(input_shape), self.output_shape, self.bias_axes)


class _Plan(NamedTuple):
    """The sizes and letters derived from the equation and the input's shape."""

    equation: str
    kernel_shape: tuple[int, ...]
    bias_shape: tuple[int, ...] | None
    output_shape: tuple[int | None, ...]
    input_axes: list[int]
    output_axes: list[int]


def _plan(equation: str, input_shape: tuple, output_shape: tuple, bias_axes: str | None) -> _Plan:
    """Assign a letter to every axis and a size to every letter, and derive the shapes."""
    found = _FORM.fullmatch(equation.replace(" ", ""))
    if not found or bool(found[1]) != bool(found[5]) or bool(found[3]) != bool(found[7]) or (found[1] and found[3]):
        forms = "the form 'x,y->z', '...x,y->...z' or 'x...,y->z...', with letters for x, y and z"
        raise ArgumentError(f"equation={equation!r}", forms, "name each axis by a letter")
    front, kernel, last = bool(found[1]), found[4], bool(found[3])
    extra = len(input_shape) - len(found[2])
    if extra < 0 or (extra and not (front or last)):
        raise ShapeError(f"inputs of shape {input_shape} for equation {equation!r}", f"{len(found[2])} axes", "use ... for further axes")
    more = "".join(sorted(set(string.ascii_letters) - set(equation))[:extra])
    inputs, outputs = (more + found[2], more + found[6]) if front else (found[2] + more, found[6] + more)
    sizes = dict(zip(inputs, input_shape, strict=True))
    _add_output_sizes(sizes, found[6] if front else found[6][1:], output_shape, equation)
    for letter in outputs + kernel:
        if letter not in sizes or (letter in outputs and letter not in inputs + kernel):
            raise ArgumentError(
                f"axis {letter!r} of equation={equation!r}",
                "letters of the kernel that are in inputs or outputs, and of the outputs that are in inputs or kernel",
                "fix the equation",
            )
    bias_shape = None
    if bias_axes is not None:
        wrong = set(bias_axes) - set(found[6])
        if wrong or not bias_axes:
            raise ArgumentError(f"bias_axes={bias_axes!r}", f"letters of the outputs, {found[6]!r}", "name output axes")
        first = min(found[6].index(letter) for letter in bias_axes)
        bias_shape = tuple(sizes[letter] if letter in bias_axes else 1 for letter in found[6][first:]) + (1,) * (extra if last else 0)
    return _Plan(
        f"{inputs},{kernel}->{outputs}",
        tuple(sizes[letter] for letter in kernel),
        bias_shape,
        tuple(sizes[letter] for letter in outputs),
        [axis for axis, letter in enumerate(kernel) if letter not in outputs],
        [axis for axis, letter in enumerate(kernel) if letter in outputs],
    )


def _add_output_sizes(sizes: dict[str, Any], letters: str, output_shape: tuple, equation: str) -> None:
    if len(letters) != len(output_shape):
        wanted = f"{len(letters)} sizes, for the axes {letters!r}"
        raise ShapeError(f"output_shape={output_shape} for equation {equation!r}", wanted, "leave out the batch")
    for letter, size in zip(letters, output_shape, strict=True):
        if size is not None and sizes.get(letter) not in (size, None):
            raise ShapeError(
                f"size {sizes[letter]} of axis {letter!r} in the inputs, {size} in output_shape={output_shape}",
                "equal sizes",
                "use None in output_shape, which takes the input's size",
            )
        sizes[letter] = size if size is not None else sizes.get(letter)
