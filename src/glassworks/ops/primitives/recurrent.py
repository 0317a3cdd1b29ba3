"""Whole sequences through a recurrent cell in one primitive: LSTM and GRU with tanh and sigmoid, and the ways back.

Arrays are `(batch, time, ...)`. The projections of the inputs are made outside, by one matrix product over all steps; here
is what cannot be done for all steps at once. Likewise the gradient of the recurrent kernel is one product outside.

`reverse` walks the time axis from its end; results stand at the step they belong to either way. `mask`, where given, is
`(batch, time)` of booleans: a step where it is False leaves the state as it was, and has no gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassworks import dtypes
from glassworks.errors import DTypeError, ShapeError
from glassworks.graph import Primitive, Spec, apply, spec_of
from glassworks.ops.primitives.compare import where
from glassworks.ops.primitives.elementwise import sigmoid, tanh
from glassworks.ops.primitives.fused import FusedGradient, differentiate_twice
from glassworks.ops.primitives.joining import concatenate, take_slices
from glassworks.ops.primitives.matmul import matmul
from glassworks.ops.primitives.reduce import reduce_sum
from glassworks.ops.primitives.shape import reshape
from glassworks.ops.primitives.shapes import same_dtype
from glassworks.typing import Namespace, Tensor


class LstmSequence(Primitive):
    """A long short-term memory over all steps (Hochreiter and Schmidhuber, 1997; with forget gates, Gers et al., 2000).

    With `i, f, g, o` the four parts of `gates + previous_hidden @ kernel`, through sigmoid, sigmoid, tanh, sigmoid:
    `cell = f * previous_cell + i * g` and `hidden = o * tanh(cell)`.

    Inputs: gates `(b, t, 4u)`, the projected inputs with their bias; kernel `(u, 4u)`; hidden and cell `(b, u)`, the first
    states; mask `(b, t)`, optional.

    Outputs: hidden states and cell states `(b, t, u)`; activated gates `(b, t, 4u)`, saved for the gradient alone: nothing
    flows back through them.

    Attributes: reverse.
    """

    def infer(self, gates: Spec, kernel: Spec, hidden: Spec, cell: Spec, mask: Spec | None = None, *, reverse: bool) -> tuple[Spec, ...]:
        _check(self.name, 4, gates, kernel, (hidden, cell), mask)
        states = Spec((*gates.shape[:2], kernel.shape[0]), gates.dtype)
        return states, states, gates

    def forward(
        self,
        xp: Namespace,
        gates: np.ndarray,
        kernel: np.ndarray,
        hidden: np.ndarray,
        cell: np.ndarray,
        mask: np.ndarray | None = None,
        *,
        reverse: bool,
    ) -> tuple[np.ndarray, ...]:
        steps = []
        for step in _order(gates.shape[1], reverse):
            inputs, forget, candidate, output = xp.split(gates[:, step] + matmul.forward(xp, hidden, kernel), 4, axis=-1)
            inputs, forget, output = (sigmoid.forward(xp, gate) for gate in (inputs, forget, output))
            candidate = xp.tanh(candidate)
            new_cell = forget * cell + inputs * candidate
            hidden, cell = _where_unmasked(xp.where, mask, step, (output * xp.tanh(new_cell), new_cell), (hidden, cell))
            steps.append((hidden, cell, xp.concatenate([inputs, forget, candidate, output], axis=-1)))
        units = kernel.shape[0]
        return _stacked(xp, steps, reverse, gates, (units, units, 4 * units))

    def vjp(
        self, gradient: Sequence[Tensor], inputs: Sequence[Tensor], output: Sequence[Tensor], *, reverse: bool
    ) -> Sequence[Tensor | None]:
        gates, kernel, hidden, cell, *mask = inputs
        hiddens, cells, activated = output
        d_gates, d_hidden, d_cell = apply(
            lstm_gradient, *gradient[:2], gates, kernel, hidden, cell, cells, activated, *mask, reverse=reverse
        )
        return d_gates, _kernel_gradient(hidden, hiddens, d_gates, reverse), d_hidden, d_cell, *[None] * len(mask)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        # A multiplication and an addition per weight and step; five exponentials of some ten operations per unit.
        return outputs[2].size * 2 * inputs[1].shape[0] + 60 * outputs[0].size


class LstmGradient(FusedGradient):
    """The gradients of an `LstmSequence`, but that of its kernel.

    Inputs: the gradients of the hidden and of the cell states `(b, t, u)`; gates, kernel, hidden and cell as the sequence had
    them; the cell states and activated gates that it gave; its mask, if it had one. The numbers of `gates` and `hidden` are
    not read: they are inputs for the sake of second derivatives.

    Outputs: the gradients of the gates `(b, t, 4u)`, and of the first hidden and cell state `(b, u)`.

    Attributes: reverse.
    """

    def infer(
        self,
        d_hiddens: Spec,
        d_cells: Spec,
        gates: Spec,
        kernel: Spec,
        hidden: Spec,
        cell: Spec,
        cells: Spec,
        activated: Spec,
        mask: Spec | None = None,
        *,
        reverse: bool,
    ) -> tuple[Spec, ...]:
        return gates, hidden, cell

    def forward(
        self,
        xp: Namespace,
        d_hiddens: np.ndarray,
        d_cells: np.ndarray,
        gates: np.ndarray,
        kernel: np.ndarray,
        hidden: np.ndarray,
        cell: np.ndarray,
        cells: np.ndarray,
        activated: np.ndarray,
        mask: np.ndarray | None = None,
        *,
        reverse: bool,
    ) -> tuple[np.ndarray, ...]:
        d_hidden, d_cell = xp.zeros_like(hidden), xp.zeros_like(cell)
        transposed, found = kernel.T, []
        for step, before in _order_back(gates.shape[1], reverse):
            inputs, forget, candidate, output = xp.split(activated[:, step], 4, axis=-1)
            squashed = xp.tanh(cells[:, step])
            previous = cell if before is None else cells[:, before]
            arriving, into_cell = d_hiddens[:, step] + d_hidden, d_cells[:, step] + d_cell
            through = into_cell + arriving * output * (1 - squashed * squashed)
            parts = [
                through * candidate * inputs * (1 - inputs),
                through * previous * forget * (1 - forget),
                through * inputs * (1 - candidate * candidate),
                arriving * squashed * output * (1 - output),
            ]
            d_gates = _only_unmasked(xp, mask, step, xp.concatenate(parts, axis=-1))
            earlier = (matmul.forward(xp, d_gates, transposed), through * forget)
            d_hidden, d_cell = _where_unmasked(xp.where, mask, step, earlier, (arriving, into_cell))
            found.append((d_gates,))
        return *_stacked(xp, found, not reverse, gates, (gates.shape[-1],)), d_hidden, d_cell

    def vjp(
        self, gradient: Sequence[Tensor], inputs: Sequence[Tensor], output: Sequence[Tensor], **attributes: Any
    ) -> Sequence[Tensor | None]:
        mask = inputs[8:]

        def hidden_and_cells(*own: Tensor) -> tuple[Tensor, Tensor]:
            return composed_lstm(*own, *mask, **attributes)

        seeds = (gradient[0], None, gradient[1], gradient[2])
        found = differentiate_twice(hidden_and_cells, inputs[:2], inputs[2:6], seeds)
        return (*found, None, None, *[None] * len(mask))

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return outputs[0].size * 2 * inputs[3].shape[0] + 40 * inputs[0].size


class GruSequence(Primitive):
    """A gated recurrent unit over all steps (Cho et al., 2014), the reset gate applied after the recurrent product.

    With `x` the gates given and `s = previous_hidden @ kernel + recurrent_bias`, both in three parts: `z = sigmoid(x_z + s_z)`,
    `r = sigmoid(x_r + s_r)`, `g = tanh(x_g + r * s_g)` and `hidden = z * previous_hidden + (1 - z) * g`.

    Inputs: gates `(b, t, 3u)`, the projected inputs with their bias; kernel `(u, 3u)`; recurrent_bias `(3u,)`; hidden `(b, u)`,
    the first state; mask `(b, t)`, optional.

    Outputs: hidden states `(b, t, u)`; and, saved for the gradient alone, the activated gates `(b, t, 3u)` and `s_g` `(b, t, u)`.

    Attributes: reverse.
    """

    def infer(
        self, gates: Spec, kernel: Spec, recurrent_bias: Spec, hidden: Spec, mask: Spec | None = None, *, reverse: bool
    ) -> tuple[Spec, ...]:
        _check(self.name, 3, gates, kernel, (hidden,), mask)
        if recurrent_bias.shape != kernel.shape[1:]:
            raise ShapeError(f"a recurrent bias of shape {tuple(recurrent_bias.shape)}", f"shape {tuple(kernel.shape[1:])}")
        states = Spec((*gates.shape[:2], kernel.shape[0]), gates.dtype)
        return states, gates, states

    def forward(
        self,
        xp: Namespace,
        gates: np.ndarray,
        kernel: np.ndarray,
        recurrent_bias: np.ndarray,
        hidden: np.ndarray,
        mask: np.ndarray | None = None,
        *,
        reverse: bool,
    ) -> tuple[np.ndarray, ...]:
        units, steps = kernel.shape[0], []
        for step in _order(gates.shape[1], reverse):
            given, product = gates[:, step], matmul.forward(xp, hidden, kernel) + recurrent_bias
            update, reset = xp.split(sigmoid.forward(xp, given[:, : 2 * units] + product[:, : 2 * units]), 2, axis=-1)
            inner = product[:, 2 * units :]
            candidate = xp.tanh(given[:, 2 * units :] + reset * inner)
            (hidden,) = _where_unmasked(xp.where, mask, step, (update * hidden + (1 - update) * candidate,), (hidden,))
            steps.append((hidden, xp.concatenate([update, reset, candidate], axis=-1), inner))
        return _stacked(xp, steps, reverse, gates, (units, 3 * units, units))

    def vjp(
        self, gradient: Sequence[Tensor], inputs: Sequence[Tensor], output: Sequence[Tensor], *, reverse: bool
    ) -> Sequence[Tensor | None]:
        gates, kernel, recurrent_bias, hidden, *mask = inputs
        d_gates, d_product, d_hidden = apply(
            gru_gradient, gradient[0], gates, kernel, recurrent_bias, hidden, *output, *mask, reverse=reverse
        )
        d_kernel = _kernel_gradient(hidden, output[0], d_product, reverse)
        d_bias = apply(reduce_sum, d_product, axes=(0, 1), keepdims=False)
        return d_gates, d_kernel, d_bias, d_hidden, *[None] * len(mask)

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return outputs[1].size * 2 * inputs[1].shape[0] + 45 * outputs[0].size


class GruGradient(FusedGradient):
    """The gradients of a `GruSequence`, but those of its kernel and recurrent bias.

    Inputs: the gradient of the hidden states `(b, t, u)`; gates, kernel, recurrent_bias and hidden as the sequence had them; the
    hidden states, activated gates and `s_g` that it gave; its mask, if it had one. The numbers of `gates` and `recurrent_bias`
    are not read: they are inputs for the sake of second derivatives.

    Outputs: the gradients of the gates `(b, t, 3u)`, of the recurrent products `previous_hidden @ kernel + recurrent_bias`
    `(b, t, 3u)`, and of the first hidden state `(b, u)`.

    Attributes: reverse.
    """

    def infer(
        self,
        d_hiddens: Spec,
        gates: Spec,
        kernel: Spec,
        recurrent_bias: Spec,
        hidden: Spec,
        hiddens: Spec,
        activated: Spec,
        inner: Spec,
        mask: Spec | None = None,
        *,
        reverse: bool,
    ) -> tuple[Spec, ...]:
        return gates, gates, hidden

    def forward(
        self,
        xp: Namespace,
        d_hiddens: np.ndarray,
        gates: np.ndarray,
        kernel: np.ndarray,
        recurrent_bias: np.ndarray,
        hidden: np.ndarray,
        hiddens: np.ndarray,
        activated: np.ndarray,
        inner: np.ndarray,
        mask: np.ndarray | None = None,
        *,
        reverse: bool,
    ) -> tuple[np.ndarray, ...]:
        d_hidden, transposed, found = xp.zeros_like(hidden), kernel.T, []
        for step, before in _order_back(gates.shape[1], reverse):
            update, reset, candidate = xp.split(activated[:, step], 3, axis=-1)
            previous = hidden if before is None else hiddens[:, before]
            arriving = d_hiddens[:, step] + d_hidden
            d_candidate = arriving * (1 - update) * (1 - candidate * candidate)
            d_update = arriving * (previous - candidate) * update * (1 - update)
            d_reset = d_candidate * inner[:, step] * reset * (1 - reset)
            d_gates = _only_unmasked(xp, mask, step, xp.concatenate([d_update, d_reset, d_candidate], axis=-1))
            d_product = _only_unmasked(xp, mask, step, xp.concatenate([d_update, d_reset, d_candidate * reset], axis=-1))
            earlier = arriving * update + matmul.forward(xp, d_product, transposed)
            (d_hidden,) = _where_unmasked(xp.where, mask, step, (earlier,), (arriving,))
            found.append((d_gates, d_product))
        width = gates.shape[-1]
        return *_stacked(xp, found, not reverse, gates, (width, width)), d_hidden

    def vjp(
        self, gradient: Sequence[Tensor], inputs: Sequence[Tensor], output: Sequence[Tensor], **attributes: Any
    ) -> Sequence[Tensor | None]:
        mask = inputs[8:]

        def hiddens(gates: Tensor, kernel: Tensor, recurrent_bias: Tensor, hidden: Tensor, shift: Tensor) -> tuple[Tensor]:
            return composed_gru(gates, kernel, recurrent_bias, hidden, *mask, shift=shift, **attributes)

        # The gradient of the products is that of zeros which are added to them.
        shift = apply(where, np.False_, inputs[1], np.zeros((), dtypes.numpy_dtype(spec_of(inputs[1]).dtype)))
        seeds = (gradient[0], None, None, gradient[2], gradient[1])
        found = differentiate_twice(hiddens, inputs[:1], [*inputs[1:5], shift], seeds)
        return (*found[:-1], *[None] * (3 + len(mask)))

    def flops(self, inputs: Sequence[Spec], outputs: Sequence[Spec], **attributes: Any) -> int:
        return outputs[0].size * 2 * inputs[2].shape[0] + 35 * inputs[0].size


def composed_lstm(
    gates: Tensor, kernel: Tensor, hidden: Tensor, cell: Tensor, mask: Tensor | None = None, *, reverse: bool
) -> tuple[Tensor, Tensor]:
    """The hidden and cell states of an `LstmSequence`, by plain ops."""
    units, found = spec_of(kernel).shape[0], []
    for step in _order(spec_of(gates).shape[1], reverse):
        total = _step(gates, step) + apply(matmul, hidden, kernel)
        inputs, forget, output = (apply(sigmoid, _part(total, number, units)) for number in (0, 1, 3))
        new_cell = forget * cell + inputs * apply(tanh, _part(total, 2, units))
        hidden, cell = _values_where_unmasked(mask, step, (output * apply(tanh, new_cell), new_cell), (hidden, cell))
        found.append((hidden, cell))
    hiddens, cells = zip(*(reversed(found) if reverse else found), strict=True)
    return _joined(hiddens), _joined(cells)


def composed_gru(
    gates: Tensor, kernel: Tensor, recurrent_bias: Tensor, hidden: Tensor, mask: Tensor | None = None, *, shift: Tensor, reverse: bool
) -> tuple[Tensor]:
    """The hidden states of a `GruSequence`, by plain ops; `shift` is added to the recurrent products."""
    units, found = spec_of(kernel).shape[0], []
    for step in _order(spec_of(gates).shape[1], reverse):
        given, product = _step(gates, step), apply(matmul, hidden, kernel) + recurrent_bias + _step(shift, step)
        update, reset = (apply(sigmoid, _part(given, number, units) + _part(product, number, units)) for number in (0, 1))
        candidate = apply(tanh, _part(given, 2, units) + reset * _part(product, 2, units))
        (hidden,) = _values_where_unmasked(mask, step, (update * hidden + (1.0 - update) * candidate,), (hidden,))
        found.append(hidden)
    return (_joined(list(reversed(found)) if reverse else found),)


def _check(name: str, parts: int, gates: Spec, kernel: Spec, states: Sequence[Spec], mask: Spec | None) -> None:
    same_dtype(name, gates, kernel, *states)
    units = kernel.shape[0] if kernel.shape else 0
    shapes = ", ".join(str(tuple(spec.shape)) for spec in (gates, kernel, *states))
    if kernel.shape != (units, parts * units) or len(gates.shape) != 3 or gates.shape[2] != parts * units:
        raise ShapeError(
            f"gates and kernel of shapes {tuple(gates.shape)} and {tuple(kernel.shape)}",
            f"(batch, time, {parts} * units) and (units, {parts} * units)",
            "project the inputs first",
        )
    if any(state.shape != (gates.shape[0], units) for state in states):
        raise ShapeError(f"{name} of shapes {shapes}", f"states of shape {(gates.shape[0], units)}", "one state per sample of the batch")
    if mask is not None and mask.shape != gates.shape[:2]:
        raise ShapeError(f"a mask of shape {tuple(mask.shape)}", f"one boolean per step: {tuple(gates.shape[:2])}")
    if mask is not None and mask.dtype != "bool":
        raise DTypeError(f"a mask of {mask.dtype}", "booleans", 'cast it: ops.cast(mask, "bool")')


def _order(steps: int, reverse: bool) -> range:
    """The steps in the order of the walk."""
    return range(steps - 1, -1, -1) if reverse else range(steps)


def _order_back(steps: int, reverse: bool) -> list[tuple[int, int | None]]:
    """Each step with the one that the walk visited before it, from the walk's end."""
    order = list(_order(steps, reverse))
    return list(zip(order, [None, *order], strict=False))[::-1]


def _where_unmasked(choose: Callable, mask: np.ndarray | None, step: int, new: tuple, old: tuple) -> tuple:
    """The new states, or the old ones where the step is masked."""
    if mask is None:
        return new
    real = mask[:, step, None]
    return tuple(choose(real, a, b) for a, b in zip(new, old, strict=True))


def _only_unmasked(xp: Namespace, mask: np.ndarray | None, step: int, x: np.ndarray) -> np.ndarray:
    """x, with zeros where the step is masked."""
    return x if mask is None else xp.where(mask[:, step, None], x, xp.zeros((), x.dtype))


def _stacked(xp: Namespace, steps: list[tuple], reverse: bool, like: np.ndarray, widths: tuple[int, ...]) -> tuple:
    """Results of the steps, in the order of the walk, along the time axis."""
    if not steps:
        return tuple(xp.zeros((like.shape[0], 0, width), like.dtype) for width in widths)
    return tuple(xp.stack(results[::-1] if reverse else results, axis=1) for results in zip(*steps, strict=True))


def _kernel_gradient(hidden: Tensor, hiddens: Tensor, d_product: Tensor, reverse: bool) -> Tensor:
    """The gradient of a recurrent kernel: one product over the steps of all samples."""
    batch, steps, units = spec_of(hiddens).shape
    first = apply(reshape, hidden, shape=(batch, 1, units))
    everything = (None, None, 1)
    others = apply(take_slices, hiddens, slices=(everything, (1, None, 1) if reverse else (None, -1, 1), everything))
    previous = apply(concatenate, *([others, first] if reverse else [first, others]), axis=1)
    rows = [apply(reshape, x, shape=(batch * steps, spec_of(x).shape[2])) for x in (previous, d_product)]
    return apply(matmul, *rows, transpose_x=True)


def _step(x: Tensor, step: int) -> Tensor:
    """One step of a sequence, `(batch, features)`."""
    batch, _, features = spec_of(x).shape
    everything = (None, None, 1)
    return apply(reshape, apply(take_slices, x, slices=(everything, (step, step + 1, 1), everything)), shape=(batch, features))


def _part(x: Tensor, number: int, units: int) -> Tensor:
    """One of the gates in a row of them."""
    return apply(take_slices, x, slices=((None, None, 1), (number * units, (number + 1) * units, 1)))


def _values_where_unmasked(mask: Tensor | None, step: int, new: tuple, old: tuple) -> tuple:
    """`_kept` by plain ops."""
    if mask is None:
        return new
    real = apply(take_slices, mask, slices=((None, None, 1), (step, step + 1, 1)))
    return tuple(apply(where, real, a, b) for a, b in zip(new, old, strict=True))


def _joined(steps: Sequence[Any]) -> Tensor:
    """Arrays of single steps as one sequence."""
    batch, units = spec_of(steps[0]).shape
    return apply(concatenate, *(apply(reshape, x, shape=(batch, 1, units)) for x in steps), axis=1)


lstm_sequence, lstm_gradient = LstmSequence(), LstmGradient()
gru_sequence, gru_gradient = GruSequence(), GruGradient()
