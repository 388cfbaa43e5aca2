"""When the regression check speaks up."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datagen.errors import InputError
from ssrvae.analysis.regression import ROUNDING, TOLERANCES, bless, compare_with_reference, report_lines
from ssrvae.study.config import load_config

ROOT = Path(__file__).parents[2]

SCORES = {"tree": (0.40, 0.42, 0.41), "ssrvae": (0.80, 0.86, 0.83)}
TRAINED = TOLERANCES["ssrvae", "accuracy"]


def accuracy_table(scores=SCORES, failed=(), log_loss=1.25):
    rows = [
        {"study": "regression", "dataset": "rotation_60", "method": method, "seed": seed, "metric": metric}
        | {"value": np.nan if method in failed else score, "n": 1000}
        | {"status": "diverged" if method in failed else "ok", "reason": "NaN", "commit": "abc"}
        for method, values in scores.items()
        for seed, value in enumerate(values)
        for metric, score in (("accuracy", value), ("balanced_accuracy", value), ("log_loss", log_loss))
    ]
    return pd.DataFrame(rows)


def write_study(folder, table):
    table.to_csv(folder / "accuracy.csv", index=False)
    return folder / "accuracy.csv"


@pytest.fixture
def compare(tmp_path):
    """Compare a table with the blessed SCORES and return what was found by score."""
    reference = tmp_path / "reference.csv"
    bless(write_study(tmp_path, accuracy_table()), reference)

    def found(table):
        comparisons = compare_with_reference(write_study(tmp_path, table), reference)
        return {comparison.score: comparison for comparison in comparisons}

    return found


def of(comparisons, verdict):
    return [score for score, comparison in comparisons.items() if comparison.verdict == verdict]


def shifted(method, *shifts):
    return SCORES | {method: tuple(value + shift for value, shift in zip(SCORES[method], shifts, strict=True))}


def test_the_blessed_study_is_the_same_as_itself_without_scores_that_repeat_another(compare):
    found = compare(accuracy_table())
    assert set(found) == {f"rotation_60 {method} {metric}" for method in SCORES for metric in ("accuracy", "log_loss")}
    assert of(found, "same") == list(found)


def test_one_image_of_one_seed_is_seen_where_nothing_amplifies_rounding(compare):
    assert of(compare(accuracy_table(shifted("tree", 0, 0.001, 0))), "moved") == ["rotation_60 tree accuracy"]


@pytest.mark.parametrize(("images", "verdict"), [(0, "same"), (1, "same"), (-1, "same"), (2, "moved"), (-2, "moved")])
def test_one_image_on_the_boundary_is_no_alarm_where_a_training_is_smooth(tmp_path, images, verdict):
    bless(write_study(tmp_path, accuracy_table({"mlp": (0.5, 0.52)})), tmp_path / "reference.csv")
    now = write_study(tmp_path, accuracy_table({"mlp": (0.5, 0.52 + images / 1000)}))
    found = {comparison.score: comparison for comparison in compare_with_reference(now, tmp_path / "reference.csv")}
    assert found["rotation_60 mlp accuracy"].verdict == verdict
    assert found["rotation_60 mlp log_loss"].verdict == "same"


def test_seeds_that_move_against_each_other_are_seen_though_their_mean_is_the_same(compare):
    assert of(compare(accuracy_table(shifted("tree", 0.01, -0.01, 0))), "moved") == ["rotation_60 tree accuracy"]


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_training_may_move_by_its_tolerance_and_no_further(compare, sign):
    within, beyond = 0.99 * sign * TRAINED.seed, 1.01 * sign * TRAINED.seed
    assert not of(compare(accuracy_table(shifted("ssrvae", within, -within, 0))), "moved")
    assert of(compare(accuracy_table(shifted("ssrvae", beyond, -beyond, 0))), "moved") == [
        "rotation_60 ssrvae accuracy"
    ]


def test_seeds_that_all_move_one_way_are_seen_sooner_than_one(compare):
    assert TRAINED.mean < TRAINED.seed
    shift = 1.01 * TRAINED.mean
    assert not of(compare(accuracy_table(shifted("ssrvae", shift, 0, 0))), "moved")
    assert of(compare(accuracy_table(shifted("ssrvae", shift, shift, shift))), "moved") == [
        "rotation_60 ssrvae accuracy"
    ]


@pytest.mark.parametrize(("within", "verdict"), [(0.99, "same"), (1.01, "moved")])
def test_the_only_seed_may_move_as_far_as_any_one(tmp_path, within, verdict):
    one, moved = ({"ssrvae": (0.8 + shift,)} for shift in (0, within * TRAINED.seed))
    bless(write_study(tmp_path, accuracy_table(one)), tmp_path / "reference.csv")
    found = compare_with_reference(write_study(tmp_path, accuracy_table(moved)), tmp_path / "reference.csv")
    assert {comparison.score: comparison.verdict for comparison in found}["rotation_60 ssrvae accuracy"] == verdict


def test_probabilities_that_move_alone_are_seen(compare):
    assert of(compare(accuracy_table(log_loss=1.75)), "moved") == [
        "rotation_60 tree log_loss",
        "rotation_60 ssrvae log_loss",
    ]


def test_every_tolerance_is_of_a_method_of_the_study():
    study = load_config(ROOT / "config" / "regression.yaml")
    assert {method for method, _ in TOLERANCES} <= set(study["methods"])


def test_a_mean_may_shift_no_further_than_a_seed():
    assert TOLERANCES
    for tolerance in TOLERANCES.values():
        assert ROUNDING.seed <= tolerance.mean <= tolerance.seed


def test_a_missing_method_or_seed_is_missing(compare):
    assert of(compare(accuracy_table({"tree": SCORES["tree"]})), "missing") == [
        "rotation_60 ssrvae accuracy",
        "rotation_60 ssrvae log_loss",
    ]
    fewer = compare(accuracy_table(SCORES | {"tree": SCORES["tree"][:2]}))
    assert of(fewer, "missing") == ["rotation_60 tree accuracy", "rotation_60 tree log_loss"]


def test_a_failed_run_is_failed(compare):
    assert len(of(compare(accuracy_table(failed=["tree"])), "failed")) == 2


def test_a_method_or_seed_that_was_never_blessed_is_new(compare):
    assert len(of(compare(accuracy_table(SCORES | {"forest": (0.5, 0.5, 0.5)})), "new")) == 2
    assert len(of(compare(accuracy_table(SCORES | {"tree": (*SCORES["tree"], 0.4)})), "new")) == 2


def test_a_method_without_probabilities_has_no_log_loss_to_compare(tmp_path):
    accuracy = write_study(tmp_path, accuracy_table(log_loss=np.nan))
    bless(accuracy, tmp_path / "reference.csv")
    found = compare_with_reference(accuracy, tmp_path / "reference.csv")
    assert {comparison.score for comparison in found} == {f"rotation_60 {method} accuracy" for method in SCORES}


@pytest.mark.parametrize("commits", [("abc", "def"), ("abc+", "abc+")])
def test_runs_of_two_commits_or_of_changed_files_are_not_blessed(tmp_path, commits):
    table = accuracy_table()
    table["commit"] = np.where(table["method"] == "tree", *commits)
    with pytest.raises(InputError, match="a reference is of one commit") as refused:
        bless(write_study(tmp_path, table), tmp_path / "reference.csv")
    assert commits[1] in str(refused.value)
    assert not (tmp_path / "reference.csv").exists()


def test_a_failed_run_is_not_blessed(tmp_path):
    accuracy = write_study(tmp_path, accuracy_table(failed=["tree"]))
    with pytest.raises(InputError, match="tree on rotation_60 failed"):
        bless(accuracy, tmp_path / "reference.csv")
    assert not (tmp_path / "reference.csv").exists()


def test_an_absent_reference_says_how_to_make_one(tmp_path):
    accuracy = write_study(tmp_path, accuracy_table())
    with pytest.raises(InputError, match="snakemake bless"):
        compare_with_reference(accuracy, tmp_path / "reference.csv")


def test_the_report_names_what_moved_first_seed_by_seed_with_what_is_allowed(compare):
    found = compare(accuracy_table(shifted("tree", 0, 0.1, 0)))
    lines = list(report_lines(list(found.values())))
    assert lines[0] == (
        "moved    rotation_60 tree accuracy: mean +0.033 (seed 0 0.4 +0, seed 1 0.42 +0.1, seed 2 0.41 +0); "
        "allowed 1e-06 a seed, 1e-06 in the mean"
    )
    assert lines[-1] == "regression: 3 scores the same, 1 not"
