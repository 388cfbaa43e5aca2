"""Measure how cost grows with images, pixels, classes, poses and stress cells, on one thread and on two.

    make growth
    python -m benchmarks.growth [--axes images pixels classes poses cells] [--threads 1 2] [--smallest 2]

Writes results/tables/growth.csv, growth_slopes.csv and results/figures/growth.{png,svg,csv}.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from benchmarks.apart import ROOT, WorkError, run_apart
from benchmarks.drawing import draw_growth
from benchmarks.slopes import slopes_table
from ssrvae.base.files import write_csv
from ssrvae.figures.drawing.output import write
from ssrvae.figures.drawing.style import paper_style

WORKS = "benchmarks.growth_works"
COLUMNS = ["axis", "size", "work", "threads", "seconds", "peak_mb"]
MANY, SOME, FEW = (1000, 3000, 10_000, 30_000, 100_000), (1000, 3000, 10_000, 30_000), (1000, 2000, 4000, 8000, 16_000)
SIDES_PX, CLASSES, SHIFTS, CELLS = (24, 32, 48, 64, 96), (2, 4, 8, 12, 20), (0.025, 0.05, 0.1, 0.2), (2, 4, 8, 16)

Series = tuple[str, str, str, Sequence[float]]
"""The axis, the field of `growth_works.Size` that changes, the work, and the field's values."""

SERIES: tuple[Series, ...] = (
    ("images", "images", "generate", MANY),
    ("images", "images", "fit_ssrvae", FEW),
    ("images", "images", "fit_marginal", FEW),
    ("images", "images", "classify_ssrvae", MANY),
    ("images", "images", "classify_marginal", SOME),
    *(("pixels", "side_px", work, SIDES_PX) for work in ("generate", "fit_ssrvae", "fit_marginal")),
    *(("pixels", "side_px", work, SIDES_PX) for work in ("classify_ssrvae", "classify_marginal")),
    *(("classes", "classes", work, CLASSES) for work in ("fit_ssrvae", "fit_marginal")),
    *(("classes", "classes", work, CLASSES) for work in ("classify_ssrvae", "classify_marginal")),
    *(("poses", "max_shift", work, SHIFTS) for work in ("fit_marginal", "classify_marginal")),
    ("cells", "cells", "stress", CELLS),
)
AXES = tuple(dict.fromkeys(axis for axis, *_ in SERIES))
NAMES = {
    "generate": "make images",
    "fit_ssrvae": "fit ss-rVAE",
    "fit_marginal": "fit marginal pose",
    "classify_ssrvae": "classify, ss-rVAE",
    "classify_marginal": "classify, marginal pose",
    "stress": "stress grid, ss-rVAE",
}


def main() -> None:
    """Measure every size of every series, and write tables and figure."""
    asked = _arguments()
    chosen = [series for series in SERIES if series[0] in asked.axes]
    table = pd.DataFrame(measure_series(chosen, asked.threads, asked.smallest), columns=COLUMNS)
    slopes = slopes_table(table.dropna())
    write_csv(table, asked.results / "tables" / "growth.csv")
    write_csv(slopes, asked.results / "tables" / "growth_slopes.csv")
    with paper_style():
        write(draw_growth(table.dropna(), slopes), asked.results / "figures" / "growth")
    print(slopes.to_string(index=False, float_format=lambda value: f"{value:.2f}"))


def measure_series(chosen: Sequence[Series], threads: Sequence[int], smallest: int | None) -> Iterator[tuple]:
    """Measure each size of each series apart; a failed one has no seconds. `smallest`: only so many sizes."""
    for axis, field, work, values in chosen:
        for n_threads in threads:
            for value in values[:smallest]:
                seconds = peak_mb = None
                try:
                    measured = run_apart(f"{WORKS}:{work}", n_threads, [{field: value}])
                    seconds, peak_mb = measured.typical_s, measured.peak_mb
                except WorkError as error:
                    print(f"{work} at {field} {value} failed: {error}", file=sys.stderr)
                yield axis, size_of(field, value), NAMES[work], n_threads, seconds, peak_mb
                print(f"{work}, {field} {value}, {n_threads} threads: {seconds} s, {peak_mb} MB", file=sys.stderr)


def size_of(field: str, value: float) -> float:
    """What a value of a field makes grow: pixels of an image, poses of the grid, cells of a grid; else itself."""
    if field == "max_shift":
        from benchmarks.data import SIZE
        from ssrvae.models.geometry import HALF_SIDES
        from ssrvae.models.marginal.pose_grid import pose_grid, resolution_for

        return pose_grid(resolution_for(SIZE), HALF_SIDES * value).n_poses
    return value**2 if field in ("side_px", "cells") else value


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--axes", nargs="+", choices=AXES, default=AXES)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--smallest", type=int, help="only so many sizes of each, the smallest: to try the code")
    parser.add_argument("--results", type=Path, default=ROOT / "results")
    return parser.parse_args()


if __name__ == "__main__":
    main()
