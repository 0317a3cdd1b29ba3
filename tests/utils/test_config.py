"""`Config` behaves as Keras's: names as attributes and keys, frozen when asked."""

from __future__ import annotations

import copy
from typing import Any

import keras as real
import pytest

import glassworks as keras
from glassworks.errors import StateError


@pytest.mark.parametrize("utils", [real.utils, keras.utils], ids=["keras", "glassworks"])
def test_values_are_read_set_and_listed(utils: Any) -> None:
    config = utils.Config(rate=0.1, units=3)
    config.seed = 7
    config["rate"] = 0.2
    config.update({"units": 4})
    assert config.pop("units") == 4
    assert (config.rate, config["seed"], "units" in config, len(config)) == (0.2, 7, False, 2)
    assert list(config) == list(config.keys()) == ["rate", "seed"]
    assert config.as_dict() == dict(config.items())
    assert config.to_json() == '{"rate": 0.2, "seed": 7}'
    assert repr(config) == "<Config {'rate': 0.2, 'seed': 7}>"
    assert copy.deepcopy(config).as_dict() == config.as_dict()


@pytest.mark.parametrize("utils", [real.utils, keras.utils], ids=["keras", "glassworks"])
def test_a_frozen_config_refuses_changes(utils: Any) -> None:
    config = utils.Config(rate=0.1)
    config.freeze()
    assert config.frozen
    for change in (lambda: setattr(config, "rate", 1), lambda: config.pop("rate"), lambda: config.update(rate=2)):
        with pytest.raises(ValueError, match="frozen"):
            change()
    assert config.rate == 0.1
    config.unfreeze()
    config.rate = 2
    assert config.rate == 2


def test_errors_name_the_value_and_the_nearest_one() -> None:
    config = keras.utils.Config(learning_rate=0.1)
    with pytest.raises(AttributeError, match="did you mean 'learning_rate'"):
        _ = config.learning_rat
    config.freeze()
    with pytest.raises(StateError, match=r"change of 'seed'.*\n.*\n.*unfreeze\(\)"):
        config.seed = 1
