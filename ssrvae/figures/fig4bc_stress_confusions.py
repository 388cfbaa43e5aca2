"""Figures 4b and 4c: confusion of the fitted ss-rVAE on new images at points of shear and rotation range."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ssrvae.analysis.agreement import DATASET, METHOD, POINTS
from ssrvae.analysis.shown import repeats
from ssrvae.figures.drawing.annotation import mean_of_seeds
from ssrvae.figures.drawing.confusion_panels import draw_panels, mean_confusion
from ssrvae.figures.drawing.output import Still
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.registry import Figure

if TYPE_CHECKING:
    from ssrvae.study.result_files import ResultFiles

_ALONE = "Beside Fig. 4c none of the paper's: its numbers have not been digitised"
# The paper gives shear in percent of its 64 px canvas: 15 degrees are 23 %.
_PERCENT_PER_SHEAR_DEG = 100 / 64


def draw_stress_points(study: StudyResults) -> Still:
    """Draw ours at every point of the stress grid "confusion", the paper's 4b first."""
    points = study.point_confusions(METHOD)
    panels = {"Paper, Fig. 4b\ns = 23 %, α = 60°": study.paper("fig4b_confusion").assign(seeds=1)}
    shear_percent = points["shear_deg"].astype(float) * _PERCENT_PER_SHEAR_DEG
    for (percent, rotation_deg), rows in points.groupby([shear_percent, "rotation_deg"]):
        panels[f"Ours\ns = {percent:.0f} %, α = {rotation_deg:g}°"] = mean_confusion(rows)
    if points.empty:
        panels["Ours"] = mean_confusion(points)
    seeds = max(int(panel["seeds"].max()) for title, panel in panels.items() if len(panel))
    trained = f"Ours: {study.model_name(DATASET, METHOD)} trained on {DATASET}, {mean_of_seeds(seeds)}"
    reasons = dict.fromkeys(panels, "no finished run of this stress point")
    return draw_panels(panels, reasons, [trained, _ALONE, study.runs(DATASET, METHOD).trouble()])


def _inputs(files: ResultFiles) -> Iterator[Path]:
    yield from (files.table("accuracy"), *map(files.metrics, files.runs(DATASET, METHOD)))
    yield from map(files.stress_confusion, files.stress_jobs(POINTS.grid, METHOD))


FIGURES = (
    Figure(
        name="fig4bc_confusion",
        draw=draw_stress_points,
        is_planned=lambda plan: repeats(plan, POINTS),
        inputs=_inputs,
        caption="""
            Paper, Fig. 4b and c: confusion of the ss-rVAE trained on ``rotation_60`` on new images at (shear 15
            degrees, rotation 60 degrees), beside the paper's, and at (19.2, 100), where the paper's numbers have not
            been digitised. Rows are true classes and sum to 1.
            """,
    ),
)
