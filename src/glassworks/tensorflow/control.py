"""Functions about functions: conditions and loops, custom gradients, calls of Python, printing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import IO, TypeVar

import numpy as np

from glassworks import ops, tree
from glassworks.graph import Symbolic, active_trace
from glassworks.typing import ArrayLike, Structure, Tensor

F = TypeVar("F", bound=Callable[..., object])


def cond(pred: ArrayLike, true_fn: Callable[[], Structure], false_fn: Callable[[], Structure], name: str | None = None) -> Structure:
    """The result of one of two functions.

    >>> float(cond(True, lambda: ops.array(1.0), lambda: ops.array(2.0)))
    1.0
    """
    return ops.cond(pred, true_fn, false_fn)


def while_loop(
    cond: Callable[..., ArrayLike],
    body: Callable[..., Structure],
    loop_vars: Sequence[Structure],
    shape_invariants: object = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    maximum_iterations: int | None = None,
    name: str | None = None,
) -> Structure:
    """Call `body` on the state as long as `cond` holds; the last state.

    >>> [int(x) for x in while_loop(lambda i, total: i < 4, lambda i, total: (i + 1, total + i), (0, 0))]
    [4, 6]
    """
    return ops.while_loop(cond, body, loop_vars, maximum_iterations)


def switch_case(
    branch_index: ArrayLike, branch_fns: Sequence[Callable[[], Structure]], default: Callable[[], Structure] | None = None, name: str = ""
) -> Structure:
    """The result of the function with this number; of the last one for other numbers.

    >>> float(switch_case(1, [lambda: ops.array(5.0), lambda: ops.array(6.0)]))
    6.0
    """
    branches = list(branch_fns)
    if default is None:
        return ops.switch(branch_index, branches)
    inside = ops.logical_and(ops.greater_equal(branch_index, 0), ops.less(branch_index, len(branches)))
    return ops.switch(ops.where(inside, branch_index, len(branches)), [*branches, default])


def map_fn(
    fn: Callable[..., Structure], elems: Structure, dtype: object = None, fn_output_signature: object = None, **options: object
) -> Structure:
    """The results of a function for each entry along the first axis.

    >>> map_fn(lambda x: x * x, ops.array([1.0, 2.0])).numpy()
    array([1., 4.], dtype=float32)
    """
    return ops.map(fn, elems)


def vectorized_map(fn: Callable[..., Structure], elems: Structure, fallback_to_while_loop: bool = True, warn: bool = True) -> Structure:
    """See `map_fn`.

    >>> vectorized_map(lambda x: x * x, ops.array([1.0, 2.0])).numpy()
    array([1., 4.], dtype=float32)
    """
    return ops.vectorized_map(fn, elems)


def scan(fn: Callable[..., Structure], elems: Structure, initializer: Structure = None, reverse: bool = False, name: str = "") -> Structure:
    """The states of a function that is called with the last state and each entry along the first axis.

    >>> scan(lambda total, x: total + x, ops.array([1, 2, 3])).numpy()
    array([1, 3, 6], dtype=int32)
    """

    def step(state: Structure, entry: Structure) -> tuple[Structure, Structure]:
        after = fn(state, entry)
        return after, after

    if initializer is not None:
        return ops.scan(step, initializer, elems, reverse=reverse)[1]
    first = tree.map_structure(lambda leaf: leaf[-1 if reverse else 0], elems)
    others = tree.map_structure(lambda leaf: leaf[:-1] if reverse else leaf[1:], elems)
    states = ops.scan(step, first, others, reverse=reverse)[1]

    def joined(start: Tensor, rest: Tensor) -> Tensor:
        parts = [rest, ops.expand_dims(start, 0)] if reverse else [ops.expand_dims(start, 0), rest]
        return ops.concatenate(parts, 0)

    return tree.map_structure(joined, first, states)


def py_function(func: Callable[..., Structure], inp: Sequence[Structure], Tout: object, name: str | None = None) -> Structure:
    """The result of a Python function of tensors, such as one that reads a file in `Dataset.map`.

    >>> float(py_function(lambda x: x + 1, [ops.array(1.0)], "float32"))
    2.0
    """
    result = func(*inp)
    return _as_given(result, Tout)


def numpy_function(func: Callable[..., Structure], inp: Sequence[Structure], Tout: object, name: str | None = None) -> Structure:
    """The result of a Python function of NumPy arrays.

    >>> float(numpy_function(np.cbrt, [ops.array(8.0)], "float32"))
    2.0
    """
    return _as_given(func(*(np.asarray(x) if isinstance(x, np.ndarray) else x for x in inp)), Tout)


def _as_given(result: Structure, dtypes: object) -> Structure:
    if isinstance(dtypes, (list, tuple)):
        parts = result if isinstance(result, (list, tuple)) else [result]
        return [_as_given(part, dtype) for part, dtype in zip(parts, dtypes, strict=True)]
    is_text = dtypes == "string" or isinstance(result, (str, bytes))
    return result if is_text or dtypes is None or result is None else ops.convert_to_tensor(result, dtypes)  # type: ignore[arg-type]


def custom_gradient(f: F) -> F:
    """Decorate a function that returns its result and the function of its gradient; see `ops.custom_gradient`.

    >>> from glassworks import grad
    >>> @custom_gradient
    ... def doubled_slope(x):
    ...     return x * x, lambda upstream: upstream * 4.0 * x
    >>> float(grad(doubled_slope)(3.0))
    12.0
    """
    return ops.custom_gradient(f)  # type: ignore[return-value] # the arguments stay the same


def no_op(*_args: object, name: str | None = None) -> None:
    """Do nothing.

    >>> no_op()
    """


def print(*inputs: object, output_stream: IO[str] | str | None = None, summarize: int = 3, sep: str = " ", end: str = "\n") -> None:
    """Print values; in a function that is traced their shapes and dtypes are printed, once.

    >>> print("x =", ops.array([1, 2]), output_stream=sys.stdout)
    x = [1 2]
    """
    file = sys.stdout if output_stream in ("stdout", sys.stdout) else output_stream if hasattr(output_stream, "write") else sys.stderr
    texts = (f"{x!r}" if isinstance(x, Symbolic) else f"{x.numpy() if hasattr(x, 'numpy') else x}" for x in inputs)
    file.write(sep.join(texts) + end)  # type: ignore[union-attr] # a stream


def is_symbolic_tensor(tensor: object) -> bool:
    """Whether a tensor has no numbers yet.

    >>> is_symbolic_tensor(ops.ones(1))
    False
    """
    return isinstance(tensor, Symbolic)


def executing_eagerly() -> bool:
    """Whether calls compute at once: true but within a function that is being traced.

    >>> executing_eagerly()
    True
    """
    return active_trace() is None
