"""`plot_model` and `model_to_dot` give what Keras gives, without pydot and graphviz."""

from __future__ import annotations

import builtins
import html
import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import keras as real_keras
import pytest
from matplotlib.figure import Figure

import glassworks
from glassworks import utils
from glassworks.errors import GlassworksError


class Node:
    """A node or edge as Keras makes them with pydot."""

    def __init__(self, *names: str, label: str = "") -> None:
        self.names, self.label = names, label

    def set(self, name: str, value: object) -> None:
        """A setting of the drawing."""


class Graph(Node):
    """A graph as Keras makes it with pydot; its parts are kept as one list."""

    def __init__(self, **settings: object) -> None:
        super().__init__()
        self.nodes: list[Node] = []
        self.edges: set[tuple[str, ...]] = set()

    def set_node_defaults(self, **settings: object) -> None:
        """Settings of the drawing."""

    def add_node(self, node: Node) -> None:
        self.nodes.append(node)

    def add_subgraph(self, graph: Graph) -> None:
        self.nodes += graph.nodes
        self.edges |= graph.edges

    def get_edge(self, source: str, target: str) -> bool:
        return (source, target) in self.edges

    def add_edge(self, edge: Node) -> None:
        self.edges.add(edge.names)


def plain(label: str) -> str:
    """The text of a label; dtypes without quotes."""
    label = label.replace("'", "")
    return " | ".join(
        html.unescape(re.sub("<[^>]*>", "", part)).strip() for part in label.split("</td>") if re.sub("<[^>]*>", "", part).strip("<> ")
    )


def of_keras(model: Any, monkeypatch: pytest.MonkeyPatch, **options: Any) -> tuple[list[str], set[tuple[str, str]]]:
    from keras.src.utils import model_visualization

    monkeypatch.setattr(model_visualization, "pydot", SimpleNamespace(Dot=Graph, Cluster=Graph, Node=Node, Edge=Node))
    graph = model_visualization.model_to_dot(model, **options)
    names = {node.names[0]: plain(node.label) for node in graph.nodes}
    return sorted(names.values()), {(names[a], names[b]) for a, b in graph.edges}


def ours(model: Any, **options: Any) -> tuple[list[str], set[tuple[str, str]]]:
    text = utils.model_to_dot(model, **options).to_string()
    names = {number: plain(label) for number, label in re.findall(r"^(\d+) \[.*label=<(.*)>\];$", text, re.MULTILINE)}
    return sorted(names.values()), {(names[a], names[b]) for a, b in re.findall(r"^(\d+) -> (\d+) ", text, re.MULTILINE)}


def sequential(k: ModuleType) -> Any:
    return k.Sequential([k.Input((4,)), k.layers.Dense(3, activation="relu", name="a"), k.layers.Dropout(0.5, name="b")], name="chain")


def branches(k: ModuleType) -> Any:
    x = k.Input((4,), name="x")
    a = k.layers.Dense(4, name="a")(x)
    b = k.layers.Dense(4, name="b", trainable=False)(a)
    return k.Model(x, [k.layers.Add(name="sum")([x, b]), k.layers.Concatenate(name="both")([a, b])])


def nested(k: ModuleType) -> Any:
    x, y = k.Input((4,), name="x"), k.Input((4,), name="y")
    z = k.Input((3,), name="z")
    head = k.Model(z, [k.layers.Dense(2, name="h1")(z), k.layers.Dense(2, name="h2")(z)], name="head")
    chain = sequential(k)
    u, v = head(k.layers.Subtract(name="minus")([chain(x), chain(y)]))
    return k.Model([x, y], [k.layers.Softmax(name="s")(u), k.layers.ReLU(name="r")(v)])


OPTIONS = [
    {},
    {"show_layer_names": False},
    {"show_shapes": True, "show_dtype": True, "show_layer_activations": True, "show_trainable": True},
    {"expand_nested": True},
]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("make", [sequential, branches, nested])
def test_the_graph_is_that_of_keras(make: Any, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    expected, edges = of_keras(make(real_keras), monkeypatch, **options)
    found, arrows = ours(make(glassworks), **options)
    assert found == expected
    assert arrows == edges


def test_a_nested_model_is_a_cluster_and_a_subgraph_can_be_had_alone() -> None:
    text = utils.model_to_dot(nested(glassworks), expand_nested=True, rankdir="LR", dpi=96).to_string()
    assert text.startswith("digraph G {\ngraph [rankdir=LR, concentrate=true, dpi=96, splines=ortho];")
    assert 'subgraph "cluster_head" {' in text
    assert text.count("{") == text.count("}")
    assert utils.model_to_dot(sequential(glassworks), subgraph=True).to_string().startswith('subgraph "cluster_chain" {')


def test_the_graph_writes_and_draws_itself(tmp_path: Path) -> None:
    dot = utils.model_to_dot(sequential(glassworks))
    dot.write(tmp_path / "model.dot")
    assert (tmp_path / "model.dot").read_text() == dot.to_string() == str(dot)
    dot.write_png(tmp_path / "model.png")
    assert (tmp_path / "model.png").read_bytes() == dot.create(prog="dot", format="png")
    assert dot.create_png().startswith(b"\x89PNG")
    assert b"<svg" in dot.create_svg()
    assert "<svg" in dot._repr_svg_()
    dot.write_svg(tmp_path / "model.svg")
    assert dot.create(format="raw") == dot.to_string().encode()


@pytest.mark.parametrize(
    ("name", "magic"), [("m.png", b"\x89PNG"), ("m", b"\x89PNG"), ("m.svg", b"<?xml"), ("m.pdf", b"%PDF"), ("m.dot", b"digr")]
)
def test_plot_model_writes_the_format_of_the_ending(name: str, magic: bytes, tmp_path: Path) -> None:
    utils.plot_model(sequential(glassworks), tmp_path / name, show_shapes=True)
    assert (tmp_path / name).read_bytes().startswith(magic)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_default_file_is_that_of_keras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    utils.plot_model(sequential(glassworks), to_file=None)
    assert not list(tmp_path.iterdir())
    utils.plot_model(sequential(glassworks))
    assert [path.name for path in tmp_path.iterdir()] == ["model.png"]


def test_notebooks_get_a_picture_and_others_the_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    display = ModuleType("IPython.display")
    display.Image = lambda filename: ("image", filename)  # type: ignore[attr-defined]
    display.SVG = lambda filename: ("svg", filename)  # type: ignore[attr-defined]
    ipython = ModuleType("IPython")
    ipython.display = display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    model = sequential(glassworks)
    for name, kind in (("m.png", "image"), ("m.svg", "svg")):
        path = str(tmp_path / name)
        assert utils.plot_model(model, path) == (kind, path)
    assert isinstance(utils.plot_model(model, tmp_path / "m.pdf"), Figure)
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "IPython":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    assert isinstance(utils.plot_model(model, tmp_path / "m.png"), Figure)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"layer_range": ["a", "b"]}, "layer_range"), ({"show_colours": True}, "show_colours"), ({"rankdir": "up"}, "TB")],
)
def test_unknown_arguments_are_refused(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(GlassworksError, match=message):
        utils.plot_model(sequential(glassworks), tmp_path / "m.png", **options)
    with pytest.raises(ValueError, match="not built"):
        utils.plot_model(glassworks.Sequential([glassworks.layers.Dense(2)]))
