"""Figures 4b, 4c, S2 and S3, and of the marginal-pose model: confusion matrices, mean over the finished seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from ssrvae.analysis.agreement import DATASET, METHOD
from ssrvae.figures.drawing.annotation import add_note, mean_of_seeds, say_missing
from ssrvae.figures.drawing.heatmaps import add_color_bar, draw_confusion
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import Sources
from ssrvae.figures.drawing.style import PAGE_WIDTH_IN
from ssrvae.figures.shown import POSE_METHODS

_MODELS = ("ssvae", "ssrvae")
_BASELINES = ("decision_tree", "random_forest", "xgboost")
# The paper gives shear in percent of its 64 px canvas: 15 degrees are 23 %.
_PERCENT_PER_SHEAR_DEG = 100 / 64
_BAR_WIDTH = 0.05


def draw_models(sources: Sources) -> Still:
    """Draw figure S2: ss-VAE and ss-rVAE at rotation 60."""
    return _draw_methods(sources, DATASET, _MODELS)


def draw_baselines(sources: Sources) -> Still:
    """Draw figure S3: decision tree, random forest and XGBoost at rotation 60."""
    return _draw_methods(sources, DATASET, _BASELINES)


def draw_marginal(sources: Sources) -> Still:
    """Draw the marginal-pose model's beside the ss-rVAE's, at the widest rotation; of those that were run there."""
    dataset, confusion = sources.shown_dataset(), sources.table("confusion")
    run = set(confusion.loc[confusion["dataset"] == dataset, "method"])
    return _draw_methods(sources, dataset, [method for method in POSE_METHODS if method in run])


def draw_simulated_baselines(sources: Sources) -> Still:
    """Draw figure S3 as the paper has it, of simulated particles."""
    return _draw_methods(sources, sources.particle_dataset("simulated"), _BASELINES)


def draw_gold_baselines(sources: Sources) -> Still:
    """Draw figure S3 as the paper has it, of particles in a real micrograph."""
    return _draw_methods(sources, sources.particle_dataset("gold"), _BASELINES)


def draw_stress_points(sources: Sources) -> Still:
    """Draw figures 4b and 4c: ours at every point of the stress grid "confusion", the paper's 4b first."""
    points = sources.point_confusions(METHOD)
    panels = {"Paper, Fig. 4b\ns = 23 %, α = 60°": sources.paper("fig4b_confusion").assign(seeds=1)}
    shear_percent = points["shear_deg"].astype(float) * _PERCENT_PER_SHEAR_DEG
    for (percent, rotation_deg), rows in points.groupby([shear_percent, "rotation_deg"]):
        panels[f"Ours\ns = {percent:.0f} %, α = {rotation_deg:g}°"] = mean_confusion(rows)
    if points.empty:
        panels["Ours"] = mean_confusion(points)
    seeds = max(int(panel["seeds"].max()) for title, panel in panels.items() if len(panel))
    trained = f"Ours: {sources.model_name(DATASET, METHOD)} trained on {DATASET}, {mean_of_seeds(seeds)}"
    reasons = dict.fromkeys(panels, "no finished run of this stress point")
    return _draw_panels(panels, reasons, [trained, sources.runs(DATASET, METHOD).trouble()])


def mean_confusion(rows: pd.DataFrame) -> pd.DataFrame:
    """Return true, predicted, fraction (mean over seeds) and the number of seeds, failed runs left out."""
    finished = rows.dropna(subset="fraction")
    cells = finished.groupby(["true", "predicted"], sort=False)
    return cells.agg(fraction=("fraction", "mean"), seeds=("seed", "nunique")).reset_index()


def _draw_methods(sources: Sources, dataset: str, methods: Sequence[str]) -> Still:
    confusion = sources.table("confusion")
    here = confusion["dataset"] == dataset
    panels, reasons = {}, {}
    for method in methods:
        title = sources.model_name(dataset, method)
        panels[title] = mean_confusion(confusion[here & (confusion["method"] == method)])
        reasons[title] = sources.runs(dataset, method).trouble()
    seeds = max((int(panel["seeds"].max()) for panel in panels.values() if len(panel)), default=0)
    drawn = f"Test images of {dataset}, {mean_of_seeds(seeds)}"
    return _draw_panels(panels, reasons, [drawn, *reasons.values()])


def _draw_panels(panels: Mapping[str, pd.DataFrame], reasons: Mapping[str, str], notes: Sequence[str]) -> Still:
    figure = new_figure(min(PAGE_WIDTH_IN, 1.1 + 2.0 * len(panels)), 2.75)
    ratios = [1.0] * len(panels) + [_BAR_WIDTH]
    *all_axes, bar_axes = figure.subplots(1, len(panels) + 1, width_ratios=ratios)
    for axes, (title, fractions) in zip(all_axes, panels.items(), strict=True):
        if fractions.empty:
            say_missing(axes, reasons[title] or "not run")
        else:
            draw_confusion(axes, fractions, list(fractions["true"].unique()))
        axes.set_title(title)
    for axes in [axes for axes in all_axes if axes.axison][1:]:
        axes.set_ylabel("")
    add_color_bar(bar_axes, all_axes, "Share of the true class")
    add_note(figure, notes)
    drawn = [panel.assign(panel=title.replace("\n", ", ")) for title, panel in panels.items() if len(panel)]
    columns = ["panel", "true", "predicted", "fraction", "seeds"]
    return Still(figure, pd.concat(drawn, ignore_index=True)[columns] if drawn else pd.DataFrame(columns=columns))
