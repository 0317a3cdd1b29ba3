"""LoRA: a frozen weight with a trained product of two narrow matrices added to it (Hu et al., 2021, Low-Rank Adaptation)."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from glassworks import initializers, ops
from glassworks.arguments import Integer, Number, Optional
from glassworks.errors import NotYetKnownError, StateError
from glassworks.graph import Variable
from glassworks.layers.base import Layer
from glassworks.typing import Initializer, Tensor


class Merged:
    """The weight of a layer with its adaptation added, under the name of the weight.

    It stands in the class. Without LoRA, Python finds the variable in the object first, because this descriptor has no `__set__`.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, layer: LowRank | None, owner: type) -> Merged | Tensor:
        if layer is None:
            return self
        if not layer.lora_enabled:
            fix = f"call {layer.name} on data, or {layer.name}.build(input_shape), first"
            raise NotYetKnownError(f"no {self.name} yet", "a built layer", fix, where=f"layer '{layer.name}'")
        return layer._merged_weight()


def merged() -> Variable:
    """A `Merged` for the class of a layer. Editors see a variable, which it is unless LoRA is enabled."""
    return cast(Variable, Merged())


class LowRank(Layer):
    """The base of layers that have `enable_lora`. A subclass names its weight, and puts a `Merged` in its place."""

    _adapted = "kernel"
    lora_enabled = False
    lora_rank = Optional(Integer(minimum=1)).unsaved()
    lora_alpha = Optional(Number()).unsaved()

    def __init__(self, *args: Any, lora_rank: int | None = None, lora_alpha: float | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._keep_lora(lora_rank, lora_alpha)

    def _keep_lora(self, rank: int | None, alpha: float | None) -> None:
        self._keep_arguments(lora_rank=rank, lora_alpha=rank if alpha is None else alpha)

    def _build_lora(self) -> None:
        """Enable LoRA where the constructor was given a rank. `build` ends with this."""
        if self.lora_rank:
            self.built = True
            self.enable_lora(self.lora_rank, self.lora_alpha)

    def enable_lora(
        self, rank: int, lora_alpha: float | None = None, a_initializer: Initializer = "he_uniform", b_initializer: Initializer = "zeros"
    ) -> None:
        """Freeze the weight, and train a product of two narrow matrices that is added to it. Compile the model again afterwards.

        Args:
            rank: The number of columns of the first matrix, and of rows of the second.
            lora_alpha: The product is multiplied by `lora_alpha / rank`; by default by 1.
            a_initializer, b_initializer: The initial values of the two matrices.

        Raises:
            StateError: The layer is not built, has LoRA already, or has a constraint on the weight.

        >>> from glassworks import layers
        >>> layer = layers.Dense(8)
        >>> layer.build((None, 16))
        >>> layer.enable_lora(2)
        >>> [weight.shape for weight in layer.trainable_weights]
        [(8,), (16, 2), (2, 8)]
        """
        where, name = f"layer '{self.name}'.enable_lora", self._adapted
        if getattr(self, f"{name}_constraint") is not None:
            raise StateError(f"Lora with a constraint on the {name}", "no constraint", f"leave out {name}_constraint", where=where)
        if not self.built:
            fix = "call the layer on data, or build(input_shape), first"
            raise StateError("a layer that isn't yet built", "a built layer", fix, where=where)
        if self.lora_enabled:
            raise StateError(f"lora is already enabled, of rank {self.lora_rank}", "a layer without it", "make a new layer", where=where)
        self._keep_lora(rank, lora_alpha)
        weight: Variable = getattr(self, name)
        regularizer = getattr(self, f"{name}_regularizer")
        for letter, shape, initializer in (
            ("a", (*weight.shape[:-1], rank), a_initializer),
            ("b", (rank, weight.shape[-1]), b_initializer),
        ):
            # float32 also where the weight has 16 bits, in which small changes would be lost.
            matrix = self.add_weight(shape, initializers.get(initializer), "float32", regularizer=regularizer, name=f"lora_{name}_{letter}")
            setattr(self, matrix.name, matrix)
        weight.trainable = False
        setattr(self, f"_{name}", weight)  # Keras's name
        delattr(self, name)
        self.lora_enabled = True

    @property
    def _frozen_weight(self) -> Variable:
        return getattr(self, f"_{self._adapted}")

    def _merged_weight(self) -> Tensor:
        scale = float(self.lora_alpha or 0) / int(self.lora_rank or 1)
        change = ops.matmul(getattr(self, f"lora_{self._adapted}_a"), getattr(self, f"lora_{self._adapted}_b"))
        return ops.cast(ops.add(self._frozen_weight, scale * change), self.compute_dtype)

    # ---- files and configs: as in Keras, a file has the merged weight, so that it can be used without LoRA

    def _stored_variables(self) -> list[Variable]:
        own = super()._stored_variables()
        if not self.lora_enabled:
            return own
        left_out = {id(self._frozen_weight), *map(id, self._lora_matrices())}
        return [self._frozen_weight, *(variable for variable in own if id(variable) not in left_out)]

    def _stored_values(self) -> list[Variable | np.ndarray]:
        if not self.lora_enabled:
            return [*self._stored_variables()]
        weight, *others = self._stored_variables()
        return [ops.convert_to_numpy(self._merged_weight()).astype(weight.numpy().dtype), *others]

    def _zeroed_by_loading(self) -> list[Variable]:
        # The first matrix keeps its values: if both were 0, no gradient would ever change them.
        return self._lora_matrices()[1:]

    def _lora_matrices(self) -> list[Variable]:
        return [getattr(self, f"lora_{self._adapted}_{letter}") for letter in "ab"] if self.lora_enabled else []

    def get_config(self) -> dict[str, Any]:
        lora = {"lora_rank": self.lora_rank, "lora_alpha": self.lora_alpha} if self.lora_rank else {}
        return {**super().get_config(), **lora}
