"""Rotation: a cell's images are turned within a range of its own."""

from dataclasses import replace

from datagen.factors import FactorRanges
from datagen.stress_factor import Axis, StressFactor

FACTOR = StressFactor(
    axes=(
        Axis(
            name="rotation_deg",
            title=r"Rotation range $\pm\alpha$",
            unit="degrees",
            description="Rotation range: each cell's images are turned uniformly within +- this many degrees.",
            check=lambda value: FactorRanges(rotation_deg=value),
        ),
    ),
    ranges=lambda base, cell: replace(base, rotation_deg=cell["rotation_deg"]),
)
