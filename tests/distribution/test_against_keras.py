"""Every name of `keras.distribution` does on one device what Keras does: values, texts and what is refused."""

from __future__ import annotations

from types import ModuleType

import keras
import numpy as np
import pytest

import glassworks

EIGHT = [f"cpu:{number}" for number in range(8)]
# Programs that end with a value, which is compared as text; none of them needs a second device.
PROGRAMS = [
    "d.list_devices()",
    "d.list_devices('cpu')",
    "d.list_devices('CPU')",
    "d.list_devices('abacus')",
    "d.get_device_count()",
    "d.get_device_count('cpu')",
    "d.DeviceMesh((1,), ['batch'])",
    "d.DeviceMesh((1,), ['batch']).devices.tolist()",
    "d.DeviceMesh((4, 2), ['batch', 'model'], EIGHT).devices.tolist()",
    "d.DeviceMesh((4, 2), ['batch', 'model'], EIGHT).shape",
    "d.DeviceMesh((2,), ['batch'])",
    "d.DeviceMesh((1, 1), ['batch'])",
    "d.DeviceMesh((), [])",
    "d.TensorLayout((None, 'x'))",
    "d.TensorLayout(['batch', None], mesh).axes",
    "d.TensorLayout(('model',), mesh)",
    "setattr(d.TensorLayout((None,), mesh), 'device_mesh', mesh)",
    "setattr(d.TensorLayout(('model',)), 'device_mesh', mesh)",
    "layouts['dense/kernel']",
    "layouts['dense/bias']",
    "layouts['conv/kernel']",
    "layouts['exact'].axes",
    "layouts.get('nothing', 3)",
    "layouts.__setitem__('.*dense.*kernel', ('batch',))",
    "layouts.__setitem__('new', ['batch'])",
    "layouts.__setitem__('new', ('model',))",
    "list(layouts)",
    "len(layouts)",
    "layouts.pop('exact')",
    "layouts.pop('nothing')",
    "layouts.device_mesh",
    "d.DataParallel()",
    "d.DataParallel(devices=EIGHT).num_model_replicas",
    "d.DataParallel(mesh, auto_shard_dataset=False).auto_shard_dataset",
    "d.DataParallel(device_mesh=3)",
    "d.DataParallel(mesh).get_data_layout((8, 3))",
    "d.DataParallel(mesh).get_variable_layout(library.Variable(np.ones((2, 3))))",
    "d.DataParallel(mesh).get_tensor_layout('dense/output')",
    "d.DataParallel(mesh).distribute_dataset([1])",
    "[getattr(d.DataParallel(mesh), name) for name in ('batch_dim_name', 'num_processes', 'data_shard_id', 'num_model_replicas')]",
    "d.ModelParallel()",
    "d.ModelParallel(layout_map={})",
    "d.ModelParallel(layout_map=layouts)",
    "d.ModelParallel(layout_map=layouts, device_mesh=mesh).batch_dim_name",
    "d.ModelParallel(layout_map=layouts, batch_dim_name='rows').num_model_replicas",
    "d.ModelParallel(layout_map=wide, batch_dim_name='model').num_model_replicas",
    "d.ModelParallel(layout_map=wide).get_data_layout((8, 3, 2)).axes",
    "d.ModelParallel(layout_map=layouts).get_tensor_layout('exact').axes",
    "d.ModelParallel(layout_map=layouts).get_variable_layout(library.Variable(np.ones((2, 3)))).axes",
    "d.distribution()",
    "d.set_distribution(None)",
    "np.asarray(d.distribute_tensor(np.ones((2, 2), 'float32'), d.TensorLayout((None, None), mesh))).tolist()",
    "d.distribute_tensor(np.ones((2, 2)), d.TensorLayout((None, None)))",
    "d.distribute_tensor(np.ones(2), d.TensorLayout((None, None), mesh))",
    "d.distribute_tensor(np.ones(2), d.TensorLayout((None,), d.DeviceMesh((2,), ['batch'], EIGHT[:2])))",
]


def outcome(library: ModuleType, program: str) -> str:
    """The value as text, or that there is an error."""
    d = library.distribution
    mesh = d.DeviceMesh((1,), ["batch"])
    layouts = d.LayoutMap(mesh)
    layouts[".*dense.*kernel"] = (None, "batch")
    layouts["conv.*"] = layouts["exact"] = ("batch",)
    layouts[".*/kernel.*"] = d.TensorLayout((None,), mesh) if "conv/" in program else (None,)
    if "dense/kernel" in program:
        del layouts[".*/kernel.*"]
    wide = d.LayoutMap(d.DeviceMesh((4, 2), ["batch", "model"], EIGHT))
    names = {"d": d, "mesh": mesh, "layouts": layouts, "wide": wide, "library": library, "np": np, "EIGHT": EIGHT}
    try:
        return repr(eval(program, names))
    except Exception as error:
        return "ValueError" if isinstance(error, ValueError) else "KeyError" if isinstance(error, KeyError) else "an error"


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_gives_what_keras_gives(program: str) -> None:
    ours, theirs = outcome(glassworks, program), outcome(keras, program)
    if theirs == "an error":  # of the backend
        assert ours in ("an error", "ValueError")
    else:
        assert ours == theirs


def scopes(library: ModuleType) -> list[object]:
    d = library.distribution
    first, second = d.DataParallel(), d.DataParallel(devices=EIGHT)
    seen: list[object] = [d.distribution()]
    with first.scope():
        seen.append(d.distribution() is first)
        with second.scope():
            seen.append(d.distribution() is second)
        seen.append(d.distribution() is first)
    return [*seen, d.distribution()]


def test_scopes_nest() -> None:
    assert scopes(glassworks) == scopes(keras) == [None, True, True, True, None]


@pytest.mark.parametrize("library", [glassworks, keras], ids=["ours", "keras"])
def test_weights_on_devices_that_are_not_here_are_refused(library: ModuleType) -> None:
    with library.distribution.DataParallel(devices=["cpu:0", "cpu:1"]).scope(), pytest.raises(ValueError, match="cpu:1"):
        library.layers.Dense(2, name="wide").build((None, 3))


@pytest.mark.parametrize("library", [glassworks, keras], ids=["ours", "keras"])
def test_a_cleared_session_has_no_distribution(library: ModuleType) -> None:
    library.distribution.set_distribution(library.distribution.DataParallel())
    library.utils.clear_session()
    assert library.distribution.distribution() is None
