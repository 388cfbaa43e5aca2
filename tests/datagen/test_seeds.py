"""Streams by name."""

import itertools

import numpy as np
import pytest

from datagen.errors import InputError
from datagen.seeds import generator, seed_sequence


def first_numbers(root, *names) -> tuple:
    return tuple(seed_sequence(root, *names).generate_state(4).tolist())


def test_streams_differ_by_root_by_name_by_order_and_by_boundary():
    names = [(), ("a",), ("b",), ("a", "b"), ("b", "a"), ("ab",), ("a", "b", ""), ("1",), ("0",)]
    streams = [first_numbers(root, *name) for root, name in itertools.product((0, 1, 2**40), names)]
    assert len(set(streams)) == 3 * len(names)


def test_a_number_and_its_text_are_one_name():
    assert first_numbers(0, "seed", 1) == first_numbers(0, "seed", "1") == first_numbers(0, "seed", np.int64(1))


def test_streams_below_a_stream_differ_and_are_not_those_of_the_root():
    parent = seed_sequence(0, "data")
    streams = {first_numbers(parent, "test"), first_numbers(parent, "labelled"), first_numbers(0, "test")}
    assert len(streams) == 3


def test_a_stream_stays_the_same_from_version_to_version():
    # Written down from this function's first version: a change moves every published number.
    assert generator(0, "data", 0).integers(1000, size=4).tolist() == [39, 48, 773, 365]


@pytest.mark.parametrize("root", [-1, 0.5, "0", None, True])
def test_a_root_that_is_no_seed_is_refused(root):
    with pytest.raises(InputError, match=r"seed: .* expected a whole number >= 0"):
        seed_sequence(root, "data")
