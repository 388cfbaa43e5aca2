"""Figures of sets of objects: scores of every method with intervals over draws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ssrvae.analysis.summary import methods_by_rank
from ssrvae.figures.object_scores import N_BEST
from tests.figures.conftest import FEW, PARTICLES
from tests.figures.drawings import copy_manifest, copy_tables, drawn, line, words


def test_balanced_accuracies_of_one_seed_have_the_interval_of_their_classes(one_seed):
    drawing = drawn("objects_accuracy", one_seed)
    assert set(drawing.data["interval"]) == {"by_class"}
    assert "Clopper-Pearson class by class" in words(drawing)


def test_scores_are_drawn_with_the_means_of_their_draws(three_seeds):
    drawing, recall = drawn("objects_accuracy", three_seeds), drawn("objects_recall", three_seeds)
    assert list(drawing.data["dataset"].unique()) == list(PARTICLES)
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
    drawing = drawn("objects_accuracy", three_seeds)
    (axes,) = [axes for axes in drawing.figure.axes if axes.get_title() == "gold_size_3"]
    dots = [line for line in axes.lines if line.get_markersize() == 2]
    n_methods = drawing.data["method"].nunique()
    assert len(dots) == 3 * n_methods
    assert sum(line.get_markerfacecolor() == "none" for line in dots) == n_methods


def test_recalls_are_of_the_best_methods_and_of_the_papers_own_with_the_images_of_each_class(three_seeds, tmp_path):
    copy_tables(three_seeds, tmp_path)
    path = tmp_path / "tables" / "accuracy.csv"
    table = pd.read_csv(path)
    table.assign(value=table["value"].mask(table["method"] == "ssrvae", 0.1)).to_csv(path, index=False)
    drawing = drawn("objects_recall", tmp_path)
    ranked = methods_by_rank(drawn("objects_accuracy", tmp_path).data)
    assert ranked[-1] == "ssrvae"
    assert len(ranked) > N_BEST + 1
    assert set(drawing.data["method"]) == {*ranked[:N_BEST], "ssrvae"}
    for axes, (dataset, classes) in zip(drawing.figure.axes, PARTICLES.items(), strict=True):
        labels = [text.get_text() for text in axes.get_yticklabels()]
        assert labels == [f"{name}\nn = {4000 // len(classes)}" for name in classes]
        own = drawing.data[drawing.data["dataset"] == dataset].drop_duplicates(["class", "method"])
        marks = sorted(x for line in axes.lines if line.get_marker() not in ("None", "") for x in line.get_xdata())
        assert marks == pytest.approx(sorted(own["accuracy"]))


def test_object_curves_end_at_the_data_set_that_their_sweep_varies(three_seeds):
    drawing = drawn("objects_learning_curve", three_seeds)
    assert [axes.get_title() for axes in drawing.figure.axes] == ["simulated"]
    assert set(drawing.data["method"]) == {"random_forest", "exemplar"}
    own = drawing.data[drawing.data["method"] == "exemplar"]
    np.testing.assert_array_equal(line(drawing, "exemplars"), own[["labels_per_class", "accuracy"]])
    assert own["labels_per_class"].tolist() == [1, 5, 200]
    table = pd.read_csv(three_seeds / "tables" / "accuracy.csv").query("metric == 'balanced_accuracy'")
    for dataset, accuracy in zip([*FEW, "simulated"], own["accuracy"], strict=True):
        rows = table[(table["dataset"] == dataset) & (table["method"] == "exemplar")]
        assert accuracy == pytest.approx(rows["value"].mean())


def test_reliability_is_that_of_the_predictions_and_over_confidence_shows(three_seeds):
    drawing = drawn("objects_reliability", three_seeds)
    ranked = methods_by_rank(drawn("objects_accuracy", three_seeds).data)
    assert set(drawing.data["method"]) == set(ranked[:3])
    own = drawing.data.query("dataset == 'simulated' and method == @ranked[0]")
    paths = [three_seeds / f"runs/simulated/{ranked[0]}/seed{seed}/predictions.parquet" for seed in (0, 1, 2)]
    images = pd.concat([pd.read_parquet(path) for path in paths])
    sure, right = images.filter(like="p_").max(axis=1), images["true"] == images["predicted"]
    for row in own.itertuples():
        here = (sure > row.bin_low) & (sure <= row.bin_high)
        assert row.images == pytest.approx(here.sum() / 3)
        assert row.accuracy == pytest.approx(right[here].mean())
        assert row.confidence == pytest.approx(sure[here].mean())
        assert row.low <= row.accuracy <= row.high
    assert own["images"].sum() == pytest.approx(200)
    above, below = drawing.figure.axes[0], drawing.figure.axes[2]
    assert above.get_title() == "simulated"
    assert above.get_legend().get_texts()[0].get_text() == "0.040"
    assert below.patches[0].get_data().values.sum() == pytest.approx(200)


def test_class_averages_are_counted_and_a_class_without_images_is_black(one_seed):
    drawing = drawn("objects_class_averages", one_seed)
    assert [axes.get_title() for axes in drawing.figure.axes] == list(PARTICLES)
    labels = [text.get_text() for text in drawing.figure.axes[0].get_xticklabels()]
    assert labels == ["single\nn = 0", "double\nn = 10\n50%", "triple\nn = 20\n50%", "quadruple\nn = 30\n50%"]
    tiles = drawing.data.query("dataset == 'gold_size_3'").set_index(["drawn", "class"]).filter(like="pixel_")
    assert (tiles.loc[("medoid", "larger")] == 255).all()
    assert (tiles.loc[("turned", "larger")] == 204).all()
    assert (tiles.loc[("turned", "single")] == 0).all()


def test_class_averages_of_failed_runs_leave_their_reason(with_failures):
    said = words(drawn("objects_class_averages", with_failures))
    assert "gold_size_3, exemplars: 3 of 3 runs failed" in said


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
    for name in ("objects_accuracy", "objects_recall", "fig6_marginal_gold", "fig5_gold"):
        assert "the archive is missing" in words(drawn(name, tmp_path))


def test_particles_without_a_method_that_classifies_are_said(three_seeds, tmp_path):
    copy_manifest(three_seeds, tmp_path)
    for name in ("accuracy", "particles"):
        table = pd.read_csv(three_seeds / "tables" / f"{name}.csv")
        table[table["method"] == "vae"].to_csv(tmp_path / "tables" / f"{name}.csv", index=False)
    for name in ("objects_accuracy", "objects_recall", "objects_reliability"):
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
    drawing = drawn("objects_accuracy", tmp_path)
    labels = [text.get_text() for text in drawing.figure.axes[0].get_yticklabels()]
    assert labels == ["random forest", "decision tree", "XGBoost"]
    assert "No marker: not run on that data set" in words(drawing)
    assert "No marker" not in words(drawn("objects_accuracy", three_seeds))
