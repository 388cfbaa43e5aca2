"""Accuracy of every method over one quantity, as lines with bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ssrvae.analysis.agreement import PANELS, grid_accuracy
from ssrvae.analysis.method_styles import MethodStyle, method_styles
from ssrvae.analysis.summary import summarise_accuracy

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def noise_accuracy(stress: pd.DataFrame) -> pd.DataFrame:
    """Summarise the grid of Fig. 4e: accuracy with its interval by method and noise; empty where it was not run."""
    (sigma,) = PANELS["fig4e"].factors
    rows = grid_accuracy(stress, PANELS["fig4e"].grid)
    return summarise_accuracy(rows.assign(**{sigma: rows.get(sigma)}), ["method", sigma])


def draw_lines(axes: Axes, summary: pd.DataFrame, x: str, label: str = "{}") -> None:
    """Draw a line a method over column `x`, named in the legend as `label` has it."""
    for method, style in method_styles(summary["method"]).items():
        draw_line(axes, summary[summary["method"] == method], x, style, label.format(style.label))


def draw_line(axes: Axes, summary: pd.DataFrame, x: str, style: MethodStyle, label: str = "") -> None:
    """Draw accuracy over column `x` with its interval as a band."""
    axes.fill_between(summary[x], summary["low"], summary["high"], color=style.color, alpha=0.18, linewidth=0)
    axes.plot(
        summary[x],
        summary["accuracy"],
        color=style.color,
        marker=style.marker,
        linestyle=style.line,
        label=label or style.label,
    )
