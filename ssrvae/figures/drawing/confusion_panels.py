"""Confusion matrices side by side, each the mean over the finished seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from ssrvae.figures.drawing.annotation import add_note, say_missing
from ssrvae.figures.drawing.heatmaps import add_color_bar, draw_confusion
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.style import PAGE_WIDTH_IN

_BAR_WIDTH = 0.05


def mean_confusion(rows: pd.DataFrame) -> pd.DataFrame:
    """Return true, predicted, fraction (mean over seeds) and the number of seeds, failed runs left out."""
    finished = rows.dropna(subset="fraction")
    cells = finished.groupby(["true", "predicted"], sort=False)
    return cells.agg(fraction=("fraction", "mean"), seeds=("seed", "nunique")).reset_index()


def draw_panels(panels: Mapping[str, pd.DataFrame], reasons: Mapping[str, str], notes: Sequence[str]) -> Still:
    """Draw a matrix a panel, by title; an empty one gives its reason."""
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
