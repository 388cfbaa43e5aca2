"""Calibration against hand-computed cases and its definition."""

from __future__ import annotations

import numpy as np
import pytest

from ssrvae.scores.calibration import expected_calibration_error, reliability_bins

TRUE = np.array([0, 0, 0, 1, 1, 2])


def test_calibration_error_of_a_case_worked_by_hand():
    # Two bins: confidences .6 and .7 with one hit of two; .9 and .5 lie in bins (.5, 1] and (0, .5].
    probability = np.array([[0.6, 0.4], [0.3, 0.7], [0.9, 0.1], [0.5, 0.5]])
    true = np.array([0, 0, 0, 1])
    upper = abs((1 + 0 + 1) - (0.6 + 0.7 + 0.9))
    lower = abs(0 - 0.5)
    error = expected_calibration_error(true, probability, n_bins=2)
    assert error == pytest.approx((upper + lower) / 4)


def test_certain_and_right_is_calibrated_and_certain_and_wrong_is_not():
    certain = np.eye(3)[TRUE]
    assert expected_calibration_error(TRUE, certain) == 0
    assert expected_calibration_error((TRUE + 1) % 3, certain) == 1


def test_calibration_error_vanishes_for_labels_drawn_from_the_probabilities():
    rng = np.random.default_rng(0)
    first = rng.random(200_000)
    true = (rng.random(200_000) > first).astype(int)
    assert expected_calibration_error(true, np.column_stack([first, 1 - first])) < 0.01


def test_bins_hold_every_image_once_and_make_up_the_calibration_error():
    rng = np.random.default_rng(0)
    probability = rng.dirichlet(np.ones(4), 500)
    true = rng.integers(4, size=500)
    bins = reliability_bins(true, probability)
    confidence, hit = probability.max(axis=1), probability.argmax(axis=1) == true
    for k in range(15):
        own = (confidence > k / 15) & (confidence <= (k + 1) / 15)
        assert (bins.images[k], bins.hits[k]) == (own.sum(), (own & hit).sum())
        assert bins.confidence[k] == pytest.approx(confidence[own].sum())
    error = np.abs(bins.hits - bins.confidence).sum() / 500
    assert error == pytest.approx(expected_calibration_error(true, probability))
