"""Every shipped study plans; bad ones stop with one message before any job; the workflow's text is in form."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ssrvae.study.config import check_files

ROOT = Path(__file__).parent.parent.parent
CONFIGS = sorted(path.name for path in (ROOT / "config").glob("*.yaml") if path.name != "reference.yaml")
STUDY = """study: mine
data:
  kind: cards
  labelled: {per_class: 5}
  unlabelled: {per_class: 5}
  test: {per_class: 5}
methods:
  tree:
    estimator: sklearn.tree.DecisionTreeClassifier
    params:
      max_depth: 3
"""


def snakemake(*arguments):
    return subprocess.run([sys.executable, "-m", "snakemake", *arguments], cwd=ROOT, capture_output=True, text=True)


def test_the_shipped_studies_are_found_and_told_of():
    assert {"config.yaml", "smoke.yaml", "regression.yaml"} <= set(CONFIGS)
    readme = (ROOT / "config" / "README.md").read_text()
    assert [name for name in CONFIGS if f"`{name}`" not in readme] == []


@pytest.mark.parametrize("name", CONFIGS)
def test_a_dry_run_of_every_study_counts_its_runs_and_foretells_its_time(name, tmp_path):
    (tmp_path / "own.yaml").write_text(f"seeds: [0]\nresults: {tmp_path / 'results'}\n")
    done = snakemake("--dry-run", "--configfile", f"config/{name}", str(tmp_path / "own.yaml"))
    assert done.returncode == 0, done.stderr
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith("study ")
    assert "on one core" in last or "of unknown length" in last


def test_a_study_given_on_the_command_line_is_not_merged_with_the_default_one():
    done = snakemake("--dry-run", "--configfile", "config/smoke.yaml", "--config", "results=elsewhere")
    counts = re.search(
        r"study smoke: (\d+) data sets, (\d+) runs, (\d+) stress grids; (\d+) of (\d+) jobs left", done.stdout
    )
    assert counts is not None
    data_sets, runs, grids, left, jobs = map(int, counts.groups())
    assert left == jobs == data_sets + runs + grids
    assert "rotation_120" not in done.stdout + done.stderr


def test_a_misspelt_key_is_one_message_before_any_job():
    done = snakemake("--cores", "1", "--configfile", "config/smoke.yaml", "--config", "on_eror=raise")
    assert done.returncode != 0
    errors = [line for line in done.stderr.splitlines() if "rror" in line]
    assert errors == [
        "error: config/smoke.yaml and --config: unknown key 'on_eror'; did you mean on_error? "
        "allowed: data, datasets, methods, on_error, results, seed, seeds, stress, study, sweeps"
    ]


NO_FOREST = "stress: {a: {dataset: base, methods: [forest], points: [{shift: 0}]}}"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("seeds: [0]\nstudy: yours", "{file}: line 13: key 'study' stands in line 1 as well"),
        ("seeds: [0.5]", "{file} and {own}: seeds.0: 0.5 is not a whole number"),
        (NO_FOREST, "{file} and {own}: stress.a.methods: unknown name 'forest'"),
    ],
)
def test_what_is_wrong_in_a_study_is_one_line_that_names_its_files(more, told, tmp_path):
    file, own = tmp_path / "mine.yaml", tmp_path / "own.yaml"
    file.write_text(STUDY + more)
    own.write_text(f"results: {tmp_path / 'results'}\n")
    done = snakemake("--dry-run", "--configfile", str(file), str(own))
    (line,) = [line for line in done.stderr.splitlines() if "rror" in line]
    assert done.returncode != 0
    assert line.startswith("error: " + told.format(file=file, own=own))


def test_a_misspelt_parameter_is_told_with_the_file_before_any_job(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(STUDY.replace("max_depth", "max_deph") + f"results: {tmp_path / 'results'}\n")
    printed = snakemake("--cores", "1", "--configfile", str(file)).stderr
    assert f"error: {file}: methods.tree: estimator sklearn.tree.DecisionTreeClassifier: unknown parameter" in printed
    assert not (tmp_path / "results" / "data").exists()


def test_a_file_is_named_as_it_is_seen_from_here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text("study: a\n")
    elsewhere = ROOT / "config" / "smoke.yaml"
    assert check_files([tmp_path / "a.yaml", elsewhere], on_command_line=True) == f"a.yaml and {elsewhere} and --config"


def test_an_unknown_glyph_or_font_stops_before_any_job(tmp_path):
    study = (
        (ROOT / "config" / "smoke.yaml")
        .read_text()
        .replace("image_size: 24", "image_size: 24\n  templates: {font: Comic Serif}")
    )
    file = tmp_path / "study.yaml"
    file.write_text(study)
    done = snakemake("--cores", "1", "--configfile", str(file), "--config", f"results={tmp_path / 'results'}")
    assert done.returncode != 0
    assert "Comic Serif" in done.stdout + done.stderr
    assert not (tmp_path / "results").exists()


def test_every_folder_of_a_file_is_quoted_in_the_rules_commands():
    commands = "".join(path.read_text() for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    assert '"$(dirname {output' in commands
    assert re.findall(r'[^"]\$\(dirname', commands) == []


def test_the_snakefile_is_a_page_and_rules_hold_no_functions():
    assert len((ROOT / "Snakefile").read_text().splitlines()) <= 60
    rules = [path for path in (ROOT / "workflow" / "rules").glob("*.smk") if path.name != "common.smk"]
    assert {"data.smk", "fit.smk"} <= {path.name for path in rules}
    assert [path.name for path in rules if "\ndef " in path.read_text()] == []
