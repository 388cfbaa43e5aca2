"""Mixtures of classifiers: factors that make labels likeliest."""

import numpy as np
import pytest
from scipy.special import log_softmax
from scipy.stats import lognorm

from ssrvae.models.exemplar.stacking import EXPECTED, SPREAD, Mixture, fit_mixture, fit_sharpness


def posterior(mixture: Mixture, scores: np.ndarray, log_probability: np.ndarray, labels: np.ndarray) -> float:
    """Log-posterior of the factors, classes weighing the same, of n labels one in n + 2 being of another class."""
    logs, right = np.log(mixture.probabilities(scores, log_probability)), (len(labels) + 1) / (len(labels) + 2)
    expected = EXPECTED if mixture.networks else 2 * EXPECTED
    total = lognorm(SPREAD, scale=expected[0]).logpdf(mixture.scores) + np.log(mixture.scores)
    if mixture.networks:
        total += lognorm(SPREAD, scale=expected[1]).logpdf(mixture.networks) + np.log(mixture.networks)
    for name in range(3):
        own = logs[labels == name]
        each = right * own[:, name] + (1 - right) / 2 * np.delete(own, name, axis=1).sum(1)
        total += each.mean() * len(labels) / 3
    return total


@pytest.fixture(scope="module")
def said() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores and log-probabilities of 600 objects whose labels follow from 2 scores + 0.7 log-probabilities."""
    rng = np.random.default_rng(2)
    scores, log_probability = rng.normal(size=(600, 3)), log_softmax(2 * rng.normal(size=(600, 3)), axis=1)
    labels = np.array([rng.choice(3, p=each) for each in Mixture(2, 0.7).probabilities(scores, log_probability)])
    return scores, log_probability, labels


def test_the_factors_are_found_again(said):
    found = fit_mixture(*said)
    assert found.scores == pytest.approx(2, rel=0.2)
    assert found.networks == pytest.approx(0.7, rel=0.2)


def test_no_other_factors_are_likelier(said):
    found = fit_mixture(*said)
    for change in (0.95, 1.05):
        assert posterior(found, *said) > posterior(Mixture(found.scores * change, found.networks), *said)
        assert posterior(found, *said) > posterior(Mixture(found.scores, found.networks * change), *said)


def test_what_says_nothing_counts_for_nothing(said):
    scores, _, labels = said
    noise = log_softmax(np.random.default_rng(3).normal(size=scores.shape), axis=1)
    assert fit_mixture(scores, noise, labels).networks < 0.3
    alone = fit_sharpness(scores, labels)
    assert alone.networks == 0
    for change in (0.95, 1.05):
        other = alone._replace(scores=alone.scores * change)
        assert posterior(alone, scores, noise, labels) > posterior(other, scores, noise, labels)


def test_labels_that_are_all_right_make_nothing_certain():
    labels = np.repeat([0, 1, 2], 1000)
    scores = np.eye(3)[labels]
    certain = fit_sharpness(scores, labels).probabilities(scores, np.zeros_like(scores)).max(1)
    np.testing.assert_allclose(certain, 3001 / 3002, atol=3e-3)


def test_the_only_label_of_a_class_says_nothing():
    labels = np.arange(3)
    wrong = np.eye(3)[[1, 2, 0]]
    assert fit_mixture(wrong, wrong, labels) == pytest.approx(tuple(EXPECTED))
    more, scores = np.array([0, 0, 1, 2, 2]), np.eye(3)[[0, 1, 2, 2, 2]]
    kept = more != 1
    assert fit_sharpness(scores, more).scores == pytest.approx(fit_sharpness(scores * kept[:, None], more).scores)
