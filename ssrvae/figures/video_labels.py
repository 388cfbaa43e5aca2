"""Video S3: confusion, traversals and accuracy of the ss-rVAE as it is given more labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ssrvae.analysis.agreement import DATASET, METHOD
from ssrvae.analysis.method_styles import METHODS
from ssrvae.analysis.shown import label_sweep, runs_all
from ssrvae.analysis.summary import interval_note, summarise_accuracy
from ssrvae.figures.drawing.accuracy_lines import draw_line, scale_accuracy
from ssrvae.figures.drawing.annotation import add_note, say_missing
from ssrvae.figures.drawing.confusion_panels import mean_confusion
from ssrvae.figures.drawing.heatmaps import draw_confusion
from ssrvae.figures.drawing.output import Film, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import AXIS_LABELS
from ssrvae.figures.drawing.traversal_tiles import draw_traversal
from ssrvae.figures.registry import Figure

if TYPE_CHECKING:
    import matplotlib.figure
    from matplotlib.axes import Axes

    from ssrvae.study.plan import Plan
    from ssrvae.study.result_files import ResultFiles

_FRAME_S = 2.0


@dataclass(frozen=True)
class Step:
    """One frame: a data set, its labelled images a class, its confusion (empty if no run finished)."""

    dataset: str
    labels_per_class: int
    confusion: pd.DataFrame


def draw_labels(study: StudyResults) -> Film:
    """Draw a frame a data set: those of the sweep "labels" and rotation_60, fewest labels first."""
    steps = _steps(study)
    accuracy = _accuracy(study, steps)
    if not steps:
        figure = new_figure(9, 4.2)
        say_missing(figure.add_subplot(), "the sweep 'labels' has not been run")
        return Film([figure], accuracy)
    frames = [_frame(study, step, accuracy) for step in steps]
    cells = [step.confusion.assign(dataset=step.dataset).drop(columns="seeds") for step in steps]
    return Film(frames, accuracy.merge(pd.concat(cells), on="dataset", how="left"), _FRAME_S)


def _shown(plan: Plan) -> list[str]:
    """List the data sets of the sweep "labels", and the paper's, that run the ss-rVAE."""
    return [name for name in (DATASET, *label_sweep(plan)) if runs_all(plan, name, [METHOD])]


def _steps(study: StudyResults) -> list[Step]:
    confusion = study.table("confusion")
    confusion = confusion[confusion["method"] == METHOD]
    steps = [
        Step(name, study.labelled_per_class(name), mean_confusion(confusion[confusion["dataset"] == name]))
        for name in _shown(study.plan)
    ]
    return sorted(steps, key=lambda step: step.labels_per_class)


def _accuracy(study: StudyResults, steps: list[Step]) -> pd.DataFrame:
    labels = {step.dataset: step.labels_per_class for step in steps}
    table = study.table("accuracy")
    ours = (table["method"] == METHOD) & (table["metric"] == "accuracy")
    rows = table[ours & table["dataset"].isin(labels)]
    rows = rows.assign(labels_per_class=rows["dataset"].map(labels))
    return summarise_accuracy(rows, ["labels_per_class", "dataset"])


def _frame(study: StudyResults, step: Step, accuracy: pd.DataFrame) -> matplotlib.figure.Figure:
    figure = new_figure(9, 4.2)
    confusion, images, curve = figure.subplots(1, 3, width_ratios=[1, 1.15, 1])
    figure.suptitle(f"{METHODS[METHOD].label}, {step.labels_per_class} labelled images a class", fontsize=10)
    trouble = study.runs(step.dataset, METHOD).trouble()
    _draw_matrix(confusion, step, trouble)
    _draw_images(images, study, step, trouble)
    _draw_progress(curve, step, accuracy)
    note = f"{study.model_name(step.dataset, METHOD)} trained on {step.dataset}"
    add_note(figure, [note, interval_note(accuracy), trouble])
    return figure


def _draw_matrix(axes: Axes, step: Step, trouble: str) -> None:
    if step.confusion.empty:
        say_missing(axes, trouble or "no finished run")
    else:
        draw_confusion(axes, step.confusion, list(step.confusion["true"].unique()))
        axes.set_box_aspect(1)


def _draw_images(axes: Axes, study: StudyResults, step: Step, trouble: str) -> None:
    found = study.first_snapshots(step.dataset, METHOD)
    if found is None:
        say_missing(axes, trouble or "no snapshots stored")
    else:
        draw_traversal(axes, found[1].traversal[-1], study.class_names(step.dataset))


def _draw_progress(axes: Axes, step: Step, accuracy: pd.DataFrame) -> None:
    style = METHODS[METHOD]
    draw_line(axes, accuracy, "labels_per_class", style)
    here = accuracy[accuracy["dataset"] == step.dataset]
    axes.plot(
        here["labels_per_class"],
        here["accuracy"],
        marker="o",
        markersize=11,
        markerfacecolor="none",
        color="black",
    )
    axes.set(xscale="log", xlabel=AXIS_LABELS["labels_per_class"])
    scale_accuracy(axes)
    axes.set_xticks(accuracy["labels_per_class"], [str(n) for n in accuracy["labels_per_class"]])
    axes.minorticks_off()
    axes.set_box_aspect(1)


def _inputs(files: ResultFiles) -> Iterator[Path]:
    yield from (files.table("accuracy"), files.table("confusion"))
    for name in _shown(files.plan):
        yield files.first_data(name)
        for run in files.runs(name, METHOD):
            yield from (files.metrics(run), files.snapshots(run))


FIGURES = (
    Figure(
        name="videoS3_labels",
        draw=draw_labels,
        is_planned=lambda plan: DATASET in _shown(plan) and len(_shown(plan)) >= 2,
        inputs=_inputs,
        caption="""
            Paper, video S3: the ss-rVAE trained with more and more labelled images a class.
            """,
        is_video=True,
    ),
)
