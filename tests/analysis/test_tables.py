"""Tables collected from made-up runs."""

import json

import numpy as np
import pandas as pd
import pytest

from datagen.errors import InputError
from datagen.npz import write_npz
from ssrvae.analysis.tables import accuracy_table, collect, kind_table, run_folder
from ssrvae.base.files import write_csv
from ssrvae.study.config import check_config
from ssrvae.study.plan import make_plan

NAMES = ["clubs", "spades"]


def fake_run(results, run, status="ok", predicted=(0, 1, 1, 1), history=None):
    """Write a run's folder as the fit does, over four test images of true classes 0, 0, 1, 1."""
    folder = run_folder(results, run)
    true, ok = [0, 0, 1, 1], status == "ok"
    table = pd.DataFrame(
        {"index": range(4), "true": [NAMES[i] for i in true], "predicted": [NAMES[i] for i in predicted]}
    )
    folder.write_predictions(table if ok else table.iloc[:0])
    folder.write_history(pd.DataFrame(history or [], columns=["epoch", "loss", "seconds", "test_accuracy"]))
    write_npz({}, folder.snapshots)
    folder.save_model(None)
    accuracy = float(np.mean(np.equal(true, predicted))) if ok else float("nan")
    scores = dict.fromkeys(
        ["accuracy", "balanced_accuracy", "log_loss", "ece", "recall_clubs", "recall_spades"], accuracy
    )
    described = {"status": status, "reason": "" if ok else "DivergenceError: NaN", "n": 4, "class_names": NAMES}
    costs = {"seconds": 1.5, "predict_seconds": 0.1, "peak_mb": 100.0, "job_seconds": 3.0}
    origin = {"commit": "abc", "config_hash": "0" * 12, "versions": {"python": "3.11", "numpy": "2"}}
    folder.write_metrics(scores | described | costs | origin)


@pytest.fixture
def collected(study, tmp_path):
    """Collect a study of two data sets of one sweep and one of another, with one failed run."""
    study["sweeps"]["labels"] = {"vary": {"labelled.per_class": [2]}, "methods": ["tree"]}
    plan = make_plan(check_config(study))
    for run in plan.runs:
        failed = run.dataset == "rotation_60" and run.method == "chance"
        history = [(1, 9.0, 0.5, 0.4), (2, 8.0, 0.5, 0.6)] if run.dataset == "labels_2" else None
        fake_run(tmp_path, run, "diverged" if failed else "ok", history=history)
    for name in [*plan.datasets]:
        cost = tmp_path / "costs" / "data" / name / "seed0.json"
        cost.parent.mkdir(parents=True)
        cost.write_text('{"seconds": 2.0, "peak_mb": 50.0}')
    cost = tmp_path / "costs" / "stress" / "noise" / "tree" / "seed0.json"
    cost.parent.mkdir(parents=True)
    cost.write_text('{"seconds": 4.0, "peak_mb": 60.0}')
    rows = [("noise", "tree", 0, sigma, "accuracy", 0.5, 4) for sigma in (0.0, 1.0)]
    columns = ["grid", "method", "seed", "noise_sigma", "metric", "value", "n"]
    write_csv(pd.DataFrame(rows, columns=columns), tmp_path / "stress" / "noise" / "tree" / "seed0.csv")
    collect(plan, tmp_path, tmp_path / "tables")
    return plan, tmp_path


def table(collected, name):
    return pd.read_csv(collected[1] / "tables" / f"{name}.csv")


def test_accuracy_has_a_row_for_every_score_of_every_run(collected):
    accuracy = table(collected, "accuracy")
    assert len(accuracy) == 5 * 6
    assert not accuracy.duplicated(["dataset", "method", "seed", "metric"]).any()
    expected = "study dataset rotation_deg labels_per_class method seed metric value n status reason seconds peak_mb"
    assert accuracy.columns.tolist() == [*expected.split(), "commit", "config_hash", "versions"]
    ok = accuracy.query("metric == 'accuracy' and dataset == 'rotation_15'")
    assert ok["value"].tolist() == [0.75, 0.75]


def test_a_failed_run_is_a_row_without_a_value_and_with_its_reason(collected):
    failed = table(collected, "accuracy").query("dataset == 'rotation_60' and method == 'chance'")
    assert len(failed) == 6
    assert failed["value"].isna().all()
    assert set(failed["status"]) == {"diverged"}
    assert set(failed["reason"]) == {"DivergenceError: NaN"}


def test_factors_of_a_data_set_are_columns(collected):
    accuracy = table(collected, "accuracy").drop_duplicates("dataset").set_index("dataset")
    assert accuracy["rotation_deg"].to_dict() == {"rotation_15": 15, "rotation_60": 60, "labels_2": 60}
    assert accuracy["labels_per_class"].to_dict() == {"rotation_15": 8, "rotation_60": 8, "labels_2": 2}


def test_confusion_is_that_of_the_finished_runs_predictions(collected):
    confusion = table(collected, "confusion")
    assert len(confusion) == 4 * 4
    rows = confusion.query("dataset == 'labels_2'").set_index(["true", "predicted"])
    assert rows["fraction"].to_dict() == {
        ("clubs", "clubs"): 0.5,
        ("clubs", "spades"): 0.5,
        ("spades", "clubs"): 0.0,
        ("spades", "spades"): 1.0,
    }
    assert set(rows["n"]) == {2}


def test_particles_are_rows_with_the_images_behind_them_and_the_half_that_is_tested(study, tmp_path):
    gold = {"kind": "particles", "source": "nanogold", "tested_half": "alternate", "labelled": {"per_class": 2}}
    config = study | {"datasets": {"gold": {"data": gold}}, "seeds": [0, 1]}
    del config["sweeps"], config["stress"]
    plan = make_plan(check_config(config))
    scores = {"accuracy": 0.5, "balanced_accuracy": 0.4, "recall_clubs": 0.3, "reconstruction_mse": 0.1}
    accuracy = pd.DataFrame(
        {"dataset": name, "method": "tree", "seed": seed, "metric": metric, "value": value, "n": 9, "status": "ok"}
        for name in ("gold", "cards")
        for seed in (0, 1)
        for metric, value in scores.items()
    )
    confusion = pd.DataFrame(
        {"dataset": "gold", "method": "tree", "seed": seed, "true": name, "predicted": other, "fraction": 0.5, "n": n}
        for seed in (0, 1)
        for name, n in (("clubs", 4 + seed), ("spades", 5 - seed))
        for other in NAMES
    )
    table = kind_table(plan, "particles", accuracy, confusion)
    assert table.columns.tolist()[:6] == ["dataset", "method", "seed", "metric", "value", "n"]
    assert set(table["dataset"]) == {"gold"}
    assert len(table) == 8
    assert table.query("metric == 'recall_clubs'")["n"].tolist() == [4, 5]
    assert set(table.query("metric == 'accuracy'")["n"]) == {9}
    assert dict(zip(table["seed"], table["tested_half"], strict=True)) == {0: "left", 1: "right"}


def test_a_method_that_does_not_classify_has_a_row_for_its_own_score(study, tmp_path):
    del study["stress"]
    study["sweeps"]["rotation"]["vary"] = {"unlabelled.rotation_deg": [15]}
    plan = make_plan(check_config(study))
    for run in plan.runs:
        fake_run(tmp_path, run)
    folder = run_folder(tmp_path, plan.runs[0])
    metrics = folder.read_metrics()
    scores = ("accuracy", "balanced_accuracy", "log_loss", "ece", "recall_clubs", "recall_spades")
    kept = {name: value for name, value in metrics.items() if name not in scores}
    folder.write_metrics(kept | {"reconstruction_mse": 0.25})
    found = {run: run_folder(tmp_path, run).read_metrics() for run in plan.runs}
    rows = accuracy_table(plan, found)
    assert rows.loc[rows["method"] == "chance", ["metric", "value"]].to_numpy().tolist() == [
        ["reconstruction_mse", 0.25]
    ]
    assert (rows["method"] == "tree").sum() == 6


def test_history_has_the_epochs_and_not_their_seconds(collected):
    history = table(collected, "history")
    assert history.columns.tolist() == ["dataset", "method", "seed", "epoch", "loss", "test_accuracy"]
    assert history["epoch"].tolist() == [1, 2]


def test_stress_has_the_grids_rows(collected):
    assert table(collected, "stress")["noise_sigma"].tolist() == [0.0, 1.0]


def test_cost_has_every_job(collected):
    cost = table(collected, "cost")
    assert cost["stage"].value_counts().to_dict() == {"fit": 5, "data": 3, "stress": 1}
    assert cost.query("stage == 'stress'")["dataset"].tolist() == ["noise"]


def test_the_manifest_tells_configuration_commit_machine_and_versions(collected):
    manifest = json.loads((collected[1] / "tables" / "manifest.json").read_text())
    assert manifest["config"] == collected[0].config
    assert (manifest["runs"], manifest["failed_runs"]) == (5, 1)
    assert {"commit", "machine", "versions", "collected", "config_hash"} <= set(manifest)


def test_a_missing_run_is_named_and_never_a_hole(collected):
    plan, results = collected
    run_folder(results, plan.runs[0]).metrics.unlink()
    with pytest.raises(InputError, match=r"rotation_15.chance.seed0.metrics\.json"):
        collect(plan, results, results / "tables")


def test_a_study_without_grids_or_epochs_has_empty_tables(study, tmp_path):
    del study["stress"]
    plan = make_plan(check_config(study | {"methods": {"tree": study["methods"]["tree"]}}))
    for run in plan.runs:
        fake_run(tmp_path, run)
    for name in plan.datasets:
        cost = tmp_path / "costs" / "data" / name / "seed0.json"
        cost.parent.mkdir(parents=True)
        cost.write_text('{"seconds": 2.0, "peak_mb": 50.0}')
    collect(plan, tmp_path, tmp_path / "tables")
    assert pd.read_csv(tmp_path / "tables" / "stress.csv").columns.tolist() == [
        "grid",
        "method",
        "seed",
        "metric",
        "value",
        "n",
    ]
    assert len(pd.read_csv(tmp_path / "tables" / "history.csv")) == 0
