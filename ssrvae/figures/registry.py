"""Every figure and video, found where it is written: in the modules of this folder, each of which lists its FIGURES.

A new figure is one new file here. It is drawn by `ssrvae figure NAME`, and by the workflow for every study that has
what it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from datagen.discovery import module_names
from datagen.errors import InputError
from ssrvae.analysis.agreement import DATASET
from ssrvae.analysis.shown import MARGINAL, pose_dataset, poses_read_by, runs_all
from ssrvae.base.files import write_text
from ssrvae.base.suggestions import suggest
from ssrvae.figures.drawing.output import Film, Still, write
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.drawing.style import paper_style
from ssrvae.study.result_files import ResultFiles

if TYPE_CHECKING:
    from ssrvae.study.plan import Plan

_VIDEO = ("gif", "csv")
_STILL = ("png", "svg", "csv")
_CAPTION_WIDTH = 120


@dataclass(frozen=True)
class Figure:
    """One figure, or one video: how it is drawn, from which files, when, and what it shows.

    `draw` may read the files that `inputs` lists, and no others; `is_planned` tells whether a plan has what it shows.
    The caption is reStructuredText. `ssrvae.analysis.shown` has what figures ask of a plan.
    """

    name: str
    draw: Callable[[StudyResults], Still] | Callable[[StudyResults], Film]
    is_planned: Callable[[Plan], bool]
    inputs: Callable[[ResultFiles], Iterable[Path]]
    caption: str
    is_video: bool = False

    @property
    def extensions(self) -> tuple[str, ...]:
        """The files that are written, beside the caption's .rst."""
        return _VIDEO if self.is_video else _STILL

    @property
    def module(self) -> str:
        """The module that draws it."""
        return self.draw.__module__


def figure_of_images(name: str, draw: Callable[[StudyResults], Still], caption: str) -> Figure:
    """Register a figure of the images of the paper's data set, those of the first seed."""
    return Figure(
        name=name,
        draw=draw,
        is_planned=lambda plan: runs_all(plan, DATASET),
        inputs=lambda files: [files.first_data(DATASET)],
        caption=caption,
    )


def figure_of_poses(name: str, draw: Callable[[StudyResults], Still], methods: Iterable[str], caption: str) -> Figure:
    """Register a figure of the poses that methods read, for a study that runs the marginal-pose model."""
    return Figure(
        name=name,
        draw=draw,
        is_planned=lambda plan: runs_all(plan, pose_dataset(plan), [MARGINAL]),
        inputs=poses_read_by(*methods),
        caption=caption,
    )


@cache
def figures() -> dict[str, Figure]:
    """Import the modules of this folder and return their figures by name, in the order of their names.

    Raises ValueError where two have one name.
    """
    modules = module_names("ssrvae.figures", __file__)
    found = [figure for name in modules if name != __name__ for figure in import_module(name).FIGURES]
    by_name = {figure.name: figure for figure in sorted(found, key=lambda figure: figure.name)}
    if len(by_name) < len(found):
        raise ValueError(f"two figures have one name, among {sorted(figure.name for figure in found)}")
    return by_name


def planned_figures(plan: Plan) -> list[Figure]:
    """List the figures that a plan's runs and grids can fill."""
    return [figure for figure in figures().values() if figure.is_planned(plan)]


def find(name: str) -> Figure:
    """Return the figure of a name; raises InputError for an unknown one."""
    if name not in figures():
        raise InputError(f"there is no figure {name!r}; {suggest(name, figures())}")
    return figures()[name]


def draw(figure: Figure, study: StudyResults, out_stem: Path) -> None:
    """Draw a figure to <out_stem>.png, .svg and .csv, or a video to .gif and .csv, and write its caption to .rst.

    Failed runs leave a panel that says so. Raises InputError for a missing file, or one that cannot be written.
    """
    with paper_style():
        write(figure.draw(study), out_stem)
    write_text(
        fill(" ".join(figure.caption.split()), _CAPTION_WIDTH) + "\n", out_stem.with_name(f"{out_stem.name}.rst")
    )
