"""The affine factors of an image: their ranges, and uniform draws from these."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from datagen.values import is_real, require

FACTOR_NAMES = ("rotation_deg", "shear_x_deg", "shear_y_deg", "scale", "shift_x", "shift_y")

Factors = dict[str, np.ndarray]


@dataclass(frozen=True)
class FactorRanges:
    """Ranges of uniform factors: +-rotation_deg, +-shear_deg and +-shift in x and in y, scale in [lo, hi].

    Shift is a fraction of the image side. The defaults leave a template as it is. Raises InputError for a
    value outside rotation_deg 0..180, 0 <= shear_deg < 90, 0 < lo <= hi, shift 0..1.
    """

    rotation_deg: float = 0.0
    shear_deg: float = 0.0
    scale: tuple[float, float] = (1.0, 1.0)
    shift: float = 0.0

    def __post_init__(self) -> None:
        rotation, shear, shift = self.rotation_deg, self.shear_deg, self.shift
        require(is_real(rotation) and 0 <= rotation <= 180, "rotation_deg", rotation, "0..180")
        require(is_real(shear) and 0 <= shear < 90, "shear_deg", shear, "0 <= value < 90")
        require(is_real(shift) and 0 <= shift <= 1, "shift", shift, "0..1, a fraction of the image side")
        # Frozen fields are set as floats, so that 60 and 60.0 are one data set down to its bytes.
        for name in ("rotation_deg", "shear_deg", "shift"):
            object.__setattr__(self, name, float(getattr(self, name)))
        object.__setattr__(self, "scale", _scale_range(self.scale))

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Give the lowest and highest value of each factor, [6] and [6] in the order of FACTOR_NAMES."""
        high = np.array([self.rotation_deg, self.shear_deg, self.shear_deg, self.scale[1], self.shift, self.shift])
        low = -high
        low[FACTOR_NAMES.index("scale")] = self.scale[0]
        return low, high


RANGE_NAMES = tuple(field.name for field in fields(FactorRanges))


def sample_factors(ranges: FactorRanges, n: int, rng: np.random.Generator) -> Factors:
    """Draw n independent uniform values of each factor; [n] float64 under each of FACTOR_NAMES.

    The random numbers are used image by image and do not depend on the ranges: a longer draw begins with the
    shorter one, and wider ranges stretch the same images.
    """
    low, high = ranges.bounds()
    values = low + (high - low) * rng.random((n, len(FACTOR_NAMES)))
    return {name: np.ascontiguousarray(values[:, column]) for column, name in enumerate(FACTOR_NAMES)}


def _scale_range(scale: Sequence[float]) -> tuple[float, float]:
    is_pair = isinstance(scale, (tuple, list)) and len(scale) == 2 and all(is_real(bound) for bound in scale)
    require(is_pair and 0 < scale[0] <= scale[1], "scale", scale, "[lo, hi] with 0 < lo <= hi")
    return (float(scale[0]), float(scale[1]))
