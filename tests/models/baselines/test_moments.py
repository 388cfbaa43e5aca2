"""Moments of ellipses of known radii, their blindness to pose, and Normals fitted with few labels and many."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.utils.estimator_checks import check_estimator

from ssrvae import MomentsClassifier
from ssrvae.models.object_moments import POOLED_IMAGES, SMALLEST_SD, fit_normals, log_moments
from tests.models.scikit_learn_checks import SIMPLE_MEASURES

SIDE = 48


def ellipses(
    short: np.ndarray, long: np.ndarray, angle_rad: float | np.ndarray = 0.0, shift_px: float = 0.0
) -> np.ndarray:
    """Draw filled ellipses of semi-axes [n] in px: [n, SIDE * SIDE]."""
    row, column = np.indices((SIDE, SIDE)) - (SIDE - 1) / 2 - shift_px
    angle = np.broadcast_to(angle_rad, len(short))[:, None, None]
    along = np.cos(angle) * column + np.sin(angle) * row
    across = np.cos(angle) * row - np.sin(angle) * column
    inside = (along / long[:, None, None]) ** 2 + (across / short[:, None, None]) ** 2 <= 1
    return inside.reshape(len(short), -1).astype(np.float32)


def objects(rng: np.random.Generator, n: int, short: float, long: float) -> np.ndarray:
    spread = np.exp(rng.normal(0, 0.1, (2, n)))
    return ellipses(short * spread[0], long * spread[1], rng.uniform(0, np.pi, n), rng.uniform(-3, 3))


def test_an_ellipse_has_its_area_and_half_of_its_semi_axes():
    mass, short, long = log_moments(ellipses(np.array([5.0]), np.array([12.0])))[0]
    assert np.exp(mass) == pytest.approx(np.pi * 5 * 12, rel=0.03)
    np.testing.assert_allclose(np.exp([short, long]) * SIDE, [2.5, 6], rtol=0.04)


def test_turns_and_shifts_change_no_moment():
    still = log_moments(ellipses(np.full(8, 5.0), np.full(8, 12.0)))
    moved = log_moments(ellipses(np.full(8, 5.0), np.full(8, 12.0), np.arange(8) * np.pi / 8, 4.3))
    np.testing.assert_allclose(moved, still, atol=0.04)


def test_an_empty_image_has_finite_moments():
    assert np.isfinite(log_moments(np.zeros((2, SIDE * SIDE)))).all()


def test_normals_of_many_labelled_points_are_their_means_and_covariances(rng):
    points = rng.normal(size=(4000, 3)) @ np.diag([1.0, 0.5, 2.0]) + np.array([1, 2, 3])
    labels = np.arange(4000) % 2
    normals = fit_normals(points, labels, 2)
    np.testing.assert_allclose(normals.means[0], points[::2].mean(axis=0))
    share = 2000 / (2000 + POOLED_IMAGES)
    own = [np.cov(points[start::2].T, bias=True) for start in (0, 1)]
    pooled = np.mean(own, axis=0) + SMALLEST_SD**2 * np.eye(3)
    np.testing.assert_allclose(normals.covariances[1], share * own[1] + (1 - share) * pooled)
    density = multivariate_normal(normals.means[1], normals.covariances[1]).logpdf(points)
    np.testing.assert_allclose(normals.log_density(points)[:, 1], density)


def test_unlabelled_points_correct_few_labels(rng):
    centres = np.array([[0.0, 0, 0], [2, 2, 2]])
    labels = np.repeat([0, 1], [900, 100])
    points = centres[labels] + 0.5 * rng.normal(size=(1000, 3))
    given = np.where(np.isin(np.arange(1000), [0, 1, 900, 901]), labels, -1)
    points[[0, 1, 900, 901]] += 0.6  # the labelled ones are odd
    alone = fit_normals(points[given >= 0], given[given >= 0], 2).means
    refined = fit_normals(points, given, 2).means
    assert np.abs(refined - centres).max() < 0.2 < np.abs(alone - centres).max()


def test_single_and_double_objects_are_told_apart_at_any_angle(rng):
    images = np.concatenate([objects(rng, 40, 5, 5), objects(rng, 40, 5, 10)])
    labels = np.repeat([3, 7], 40)
    model = MomentsClassifier().fit(images, np.where(np.arange(80) % 4, -1, labels))
    assert model.score(images, labels) > 0.95
    assert set(model.predict(images)) == {3, 7}


def test_it_is_a_scikit_learn_classifier():
    check_estimator(MomentsClassifier(), expected_failed_checks=SIMPLE_MEASURES)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)
