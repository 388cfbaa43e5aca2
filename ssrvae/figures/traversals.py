"""Figures 3b and 3c, and of the marginal-pose model: images decoded along each style variable after the last epoch."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ssrvae.analysis.agreement import DATASET
from ssrvae.analysis.method_styles import method_label
from ssrvae.figures.drawing.annotation import add_note, say_missing
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import Snapshots, Sources
from ssrvae.figures.drawing.tiles import draw_tiles, tile_table
from ssrvae.figures.shown import MARGINAL

STYLE_LIMIT = 2.0
_WIDTH_IN = 4.2
_ROW_HEIGHT_IN = 0.5


def draw_ssvae_traversals(sources: Sources) -> Still:
    """Draw figure 3b: the model without invariances."""
    return _draw_method(sources, DATASET, "ssvae")


def draw_ssrvae_traversals(sources: Sources) -> Still:
    """Draw figure 3c: the model with rotation and translation."""
    return _draw_method(sources, DATASET, "ssrvae")


def draw_marginal_traversals(sources: Sources) -> Still:
    """Draw the marginal-pose model's, which sums the pose out."""
    return _draw_method(sources, sources.shown_dataset(), MARGINAL)


def draw_traversal(axes: Axes, traversal: np.ndarray, class_names: list[str]) -> None:
    """Draw one snapshot [classes, style variables, steps, h, w]: a row a class and style variable."""
    n_classes, n_styles, n_steps, height, width = traversal.shape
    rows = [f"{name}  $z_{j + 1}$" for name in class_names for j in range(n_styles)]
    columns = [f"{value:.2g}".replace("-", "−") for value in style_values(n_steps)]
    draw_tiles(axes, traversal.reshape(n_classes * n_styles, n_steps, height, width), rows, columns)
    axes.set_xlabel("Style value (prior standard deviations)")


def style_values(n_steps: int) -> np.ndarray:
    """Return the style values of a traversal's steps."""
    return np.linspace(-STYLE_LIMIT, STYLE_LIMIT, n_steps)


def first_snapshots(sources: Sources, dataset: str, method: str) -> tuple[int, Snapshots] | None:
    """Return the first finished seed that stored snapshots, with them."""
    for seed in sources.runs(dataset, method).finished:
        if (snapshots := sources.snapshots(dataset, method, seed)) is not None:
            return seed, snapshots
    return None


def _draw_method(sources: Sources, dataset: str, method: str) -> Still:
    found = first_snapshots(sources, dataset, method)
    trouble = sources.runs(dataset, method).trouble()
    if found is None:
        figure = new_figure(_WIDTH_IN, 4.75)
        say_missing(figure.add_subplot(), trouble or f"{method_label(method)}: no snapshots stored")
        return Still(figure, pd.DataFrame(columns=["class", "style_variable", "style_value"]))
    seed, snapshots = found
    traversal, names = snapshots.traversal[-1], sources.class_names(dataset)
    n_rows = traversal.shape[0] * traversal.shape[1]
    figure = new_figure(_WIDTH_IN, 0.75 + _ROW_HEIGHT_IN * n_rows)
    axes = figure.add_subplot()
    draw_traversal(axes, traversal, names)
    axes.set_title(f"{sources.model_name(dataset, method)}, epoch {snapshots.epoch[-1]}")
    add_note(figure, [f"Trained on {dataset}, seed {seed}; the other style variables are 0", trouble])
    return Still(figure, _drawn(traversal, names))


def _drawn(traversal: np.ndarray, class_names: list[str]) -> pd.DataFrame:
    _, n_styles, n_steps = traversal.shape[:3]
    variables = range(1, n_styles + 1)
    levels = [class_names, variables, style_values(n_steps)]
    described = pd.MultiIndex.from_product(levels, names=["class", "style_variable", "style_value"]).to_frame()
    return tile_table(described, traversal)
