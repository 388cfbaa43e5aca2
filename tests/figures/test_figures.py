"""Every figure draws from tables and run outputs alone, and its CSV holds what is drawn."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from datagen.errors import InputError
from datagen.npz import write_npz
from ssrvae.analysis.agreement import REFERENCE
from ssrvae.analysis.method_styles import METHODS, method_styles, model_label
from ssrvae.analysis.tables import collected_plan
from ssrvae.figures.drawing.annotation import add_note
from ssrvae.figures.drawing.heatmaps import draw_confusion
from ssrvae.figures.drawing.output import Film, Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.registry import draw, figures, find
from ssrvae.study.jobs.latent_maps import LatentMap
from ssrvae.study.jobs.model_arrays import load_arrays
from ssrvae.study.jobs.pose_readings import Readings
from ssrvae.study.result_files import ResultFiles

STILLS = [name for name, figure in figures().items() if not figure.is_video]
VIDEOS = [name for name, figure in figures().items() if figure.is_video]
READ_POSES = ("pose_errors", "pose_posteriors", "reconstructions")
OF_THE_MARGINAL_MODEL = ("ablation", "learning_curve", "marginal_stress", "marginal_confusion", "marginal_traversals")
OF_THE_MARGINAL_MODEL += READ_POSES

FAILED = frozenset(
    {("rotation_60", "ssvae", seed) for seed in (0, 1, 2)}
    | {("labels_50", "ssrvae", seed) for seed in (0, 1, 2)}
    | {("rotation_60", "ssrvae", 1), ("rotation_90", "ssrvae", 1)}
    | {("gold_size_3", method, seed) for method in ("ssrvae", "rvae") for seed in (0, 1, 2)}
    | {("simulated", "xgboost", 1)}
    | {("rotation_60", "marginal", 1), ("rotation_180", "marginal", 1), ("labels_10", "marginal", 1)}
)


@pytest.fixture(scope="module")
def with_failures(write_results) -> Path:
    return write_results((0, 1, 2), FAILED)


def opened(results: Path) -> StudyResults:
    return StudyResults(ResultFiles(collected_plan(results), results), REFERENCE)


def copy_manifest(results: Path, folder: Path) -> None:
    (folder / "tables").mkdir()
    shutil.copy(results / "tables" / "manifest.json", folder / "tables")


def drawn(name: str, results: Path) -> Any:
    return find(name).draw(opened(results))


def words(drawing: Still) -> str:
    texts = [text.get_text() for text in drawing.figure.findobj(lambda part: hasattr(part, "get_text"))]
    return " ".join(" ".join(texts).split())


def notes(drawing: Still | Film) -> list[str]:
    return [page.get_supxlabel() for page in getattr(drawing, "frames", None) or [drawing.figure]]


def line(drawing: Still, label: str, panel: int = 0) -> np.ndarray:
    found = [curve for curve in drawing.figure.axes[panel].lines if curve.get_label() == label]
    assert len(found) == 1
    return found[0].get_xydata()


@pytest.mark.parametrize("name", STILLS)
def test_every_still_is_a_page_wide_picture_with_its_data(name, three_seeds, tmp_path):
    draw(find(name), opened(three_seeds), tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{name}.{end}" for end in ("csv", "png", "rst", "svg")]
    with Image.open(tmp_path / f"{name}.png") as picture:
        assert picture.info["dpi"] == pytest.approx((200, 200), abs=0.1)
        assert 800 <= picture.width <= 1400
    assert len(pd.read_csv(tmp_path / f"{name}.csv")) > 0


@pytest.fixture(scope="module")
def shrunk(write_results) -> Path:
    """Results of three seeds whose study was then shrunk to the second of them, and its tables collected anew."""
    results, alone = write_results((0, 1, 2)), write_results((1,))
    shutil.rmtree(results / "tables")
    shutil.copytree(alone / "tables", results / "tables")
    return results


@pytest.mark.parametrize("name", figures())
def test_a_figure_is_drawn_from_its_declared_inputs_alone_whatever_else_the_results_hold(name, shrunk, tmp_path):
    study = opened(shrunk)
    declared = [path.relative_to(shrunk) for path in find(name).inputs(study.files)]
    assert not [path for path in declared if path.stem in ("seed0", "seed2") or {"seed0", "seed2"} & set(path.parts)]
    for path in declared:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shrunk / path, tmp_path / path)
    amid, alone = drawn(name, shrunk), find(name).draw(StudyResults(ResultFiles(study.plan, tmp_path), REFERENCE))
    pd.testing.assert_frame_equal(amid.data, alone.data)
    assert notes(amid) == notes(alone)


@pytest.mark.parametrize("name", VIDEOS)
def test_every_video_has_a_frame_a_snapshot_and_its_data(name, one_seed, tmp_path):
    draw(find(name), opened(one_seed), tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{name}.{end}" for end in ("csv", "gif", "rst")]
    with Image.open(tmp_path / f"{name}.gif") as film:
        assert film.n_frames == (4 if name == "videoS3_labels" else 3)
    assert len(pd.read_csv(tmp_path / f"{name}.csv")) > 0


@pytest.mark.parametrize("name", [name for name in figures() if name not in OF_THE_MARGINAL_MODEL])
def test_every_figure_of_the_paper_survives_failed_runs(name, with_failures):
    drawing = drawn(name, with_failures)
    assert any(page.axes for page in getattr(drawing, "frames", None) or [drawing.figure])


@pytest.mark.parametrize("name", ["fig4a_shear_rotation", "fig3c_ssrvae_traversals"])
def test_the_same_results_give_the_same_bytes(name, one_seed, tmp_path):
    for folder in ("first", "second"):
        draw(find(name), opened(one_seed), tmp_path / folder / name)
    for extension in ("png", "svg", "csv"):
        first, second = (tmp_path / folder / f"{name}.{extension}" for folder in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()


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


def test_balanced_accuracies_of_one_seed_have_the_interval_of_their_classes(one_seed):
    drawing = drawn("particles_accuracy", one_seed)
    assert set(drawing.data["interval"]) == {"by_class"}
    assert "Clopper-Pearson class by class" in words(drawing)


def test_failed_runs_are_counted_on_the_accuracy_figure(with_failures):
    drawing = drawn("fig3a_accuracy", with_failures)
    assert "7 of 270 runs failed" in words(drawing)
    at_60 = drawing.data.query("method == 'ssvae' and rotation_deg == 60")
    assert np.isnan(at_60["accuracy"].item())
    assert at_60["missing"].item() == 3


@pytest.mark.parametrize("name", ["fig4a_shear_rotation", "fig4f_contamination"])
def test_stress_maps_show_the_cells_of_the_csv(name, three_seeds):
    drawing = drawn(name, three_seeds)
    *maps, difference = [axes for axes in drawing.figure.axes if axes.collections and axes.get_title()]
    assert [axes.get_title().split("\n")[-1] for axes in maps[1:]] == ["ss-rVAE", "marginal pose"]
    assert len({axes.collections[0].get_clim() for axes in maps}) == 1
    panels = drawing.data.fillna({"method": ""}).groupby(["panel", "method"])
    shown = {("paper", ""): maps[0], ("ours", "ssrvae"): maps[1], ("ours", "marginal"): maps[2]}
    shown["difference", "ssrvae"] = difference
    assert set(panels.groups) == set(shown)
    for panel, cells in panels:
        x, y = maps[0].get_xlabel()[:4], maps[0].get_ylabel()[:4]
        assert (x, y) in (("Rota", "Shea"), ("Dens", "Inte"))
        levels = ("shear_deg", "rotation_deg") if x == "Rota" else ("contamination_intensity", "contamination_density")
        expected = cells.pivot(index=levels[0], columns=levels[1], values="value")
        np.testing.assert_array_equal(shown[panel].collections[0].get_array(), expected)


def test_the_marginal_pose_models_map_moves_no_agreement_with_the_paper(three_seeds, write_results):
    alone = write_results((0, 1, 2))
    stress = pd.read_csv(alone / "tables" / "stress.csv")
    stress[stress["method"] == "ssrvae"].to_csv(alone / "tables" / "stress.csv", index=False)
    without, beside = (drawn("fig4a_shear_rotation", results) for results in (alone, three_seeds))
    shown = [axes.get_title() for axes in without.figure.axes if axes.get_visible()]
    assert shown == ["Paper, Fig. 4a", "Ours", "", "Ours − paper", ""]
    note = without.figure.get_supxlabel().replace("\n", " ")
    agreement = note[note.index("ss-rVAE against the paper") :]
    assert agreement in beside.figure.get_supxlabel().replace("\n", " ")
    rows = [drawing.data.query("panel == 'difference'")["value"].to_numpy() for drawing in (without, beside)]
    np.testing.assert_array_equal(*rows)


def test_noise_curves_are_drawn_beside_the_papers(one_seed):
    drawing = drawn("fig4e_noise", one_seed)
    curves = {"paper, Fig. 4e": ("paper", ""), "ours: ss-rVAE": ("ours", "ssrvae")}
    curves["ours: marginal pose"] = ("ours", "marginal")
    for label, (source, method) in curves.items():
        rows = drawing.data[(drawing.data["source"] == source) & (drawing.data["method"].fillna("") == method)]
        assert len(rows) == 21
        np.testing.assert_array_equal(line(drawing, label), rows[["noise_sigma", "accuracy"]])


def test_confusions_show_the_fractions_of_the_csv(three_seeds):
    drawing = drawn("fig4bc_confusion", three_seeds)
    panels = list(drawing.data.groupby("panel", sort=False))
    assert len(panels) == 3
    for axes, (_, cells) in zip(drawing.figure.axes, panels, strict=False):
        np.testing.assert_array_equal(axes.collections[0].get_array().ravel(), cells["fraction"])


@pytest.mark.parametrize("share", [0.0, 0.2, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.8, 1.0])
def test_the_numbers_of_a_confusion_stand_out_from_their_cells(share):
    cells = pd.DataFrame({"true": ["a", "a", "b", "b"], "predicted": ["a", "b"] * 2, "fraction": [share] * 4})
    axes = new_figure(2, 2).add_subplot()
    draw_confusion(axes, cells, ["a", "b"])
    (face,) = {tuple(color) for color in axes.collections[0].get_facecolor()}
    assert len(axes.texts) == 4
    for number in axes.texts:
        darker, lighter = sorted(map(luminance, (face, to_rgb(number.get_color()))))
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, number.get_color()


def luminance(color: Sequence[float]) -> float:
    """Return the relative luminance of an sRGB colour, as WCAG 2.2 defines it."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color[:3]]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def test_it_is_said_why_fig_4c_has_no_panel_of_the_papers(one_seed):
    assert "Fig. 4c none of the paper's: its numbers have not been digitised" in words(
        drawn("fig4bc_confusion", one_seed)
    )


def test_the_models_own_settings_are_told_from_the_papers(one_seed):
    for name in ("fig3a_accuracy", "learning_curve"):
        assert "ss-rVAE of this study: warped decoder." in words(drawn(name, one_seed))
    assert opened(one_seed).model_note("rotation_60", "ssvae") == ""


def test_a_method_without_a_finished_run_leaves_its_reason(with_failures):
    drawing = drawn("figS2_confusion", with_failures)
    assert "3 of 3 runs failed (seed 0, 1, 2: diverged, loss is NaN)" in words(drawing)
    assert drawing.data["panel"].unique().tolist() == ["ss-rVAE (warped decoder)"]


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


def test_data_figure_stores_the_pixels_it_shows(one_seed):
    drawing = drawn("fig2_data", one_seed)
    assert len(drawing.data) == 2 * 4 * 7
    first = drawing.data.filter(like="pixel_").iloc[0].to_numpy().reshape(48, 48)
    np.testing.assert_array_equal(drawing.figure.axes[0].images[0].get_array()[:48, :48], first)


def test_traversals_are_those_after_the_last_epoch(one_seed):
    drawing = drawn("fig3c_ssrvae_traversals", one_seed)
    with np.load(one_seed / "runs/rotation_60/ssrvae/seed0/snapshots.npz") as stored:
        last = stored["traversal"][-1]
    np.testing.assert_array_equal(drawing.data.filter(like="pixel_"), last.reshape(56, -1))
    rows = drawing.data[["class", "style_variable"]].drop_duplicates()
    assert rows.iloc[[0, 1, 2]].to_numpy().tolist() == [["clubs", 1], ["clubs", 2], ["spades", 1]]


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


def test_marginal_maps_lie_beside_the_ss_rvaes_on_one_scale(three_seeds):
    drawing = drawn("marginal_stress", three_seeds)
    maps = [axes for axes in drawing.figure.axes if axes.get_title()]
    expected = [(grid, method) for grid in ("shear_rotation", "contamination") for method in ("ssrvae", "marginal")]
    assert len(maps) == 4
    assert len({axes.collections[0].get_clim() for axes in maps}) == 1
    for axes, (grid, method) in zip(maps, expected, strict=True):
        cells = drawing.data[(drawing.data["grid"] == grid) & (drawing.data["method"] == method)]
        np.testing.assert_array_equal(np.sort(axes.collections[0].get_array().ravel()), np.sort(cells["accuracy"]))
    noise = drawing.data.query("grid == 'noise' and method == 'marginal'")
    panel = next(i for i, axes in enumerate(drawing.figure.axes) if axes.get_xscale() == "log")
    np.testing.assert_array_equal(line(drawing, "marginal pose", panel), noise[["noise_sigma", "accuracy"]])


def test_marginal_maps_stand_alone_where_no_other_model_is_tested(write_results):
    results = write_results((0,))
    table = results / "tables" / "stress.csv"
    stress = pd.read_csv(table)
    stress[(stress["method"] == "marginal") & (stress["grid"] == "contamination")].to_csv(table, index=False)
    drawing = drawn("marginal_stress", results)
    assert [axes.get_title() for axes in drawing.figure.axes] == ["marginal pose", ""]
    assert drawing.data["grid"].unique().tolist() == ["contamination"]


def test_pose_errors_are_those_of_the_rightly_classified_images_of_all_seeds(three_seeds):
    drawing = drawn("pose_errors", three_seeds)
    assert "ss-rVAE, median 8°" in words(drawing)
    assert "marginal pose, median 2°" in words(drawing)
    assert "marginal pose 120 (3 seeds)" in words(drawing)
    bins = drawing.data.query("method == 'marginal' and quantity == 'angle_error_deg'")
    assert bins["count"].sum() == 120
    (peak,) = bins[bins["count"] > 60].itertuples()
    assert peak.bin_low < 2 < peak.bin_high
    assert (bins["density"] * np.log10(bins["bin_high"] / bins["bin_low"])).sum() == pytest.approx(1)


def test_posteriors_are_of_the_most_ambiguous_object_that_is_read_rightly_under_noise(one_seed):
    drawing = drawn("pose_posteriors", one_seed)
    assert [axes.name for axes in drawing.figure.axes] == ["rectilinear", "polar"] * 8
    assert drawing.data["row_of_test"].tolist() == [1, 13, 25, 37] * 3
    assert drawing.data.groupby(["image", "posterior"], sort=False).size().to_dict() == {
        ("clean", "as the model reads it"): 4,
        ("σ = 2", "as the model reads it"): 4,
        ("σ = 2", "told the noise"): 4,
    }
    probability = drawing.data.filter(like="probability_at_")
    assert probability.sum(axis=1).to_numpy() == pytest.approx(np.ones(12))
    for row, label in ((4, "as the model reads it"), (8, "told the noise")):
        curve = line(drawing, label, panel=3)[:-1, 1]
        np.testing.assert_allclose(curve, probability.iloc[row] / probability.iloc[row].max())


def test_true_angles_have_the_models_own_offset_and_the_symmetry_of_the_object(write_results):
    results = write_results((0,))
    path = results / "readings/rotation_180/marginal/seed0.npz"
    readings = load_arrays(path, Readings)
    write_npz(vars(readings) | {"found_angle_deg": readings.true_angle_deg + 40}, path)
    drawing = drawn("pose_posteriors", results)
    (hearts,) = [own for own in drawing.figure.axes[9].lines if own.get_linestyle() == "--"]
    assert np.rad2deg(hearts.get_xdata()) == pytest.approx([readings.true_angle_deg[25] + 40] * 2)
    diamonds = [own.get_xdata()[0] for own in drawing.figure.axes[13].lines if own.get_linestyle() == "--"]
    assert np.rad2deg(diamonds) == pytest.approx(readings.true_angle_deg[37] + np.array([40, 220]))


def test_reconstructions_stand_under_the_same_test_images(one_seed):
    drawing = drawn("reconstructions", one_seed)
    assert [axes.get_title() for axes in drawing.figure.axes] == ["clubs", "spades", "hearts", "diamonds"]
    rows = drawing.data.groupby("drawn")["row_of_test"].apply(list)
    assert set(rows.index) == {"test image", "marginal", "ssrvae"}
    assert all(own == rows["test image"] for own in rows)
    assert rows["test image"] == [12 * k + i for k in range(4) for i in range(4)]
    pixels = drawing.data.set_index("drawn").filter(like="pixel_")
    np.testing.assert_allclose(pixels.loc["marginal"], 0.8 * pixels.loc["test image"], atol=1)


def test_the_marginal_models_confusion_stands_beside_the_ss_rvaes(one_seed):
    drawing = drawn("marginal_confusion", one_seed)
    ssrvae, marginal = drawing.data["panel"].unique()
    assert ssrvae.startswith("ss-rVAE")
    assert marginal == "marginal pose"
    assert "Test images of rotation_180" in words(drawing)
    shares = drawing.data.groupby(["panel", "true"])["fraction"].sum()
    np.testing.assert_allclose(shares, 1)


def test_marginal_traversals_are_of_the_widest_rotation(one_seed):
    drawing = drawn("marginal_traversals", one_seed)
    assert "Trained on rotation_180, seed 0" in words(drawing)


@pytest.mark.parametrize("name", OF_THE_MARGINAL_MODEL)
def test_a_failed_run_of_the_marginal_model_is_said(name, with_failures):
    said = words(drawn(name, with_failures))
    assert "marginal pose" in said
    assert "failed" in said


@pytest.mark.parametrize("name", ["marginal_traversals", *READ_POSES])
def test_without_a_finished_run_the_reason_stands_in_the_panels_place(name, one_seed, tmp_path):
    accuracy = pd.read_csv(one_seed / "tables" / "accuracy.csv")
    gone = accuracy["method"].isin(["ssrvae", "marginal"])
    accuracy = accuracy.assign(value=accuracy["value"].mask(gone), status=accuracy["status"].mask(gone, "diverged"))
    copy_manifest(one_seed, tmp_path)
    accuracy.to_csv(tmp_path / "tables" / "accuracy.csv", index=False)
    assert "marginal pose: 1 of 1 runs failed" in words(drawn(name, tmp_path))


def test_maps_of_vaes_stand_above_the_test_images_that_their_csv_holds(one_seed):
    drawing = drawn("fig5_simulated", one_seed)
    assert [axes.get_title() for axes in drawing.figure.axes] == ["VAE", "rVAE", "", ""]
    for method, axes in zip(("vae", "rvae"), drawing.figure.axes[2:], strict=True):
        own = drawing.data[drawing.data["method"] == method]
        scattered = np.concatenate([points.get_offsets() for points in axes.collections])
        np.testing.assert_allclose(scattered, own.query("panel == 'test images'")[["z1", "z2"]], rtol=1e-6)
        assert (own["panel"] == "drawn").sum() == 49


def test_the_second_style_variable_of_a_map_rises_upwards(one_seed):
    drawing = drawn("fig6_marginal_gold", one_seed)
    axes = drawing.figure.axes[0]
    picture = axes.images[0].get_array()
    assert picture[: picture.shape[0] // 2].mean() > picture[picture.shape[0] // 2 :].mean()  # brightens with z2
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert (labels[0], labels[-1]) == ("2", "−2")
    tiles = drawing.data[(drawing.data["panel"] == "drawn") & (drawing.data["class"] == "single")]
    brightest = tiles.filter(like="pixel_").max(axis=1).groupby(tiles["z2"]).max()
    assert brightest.is_monotonic_increasing


def test_class_conditioned_maps_stand_beside_the_confusion_of_all_seeds(three_seeds):
    drawing = drawn("fig6_marginal_gold", three_seeds)
    assert [axes.get_title() for axes in drawing.figure.axes[:3]] == ["single", "double", "larger"]
    cells = drawing.data[drawing.data["panel"] == "confusion"]
    np.testing.assert_array_equal(drawing.figure.axes[4].collections[0].get_array().ravel(), cells["fraction"])
    assert "Confusion: mean of 3 seeds" in words(drawing)


@pytest.mark.parametrize("name", ["fig5_gold", "fig6_ssrvae_gold"])
def test_a_failed_map_leaves_its_reason(name, with_failures):
    assert "3 of 3 runs failed (seed 0, 1, 2: diverged, loss is NaN)" in words(drawn(name, with_failures))


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


def test_images_that_a_scatter_does_not_reach_are_counted(write_results):
    results = write_results((0,))
    path = results / "latents/simulated/vae/seed0.npz"
    latents = load_arrays(path, LatentMap)
    write_npz(vars(latents) | {"style": np.concatenate([[[9.0, 0.0]], 0.1 * latents.style[1:]])}, path)
    said = words(drawn("fig5_simulated", results))
    assert "VAE: 1 of 80 test images lie outside the frame." in said


def test_training_video_scatters_the_rows_of_its_csv(one_seed):
    film = drawn("videoS2_ssrvae", one_seed)
    last = film.data[film.data["epoch"] == 60]
    panel = next(axes for axes in film.frames[-1].axes if axes.get_xlabel() == "Style $z_1$ (prior s.d.)")
    points = np.concatenate([scatter.get_offsets() for scatter in panel.collections])
    assert len(points) == 80
    np.testing.assert_allclose(points, last[["z1", "z2"]])


def test_label_video_goes_from_few_labels_to_many(one_seed):
    film = drawn("videoS3_labels", one_seed)
    assert film.data["labels_per_class"].unique().tolist() == [8, 10, 50, 500]
    assert [frame.get_suptitle() for frame in film.frames][-1] == "ss-rVAE, 500 labelled images a class"


def test_the_decoder_is_named_where_the_run_names_it(one_seed):
    study = opened(one_seed)
    assert study.model_name("rotation_60", "ssrvae") == "ss-rVAE (warped decoder)"
    assert study.model_name("rotation_60", "ssvae") == "ss-VAE"
    assert study.model_name("nowhere", "ssrvae") == "ss-rVAE"


def test_a_model_is_named_by_what_sets_it_apart():
    assert model_label("ssrvae", {"likelihood_pixels": None}) == "ss-rVAE (every pixel)"
    assert model_label("ssrvae", {"decoder": {"estimator": "my.Decoder"}}) == "ss-rVAE (my.Decoder decoder)"
    assert model_label("ssrvae", {"likelihood_pixels": 0.25}) == "ss-rVAE"


def test_methods_keep_their_colours_whatever_else_is_drawn():
    alone, together = method_styles(["ssrvae"]), method_styles(["mine", "ssrvae", "xgboost"])
    assert alone["ssrvae"] == together["ssrvae"]
    assert list(together) == ["xgboost", "ssrvae", "mine"]
    looks = {(style.color, style.marker, style.line) for style in METHODS.values()}
    assert len(looks) == len(METHODS)


def test_methods_of_ones_own_look_alike_in_every_figure_of_a_study_and_each_unlike_the_others(one_seed):
    study = opened(one_seed)
    own = [f"own_{i:02}" for i in range(20)]
    study.plan.config["methods"] |= {name: {} for name in own}
    every = study.styles(own)
    assert {name: study.styles([name])[name] for name in own} == every
    assert len({(style.color, style.marker) for style in every.values()}) == len(own)


def test_empty_sentences_leave_no_trace_in_a_note():
    figure = new_figure(7, 2)
    add_note(figure, ["One", "", "Two."])
    assert figure.get_supxlabel() == "One. Two."


def test_an_unknown_figure_is_refused_with_the_allowed_names():
    with pytest.raises(InputError, match=r"no figure 'fig9'.*fig2_data"):
        find("fig9")


@pytest.mark.parametrize("name", ["fig4a_shear_rotation", "fig4f_contamination", "fig4e_noise"])
def test_failed_fits_of_every_method_tested_are_said_beside_the_paper(name, with_failures):
    said = words(drawn(name, with_failures))
    for label in ("ss-rVAE", "marginal pose"):
        assert f"{label}: 1 of 3 runs failed (seed 1: diverged, loss is NaN)" in said


def test_a_missing_table_is_named(one_seed, tmp_path):
    copy_manifest(one_seed, tmp_path)
    with pytest.raises(InputError, match=r"accuracy\.csv"):
        draw(find("fig3a_accuracy"), opened(tmp_path), tmp_path / "fig3a")


def test_a_folder_that_cannot_be_written_is_named(one_seed, tmp_path):
    (tmp_path / "figures").write_text("a file, not a folder")
    with pytest.raises(InputError, match="cannot write figure"):
        draw(find("fig4e_noise"), opened(one_seed), tmp_path / "figures" / "fig4e_noise")


def test_asking_which_figures_there_are_loads_nothing_that_draws_or_learns():
    heavy = {"matplotlib", "seaborn", "scipy", "torch"}
    code = f"import sys; from ssrvae.figures.registry import figures; figures(); assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_a_model_with_one_style_variable_is_scattered_on_a_line(write_results):
    results = write_results((0,))
    path = results / "runs/rotation_60/ssrvae/seed0/snapshots.npz"
    with np.load(path) as stored:
        members = dict(stored)
    np.savez(path, **members | {"style": members["style"][..., :1], "traversal": members["traversal"][:, :, :1]})
    film = drawn("videoS2_ssrvae", results)
    np.testing.assert_array_equal(film.data["z1"], members["style"][..., 0].ravel())
    assert (film.data["z2"] == 0).all()
