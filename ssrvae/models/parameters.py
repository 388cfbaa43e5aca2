"""What an estimator's parameters may be: a rule a parameter, held against its value when the fit begins."""

import math
from collections.abc import Callable, Collection, Mapping
from numbers import Integral, Real
from textwrap import shorten
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator

from datagen.errors import InputError


class Rule(NamedTuple):
    """What a value may be, in words that follow "must be", and the test of it."""

    words: str
    allows: Callable[[Any], bool]


def check_parameters(estimator: BaseEstimator, rules: Mapping[str, Rule]) -> None:
    """Raise InputError naming the first parameter that breaks its rule, its value, and what is allowed."""
    for name, rule in rules.items():
        check_value(name, getattr(estimator, name), rule)


def check_value(name: str, value: Any, rule: Rule) -> None:
    """Raise InputError, in one line, for a value that breaks a rule."""
    if not rule.allows(value):
        raise InputError(f"{name} must be {rule.words}, got {shorten(repr(value), 200, placeholder=' ...')}")


def number(words: str, allows: Callable[[float], bool]) -> Rule:
    """Allow real numbers, NumPy's among them, that pass a test; no bool, no NaN, no infinity."""
    return Rule(f"a number {words}", lambda value: _is_real(value) and math.isfinite(value) and allows(value))


def whole(at_least: int) -> Rule:
    """Allow whole numbers, NumPy's among them, from a bound on."""
    return Rule(f"a whole number, at least {at_least}", lambda value: _is_whole(value) and value >= at_least)


def optional(rule: Rule) -> Rule:
    """Allow None as well."""
    return Rule(f"{rule.words}, or None", lambda value: value is None or rule.allows(value))


def one_of(names: Collection[str]) -> Rule:
    """Allow one of some names."""
    return Rule(f"one of {', '.join(names)}", lambda value: isinstance(value, str) and value in names)


def several_of(names: Collection[str]) -> Rule:
    """Allow a list of some names, each at most once."""

    def allows(value: Any) -> bool:
        given = _listed(value)
        return given is not None and all(name in names for name in given) and len(set(given)) == len(given)

    return Rule(f"a list of any of {', '.join(names)}", allows)


def named_or_made(names: Collection[str], what: str, is_made: Callable[[Any], bool]) -> Rule:
    """Allow one of some names, or an object of the caller's own."""
    words = f"one of {', '.join(names)}, or {what}"
    return Rule(words, lambda value: value in names if isinstance(value, str) else is_made(value))


POSITIVE = number("greater than 0", lambda value: value > 0)
NOT_NEGATIVE = number("of at least 0", lambda value: value >= 0)
LESS_THAN_HALF = number("in [0, 0.5), in sides", lambda value: 0 <= value < 0.5)
FLAG = Rule("True or False", lambda value: isinstance(value, bool | np.bool_))
VERBOSITY = Rule("0 or 1", lambda value: isinstance(value, bool | np.bool_) or (_is_whole(value) and value >= 0))
RANDOM_STATE = Rule(
    "a whole number from 0 to 4294967295, a numpy.random.RandomState, or None",
    lambda value: (
        value is None
        or value is np.random
        or isinstance(value, np.random.RandomState)
        or (_is_whole(value) and 0 <= value < 2**32)
    ),
)
WIDTHS = Rule(
    "a list of whole numbers, each at least 1",
    lambda value: bool(_listed(value)) and all(whole(1).allows(width) for width in _listed(value) or ()),
)


def _is_real(value: Any) -> bool:
    return isinstance(value, Real | np.floating | np.integer) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral | np.integer) and not isinstance(value, bool)


def _listed(value: Any) -> list | None:
    """The elements of a list, a tuple or an array of one axis; None for anything else, texts among it."""
    if isinstance(value, np.ndarray):
        return list(value) if value.ndim == 1 else None
    return list(value) if isinstance(value, list | tuple) else None
