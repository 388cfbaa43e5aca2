"""What a factor of stress grids is; the factors themselves are the modules of `datagen.stress_factors`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from datagen.factors import FactorRanges
from datagen.key_schemas import Schema

Cell = Mapping[str, Any]
"""The values that a cell gives to axes by name, and to the options of its factors."""


@dataclass(frozen=True)
class Axis:
    """One number of a factor: its name in configs and tables, its title and unit in figures, its description.

    check(value) raises InputError, naming the axis, for a value that is not allowed.
    """

    name: str
    title: str
    unit: str
    description: str
    check: Callable[[float], object]

    @property
    def label(self) -> str:
        """The label of a figure's axis, with its unit."""
        return f"{self.title} ({self.unit})"


@dataclass(frozen=True)
class StressFactor:
    """One factor: the axes that a cell sets, all of them together, and what they change.

    ranges(base, cell): the ranges that a cell's images are drawn from, for a factor of how they are drawn.
    corrupt(images [n, side, side], cell, generator): the images that are drawn, changed; corruptions share a generator
    and follow one another by `order`. options: further keys of a grid that the factor reads, each with its JSON schema,
    default included.
    """

    axes: tuple[Axis, ...]
    ranges: Callable[[FactorRanges, Cell], FactorRanges] | None = None
    corrupt: Callable[[np.ndarray, Cell, np.random.Generator], np.ndarray] | None = None
    order: int = 0
    options: Mapping[str, Schema] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the axes."""
        return tuple(axis.name for axis in self.axes)
