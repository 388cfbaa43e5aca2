"""Videos S1 and S2: traversals, style scatter and accuracy of one run, frame by frame over its snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ssrvae.analysis.agreement import DATASET, METHOD
from ssrvae.analysis.method_styles import CLASS_COLORS, CLASS_MARKERS, METHODS
from ssrvae.analysis.shown import runs_all
from ssrvae.figures.drawing.accuracy_lines import scale_accuracy
from ssrvae.figures.drawing.annotation import add_note, say_missing
from ssrvae.figures.drawing.output import Film, new_figure
from ssrvae.figures.drawing.study_results import Snapshots, StudyResults
from ssrvae.figures.drawing.style import AXIS_LABELS
from ssrvae.figures.drawing.traversal_tiles import draw_traversal
from ssrvae.figures.registry import Figure

if TYPE_CHECKING:
    import matplotlib.figure
    from matplotlib.axes import Axes

    from ssrvae.study.result_files import ResultFiles

_COLUMNS = ["epoch", "accuracy", "image", "true", "predicted", "z1", "z2"]


def _film(study: StudyResults, method: str) -> Film:
    found = study.first_snapshots(DATASET, method)
    trouble = study.runs(DATASET, method).trouble()
    if found is None:
        figure = new_figure(8, 4.8)
        say_missing(figure.add_subplot(), trouble or f"{method}: no snapshots stored")
        return Film([figure], pd.DataFrame(columns=_COLUMNS))
    seed, snapshots = found
    names = study.class_names(DATASET)
    note = f"{study.model_name(DATASET, method)} trained on {DATASET}, seed {seed}"
    frames = [_frame(snapshots, i, names, method, [note, trouble]) for i in range(len(snapshots.epoch))]
    return Film(frames, _drawn(snapshots, names))


def _frame(snapshots: Snapshots, i: int, names: list[str], method: str, notes: list[str]) -> matplotlib.figure.Figure:
    figure = new_figure(8, 4.8)
    panels = figure.subplot_mosaic([["images", "style"], ["images", "accuracy"]], height_ratios=[2, 1])
    figure.suptitle(f"Epoch {snapshots.epoch[i]}: accuracy {snapshots.accuracy[i]:.3f}", fontsize=10)
    draw_traversal(panels["images"], snapshots.traversal[i], names)
    _draw_style(panels["style"], snapshots, i, names)
    _draw_progress(panels["accuracy"], snapshots, i, method)
    add_note(figure, notes)
    return figure


def _draw_style(axes: Axes, snapshots: Snapshots, i: int, names: list[str]) -> None:
    """Scatter the first two style variables of the test images by true class, at one scale throughout."""
    for k, name in enumerate(names):
        z = _first_two_variables(snapshots)[i, snapshots.truth == k]
        color, marker = CLASS_COLORS[k % 8], CLASS_MARKERS[k % 8]
        axes.scatter(z[:, 0], z[:, 1], s=10, color=color, marker=marker, alpha=0.7, linewidth=0, label=name)
    limit = max(3.0, float(np.quantile(np.abs(snapshots.style), 0.995)))
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), xlabel=AXIS_LABELS["style_1"], ylabel=AXIS_LABELS["style_2"])
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), title="True class", markerscale=1.5)


def _first_two_variables(snapshots: Snapshots) -> np.ndarray:
    """Return style [e, images, 2]; a model with one style variable lies on the line z2 = 0."""
    absent = max(0, 2 - snapshots.style.shape[-1])
    return np.pad(snapshots.style, [(0, 0), (0, 0), (0, absent)])[..., :2]


def _draw_progress(axes: Axes, snapshots: Snapshots, i: int, method: str) -> None:
    from matplotlib.ticker import MaxNLocator

    color = METHODS[method].color
    axes.plot(snapshots.epoch, snapshots.accuracy, color=color, alpha=0.3)
    axes.plot(snapshots.epoch[: i + 1], snapshots.accuracy[: i + 1], color=color)
    axes.plot(snapshots.epoch[i], snapshots.accuracy[i], color=color, marker=METHODS[method].marker)
    scale_accuracy(axes)
    axes.set(xlabel=AXIS_LABELS["epoch"], ylabel="Accuracy")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _drawn(snapshots: Snapshots, names: list[str]) -> pd.DataFrame:
    """Return a row a scattered image and frame; the decoded images stay in the run's snapshots.npz."""
    n_frames, n_images = snapshots.predicted.shape
    classes = np.asarray(names)
    columns = (
        np.repeat(snapshots.epoch, n_images),
        np.repeat(snapshots.accuracy, n_images),
        np.tile(np.arange(n_images), n_frames),
        np.tile(classes[snapshots.truth], n_frames),
        classes[snapshots.predicted].ravel(),
        *_first_two_variables(snapshots).reshape(-1, 2).T,
    )
    return pd.DataFrame(dict(zip(_COLUMNS, columns, strict=True)))


def _training(name: str, method: str, caption: str) -> Figure:
    def inputs(files: ResultFiles) -> Iterator[Path]:
        yield from (files.table("accuracy"), files.table("confusion"))
        for run in files.runs(DATASET, method):
            yield from (files.metrics(run), files.snapshots(run))

    return Figure(
        name=name,
        draw=lambda study: _film(study, method),
        is_planned=lambda plan: runs_all(plan, DATASET, [method]),
        inputs=inputs,
        caption=caption,
        is_video=True,
    )


FIGURES = (
    _training(
        "videoS1_ssvae",
        "ssvae",
        """
            Paper, video S1: the ss-VAE, without invariances, while it trains on ``rotation_60``.
            """,
    ),
    _training(
        "videoS2_ssrvae",
        METHOD,
        """
            Paper, video S2: the ss-rVAE, with rotation and translation invariance, while it trains on ``rotation_60``.
            """,
    ),
)
