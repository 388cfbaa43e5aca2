"""What a figure function returns, and how it reaches the disk: whole files, same bytes for the same data.

Matplotlib is imported where something is drawn: the workflow reads what figures need, and draws none.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from datagen.errors import InputError
from ssrvae.base.files import write_csv, write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

FRAME_DPI = 100


@dataclass(frozen=True)
class Still:
    """A figure and the data drawn in it."""

    figure: Figure
    data: pd.DataFrame


@dataclass(frozen=True)
class Film:
    """The frames of a video, each shown `frame_s` seconds and the last `last_frame_s`, and the data drawn."""

    frames: list[Figure]
    data: pd.DataFrame
    frame_s: float = 0.5
    last_frame_s: float = 3.0


def new_figure(width_in: float, height_in: float) -> Figure:
    """Return an empty figure with constrained layout, on the Agg canvas, unknown to pyplot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def write(drawing: Still | Film, out_stem: Path) -> None:
    """Write <out_stem>.png, .svg, .csv of a Still or .gif, .csv of a Film, each renamed in place when whole.

    Raises InputError where the files cannot be written; no half-written file is left.
    """
    try:
        _write_files(drawing, out_stem)
    except OSError as error:
        raise InputError(f"cannot write figure {out_stem}: {error.strerror or error}") from error


def _write_files(drawing: Still | Film, out_stem: Path) -> None:
    def beside(extension: str) -> Path:
        return out_stem.parent / f"{out_stem.name}.{extension}"

    if isinstance(drawing, Film):
        write_whole(beside("gif"), lambda path: _save_gif(drawing, path))
    else:
        figure = drawing.figure
        write_whole(beside("png"), lambda path: figure.savefig(path, metadata={"Software": None}))
        write_whole(beside("svg"), lambda path: figure.savefig(path, metadata={"Date": None}))
    write_csv(drawing.data, beside("csv"))


def _save_gif(film: Film, path: Path) -> None:
    frames = [_frame_image(figure) for figure in film.frames]
    durations_ms = [int(film.frame_s * 1000)] * (len(frames) - 1) + [int(film.last_frame_s * 1000)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations_ms, loop=0)


def _frame_image(figure: Figure) -> Image:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    figure.set_dpi(FRAME_DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy()).quantize(method=Image.Quantize.FASTOCTREE)
