"""Figures S2 and S3, and of the marginal-pose model: confusion matrices of methods on a data set's test images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ssrvae.analysis.agreement import DATASET, METHOD
from ssrvae.analysis.shown import MARGINAL, POSE_METHODS, TREES, particle_dataset, pose_dataset, runs_all, runs_any
from ssrvae.figures.drawing.annotation import mean_of_seeds
from ssrvae.figures.drawing.confusion_panels import draw_panels, mean_confusion
from ssrvae.figures.drawing.output import Still
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.registry import Figure

if TYPE_CHECKING:
    from ssrvae.study.plan import Plan
    from ssrvae.study.result_files import ResultFiles

_MODELS = ("ssvae", METHOD)


def _draw_methods(study: StudyResults, dataset: str, methods: Sequence[str]) -> Still:
    confusion = study.table("confusion")
    here = confusion["dataset"] == dataset
    panels, reasons = {}, {}
    for method in methods:
        title = study.model_name(dataset, method)
        panels[title] = mean_confusion(confusion[here & (confusion["method"] == method)])
        reasons[title] = study.runs(dataset, method).trouble()
    seeds = max((int(panel["seeds"].max()) for panel in panels.values() if len(panel)), default=0)
    drawn = f"Test images of {dataset}, {mean_of_seeds(seeds)}"
    return draw_panels(panels, reasons, [drawn, *reasons.values()])


def _confusions(
    name: str,
    dataset: Callable[[Plan], str],
    methods: Sequence[str],
    is_planned: Callable[[Plan], bool],
    caption: str,
) -> Figure:
    """Show those of the methods that the plan runs on a data set."""

    def shown(plan: Plan) -> list[str]:
        return [method for method in methods if runs_all(plan, dataset(plan), [method])]

    def inputs(files: ResultFiles) -> Iterator[Path]:
        yield from (files.table("accuracy"), files.table("confusion"))
        yield from map(files.metrics, files.runs(dataset(files.plan), *methods))

    return Figure(
        name=name,
        draw=lambda study: _draw_methods(study, dataset(study.plan), shown(study.plan)),
        is_planned=is_planned,
        inputs=inputs,
        caption=caption,
    )


def _particle_trees(source: str, described: str) -> Figure:
    return _confusions(
        f"figS3_{source}",
        lambda plan: particle_dataset(plan, source),
        TREES,
        lambda plan: runs_any(plan, particle_dataset(plan, source), TREES),
        f"""
            Paper, Fig. S3, on {described}: confusion of the tree-based baselines, fitted to the labelled images alone,
            on the test images of the first data set whose name begins with ``{source}``.
            """,
    )


FIGURES = (
    _confusions(
        "figS2_confusion",
        lambda plan: DATASET,
        _MODELS,
        lambda plan: runs_all(plan, DATASET, _MODELS),
        """
            Paper, Fig. S2: confusion of the ss-VAE and the ss-rVAE on the test images of ``rotation_60``. Rows are true
            classes and sum to 1.
            """,
    ),
    _confusions(
        "figS3_baselines",
        lambda plan: DATASET,
        TREES,
        lambda plan: runs_any(plan, DATASET, TREES),
        """
            Paper, Fig. S3, here for the cards: confusion of the tree-based baselines, fitted to the labelled images
            alone, on the test images of ``rotation_60``.
            """,
    ),
    _particle_trees("simulated", "simulated particles"),
    _particle_trees("gold", "the gold nanoparticles of another real micrograph"),
    _confusions(
        "marginal_confusion",
        pose_dataset,
        POSE_METHODS,
        lambda plan: runs_all(plan, pose_dataset(plan), [MARGINAL]),
        """
            Confusion of the ss-rVAE and of the marginal-pose model on the test images of ``rotation_180`` where the
            study has it, else of ``rotation_60``. Rows are true classes and sum to 1.
            """,
    ),
)
