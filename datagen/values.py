"""What counts as a number in a config: true is not 1, and neither NaN nor infinity is a value."""

import math
from numbers import Integral, Real
from typing import TypeGuard

from datagen.errors import InputError


def is_real(value: object) -> TypeGuard[float]:
    """Tell whether a value is a finite number."""
    return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)


def is_whole(value: object) -> TypeGuard[int]:
    """Tell whether a value is a whole number of an integer type."""
    return not isinstance(value, bool) and isinstance(value, Integral)


def require(allowed: bool, key: str, value: object, expected: str) -> None:
    """Raise InputError, naming the key, its value and what is expected, unless allowed."""
    if not allowed:
        raise InputError(f"{key}: {value!r} is not allowed; expected {expected}")


def require_positive(key: str, value: object) -> None:
    """Raise InputError, naming the key, unless a value is a whole number >= 1."""
    require(is_whole(value) and value >= 1, key, value, "a whole number >= 1")
