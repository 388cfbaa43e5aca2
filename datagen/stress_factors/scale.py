"""Scale: all of a cell's images are drawn at one scale."""

from dataclasses import replace

from datagen.stress_factor import Axis, StressFactor
from datagen.values import is_real, require

FACTOR = StressFactor(
    axes=(
        Axis(
            name="scale",
            title="Scale",
            unit="factor",
            description="Scale: every image of a cell is drawn at exactly this scale.",
            check=lambda value: require(is_real(value) and value > 0, "scale", value, "a number > 0"),
        ),
    ),
    ranges=lambda base, cell: replace(base, scale=(cell["scale"], cell["scale"])),
)
