"""What building a model from a config may cost, and variables whose initial values are computed when they are first read.

A config of a few hundred bytes can ask for a layer of terabytes, or for a million steps of a recurrent layer. So while a model is built from
one, its variables take no memory yet, and their sizes, all computations and the sizes of their results are counted here before anything
is allocated.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING

from glassworks import registry
from glassworks.context import context
from glassworks.errors import ArgumentError, MemoryShortageError
from glassworks.graph.spec import Shape, Spec
from glassworks.memory import free_bytes, in_words, require

if TYPE_CHECKING:
    from glassworks.graph.variable import Variable


# Objects, layer calls and ops: a model of 1,000 layers within another model needs 27,000, which take a second.
MOST_STEPS = 80_000
# The bytes of constants that layers compute while they are built.
MOST_CONSTANTS = 256 << 20
# The bytes of variables without a file that holds them, and of any value that a model computes.
MOST_BYTES = 4 << 30


def bounded() -> AbstractContextManager[object]:
    """A `with` block in which a model is built from a config: a `Deferral`, unless there is one already or a live object is copied.

    >>> with bounded(), bounded():
    ...     pass
    """
    return nullcontext() if context.deferral is not None or registry.are_live() else Deferral()


def expect(shape: Shape, dtype: str = "float32") -> None:
    """Count an array that is about to be computed outside of ops, where a few numbers of a config decide its size.

    Raises:
        MemoryShortageError: It is larger than the constants of a config may be, or than the memory that is free.

    >>> expect((3, 4))
    """
    spec = Spec(shape, dtype)
    if context.deferral is not None:
        context.deferral.constants([spec])
    else:
        require(spec.bytes, f"an array of shape {shape}", "check the sizes")


def expect_steps(count: int) -> None:
    """Count computations ahead, where a number of a config decides how many there will be.

    Raises:
        ArgumentError: There are too many for a config.

    >>> expect_steps(10**9)
    """
    if context.deferral is not None:
        context.deferral.step(count=count)


class Deferral:
    """A `with` block in which new variables take no memory until they are assigned or read, and in which all work is bounded.

    Variables that were neither assigned nor read at the end of the block get their initial values then.

    Args:
        budget: The bytes that all variables created in the block may take together; by default half of the memory that is free, and at
            most 4 GiB.
        what: What the budget follows from, for the error.

    >>> from glassworks.graph import Variable
    >>> with Deferral(budget=1000, what="the file"):
    ...     variable = Variable(lambda shape, dtype: print("computed"), shape=(2,))
    ...     _ = variable.assign([1.0, 2.0])
    >>> variable.numpy()
    array([1., 2.], dtype=float32)
    """

    def __init__(self, budget: int | None = None, what: str = "what a config may ask for") -> None:
        self._most = min((free_bytes() or MOST_BYTES) // 2, MOST_BYTES)
        self.budget, self.what = self._most if budget is None else budget, what
        self._taken = self._steps = self._constants = 0
        self._variables: list[Variable] = []

    def add(self, variable: Variable) -> None:
        """Count a new variable.

        Raises:
            MemoryShortageError: All variables together would take more than the budget.
        """
        self._taken += variable.spec.bytes
        if self._taken > self.budget:
            raise MemoryShortageError(
                f"variables of {in_words(self._taken)}, the last of them {variable.name!r} of shape {variable.shape}",
                f"at most {in_words(self.budget)}, {self.what}",
                "check the sizes in the config",
            )
        self._variables.append(variable)

    def step(self, results: Iterable[Spec] = (), count: int = 1) -> None:
        """Count an object, a call of a layer, or an op with its results; or several of them.

        Raises:
            ArgumentError: There are too many.
            MemoryShortageError: A result would be too large, whatever the batch.
        """
        self._steps += count
        if self._steps > MOST_STEPS:
            fix = "build the model in code, and load its weights; unroll=False makes a recurrent layer one step"
            raise ArgumentError(f"more than {MOST_STEPS:,} objects and computations", "a config with less work than that", fix)
        for spec in results:
            if spec.bytes > self._most:
                found, expected = f"a result of shape {spec.shape}, {in_words(spec.bytes)}", f"at most {in_words(self._most)}"
                raise MemoryShortageError(found, expected, "check the sizes in the config")

    def constants(self, results: Iterable[Spec]) -> None:
        """Count arrays that are about to be computed.

        Raises:
            ArgumentError: There are too many.
            MemoryShortageError: They would be too large.
        """
        results = list(results)
        self.step(results)
        self._constants += sum(spec.bytes for spec in results)
        if self._constants > MOST_CONSTANTS:
            found, expected = f"constants of {in_words(self._constants)}", f"at most {in_words(MOST_CONSTANTS)}"
            raise MemoryShortageError(found, expected, "check the sizes in the config")

    def __enter__(self) -> Deferral:
        self._outer = context.deferral
        context.deferral = self
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        context.deferral = self._outer
        if kind is None:
            for variable in self._variables:
                variable.peek()
