"""What jobs cost: recorded by the jobs, collected into cost.csv, and used to foretell the time of a plan."""

import csv
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from ssrvae.base.files import write_json
from ssrvae.base.provenance import peak_memory_mb, process_seconds
from ssrvae.study.plan import Plan, Run

if TYPE_CHECKING:
    import pandas as pd

SHIPPED_COSTS = Path(__file__).parent / "shipped_costs.csv"
_TRUSTED_S = 30
_UNKNOWN_S = 4.0
"""Of a job of a kind that is not recorded: a figure, a table."""
COLUMNS = ("dataset", "method", "seed", "stage", "seconds", "peak_mb")

Job = tuple[str, str, str]
"""(stage, dataset or grid, method); the method is "" for a data set."""


def write_cost(path: Path) -> None:
    """Write what this process has cost so far: seconds, imports included, and peak memory in MB."""
    write_json({"seconds": process_seconds(), "peak_mb": peak_memory_mb()}, path)


def cost_rows(plan: Plan, results: Path, metrics: Mapping[Run, Mapping[str, Any]]) -> "pd.DataFrame":
    """Make cost.csv: a row for each data set, fit and stress grid (stage stress, the grid under `dataset`)."""
    import pandas as pd

    rows = []
    for dataset in plan.datasets:
        for seed in plan.seeds:
            cost = _read_cost(results / "costs" / "data" / dataset / f"seed{seed}.json")
            rows.append((dataset, "", seed, "data", cost["seconds"], cost["peak_mb"]))
    for run, found in metrics.items():
        rows.append((run.dataset, run.method, run.seed, "fit", found["job_seconds"], found["peak_mb"]))
    for job in plan.stress_jobs:
        cost = _read_cost(results / "costs" / "stress" / job.grid / job.method / f"seed{job.seed}.json")
        rows.append((job.grid, job.method, job.seed, "stress", cost["seconds"], cost["peak_mb"]))
    return pd.DataFrame(rows, columns=list(COLUMNS))


class RecordedCosts:
    """Mean seconds of jobs that were run before, read from cost tables; the last table that knows a job counts."""

    def __init__(self, tables: Iterable[Path]) -> None:
        self._seconds: dict[Job, float] = {}
        for table in tables:
            if table.exists():
                self._seconds |= _mean_seconds(table)

    def estimate(self, job: Job) -> float | None:
        """Foretell the seconds of a job: as recorded, else as the same method, else as the same stage; or None."""
        if job in self._seconds:
            return self._seconds[job]
        stage, _, method = job
        alike = [seconds for known, seconds in self._seconds.items() if (known[0], known[2]) == (stage, method)]
        alike = alike or [seconds for known, seconds in self._seconds.items() if known[0] == stage]
        return fmean(alike) if alike else None


class TimeLeft:
    """Foretells how long a run still takes, from recorded costs and how fast the jobs so far were against them.

    At first a core is thought to be as fast as the one of the records; what the run shows counts more the longer it
    lasts: speed = (w c + done) / (w + elapsed), in seconds of work a second, c cores, w = 30 s.
    """

    def __init__(self, recorded: RecordedCosts, clock: Callable[[], float] = time.monotonic) -> None:
        self._recorded, self._clock = recorded, clock
        self.start([], 1)

    def start(self, jobs: Iterable[Job], cores: int) -> None:
        """Begin a run of these jobs."""
        self._begun, self._cores = self._clock(), cores
        self._total, self._done = sum(map(self._cost, jobs)), 0.0

    def end(self, job: Job) -> None:
        """Note that a job has ended."""
        self._done += self._cost(job)

    def elapsed(self) -> float:
        """Give the seconds since the start."""
        return self._clock() - self._begun

    def seconds(self, running: Iterable[tuple[Job, float]]) -> float:
        """Foretell the seconds left; running jobs come with the elapsed seconds at which they began."""
        elapsed = self.elapsed()
        done = self._done + sum(min(elapsed - began, self._cost(job)) for job, began in running)
        speed = (_TRUSTED_S * self._cores + done) / (_TRUSTED_S + elapsed)
        return max(self._total - done, 0.0) / speed

    def _cost(self, job: Job) -> float:
        known = self._recorded.estimate(job)
        return _UNKNOWN_S if known is None else known


def recorded_costs(results: Path) -> RecordedCosts:
    """Read the costs that ship with the package, and those of an earlier run in the results folder, which go first."""
    return RecordedCosts([SHIPPED_COSTS, results / "tables" / "cost.csv"])


def summarise(plan: Plan, is_left: Callable[[str], bool]) -> str:
    """Word how many jobs a plan has, how many are left to do, and how long these should take on one core.

    `is_left` tells, by the path of its result, whether a job is left to do.
    """
    results = Path(plan.config["results"])
    recorded = recorded_costs(results)
    jobs = list(planned_jobs(plan))
    left = [job for job, product in jobs if is_left(str(results / product))]
    known = [seconds for job in left if (seconds := recorded.estimate(job)) is not None]
    counts = (
        f"{len(plan.datasets) * len(plan.seeds)} data sets, {len(plan.runs)} runs, {len(plan.stress_jobs)} stress grids"
    )
    length = f"about {worded_time(sum(known))} on one core" if known or not left else "of unknown length"
    unknown = f" (and {len(left) - len(known)} of unknown length)" if known and len(known) < len(left) else ""
    return f"study {plan.config['study']}: {counts}; {len(left)} of {len(jobs)} jobs left, {length}{unknown}"


def planned_jobs(plan: Plan) -> Iterator[tuple[Job, str]]:
    """List the jobs of a plan, each with the file that tells it is done, relative to the results folder."""
    for dataset in plan.datasets:
        for seed in plan.seeds:
            yield ("data", dataset, ""), f"data/{dataset}/seed{seed}.npz"
    for run in plan.runs:
        yield ("fit", run.dataset, run.method), f"runs/{run.dataset}/{run.method}/seed{run.seed}/metrics.json"
    for job in plan.stress_jobs:
        yield ("stress", job.grid, job.method), f"stress/{job.grid}/{job.method}/seed{job.seed}.csv"


def worded_time(seconds: float) -> str:
    """Word a time in seconds, minutes or hours."""
    return (
        f"{seconds:.0f} s"
        if seconds < 90
        else f"{seconds / 60:.0f} min"
        if seconds < 5400
        else f"{seconds / 3600:.1f} h"
    )


def _mean_seconds(table: Path) -> dict[Job, float]:
    seconds = defaultdict(list)
    with table.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            seconds[row["stage"], row["dataset"], row["method"]].append(float(row["seconds"]))
    return {job: fmean(values) for job, values in seconds.items()}


def _read_cost(path: Path) -> dict[str, float]:
    return json.loads(path.read_text(encoding="utf-8"))
