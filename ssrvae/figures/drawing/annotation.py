"""Words on figures: the note under the panels, and what stands where a run is missing."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from ssrvae.analysis.agreement import METHOD, compare
from ssrvae.analysis.method_styles import method_label
from ssrvae.figures.drawing.output import Still, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CHARACTERS_PER_IN = 19.5


def add_note(figure: Figure, sentences: Iterable[str]) -> None:
    """Write the non-empty sentences below the panels, wrapped to the figure's width."""
    text = " ".join(f"{sentence.rstrip('.')}." for sentence in sentences if sentence)
    width = int(figure.get_figwidth() * _CHARACTERS_PER_IN)
    figure.supxlabel(textwrap.fill(text, width), x=0.01, ha="left", fontsize=6.5, color="0.3")


def say_missing(axes: Axes, reason: str) -> None:
    """Fill a panel with the reason why it is empty."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, textwrap.fill(reason, 32), ha="center", va="center", color="0.3", transform=axes.transAxes)


def missing_still(width_in: float, height_in: float, reason: str, data: pd.DataFrame) -> Still:
    """Return a figure without panels that says why there are none, with its empty table."""
    figure = new_figure(width_in, height_in)
    say_missing(figure.add_subplot(), reason)
    return Still(figure, data)


def against_paper(both: pd.DataFrame) -> str:
    """Say how near a panel comes to the paper's, over the cells that both have: `ours` and `paper`."""
    close = compare(both["ours"], both["paper"])
    distance, label = close["mean_absolute_difference"], method_label(METHOD)
    close_by = f"Spearman {close['spearman']:.2f}, mean |difference| {distance:.3f}"
    return f"{label} against the paper: {close_by} over {len(both)} shared cells"


def mean_of_seeds(n_seeds: int) -> str:
    """Say how many seeds a drawn value averages."""
    return "one seed" if n_seeds == 1 else f"mean of {n_seeds} seeds"
