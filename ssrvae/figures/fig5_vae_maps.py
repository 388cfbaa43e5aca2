"""Figure 5: what VAE and rVAE draw of particles over two style variables, and where they see the test images there."""

from __future__ import annotations

import pandas as pd

from ssrvae.analysis.shown import particle_dataset, runs_any
from ssrvae.figures.drawing import latent_panels
from ssrvae.figures.drawing.annotation import add_note
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import PAGE_WIDTH_IN
from ssrvae.figures.registry import Figure

_METHODS = ("vae", "rvae")


def _draw_methods(study: StudyResults, dataset: str) -> Still:
    """Draw a column a model: what it draws, above where it sees the test images."""
    if not any(study.runs(dataset, method).finished for method in _METHODS):
        return latent_panels.draw_nothing(study, dataset, _METHODS)
    figure = new_figure(PAGE_WIDTH_IN, 6.6)
    panels, parts, seeds, far = figure.subplots(2, len(_METHODS)), [], [], []
    for (manifold, scatter), method in zip(panels.T, _METHODS, strict=True):
        found = study.latent_map(dataset, method)
        if found is None:
            latent_panels.say_maps_missing([manifold, scatter], study.runs(dataset, method).trouble())
            continue
        seed, latents = found
        latent_panels.draw_manifold(manifold, latents, 0, study.model_name(dataset, method))
        latent_panels.draw_scatter(scatter, latents)
        parts += [
            latent_panels.tile_rows(latents, [""]).assign(method=method),
            latent_panels.scatter_rows(latents).assign(method=method),
        ]
        seeds.append(seed)
        far.append(latent_panels.images_outside(latents, method))
    latent_panels.add_class_legend(figure, dataset)
    trouble = [study.runs(dataset, method).failures() for method in _METHODS]
    told = [latent_panels.trained_on(dataset, seeds), "Classes are plotted, not learnt", latent_panels.DASHED]
    add_note(figure, [*told, *far, *trouble])
    return Still(
        figure, pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=latent_panels.MAP_COLUMNS)
    )


def _vae_maps(source: str, described: str) -> Figure:
    return Figure(
        name=f"fig5_{source}",
        draw=lambda study: _draw_methods(study, particle_dataset(study.plan, source)),
        is_planned=lambda plan: runs_any(plan, particle_dataset(plan, source), _METHODS),
        inputs=latent_panels.latent_inputs(lambda plan: particle_dataset(plan, source), _METHODS),
        caption=f"""
            Paper, Fig. 5, here for {described}: what VAE and rVAE, which see no labels, draw over their two style
            variables, and where they see the test images there, by true class; first data set whose name begins with
            ``{source}``, first seed.
            """,
    )


FIGURES = (
    _vae_maps("simulated", "simulated particles"),
    _vae_maps("gold", "the gold nanoparticles of another real micrograph"),
)
