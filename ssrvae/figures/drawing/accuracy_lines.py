"""Accuracy of every method over one quantity, as lines with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from ssrvae.analysis.agreement import PANELS, grid_accuracy
from ssrvae.analysis.method_styles import MethodStyle
from ssrvae.analysis.summary import summarise_accuracy
from ssrvae.figures.drawing.style import AXIS_LABELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ASIDE = "Methods stand side by side at each level"
_STEP_PT = 2.0
_POINTS_PER_IN = 72
_ROOM = 0.04


def noise_accuracy(stress: pd.DataFrame) -> pd.DataFrame:
    """Summarise the grid of Fig. 4e: accuracy with its interval by method and noise; empty where it was not run."""
    (sigma,) = PANELS["fig4e"].factors
    rows = grid_accuracy(stress, PANELS["fig4e"].grid)
    return summarise_accuracy(rows.assign(**{sigma: rows.get(sigma)}), ["method", sigma])


def scale_accuracy(axes: Axes, least: float = 0.0) -> None:
    """Give the y axis accuracy from `least` to 1, with room above for whole markers."""
    axes.set(ylabel=AXIS_LABELS["accuracy"], ylim=(least, 1 + _ROOM * (1 - least)))


def draw_lines(
    axes: Axes,
    summary: pd.DataFrame,
    x: str,
    styles: Mapping[str, MethodStyle],
    label: str = "{}",
    *,
    side_by_side: bool = False,
) -> None:
    """Draw a line over column `x` for each method of `styles`, named in the legend as `label` has it.

    `side_by_side` moves methods apart at each level, so that none hides another's interval; for levels that lie apart.
    """
    for place, (method, style) in enumerate(styles.items()):
        aside_pt = _STEP_PT * (place - (len(styles) - 1) / 2) if side_by_side else 0.0
        draw_line(axes, summary[summary["method"] == method], x, style, label.format(style.label), aside_pt)


def draw_line(
    axes: Axes, summary: pd.DataFrame, x: str, style: MethodStyle, label: str = "", aside_pt: float = 0.0
) -> None:
    """Draw accuracy over column `x` with its intervals as bars, moved `aside_pt` points to the right."""
    from matplotlib.transforms import ScaledTranslation

    bars = axes.vlines(summary[x], summary["low"], summary["high"], color=style.color, linewidth=1.2)
    (line,) = axes.plot(
        summary[x], summary["accuracy"], color=style.color, marker=style.marker, linestyle=style.line, linewidth=0.9,
        clip_on=False, label=label or style.label,
    )  # fmt: skip
    # Only once they are drawn, so that the limits of the axes are those of the levels.
    aside = axes.transData + ScaledTranslation(aside_pt / _POINTS_PER_IN, 0, axes.figure.dpi_scale_trans)
    for artist in (bars, line):
        artist.set_transform(aside)
