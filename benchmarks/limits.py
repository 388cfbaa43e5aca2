"""The table of operations: what each work does, how fast, and what limits it on this machine."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from benchmarks.apart import Measured
from benchmarks.operations import Operations, Rates, least_seconds, limited_by
from benchmarks.table import Job, Line

COLUMNS = (
    "work", "side", "threads", "seconds", "gflop", "gtanh", "gbyte", "gflop_per_s", "machine_gflop_per_s",
    "machine_gtanh_per_s", "machine_gbyte_per_s", "least_s", "limited_by",
)  # fmt: skip
LOW_PRECISION = "bfloat16"
"""Works of this in their name are compared with the machine's matrix products of that precision."""


def machine_rates(measured: Measured | str) -> dict[str, float]:
    """What `works.machine` found; without its numbers there is no table, so a failure is raised again."""
    if isinstance(measured, str):
        raise RuntimeError(f"the machine's rates could not be measured: {measured}")
    return measured.facts


def operations_table(
    lines: Sequence[Line], found: Mapping[Job, Measured | str], rates: Mapping[str, float], threads: int
) -> pd.DataFrame:
    """One row for each side of each line whose job was counted; a job that several lines share is listed once.

    Rates are those of so many threads, so jobs of another number are left out.
    """
    rows, listed = [], set()
    for line, side, job in _sides(lines):
        measured = found[job]
        if isinstance(measured, str) or "gflop" not in measured.facts:
            continue
        if job.threads != threads or job in listed:
            continue
        listed.add(job)
        rows.append({"work": line.title, "side": side, "threads": job.threads, **_row(job, measured, rates)})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _sides(lines: Sequence[Line]) -> Iterator[tuple[Line, str, Job]]:
    for line in lines:
        yield line, "ours", line.ours
        for job in line.peer:
            yield line, "peer", job


def _row(job: Job, measured: Measured, rates: Mapping[str, float]) -> dict[str, Any]:
    done = Operations(*(measured.facts[name] for name in Operations._fields))
    products = "bfloat16_gflop" if LOW_PRECISION in job.work else "gflop"
    machine = Rates(rates[products], rates["gtanh"], rates["gbyte"])
    seconds = measured.typical_s
    return {
        "seconds": seconds,
        **done._asdict(),
        "gflop_per_s": done.gflop / seconds,
        "machine_gflop_per_s": machine.gflop,
        "machine_gtanh_per_s": machine.gtanh,
        "machine_gbyte_per_s": machine.gbyte,
        "least_s": least_seconds(done, machine),
        "limited_by": limited_by(done, machine, seconds),
    }
