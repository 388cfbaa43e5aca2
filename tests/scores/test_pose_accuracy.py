"""Pose errors, against poses that are known."""

import numpy as np
import pytest

from ssrvae.scores.pose_accuracy import (
    angle_errors,
    angle_errors_by_class,
    polar_angle_deg,
    shift_errors,
    without_gauge,
)

RNG = np.random.default_rng(0)
TRUE_DEG = RNG.uniform(-180, 180, 60)
TRUTH = np.repeat([0, 1], 30)
ERROR_DEG = np.tile([-3.0, 3.0], 30)


def turned(vectors, angle_deg):
    turn = np.exp(1j * np.deg2rad(angle_deg)) * (vectors[..., 0] + 1j * vectors[..., 1])
    return np.stack([turn.real, turn.imag], axis=-1)


def test_the_turn_of_a_shear_is_the_rotation_of_its_polar_decomposition():
    x_deg, y_deg = np.array([10.0, -5.0, 0.0]), np.array([-15.0, 20.0, 0.0])
    for x, y, found in zip(x_deg, y_deg, polar_angle_deg({"shear_x_deg": x_deg, "shear_y_deg": y_deg}), strict=True):
        sheared = np.array([[1, np.tan(np.deg2rad(x))], [0, 1]]) @ np.array([[1, 0], [np.tan(np.deg2rad(y)), 1]])
        left, _, right = np.linalg.svd(sheared)
        rotation = left @ right
        assert found == pytest.approx(np.rad2deg(np.arctan2(rotation[1, 0], rotation[0, 0])))


def test_an_angle_at_which_all_are_drawn_is_no_error():
    np.testing.assert_allclose(angle_errors(TRUE_DEG + 75 + ERROR_DEG, TRUE_DEG), 3)


def test_a_turn_that_leaves_the_object_as_it_is_is_no_error():
    flipped = TRUE_DEG + ERROR_DEG + RNG.choice([0, 180, -180, 360], 60)
    np.testing.assert_allclose(angle_errors(flipped, TRUE_DEG, period_deg=180), 3)
    assert angle_errors(flipped, TRUE_DEG).max() > 80


def test_each_class_has_its_own_angle_and_symmetry():
    found = TRUE_DEG + ERROR_DEG + np.where(TRUTH == 0, 20.0, -50.0)
    found[TRUTH == 1] += RNG.choice([0, 180], 30)
    np.testing.assert_allclose(angle_errors_by_class(found, TRUE_DEG, TRUTH, ("hearts", "diamonds")), 3)
    errors = angle_errors_by_class(found, TRUE_DEG, TRUTH, ("hearts", "arrow"))
    assert errors[TRUTH == 0] == pytest.approx(3)
    assert errors[TRUTH == 1].max() > 80


def test_a_centre_that_turns_with_the_object_is_no_shift_error():
    true = RNG.uniform(-5, 5, (60, 2))
    centre = np.array([[1.0, 0.5], [-2.0, 0.0]])[TRUTH]
    found = true + turned(centre, TRUE_DEG)
    np.testing.assert_allclose(without_gauge(found - true, TRUE_DEG, TRUTH), 0, atol=1e-12)
    side_step = turned(np.array([0.0, 1.0]) * np.sign(ERROR_DEG)[:, None], TRUE_DEG)
    np.testing.assert_allclose(shift_errors(found + side_step, true, TRUE_DEG, TRUTH), 1)
