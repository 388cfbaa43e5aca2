"""The bounds of a number: what is checked, what is worded and what the JSON schema says are one and the same."""

import jsonschema
import pytest

from datagen.bounds import Bounds
from datagen.errors import InputError
from datagen.factors import RANGE_BOUNDS, RANGE_NAMES, FactorRanges
from datagen.splits import split_schemas

WORDED = {
    "0..180": Bounds(0, 180),
    "0 <= value < 90": Bounds(0, 90, high_is_open=True),
    "1 < value <= 2": Bounds(1, 2, low_is_open=True),
    "0 < value < 1": Bounds(0, 1, low_is_open=True, high_is_open=True),
    "a number > 0": Bounds(0, low_is_open=True),
    "a number >= 0.5": Bounds(0.5),
}
VALUES = (-1, 0, 0.25, 0.5, 1, 1.5, 2, 89.9, 90, 180, 181, 1e300, "1", None, True, [1])


@pytest.mark.parametrize("words", WORDED)
def test_the_check_the_words_and_the_schema_agree(words):
    bounds = WORDED[words]
    assert str(bounds) == words
    said = jsonschema.Draft202012Validator(bounds.schema())
    assert {bounds.allow(value) for value in VALUES} == {True, False}
    for value in VALUES:
        assert bounds.allow(value) == said.is_valid(value), value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_no_bounds_allow_what_is_not_finite(value):
    assert not any(bounds.allow(value) for bounds in WORDED.values())


def test_a_refused_value_is_told_with_its_key_and_what_is_allowed():
    with pytest.raises(InputError, match=r"^shift: 2 is not allowed; expected 0\.\.1, a fraction$"):
        Bounds(0, 1).require("shift", 2, ", a fraction")


@pytest.mark.parametrize("name", RANGE_NAMES)
@pytest.mark.parametrize("split", split_schemas())
def test_ranges_are_refused_by_the_schema_where_they_are_refused_by_the_check(split, name):
    said = jsonschema.Draft202012Validator(split_schemas()[split]["properties"][name])
    assert RANGE_BOUNDS.keys() == set(RANGE_NAMES)
    agreed = set()
    for value in VALUES:
        given = [value, value] if name == "scale" else value
        agreed.add(_is_allowed(name, given))
        assert _is_allowed(name, given) == said.is_valid(given), given
    assert agreed == {True, False}


def _is_allowed(name, value):
    try:
        FactorRanges(**{name: value})
    except InputError:
        return False
    return True
