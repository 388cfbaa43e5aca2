"""Figures of poses show what was read in test images."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from datagen.npz import write_npz
from ssrvae.study.jobs.model_arrays import load_arrays
from ssrvae.study.jobs.pose_readings import Readings
from tests.figures.drawings import READ_POSES, copy_manifest, drawn, line, words


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


@pytest.mark.parametrize("name", ["marginal_traversals", *READ_POSES])
def test_without_a_finished_run_the_reason_stands_in_the_panels_place(name, one_seed, tmp_path):
    accuracy = pd.read_csv(one_seed / "tables" / "accuracy.csv")
    gone = accuracy["method"].isin(["ssrvae", "marginal"])
    accuracy = accuracy.assign(value=accuracy["value"].mask(gone), status=accuracy["status"].mask(gone, "diverged"))
    copy_manifest(one_seed, tmp_path)
    accuracy.to_csv(tmp_path / "tables" / "accuracy.csv", index=False)
    assert "marginal pose: 1 of 1 runs failed" in words(drawn(name, tmp_path))
