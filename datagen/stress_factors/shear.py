"""Shear: a cell's images are sheared within a range of its own, in x and in y."""

from dataclasses import replace

from datagen.factors import FactorRanges
from datagen.stress_factor import Axis, StressFactor

FACTOR = StressFactor(
    axes=(
        Axis(
            name="shear_deg",
            title=r"Shear range $\pm s$",
            unit="degrees",
            description="Shear range: each cell's images are sheared uniformly within +- this many degrees, in x and "
            "in y.",
            check=lambda value: FactorRanges(shear_deg=value),
        ),
    ),
    ranges=lambda base, cell: replace(base, shear_deg=cell["shear_deg"]),
)
