"""Splits of micrographs: every class in proportion, and never a part without it."""

import numpy as np
import pytest

from datagen.contract import SPLITS
from datagen.errors import InputError
from datagen.micrographs.micrograph_splits import even_split


def held(counts: list[list[int]]) -> np.ndarray:
    return np.array(counts, dtype=np.float64)


@pytest.mark.parametrize("seed", range(5))
def test_each_part_holds_its_share_of_a_class_that_few_micrographs_hold(seed):
    """Twelve of 60 micrographs hold the rare class: a random split often gives a part one or eight of them."""
    counts = held([[5, 10 if number < 12 else 0] for number in range(60)])
    parts = even_split(counts, 0.25, 0.35, np.random.default_rng(seed))
    assert [(parts == name).sum() for name in SPLITS] == [24, 15, 21]
    shares = [counts[parts == name, 1].sum() / 120 for name in SPLITS]
    assert shares == pytest.approx([0.4, 0.25, 0.35], abs=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_a_class_of_two_micrographs_is_labelled_in_one_and_tested_in_the_other_whatever_is_even(seed):
    """With few test micrographs, the more even split has both of them labelled."""
    counts = held([[5, 1 if number < 2 else 0] for number in range(20)])
    parts = even_split(counts, 0.1, 0.1, np.random.default_rng(seed))
    assert sorted(parts[:2]) == ["labelled", "test"]


def test_classes_that_no_split_can_serve_are_told():
    counts = held([[1, 0], [1, 0], [0, 1], [0, 1]])
    with pytest.raises(InputError, match="no split of 4 micrographs has every class labelled and tested"):
        even_split(counts, 0.25, 0.25, np.random.default_rng(0))


def test_three_micrographs_are_one_of_each():
    parts = even_split(np.ones((3, 2)), 0.25, 0.35, np.random.default_rng(0))
    assert sorted(parts) == sorted(SPLITS)
