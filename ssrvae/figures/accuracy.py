"""Figure 3a: accuracy of every method against the rotation range of the unlabelled and test images."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ssrvae.analysis.method_styles import BLACK, MethodStyle, method_styles
from ssrvae.analysis.summary import failure_note, interval_note, summarise_accuracy
from ssrvae.analysis.sweeps import rotation_sweep
from ssrvae.figures.drawing.annotation import add_note, say_missing
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import Sources
from ssrvae.figures.drawing.style import AXIS_LABELS, PAGE_WIDTH_IN

_CLAIM_RANGE_DEG = (4, 90)
_CLAIM_ACCURACY = 0.75
_PAPER_RUN_DEG = 60


def draw_accuracy(sources: Sources) -> Still:
    """Draw one line a method over the data sets of the sweep "rotation"."""
    rows = rotation_sweep(sources.table("accuracy"))
    data = summarise_accuracy(rows, ["method", "rotation_deg"])
    figure = new_figure(PAGE_WIDTH_IN, 4.0)
    axes = figure.add_subplot()
    if data.empty:
        say_missing(axes, "the sweep 'rotation' has not been run")
        return Still(figure, data)
    for method, style in method_styles(data["method"]).items():
        draw_line(axes, data[data["method"] == method], "rotation_deg", style)
    _mark_claim(axes, sources)
    axes.set(xlabel=AXIS_LABELS["rotation_deg"] + " of the unlabelled and test images")
    axes.set(ylabel=AXIS_LABELS["accuracy"], ylim=(0, 1.02), xticks=sorted(data["rotation_deg"].unique()))
    axes.tick_params(axis="x", labelrotation=0)
    axes.grid(axis="y", color="0.9", linewidth=0.6)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right center")
    add_note(figure, [interval_note(data), _decoder_note(sources), failure_note(rows, "rotation_deg", "at ±{:g}°")])
    return Still(figure, data)


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


def _mark_claim(axes: Axes, sources: Sources) -> None:
    axes.hlines(
        _CLAIM_ACCURACY, *_CLAIM_RANGE_DEG, color=BLACK, linewidth=2.5, alpha=0.5, zorder=1,
        label="paper's claim: ss-rVAE is\nabove this for 4° < α < 90°",
    )  # fmt: skip
    paper_accuracy = sources.paper("training_curve")["test_accuracy"].iloc[-1]
    axes.plot(
        _PAPER_RUN_DEG, paper_accuracy, marker="o", markersize=8, markerfacecolor="none", color=BLACK,
        linestyle="none", label=f"paper's ss-rVAE: {paper_accuracy:.3f}",
    )  # fmt: skip


def _decoder_note(sources: Sources) -> str:
    return f"Model: {sources.model_name(f'rotation_{_PAPER_RUN_DEG}', 'ssrvae')}"
