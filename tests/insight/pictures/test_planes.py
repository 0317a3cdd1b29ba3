"""Pictures of decision boundaries and of embeddings show what the model says and where its vectors lie."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from sklearn.decomposition import PCA

from glassworks import Input, Model, Sequential, insight, layers
from glassworks.drawing.boundary import class_colour, region_colours
from glassworks.errors import ArgumentError, DataError, ShapeError
from glassworks.insight.pictures.boundary import probabilities
from glassworks.insight.pictures.embedding import plane_of

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 2)).astype("float32")


def classifier(units: int, last: str | None) -> Model:
    return Sequential([Input((2,)), layers.Dense(8, "tanh"), layers.Dense(units, last)])


def grid(figure) -> np.ndarray:  # type: ignore[no-untyped-def]
    """The points of the plane, from the edges of the image."""
    left, right, bottom, top = figure.axes[0].images[0].get_extent()
    rows, columns = np.asarray(figure.axes[0].images[0].get_array()).shape[:2]
    xs, ys = (low + (np.arange(n) + 0.5) * (high - low) / n for low, high, n in ((left, right, columns), (bottom, top, rows)))
    return np.stack(np.meshgrid(xs, ys), -1)


def test_every_point_has_the_colour_of_its_class_by_how_sure_the_model_is() -> None:
    model = classifier(3, "softmax")
    labels = np.arange(40) % 3
    figure = insight.plot_boundary(model, X, labels, points=30)
    said = model.predict(grid(figure).reshape(-1, 2).astype("float32"), verbose=0).reshape(30, 30, 3)
    share = 0.7 * (said.max(-1, keepdims=True) - 1 / 3) / (2 / 3)
    expected = 1 - share + share * np.array([to_rgb(class_colour(i)) for i in range(3)])[said.argmax(-1)]
    np.testing.assert_allclose(figure.axes[0].images[0].get_array(), expected, atol=1e-4)
    drawn = [group for group in figure.axes[0].collections if len(group.get_offsets()) > 1]
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["class 0", "class 1", "class 2"]  # type: ignore[union-attr]
    np.testing.assert_allclose(np.asarray(drawn[-1].get_offsets()), X[labels == 2])


def test_the_line_lies_where_two_classes_are_equally_probable() -> None:
    model = Sequential([Input((2,)), layers.Dense(1, "sigmoid")])
    model.set_weights([np.array([[2.0], [-1.0]]), np.array([0.5])])
    figure = insight.plot_boundary(model, X, (X[:, 0] > 0).astype(int)[:, None])
    line = max((path.vertices for group in figure.axes[0].collections for path in group.get_paths()), key=len)
    np.testing.assert_allclose(2 * line[:, 0] - line[:, 1] + 0.5, 0, atol=1e-2)


def test_a_number_goes_from_orange_over_grey_at_its_mean_to_blue() -> None:
    model = classifier(1, None)
    model.compile("adam", "mse")
    figure = insight.plot_boundary(model, X, X[:, 0], points=20)
    said = model.predict(grid(figure).reshape(-1, 2).astype("float32"), verbose=0).reshape(20, 20)
    image = figure.axes[0].images[0]
    np.testing.assert_allclose(image.get_array(), said, rtol=1e-3, atol=1e-5)
    assert sum(image.get_clim()) / 2 == pytest.approx(said.mean(), abs=1e-3)


def test_logits_become_probabilities_where_the_loss_says_that_they_are_logits() -> None:
    from glassworks.losses import BinaryCrossentropy, SparseCategoricalCrossentropy

    several, one = classifier(3, None), classifier(1, None)
    several.compile("adam", SparseCategoricalCrossentropy(from_logits=True))
    one.compile("adam", BinaryCrossentropy(from_logits=True))
    got = probabilities(several, np.array([[0.0, np.log(2.0), 0.0]]), "")
    np.testing.assert_allclose(got, [[0.25, 0.5, 0.25]])
    np.testing.assert_allclose(probabilities(one, np.array([[np.log(3.0)]]), ""), [[0.25, 0.75]])


def test_chance_is_white() -> None:
    np.testing.assert_allclose(region_colours(np.full((1, 1, 4), 0.25)), np.ones((1, 1, 3)))


def test_the_plane_is_that_of_the_principal_components() -> None:
    vectors = RANDOM.normal(size=(30, 6)) * [5, 3, 1, 1, 0.5, 0.1]
    pca = PCA(2).fit(vectors)
    got = plane_of(vectors)
    np.testing.assert_allclose(np.abs(got.points), np.abs(pca.transform(vectors)), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(got.shares, pca.explained_variance_ratio_)
    for axis in (0, 1):
        assert got.points[np.abs(got.points[:, axis]).argmax(), axis] > 0


def test_samples_lie_where_the_layer_puts_them() -> None:
    model = Sequential([Input((2,)), layers.Dense(5, "relu", name="hidden"), layers.Dense(2, "softmax")])
    labels = np.arange(40) % 2
    figure = insight.plot_embedding(model, X, labels=labels)
    outputs = Model(model.inputs, model.get_layer("hidden").output).predict(X, verbose=0)
    plane = plane_of(outputs.astype(float))
    np.testing.assert_allclose(np.asarray(figure.axes[0].collections[1].get_offsets()), plane.points[labels == 1], atol=1e-4)
    assert f"{plane.shares[0]:.0%} of the variance" in figure.axes[0].get_xlabel()
    assert "'hidden'" in figure.axes[0].get_title()


def test_the_longest_rows_of_an_embedding_have_their_words() -> None:
    text = layers.TextVectorization(vocabulary=[f"w{i}" for i in range(60)])
    model = Sequential([Input((1,), dtype="string"), text, layers.Embedding(62, 4), layers.GlobalAveragePooling1D(), layers.Dense(1)])
    figure = insight.plot_embedding(model)
    rows = model.get_weights()[0]
    longest = np.argsort(-np.linalg.norm(rows, axis=1))[:32]
    assert {one.get_text() for one in figure.axes[0].texts} == {text.get_vocabulary()[i] for i in longest}


def test_many_samples_are_drawn_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glassworks.insight.pictures.embedding.MOST_POINTS", 10)
    figure = insight.plot_embedding(classifier(2, None), X, labels=np.linspace(0, 1, 40))
    assert len(figure.axes[0].collections[0].get_offsets()) == 10
    assert "10 of them drawn" in figure.axes[0].get_title()


def test_mistakes_are_named() -> None:
    with pytest.raises(ShapeError, match="two features"):
        insight.plot_boundary(Sequential([Input((3,)), layers.Dense(1)]), np.ones((2, 3)))
    with pytest.raises(DataError, match="return_inverse"):
        insight.plot_boundary(classifier(3, "softmax"), X[:2], ["a", "b"])
    with pytest.raises(ShapeError, match="not probabilities"):
        insight.plot_boundary(classifier(3, None), X)
    with pytest.raises(ArgumentError, match="an Embedding, or samples"):
        insight.plot_embedding(classifier(3, None))
    with pytest.raises(DataError, match=r"labels=y\[:len\(x\)\]"):
        insight.plot_embedding(classifier(3, None), X, labels=[0, 1])
    with pytest.raises(ArgumentError, match=r"labels=\.\.\."):
        insight.plot_embedding(classifier(3, None), X, np.zeros(40))  # type: ignore[arg-type]  # labels in the place of the layer
