"""Maps of latents: images drawn over two style variables, and where the test images lie among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ssrvae.analysis.method_styles import CLASS_COLORS, CLASS_MARKERS, method_label
from ssrvae.figures.drawing.annotation import say_missing
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import AXIS_LABELS, PAGE_WIDTH_IN
from ssrvae.figures.drawing.tiles import draw_tiles, tile_table
from ssrvae.study.jobs.latent_maps import LatentMap
from ssrvae.study.result_files import ResultFiles

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ssrvae.study.plan import Plan

DASHED = "Dashed: the range of style that is drawn; other style variables are 0"
MAP_COLUMNS = ["panel", "method", "class", "z1", "z2"]
_FAR = 0.995


def latent_inputs(dataset: Callable[[Plan], str], methods: Sequence[str]) -> Callable[[ResultFiles], Iterator[Path]]:
    """Return the inputs of a figure of maps: those of the first seed, and the tables of confusions beside them."""

    def inputs(files: ResultFiles) -> Iterator[Path]:
        yield from (files.table("accuracy"), files.table("confusion"))
        yield from map(files.metrics, files.runs(dataset(files.plan), *methods))
        yield from map(files.latent_map, files.first_runs(dataset(files.plan), *methods))

    return inputs


def draw_nothing(study: StudyResults, dataset: str, methods: Sequence[str]) -> Still:
    """Draw a panel a method with the reason why its run is missing."""
    figure = new_figure(PAGE_WIDTH_IN, 2.5)
    for axes, method in zip(figure.subplots(1, len(methods), squeeze=False)[0], methods, strict=True):
        say_missing(axes, study.runs(dataset, method).trouble())
    figure.suptitle(dataset, fontsize=10)
    return Still(figure, pd.DataFrame(columns=MAP_COLUMNS))


def trained_on(dataset: str, seeds: list[int]) -> str:
    """Say which data set and seed a map is of."""
    return f"Images and latents: {dataset}, seed {min(seeds)}" if seeds else f"Data {dataset}"


def say_maps_missing(panels: list[Axes], reason: str) -> None:
    """Give the reason in the first of the panels, and leave the others empty."""
    for number, axes in enumerate(panels):
        say_missing(axes, (reason or "no map of a finished run") if number == 0 else "")


def draw_manifold(axes: Axes, latents: LatentMap, k: int, title: str) -> None:
    """Draw the images of one class, the first style variable from left to right, the second upwards."""
    ticks = [f"{level:.2g}".replace("-", "−") if i % 3 == 0 else "" for i, level in enumerate(latents.levels)]
    draw_tiles(axes, latents.drawn[k, ::-1], ticks[::-1] if k == 0 else [""] * len(ticks), ticks)
    axes.set(title=title, xlabel=AXIS_LABELS["style_1"], ylabel=AXIS_LABELS["style_2"] if k == 0 else "")


def draw_scatter(axes: Axes, latents: LatentMap) -> None:
    """Scatter the test images by their true class, and mark the square that is drawn."""
    for k, name in enumerate(latents.class_names):
        z = latents.style[latents.truth == k]
        color, marker = CLASS_COLORS[k % 8], CLASS_MARKERS[k % 8]
        axes.scatter(z[:, 0], z[:, 1], s=12, color=color, marker=marker, alpha=0.6, linewidth=0, label=str(name))
    from matplotlib.patches import Rectangle

    low, high = latents.levels[[0, -1]]
    square = Rectangle((low, low), high - low, high - low, fill=False, linestyle="--", linewidth=0.8, color="0.5")
    axes.add_patch(square)
    limit = _farthest(latents)
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), xlabel=AXIS_LABELS["style_1"], ylabel=AXIS_LABELS["style_2"])
    axes.set_box_aspect(1)


def images_outside(latents: LatentMap, method: str) -> str:
    """Say how many test images lie so far out that the scatter does not show them; empty where none does."""
    outside = int((np.abs(latents.style[:, :2]) > _farthest(latents)).any(axis=1).sum())
    where = "test images lie outside the frame"
    return f"{method_label(method)}: {outside} of {len(latents.style)} {where}" if outside else ""


def _farthest(latents: LatentMap) -> float:
    return max(1.1 * float(latents.levels[-1]), float(np.quantile(np.abs(latents.style), _FAR)))


def add_class_legend(figure: Figure, title: str) -> None:
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


def tile_rows(latents: LatentMap, names: list[str]) -> pd.DataFrame:
    """Return a row a drawn image; `names` are the classes drawn."""
    levels: list[Any] = [names, latents.levels, latents.levels]
    described = pd.MultiIndex.from_product(levels, names=["class", "z2", "z1"]).to_frame()
    return tile_table(described, latents.drawn).assign(panel="drawn")


def scatter_rows(latents: LatentMap) -> pd.DataFrame:
    """Return a row a test image."""
    names = np.append(latents.class_names, "")
    columns = {"class": names[latents.truth], "predicted": names[latents.predicted]}
    return pd.DataFrame(columns | {"z1": latents.style[:, 0], "z2": latents.style[:, 1]}).assign(panel="test images")
