"""Scale: all of a cell's images are drawn at one scale."""

from dataclasses import replace

from datagen.factors import RANGE_BOUNDS
from datagen.stress_factor import Axis, StressFactor

FACTOR = StressFactor(
    axes=(
        Axis(
            name="scale",
            title="Scale",
            unit="factor",
            description="Scale: every image of a cell is drawn at exactly this scale.",
            check=lambda value: RANGE_BOUNDS["scale"].require("scale", value),
        ),
    ),
    ranges=lambda base, cell: replace(base, scale=(cell["scale"], cell["scale"])),
)
