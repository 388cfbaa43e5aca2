"""Heat-map panels: a quantity over two factors, and a confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssrvae.figures.style import AXIS_LABELS, CONFUSION_MAP

_MOST_TICKS = 8


def draw_map(
    axes: Axes, cells: pd.DataFrame, x: str, y: str, value: str, *, cmap: str, limits: tuple[float, float]
) -> None:
    """Draw `value` over the levels of columns `x` and `y` (one cell a row of `cells`); absent cells stay grey."""
    grid = cells.pivot(index=y, columns=x, values=value)
    axes.set_facecolor("0.85")
    sns.heatmap(grid, ax=axes, cmap=cmap, vmin=limits[0], vmax=limits[1], cbar=False, rasterized=True)
    axes.invert_yaxis()
    _label_levels(axes, grid)
    axes.set(xlabel=AXIS_LABELS[x], ylabel=AXIS_LABELS[y], box_aspect=1)


def draw_confusion(axes: Axes, fractions: pd.DataFrame, class_names: Sequence[str]) -> None:
    """Draw rows (true, predicted, fraction) as a matrix, the fraction written in each cell."""
    grid = fractions.pivot(index="true", columns="predicted", values="fraction")
    grid = grid.reindex(index=class_names, columns=class_names)
    annotated = len(class_names) <= 10
    axes.set_facecolor("0.85")
    sns.heatmap(grid, ax=axes, cmap=CONFUSION_MAP, vmin=0, vmax=1, annot=annotated, fmt=".2f", cbar=False)
    axes.set(xlabel="Predicted class", ylabel="True class", box_aspect=1)
    axes.tick_params(length=0)
    axes.tick_params(axis="x", rotation=30)
    axes.tick_params(axis="y", rotation=0)


def add_color_bar(figure: Figure, panels: Sequence[Axes], label: str, shrink: float = 0.8) -> None:
    """Add the colour bar of the first drawn map among `panels` beside them all."""
    drawn = [axes for axes in panels if axes.collections]
    if drawn:
        bar = figure.colorbar(drawn[0].collections[0], ax=list(panels), label=label, shrink=shrink, aspect=18)
        bar.outline.set_visible(False)


def _label_levels(axes: Axes, grid: pd.DataFrame) -> None:
    for axis, levels in ((axes.xaxis, grid.columns), (axes.yaxis, grid.index)):
        step = -(-len(levels) // _MOST_TICKS)
        shown = range(0, len(levels), step)
        axis.set_ticks([i + 0.5 for i in shown], [f"{levels[i]:.3g}" for i in shown], rotation=0)
