"""Mixtures of classifiers: factors that make labels likeliest."""

import numpy as np
import pytest
from scipy.special import log_softmax

from ssrvae.models.exemplar.stacking import Mixture, fit_mixture, fit_sharpness


def likelihood(mixture: Mixture, scores: np.ndarray, log_probability: np.ndarray, labels: np.ndarray) -> float:
    """Log-likelihood of the labels, classes weighing the same, of n labels one in n + 2 being of another class."""
    logs, right, total = (
        np.log(mixture.probabilities(scores, log_probability)),
        (len(labels) + 1) / (len(labels) + 2),
        0.0,
    )
    for name in range(3):
        own = logs[labels == name]
        total += (right * own[:, name] + (1 - right) / 2 * np.delete(own, name, axis=1).sum(1)).mean()
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


def test_no_other_factors_make_the_labels_likelier(said):
    found = fit_mixture(*said)
    for change in (0.95, 1.05):
        assert likelihood(found, *said) > likelihood(Mixture(found.scores * change, found.networks), *said)
        assert likelihood(found, *said) > likelihood(Mixture(found.scores, found.networks * change), *said)


def test_what_says_nothing_counts_for_nothing(said):
    scores, _, labels = said
    noise = log_softmax(np.random.default_rng(3).normal(size=scores.shape), axis=1)
    assert fit_mixture(scores, noise, labels).networks < 0.3
    alone = fit_sharpness(scores, labels)
    assert alone.networks == 0
    for change in (0.95, 1.05):
        other = alone._replace(scores=alone.scores * change)
        assert likelihood(alone, scores, noise, labels) > likelihood(other, scores, noise, labels)


def test_labels_that_are_all_right_make_nothing_certain():
    labels = np.repeat([0, 1, 2], 10)
    scores = np.eye(3)[labels]
    certain = fit_sharpness(scores, labels).probabilities(scores, np.zeros_like(scores)).max(1)
    np.testing.assert_allclose(certain, 31 / 32, atol=1e-3)
