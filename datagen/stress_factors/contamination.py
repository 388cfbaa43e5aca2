"""Contamination: random pixels of a cell's images are set to a grey value, or it is added to them (paper, Fig. 4f)."""

import numpy as np

from datagen.corruption import CONTAMINATION_MODES, check_density, check_intensity, contaminate
from datagen.key_schemas import key
from datagen.stress_factor import Axis, Cell, StressFactor


def _contaminated(images: np.ndarray, cell: Cell, rng: np.random.Generator) -> np.ndarray:
    return contaminate(images, cell["contamination_density"], cell["contamination_intensity"], cell["mode"], rng)


FACTOR = StressFactor(
    axes=(
        Axis(
            name="contamination_density",
            title="Density",
            unit="share of the pixels",
            description="Share of each image's pixels that are contaminated, 0 to 1.",
            check=check_density,
        ),
        Axis(
            name="contamination_intensity",
            title="Intensity",
            unit="share of the grey range",
            description="Grey value that a contaminated pixel is set to, or that is added to it (see mode).",
            check=check_intensity,
        ),
    ),
    corrupt=_contaminated,
    order=2,
    options={
        "mode": key(
            "Contaminated pixels are set to the intensity, or the intensity is added to them.",
            enum=list(CONTAMINATION_MODES),
            default=CONTAMINATION_MODES[0],
        )
    },
)
