"""Intervals against SciPy, closed forms and limiting cases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from datagen.errors import InputError
from ssrvae.scores.intervals import (
    mean_interval,
    mean_share_interval,
    paired_difference,
    score_interval,
    wilson_interval,
)

ACCURACIES = [0.81, 0.87, 0.84]


@pytest.mark.parametrize("level", [0.68, 0.95])
def test_mean_interval_is_scipys(level):
    expected = stats.ttest_1samp(ACCURACIES, 0).confidence_interval(level)
    interval = mean_interval(ACCURACIES, level=level)
    assert (interval.low, interval.high) == pytest.approx(tuple(expected))
    assert (interval.center, interval.n, interval.kind) == (pytest.approx(0.84), 3, "student_t")


def test_one_seed_has_a_mean_without_limits():
    interval = mean_interval([0.8])
    assert (interval.center, interval.n, interval.kind) == (0.8, 1, "none")
    assert np.isnan([interval.low, interval.high]).all()


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (7, 10), (10, 10), (3484, 4000)])
def test_wilson_interval_holds_the_shares_that_the_score_test_does_not_reject(hits, n):
    interval = wilson_interval(hits, n)
    assert (interval.center, interval.n, interval.kind) == (hits / n, n, "wilson")
    for limit in {interval.low, interval.high} - {0.0, 1.0}:
        score = (hits / n - limit) / np.sqrt(limit * (1 - limit) / n)
        assert abs(score) == pytest.approx(stats.norm.ppf(0.975))


def test_wilson_interval_covers_the_truth_as_often_as_it_says():
    hits = np.random.default_rng(0).binomial(400, 0.87, 2000)
    limits = {k: wilson_interval(k, 400) for k in np.unique(hits)}
    covered = np.mean([limits[k].low <= 0.87 <= limits[k].high for k in hits])
    assert covered == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(
    ("recalls", "images"),
    [
        ((0.97, 0.9, 0.69, 0.91), (466, 70, 21, 9)),
        ((0.95, 0.95, 0.95, 0.95), (466, 70, 21, 9)),
        ((0.98, 0.98, 0.98, 0.98), (25, 25, 25, 25)),
        ((1.0, 0.99, 0.95, 1.0), (250, 100, 45, 30)),
        ((0.5, 0.0, 0.9), (40, 20, 500)),
        ((0.9,) * 9, (50,) * 9),
    ],
)
def test_the_interval_of_a_mean_recall_covers_the_truth_of_unequal_classes(recalls, images):
    hits = np.random.default_rng(0).binomial(images, recalls, (1000, len(images)))
    intervals = [mean_share_interval(found, images) for found in hits]
    covered = np.mean([interval.low <= np.mean(recalls) <= interval.high for interval in intervals])
    # Clopper-Pearson limits are conservative; 0.93 is three standard errors below 0.95.
    assert 0.93 < covered < 0.995


def test_the_interval_of_one_share_is_scipys_of_clopper_and_pearson():
    for hits, n in [(0, 10), (7, 10), (10, 10)]:
        expected = stats.binomtest(hits, n).proportion_ci(0.95, method="exact")
        interval = mean_share_interval([hits], [n])
        assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_a_mean_recall_of_0_or_1_has_the_limits_of_its_smallest_classes():
    all_found = mean_share_interval([9, 21], [9, 21])
    misses = 1 - 0.025 ** (1 / np.array([9, 21]))
    assert (all_found.low, all_found.high) == pytest.approx((1 - np.hypot(*misses) / 2, 1))
    assert (all_found.n, all_found.kind) == (30, "by_class")
    none_found = mean_share_interval([0, 0], [9, 21])
    assert (none_found.low, none_found.high) == pytest.approx((0, 1 - all_found.low))


def test_a_score_of_several_seeds_has_students_interval_and_of_one_that_over_images():
    several = score_interval(ACCURACIES, [[81], [87], [84]], [[100]] * 3)
    assert several == mean_interval(ACCURACIES)
    assert score_interval([0.84], [[84]], [[100]]) == wilson_interval(84, 100)
    one = score_interval([0.7], [[9, 0, 10]], [[10, 0, 20]])
    assert one == mean_share_interval([9, 10], [10, 20])  # no image of the second class


def test_seeds_that_all_score_alike_have_the_interval_of_one_seeds_images():
    alike = score_interval([1.0, 1.0, 1.0], [[4000]] * 3, [[4000]] * 3)
    assert alike == wilson_interval(4000, 4000)
    assert alike.low == pytest.approx(1 - 3.84 / 4000, abs=1e-5)


def of_errors(errors):
    hits = 4000 - np.array(errors)
    return score_interval(hits / 4000, hits[:, None], np.full((len(hits), 1), 4000))


def test_a_first_error_tightens_no_interval():
    none, one = of_errors([0, 0, 0, 0, 0]), of_errors([1, 0, 0, 0, 0])
    assert one.low <= none.low
    assert (one.center, one.high) == (pytest.approx(1 - 1 / 20_000), 1)


def test_few_errors_of_seeds_that_differ_keep_students_limit_where_it_is_the_farther():
    errors = [4, 0, 0]
    assert of_errors(errors).low == pytest.approx(mean_interval(1 - np.array(errors) / 4000).low)


def test_few_hits_have_the_limits_of_few_errors():
    errors = of_errors([2, 1, 0])
    hits = score_interval(np.array([2, 1, 0]) / 4000, [[2], [1], [0]], [[4000]] * 3)
    assert (hits.low, hits.high, hits.kind) == (pytest.approx(1 - errors.high), pytest.approx(1 - errors.low), "wilson")


def test_the_limits_of_a_score_stay_within_0_and_1():
    interval = score_interval([0.99, 0.9, 0.97], [[99], [90], [97]], [[100]] * 3)
    assert interval == replace(mean_interval([0.99, 0.9, 0.97]), high=1.0)


def test_the_interval_of_few_errors_covers_the_truth_of_six_seeds():
    rate = 8 / 24_000
    drawn = np.random.default_rng(0).binomial(4000, rate, (600, 6))
    covered = np.mean([found.low <= 1 - rate <= found.high for found in map(of_errors, drawn)])
    assert covered > 0.95  # Student's t alone: 0.92


@pytest.mark.parametrize("spread_of_right", [1, 3])
def test_the_interval_within_blocks_covers_the_truth_of_three_draws_each(spread_of_right):
    random = np.random.default_rng(0)
    left, right = random.normal(2, 1, (2000, 3)), random.normal(0, spread_of_right, (2000, 3))
    blocks = ["left"] * 3 + ["right"] * 3
    found = [mean_interval(draws, blocks) for draws in np.column_stack([left, right])]
    covered = np.mean([interval.low <= 1 <= interval.high for interval in found])
    assert covered == pytest.approx(0.95, abs=0.02)


def test_one_draw_of_each_block_has_the_interval_over_the_images_of_both():
    interval = score_interval([0.9, 0.7], [[9], [14]], [[10], [20]], ["left", "right"])
    assert interval == mean_share_interval([9, 14], [10, 20])


def test_the_interval_within_blocks_is_scipys_of_two_means_of_unequal_variance():
    left, right = [0.84, 0.89, 0.87], [0.61, 0.75, 0.70]
    blocks = ["left", "right"] * 3
    interval = mean_interval(np.column_stack([left, right]).ravel(), blocks)
    total = stats.ttest_ind(left, -np.array(right), equal_var=False).confidence_interval()
    assert (interval.low, interval.high) == pytest.approx((total.low / 2, total.high / 2))
    assert (interval.center, interval.kind) == (pytest.approx(np.mean([*left, *right])), "student_t_by_block")


def test_what_sets_blocks_apart_widens_nothing():
    values, right = np.array([0.84, 0.61, 0.89, 0.75]), np.array([0, 1, 0, 1])
    apart, near = mean_interval(values - 0.5 * right, right), mean_interval(values, right)
    assert apart.high - apart.low == pytest.approx(near.high - near.low)
    assert apart.center == pytest.approx(near.center - 0.25)


def test_the_mean_over_blocks_gives_each_block_the_same_weight():
    assert mean_interval([0.9, 0.9, 0.9, 0.5, 0.5], [0, 0, 0, 1, 1]).center == pytest.approx(0.7)


def test_paired_difference_is_scipys_paired_t_test():
    others = [0.79, 0.80, 0.83]
    expected = stats.ttest_rel(ACCURACIES, others).confidence_interval(0.95)
    interval = paired_difference(ACCURACIES, others)
    assert (interval.low, interval.high) == pytest.approx(tuple(expected))


def test_a_shift_common_to_all_seeds_is_told_as_a_point():
    interval = paired_difference(np.array(ACCURACIES) + 0.125, ACCURACIES)
    assert interval.is_point
    assert interval.center == pytest.approx(0.125)
    assert not paired_difference(ACCURACIES, [0.79, 0.80, 0.83]).is_point


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_interval([]), r"got \[\]"),
        (lambda: mean_interval([0.5, np.nan]), "nan"),
        (lambda: wilson_interval(12, 10), "12 hits of 10 images"),
        (lambda: wilson_interval(0, 0), "0 hits of 0 images"),
        (lambda: mean_share_interval([3, 5], [4, 4]), r"\[3 5\] hits of \[4 4\] images"),
        (lambda: paired_difference([1, 2, 3], [1, 2]), "3 and 2 values"),
    ],
)
def test_samples_without_an_interval_are_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
