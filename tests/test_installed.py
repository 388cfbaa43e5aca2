"""The package as `pip install .` leaves it, used from a folder inside another project's repository."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).parent.parent
SETTINGS = {
    "cutting": {"side_px": 36, "out_side_px": 24},
    "parameters": {"steps": 10},
}


class Elsewhere(NamedTuple):
    """A folder in a foreign repository, and the packages that were installed."""

    folder: Path
    site: Path

    def python(self, *arguments: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(self.site)}
        done = subprocess.run(
            [sys.executable, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ssrvae(self, *arguments: str) -> str:
        return self.python("-m", "ssrvae", *arguments)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory) -> Elsewhere:
    place = tmp_path_factory.mktemp("place")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, place)
    for name in ("ssrvae", "datagen"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    foreign = tmp_path_factory.mktemp("foreign")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for arguments in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "of another project"]):
        subprocess.run([*git, *arguments], cwd=foreign, check=True)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(foreign / "site"), str(place)], check=True)
    return Elsewhere(foreign, foreign / "site")


def test_it_is_the_installed_package_that_runs_and_no_foreign_commit_is_noted(elsewhere):
    code = "import ssrvae; from ssrvae.base.provenance import git_commit; print(ssrvae.__file__, git_commit())"
    file, commit = elsewhere.python("-c", code).split()
    assert Path(file).is_relative_to(elsewhere.site)
    assert commit == "0.1.0"


def test_a_copy_that_was_not_installed_has_no_known_commit(elsewhere):
    copied = elsewhere.folder / "vendored"
    shutil.copytree(elsewhere.site / "ssrvae", copied / "ssrvae", dirs_exist_ok=True)
    shutil.copytree(elsewhere.site / "datagen", copied / "datagen", dirs_exist_ok=True)
    code = "from ssrvae.base.provenance import git_commit; print(git_commit())"
    assert elsewhere._replace(site=copied).python("-c", code).strip() == "unknown"


def test_every_subcommand_has_help(elsewhere):
    names = elsewhere.python("-c", "from ssrvae.cli import COMMANDS; print(*COMMANDS)").split()
    assert {"fit", "classify", "library", "figure", "fetch", "validate"} <= set(names)
    calls = "\n".join(f"assert main([{name!r}, '--help']) == 0" for name in names)
    assert elsewhere.python("-c", f"from ssrvae.cli import main\n{calls}").count("usage: ssrvae") == len(names)


def test_a_study_is_checked_and_its_time_foretold_by_the_shipped_costs(elsewhere):
    config = str(ROOT / "config" / "smoke.yaml")
    assert elsewhere.ssrvae("validate", config).startswith("valid: ")
    assert " on one core" in elsewhere.ssrvae("plan", config)


def test_the_papers_numbers_are_there(elsewhere):
    code = "from ssrvae.analysis.agreement import REFERENCE, paper_panel; print(len(paper_panel('fig4e', REFERENCE)))"
    assert int(elsewhere.python("-c", code)) > 1


def test_the_schema_of_configurations_is_printed(elsewhere):
    assert "$schema" in json.loads(elsewhere.ssrvae("schema"))


def test_objects_are_learnt_classified_and_shown(elsewhere):
    elsewhere.ssrvae("example", "simulated", "--out", ".")
    truth = pd.read_csv(elsewhere.folder / "simulated.csv").assign(image="simulated.tif")
    labels = truth.rename(columns={"particles": "label"})[["image", "row", "column", "label"]]
    labels.groupby("label").head(4).to_csv(elsewhere.folder / "labels.csv", index=False)
    (elsewhere.folder / "settings.yaml").write_text(yaml.safe_dump(SETTINGS))
    options = ["--labels", "labels.csv", "--settings", "settings.yaml", "--out", "model", "--threads", "1"]
    assert "fitted to" in elsewhere.ssrvae("fit", "simulated.tif", *options)
    options = ["--out", "library", "--threads", "1"]
    assert "1 sources classified" in elsewhere.ssrvae("classify", "model", "simulated.tif", *options)
    assert "contact sheets" in elsewhere.ssrvae("library", "library")
