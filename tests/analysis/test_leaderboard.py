"""The leaderboard against hand-computed means and differences, and the README against the reference results."""

from pathlib import Path

import pandas as pd
import pytest

from ssrvae.analysis.leaderboard import LABELS, dataset_leaderboard, leaderboard
from ssrvae.base.errors import InputError

ROOT = Path(__file__).parents[2]
README_ROTATIONS_DEG = (15, 60, 90, 180)
README_LABELS = (1, 5, 10, 25, 200)
README_PARTICLES = ("simulated", "gold_size_3", "gold_peaks_3", "gold_size_4", "gold_peaks_4")


def rows(method: str, values: list[float], rotation_deg: float = 60) -> list[dict]:
    return [
        {
            "dataset": f"rotation_{rotation_deg}",
            "rotation_deg": rotation_deg,
            "method": method,
            "seed": seed,
            "metric": "accuracy",
            "value": value,
            "n": 4000,
            "seconds": 2.0,
        }
        for seed, value in enumerate(values)
    ]


def test_the_best_method_comes_first_with_its_paired_lead():
    table = pd.DataFrame([*rows("xgboost", [0.5, 0.6, 0.7]), *rows("ssrvae", [0.6, 0.7, 0.8])])
    lines = leaderboard(table, [60]).splitlines()
    assert lines[0] == "| method | ±60° | seconds a fit |"
    assert lines[2] == "| ss-rVAE | 0.700 [0.452, 0.948] | 2 |"
    assert lines[3].startswith("| XGBoost | 0.600")
    assert lines[4] == "| *lead, paired by seed* | ss-rVAE: +0.100 [+0.100, +0.100] |  |"


def test_a_failed_run_is_counted_not_hidden():
    table = pd.DataFrame([*rows("ssrvae", [0.6, float("nan"), 0.8]), *rows("xgboost", [float("nan")] * 3)])
    text = leaderboard(table, [60])
    assert "1 failed" in text
    assert "| XGBoost | failed (3)" in text


def test_a_rotation_that_was_not_run_is_named():
    with pytest.raises(InputError, match="rotation_deg 75; the table has 60"):
        leaderboard(pd.DataFrame(rows("ssrvae", [0.6])), [75])


def test_particles_are_told_by_data_set_with_the_paired_gain_over_a_rival():
    values = {("gold", "marginal"): [0.8, 0.9], ("gold", "area"): [0.7, 0.8], ("gold", "cnn"): [0.9, 0.9]}
    values |= {("simulated", "marginal"): [1.0, 0.9], ("simulated", "area"): [0.5, 0.6]}
    table = pd.DataFrame(
        {**row, "dataset": dataset, "metric": "balanced_accuracy"}
        for (dataset, method), found in values.items()
        for row in rows(method, found)
    )
    lines = dataset_leaderboard(table, ["simulated", "gold"], "marginal", "area").splitlines()
    assert lines[0] == "| method | simulated | gold | seconds a fit |"
    # The CNN was run on one of them alone.
    assert [line.split(" | ")[0] for line in lines[2:4]] == [
        "| marginal pose",
        "| area alone",
    ]
    assert lines[-1].startswith("| *gain over area alone* | marginal pose: +0.400")
    assert "+0.100 [+0.100" in lines[-1]


def test_the_readme_shows_the_reference_results():
    readme, reference = (ROOT / "README.md").read_text(encoding="utf-8"), ROOT / "results" / "reference"
    assert leaderboard(pd.read_csv(reference / "accuracy.csv"), README_ROTATIONS_DEG) in readme
    assert leaderboard(pd.read_csv(reference / "marginal" / "accuracy.csv"), README_LABELS, by=LABELS) in readme
    particles = pd.read_csv(reference / "particles" / "accuracy.csv")
    assert dataset_leaderboard(particles, README_PARTICLES, "marginal", "area") in readme
