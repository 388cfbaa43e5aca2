"""Confusions show the fractions of their CSV, in numbers that can be read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from ssrvae.figures.drawing.heatmaps import draw_confusion
from ssrvae.figures.drawing.output import new_figure
from tests.figures.drawings import drawn, words


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


def test_a_method_without_a_finished_run_leaves_its_reason(with_failures):
    drawing = drawn("figS2_confusion", with_failures)
    assert "3 of 3 runs failed (seed 0, 1, 2: diverged, loss is NaN)" in words(drawing)
    assert drawing.data["panel"].unique().tolist() == ["ss-rVAE (warped decoder)"]


def test_the_marginal_models_confusion_stands_beside_the_ss_rvaes(one_seed):
    drawing = drawn("marginal_confusion", one_seed)
    ssrvae, marginal = drawing.data["panel"].unique()
    assert ssrvae.startswith("ss-rVAE")
    assert marginal == "marginal pose"
    assert "Test images of rotation_180" in words(drawing)
    shares = drawing.data.groupby(["panel", "true"])["fraction"].sum()
    np.testing.assert_allclose(shares, 1)
