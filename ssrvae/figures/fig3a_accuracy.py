"""Figure 3a: accuracy of every method against the rotation range of the unlabelled and test images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssrvae.analysis.agreement import DATASET, METHOD
from ssrvae.analysis.method_styles import BLACK
from ssrvae.analysis.shown import varies
from ssrvae.analysis.summary import failure_note, interval_note, summarise_accuracy
from ssrvae.analysis.sweeps import rotation_sweep
from ssrvae.figures.drawing.accuracy_lines import ASIDE, draw_lines, scale_accuracy
from ssrvae.figures.drawing.annotation import add_note, missing_still
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import AXIS_LABELS, PAGE_WIDTH_IN
from ssrvae.figures.registry import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CLAIM_RANGE_DEG = (4, 90)
_CLAIM_ACCURACY = 0.75
_PAPER_RUN_DEG = float(DATASET.removeprefix("rotation_"))


def draw_accuracy(study: StudyResults) -> Still:
    """Draw one line a method over the data sets of the sweep "rotation"."""
    rows = rotation_sweep(study.table("accuracy"))
    data = summarise_accuracy(rows, ["method", "rotation_deg"])
    if data.empty:
        return missing_still(PAGE_WIDTH_IN, 4.0, "the sweep 'rotation' has not been run", data)
    figure = new_figure(PAGE_WIDTH_IN, 4.0)
    axes = figure.add_subplot()
    draw_lines(axes, data, "rotation_deg", study.styles(data["method"]), side_by_side=True)
    _mark_claim(axes, study)
    axes.set(xlabel=AXIS_LABELS["rotation_deg"] + " of the unlabelled and test images")
    axes.set_xticks(sorted(data["rotation_deg"].unique()))
    scale_accuracy(axes)
    axes.grid(axis="y", color="0.9", linewidth=0.6)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right center")
    failed = failure_note(rows, "rotation_deg", "at ±{:g}°")
    add_note(figure, [interval_note(data), ASIDE, study.model_note(DATASET, METHOD), failed])
    return Still(figure, data)


def _mark_claim(axes: Axes, study: StudyResults) -> None:
    axes.hlines(
        _CLAIM_ACCURACY, *_CLAIM_RANGE_DEG, color=BLACK, linewidth=1.6, zorder=1,
        label="paper's claim: ss-rVAE is\nabove this for 4° < α < 90°",
    )  # fmt: skip
    paper_accuracy = study.paper("training_curve")["test_accuracy"].iloc[-1]
    axes.plot(
        _PAPER_RUN_DEG, paper_accuracy, marker="o", markersize=8, markerfacecolor="none", color=BLACK,
        linestyle="none", label=f"paper's ss-rVAE at ±{_PAPER_RUN_DEG:g}°:\n{paper_accuracy:.3f}, one seed",
    )  # fmt: skip


FIGURES = (
    Figure(
        name="fig3a_accuracy",
        draw=draw_accuracy,
        is_planned=lambda plan: varies(plan, "unlabelled.rotation_deg"),
        inputs=lambda files: [files.table("accuracy"), *map(files.metrics, files.runs(DATASET, METHOD))],
        caption="""
            Paper, Fig. 3a: test accuracy against the rotation range of the unlabelled and test images, for every
            method. One data set, its test images drawn from the unlabelled ranges, for each range; all methods of a
            seed see the same images. Intervals: over seeds or, where these tell too little, over one seed's images.
            The paper claims more than 0.75 for the ss-rVAE between 4 and 90 degrees.
            """,
    ),
)
