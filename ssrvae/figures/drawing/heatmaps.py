"""Heat-map panels: a quantity over two factors, and a confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from ssrvae.figures.drawing.style import AXIS_LABELS, CONFUSION_MAP

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_TICKS = 6
_ABSENT = "0.85"
"""The grey of cells without a number."""
_EQUAL_CONTRAST = 0.179
"""The relative luminance that black and white stand out from alike, 4.6 to 1 (WCAG 2.2)."""


def draw_map(
    axes: Axes, cells: pd.DataFrame, x: str, y: str, value: str, *, cmap: str, limits: tuple[float, float]
) -> None:
    """Draw `value` over the levels of columns `x` and `y` (`cells`: a row each); absent cells stay grey."""
    from seaborn import color_palette

    grid = cells.pivot(index=y, columns=x, values=value)
    axes.set_facecolor(_ABSENT)
    colors = color_palette(cmap, as_cmap=True)
    # seaborn's heatmap would draw the whole figure once a panel, to see whether labels of ticks overlap.
    axes.pcolormesh(grid.to_numpy(), cmap=colors, vmin=limits[0], vmax=limits[1], rasterized=True)
    axes.spines[:].set_visible(False)
    _label_levels(axes, grid)
    axes.set(xlabel=AXIS_LABELS[x], ylabel=AXIS_LABELS[y])


def draw_confusion(axes: Axes, fractions: pd.DataFrame, class_names: list[str]) -> None:
    """Draw rows (true, predicted, fraction) as a matrix, the fraction written in each cell."""
    from seaborn import heatmap

    grid = fractions.pivot(index="true", columns="predicted", values="fraction")
    grid = grid.loc[class_names, class_names]
    axes.set_facecolor(_ABSENT)
    heatmap(grid, ax=axes, cbar=False, cmap=CONFUSION_MAP, vmin=0, vmax=1, annot=len(class_names) <= 10, fmt=".2f")
    _contrast_numbers(axes)
    axes.set(xlabel="Predicted class", ylabel="True class")
    axes.tick_params(length=0)
    axes.set_xticks(axes.get_xticks(), class_names, rotation=30, ha="right", rotation_mode="anchor")
    axes.tick_params(axis="y", rotation=0)


def add_color_bar(bar_axes: Axes, panels: Sequence[Axes], label: str) -> None:
    """Draw the colour bar of the first map drawn among `panels` into `bar_axes`; hide it where none is."""
    drawn = [axes for axes in panels if axes.collections]
    if not drawn:
        bar_axes.set_visible(False)
        return
    bar = drawn[0].figure.colorbar(drawn[0].collections[0], cax=bar_axes, label=label)
    bar.outline.set_visible(False)


def _contrast_numbers(axes: Axes) -> None:
    """Write each cell's number in black or white, whichever stands out more from the cell."""
    from seaborn.utils import relative_luminance

    for number, face in zip(axes.texts, axes.collections[0].get_facecolor(), strict=False):
        number.set_color("black" if relative_luminance(face) > _EQUAL_CONTRAST else "white")


def _label_levels(axes: Axes, grid: pd.DataFrame) -> None:
    for axis, levels in ((axes.xaxis, grid.columns), (axes.yaxis, grid.index)):
        step = -(-len(levels) // _MOST_TICKS)
        shown = range(0, len(levels), step)
        axis.set_ticks([i + 0.5 for i in shown], [f"{levels[i]:.3g}" for i in shown], rotation=0)
