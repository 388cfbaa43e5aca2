"""Figures 3b and 3c, and of the marginal-pose model: images decoded along each style variable after the last epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ssrvae.analysis.agreement import DATASET, METHOD
from ssrvae.analysis.method_styles import method_label
from ssrvae.analysis.shown import MARGINAL, pose_dataset, runs_all
from ssrvae.figures.drawing.annotation import add_note, missing_still
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.tiles import tile_table
from ssrvae.figures.drawing.traversal_tiles import draw_traversal, style_values
from ssrvae.figures.registry import Figure

if TYPE_CHECKING:
    from ssrvae.study.plan import Plan
    from ssrvae.study.result_files import ResultFiles

_WIDTH_IN = 4.2
_ROW_HEIGHT_IN = 0.5


def _draw_method(study: StudyResults, dataset: str, method: str) -> Still:
    found = study.first_snapshots(dataset, method)
    trouble = study.runs(dataset, method).trouble()
    if found is None:
        reason = trouble or f"{method_label(method)}: no snapshots stored"
        return missing_still(_WIDTH_IN, 4.75, reason, pd.DataFrame(columns=["class", "style_variable", "style_value"]))
    seed, snapshots = found
    traversal, names = snapshots.traversal[-1], study.class_names(dataset)
    n_rows = traversal.shape[0] * traversal.shape[1]
    figure = new_figure(_WIDTH_IN, 0.75 + _ROW_HEIGHT_IN * n_rows)
    axes = figure.add_subplot()
    draw_traversal(axes, traversal, names)
    axes.set_title(f"{study.model_name(dataset, method)}, epoch {snapshots.epoch[-1]}")
    add_note(figure, [f"Trained on {dataset}, seed {seed}; the other style variables are 0", trouble])
    return Still(figure, _drawn(traversal, names))


def _drawn(traversal: np.ndarray, class_names: list[str]) -> pd.DataFrame:
    _, n_styles, n_steps = traversal.shape[:3]
    variables = range(1, n_styles + 1)
    levels = [class_names, variables, style_values(n_steps)]
    described = pd.MultiIndex.from_product(levels, names=["class", "style_variable", "style_value"]).to_frame()
    return tile_table(described, traversal)


def _traversals(name: str, dataset: Callable[[Plan], str], method: str, caption: str) -> Figure:
    def inputs(files: ResultFiles) -> Iterator[Path]:
        yield from (files.table("accuracy"), files.table("confusion"))
        for run in files.runs(dataset(files.plan), method):
            yield from (files.metrics(run), files.snapshots(run))

    return Figure(
        name=name,
        draw=lambda study: _draw_method(study, dataset(study.plan), method),
        is_planned=lambda plan: runs_all(plan, dataset(plan), [method]),
        inputs=inputs,
        caption=caption,
    )


FIGURES = (
    _traversals(
        "fig3b_ssvae_traversals",
        lambda plan: DATASET,
        "ssvae",
        """
            Paper, Fig. 3b: what the ss-VAE, which has no pose, draws for each class along each style variable from -2
            to 2; data set ``rotation_60``, last epoch.
            """,
    ),
    _traversals(
        "fig3c_ssrvae_traversals",
        lambda plan: DATASET,
        METHOD,
        """
            Paper, Fig. 3c: what the ss-rVAE draws for each class along each style variable from -2 to 2, upright; data
            set ``rotation_60``, last epoch.
            """,
    ),
    _traversals(
        "marginal_traversals",
        pose_dataset,
        MARGINAL,
        """
            What the marginal-pose model draws for each class along each style variable from -2 to 2, upright; data set
            ``rotation_180`` where the study has it, else ``rotation_60``, last epoch.
            """,
    ),
)
