"""Figures of stress grids show the cells of their CSV, beside the paper's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.figures.drawings import drawn, line, words


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


@pytest.mark.parametrize("name", ["fig4a_shear_rotation", "fig4f_contamination", "fig4e_noise"])
def test_failed_fits_of_every_method_tested_are_said_beside_the_paper(name, with_failures):
    said = words(drawn(name, with_failures))
    for label in ("ss-rVAE", "marginal pose"):
        assert f"{label}: 1 of 3 runs failed (seed 1: diverged, loss is NaN)" in said


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
