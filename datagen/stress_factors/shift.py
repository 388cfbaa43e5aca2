"""Shift: a cell's images are shifted within a range of its own, in x and in y."""

from dataclasses import replace

from datagen.factors import FactorRanges
from datagen.stress_factor import Axis, StressFactor

FACTOR = StressFactor(
    axes=(
        Axis(
            name="shift",
            title="Shift range",
            unit="share of the image side",
            description="Shift range: each cell's images are shifted uniformly within +- this fraction of the side.",
            check=lambda value: FactorRanges(shift=value),
        ),
    ),
    ranges=lambda base, cell: replace(base, shift=cell["shift"]),
)
