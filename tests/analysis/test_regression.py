"""When the regression check speaks up."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from datagen.errors import InputError
from ssrvae.analysis.regression import bless, compare_with_reference, report_lines

SCORES = {"tree": (0.40, 0.42, 0.41), "ssrvae": (0.80, 0.86, 0.83)}


def accuracy_table(scores=SCORES, n=1000, failed=()):
    rows = [
        {"study": "regression", "dataset": "rotation_60", "method": method, "seed": seed, "metric": metric}
        | {"value": np.nan if method in failed else value, "n": n}
        | {"status": "diverged" if method in failed else "ok", "reason": "NaN", "commit": "abc"}
        for method, values in scores.items()
        for seed, value in enumerate(values)
        for metric in ("accuracy", "balanced_accuracy", "log_loss")
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def compare(tmp_path):
    """Compare a table with the blessed SCORES and return the verdicts by score."""
    reference = tmp_path / "reference.csv"
    accuracy_table().to_csv(tmp_path / "accuracy.csv", index=False)
    bless(tmp_path / "accuracy.csv", reference)

    def verdicts(table):
        table.to_csv(tmp_path / "accuracy.csv", index=False)
        found = compare_with_reference(tmp_path / "accuracy.csv", reference)
        return {comparison.score: comparison for comparison in found}

    return verdicts


def of(comparisons, verdict):
    return [score for score, comparison in comparisons.items() if comparison.verdict == verdict]


def test_the_blessed_study_is_the_same_as_itself(compare):
    found = compare(accuracy_table())
    assert len(found) == 4
    assert of(found, "same") == list(found)


def test_the_band_is_where_a_t_test_at_5_percent_turns_if_both_have_the_references_spread(compare):
    shift = compare(accuracy_table())["rotation_60 ssrvae accuracy"].band
    before = np.array(SCORES["ssrvae"])
    assert ttest_ind(before, before + shift).pvalue < 0.05
    # With 2 degrees of freedom, those of the reference alone, instead of a t-test's 4.
    from scipy.stats import t

    statistic = shift / (before.std(ddof=1) * np.sqrt(2 / 3))
    assert 2 * t.sf(statistic, 2) == pytest.approx(0.05)


@pytest.mark.parametrize("share", [-1.05, 1.05])
def test_a_score_that_leaves_its_band_moved_up_or_down(compare, share):
    shift = share * compare(accuracy_table())["rotation_60 ssrvae accuracy"].band
    moved = compare(accuracy_table(SCORES | {"ssrvae": tuple(value + shift for value in SCORES["ssrvae"])}))
    assert of(moved, "moved") == ["rotation_60 ssrvae accuracy", "rotation_60 ssrvae balanced_accuracy"]


def test_a_score_within_its_band_did_not_move(compare):
    shift = 0.95 * compare(accuracy_table())["rotation_60 ssrvae accuracy"].band
    assert not of(compare(accuracy_table(SCORES | {"ssrvae": tuple(v + shift for v in SCORES["ssrvae"])})), "moved")


def test_a_broken_model_moved(compare):
    assert of(compare(accuracy_table(SCORES | {"ssrvae": (0.3, 0.5, 0.2)})), "moved")


def test_a_missing_method_or_seed_is_missing(compare):
    assert len(of(compare(accuracy_table({"tree": SCORES["tree"]})), "missing")) == 2
    assert len(of(compare(accuracy_table(SCORES | {"tree": SCORES["tree"][:2]})), "missing")) == 2


def test_a_failed_run_is_failed(compare):
    assert len(of(compare(accuracy_table(failed=["tree"])), "failed")) == 2


def test_a_method_that_was_never_blessed_is_new(compare):
    assert len(of(compare(accuracy_table(SCORES | {"forest": (0.5, 0.5, 0.5)})), "new")) == 2


def test_without_spread_the_band_is_one_image(tmp_path):
    constant = {"chance": (0.25, 0.25, 0.25)}
    accuracy_table(constant).to_csv(tmp_path / "a.csv", index=False)
    bless(tmp_path / "a.csv", tmp_path / "reference.csv")
    (found, _) = compare_with_reference(tmp_path / "a.csv", tmp_path / "reference.csv")
    assert found.band == pytest.approx(1 / 1000)


def test_a_failed_run_is_not_blessed(tmp_path):
    accuracy_table(failed=["tree"]).to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(InputError, match="tree on rotation_60 failed"):
        bless(tmp_path / "a.csv", tmp_path / "reference.csv")
    assert not (tmp_path / "reference.csv").exists()


def test_an_absent_reference_says_how_to_make_one(tmp_path):
    accuracy_table().to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(InputError, match="snakemake bless"):
        compare_with_reference(tmp_path / "a.csv", tmp_path / "reference.csv")


def test_the_report_names_what_moved_first_and_counts(compare):
    found = compare(accuracy_table(SCORES | {"ssrvae": (0.3, 0.5, 0.2)}))
    lines = list(report_lines(list(found.values())))
    assert lines[0].startswith("moved    rotation_60 ssrvae accuracy: reference 0.8300, now 0.3333")
    assert lines[-1] == "regression: 2 scores the same, 2 not"
