"""Sources of batches: generators, iterables, DataLoaders, and what makes them end or fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from glassworks.errors import DataError, GlassworksWarning
from glassworks.training.data import make_source
from glassworks.training.data.kinds import kind_of


def batch(number: int) -> tuple[np.ndarray, np.ndarray]:
    return np.full((2, 3), number, "float64"), np.array([number, number])


def numbers(source: Any) -> list[int]:
    return [int(y[0]) for _, y, _ in source]


class Again:
    """Can be iterated over again, and has no length."""

    def __init__(self, count: int = 4) -> None:
        self.count, self.started = count, 0

    def __iter__(self) -> Iterator[Any]:
        self.started += 1
        return (batch(i) for i in range(self.count))


class DataLoader(Again):
    """Stands for PyTorch's class of this name: lists instead of tuples, a length, a batch size."""

    batch_size = 2

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Any]:
        return (list(part) for part in super().__iter__())


DataLoader.__module__ = "torch.utils.data.dataloader"


# ---- generators


def test_the_first_batch_of_a_generator_is_kept_and_given_again() -> None:
    source = make_source(batch(i) for i in range(4))
    assert source.is_endless and source.num_batches is None
    x, y, weight = source.first_batch()
    assert x.dtype == "float32" and y.tolist() == [0, 0] and weight is None
    assert source.first_batch()[0] is x
    assert numbers(source) == [0, 1, 2, 3]


def test_a_generator_goes_on_where_the_last_iteration_was_dropped() -> None:
    source = make_source(batch(i) for i in range(5))
    source.first_batch()
    iterator = iter(source)
    assert [int(next(iterator)[1][0]) for _ in range(2)] == [0, 1]
    del iterator
    assert numbers(source) == [2, 3, 4]


def test_errors_inside_a_generator_come_out_as_they_are() -> None:
    def broken() -> Iterator[Any]:
        yield batch(0)
        raise KeyError("disk")

    with pytest.raises(KeyError, match="disk"):
        list(make_source(broken()))


def test_class_weights_apply_to_the_batches_of_any_source() -> None:
    weights = [weight.tolist() for _, _, weight in make_source((batch(i) for i in range(2)), class_weight={0: 1, 1: 5})]
    assert weights == [[1, 1], [5, 5]]


# ---- iterables


def test_an_iterable_starts_anew_each_epoch_and_the_first_batch_costs_no_extra_pass() -> None:
    again = Again()
    source = make_source(again)
    assert not source.is_endless and source.num_batches is None
    source.first_batch()
    assert numbers(source) == [0, 1, 2, 3] and again.started == 1
    assert source.num_batches == 4, "after a whole pass the length is known"
    assert numbers(source) == [0, 1, 2, 3] and again.started == 2


def test_a_list_of_tuples_of_arrays_is_a_list_of_batches() -> None:
    source = make_source([batch(0), batch(1)])
    assert source.num_batches == 2 and numbers(source) == [0, 1]


def test_a_data_loader_is_known_without_its_library_and_its_lists_are_x_y() -> None:
    loader = DataLoader()
    assert kind_of(loader) == "DataLoader"
    source = make_source(loader)
    assert (source.num_batches, source.batch_size) == (4, 2)
    assert numbers(source) == [0, 1, 2, 3]


def test_a_real_data_loader_gives_its_batches() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not a dependency of the tests: its package is large")
    data = torch.utils.data.TensorDataset(torch.arange(12.0).reshape(6, 2), torch.arange(6))
    source = make_source(torch.utils.data.DataLoader(data, batch_size=4))
    assert source.num_batches == 2
    x, y, weight = source.first_batch()
    assert (x.dtype, y.dtype, weight) == (np.float32, np.int64, None)
    np.testing.assert_array_equal(np.concatenate([y for _, y, _ in source]), np.arange(6))


# ---- forms of a batch


@pytest.mark.parametrize(
    ("given", "has_y", "has_weight"),
    [
        (np.ones((2, 1)), False, False),
        ((np.ones((2, 1)),), False, False),
        ((np.ones((2, 1)), [0, 1]), True, False),
        ((np.ones((2, 1)), [0, 1], [1.0, 1.0]), True, True),
        ([np.ones((2, 1)), np.ones((2, 1))], False, False),
        ({"a": np.ones((2, 1))}, False, False),
        (({"a": np.ones((2, 1))}, {"b": np.ones(2)}), True, False),
    ],
)
def test_every_form_of_a_batch_is_taken(given: Any, has_y: bool, has_weight: bool) -> None:
    x, y, weight = make_source(iter([given])).first_batch()
    assert x is not None and (y is not None, weight is not None) == (has_y, has_weight)
    assert make_source(iter([given]), for_predict=True).first_batch()[1:] == (None, None)


@pytest.mark.parametrize(
    ("given", "pieces"),
    [
        (None, ["None as a batch", "(x, y)"]),
        ((), ["a tuple of 0"]),
        ((1, 2, 3, 4), ["a tuple of 4", "([x1, x2], y)"]),
        ((None, np.ones(2)), ["x=None"]),
        ((np.ones(3), 1.0), ["y is the single number 1.0", "whole batches"]),
        ((np.ones((2, 3)), np.ones(3)), ["x has 2, y has 3"]),
        ((np.ones((0, 3)), np.ones(0)), ["empty"]),
        ((np.array(["a", 1], dtype=object), np.ones(2)), ["x has text"]),
        ((object(), np.ones(2)), ["x of type object"]),
    ],
)
def test_a_batch_of_another_form_is_refused_with_the_name_of_its_source(given: Any, pieces: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        make_source(iter([given])).first_batch()
    text = str(caught.value)
    assert "[batch of your generator]" in text
    assert [piece for piece in pieces if piece not in text] == []


# ---- arguments that do not go with a source


@pytest.mark.parametrize(
    ("arguments", "pieces"),
    [
        ({"y": np.ones(2)}, ["y together with a generator", "let the generator give (x, y)"]),
        ({"sample_weight": np.ones(2)}, ["sample_weight together with a generator"]),
        ({"class_weight": "balanced"}, ["class_weight='balanced' with a generator", "counted ahead"]),
    ],
)
def test_arguments_that_belong_inside_the_source_are_refused(arguments: dict[str, Any], pieces: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        make_source(iter([batch(0)]), **arguments)
    assert [piece for piece in pieces if piece not in str(caught.value)] == []


def test_a_batch_size_beside_a_source_of_batches_is_ignored_with_a_warning() -> None:
    with pytest.warns(GlassworksWarning, match="batch_size=8 together with a generator"):
        source = make_source(iter([batch(0)]), batch_size=8)
    assert len(list(source)) == 1


# ---- the end


def test_an_empty_generator_says_that_it_may_have_been_used_before() -> None:
    with pytest.raises(DataError, match="gave no batches") as caught:
        make_source(iter([])).first_batch()
    assert "make a new one" in str(caught.value)


def test_ending_early_is_a_warning_in_training_with_both_numbers() -> None:
    source = make_source(batch(i) for i in range(7))
    list(source)
    with pytest.warns(GlassworksWarning) as caught:
        source.ended_early(7, 10, "train")
    text = str(caught[0].message)
    assert "your generator gave 7 batches" in text and "steps_per_epoch=10 wants 10 batches" in text and "while True" in text


def test_ending_early_in_a_later_epoch_tells_how_many_there_were_in_all() -> None:
    source = make_source(batch(i) for i in range(7))
    list(source)
    with pytest.warns(GlassworksWarning, match="It gave 7 batches in all"):
        source.ended_early(2, 5, "train")


def test_ending_early_in_evaluation_is_a_warning_because_the_result_stands() -> None:
    source = make_source(Again())
    with pytest.warns(GlassworksWarning, match=r"your iterable gave 4 batches; steps=6 wants 6 batches"):
        source.ended_early(4, 6, "test")
    with pytest.raises(DataError, match="gave no batches"):
        source.ended_early(0, None, "predict")
