"""Factors: uniform, inside their ranges, and the same random numbers whatever the ranges and the count."""

import numpy as np
import pytest
from scipy.stats import kstest

from datagen.errors import InputError
from datagen.factors import FACTOR_NAMES, FactorRanges, sample_factors

RANGES = FactorRanges(rotation_deg=60, shear_deg=15, scale=(1.0, 1.3), shift=0.1)
BOUNDS = {
    "rotation_deg": (-60, 60),
    "shear_x_deg": (-15, 15),
    "shear_y_deg": (-15, 15),
    "scale": (1.0, 1.3),
    "shift_x": (-0.1, 0.1),
    "shift_y": (-0.1, 0.1),
}


@pytest.mark.parametrize("name", FACTOR_NAMES)
def test_each_factor_is_uniform_over_its_whole_range(name, rng):
    values = sample_factors(RANGES, 4000, rng)[name]
    low, high = BOUNDS[name]
    assert low <= values.min()
    assert values.max() <= high
    # With a fresh seed this fails for one factor in a million.
    assert kstest(values, "uniform", args=(low, high - low)).pvalue > 1e-6


def test_factors_are_uncorrelated(rng):
    n = 4000
    values = sample_factors(RANGES, n, rng)
    correlation = np.corrcoef([values[name] for name in FACTOR_NAMES]) - np.eye(6)
    assert np.abs(correlation).max() < 5 / np.sqrt(n)  # 15 pairs at 5 sigma: one fresh seed in 100,000


def test_a_longer_draw_begins_with_the_shorter_one():
    short, long = (sample_factors(RANGES, n, np.random.default_rng(1)) for n in (10, 50))
    for name in FACTOR_NAMES:
        np.testing.assert_array_equal(short[name], long[name][:10])


def test_a_wider_range_stretches_the_same_draw():
    wide = FactorRanges(rotation_deg=180, shear_deg=15, scale=(1.0, 1.3), shift=0.1)
    narrow_draw, wide_draw = (sample_factors(r, 20, np.random.default_rng(1)) for r in (RANGES, wide))
    np.testing.assert_allclose(wide_draw["rotation_deg"], 3 * narrow_draw["rotation_deg"])
    for name in FACTOR_NAMES[1:]:
        np.testing.assert_array_equal(wide_draw[name], narrow_draw[name])


def test_the_default_ranges_move_nothing(rng):
    factors = sample_factors(FactorRanges(), 3, rng)
    assert {name: set(values.tolist()) for name, values in factors.items()} == {
        name: {1.0} if name == "scale" else {0.0} for name in FACTOR_NAMES
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rotation_deg": -1}, r"rotation_deg: -1 is not allowed; expected 0\.\.180"),
        ({"rotation_deg": 181}, "rotation_deg: 181"),
        ({"rotation_deg": float("nan")}, "rotation_deg: nan"),
        ({"rotation_deg": "60"}, "rotation_deg: '60'"),
        ({"rotation_deg": True}, "rotation_deg: True"),
        ({"shear_deg": -0.1}, "shear_deg: -0.1"),
        ({"shear_deg": 90}, "shear_deg: 90 is not allowed; expected 0 <= value < 90"),
        ({"shift": -0.1}, "shift: -0.1"),
        ({"shift": 4.8}, r"shift: 4.8 is not allowed; expected 0\.\.1"),
        ({"scale": (1.3, 1.0)}, r"scale: \(1.3, 1.0\) is not allowed; expected \[lo, hi\] with 0 < lo <= hi"),
        ({"scale": [0, 1]}, r"scale: \[0, 1\]"),
        ({"scale": [-1, 1]}, r"scale: \[-1, 1\]"),
        ({"scale": 1.2}, "scale: 1.2"),
        ({"scale": [1, 2, 3]}, r"scale: \[1, 2, 3\]"),
    ],
)
def test_a_range_that_cannot_be_is_refused_by_name(given, message):
    with pytest.raises(InputError, match=message):
        FactorRanges(**given)
