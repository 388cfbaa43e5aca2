"""Pose errors: how far angles and shifts that the models read in test images lie from the true ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ssrvae.analysis.method_styles import method_label, method_styles
from ssrvae.analysis.shown import POSE_METHODS, pose_dataset, poses_read_by, runs_any
from ssrvae.figures.drawing.annotation import add_note, say_missing
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import AXIS_LABELS, PAGE_WIDTH_IN
from ssrvae.figures.registry import Figure
from ssrvae.scores.pose_accuracy import SUIT_PERIOD_DEG, angle_errors_by_class, shift_errors
from ssrvae.study.jobs.pose_readings import Readings

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BINS_A_DECADE = 8
_LEAST = 0.01
_DECADES = {"angle_error_deg": 4.25, "shift_error_px": 3.5}
_UNITS = {"angle_error_deg": "°", "shift_error_px": " px"}
_COLUMNS = ["method", "quantity", "bin_low", "bin_high", "count", "density", "median", "images", "seeds"]


def draw_pose_errors(study: StudyResults) -> Still:
    """Draw a histogram of angle errors and one of shift errors, a step line a method, over all seeds together."""
    dataset = pose_dataset(study.plan)
    readings = {method: study.readings(dataset, method) for method in POSE_METHODS}
    histograms = [_histograms(method, own) for method, own in readings.items() if own]
    data = pd.concat(histograms, ignore_index=True) if histograms else pd.DataFrame(columns=_COLUMNS)
    figure = new_figure(PAGE_WIDTH_IN, 3.1)
    for axes, quantity in zip(figure.subplots(1, 2), _DECADES, strict=True):
        _draw_quantity(axes, data[data["quantity"] == quantity])
        axes.set(xlabel=AXIS_LABELS[quantity])
    figure.axes[0].set_ylabel("Density (share of images a decade)")
    add_note(figure, [*_notes(dataset, data), *(study.runs(dataset, method).failures() for method in POSE_METHODS)])
    return Still(figure, data)


def _histograms(method: str, readings: Mapping[int, Readings]) -> pd.DataFrame:
    """Return a row a bin of both errors; errors below the first bin are counted in it, those beyond in the last."""
    tables = []
    for quantity, seeds in zip(_DECADES, zip(*map(_errors, readings.values()), strict=True), strict=True):
        errors = np.concatenate(seeds)
        edges = _LEAST * 10 ** (np.arange(_DECADES[quantity] * _BINS_A_DECADE + 1) / _BINS_A_DECADE)
        count = np.histogram(np.clip(errors, edges[0], edges[-1]), edges)[0]
        table = pd.DataFrame({"bin_low": edges[:-1], "bin_high": edges[1:], "count": count})
        median = np.median(errors) if errors.size else np.nan
        table = table.assign(density=count * _BINS_A_DECADE / max(errors.size, 1), median=median)
        tables.append(table.assign(method=method, quantity=quantity, images=errors.size, seeds=len(readings)))
    return pd.concat(tables)[_COLUMNS]


def _errors(readings: Readings) -> tuple[np.ndarray, np.ndarray]:
    """Return the angle errors in degrees and the shift errors in pixels of the correctly classified images."""
    right = readings.predicted == readings.truth
    found, truth = readings.found_angle_deg[right], readings.truth[right]
    angle = angle_errors_by_class(found, readings.true_angle_deg[right], truth, readings.class_names.tolist())
    return angle, shift_errors(readings.found_shift_px[right], readings.true_shift_px[right], found, truth)


def _draw_quantity(axes: Axes, data: pd.DataFrame) -> None:
    if data.empty:
        say_missing(axes, "no readings of a finished run")
        return
    for method, style in method_styles(data["method"]).items():
        rows = data[data["method"] == method]
        edges = [*rows["bin_low"], rows["bin_high"].iloc[-1]]
        median, unit = rows["median"].iloc[0], _UNITS[rows["quantity"].iloc[0]]
        label = f"{style.label}, median {median:.2g}{unit}"
        axes.stairs(rows["density"], edges, color=style.color, linewidth=1.4, label=label)
        axes.axvline(median, color=style.color, linewidth=0.9, linestyle=":")
    axes.set(xscale="log", ylim=(0, 1.05 * data["density"].max()))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)


def _notes(dataset: str, data: pd.DataFrame) -> list[str]:
    counted = data.drop_duplicates("method")
    images = [
        f"{method_label(method)} {n_images} ({n_seeds} seed{'s' * (n_seeds > 1)})"
        for method, n_images, n_seeds in zip(counted["method"], counted["images"], counted["seeds"], strict=True)
    ]
    symmetries = ", ".join(f"{name} {period:g}°" for name, period in SUIT_PERIOD_DEG.items())
    return [
        f"Correctly classified test images of {dataset}: {', '.join(images) or 'none'}",
        "Each class's own mean angle and centre, which the model is free to choose, are removed",
        f"Angles modulo the object's symmetry ({symmetries}, others 360°)",
        f"Dotted: medians; smaller errors than {_LEAST:g} are counted in the first bin",
    ]


FIGURES = (
    Figure(
        name="pose_errors",
        draw=draw_pose_errors,
        is_planned=lambda plan: runs_any(plan, pose_dataset(plan), POSE_METHODS),
        inputs=poses_read_by(*POSE_METHODS),
        caption="""
            How far the angles and shifts that the ss-rVAE and the marginal-pose model read lie from the true ones, over
            the correctly classified test images of all seeds; data set ``rotation_180`` where the study has it, else
            ``rotation_60``. Angles are taken modulo the symmetry of the object, and the angle and centre at which a
            model draws each class are its own choice and removed.
            """,
    ),
)
