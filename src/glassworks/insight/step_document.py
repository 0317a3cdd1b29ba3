"""The text of an explained step: its sections, and the numbers beside the lines of code."""

from __future__ import annotations

import inspect
from textwrap import shorten
from typing import Any

import numpy as np

from glassworks import tree
from glassworks.display.document import Document
from glassworks.display.table import Table
from glassworks.graph import Value
from glassworks.insight.backward_lines import backward_lines
from glassworks.insight.cards.card import number, numbers
from glassworks.insight.forward_lines import lines_of
from glassworks.insight.line_rules import identifier
from glassworks.insight.lines import Lines
from glassworks.insight.loss_lines import loss_gradient_lines, loss_lines
from glassworks.insight.meanings import meaning_of, meaning_of_loss
from glassworks.insight.stages import Stage
from glassworks.insight.trace import Trace
from glassworks.insight.update_lines import update_lines
from glassworks.losses.base import Loss
from glassworks.losses.checks import kind
from glassworks.training.outputs import flat_targets

_WIDTH = 96
_WITHOUT_NUMBERS = ("e", "y_true", "root", "x_hat", "d", "s", "cdf")
"""Variables on the way, whose numbers say little."""


class StepDocument:
    """Builds the document of one step.

    Args:
        told: The trace of the step.
        depth: "short", "normal" or "full".

    Attributes:
        document: The result.
        snippets: The lines of NumPy in it.
        loss_after: The loss after the step, or None where none was made.
    """

    def __init__(self, told: Trace, depth: str) -> None:
        self._trace, self._depth, self._sample = told, depth, told.sample
        self._shown = {"short": 4, "normal": 4, "full": 8}[depth]
        self.document = Document()
        self.snippets: list[Lines] = []
        self.loss_after: float | None = None
        self._outputs = self._model_outputs()
        self._introduction()
        self._forward()
        if told.loss is not None:
            self._loss()
            self._backward()
            self._update()
        if depth == "full":
            self._functions()

    # ---- the beginning

    def _introduction(self) -> None:
        model, count = self._trace.model, self._trace.batch_size
        has_loss = self._trace.loss is not None
        self.document.heading(f"{'One training step' if has_loss else 'The forward pass'} of '{model.name}', with real numbers", 1)
        several = f"{count} samples go in" if count > 1 else "1 sample goes in"
        which = f" The numbers shown are those of sample {self._sample}." if count > 1 else ""
        if not has_loss:
            self.document.text(f"{several}. Without targets the loss is undefined, so only the forward pass is explained.{which}")
            return
        self.document.text(
            f"{several}. The step has four parts: forward (the numbers go through the layers), loss (how wrong the result is, as one number), "
            f"backward (how much the loss grows with each number on the way), and update (each weight moves a little, so that the loss falls).{which}"
        )

    # ---- forward

    def _forward(self) -> None:
        self.document.heading("1. Forward" if self._trace.loss is not None else "Forward")
        if self._depth == "short":
            rows = [
                [
                    stage.name,
                    stage.kind + (f", {stage.activation}" if stage.activation else ""),
                    _shape(stage.outputs),
                    self._numbers(stage),
                ]
                for stage in self._trace.stages
            ]
            self.document.table(Table(["Layer", "What it is", "Output", f"Numbers of sample {self._sample}"], rows, "llll"))
            return
        self.document.text(
            "In the code, `x` is the input of a layer, `z` what goes into its activation function, and `y` its output; `kernel`, `bias` and other "
            "names are its weights. A shape such as (4, 64) means 4 samples of 64 numbers."
        )
        inputs = [array for array in tree.flatten(self._trace.capture.data[0]) if array is not None]
        self.document.text("\n".join(f"The input has the shape {np.shape(array)}: {self._named('x', array)}" for array in inputs))
        for stage in self._trace.stages:
            self._layer(stage, 3)
        if self._outputs is None:
            self.document.text(
                "After the last layer, the model computes its outputs with ops, outside of layers; there are no lines for that."
            )

    def _layer(self, stage: Stage, level: int) -> None:
        self.document.heading(f"{stage.name} ({stage.kind}): {_shape(stage.inputs)} -> {_shape(stage.outputs)}", level)
        lines = lines_of(stage)
        joins_parts = lines is not None and not any(array is own for array in lines.given.values() for own in stage.inputs)
        self.document.text(meaning_of(stage))
        if stage.parts and (lines is None or joins_parts):
            for part in stage.parts:
                self._layer(part, level + 1)
            self.document.text(f"The results of these calls make the output of {stage.name}:")
        if lines is None:
            why = (
                "It runs before the network, in Python."
                if _is_text(stage)
                else "There are no lines of NumPy for this layer; its numbers are:"
            )
            self.document.text(f"{why}\n{self._all('x', stage.inputs)}\n{self._all('y', stage.outputs)}")
            return
        if "y" not in lines.expected and stage.outputs:
            self._code(lines)
            self.document.text(f"Then the activation function '{stage.activation}' makes {self._all('y', stage.outputs)}")
            return
        self._code(lines)
        if self._depth == "full" and stage.kind == "Dense" and stage.outputs[0].ndim == 2:
            unit = int(np.argmax(np.abs(stage.outputs[0][self._sample])))
            self.document.text(f"Unit {unit} in full: {self._trace.neuron(stage.name, unit).sum}")
        if self._depth == "full" and stage.weights:
            shapes = ", ".join(f"{name} {array.shape}" for name, array in stage.weights.items())
            self.document.text(f"Weights: {shapes}")

    def _all(self, name: str, arrays: tuple[np.ndarray, ...]) -> str:
        names = [name] if len(arrays) == 1 else [f"{name}{i}" for i in range(len(arrays))]
        return ", ".join(self._named(own, array) for own, array in zip(names, arrays, strict=True)) or f"{name}: nothing"

    def _numbers(self, stage: Stage) -> str:
        return self._array(stage.outputs[0])[1] if stage.outputs else ""

    # ---- the loss

    def _model_outputs(self) -> list[np.ndarray] | None:
        """The outputs of the model as arrays; None where they are made outside of layers."""
        outermost = self._trace.capture.outermost
        if outermost is None:
            return [stage.outputs[0] for stage in self._trace.stages[-1:] if stage.outputs]
        names = {value: name for name, value in self._trace.capture.values.items() if isinstance(value, Value)}
        found = [names.get(value) for value in outermost.outputs]
        arrays = [self._trace.arrays.get(name) for name in found if name is not None]
        return [array for array in arrays if array is not None] if len(arrays) == len(outermost.outputs) else None

    def _losses(self) -> list[tuple[str, Any, float | None, np.ndarray, np.ndarray]]:
        """Name, loss, factor, targets and prediction of each output that has a loss."""
        compiled = self._trace.model._trainer.losses
        if compiled is None or self._outputs is None or not compiled.built:
            return []
        targets = flat_targets(self._trace.capture.data[1], compiled.names)
        rows = zip(compiled.names, compiled.losses, compiled.weights, targets, self._outputs, strict=True)
        return [(n, loss, w, np.asarray(y_true), y) for n, loss, w, y_true, y in rows if loss is not None and y_true is not None]

    def _loss(self) -> None:
        self.document.heading("2. Loss")
        rows, weighted = self._losses(), self._trace.capture.data[2] is not None
        total = 0.0
        for name, loss, factor, y_true, y in rows:
            value = float(np.asarray(loss(y_true, y)))
            total += value * (1.0 if factor is None else float(factor))
            several = f"Output '{name}': " if len(rows) > 1 else ""
            self.document.text(f"{several}{kind(loss)}. {meaning_of_loss(loss)}".strip())
            lines = loss_lines(loss, y_true, y, value)
            if lines is not None and self._depth != "short":
                self._code(lines)
            if sentence := self._sample_loss(loss, y_true, y):
                self.document.text(sentence)
            if factor is not None:
                self.document.text(f"It counts {factor} times.")
        loss = self._trace.loss or 0.0
        penalties = loss - total
        if rows and not weighted and abs(penalties) > 1e-5 * max(abs(loss), 1e-6):
            self.document.text(f"Penalties on weights, and what layers add, come on top: {number(penalties)}.")
        self.document.text(f"The loss of the batch is {number(loss, 6)}{', with the weights of the samples' if weighted else ''}.")
        if self._trace.stable_form:
            form = self._trace.stable_form
            what = "The lines above are the loss as it is defined. " if self._depth != "short" else ""
            self.document.text(
                f"{what}The engine computes {form}: the same number, but in a form in which exp cannot overflow and log never meets 0."
            )

    def _sample_loss(self, loss: Loss, y_true: np.ndarray, y: np.ndarray) -> str:
        """For a classifier with probabilities: what the right class of the sample got."""
        name, i = kind(loss), self._sample
        if getattr(loss, "options", {}).get("from_logits") or getattr(loss, "options", {}).get("label_smoothing") or y.ndim != 2:
            return ""
        if name == "sparse_categorical_crossentropy":
            right = int(np.ravel(y_true[i])[0])
        elif name == "categorical_crossentropy" and sorted(set(np.ravel(y_true[i]).tolist())) == [0, 1]:
            right = int(np.argmax(y_true[i]))
        else:
            return ""
        chance = float(y[i, right])
        return f"Sample {i}: the right class is {right}, which got the probability {number(chance)}; -log({number(chance)}) = {number(-np.log(chance))}."

    # ---- backward

    def _backward(self) -> None:
        self.document.heading("3. Backward")
        self.document.text(
            "The gradient of a number says how much the loss grows when this number grows by 1: where it is positive, the number should be smaller. "
            "The gradients are computed from the loss back to the first layer: each layer gets the gradient dy of its output, and makes of it the "
            "gradients of its weights (`d_kernel` of `kernel`) and the gradient dx of its input, which is the dy of the layer before."
        )
        if self._depth == "short":
            self.document.table(self._trace.backward.tables()[0])
            return
        rows = {id(y): (loss, y_true) for _, loss, _, y_true, y in self._losses()}
        for stage in reversed(self._trace.stages):
            if not stage.gradients:
                continue
            loss, y_true = rows.get(id(stage.outputs[0]), (None, np.empty(0))) if stage.outputs else (None, np.empty(0))
            self.document.heading(stage.name, 3)
            start = loss_gradient_lines(loss, y_true, stage.outputs[0], stage.gradients.get("output")) if loss is not None else None
            found = [start] if start is not None else []
            found += backward_lines(stage, y_true if loss is not None and "crossentropy" in kind(loss) else None)
            if loss is not None and "dz" in {name for lines in found for name in lines.expected} and "y_true" in _text_of(found):
                self.document.text(
                    f"{stage.activation} and the cross-entropy are differentiated together: what is left is the prediction minus the right answer."
                )
            if found:
                self._code(*found)
            told = {name for lines in found for name in lines.expected}
            self._other_gradients(stage, told)
        if self._depth == "full":
            self.document.table(self._trace.backward.tables()[0])

    def _other_gradients(self, stage: Stage, told: set[str]) -> None:
        """The gradients for which there are no lines, as numbers."""
        several = len(stage.inputs) > 1
        named = {"output": "dy", "preactivation": "dz", "passed": "dx0" if several else "dx"}
        named |= {f"passed_{i}": f"dx{i}" for i in range(1, len(stage.inputs))}
        rest = [
            (named.get(name, f"d_{identifier(name)}"), array)
            for name, array in stage.gradients.items()
            if not name.startswith("input") and name in (*named, *stage.weights)
        ]
        left = [self._named(name, array) for name, array in rest if name not in told and (name != "dy" or not told)]
        if left:
            self.document.text(
                ("Gradients without lines:\n" if told else "There are no short lines for this layer; its gradients are:\n")
                + "\n".join(left)
            )

    # ---- the update

    def _update(self) -> None:
        model, backward = self._trace.model, self._trace.backward
        if model.optimizer is None or not backward.weights:
            return
        self.document.heading("4. Update")
        share = backward.weights[0]
        name = type(getattr(model.optimizer, "inner_optimizer", model.optimizer)).__name__
        self.document.text(
            f"{name} moves every weight by its own gradient. The weight with the largest gradient of all is shown with its numbers:"
        )
        self.document.block(str(self._trace.update(share.name, share.index)).splitlines())
        variable = backward._variable(share.name)
        lines = update_lines(model.optimizer, variable, self._trace.arrays[f"{share.name}_gradient"], backward.step.after)
        if lines is not None and self._depth != "short":
            self.document.text(f"For all weights of {share.name} at once:")
            self._code(lines)
        if self._depth == "full":
            self._all_weights()
        self.loss_after = backward.step.loss
        self.document.text(
            f"The loss of the same samples was {number(backward.loss, 6)}, and is {number(backward.step.loss, 6)} after the step: "
            f"a change of {number(backward.actual)}. The gradients predict {number(backward.predicted)}; they are exact for tiny steps only."
        )

    def _all_weights(self) -> None:
        after, rows = self._trace.backward.step.after, []
        for variable in self._trace.model.trainable_variables:
            if variable in after:
                old = variable.numpy().astype(np.float64)
                size, moved = float(np.linalg.norm(old)), float(np.linalg.norm(after[variable] - old))
                rows.append([variable.path, str(variable.shape), number(size), number(moved), f"{moved / size:.2%}" if size else ""])
        notes = ["Size and change are lengths (the root of the sum of squares)."]
        self.document.table(Table(["Weight", "Shape", "Size", "Change", "Change / size"], rows, "llrrr", notes=notes))

    # ---- code and its numbers

    def _functions(self) -> None:
        helpers = list(dict.fromkeys(helper for lines in self.snippets for helper in lines.helpers))
        if helpers:
            self.document.heading("The functions that the lines call")
            for helper in helpers:
                self.document.code(inspect.getsource(helper).strip().splitlines())

    def _code(self, *several: Lines) -> None:
        """Lines with the first numbers of what each assigns beside them."""
        shown: list[tuple[str, str]] = []
        for lines in several:
            self.snippets.append(lines)
            computed = lines.run()
            for line in lines.code:
                if any(line == before for before, _ in shown):
                    continue  # two gradients that begin with the same steps
                name = line.split(" = ")[0].removeprefix("np.add.at(").split(",")[0]
                array = computed.get(name)
                is_number = isinstance(array, (np.ndarray, np.generic, float)) and name not in _WITHOUT_NUMBERS
                is_number = is_number and not ("= np.zeros_like" in line and " + " not in line)  # filled by the line below it
                # Numbers of the run, where there are any: the computed ones differ in the last digits.
                shown.append((line, f"# {self._named(name, np.asarray(lines.expected.get(name, array)))}" if is_number else ""))
        width = max((len(line) for line, comment in shown if comment and len(line) + len(comment) < _WIDTH), default=0)
        text: list[str] = []
        for line, comment in shown:
            beside = len(line) <= width and width + len(comment) <= _WIDTH
            text += [f"{line:{width}}  {comment}".rstrip()] if beside or not comment else [line, comment]
        self.document.code(text)

    def _named(self, name: str, array: np.ndarray) -> str:
        index, numbers_of_it = self._array(array)
        return f"{name}{index} = {numbers_of_it}"

    def _array(self, array: np.ndarray) -> tuple[str, str]:
        """Which part of an array is shown, as an index, and its numbers."""
        array = np.asarray(array)
        if array.dtype.kind in "OSUT":
            own = array.ndim > 0 and len(array) == self._trace.batch_size
            texts = np.ravel(array[self._sample] if own else array)[: self._shown]
            return f"[{self._sample}]" if own else "", ", ".join(
                repr(shorten(str(text), _WIDTH // 2, placeholder=" ...")) for text in texts
            )
        if array.ndim == 0:
            return "", number(float(array), 6)
        first = self._sample if len(array) == self._trace.batch_size else 0
        if array.ndim == 1:
            return "", numbers(array, self._shown)
        # The middle of an image says more than its corner.
        index = (first, *(size // 2 for size in array.shape[1:-1]))
        return f"[{', '.join(map(str, index))}]", numbers(array[index], self._shown)


def _text_of(several: list[Lines]) -> str:
    return " ".join(line for lines in several for line in lines.code)


def _is_text(stage: Stage) -> bool:
    return any(np.asarray(array).dtype.kind in "OSUT" for array in stage.inputs)


def _shape(arrays: tuple[np.ndarray, ...]) -> str:
    return ", ".join(str(array.shape) for array in arrays) or "nothing"
