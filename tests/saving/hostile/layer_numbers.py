"""Models of one layer each in which one number of the layer's config is enormous, negative or of another kind.

`python -m tests.saving.hostile.layer_numbers` tries all of them under the limits of `guard`, and prints what should not have come.
"""

from __future__ import annotations

import copy
import json
import random
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from glassworks import layers, models
from glassworks.names import reset_names
from tests.contracts.test_layers import SAMPLES
from tests.saving.hostile import mutations
from tests.saving.hostile.guard import limit_memory

HUGE: tuple[Any, ...] = (10**9, 10**7, 10**18, -1, 0, 1e308, [10**9], [10**9, 10**9], "a", None)


def configs() -> Iterator[tuple[str, dict[str, Any]]]:
    """The config of a model of each layer that has a sample of its own."""
    for name, sample in sorted(SAMPLES.items()):
        nested = isinstance(sample.shape, (list, dict)) or not isinstance(sample.shape[0], (int, type(None)))
        shapes = list(sample.shape.values() if isinstance(sample.shape, dict) else sample.shape) if nested else [sample.shape]
        try:
            reset_names()
            arguments = sample.arguments("float32") if callable(sample.arguments) else sample.arguments
            inputs = [layers.Input(batch_shape=(None, *shape[1:]), dtype=sample.dtype) for shape in shapes]
            structure = dict(zip(sample.shape, inputs, strict=True)) if isinstance(sample.shape, dict) else inputs
            outputs = getattr(layers, name)(**arguments)(structure if nested else inputs[0])
            yield name, json.loads(models.Model(inputs, outputs).to_json())
        except Exception:  # a layer that stands in no Functional model by itself
            continue


def places(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """Where the config of a model has numbers, texts and lists of them."""
    if isinstance(value, (dict, list)) and value:
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            if key not in ("class_name", "module", "registered_name", "name", "keras_history"):
                yield from places(child, (*path, key))
    else:
        yield path


def changed(config: dict[str, Any], path: tuple, value: Any) -> dict[str, Any]:
    result = holder = copy.deepcopy(config)
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return result


def cases(rng: random.Random, share: float) -> Iterator[tuple[str, bytes]]:
    """A share of all changes, by the layer, the place and the value."""
    for name, config in configs():
        for path in places(config):
            for value in HUGE:
                if rng.random() < share:
                    where = ".".join(map(str, path[4:]))
                    yield f"{name}: {where} = {value}", json.dumps(changed(config, path, value)).encode()


def main(share: str = "1", seed: str = "0") -> None:
    file = mutations.Format(b"", lambda _folder, data: mutations.from_json(data))
    outcomes = Counter[str]()
    limit_memory()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, data in cases(random.Random(int(seed)), float(share)):
            result = mutations.outcome(file, data, [], Path(folder))
            outcomes[result if result in mutations.GOOD else "fault"] += 1
            if result not in mutations.GOOD:
                print(name, "->", result[:160], flush=True)
    print(dict(outcomes))


if __name__ == "__main__":
    main(*sys.argv[1:])
