"""Stress factors: what each changes, in which order, and what its axes are called."""

import math
import re

import numpy as np
import pytest

from datagen.corruption import add_noise, contaminate
from datagen.errors import InputError
from datagen.factors import FactorRanges
from datagen.stress_factors import factor_modules, factors_of, stress_axes, stress_factors

BASE = FactorRanges(60, 15, (1.0, 1.3), 0.1)
CONTAMINATION = {"contamination_density": 0.3, "contamination_intensity": 0.5, "mode": "add"}


def drawn(**cell: float) -> FactorRanges:
    (factor,) = factors_of(cell)
    assert factor.ranges is not None
    return factor.ranges(BASE, cell)


def test_a_factor_of_drawing_sets_its_range_and_leaves_the_others():
    assert drawn(rotation_deg=100) == FactorRanges(100, 15, (1.0, 1.3), 0.1)
    assert drawn(shear_deg=3) == FactorRanges(60, 3, (1.0, 1.3), 0.1)
    assert drawn(shift=0.4) == FactorRanges(60, 15, (1.0, 1.3), 0.4)
    assert drawn(scale=2) == FactorRanges(60, 15, (2.0, 2.0), 0.1)


def test_noise_comes_before_contamination_and_both_draw_from_one_generator(rng):
    images = rng.random((4, 8, 8)).astype(np.float32)
    cell = {**CONTAMINATION, "noise_sigma": 0.2}
    ours, expected_rng = np.random.default_rng(1), np.random.default_rng(1)
    expected = contaminate(add_noise(images, 0.2, expected_rng), 0.3, 0.5, "add", expected_rng)
    for factor in factors_of(cell):
        assert factor.corrupt is not None
        images = factor.corrupt(images, cell, ours)
    np.testing.assert_array_equal(images, expected)


def test_an_axis_has_a_description_and_a_label_with_its_unit_and_belongs_to_one_factor():
    names = [name for factor in stress_factors() for name in factor.names]
    assert len(names) == len(set(names)) == len(stress_axes())
    for name, axis in stress_axes().items():
        assert axis.name == name
        assert axis.description.endswith(".")
        assert axis.label == f"{axis.title} ({axis.unit})"
    assert stress_axes()["noise_sigma"].label == r"Noise $\sigma$ (share of the grey range)"


@pytest.mark.parametrize("name", stress_axes())
@pytest.mark.parametrize("value", [math.nan, math.inf, "1", True])
def test_what_is_no_finite_number_is_refused_by_the_name_of_its_axis(name, value):
    with pytest.raises(InputError, match=f"^{name}: "):
        stress_axes()[name].check(value)


@pytest.mark.parametrize(
    ("name", "allowed", "refused"),
    [
        ("rotation_deg", [0, 180], [-1, 181]),
        ("shear_deg", [0, 89], [-1, 90]),
        ("shift", [0, 1], [-0.1, 1.1]),
        ("scale", [0.1, 3], [0, -1]),
        ("noise_sigma", [0, 30], [-0.1]),
        ("contamination_density", [0, 1], [-0.1, 1.1]),
        ("contamination_intensity", [-1, 3], [-1e300, 1e300]),
    ],
)
def test_a_value_outside_its_range_is_refused(name, allowed, refused):
    for value in allowed:
        stress_axes()[name].check(value)
    for value in refused:
        with pytest.raises(InputError, match=re.escape(f"{name}: {value}")):
            stress_axes()[name].check(value)


def test_a_factor_corrupts_or_says_what_is_drawn_and_its_module_is_named():
    for factor in stress_factors():
        assert (factor.ranges is None) != (factor.corrupt is None)
    modules = factor_modules(["contamination_density", "contamination_intensity"])
    assert modules == ["datagen.stress_factors.contamination"]
