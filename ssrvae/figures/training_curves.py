"""The training figure: test accuracy and loss against epoch at rotation 60, the paper's curves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ssrvae.analysis.agreement import DATASET, METHOD
from ssrvae.analysis.method_styles import BLACK, MethodStyle, method_styles
from ssrvae.analysis.shown import runs_all
from ssrvae.figures.drawing.accuracy_lines import scale_accuracy
from ssrvae.figures.drawing.annotation import add_note
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import AXIS_LABELS, PAGE_WIDTH_IN
from ssrvae.figures.registry import Figure
from ssrvae.scores.intervals import mean_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_METHODS = ("ssvae", METHOD)
_PAPER_SETTING = "ssrvae_paper"
"""The method of `config/paper.yaml`, shown where it was run."""


def draw_training(study: StudyResults) -> Still:
    """Draw accuracy on the left, loss on the right: the mean over seeds with Student's interval as a band."""
    data = pd.concat([_paper_curves(study), _our_curves(study)], ignore_index=True)
    figure = new_figure(PAGE_WIDTH_IN, 3.1)
    panels = dict(zip(("test_accuracy", "loss"), figure.subplots(1, 2), strict=True))
    for quantity, axes in panels.items():
        _draw_curves(axes, data[data["quantity"] == quantity])
    scale_accuracy(panels["test_accuracy"])
    panels["loss"].set(ylabel=AXIS_LABELS["loss"])
    handles = panels["test_accuracy"].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=len(handles[0]))
    add_note(figure, _notes(study, data))
    return Still(figure, data)


def _paper_curves(study: StudyResults) -> pd.DataFrame:
    curve = study.paper("training_curve").rename(columns={"training_loss": "loss"})
    long = curve.melt("epoch", var_name="quantity", value_name="value")
    return long.assign(source="paper", method=METHOD, seeds=1)


def _our_curves(study: StudyResults) -> pd.DataFrame:
    history = study.table("history")
    here = history[history["dataset"] == DATASET]
    # A run that diverged stops early: in the mean it would make a step where it ends.
    finished = {method: study.runs(DATASET, method).finished for method in (*_METHODS, _PAPER_SETTING)}
    rows = pd.concat(
        [here[(here["method"] == method) & here["seed"].isin(seeds)] for method, seeds in finished.items()]
    )
    long = rows.melt(["method", "epoch"], ["test_accuracy", "loss"], var_name="quantity").dropna(subset="value")
    keys = ["method", "quantity", "epoch"]
    points = [(*key, *_mean_and_limits(group["value"])) for key, group in long.groupby(keys)]
    return pd.DataFrame(points, columns=[*keys, "value", "low", "high", "seeds"]).assign(source="ours")


def _mean_and_limits(values: pd.Series) -> tuple[float, float, float, int]:
    interval = mean_interval(values)
    return interval.center, interval.low, interval.high, interval.n


def _draw_curves(axes: Axes, data: pd.DataFrame) -> None:
    paper = data.query("source == 'paper'")
    axes.plot(paper["epoch"], paper["value"], color=BLACK, alpha=0.45, label="paper, ss-rVAE (one seed)")
    ours = data.query("source == 'ours'")
    for method, style in method_styles(ours["method"]).items():
        _draw_ours(axes, ours[ours["method"] == method], style)
    axes.set_xlabel(AXIS_LABELS["epoch"])


def _draw_ours(axes: Axes, curve: pd.DataFrame, style: MethodStyle) -> None:
    axes.plot(curve["epoch"], curve["value"], color=style.color, linestyle=style.line, label=f"ours: {style.label}")
    axes.fill_between(curve["epoch"], curve["low"], curve["high"], color=style.color, alpha=0.18, linewidth=0)


def _notes(study: StudyResults, data: pd.DataFrame) -> list[str]:
    drawn = [method for method in _METHODS if method in set(data["method"][data["source"] == "ours"])]
    names = ", ".join(study.model_name(DATASET, method) for method in drawn)
    seeds = int(data.query("source == 'ours'")["seeds"].max()) if (data["source"] == "ours").any() else 0
    bands = f"bands: 95 % Student t over {seeds} seeds" if seeds > 1 else f"{seeds} seed, no band"
    loss = "Losses are comparable in shape, not in height, between models and schedules"
    troubles = [study.runs(DATASET, method).trouble() for method in _METHODS]
    return [
        f"Data {DATASET}; ours: {names}; {bands}",
        loss,
        *troubles,
        study.runs(DATASET, _PAPER_SETTING).failures(),
    ]


FIGURES = (
    Figure(
        name="training",
        draw=draw_training,
        is_planned=lambda plan: runs_all(plan, DATASET, [METHOD]),
        inputs=lambda files: [
            files.table("accuracy"),
            files.table("history"),
            *map(files.metrics, files.runs(DATASET, *_METHODS)),
        ],
        caption="""
            Test accuracy (on up to 1000 fixed test images, watched and never used) and training loss against the epoch,
            data set ``rotation_60``, the paper's curve behind. The paper's own setting, ``ssrvae_paper`` of
            ``config/paper.yaml``, is shown where it was run.
            """,
    ),
)
