"""Video S3: confusion, traversals and accuracy of the ss-rVAE as it is given more labels."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssrvae.analysis.agreement import DATASET, METHOD
from ssrvae.analysis.method_styles import METHODS
from ssrvae.analysis.summary import interval_note, summarise_accuracy
from ssrvae.figures.accuracy import draw_line
from ssrvae.figures.confusions import mean_confusion
from ssrvae.figures.drawing.annotation import add_note, say_missing
from ssrvae.figures.drawing.heatmaps import draw_confusion
from ssrvae.figures.drawing.output import Film, new_figure
from ssrvae.figures.drawing.study_results import Sources
from ssrvae.figures.drawing.style import AXIS_LABELS
from ssrvae.figures.traversals import draw_traversal, first_snapshots

_FRAME_S = 2.0


@dataclass(frozen=True)
class Step:
    """One frame: a data set, its labelled images a class, its confusion (empty if no run finished)."""

    dataset: str
    labels_per_class: int
    confusion: pd.DataFrame


def draw_labels(sources: Sources) -> Film:
    """Draw a frame a data set: those of the sweep "labels" and rotation_60, fewest labels first."""
    steps = _steps(sources)
    accuracy = _accuracy(sources, steps)
    if not steps:
        figure = new_figure(9, 4.2)
        say_missing(figure.add_subplot(), "the sweep 'labels' has not been run")
        return Film([figure], accuracy)
    frames = [_frame(sources, step, accuracy) for step in steps]
    cells = [step.confusion.assign(dataset=step.dataset).drop(columns="seeds") for step in steps]
    return Film(frames, accuracy.merge(pd.concat(cells), on="dataset", how="left"), _FRAME_S)


def _steps(sources: Sources) -> list[Step]:
    accuracy, confusion = sources.table("accuracy"), sources.table("confusion")
    ours = accuracy[accuracy["method"] == METHOD]
    confusion = confusion[confusion["method"] == METHOD]
    names = ours.loc[ours["dataset"].str.fullmatch(rf"labels_[0-9]+|{DATASET}"), "dataset"].unique()
    steps = [
        Step(name, sources.labelled_per_class(name), mean_confusion(confusion[confusion["dataset"] == name]))
        for name in names
    ]
    return sorted(steps, key=lambda step: step.labels_per_class)


def _accuracy(sources: Sources, steps: list[Step]) -> pd.DataFrame:
    labels = {step.dataset: step.labels_per_class for step in steps}
    table = sources.table("accuracy")
    ours = (table["method"] == METHOD) & (table["metric"] == "accuracy")
    rows = table[ours & table["dataset"].isin(labels)]
    rows = rows.assign(labels_per_class=rows["dataset"].map(labels))
    return summarise_accuracy(rows, ["labels_per_class", "dataset"])


def _frame(sources: Sources, step: Step, accuracy: pd.DataFrame) -> Figure:
    figure = new_figure(9, 4.2)
    confusion, images, curve = figure.subplots(1, 3, width_ratios=[1, 1.15, 1])
    figure.suptitle(f"{METHODS[METHOD].label}, {step.labels_per_class} labelled images a class", fontsize=10)
    trouble = sources.runs(step.dataset, METHOD).trouble()
    _draw_matrix(confusion, step, trouble)
    _draw_images(images, sources, step, trouble)
    _draw_progress(curve, step, accuracy)
    note = f"{sources.model_name(step.dataset, METHOD)} trained on {step.dataset}"
    add_note(figure, [note, interval_note(accuracy), trouble])
    return figure


def _draw_matrix(axes: Axes, step: Step, trouble: str) -> None:
    if step.confusion.empty:
        say_missing(axes, trouble or "no finished run")
    else:
        draw_confusion(axes, step.confusion, list(step.confusion["true"].unique()))
        axes.set_box_aspect(1)


def _draw_images(axes: Axes, sources: Sources, step: Step, trouble: str) -> None:
    found = first_snapshots(sources, step.dataset, METHOD)
    if found is None:
        say_missing(axes, trouble or "no snapshots stored")
    else:
        draw_traversal(axes, found[1].traversal[-1], sources.class_names(step.dataset))


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
    axes.set(xscale="log", xlabel=AXIS_LABELS["labels_per_class"], ylabel=AXIS_LABELS["accuracy"], ylim=(0, 1.02))
    axes.set_xticks(accuracy["labels_per_class"], [str(n) for n in accuracy["labels_per_class"]])
    axes.minorticks_off()
    axes.set_box_aspect(1)
