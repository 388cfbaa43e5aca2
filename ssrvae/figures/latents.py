"""Figures 5 and 6: what models of particles draw over two style variables, and where they see the test images there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ssrvae.analysis.method_styles import CLASS_COLORS, CLASS_MARKERS, method_label
from ssrvae.figures.confusions import mean_confusion
from ssrvae.figures.drawing.annotation import add_note, mean_of_seeds, say_missing
from ssrvae.figures.drawing.heatmaps import draw_confusion
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import Sources
from ssrvae.figures.drawing.style import PAGE_WIDTH_IN
from ssrvae.figures.drawing.tiles import draw_tiles, tile_table
from ssrvae.figures.shown import MARGINAL
from ssrvae.study.jobs.latent_maps import LatentMap

_UNSUPERVISED = ("vae", "rvae")
_COLUMNS = ["panel", "method", "class", "z1", "z2"]
_FAR = 0.995


def draw_simulated_vaes(sources: Sources) -> Still:
    """Draw figure 5: VAE and rVAE of simulated particles."""
    return _draw_unsupervised(sources, sources.particle_dataset("simulated"))


def draw_gold_vaes(sources: Sources) -> Still:
    """Draw figure 5: VAE and rVAE of particles in a real micrograph."""
    return _draw_unsupervised(sources, sources.particle_dataset("gold"))


def draw_simulated_ssrvae(sources: Sources) -> Still:
    """Draw figure 6: ss-rVAE of simulated particles."""
    return _draw_classes(sources, sources.particle_dataset("simulated"), "ssrvae")


def draw_gold_ssrvae(sources: Sources) -> Still:
    """Draw figure 6: ss-rVAE of particles in a real micrograph."""
    return _draw_classes(sources, sources.particle_dataset("gold"), "ssrvae")


def draw_simulated_marginal(sources: Sources) -> Still:
    """Draw figure 6 of the marginal-pose model: simulated particles."""
    return _draw_classes(sources, sources.particle_dataset("simulated"), MARGINAL)


def draw_gold_marginal(sources: Sources) -> Still:
    """Draw figure 6 of the marginal-pose model: particles in a real micrograph."""
    return _draw_classes(sources, sources.particle_dataset("gold"), MARGINAL)


def _draw_unsupervised(sources: Sources, dataset: str) -> Still:
    """Draw a column a model: what it draws, above where it sees the test images."""
    if not any(sources.runs(dataset, method).finished for method in _UNSUPERVISED):
        return _nothing(sources, dataset, _UNSUPERVISED)
    figure = new_figure(PAGE_WIDTH_IN, 6.6)
    panels, parts, seeds = figure.subplots(2, len(_UNSUPERVISED)), [], []
    for (manifold, scatter), method in zip(panels.T, _UNSUPERVISED, strict=True):
        found = sources.latent_map(dataset, method)
        if found is None:
            _say_missing([manifold, scatter], sources.runs(dataset, method).trouble())
            continue
        seed, latents = found
        _draw_manifold(manifold, latents, 0, sources.model_name(dataset, method))
        _draw_scatter(scatter, latents)
        parts += [_tile_rows(latents, [""]).assign(method=method), _scatter_rows(latents).assign(method=method)]
        seeds.append(seed)
    _add_legend(figure, dataset)
    trouble = [sources.runs(dataset, method).failures() for method in _UNSUPERVISED]
    add_note(figure, [_trained_on(dataset, seeds), "Classes are plotted, not learnt", _DASHED, *trouble])
    return Still(figure, pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_COLUMNS))


def _draw_classes(sources: Sources, dataset: str, method: str) -> Still:
    """Draw what a model draws of each class, above where it sees the test images and the confusion of its classes."""
    found, runs = sources.latent_map(dataset, method), sources.runs(dataset, method)
    if not runs.finished:
        return _nothing(sources, dataset, (method,))
    names = sources.class_names(dataset) if found is None else [str(name) for name in found[1].class_names]
    figure, manifolds, scatter, matrix = _panels(max(2, len(names)))
    parts, seeds = [], []
    if found is None:
        _say_missing([*manifolds, scatter], runs.trouble())
    else:
        seed, latents = found
        for k, (axes, name) in enumerate(zip(manifolds, names, strict=False)):
            _draw_manifold(axes, latents, k, name)
        _draw_scatter(scatter, latents)
        parts += [_tile_rows(latents, names), _scatter_rows(latents)]
        seeds.append(seed)
    _add_legend(figure, f"{sources.model_name(dataset, method)}, {dataset}")
    parts.append(_draw_matrix(matrix, sources, dataset, method))
    averaged = f"Confusion: {mean_of_seeds(len(runs.finished))}" if runs.finished else ""
    add_note(figure, [_trained_on(dataset, seeds), _DASHED, averaged, runs.failures()])
    return Still(figure, pd.concat(parts, ignore_index=True).assign(method=method))


def _nothing(sources: Sources, dataset: str, methods: Sequence[str]) -> Still:
    figure = new_figure(PAGE_WIDTH_IN, 2.5)
    for axes, method in zip(figure.subplots(1, len(methods), squeeze=False)[0], methods, strict=True):
        say_missing(axes, sources.runs(dataset, method).trouble())
    figure.suptitle(dataset, fontsize=10)
    return Still(figure, pd.DataFrame(columns=_COLUMNS))


def _panels(n_classes: int) -> tuple[Figure, list[Axes], Axes, Axes]:
    """Give a figure with a row of panels for the classes, above two for the scatter and the confusion."""
    heights = [PAGE_WIDTH_IN / n_classes, 3.0]
    figure = new_figure(PAGE_WIDTH_IN, sum(heights) + 1.2)
    rows = figure.add_gridspec(2, 1, height_ratios=heights)
    above, below = rows[0].subgridspec(1, n_classes), rows[1].subgridspec(1, 2)
    manifolds = [figure.add_subplot(above[0, k]) for k in range(n_classes)]
    return figure, manifolds, figure.add_subplot(below[0, 0]), figure.add_subplot(below[0, 1])


_DASHED = "Dashed: the range of style that is drawn; other style variables are 0"


def _trained_on(dataset: str, seeds: list[int]) -> str:
    return f"Images and latents: {dataset}, seed {min(seeds)}" if seeds else f"Data {dataset}"


def _say_missing(panels: list[Axes], reason: str) -> None:
    for number, axes in enumerate(panels):
        say_missing(axes, (reason or "no map of a finished run") if number == 0 else "")


def _draw_manifold(axes: Axes, latents: LatentMap, k: int, title: str) -> None:
    """Draw the images of one class, the first style variable from left to right, the second upwards."""
    ticks = [f"{level:.2g}".replace("-", "−") if i % 3 == 0 else "" for i, level in enumerate(latents.levels)]
    draw_tiles(axes, latents.drawn[k, ::-1], ticks[::-1] if k == 0 else [""] * len(ticks), ticks)
    axes.set(title=title, xlabel="Style $z_1$", ylabel="Style $z_2$" if k == 0 else "")


def _draw_scatter(axes: Axes, latents: LatentMap) -> None:
    """Scatter the test images by their true class, and mark the square that is drawn."""
    for k, name in enumerate(latents.class_names):
        z = latents.style[latents.truth == k]
        color, marker = CLASS_COLORS[k % 8], CLASS_MARKERS[k % 8]
        axes.scatter(z[:, 0], z[:, 1], s=12, color=color, marker=marker, alpha=0.6, linewidth=0, label=str(name))
    low, high = latents.levels[[0, -1]]
    square = Rectangle((low, low), high - low, high - low, fill=False, linestyle="--", linewidth=0.8, color="0.5")
    axes.add_patch(square)
    limit = max(1.1 * high, float(np.quantile(np.abs(latents.style), _FAR)))
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), xlabel="Style $z_1$", ylabel="Style $z_2$")
    axes.set_box_aspect(1)


def _add_legend(figure: Figure, title: str) -> None:
    """Write the title of the figure, and the classes where they are drawn."""
    drawn = [found for axes in figure.axes if (found := axes.get_legend_handles_labels())[0]]
    if not drawn:
        figure.suptitle(title, fontsize=10)
        return
    handles, names = drawn[0]
    names = [f"True class: {names[0]}", *names[1:]]
    legend = figure.legend(
        handles, names, title=title, loc="outside upper center", ncols=len(names), markerscale=1.5, handletextpad=0.2
    )
    legend.get_title().set_fontsize(10)


def _draw_matrix(axes: Axes, sources: Sources, dataset: str, method: str) -> pd.DataFrame:
    confusion = sources.table("confusion")
    fractions = mean_confusion(confusion[(confusion["dataset"] == dataset) & (confusion["method"] == method)])
    if fractions.empty:
        say_missing(axes, sources.runs(dataset, method).trouble() or f"{method_label(method)}: no finished run")
    else:
        draw_confusion(axes, fractions, list(fractions["true"].unique()))
        axes.set_box_aspect(1)
    return fractions.rename(columns={"true": "class"}).assign(panel="confusion")


def _tile_rows(latents: LatentMap, names: list[str]) -> pd.DataFrame:
    levels: list[Any] = [names, latents.levels, latents.levels]
    described = pd.MultiIndex.from_product(levels, names=["class", "z2", "z1"]).to_frame()
    return tile_table(described, latents.drawn).assign(panel="drawn")


def _scatter_rows(latents: LatentMap) -> pd.DataFrame:
    names = np.append(latents.class_names, "")
    columns = {"class": names[latents.truth], "predicted": names[latents.predicted]}
    return pd.DataFrame(columns | {"z1": latents.style[:, 0], "z2": latents.style[:, 1]}).assign(panel="test images")
