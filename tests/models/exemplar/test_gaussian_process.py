"""The Gaussian process against fits that leave each label out in turn, and against scikit-learn's."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF

from ssrvae.models.exemplar.gaussian_process import regress

LABELS = np.repeat([0, 1, 2], [4, 9, 6])


@pytest.fixture
def points() -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.normal(size=(len(LABELS), 2)) + LABELS[:, None]


def variances(noise: float) -> np.ndarray:
    """The noise of labelled objects: of a class of mean size that given, of a larger class more."""
    return noise * 3 * np.bincount(LABELS)[LABELS] / len(LABELS)


def test_scores_are_scikit_learns_for_noise_that_balances_classes(points):
    kernel, noise = RBF(1.5), 0.2
    peer = GaussianProcessRegressor(kernel, alpha=variances(noise), optimizer=None)
    peer.fit(points, np.eye(3)[LABELS] - 1 / 3)
    found = regress(kernel(points), LABELS, 3, noise)
    new = points[:5] + 0.3
    np.testing.assert_allclose(found.scores(kernel(new, points)), peer.predict(new), atol=1e-8)


def test_the_evidence_is_the_density_of_the_indicators(points):
    kernel, noise = RBF(1.5)(points), 0.2
    prior = multivariate_normal(np.full(len(LABELS), 1 / 3), kernel + np.diag(variances(noise)))
    expected = sum(prior.logpdf(indicators) for indicators in np.eye(3)[LABELS].T)
    assert regress(kernel, LABELS, 3, noise).log_evidence == pytest.approx(expected)


def test_left_out_scores_are_those_of_a_fit_without_the_object(points):
    kernel, noise = RBF(1.5)(points), 0.2
    found = regress(kernel, LABELS, 3, noise)
    for i in range(len(LABELS)):
        kept = np.arange(len(LABELS)) != i
        inner = kernel[np.ix_(kept, kept)] + np.diag(variances(noise)[kept])
        expected = kernel[i, kept] @ np.linalg.solve(inner, (np.eye(3)[LABELS] - 1 / 3)[kept])
        np.testing.assert_allclose(found.left_out[i], expected, atol=1e-10)
