"""The benchmark's figures: seconds of ours and the peer's side by side, and how cost grows."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from ssrvae.analysis.method_styles import BLUE, CLASS_COLORS, CLASS_MARKERS, VERMILION
from ssrvae.figures.drawing.annotation import add_note
from ssrvae.figures.drawing.output import Still, new_figure
from ssrvae.figures.drawing.style import PAGE_WIDTH_IN

BAR = 0.38
GROWTH_COLUMNS = 3
THREAD_LINES = {1: "-", 2: "--"}
GROWTH_LABELS = {
    "images": "Images",
    "pixels": "Pixels of an image",
    "classes": "Classes",
    "poses": "Poses of the marginal-pose grid",
    "cells": "Cells of a stress grid",
}


def draw_bench(table: pd.DataFrame) -> Still:
    """Draw two bars a line of the table, on a logarithmic axis of seconds, the ratio beside the peer's."""
    figure = new_figure(PAGE_WIDTH_IN, 0.8 + 0.36 * len(table))
    axes = figure.add_subplot()
    data = table.assign(ours_s=table["ours_s"].astype(float), peer_s=table["peer_s"].astype(float))
    at = np.arange(len(data))
    axes.barh(at - BAR / 2, data["ours_s"], BAR, color=VERMILION, label="this project")
    axes.barh(at + BAR / 2, data["peer_s"], BAR, color=BLUE, label="peer (pyroVED 0.3.0; cards: kornia)")
    for place, (_, line) in enumerate(data.iterrows()):
        _write_ratio(axes, place, line)
    axes.set(xscale="log", xlabel="Seconds", yticks=at, yticklabels=data["work"])
    axes.set_ylim(len(data) - 0.5, -0.5)
    _leave_room_for_ratios(axes, data)
    axes.grid(axis="x", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper right", ncols=2)
    add_note(figure, ["≈: the peer's seconds are extrapolated from its measured steps or its one measured cell"])
    return Still(figure, table)


def draw_growth(table: pd.DataFrame, slopes: pd.DataFrame) -> Still:
    """Draw a log-log panel an axis: seconds against size, a line for each work and number of threads."""
    names = list(dict.fromkeys(table["axis"]))
    rows = math.ceil(len(names) / GROWTH_COLUMNS)
    figure = new_figure(PAGE_WIDTH_IN, 0.9 + 2.9 * rows)
    panels = figure.subplots(rows, GROWTH_COLUMNS, squeeze=False).ravel()
    works = list(dict.fromkeys(table["work"]))
    for axes, name in zip(panels, names, strict=False):
        axes.set(xscale="log", yscale="log", xlabel=GROWTH_LABELS[name], ylabel="Seconds")
        _draw_panel(axes, table[table["axis"] == name], slopes[slopes["axis"] == name], works)
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    slope_note = "Numbers: slope of log seconds over log size by least squares, and between the last two sizes"
    add_note(figure, [slope_note, "Solid: one thread; dashed: two threads"])
    return Still(figure, table)


def _write_ratio(axes: Axes, place: float, line: pd.Series) -> None:
    if pd.isna(line["ratio"]):
        return
    about = "≈ " if line["extrapolated"] else ""
    rounded = float(f"{line['ratio']:.2g}")
    axes.text(max(line["ours_s"], line["peer_s"]), place, f"  {about}{rounded:g} x", va="center", fontsize=7.5)


def _leave_room_for_ratios(axes: Axes, data: pd.DataFrame) -> None:
    low, high = (limit(data[["ours_s", "peer_s"]].to_numpy()) for limit in (np.nanmin, np.nanmax))
    if np.isfinite(low) and low > 0:
        axes.set_xlim(low / 3, high * 30)


def _draw_panel(axes: Axes, rows: pd.DataFrame, slopes: pd.DataFrame, works: list[str]) -> None:
    for work, threads, points in _lines(rows):
        color, marker = CLASS_COLORS[works.index(work)], CLASS_MARKERS[works.index(work)]
        found = slopes[(slopes["work"] == work) & (slopes["threads"] == threads)]
        label = f"{work}: {found['slope'].iloc[0]:.2f} ({found['last_slope'].iloc[0]:.2f})" if len(found) else work
        axes.plot(
            points["size"], points["seconds"], color=color, marker=marker, linestyle=THREAD_LINES.get(threads, ":"),
            label=label if threads == rows["threads"].min() else None,
        )  # fmt: skip
    axes.xaxis.set_minor_formatter(NullFormatter())
    sizes = sorted(rows[rows["work"] == rows["work"].iloc[0]]["size"].unique())
    axes.set_xticks(sizes, [_short(size) for size in sizes])
    axes.grid(color="0.9", linewidth=0.6)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=6)


def _short(size: float) -> str:
    """Write a size in three digits: 576, 2.3k, 100k."""
    return f"{size:.3g}" if size < 1000 else f"{size / 1000:.2g}k" if size < 100_000 else f"{size / 1000:.0f}k"


def _lines(rows: pd.DataFrame) -> Iterator[tuple[str, int, pd.DataFrame]]:
    for (work, threads), points in rows.groupby(["work", "threads"], sort=False):
        yield str(work), int(str(threads)), points.sort_values("size")
