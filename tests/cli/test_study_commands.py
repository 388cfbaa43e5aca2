"""The command line: speed of help, messages, exit codes."""

import contextlib
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from ssrvae.cli import COMMANDS, main

ROOT = Path(__file__).parents[2]
HEAVY = ("numpy", "torch", "sklearn", "matplotlib", "pandas", "pyro", "scipy")


def run(*arguments):
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("code", ["import ssrvae", "import ssrvae.cli; ssrvae.cli._parser()", "import datagen"])
def test_neither_import_nor_help_loads_a_heavy_package(code):
    loaded = run("-c", f"{code}\nimport sys\nprint(*sys.modules)").split()
    assert len(loaded) > 10
    assert [name for name in HEAVY if name in loaded] == []


def test_help_names_every_subcommand():
    printed = run("-m", "ssrvae", "--help")
    assert [name for name in COMMANDS if f"\n    {name}" not in printed] == []


def test_the_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ssrvae {version('ssrvae')}\n"


def test_a_data_set_is_told_with_its_path(tmp_path, capsys):
    parts = {name: {"per_class": 2} for name in ("labelled", "unlabelled", "test")}
    recipe = {"root_seed": 0, "data": {"kind": "cards", "image_size": 12, **parts}}
    file = str(tmp_path / "data.npz")
    assert main(["data", "--recipe", json.dumps(recipe), "--seed", "0", "--out", file]) == 0
    assert capsys.readouterr().out == f"{file}\n"


def test_an_archive_is_made_of_a_folder_or_one_line_tells_what_is_missing_there(tmp_path, capsys):
    from datagen.kinds.nanoshapes import NANOSHAPES

    command = ["fetch", NANOSHAPES.filename, "--from", str(tmp_path), "--into", str(tmp_path / "external")]
    assert main(command) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert f"could not be made (there is no {tmp_path / 'images'}" in told
    assert told.count("\n") == 1


def test_public_names_are_imported_on_first_use():
    import ssrvae

    assert {"SSVAEClassifier", "VAE", "load"} <= set(dir(ssrvae))
    assert ssrvae.SSVAEClassifier().get_params()["epochs"] > 0
    with pytest.raises(AttributeError, match="SSVAE"):
        ssrvae.SSVAE  # noqa: B018


def test_bad_input_is_one_line_and_exit_code_2(tmp_path, capsys):
    file = tmp_path / "study.yaml"
    file.write_text("study: a\ndata: {kind: cards}\nmethods: {}\nseedss: [0]\n")
    assert main(["validate", str(file)]) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert printed.startswith(f"error: {file}: ")


@pytest.mark.parametrize("name", ["config", "smoke", "full", "paper", "regression"])
def test_every_shipped_study_is_valid(name, capsys):
    assert main(["validate", str(ROOT / "config" / f"{name}.yaml")]) == 0
    assert "valid:" in capsys.readouterr().out


def test_an_unknown_font_is_found_before_anything_runs(study, tmp_path, capsys):
    study["data"]["templates"] = {"font": "Comic Serif"}
    file = tmp_path / "study.yaml"
    file.write_text(json.dumps(study))
    assert main(["validate", str(file)]) == 2
    printed = capsys.readouterr().err
    assert "Comic Serif" in printed
    assert printed.startswith(f"error: {file}: ")


def test_a_regression_is_exit_code_1(tmp_path, capsys):
    accuracy, reference = tmp_path / "accuracy.csv", tmp_path / "reference.csv"
    header = "dataset,method,seed,metric,value,n,status,commit,reason\n"
    rows = "rotation_60,tree,{seed},accuracy,{value},1000,ok,abc,\n"

    def write(*values):
        accuracy.write_text(header + "".join(rows.format(seed=seed, value=value) for seed, value in enumerate(values)))

    paths = [str(accuracy), "--reference", str(reference)]
    write(0.80, 0.82, 0.81)
    assert main(["regression", *paths]) == 2
    assert main(["bless", *paths]) == 0
    assert main(["regression", *paths]) == 0
    write(0.30, 0.32, 0.31)
    assert main(["regression", *paths]) == 1
    assert "moved    rotation_60 tree accuracy" in capsys.readouterr().out


def test_a_full_disk_is_one_line(tmp_path, capsys, monkeypatch):
    import errno

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "x.csv"))

    monkeypatch.setattr("ssrvae.analysis.regression.bless", full)
    assert main(["bless", "accuracy.csv"]) == 2
    assert "no room left on the disk for" in capsys.readouterr().err


def test_the_plan_lists_every_run(capsys):
    assert main(["plan", str(ROOT / "config" / "config.yaml")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "rotation_180 ssrvae seed0" in lines
    assert lines[-1].startswith("study paper: ")
    assert f", {sum(not line.startswith('stress') for line in lines[:-1])} runs, " in lines[-1]


SPY = """
import json
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_info


class Spy(DecisionTreeClassifier):
    def fit(self, images, labels):
        with open("pools.json", "w") as file:
            json.dump(threadpool_info(), file)
        return super().fit(images, labels)
"""


@pytest.fixture(scope="module")
def spied(tmp_path_factory):
    """Give a function that fits in a job and returns the threads that the job's libraries had, and those it noted."""
    folder = tmp_path_factory.mktemp("spied")
    (folder / "spy.py").write_text(SPY)
    parts = {name: {"per_class": 2} for name in ("labelled", "unlabelled", "test")}
    recipe = {"root_seed": 0, "data": {"kind": "cards", "image_size": 12, **parts}}
    with contextlib.chdir(folder):
        assert main(["data", "--recipe", json.dumps(recipe), "--seed", "0", "--out", "data.npz"]) == 0
    recipe |= {"method": {"estimator": "spy.Spy", "use": "labelled"}}
    command = [sys.executable, "-m", "ssrvae", "run", "data.npz", "--dataset", "a", "--method", "b", "--seed", "0"]
    paths = {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    unset = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}

    def fit(*threads, **given):
        options = ["--recipe", json.dumps(recipe), "--out", "run", *threads]
        subprocess.run([*command, *options], cwd=folder, env=unset | paths | given, check=True)
        pools = json.loads((folder / "pools.json").read_text())
        noted = json.loads((folder / "run" / "metrics.json").read_text())["threads"]
        return {pool["num_threads"] for pool in pools}, noted

    return fit


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core has one thread")
def test_a_job_has_the_threads_that_it_was_given_else_those_the_user_set_else_a_core_each(spied):
    assert spied("--threads", "1") == ({1}, 1)
    assert spied(OMP_NUM_THREADS="1") == ({1}, 1)
    assert spied("--threads", "2", OMP_NUM_THREADS="1") == ({2}, 2)
    (threads, noted) = spied()
    assert max(threads) == noted > 1


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5"])
def test_a_number_of_threads_that_is_none_is_refused(text, capsys):
    assert main(["plan", "config/smoke.yaml", f"--threads={text}"]) == 2
    assert f"'{text}' is not allowed; expected a whole number >= 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("recipe", "told"),
    [("{", "is no JSON"), ("[]", "has no root_seed, data; needed are root_seed, data"), ('{"data": {}}', "root_seed")],
)
def test_a_recipe_by_hand_is_told_what_it_lacks(recipe, told, tmp_path, capsys):
    assert main(["data", "--recipe", recipe, "--seed", "0", "--out", str(tmp_path / "a.npz")]) == 2
    assert told in capsys.readouterr().err
