"""The values of a grid, and how a value is written in the name of a data set."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from datagen.errors import InputError

MOST_VALUES = 10_000


def grid_values(spec: Sequence[Any] | Mapping[str, Sequence[float]], key: str) -> list[Any]:
    """List the values of a grid: a list as it is, {linspace: [first, last, n]}, or {logspace: [exponents of 10, n]}.

    Numbers keep 10 digits, so that 0.1 + 0.2 is written as 0.3 in file names and tables. Raises InputError, naming
    the key, for values that are not finite or not all different.
    """
    if not isinstance(spec, Mapping):
        values = list(spec)
    else:
        ((spacing, (first, last, n)),) = spec.items()
        count = int(n)
        if count > MOST_VALUES:
            raise InputError(f"{key}: {spec} asks for {count} values; at most {MOST_VALUES} are allowed")
        steps = [first + (last - first) * i / (count - 1) for i in range(count)]
        try:
            values = [_rounded(10.0**step if spacing == "logspace" else step) for step in steps]
        except OverflowError:
            values = [math.inf]
    if any(isinstance(value, float) and not math.isfinite(value) for value in values):
        raise InputError(f"{key}: {spec} gives values that are not finite numbers")
    texts = [value_text(value) for value in values]
    if len(set(texts)) < len(texts):
        raise InputError(f"{key}: {spec} gives the value {_first_repeated(texts)} twice")
    return values


def every_combination(grids: Mapping[str, Sequence[Any]], where: str) -> Iterator[tuple[Any, ...]]:
    """Combine the values of several keys, those of the last fastest; raises InputError, naming where, for too many."""
    count = math.prod(len(values) for values in grids.values())
    if count > MOST_VALUES:
        raise InputError(f"{where}: {' x '.join(grids)} make {count} combinations; at most {MOST_VALUES} are allowed")
    return product(*grids.values())


def value_text(value: Any) -> str:
    """Write a value for a file name: numbers with up to 6 digits, lists joined by -, texts without odd characters."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:.6g}".replace("+", "")
    if isinstance(value, (list, tuple)):
        return "-".join(value_text(item) for item in value)
    return re.sub(r"[^A-Za-z0-9.]+", "-", str(value)).strip("-.")


def _rounded(value: float) -> float | int:
    value = float(f"{value:.10g}")
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def _first_repeated(texts: Sequence[str]) -> str:
    return next(text for i, text in enumerate(texts) if text in texts[:i])
