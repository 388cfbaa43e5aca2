"""Familiarity: left-out scores against fits without each exemplar, and what lies far off or between classes."""

import numpy as np
import pytest

from ssrvae.models.exemplar.familiarity import LEAST, WIDTH, fit_familiarity

NOISE = 0.05


def squared_distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Measure points of a plane in three views: as they lie, along x, along y."""
    apart = first[:, None] - second[None]
    return np.stack([(apart**2).sum(-1), apart[..., 0] ** 2, apart[..., 1] ** 2])


@pytest.fixture
def points() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [6, 9])
    return rng.normal(0, 0.4, (15, 2)) + np.array([[0, 0], [3, 0]])[labels], labels


def test_each_exemplar_is_scored_by_the_others_alone(points):
    places, labels = points
    squared = squared_distances(places, places)
    kernel, indicators = np.exp(-WIDTH * squared).mean(0), np.eye(2)[labels]
    variance = NOISE * 2 * np.bincount(labels)[labels] / len(labels)
    parts = []
    for i in range(len(labels)):
        rest = np.arange(len(labels)) != i
        weights = np.linalg.solve(kernel[np.ix_(rest, rest)] + np.diag(variance[rest]), indicators[rest])
        parts.append([(kernel[i, rest] @ weights).max(), -np.log(squared[2, i, rest].min() + LEAST)])
    standardised = (parts - np.mean(parts, 0)) / np.std(parts, 0)
    np.testing.assert_allclose(fit_familiarity(squared, labels, 2, NOISE)[1], standardised.sum(1), rtol=1e-8)


def test_what_lies_far_off_is_strange(points):
    places, labels = points
    familiarity, left_out = fit_familiarity(squared_distances(places, places), labels, 2, NOISE)
    near, far = (familiarity.scores(squared_distances(np.array([at]), places))[0] for at in ([0.0, 0.0], [1.5, 6.0]))
    assert near > np.median(left_out) > left_out.min() > far


def test_an_only_exemplar_is_familiar_with_itself():
    familiarity, left_out = fit_familiarity(np.zeros((3, 1, 1)), np.array([0]), 1, NOISE)
    assert np.isfinite(left_out).all()
    assert familiarity.scores(np.zeros((3, 1, 1))) > familiarity.scores(np.ones((3, 1, 1)))
