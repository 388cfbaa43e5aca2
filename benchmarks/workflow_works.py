"""What Snakemake itself takes: a whole study, its jobs one after the other, less what the jobs take."""

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.apart import ROOT, Measured

TIMED_PYTHON = """#!/bin/sh
started=$(date +%s%N)
"{python}" "$@"
status=$?
echo $(($(date +%s%N) - started)) >> "{log}"
exit $status
"""


def own_seconds(config: str) -> Measured:
    """Run a study with a Python that keeps its seconds, then once more with nothing left to do.

    facts: jobs, and the seconds of the second call, nothing_s.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        log, timed = folder / "nanoseconds", folder / "bin" / "python"
        timed.parent.mkdir()
        timed.write_text(TIMED_PYTHON.format(python=sys.executable, log=log), encoding="utf-8")
        timed.chmod(0o755)
        whole_s = _snakemake_seconds(config, folder)
        jobs_s = [int(line) / 1e9 for line in log.read_text(encoding="ascii").split()]
        nothing_s = _snakemake_seconds(config, folder)
        return Measured((whole_s - sum(jobs_s),), 0.0, {"jobs": len(jobs_s), "nothing_s": nothing_s})


def _snakemake_seconds(config: str, folder: Path) -> float:
    arguments = ["--cores", "1", "--configfile", config, "--config", f"results={folder / 'results'}"]
    path = os.pathsep.join([str(folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments],
        cwd=ROOT,
        env=os.environ | {"PATH": path},
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - started
