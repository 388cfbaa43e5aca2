"""Learning curve: accuracy of every method of the sweep "labels" against the number of labelled images."""

from __future__ import annotations

import pandas as pd

from ssrvae.figures.accuracy import draw_line, label_sweep, rotation_sweep
from ssrvae.figures.annotation import add_note, say_missing
from ssrvae.figures.output import Still, new_figure
from ssrvae.figures.sources import Sources
from ssrvae.figures.style import AXIS_LABELS, PAGE_WIDTH_IN, method_styles
from ssrvae.figures.summary import accuracy_floor, failure_note, interval_note, summarise_accuracy


def draw_learning_curve(sources: Sources) -> Still:
    """Draw one line a method over the data sets labels_<n> and that of the rotation sweep with the same rotation."""
    rows = learning_rows(sources.table("accuracy"))
    data = summarise_accuracy(rows, ["method", "labels_per_class", "dataset"])
    figure = new_figure(PAGE_WIDTH_IN, 3.6)
    axes = figure.add_subplot()
    if data.empty:
        say_missing(axes, "the sweep 'labels' has not been run")
        return Still(figure, data)
    for method, style in method_styles(data["method"]).items():
        draw_line(axes, data[data["method"] == method], "labels_per_class", style)
    counts = sorted(data["labels_per_class"].unique())
    axes.set(xscale="log", xlabel=AXIS_LABELS["labels_per_class"], ylabel=AXIS_LABELS["accuracy"])
    axes.set_xticks(counts, [f"{count:g}" for count in counts])
    axes.minorticks_off()
    axes.set_ylim(accuracy_floor(data["low"]), 1.0)
    axes.grid(axis="y", color="0.9", linewidth=0.6)
    axes.set_title(f"Unlabelled and test images at any angle within {_rotations(rows)}")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right center")
    failed = failure_note(rows, "labels_per_class", "with {:g} labels a class")
    add_note(figure, [f"Data {', '.join(rows['dataset'].unique())}", interval_note(data), failed])
    return Still(figure, data)


def learning_rows(accuracy: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the curve: of a method and number of labels that both sweeps hold, those of "labels"."""
    labels = label_sweep(accuracy)
    rotations = rotation_sweep(accuracy)
    is_alike = rotations["rotation_deg"].isin(labels["rotation_deg"]) & rotations["method"].isin(labels["method"])
    return pd.concat([labels, rotations[is_alike]]).drop_duplicates(["method", "labels_per_class", "seed"])


def _rotations(rows: pd.DataFrame) -> str:
    return ", ".join(f"±{degrees:g}°" for degrees in sorted(rows["rotation_deg"].unique()))
