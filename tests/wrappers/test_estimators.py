"""Models as estimators of scikit-learn: its own checks of estimators pass, and pipelines, searches and cross-validation work with them."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

import glassworks
from glassworks import layers, optimizers, utils
from glassworks.errors import ArgumentTypeError, DataError, MissingDependencyError, NotCompiledError, StateError
from glassworks.wrappers import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer, validation

FIT: dict[str, Any] = {"verbose": 0, "doctor": "off"}


def network(X: np.ndarray, y: np.ndarray, loss: str = "mse", activation: str | None = None, units: int = 16) -> glassworks.Model:
    """A small network; its weights and batches are the same each time, because several of scikit-learn's checks compare two fits."""
    utils.set_random_seed(0)
    model = glassworks.Sequential(
        [layers.Input(X.shape[1:]), layers.Dense(units, activation="relu"), layers.Dense(y.shape[1], activation=activation)]
    )
    model.compile(optimizers.Adam(0.03), loss)
    return model


def classifier(cls: type = SKLearnClassifier, **fit_kwargs: Any) -> SKLearnClassifier:
    kwargs = {"loss": "categorical_crossentropy", "activation": "softmax"}
    return cls(network, model_kwargs=kwargs, fit_kwargs={**FIT, "epochs": 12, **fit_kwargs})


class WithoutScores(SKLearnClassifier):
    """A classifier without `decision_function`, on which the rest of the checks that ask for it can run."""

    @property
    def decision_function(self) -> Any:
        raise AttributeError


# Keras's own list has eight checks for classifiers, most of them because two fits of its test differ.
AS_IN_KERAS = "decision_function gives two classes a column each, as Keras's does; scikit-learn wants one column"
EXPECTED = {"SKLearnClassifier": {"check_classifiers_classes": AS_IN_KERAS, "check_classifiers_train": AS_IN_KERAS}}
EXPECTED_NAMES = set(EXPECTED["SKLearnClassifier"])


def _name(check: Any) -> str:
    return check.func.__name__


def checks_of(estimator: Any) -> Iterator[Any]:
    """A case for each of scikit-learn's checks; its own names of cases hold addresses of memory."""
    for number, (one, check) in enumerate(estimator_checks_generator(estimator)):
        name, cls = _name(check), type(one).__name__
        reason = EXPECTED.get(cls, {}).get(name)
        marks = [pytest.mark.xfail(reason=reason)] if reason else []
        yield pytest.param(one, check, id=f"{cls}-{number}-{name}", marks=marks)


ESTIMATORS = [classifier(), SKLearnRegressor(network, fit_kwargs=FIT), SKLearnTransformer(network, fit_kwargs=FIT)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("estimator, check", [case for one in ESTIMATORS for case in checks_of(one)])
def test_the_checks_of_scikit_learn_pass(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.filterwarnings("ignore")
def test_the_checks_of_classifiers_fail_for_decision_function_alone() -> None:
    checks = [(one, check) for one, check in estimator_checks_generator(classifier(WithoutScores)) if _name(check) in EXPECTED_NAMES]
    assert {_name(check) for _, check in checks} == EXPECTED_NAMES
    for estimator, check in checks:
        check(estimator)


@pytest.fixture
def blobs() -> tuple[np.ndarray, np.ndarray]:
    """Two well separated classes, in an order that suits cross-validation."""
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2
    return rng.normal(size=(40, 3)) + 4 * labels[:, None], np.array(["no", "yes"])[labels]


def test_a_pipeline_ends_in_a_model_and_is_scored_by_cross_validation(blobs: tuple[np.ndarray, np.ndarray]) -> None:
    pipeline = make_pipeline(StandardScaler(), classifier())
    assert cross_val_score(pipeline, *blobs, cv=3).tolist() == [1, 1, 1]


def test_a_grid_is_searched_over_arguments_of_the_function_and_of_fit(blobs: tuple[np.ndarray, np.ndarray]) -> None:
    kwargs = {"loss": "categorical_crossentropy", "activation": "softmax"}
    grid = {"model_kwargs": [{**kwargs, "units": 1}, {**kwargs, "units": 8}], "fit_kwargs": [{**FIT, "epochs": 1}, {**FIT, "epochs": 25}]}
    search = GridSearchCV(SKLearnClassifier(network), grid, cv=2).fit(*blobs)
    assert search.best_params_["fit_kwargs"]["epochs"] == 25
    assert search.best_estimator_.epoch_ == 25
    assert search.best_estimator_.model_.layers[0].units == search.best_params_["model_kwargs"]["units"]
    assert search.best_score_ == 1


def test_a_clone_has_the_parameters_and_not_the_training(blobs: tuple[np.ndarray, np.ndarray]) -> None:
    fitted = classifier(epochs=3).fit(*blobs)
    twin = clone(fitted)
    assert twin.get_params() == fitted.get_params()
    assert fitted.epoch_ == 3 and twin.epoch_ == 0
    with pytest.raises(NotFittedError):
        twin.predict(blobs[0])


@pytest.mark.parametrize("cls", [SKLearnClassifier, SKLearnRegressor, SKLearnTransformer])
def test_a_fitted_estimator_is_pickled(cls: type) -> None:
    x, y = np.random.default_rng(0).normal(size=(20, 3)), np.arange(20) % 3
    fitted = cls(network, fit_kwargs=FIT).fit(x, y)
    twin = pickle.loads(pickle.dumps(fitted))
    method = "transform" if cls is SKLearnTransformer else "predict"
    np.testing.assert_array_equal(getattr(twin, method)(x), getattr(fitted, method)(x))
    assert twin.history_.history == fitted.history_.history


def test_a_regressor_predicts_several_targets(blobs: tuple[np.ndarray, np.ndarray]) -> None:
    x, targets = blobs[0], np.stack([blobs[0].sum(1), blobs[0][:, 0]], axis=1)
    regressor = SKLearnRegressor(network, fit_kwargs={**FIT, "epochs": 200}).fit(x, targets)
    assert regressor.predict(x).shape == (40, 2)
    assert regressor.score(x, targets) > 0.9


def test_a_compiled_model_is_cloned_for_each_fit_and_stays_as_it_is(blobs: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = blobs[0], blobs[0].sum(1)
    model = network(x, y[:, None])
    before = model.get_weights()
    estimator = SKLearnRegressor(model, fit_kwargs=FIT)
    first = estimator.fit(x, y).model_
    second = estimator.fit(x, y).model_
    assert len({id(model), id(first), id(second)}) == 3
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("given", ["model", "function"])
def test_a_warm_start_goes_on_with_the_weights(given: str, blobs: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = blobs[0], blobs[0].sum(1)
    model = network(x, y[:, None]) if given == "model" else network
    estimator = SKLearnRegressor(model, warm_start=True, fit_kwargs={**FIT, "epochs": 10})
    losses = [loss for _ in range(3) for loss in estimator.fit(x, y).history_.history["loss"]]
    assert losses[10] < losses[9] * 1.5 < losses[0]
    assert int(estimator.model_.optimizer.iterations.numpy()) == 60
    if given == "model":
        assert estimator.model_ is model
        assert clone(estimator).model is not model, "the folds of a cross-validation do not train one model"


def test_arguments_of_fit_take_precedence_and_are_not_kept(blobs: tuple[np.ndarray, np.ndarray]) -> None:
    estimator = classifier(epochs=2)
    assert estimator.fit(*blobs, epochs=4, batch_size=8).epoch_ == 4
    assert estimator.fit_kwargs == {**FIT, "epochs": 2}
    assert estimator.fit(*blobs).epoch_ == 2


def test_weights_of_samples_are_routed_to_fit(blobs: tuple[np.ndarray, np.ndarray]) -> None:
    with sklearn.config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, classifier(epochs=1).set_fit_request(sample_weight=True))
        losses = [pipeline.fit(*blobs, sample_weight=np.full(40, w))[-1].history_.history["loss"][0] for w in (1.0, 0.0)]
    assert losses[0] > 0 and losses[1] == 0
    with pytest.raises(StateError, match=r"sklearn.set_config\(enable_metadata_routing=True\)"):
        classifier().set_fit_request(sample_weight=True)


def uncompiled(X: np.ndarray, y: np.ndarray) -> glassworks.Model:
    return glassworks.Sequential([layers.Input((3,)), layers.Dense(1)], name="mine")


@pytest.mark.parametrize(
    "model, error, text",
    [
        (uncompiled, NotCompiledError, r"call mine.compile\(optimizer='adam', loss='mse'\) first"),
        (uncompiled(np.ones(0), np.ones(0)), RuntimeError, "model 'mine' is not compiled"),
        (lambda X, y: None, ArgumentTypeError, "end the function with: return model"),
        ("network", ArgumentTypeError, "a model or a function that returns one"),
    ],
    ids=["uncompiled function", "uncompiled model", "no model", "text"],
)
def test_what_cannot_be_trained_is_refused_by_fit(model: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        SKLearnRegressor(model).fit(np.ones((4, 3)), np.ones(4))


def test_targets_that_are_no_classes_are_refused(blobs: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(DataError, match=r"continuous(.|\n)*SKLearnRegressor"):
        classifier().fit(blobs[0], np.linspace(0, 1, 40))
    with pytest.raises(DataError, match=r"one class, (.|\n)*stratify"):
        classifier().fit(blobs[0], np.full(40, "yes"))


@pytest.mark.parametrize("cls", [SKLearnClassifier, SKLearnRegressor, SKLearnTransformer])
def test_without_scikit_learn_the_error_names_the_extra(cls: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "validate_data", None)
    with pytest.raises(MissingDependencyError, match=rf"\[{cls.__name__}\](.|\n)*\.\[sklearn\]"):
        cls(network)
