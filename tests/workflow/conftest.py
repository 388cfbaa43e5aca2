"""A copy of the project to run workflows in, and one small study run there once for all tests."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv*", ".snakemake", "__pycache__", ".*_cache", "tests", "logs", "*.egg-info", "build", "benchmarks"
)

# A method that fails at one point of the sweep, from the user's own module.
FAILING_METHOD = """
from sklearn.tree import DecisionTreeClassifier


class FailsOnFewLabels(DecisionTreeClassifier):
    def fit(self, images, labels):
        if len(images) < 30:
            raise ArithmeticError("too few labels")
        return super().fit(images, labels)
"""

STUDY = """
study: tiny
data:
  kind: cards
  image_size: 16
  labelled: {per_class: 10, rotation_deg: 4, shear_deg: 15}
  unlabelled: {per_class: 16, rotation_deg: 60, shear_deg: 15, scale: [1.0, 1.3], shift: 0.1}
  test: {per_class: 10}
sweeps:
  rotation: {vary: {unlabelled.rotation_deg: [15, 60]}, methods: [decision_tree]}
  labels: {vary: {labelled.per_class: [5]}, methods: [failing, ssrvae]}
methods:
  decision_tree: {estimator: sklearn.tree.DecisionTreeClassifier, use: labelled}
  failing: {estimator: my_method.FailsOnFewLabels, use: labelled}
  ssrvae: {estimator: ssrvae.SSVAEClassifier, params: {hidden: [8], epochs: 1}}
stress:
  noise: {dataset: rotation_60, methods: [decision_tree], axes: {noise_sigma: [0.1, 1.0]}, per_class: 10}
"""


@dataclass(frozen=True)
class Workflow:
    """A copy of the project in a folder of its own."""

    folder: Path

    def snakemake(self, *arguments: str, check: bool = True) -> str:
        """Run snakemake and return what it printed; `check` fails on another exit code than 0."""
        done = subprocess.run(
            self.command(*arguments), cwd=self.folder, env=self.environment(), capture_output=True, text=True
        )
        printed = done.stdout + done.stderr
        assert not check or done.returncode == 0, printed
        return printed

    def rerun_rules(self, *arguments: str) -> set[str]:
        """Return the names of the rules that a run would execute, other than collecting targets."""
        printed = self.snakemake("--dry-run", "--configfile", "study.yaml", *arguments)
        rules = {
            line.split()[-1].rstrip(":") for line in printed.splitlines() if line.startswith(("rule ", "localrule "))
        }
        return rules - {"all", "tables", "figures"}

    def ssrvae(self, *arguments: str) -> str:
        """Run a subcommand of the copy and return what it printed, an error message included."""
        return self.python("import sys; from ssrvae.cli import main; sys.exit(main(sys.argv[1:]))", *arguments)

    def python(self, code: str, *arguments: str) -> str:
        """Run Python code on the copy's packages and return what it printed."""
        command = [sys.executable, "-c", code, *arguments]
        done = subprocess.run(command, cwd=self.folder, env=self.environment(), capture_output=True, text=True)
        return done.stdout + done.stderr

    def command(self, *arguments: str) -> list[str]:
        """Word the command line of a run."""
        return [sys.executable, "-m", "snakemake", *arguments]

    def environment(self) -> dict[str, str]:
        """Let `python` in a rule be this interpreter, and the packages those of the copy."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "PYTHONPATH": str(self.folder)}

    def write(self, name: str, text: str) -> None:
        """Write a file of the copy."""
        (self.folder / name).write_text(text)

    def edit(self, name: str) -> None:
        """Append a comment to a file of the copy, as an editor does."""
        file = self.folder / name
        mark = {".py": "\n# edited\n", ".smk": "\n# edited\n"}.get(file.suffix, "\nEdited.\n")
        file.write_text((file.read_text() if file.exists() else "") + mark)


def copied_project(folder: Path) -> Workflow:
    """Copy the project as a clone has it, without results but for the reference, and add the small study."""
    shutil.copytree(ROOT, folder, ignore=NOT_COPIED, dirs_exist_ok=True)
    for entry in (folder / "results").iterdir():
        if entry.name != "reference":
            shutil.rmtree(entry)
    workflow = Workflow(folder)
    workflow.write("my_method.py", FAILING_METHOD)
    workflow.write("study.yaml", STUDY)
    return workflow


@pytest.fixture
def project(tmp_path) -> Workflow:
    """A copy of the project in which nothing was run."""
    return copied_project(tmp_path)


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Workflow:
    """The small study, run on two cores to its end."""
    workflow = copied_project(tmp_path_factory.mktemp("finished"))
    workflow.write("printed.txt", workflow.snakemake("--cores", "2", "--configfile", "study.yaml"))
    return workflow


@pytest.fixture(scope="session")
def resumed(finished) -> tuple[Workflow, dict[Path, float]]:
    """The small study's tables on one core into another folder, killed as its second fit ends and started again.

    The folder's name has a space. Returns the workflow and the modification times of the files that were finished when
    it was killed; the very last file is left out, since Snakemake may not have noted it.
    """
    arguments = ["--cores", "1", "--configfile", "study.yaml", "--config", "results=resumed here", "--", "tables"]
    with subprocess.Popen(
        finished.command(*arguments),
        cwd=finished.folder,
        env=finished.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:
        runs = finished.folder / "resumed here" / "runs"
        patience = time.monotonic() + 120
        while len(list(runs.glob("*/*/*/metrics.json"))) < 2 and time.monotonic() < patience:
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGKILL)
    ended = sorted(runs.glob("*/*/*/metrics.json"), key=lambda path: path.stat().st_mtime)
    kept = {path: path.stat().st_mtime for path in ended[:-1]}
    finished.snakemake(*arguments)
    return finished, kept
