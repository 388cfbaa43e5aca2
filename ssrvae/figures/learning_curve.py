"""Learning curve: accuracy of every method of the sweep "labels" against the number of labelled images."""

from __future__ import annotations

import pandas as pd

from ssrvae.analysis.agreement import METHOD
from ssrvae.analysis.shown import label_sweep
from ssrvae.analysis.summary import accuracy_floor, failure_note, interval_note, summarise_accuracy
from ssrvae.analysis.sweeps import learning_rows
from ssrvae.figures.drawing.accuracy_lines import ASIDE, draw_lines, scale_accuracy
from ssrvae.figures.drawing.annotation import add_note, missing_still
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import AXIS_LABELS, PAGE_WIDTH_IN
from ssrvae.figures.registry import Figure


def draw_learning_curve(study: StudyResults) -> Still:
    """Draw one line a method over the data sets labels_<n> and that of the rotation sweep with the same rotation."""
    rows = learning_rows(study.table("accuracy"))
    data = summarise_accuracy(rows, ["method", "labels_per_class", "dataset"])
    if data.empty:
        return missing_still(PAGE_WIDTH_IN, 3.6, "the sweep 'labels' has not been run", data)
    figure = new_figure(PAGE_WIDTH_IN, 3.6)
    axes = figure.add_subplot()
    draw_lines(axes, data, "labels_per_class", study.styles(data["method"]), side_by_side=True)
    counts = sorted(data["labels_per_class"].unique())
    axes.set(xscale="log", xlabel=AXIS_LABELS["labels_per_class"])
    axes.set_xticks(counts, [f"{count:g}" for count in counts])
    axes.minorticks_off()
    scale_accuracy(axes, accuracy_floor(data["low"]))
    axes.grid(axis="y", color="0.9", linewidth=0.6)
    axes.set_title(f"Unlabelled and test images at any angle within {_rotations(rows)}")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right center")
    failed = failure_note(rows, "labels_per_class", "with {:g} labels a class")
    datasets = list(rows["dataset"].unique())
    ours = study.model_note(datasets[0], METHOD) if METHOD in set(rows["method"]) else ""
    add_note(figure, [f"Data {', '.join(datasets)}", interval_note(data), ASIDE, ours, failed])
    return Still(figure, data)


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
)
