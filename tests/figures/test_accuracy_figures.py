"""Figures of accuracy over one quantity show the rows of their CSV, with their intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ssrvae.analysis.method_styles import method_styles
from tests.figures.drawings import drawn, line, words


@pytest.mark.parametrize(("name", "x"), [("fig3a_accuracy", "rotation_deg"), ("learning_curve", "labels_per_class")])
def test_accuracies_and_their_intervals_are_the_rows_of_the_csv(name, x, three_seeds):
    drawing = drawn(name, three_seeds)
    bars = [np.array(own.get_segments()) for own in drawing.figure.axes[0].collections if own.get_label()[0] == "_"]
    styles = method_styles(drawing.data["method"])
    assert "ssrvae" in styles
    for (method, style), segments in zip(styles.items(), bars, strict=False):
        rows = drawing.data[drawing.data["method"] == method]
        np.testing.assert_array_equal(line(drawing, style.label), rows[[x, "accuracy"]])
        np.testing.assert_array_equal(segments[:, :, 0], np.stack([rows[x]] * 2, axis=1))
        np.testing.assert_array_equal(segments[:, :, 1], rows[["low", "high"]])


def test_methods_of_one_accuracy_stand_side_by_side_and_hide_none_of_each_others_intervals(three_seeds):
    axes = drawn("fig3a_accuracy", three_seeds).figure.axes[0]
    curves = [own for own in axes.lines if len(own.get_xdata()) == len(axes.get_xticks())]
    shown_px = [own.get_transform().transform((60, 0.5))[0] for own in curves]
    width_px = max(own.get_linewidths()[0] for own in axes.collections[:-1]) * axes.figure.dpi / 72
    assert len(curves) == 9
    assert np.diff(np.sort(shown_px)).min() > width_px


OF_ACCURACY = ("fig3a_accuracy", "learning_curve", "fig4e_noise", "marginal_stress", "training")


@pytest.mark.parametrize("name", OF_ACCURACY)
def test_a_method_that_is_always_right_is_drawn_with_whole_markers(name, write_results):
    results = write_results((0,))
    for table in ("accuracy", "stress", "history"):
        rows = pd.read_csv(results / "tables" / f"{table}.csv")
        rows.assign(**{"test_accuracy" if table == "history" else "value": 1.0}).to_csv(
            results / "tables" / f"{table}.csv", index=False
        )
    figure = drawn(name, results).figure
    figure.canvas.draw()
    scales = [axes for axes in figure.axes if axes.get_ylabel().startswith("Accuracy (")]
    curves = [own for axes in scales for own in axes.lines if len(own.get_ydata()) and max(own.get_ydata()) == 1.0]
    assert curves
    for curve in curves:
        radius_px = (curve.get_markersize() + curve.get_markeredgewidth()) / 2 * figure.dpi / 72
        assert curve.axes.transData.transform((1, 1))[1] + radius_px <= curve.axes.bbox.y1


def test_one_seed_has_wilson_intervals_and_several_have_students(one_seed, three_seeds):
    assert "Wilson, one seed's 4000 test images" in words(drawn("fig3a_accuracy", one_seed))
    assert "Student t over 3 seeds" in words(drawn("fig3a_accuracy", three_seeds))


def test_failed_runs_are_counted_on_the_accuracy_figure(with_failures):
    drawing = drawn("fig3a_accuracy", with_failures)
    assert "7 of 270 runs failed" in words(drawing)
    at_60 = drawing.data.query("method == 'ssvae' and rotation_deg == 60")
    assert np.isnan(at_60["accuracy"].item())
    assert at_60["missing"].item() == 3


def test_training_curves_are_means_over_finished_seeds(with_failures):
    drawing = drawn("training", with_failures)
    history = pd.read_csv(with_failures / "tables" / "history.csv")
    ours = history.query("dataset == 'rotation_60' and method == 'ssrvae' and seed != 1")
    expected = ours.groupby("epoch")["test_accuracy"].mean()
    np.testing.assert_allclose(line(drawing, "ours: ss-rVAE")[:, 1], expected)
    assert "ours: ss-rVAE (warped decoder); bands" in words(drawing)


def test_training_in_the_papers_setting_is_shown_where_it_was_run(write_results):
    folder = write_results((0,))
    for name in ("accuracy", "history"):
        table = pd.read_csv(folder / "tables" / f"{name}.csv")
        there = table.query("dataset == 'rotation_60' and method == 'ssrvae'").assign(method="ssrvae_paper")
        pd.concat([table, there]).to_csv(folder / "tables" / f"{name}.csv", index=False)
    drawing = drawn("training", folder)
    curves = [line(drawing, f"ours: {label}") for label in ("ss-rVAE", "ss-rVAE, the paper's setting")]
    np.testing.assert_array_equal(*curves)


def test_a_learning_curve_joins_the_label_sweep_and_the_rotation_alike(three_seeds):
    drawing = drawn("learning_curve", three_seeds)
    own = drawing.data[drawing.data["method"] == "marginal"]
    assert own["dataset"].tolist() == ["labels_10", "labels_50", "rotation_60", "labels_500"]
    np.testing.assert_array_equal(line(drawing, "marginal pose"), own[["labels_per_class", "accuracy"]])
    assert "chance" not in set(drawing.data["method"])


def test_an_ablation_has_a_panel_a_data_set_and_the_best_variant_on_top(three_seeds):
    drawing = drawn("ablation", three_seeds)
    assert sorted(drawing.data["dataset"].unique()) == ["labels_10", "labels_50", "labels_500"]
    assert drawing.figure.axes[0].get_title() == "labels_10\n10 labelled images a class"
    means = drawing.data.query("dataset == 'labels_10'").groupby("method")["value"].mean().sort_values()
    labels = [text.get_text() for text in drawing.figure.axes[0].get_yticklabels()]
    shown = {"marginal": "marginal pose", "marginal_alone": "marginal pose, labels alone", "marginal_flat": "flat"}
    assert labels == [shown[name] for name in means.index]
    assert len(drawing.data) == 3 * 3 * 3


def test_an_ablation_on_images_whose_labels_nobody_counted_has_their_name_alone(write_results):
    results = write_results((0,))
    table = pd.read_csv(results / "tables" / "accuracy.csv")
    table.loc[table["dataset"] == "labels_10", "labels_per_class"] = np.nan
    table.to_csv(results / "tables" / "accuracy.csv", index=False)
    titles = [axes.get_title() for axes in drawn("ablation", results).figure.axes]
    assert titles[:2] == ["labels_10", "labels_50\n50 labelled images a class"]
