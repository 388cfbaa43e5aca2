"""Intervals against SciPy, closed forms and limiting cases."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from datagen.errors import InputError
from ssrvae.scores.intervals import accuracy_interval, mean_interval, paired_difference, wilson_interval

ACCURACIES = [0.81, 0.87, 0.84]


@pytest.mark.parametrize("level", [0.68, 0.95])
def test_mean_interval_is_scipys(level):
    expected = stats.ttest_1samp(ACCURACIES, 0).confidence_interval(level)
    interval = mean_interval(ACCURACIES, level)
    assert (interval.low, interval.high) == pytest.approx(tuple(expected))
    assert (interval.center, interval.n, interval.kind) == (pytest.approx(0.84), 3, "student_t")


def test_one_seed_has_a_mean_without_limits():
    interval = mean_interval([0.8])
    assert (interval.center, interval.n, interval.kind) == (0.8, 1, "none")
    assert np.isnan([interval.low, interval.high]).all()


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (7, 10), (10, 10), (3484, 4000)])
def test_wilson_interval_is_scipys(hits, n):
    expected = stats.binomtest(hits, n).proportion_ci(0.95, method="wilson")
    interval = wilson_interval(hits / n, n)
    assert (interval.low, interval.high) == pytest.approx(tuple(expected), abs=1e-12)


def test_wilson_interval_covers_the_truth_as_often_as_it_says():
    hits = np.random.default_rng(0).binomial(400, 0.87, 2000)
    intervals = [wilson_interval(k / 400, 400) for k in hits]
    covered = np.mean([interval.low <= 0.87 <= interval.high for interval in intervals])
    assert covered == pytest.approx(0.95, abs=0.02)


def test_accuracy_interval_is_wilsons_for_one_seed_and_students_for_more():
    assert accuracy_interval([0.84], 4000) == wilson_interval(0.84, 4000)
    assert accuracy_interval(ACCURACIES, 4000) == mean_interval(ACCURACIES)


def test_paired_difference_is_scipys_paired_t_test():
    others = [0.79, 0.80, 0.83]
    expected = stats.ttest_rel(ACCURACIES, others).confidence_interval(0.95)
    interval = paired_difference(ACCURACIES, others)
    assert (interval.low, interval.high) == pytest.approx(tuple(expected))


def test_a_shift_common_to_all_seeds_leaves_no_uncertainty_in_the_difference():
    interval = paired_difference(np.array(ACCURACIES) + 0.125, ACCURACIES)
    assert (interval.low, interval.center, interval.high) == pytest.approx((0.125, 0.125, 0.125))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_interval([]), r"got \[\]"),
        (lambda: mean_interval([0.5, np.nan]), "nan"),
        (lambda: wilson_interval(1.2, 10), r"fraction=1\.2"),
        (lambda: wilson_interval(0.5, 0), "n=0"),
        (lambda: paired_difference([1, 2, 3], [1, 2]), "3 and 2 values"),
    ],
)
def test_samples_without_an_interval_are_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
