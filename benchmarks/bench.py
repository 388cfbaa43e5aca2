"""Compare the cost of this project with the public peer's, pyroVED 0.3.0 and kornia, one work after the other.

    make bench                                    # in its own environment, with the peers
    python -m benchmarks.bench [--figures-seconds 960] [--threads 2] [--only "step: ss-VAE" ...] [--tiny]

Writes results/tables/bench.csv, results/tables/bench_operations.csv and results/figures/bench.{png,svg,csv}.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from benchmarks.apart import ROOT, Measured, WorkError, run_apart
from benchmarks.drawing import draw_bench
from benchmarks.limits import machine_rates, operations_table
from benchmarks.lines import FIGURES, OURS, TINY, Effort, lines
from benchmarks.table import COLUMNS, Job, Line, given_row, row
from ssrvae.base.files import write_csv
from ssrvae.figures.drawing.output import write
from ssrvae.figures.drawing.style import paper_style


def main() -> None:
    """Measure every job once, and write tables and figure."""
    asked = _arguments()
    effort = TINY if asked.tiny else Effort()
    chosen = _chosen(lines(effort, asked.threads), asked.only)
    machine = Job(f"{OURS}:machine", asked.threads, (effort.repeats,))
    found = measure_all([machine, *(job for line in chosen for job in (line.ours, *line.peer))])
    rows = [row(line, found) for line in chosen]
    if not asked.only or FIGURES in asked.only:
        note = "" if asked.figures_seconds else "not timed; give --figures-seconds"
        rows.append(given_row(FIGURES, asked.figures_seconds, 2, note))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    write_csv(table, asked.results / "tables" / "bench.csv")
    operations = operations_table(chosen, found, machine_rates(found[machine]), asked.threads)
    write_csv(operations, asked.results / "tables" / "bench_operations.csv")
    with paper_style():
        write(draw_bench(table), asked.results / "figures" / "bench")
    print(table.drop(columns="note").to_string(index=False, float_format=lambda value: f"{value:.4g}"))


def measure_all(jobs: Iterable[Job]) -> dict[Job, Measured | str]:
    """Measure each job once, in the order given; a failed one gives its error's text."""
    found: dict[Job, Measured | str] = {}
    for job in dict.fromkeys(jobs):
        print(f"{job.work} {job.arguments} on {job.threads} threads", end=": ", file=sys.stderr, flush=True)
        try:
            measured = run_apart(job.work, job.threads, job.arguments)
            found[job] = measured
            print(f"{measured.typical_s:.4g} s, {measured.peak_mb:.0f} MB", file=sys.stderr)
        except WorkError as error:
            found[job] = str(error)
            print(f"failed: {error}", file=sys.stderr)
    return found


def _chosen(every: Sequence[Line], only: Sequence[str]) -> list[Line]:
    return [line for line in every if not only or line.title in only]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    titles = [*(line.title for line in (*lines(Effort(), 1), *lines(TINY, 1))), FIGURES]
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--figures-seconds", type=float, help="what `make figures` took, for its row")
    parser.add_argument("--results", type=Path, default=ROOT / "results")
    parser.add_argument("--only", nargs="+", default=[], choices=titles, metavar="LINE", help="lines of the table")
    parser.add_argument("--tiny", action="store_true", help="try the code in little time; the numbers mean nothing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
