"""Figure 4e: accuracy of the fitted models against Gaussian noise, the paper's curve beside ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ssrvae.analysis.agreement import DATASET, METHOD, PANELS, grid_panel, paper_panel, shared_cells
from ssrvae.analysis.method_styles import BLACK
from ssrvae.analysis.shown import repeats
from ssrvae.analysis.summary import interval_note
from ssrvae.figures.drawing.accuracy_lines import draw_lines, noise_accuracy, scale_accuracy
from ssrvae.figures.drawing.annotation import add_note, against_paper, mean_of_seeds
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import AXIS_LABELS
from ssrvae.figures.registry import Figure

if TYPE_CHECKING:
    from ssrvae.study.result_files import ResultFiles

_CLAIMED_SIGMAS = (0.4, 1.0)
_CLAIM = "Grey: the paper calls its ss-rVAE robust below σ = 0.4, and has it above 0.7 at σ = 1"


def draw_noise(study: StudyResults) -> Still:
    """Draw a line a method of the stress grid "noise", and the paper's; the sigmas it names are marked."""
    stress, paper = study.table("stress"), paper_panel("fig4e", study.reference)
    ours = noise_accuracy(stress)
    figure = new_figure(4.6, 3.3)
    axes = figure.add_subplot()
    axes.plot(
        paper["noise_sigma"], paper["accuracy"], color=BLACK, linestyle="--", marker="o",
        markerfacecolor="white", label="paper, Fig. 4e",
    )  # fmt: skip
    draw_lines(axes, ours, "noise_sigma", study.styles(ours["method"]), "ours: {}")
    for sigma in _CLAIMED_SIGMAS:
        axes.axvline(sigma, color="0.8", linewidth=0.8, zorder=0)
        axes.annotate(
            f"σ = {sigma:g}", (sigma, 1), (0, 2), xycoords=axes.get_xaxis_transform(), textcoords="offset points",
            fontsize=6.5, ha="center",
        )  # fmt: skip
    axes.set(xscale="log", xlabel=AXIS_LABELS["noise_sigma"])
    scale_accuracy(axes)
    axes.legend(loc="lower left")
    add_note(figure, [_agreement_note(stress, paper), *_run_notes(study, ours)])
    return Still(figure, _drawn(paper, ours))


def _agreement_note(stress: pd.DataFrame, paper: pd.DataFrame) -> str:
    both = shared_cells(grid_panel(stress, "fig4e"), paper, PANELS["fig4e"].factors, "accuracy")
    return "No noise level in common with the paper" if both.empty else against_paper(both)


def _run_notes(study: StudyResults, ours: pd.DataFrame) -> list[str]:
    n_seeds, missing = int(ours["seeds"].max()) if len(ours) else 0, int(ours["missing"].sum())
    methods = list(study.styles({METHOD, *ours["method"]}))
    trained = f"{', '.join(study.model_name(DATASET, name) for name in methods)}: trained on clean images of {DATASET}"
    failed = f"{missing} grid points missing" if missing else ""
    troubles = [study.runs(DATASET, name).trouble() for name in methods]
    return [f"{trained}, {mean_of_seeds(n_seeds)}", interval_note(ours), _CLAIM, failed, *troubles]


def _drawn(paper: pd.DataFrame, ours: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([paper.assign(source="paper"), ours.assign(source="ours")], ignore_index=True)


def _inputs(files: ResultFiles) -> Iterator[Path]:
    yield from (files.table("accuracy"), files.table("stress"))
    yield from map(files.metrics, files.runs(DATASET, *files.plan.grids[PANELS["fig4e"].grid].methods))


FIGURES = (
    Figure(
        name="fig4e_noise",
        draw=draw_noise,
        is_planned=lambda plan: repeats(plan, PANELS["fig4e"]),
        inputs=_inputs,
        caption="""
            Paper, Fig. 4e: accuracy of the ss-rVAE, and of other methods that the study tests, trained on clean images
            against the noise added to test images (not clipped), beside the paper's digitised curve.
            """,
    ),
)
