"""Each drawn interval is the one that fits its score: over seeds, over images, class by class, within halves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ssrvae.analysis.summary import interval_note, summarise_accuracy
from ssrvae.analysis.sweeps import balanced_rows
from ssrvae.scores.intervals import mean_interval, mean_share_interval

HITS, IMAGES = (452, 63, 14, 8), (466, 70, 21, 9)
CLASSES = ("single", "double", "triple", "quadruple")


def rows(values: list[float], metric: str = "accuracy", n: int = 4000) -> pd.DataFrame:
    return pd.DataFrame(
        {"dataset": "gold", "method": "area", "seed": range(len(values)), "metric": metric, "value": values, "n": n}
    )


def confusion(seeds: int) -> pd.DataFrame:
    """Write the hits and misses of each class; misses go to the first class, those of the first to the second."""
    cells = [
        {"dataset": "gold", "method": "area", "seed": seed, "true": name, "predicted": predicted, "n": n}
        | {"fraction": share / n}
        for seed in range(seeds)
        for name, found, n in zip(CLASSES, HITS, IMAGES, strict=True)
        for predicted, share in {name: found, CLASSES[name == CLASSES[0]]: n - found}.items()
    ]
    return pd.DataFrame(cells)


def only(summary: pd.DataFrame) -> pd.Series:
    assert len(summary) == 1
    return summary.iloc[0]


def test_a_balanced_accuracy_of_one_seed_counts_the_images_of_each_class():
    recalls = np.divide(HITS, IMAGES)
    table = rows([recalls.mean()], "balanced_accuracy", sum(IMAGES))
    found, expected = only(summarise_accuracy(table, ["method"], confusion(1))), mean_share_interval(HITS, IMAGES)
    assert (found["low"], found["high"]) == pytest.approx((expected.low, expected.high))
    assert (found["interval"], found["images"]) == ("by_class", sum(IMAGES))
    # Resampling the images of each class, as many as there are, spreads as far.
    drawn = np.random.default_rng(0).binomial(IMAGES, recalls, (4000, 4)) / IMAGES
    low, high = np.quantile(drawn.mean(axis=1), [0.025, 0.975])
    assert found["high"] - found["low"] > 0.95 * (high - low)


def test_a_balanced_accuracy_without_its_classes_gets_no_interval_of_another_score():
    with pytest.raises(ValueError, match=r"needs confusion\.csv"):
        summarise_accuracy(rows([0.9], "balanced_accuracy"), ["method"])


def test_seeds_without_an_error_still_have_an_interval():
    found = only(summarise_accuracy(rows([1.0, 1.0, 1.0]), ["method"]))
    assert (found["interval"], found["images"], found["high"]) == ("wilson", 4000, 1.0)
    assert 0.9985 < found["low"] < 0.9995
    note = interval_note(summarise_accuracy(rows([1.0, 1.0, 1.0]), ["method"]))
    assert note == "Bars: 95 % intervals, Wilson, one seed's 4000 test images where seeds tell too little"


def test_halves_of_one_micrograph_are_no_draws():
    values = [0.84, 0.61, 0.89, 0.75, 0.87, 0.70]
    halves = pd.DataFrame({"dataset": "gold", "seed": range(6), "tested_half": ["left", "right"] * 3})
    table = balanced_rows(rows(values, "balanced_accuracy", sum(IMAGES)), halves)
    summary = summarise_accuracy(table, ["method"], confusion(6))
    found, expected = only(summary), mean_interval(values, ["left", "right"] * 3)
    assert (found["low"], found["high"]) == (expected.low, expected.high)
    naive = mean_interval(values)
    assert found["high"] - found["low"] < 0.75 * (naive.high - naive.low)
    assert "6 draws within the halves, for this micrograph alone" in interval_note(summary)


def test_data_of_no_micrograph_have_the_interval_over_their_seeds():
    others = pd.DataFrame({"dataset": ["gold"] * 3, "seed": range(3), "tested_half": [np.nan] * 3})
    table = balanced_rows(rows([0.84, 0.61, 0.89], "balanced_accuracy", sum(IMAGES)), others)
    assert only(summarise_accuracy(table, ["method"], confusion(3)))["interval"] == "student_t"
