"""The cells of a stress grid: the factors that a cell sets, and what its images are then drawn from."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from datagen.errors import InputError
from datagen.factors import FactorRanges
from datagen.seeds import generator
from datagen.stress_factors import factors_of, stress_axes
from ssrvae.study.grids import every_combination, grid_values

Cell = dict[str, float]

LONGEST_LIST = 100_000
"""Characters that the cells of a grid may take as JSON: a job is given them in its command, of at most 128 KiB."""


def grid_cells(stanza: Mapping[str, Any], where: str) -> tuple[Cell, ...]:
    """List the cells of a stress stanza: its points, or the product of its axes, the last axis fastest."""
    if "points" in stanza:
        return tuple(dict(point) for point in stanza["points"])
    axes = {name: grid_values(spec, f"{where}.axes.{name}") for name, spec in stanza["axes"].items()}
    return tuple(dict(zip(axes, values, strict=True)) for values in every_combination(axes, f"{where}.axes"))


def check_cells(cells: Sequence[Cell], where: str) -> None:
    """Raise InputError, naming the key, for a value that is not allowed, a factor left half said or too many cells."""
    axes = stress_axes()
    length = len(json.dumps(cells))
    if length > LONGEST_LIST:
        most = len(cells) * LONGEST_LIST // length
        raise InputError(f"{where}: has {len(cells)} cells, at most about {most} fit into a job's command; split it")
    for cell in cells:
        for factor in factors_of(cell):
            if not set(factor.names) <= set(cell):
                raise InputError(f"{where}: {cell} needs both {' and '.join(factor.names)}")
        for name, value in cell.items():
            try:
                axes[name].check(value)
            except InputError as error:
                raise InputError(f"{where}: {error}") from error


def cell_options(cells: Sequence[Cell], stanza: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a stress stanza says for the options of the factors that its cells set."""
    factors = factors_of(name for cell in cells for name in cell)
    return {option: stanza[option] for factor in factors for option in factor.options}


def cell_ranges(base: FactorRanges, cell: Mapping[str, Any]) -> FactorRanges:
    """Give the ranges of a cell's images: those of the data set, but for the factors that the cell sets."""
    for factor in factors_of(cell):
        if factor.ranges is not None:
            base = factor.ranges(base, cell)
    return base


def corrupted(images: np.ndarray, cell: Mapping[str, Any], rng: np.random.Generator) -> np.ndarray:
    """Corrupt the images [n, side, side] of a cell, whose options stand beside its values, one factor after another."""
    for factor in factors_of(cell):
        if factor.corrupt is not None:
            images = factor.corrupt(images, cell, rng)
    return images


def cell_image_rng(root_seed: int, seed: int, cell: Cell) -> np.random.Generator:
    """Give the generator of a stress cell's clean images; cells that differ in corruption alone share their images."""
    return generator(root_seed, "stress images", seed, *_names(cell, corruption=False))


def cell_corruption_rng(root_seed: int, seed: int, cell: Cell) -> np.random.Generator:
    """Give the generator of a stress cell's noise and contamination."""
    return generator(root_seed, "stress corruption", seed, *_names(cell, corruption=True))


def _names(cell: Cell, corruption: bool) -> list[str]:
    """Name a cell by its factors in a fixed order, so that neither the order of the axes nor of the cells matters."""
    factors = factors_of(cell)
    names = {name for factor in factors if (factor.corrupt is not None) is corruption for name in factor.names}
    return [f"{name}={value:.10g}" for name, value in sorted(cell.items()) if name in names]
