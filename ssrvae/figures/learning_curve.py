"""Learning curves: accuracy against the number of labelled images, of the cards and of sets of objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ssrvae.analysis.agreement import METHOD
from ssrvae.analysis.shown import label_curves, label_sweep
from ssrvae.analysis.summary import accuracy_floor, failure_note, interval_note, summarise_accuracy
from ssrvae.analysis.sweeps import learning_rows
from ssrvae.figures.drawing.accuracy_lines import ASIDE, draw_lines, scale_accuracy
from ssrvae.figures.drawing.annotation import add_note, missing_still
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.set_panels import (
    balanced,
    is_leftmost,
    mark_chance,
    method_legend,
    new_panels,
    nothing_classified,
    score_tables,
    trouble,
)
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import AXIS_LABELS, PAGE_WIDTH_IN
from ssrvae.figures.registry import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_learning_curve(study: StudyResults) -> Still:
    """Draw one line a method over the data sets labels_<n> and that of the rotation sweep with the same rotation."""
    rows = learning_rows(study.table("accuracy"))
    data = summarise_accuracy(rows, ["method", "labels_per_class", "dataset"])
    if data.empty:
        return missing_still(PAGE_WIDTH_IN, 3.6, "the sweep 'labels' has not been run", data)
    figure = new_figure(PAGE_WIDTH_IN, 3.6)
    axes = figure.add_subplot()
    draw_lines(axes, data, "labels_per_class", study.styles(data["method"]), side_by_side=True)
    _scale_counts(axes, data["labels_per_class"])
    scale_accuracy(axes, accuracy_floor(data["low"]))
    axes.set_title(f"Unlabelled and test images at any angle within {_rotations(rows)}")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right center")
    failed = failure_note(rows, "labels_per_class", "with {:g} labels a class")
    datasets = list(rows["dataset"].unique())
    ours = study.model_note(datasets[0], METHOD) if METHOD in set(rows["method"]) else ""
    add_note(figure, [f"Data {', '.join(datasets)}", interval_note(data), ASIDE, ours, failed])
    return Still(figure, data)


def draw_object_curves(study: StudyResults) -> Still:
    """Draw a panel a data set of `datasets` whose number of labels is swept: a line a method over these and itself."""
    curves = label_curves(study.plan)
    rows = pd.concat([_curve(study, name, swept) for name, swept in curves.items()])
    keys = ["curve", "method", "labels_per_class"]
    confusion = study.table("confusion")
    data = summarise_accuracy(rows, keys, confusion)
    if data.empty:
        return nothing_classified()
    styles = study.styles(data["method"])
    figure, panels = new_panels([2.2] * len(curves), margin_in=0.8)
    for number, (name, (axes,)) in enumerate(zip(curves, panels, strict=True)):
        own = data[data["curve"] == name]
        draw_lines(axes, own, "labels_per_class", styles, side_by_side=True)
        _scale_counts(axes, own["labels_per_class"])
        scale_accuracy(axes, accuracy_floor(data["low"]))
        axes.set(title=name, ylabel=AXIS_LABELS["balanced_accuracy"] if is_leftmost(number) else "")
        mark_chance(axes.axhline, study, name)
    method_legend(figure, styles)
    add_note(figure, [interval_note(data), ASIDE, "Dotted: chance", *trouble(study, rows)])
    return Still(figure, data)


def _curve(study: StudyResults, dataset: str, swept: list[str]) -> pd.DataFrame:
    """Return the balanced accuracies of a data set and of those with other numbers of labels, by the methods swept."""
    rows = balanced(study, [*swept, dataset])
    rows = rows[rows["method"].isin(rows.loc[rows["dataset"] != dataset, "method"])]
    return rows.drop_duplicates(["method", "labels_per_class", "seed"], keep="last").assign(curve=dataset)


def _scale_counts(axes: Axes, counts: pd.Series) -> None:
    """Give the x axis labels a class, a tick at each number that was run."""
    ticks = sorted(counts.unique())
    axes.set(xscale="log", xlabel=AXIS_LABELS["labels_per_class"])
    axes.set_xticks(ticks, [f"{count:g}" for count in ticks])
    axes.minorticks_off()
    axes.grid(axis="y", color="0.9", linewidth=0.6)


def _rotations(rows: pd.DataFrame) -> str:
    return ", ".join(f"±{degrees:g}°" for degrees in sorted(rows["rotation_deg"].unique()))


FIGURES = (
    Figure(
        name="learning_curve",
        draw=draw_learning_curve,
        is_planned=lambda plan: len(label_sweep(plan)) >= 2,
        inputs=lambda files: [
            files.table("accuracy"),
            *(files.metrics(run) for name in label_sweep(files.plan) for run in files.runs(name, METHOD)),
        ],
        caption="""
            Test accuracy against the number of labelled images a class, for every method of the sweep ``labels``, with
            the data set of the sweep ``rotation`` whose unlabelled images are turned alike. Intervals: over seeds, or
            of one seed's share of hits.
            """,
    ),
    Figure(
        name="objects_learning_curve",
        draw=draw_object_curves,
        is_planned=lambda plan: bool(label_curves(plan)),
        inputs=score_tables,
        caption="""
            Balanced accuracy against the number of labelled images a class, on each data set of the study whose number
            of labels is swept. A class that has fewer than that gives all its own. Intervals: over labelled draws, for
            the collection that these are made of, or over one draw's images of each class; dotted: chance.
            """,
    ),
)
