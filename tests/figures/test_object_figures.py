"""Figures of sets of objects: scores of every method with intervals over draws."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.figures.drawings import copy_manifest, drawn, words


def test_balanced_accuracies_of_one_seed_have_the_interval_of_their_classes(one_seed):
    drawing = drawn("particles_accuracy", one_seed)
    assert set(drawing.data["interval"]) == {"by_class"}
    assert "Clopper-Pearson class by class" in words(drawing)


def test_particles_are_drawn_with_the_means_of_their_draws(three_seeds):
    drawing, recall = drawn("particles_accuracy", three_seeds), drawn("particles_recall", three_seeds)
    assert {"simulated", "gold_size_3"} <= set(drawing.data["dataset"])
    table = pd.read_csv(three_seeds / "tables" / "particles.csv")
    for data, metric in (
        (drawing.data, "balanced_accuracy"),
        (recall.data.query("`class` == 'larger'"), "recall_larger"),
    ):
        own = data.query("dataset == 'gold_size_3' and method == 'marginal'")
        rows = table.query(f"dataset == 'gold_size_3' and method == 'marginal' and metric == '{metric}'")
        assert own["accuracy"].unique() == pytest.approx([rows["value"].mean()])
        assert own["tested_half"].tolist() == ["left", "right", "left"]
    assert not {"vae", "rvae"} & set(drawing.data["method"])


def test_open_dots_are_draws_that_test_the_right_half(three_seeds):
    drawing = drawn("particles_recall", three_seeds)
    (axes,) = [axes for axes in drawing.figure.axes if axes.get_title().endswith("larger, n = 1333")]
    dots = [line for line in axes.lines if line.get_markersize() == 2]
    n_methods = drawing.data.query("`class` == 'larger'")["method"].nunique()
    assert len(dots) == 3 * n_methods
    assert sum(line.get_markerfacecolor() == "none" for line in dots) == n_methods


def test_particles_that_could_not_be_fetched_are_said(three_seeds, tmp_path):
    copy_manifest(three_seeds, tmp_path)
    for name in ("accuracy", "particles"):
        table = pd.read_csv(three_seeds / "tables" / f"{name}.csv")
        gone = table["dataset"] == "gold_size_3"
        table = table.assign(value=table["value"].mask(gone), status=table["status"].mask(gone, "error"))
        if "reason" in table:
            table["reason"] = table["reason"].astype(object).mask(gone, "the archive is missing")
        table.to_csv(tmp_path / "tables" / f"{name}.csv", index=False)
    confusion = pd.read_csv(three_seeds / "tables" / "confusion.csv")
    confusion[confusion["dataset"] != "gold_size_3"].to_csv(tmp_path / "tables" / "confusion.csv", index=False)
    for name in ("particles_accuracy", "particles_recall", "fig6_marginal_gold", "fig5_gold"):
        assert "the archive is missing" in words(drawn(name, tmp_path))


def test_particles_without_a_method_that_classifies_are_said(three_seeds, tmp_path):
    copy_manifest(three_seeds, tmp_path)
    for name in ("accuracy", "particles"):
        table = pd.read_csv(three_seeds / "tables" / f"{name}.csv")
        table[table["method"] == "vae"].to_csv(tmp_path / "tables" / f"{name}.csv", index=False)
    for name in ("particles_accuracy", "particles_recall"):
        assert "no method that classifies" in words(drawn(name, tmp_path))


def test_a_method_is_listed_by_its_ranks_not_by_how_hard_its_data_sets_are(three_seeds, tmp_path):
    """The random forest is run on the easier data set alone, where decision trees beat it."""
    copy_manifest(three_seeds, tmp_path)
    level = {("simulated", "xgboost"): 0.2, ("simulated", "decision_tree"): 0.1}
    level |= {("gold_size_3", "xgboost"): 0.9, ("gold_size_3", "decision_tree"): 0.8}
    level |= {("gold_size_3", "random_forest"): 0.7}
    for name in ("accuracy", "particles", "confusion"):
        table = pd.read_csv(three_seeds / "tables" / f"{name}.csv")
        of_run = pd.MultiIndex.from_frame(table[["dataset", "method"]])
        table = table.assign(**{} if name == "confusion" else {"value": of_run.map(level)})
        table[of_run.isin(level)].to_csv(tmp_path / "tables" / f"{name}.csv", index=False)
    drawing = drawn("particles_accuracy", tmp_path)
    labels = [text.get_text() for text in drawing.figure.axes[0].get_yticklabels()]
    assert labels == ["random forest", "decision tree", "XGBoost"]
    assert "No marker: not run on that data set" in words(drawing)
    assert "No marker" not in words(drawn("particles_accuracy", three_seeds))
