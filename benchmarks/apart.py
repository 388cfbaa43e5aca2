"""Measure a work in a process of its own: its seconds, and the memory and the threads that it alone takes.

A work is a function that prepares what it needs and then calls `measure`. `run_apart` names it ("module:function"),
starts a fresh Python for it, and reads back what it measured. Linux only: memory is read from /proc.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
WARM_UP_S = 1.0
PEER = ROOT / "benchmarks" / "peer"
STATUS, CLEAR_PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class WorkError(RuntimeError):
    """A work that failed; its text is the last line of what the work wrote as an error."""


class Measured(NamedTuple):
    """What a work measured.

    seconds: one a repetition; peak_mb: the largest resident memory during the work less what was resident before it,
    in MB (2^20 bytes); facts: whatever else it found, by name (accuracy, gflop, ...).
    """

    seconds: tuple[float, ...]
    peak_mb: float
    facts: dict[str, float]

    @property
    def typical_s(self) -> float:
        """The median of the repetitions."""
        return median(self.seconds)

    def each(self, parts: int) -> "Measured":
        """Give the seconds of one of so many equal parts of the work."""
        return self._replace(seconds=tuple(seconds / parts for seconds in self.seconds))


def measure(run: Callable[[], object], repeats: int, warm_up: bool = True) -> Measured:
    """Time `run` so many times, after a warm-up: once, or again and again for a second.

    The memory counts from before the warm-up, which may keep some.
    """
    before_mb, started = start_peak(), time.perf_counter()
    while warm_up:
        run()
        warm_up = time.perf_counter() - started < WARM_UP_S
    seconds = tuple(_seconds(run) for _ in range(repeats))
    return Measured(seconds, peak_since(before_mb), {})


def start_peak() -> float:
    """Forget the largest resident memory so far; returns the present one in MB."""
    CLEAR_PEAK.write_text("5", encoding="ascii")
    return _resident_mb("VmRSS")


def peak_since(before_mb: float) -> float:
    """Give by how many MB the resident memory has at most exceeded `before_mb` since `start_peak`."""
    return max(0.0, _resident_mb("VmHWM") - before_mb)


def run_apart(work: str, threads: int, arguments: Sequence[Any] = ()) -> Measured:
    """Run a work, "module:function", with arguments that JSON can write; raises WorkError when it fails."""
    command = [sys.executable, "-m", "benchmarks.apart", work, str(threads), json.dumps(list(arguments))]
    done = subprocess.run(command, cwd=ROOT, env=_environment(threads), capture_output=True, text=True)
    if done.returncode:
        raise WorkError((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
    found = json.loads(done.stdout.splitlines()[-1])
    return Measured(tuple(found["seconds"]), found["peak_mb"], found["facts"])


def main() -> None:
    """Run the work that the command line names, and print what it measured as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", help="module:function")
    parser.add_argument("threads", type=int)
    parser.add_argument("arguments", type=json.loads, help="a JSON list")
    asked = parser.parse_args()
    import torch

    torch.set_num_threads(asked.threads)
    module, function = asked.work.split(":")
    measured = getattr(import_module(module), function)(*asked.arguments)
    print(json.dumps(measured._asdict()))


def _environment(threads: int) -> dict[str, str]:
    path = os.pathsep.join([str(ROOT), str(PEER), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return os.environ | {"OMP_NUM_THREADS": str(threads), "PYTHONPATH": path}


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _resident_mb(name: str) -> float:
    line = next(line for line in STATUS.read_text(encoding="ascii").splitlines() if line.startswith(name + ":"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
