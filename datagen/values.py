"""What counts as a number in a config: true is not 1, and neither NaN nor infinity is a value."""

import math
from numbers import Integral, Real
from typing import TypeGuard

from datagen.errors import InputError

LARGEST_SIDE_PX = 1024
SIDE_IS_SQUARED = "memory and time grow with its square"


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


def require_side(key: str, value: object, at_least: int) -> None:
    """Raise InputError, naming the key, unless a value is a side of images in px that can be worked with."""
    allowed = is_whole(value) and at_least <= value <= LARGEST_SIDE_PX
    require(allowed, key, value, f"a whole number, {at_least} to {LARGEST_SIDE_PX}: {SIDE_IS_SQUARED}")
