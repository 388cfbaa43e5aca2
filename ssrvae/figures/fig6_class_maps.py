"""Figure 6: what models draw of each class of particles over two style variables, and how they see the test images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ssrvae.analysis.agreement import METHOD
from ssrvae.analysis.method_styles import method_label
from ssrvae.analysis.shown import MARGINAL, particle_dataset, runs_all
from ssrvae.figures.drawing import latent_panels
from ssrvae.figures.drawing.annotation import add_note, mean_of_seeds, say_missing
from ssrvae.figures.drawing.confusion_panels import mean_confusion
from ssrvae.figures.drawing.heatmaps import draw_confusion
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import PAGE_WIDTH_IN
from ssrvae.figures.registry import Figure

if TYPE_CHECKING:
    import matplotlib.figure
    from matplotlib.axes import Axes


def _draw_classes(study: StudyResults, dataset: str, method: str) -> Still:
    """Draw what a model draws of each class, above where it sees the test images and the confusion of its classes."""
    found, runs = study.latent_map(dataset, method), study.runs(dataset, method)
    if not runs.finished:
        return latent_panels.draw_nothing(study, dataset, (method,))
    names = study.class_names(dataset) if found is None else [str(name) for name in found[1].class_names]
    figure, manifolds, scatter, matrix = _panels(max(2, len(names)))
    parts, seeds, far = [], [], ""
    if found is None:
        latent_panels.say_maps_missing([*manifolds, scatter], runs.trouble())
    else:
        seed, latents = found
        for k, (axes, name) in enumerate(zip(manifolds, names, strict=False)):
            latent_panels.draw_manifold(axes, latents, k, name)
        latent_panels.draw_scatter(scatter, latents)
        parts += [latent_panels.tile_rows(latents, names), latent_panels.scatter_rows(latents)]
        seeds.append(seed)
        far = latent_panels.images_outside(latents, method)
    latent_panels.add_class_legend(figure, f"{study.model_name(dataset, method)}, {dataset}")
    parts.append(_draw_matrix(matrix, study, dataset, method))
    averaged = f"Confusion: {mean_of_seeds(len(runs.finished))}" if runs.finished else ""
    add_note(figure, [latent_panels.trained_on(dataset, seeds), latent_panels.DASHED, far, averaged, runs.failures()])
    return Still(figure, pd.concat(parts, ignore_index=True).assign(method=method))


def _panels(n_classes: int) -> tuple[matplotlib.figure.Figure, list[Axes], Axes, Axes]:
    """Give a figure with a row of panels for the classes, above two for the scatter and the confusion."""
    heights = [PAGE_WIDTH_IN / n_classes, 3.0]
    figure = new_figure(PAGE_WIDTH_IN, sum(heights) + 1.2)
    rows = figure.add_gridspec(2, 1, height_ratios=heights)
    above, below = rows[0].subgridspec(1, n_classes), rows[1].subgridspec(1, 2)
    manifolds = [figure.add_subplot(above[0, k]) for k in range(n_classes)]
    return figure, manifolds, figure.add_subplot(below[0, 0]), figure.add_subplot(below[0, 1])


def _draw_matrix(axes: Axes, study: StudyResults, dataset: str, method: str) -> pd.DataFrame:
    confusion = study.table("confusion")
    fractions = mean_confusion(confusion[(confusion["dataset"] == dataset) & (confusion["method"] == method)])
    if fractions.empty:
        say_missing(axes, study.runs(dataset, method).trouble() or f"{method_label(method)}: no finished run")
    else:
        draw_confusion(axes, fractions, list(fractions["true"].unique()))
        axes.set_box_aspect(1)
    return fractions.rename(columns={"true": "class"}).assign(panel="confusion")


def _class_maps(source: str, particles: str, method: str, model: str, style: str) -> Figure:
    return Figure(
        name=f"fig6_{method}_{source}",
        draw=lambda study: _draw_classes(study, particle_dataset(study.plan, source), method),
        is_planned=lambda plan: runs_all(plan, particle_dataset(plan, source), [method]),
        inputs=latent_panels.latent_inputs(lambda plan: particle_dataset(plan, source), [method]),
        caption=f"""
            Paper, Fig. 6, here of {model} on {particles}: what it draws of each class over its {style} style variables,
            upright; where it sees the test images there, by true class; its confusion over all seeds. First data set
            whose name begins with ``{source}``.
            """,
    )


_MODELS = ((METHOD, "the ss-rVAE", "two"), (MARGINAL, "the marginal-pose model", "first two"))
_PARTICLES = (
    ("simulated", "simulated particles"),
    ("gold", "the gold nanoparticles of another real micrograph"),
)

FIGURES = tuple(_class_maps(*particles, *model) for model in _MODELS for particles in _PARTICLES)
