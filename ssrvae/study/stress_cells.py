"""The cells of a stress grid: the factors that a cell sets, and what its images are then drawn from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from datagen.corruption import check_contamination, check_noise
from datagen.errors import InputError
from datagen.factors import FactorRanges
from datagen.seeds import generator
from ssrvae.study.grids import grid_values

Cell = dict[str, float]

CORRUPTIONS = ("noise_sigma", "contamination_density", "contamination_intensity")


def grid_cells(stanza: Mapping[str, Any], where: str) -> tuple[Cell, ...]:
    """List the cells of a stress stanza: its points, or the product of its axes, the last axis fastest."""
    if "points" in stanza:
        return tuple(dict(point) for point in stanza["points"])
    axes = {name: grid_values(spec, f"{where}.axes.{name}") for name, spec in stanza["axes"].items()}
    return tuple(dict(zip(axes, values, strict=True)) for values in product(*axes.values()))


def check_cells(cells: Sequence[Cell], mode: str, where: str) -> None:
    """Raise InputError, naming the key, for a value that its factor does not allow or contamination left half said."""
    for cell in cells:
        if ("contamination_density" in cell) != ("contamination_intensity" in cell):
            raise InputError(f"config: {where}: {cell} needs both contamination_density and contamination_intensity")
        try:
            cell_ranges(FactorRanges(), cell)
            check_noise(cell.get("noise_sigma", 0.0))
            check_contamination(cell.get("contamination_density", 0.0), cell.get("contamination_intensity", 0.0), mode)
        except InputError as error:
            raise InputError(f"config: {where}: {error}") from error


def cell_ranges(base: FactorRanges, cell: Cell) -> FactorRanges:
    """Give the ranges of a cell's images: those of the data set, but for the factors that the cell sets.

    rotation_deg, shear_deg and shift are half widths of their ranges; scale is the scale of every image.
    """
    named: dict[str, Any] = {name: value for name, value in cell.items() if name not in CORRUPTIONS}
    if "scale" in named:
        named["scale"] = (named["scale"], named["scale"])
    return replace(base, **named)


def cell_image_rng(root_seed: int, seed: int, cell: Cell) -> np.random.Generator:
    """Give the generator of a stress cell's clean images; cells that differ in corruption alone share their images."""
    return generator(root_seed, "stress images", seed, *_names(cell, corruption=False))


def cell_corruption_rng(root_seed: int, seed: int, cell: Cell) -> np.random.Generator:
    """Give the generator of a stress cell's noise and contamination."""
    return generator(root_seed, "stress corruption", seed, *_names(cell, corruption=True))


def _names(cell: Cell, corruption: bool) -> list[str]:
    """Name a cell by its factors in a fixed order, so that neither the order of the axes nor of the cells matters."""
    return [f"{name}={value:.10g}" for name, value in sorted(cell.items()) if (name in CORRUPTIONS) is corruption]
