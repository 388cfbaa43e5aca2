"""The command line: speed of help, messages, exit codes."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from ssrvae.cli import main

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "sklearn", "matplotlib", "pandas", "pyro", "scipy")


def run(*arguments):
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("code", ["import ssrvae", "import ssrvae.cli; ssrvae.cli._parser()", "import datagen"])
def test_neither_import_nor_help_loads_a_heavy_package(code):
    loaded = run("-c", f"{code}\nimport sys\nprint(*sys.modules)").split()
    assert len(loaded) > 10
    assert [name for name in HEAVY if name in loaded] == []


def test_help_takes_less_than_half_a_second():
    def seconds():
        start = time.perf_counter()
        assert "regression" in run("-m", "ssrvae", "--help")
        return time.perf_counter() - start

    assert min(seconds() for _ in range(3)) < 0.5


def test_public_names_are_imported_on_first_use():
    import ssrvae

    assert {"SSVAEClassifier", "VAE", "load"} <= set(dir(ssrvae))
    assert ssrvae.SSVAEClassifier().get_params()["epochs"] > 0
    with pytest.raises(AttributeError, match="SSVAEClassifier"):
        ssrvae.SSVAE  # noqa: B018


def test_bad_input_is_one_line_and_exit_code_2(tmp_path, capsys):
    file = tmp_path / "study.yaml"
    file.write_text("study: a\ndata: {kind: cards}\nmethods: {}\nseedss: [0]\n")
    assert main(["validate", str(file)]) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert printed.startswith("error: config: ")


@pytest.mark.parametrize("name", ["config", "smoke", "full", "paper", "regression"])
def test_every_shipped_study_is_valid(name, capsys):
    assert main(["validate", str(ROOT / "config" / f"{name}.yaml")]) == 0
    assert "valid:" in capsys.readouterr().out


def test_an_unknown_font_is_found_before_anything_runs(study, tmp_path, capsys):
    import json

    study["data"]["templates"] = {"font": "Comic Serif"}
    file = tmp_path / "study.yaml"
    file.write_text(json.dumps(study))
    assert main(["validate", str(file)]) == 2
    assert "Comic Serif" in capsys.readouterr().err


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
    assert lines[-1].startswith("study paper: 13 data sets, 93 runs, 7 stress grids")


def test_threads_are_set_before_numerical_libraries_start(tmp_path):
    code = (
        "import os, sys\nfrom ssrvae.cli import main\nmain(['plan', 'config/smoke.yaml', '--threads', '3'])\n"
        "print('threads', os.environ['OMP_NUM_THREADS'])"
    )
    assert run("-c", code).splitlines()[-1] == "threads 3"
