"""The affine factors of an image: their ranges, and uniform draws from these."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from datagen.bounds import Bounds
from datagen.values import require

FACTOR_NAMES = ("rotation_deg", "shear_x_deg", "shear_y_deg", "scale", "shift_x", "shift_y")

Factors = dict[str, np.ndarray]

RANGE_BOUNDS = {
    "rotation_deg": Bounds(0, 180),
    "shear_deg": Bounds(0, 90, high_is_open=True),
    "scale": Bounds(0, low_is_open=True),
    "shift": Bounds(0, 1),
}
"""What each of FactorRanges may be, a scale at either end; a shift is a fraction of the image side."""
_MEANING = {"shift": ", a fraction of the image side"}


@dataclass(frozen=True)
class FactorRanges:
    """Ranges of uniform factors: +-rotation_deg, +-shear_deg and +-shift in x and in y, scale in [lo, hi].

    Shift is a fraction of the image side. The defaults leave a template as it is. Raises InputError for a
    value outside RANGE_BOUNDS, or a scale with lo > hi.
    """

    rotation_deg: float = 0.0
    shear_deg: float = 0.0
    scale: tuple[float, float] = (1.0, 1.0)
    shift: float = 0.0

    def __post_init__(self) -> None:
        for name in ("rotation_deg", "shear_deg", "shift"):
            value = getattr(self, name)
            RANGE_BOUNDS[name].require(name, value, _MEANING.get(name, ""))
            # Frozen fields are set as floats, so that 60 and 60.0 are one data set down to its bytes.
            object.__setattr__(self, name, float(value))
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
    bounds = RANGE_BOUNDS["scale"]
    is_pair = isinstance(scale, (tuple, list)) and len(scale) == 2 and all(bounds.allow(end) for end in scale)
    require(is_pair and scale[0] <= scale[1], "scale", scale, f"[lo, hi] with {bounds.low} < lo <= hi")
    return (float(scale[0]), float(scale[1]))
