"""Figures 4a and 4f: accuracy of the fitted ss-rVAE over two factors, the paper's panel beside ours."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ssrvae.agreement import (
    DATASET,
    METHOD,
    PANELS,
    compare,
    grid_accuracy,
    grid_panel,
    paper_panel,
    shared_cells,
)
from ssrvae.figures.annotation import add_note, mean_of_seeds, say_missing
from ssrvae.figures.heatmaps import add_color_bar, draw_map
from ssrvae.figures.output import Still, new_figure
from ssrvae.figures.sources import Sources
from ssrvae.figures.style import ACCURACY_MAP, DIFFERENCE_MAP, PAGE_WIDTH_IN

# Paper, ours, their colour bar, the difference, its colour bar.
_WIDTHS = (1.0, 1.0, 0.05, 1.0, 0.05)


def draw_shear_rotation(sources: Sources) -> Still:
    """Draw figure 4a: accuracy over shear and rotation range."""
    return _draw_beside_paper(sources, "fig4a", x="rotation_deg", y="shear_deg")


def draw_contamination(sources: Sources) -> Still:
    """Draw figure 4f: accuracy over contamination density and intensity."""
    return _draw_beside_paper(sources, "fig4f", x="contamination_density", y="contamination_intensity")


def _draw_beside_paper(sources: Sources, name: str, x: str, y: str) -> Still:
    stress = sources.table("stress")
    paper, ours = paper_panel(name, sources.reference), grid_panel(stress, name)
    both = shared_cells(ours, paper, PANELS[name].factors, "accuracy")
    figure = new_figure(PAGE_WIDTH_IN, 2.6)
    *panels, bar, difference, difference_bar = figure.subplots(1, 5, width_ratios=_WIDTHS)
    limits = _accuracy_limits(paper, ours)
    draw_map(panels[0], paper, x, y, "accuracy", cmap=ACCURACY_MAP, limits=limits)
    panels[0].set_title(f"Paper, Fig. {name.removeprefix('fig')}")
    _draw_ours(panels[1], ours, x, y, limits)
    _draw_difference(difference, both, x, y)
    for axes in (panels[1], difference):
        axes.set_ylabel("")
    add_color_bar(bar, panels, "Accuracy")
    add_color_bar(difference_bar, [difference], "Difference in accuracy")
    add_note(figure, [*_run_notes(sources, stress, name), _agreement_note(both)])
    return Still(figure, _drawn(paper, ours, both))


def _accuracy_limits(paper: pd.DataFrame, ours: pd.DataFrame) -> tuple[float, float]:
    least = np.nanmin([paper["accuracy"].min(), ours["accuracy"].min()])
    return float(np.floor(10 * least) / 10), 1.0


def _draw_ours(axes: Axes, ours: pd.DataFrame, x: str, y: str, limits: tuple[float, float]) -> None:
    if ours["accuracy"].notna().any():
        draw_map(axes, ours, x, y, "accuracy", cmap=ACCURACY_MAP, limits=limits)
        axes.set_title("Ours")
    else:
        say_missing(axes, "no finished run of this stress grid")


def _draw_difference(axes: Axes, both: pd.DataFrame, x: str, y: str) -> None:
    if both.empty:
        say_missing(axes, "no cell in common with the paper's panel")
        return
    largest = max(0.05, float(np.ceil(20 * both["difference"].abs().max()) / 20))
    draw_map(axes, both, x, y, "difference", cmap=DIFFERENCE_MAP, limits=(-largest, largest))
    axes.set_title("Ours − paper")


def _agreement_note(both: pd.DataFrame) -> str:
    close = compare(both["ours"], both["paper"])
    distance = close["mean_absolute_difference"]
    return f"Spearman {close['spearman']:.2f}, mean |difference| {distance:.3f} over {len(both)} shared cells"


def _run_notes(sources: Sources, stress: pd.DataFrame, name: str) -> list[str]:
    rows = grid_accuracy(stress, PANELS[name].grid)
    rows = rows[rows["method"] == METHOD]
    seeds, missing = rows.dropna(subset="value")["seed"].nunique(), int(rows["value"].isna().sum())
    ours = f"Ours: {sources.model_name(DATASET, METHOD)} trained on {DATASET}, {mean_of_seeds(seeds)}"
    failed = f"{missing} of {len(rows)} grid points missing (all seeds together)" if missing else ""
    return [ours, failed, sources.runs(DATASET, METHOD).trouble()]


def _drawn(paper: pd.DataFrame, ours: pd.DataFrame, both: pd.DataFrame) -> pd.DataFrame:
    difference = both.drop(columns=["ours", "paper"]).rename(columns={"difference": "value"})
    parts = [
        paper.rename(columns={"accuracy": "value"}).assign(panel="paper"),
        ours.rename(columns={"accuracy": "value"}).assign(panel="ours"),
        difference.assign(panel="difference"),
    ]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)
