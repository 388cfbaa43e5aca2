"""The leaderboard against hand-computed means and differences, and the README against the reference results."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from datagen.errors import InputError
from ssrvae.analysis.leaderboard import LABELS, dataset_leaderboard, halves_leaderboard, leaderboard
from ssrvae.analysis.sweeps import balanced_rows

ROOT = Path(__file__).parents[2]
SHOWN_ROTATIONS_DEG = (15, 60, 90, 180)
SHOWN_LABELS = (1, 5, 10, 25, 200)
SHOWN_PARTICLES = ("simulated", "gold_size_3", "gold_peaks_3", "gold_size_4", "gold_peaks_4")


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
    assert lines[4] == "| *lead, post hoc, paired by seed* | ss-rVAE: +0.100 in every seed |  |"


def test_a_model_that_is_not_the_default_is_named_by_its_settings():
    methods = {"ssrvae": {"params": {"decoder": "warped", "likelihood_pixels": None}}, "xgboost": {}}
    table = pd.DataFrame([*rows("xgboost", [0.5, 0.6]), *rows("ssrvae", [0.6, 0.7])])
    lines = leaderboard(table, [60], methods=methods).splitlines()
    assert [line.split(" | ")[0] for line in lines[2:4]] == ["| ss-rVAE (warped decoder, every pixel)", "| XGBoost"]


def test_a_failed_run_is_counted_not_hidden():
    table = pd.DataFrame([*rows("ssrvae", [0.6, float("nan"), 0.8]), *rows("xgboost", [float("nan")] * 3)])
    text = leaderboard(table, [60])
    assert "1 failed" in text
    assert "| XGBoost | failed (3)" in text


def test_a_rotation_that_was_not_run_is_named():
    with pytest.raises(InputError, match="rotation_deg 75; the table has 60"):
        leaderboard(pd.DataFrame(rows("ssrvae", [0.6])), [75])


def test_limits_that_three_decimals_do_not_tell_apart_get_more():
    table = pd.DataFrame([{**row, "n": 100_000} for row in rows("marginal", [1.0, 1.0])])
    assert "| marginal pose | 1.00000 [0.99996, 1.00000] |" in leaderboard(table, [60])


def particle_rows(values: dict[tuple[str, str], list[float]], halves: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {**row, "dataset": dataset, "metric": "balanced_accuracy"}
        | {"tested_half": halves[row["seed"]] if dataset == "gold" else None}
        for (dataset, method), found in values.items()
        for row in rows(method, found)
    )


def confusion(table: pd.DataFrame) -> pd.DataFrame:
    classes = pd.DataFrame({"true": ["single", "double"], "predicted": ["single", "double"], "n": [90, 10]})
    return table[["dataset", "method", "seed"]].merge(classes, how="cross").assign(fraction=0.8)


def test_particles_are_told_by_data_set_with_the_paired_gain_over_a_rival():
    values = {("gold", "marginal"): [0.8, 0.95], ("gold", "area"): [0.7, 0.8], ("gold", "cnn"): [0.9, 0.9]}
    values |= {("simulated", "marginal"): [1.0, 0.9], ("simulated", "area"): [0.5, 0.6]}
    table = particle_rows(values, ["left", "left"])
    lines = dataset_leaderboard(table, confusion(table), ["simulated", "gold"], "marginal", "area").splitlines()
    assert lines[0] == "| method | simulated | gold | seconds a fit |"
    # The CNN was run on one of them alone.
    assert [line.split(" | ")[0] for line in lines[2:4]] == [
        "| marginal pose",
        "| area alone",
    ]
    assert lines[5].startswith("| *gain over area alone* | marginal pose: +0.400")
    assert "+0.125 [-0.193, +0.443]" in lines[5]


def test_a_lead_of_a_few_errors_has_no_limits():
    """Student's t of counts that are no Normal numbers is too tight."""
    few = pd.DataFrame([*rows("marginal", [1.0, 1.0, 1.0]), *rows("mlp", [0.9, 0.95, 1.0])]).assign(n=40)
    assert "marginal pose: +0.050 (fewer than 10 errors of both in all)" in leaderboard(few, [60])
    assert "marginal pose: +0.050 [-0.074, +0.174]" in leaderboard(few.assign(n=100), [60])


def test_a_gain_on_a_real_micrograph_is_told_half_by_half():
    values = {("gold", "marginal"): [0.8, 0.9, 0.82, 0.91], ("gold", "area"): [0.78, 0.8, 0.79, 0.8]}
    table = particle_rows(values, ["left", "right", "left", "right"])
    lines = dataset_leaderboard(table, confusion(table), ["gold"], "marginal", "area").splitlines()
    assert lines[-2].startswith("| *gain over area alone, left half* | marginal pose: +0.025 [-0.039, +0.089] |")
    assert lines[-1].startswith("| *gain over area alone, right half* | marginal pose: +0.105 [+0.041, +0.169] |")
    # The halves' difference, 0.08, is no part of the interval: within them draws differ by 0.01.
    assert lines[-3].startswith("| *gain over area alone* | marginal pose: +0.065 [+0.050, +0.080] |")
    by_half = halves_leaderboard(table, confusion(table), ["gold"], ["marginal"]).splitlines()
    assert [line.split(" [")[0] for line in by_half[2:]] == [
        "| marginal pose | left | 0.810",
        "| marginal pose | right | 0.905",
    ]


def test_the_readme_and_the_results_show_the_reference_tables():
    readme, results = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/results.md"))
    reference = ROOT / "results" / "reference"
    methods = {
        name: yaml.safe_load((ROOT / "config" / f"{name}.yaml").read_text())["methods"]
        for name in ("config", "marginal")
    }
    accuracy = pd.read_csv(reference / "accuracy.csv")
    assert leaderboard(accuracy, SHOWN_ROTATIONS_DEG, methods=methods["config"]) in readme
    few_labels = pd.read_csv(reference / "marginal" / "accuracy.csv")
    assert leaderboard(few_labels, SHOWN_LABELS, LABELS, methods["marginal"]) in results
    tables = {
        name: pd.read_csv(reference / "particles" / f"{name}.csv") for name in ("accuracy", "particles", "confusion")
    }
    rows = balanced_rows(tables["accuracy"], tables["particles"])
    assert dataset_leaderboard(rows, tables["confusion"], SHOWN_PARTICLES, "marginal", "area") in results
    assert (
        halves_leaderboard(rows, tables["confusion"], SHOWN_PARTICLES[1:], ("marginal", "moments", "area")) in results
    )
