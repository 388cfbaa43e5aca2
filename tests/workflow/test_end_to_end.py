"""A small study from configuration to figures: what it leaves behind, failures and interruptions included."""

import json

import numpy as np
import pandas as pd
import pytest

EXPECTED_FIGURES = ("fig2_data", "fig3a_accuracy", "fig4d_corruptions", "figS3_baselines")
TIMES = ["seconds", "peak_mb"]


def read(workflow, name, results="results"):
    return pd.read_csv(workflow.folder / results / "tables" / f"{name}.csv")


def test_every_table_and_planned_figure_is_there(finished):
    results = finished.folder / "results"
    tables = {path.name for path in (results / "tables").iterdir()}
    names = ("accuracy", "confusion", "stress", "history", "agreement", "cost")
    assert tables == {*(f"{name}.csv" for name in names), "manifest.json"}
    figures = {path.name for path in (results / "figures").iterdir()}
    assert figures == {f"{name}.{extension}" for name in EXPECTED_FIGURES for extension in ("png", "svg", "csv", "rst")}


def test_a_method_that_fails_at_one_point_is_a_row_and_the_rest_goes_on(finished):
    rows = read(finished, "accuracy").query("metric == 'accuracy'").set_index(["dataset", "method"])
    assert set(rows.index) == {
        ("rotation_15", "decision_tree"),
        ("rotation_60", "decision_tree"),
        ("labels_5", "failing"),
        ("labels_5", "ssrvae"),
    }
    assert rows.loc[("labels_5", "failing"), "status"] == "error"
    assert rows.loc[("labels_5", "failing"), "reason"] == "ArithmeticError: too few labels"
    assert (rows.drop(("labels_5", "failing"))["status"] == "ok").all()
    assert np.isnan(rows.loc[("labels_5", "failing"), "value"])


def test_the_terminal_shows_a_line_a_job_the_failed_fit_and_where_the_figures_are(finished):
    lines = (finished.folder / "printed.txt").read_text().splitlines()
    assert len(lines) < 60
    assert "warning: failing on labels_5, seed 0 failed: ArithmeticError: too few labels" in lines
    jobs = [line for line in lines if line.startswith("[")]
    assert [line.partition("]")[0] for line in jobs] == [f"[{n + 1}/{len(jobs)}" for n in range(len(jobs))]
    assert "figures: results/figures" in lines
    log = (finished.folder / "results" / "logs" / "fit" / "labels_5" / "failing" / "seed0.log").read_text()
    assert "Traceback" in log


def test_accuracy_is_the_share_of_right_predictions(finished):
    accuracy = read(finished, "accuracy").query("metric == 'accuracy' and status == 'ok'")
    assert len(accuracy) == 3
    for row in accuracy.itertuples():
        run = finished.folder / "results" / "runs" / row.dataset / row.method / f"seed{row.seed}"
        predictions = pd.read_parquet(run / "predictions.parquet")
        assert row.value == (predictions["true"] == predictions["predicted"]).mean()
        assert row.n == len(predictions) == 40


def test_a_number_is_tied_to_its_seed_configuration_and_software(finished):
    accuracy = read(finished, "accuracy")
    assert accuracy["config_hash"].str.fullmatch("[0-9a-f]{12}").all()
    assert accuracy.groupby(["dataset", "method"])["config_hash"].nunique().eq(1).all()
    assert accuracy["config_hash"].nunique() == 4
    assert accuracy["versions"].str.contains(r"torch=\d+\.\d+").all()
    manifest = json.loads((finished.folder / "results" / "tables" / "manifest.json").read_text())
    assert manifest["failed_runs"] == 1


def test_a_killed_run_on_one_core_ends_with_the_tables_of_a_whole_one_on_two(resumed):
    workflow, _ = resumed
    for name in ("accuracy", "confusion", "stress", "history", "agreement"):
        whole, after = (
            read(workflow, name, results).drop(columns=TIMES, errors="ignore")
            for results in ("results", "resumed here")
        )
        assert len(whole) > 0
        pd.testing.assert_frame_equal(whole, after, check_exact=True)


def test_a_killed_run_loses_nothing_that_was_finished(resumed):
    _, kept = resumed
    assert len(kept) >= 1
    assert {path: path.stat().st_mtime for path in kept} == kept


def test_a_second_call_has_nothing_to_do(finished):
    assert "Nothing to be done" in finished.snakemake("--cores", "2", "--configfile", "study.yaml")


def test_another_study_does_not_replace_the_tables_of_a_results_folder(finished):
    before = (finished.folder / "results" / "tables" / "accuracy.csv").read_bytes()
    printed = finished.snakemake("--cores", "1", "--configfile", "study.yaml", "--config", "study=other", check=False)
    (line,) = [line for line in printed.splitlines() if line.startswith("error: ")]
    assert line.endswith("results: 'results' holds the tables of study 'tiny'; give 'other' a folder of its own")
    assert (finished.folder / "results" / "tables" / "accuracy.csv").read_bytes() == before


def test_raise_stops_at_the_failed_fit(finished):
    printed = finished.snakemake(
        *("--cores", "1", "--configfile", "study.yaml", "--config", "results=raising", "on_error=raise", "--"),
        "raising/runs/labels_5/failing/seed0/metrics.json",
        check=False,
    )
    assert "ArithmeticError: too few labels" in printed
    assert not (finished.folder / "raising" / "runs" / "labels_5" / "failing" / "seed0" / "metrics.json").exists()


def test_a_broken_number_fails_the_regression_target_until_it_is_blessed(finished):
    arguments = ("--cores", "1", "--configfile", "twice.yaml", "--")
    study = (finished.folder / "study.yaml").read_text()
    study = study[: study.index("stress:")].replace("[15, 60]", "[60]").replace("  labels: {vary", "  # {vary")
    finished.write("twice.yaml", study + "seeds: [0, 1]\nresults: twice\n")
    reference = finished.folder / "results" / "reference" / "regression.csv"
    finished.snakemake(*arguments, "bless")
    assert "0 not" in finished.snakemake(*arguments, "regression")
    table = pd.read_csv(reference)
    table.assign(value=table["value"] + 9).to_csv(reference, index=False)
    with pytest.raises(AssertionError, match=r"(?s)moved.*failed: regression"):
        finished.snakemake(*arguments, "regression")
