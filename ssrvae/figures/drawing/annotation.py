"""Words on figures: the note under the panels, and the panel that stands where a run is missing."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

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


def mean_of_seeds(n_seeds: int) -> str:
    """Say how many seeds a drawn value averages."""
    return "one seed" if n_seeds == 1 else f"mean of {n_seeds} seeds"
