"""What an edit reruns, by Snakemake's own dry run over a finished study."""

import os
import shutil

import pytest

from datagen.npz import read_npz

FIGURES = {"figure_fig2_data", "figure_fig3a_accuracy", "figure_fig4d_corruptions", "figure_figS3_baselines"}
AFTER_A_FIT = {"collect", "agreement", "figure_fig3a_accuracy", "figure_figS3_baselines"}


@pytest.fixture
def edited(finished):
    """The finished study, its files put back after the test."""
    names = ["study.yaml", "my_method.py"]
    kept = {path: (path.read_bytes(), path.stat()) for path in map(finished.folder.joinpath, names)}
    for pattern in ("ssrvae/**/*.py", "datagen/**/*.py", "workflow/**/*.*", "*.md", "*.yml", "ssrvae/**/*.csv"):
        for path in finished.folder.glob(pattern):
            kept[path] = (path.read_bytes(), path.stat())
    yield finished
    for path, (content, stat) in kept.items():
        if path.read_bytes() != content:
            path.write_bytes(content)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_what_moves_no_number_reruns_nothing(edited):
    for name in ("ssrvae/study/jobs/fit.py", "datagen/affine.py", "ssrvae/figures/drawing/style.py"):
        (edited.folder / name).touch()
    for name in ("workflow/report/study.rst", "README.md", "config/README.md", "environment.yml"):
        edited.edit(name)
    for name in ("ssrvae/cli/study_commands.py", "ssrvae/figures/fig4_stress_maps.py"):
        edited.edit(name)
    for name in ("datagen/particles/particle_sets.py", "datagen/kinds/nanoshapes.py"):
        edited.edit(name)
    added = edited.folder / "datagen" / "kinds" / "added.py"
    shutil.copy(added.with_name("file.py"), added)
    try:
        assert edited.rerun_rules("--config", "on_error=raise") == set()
    finally:
        added.unlink()


@pytest.fixture(scope="module")
def inputs(finished):
    """The input files of each finished file, and its rule."""
    printed = finished.snakemake("--detailed-summary", "--configfile", "study.yaml")
    rows = (line.split("\t") for line in printed.splitlines() if line.startswith("results/"))
    return {row[0]: (row[2], set(row[4].split(","))) for row in rows}


def after(inputs, changed):
    """Name the rules of all files that are made of these, directly or not."""
    rules, waiting = set(), {changed}
    while waiting:
        made = {file: rule for file, (rule, read) in inputs.items() if waiting & read}
        rules |= set(made.values())
        waiting = set(made)
    return rules


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("ssrvae/figures/drawing/style.py", FIGURES),
        ("ssrvae/figures/fig2_data.py", {"figure_fig2_data"}),
        ("ssrvae/analysis/agreement.py", {"agreement", *FIGURES}),
        ("ssrvae/analysis/tables.py", AFTER_A_FIT),
        ("ssrvae/study/jobs/stress.py", {"stress", *AFTER_A_FIT}),
        ("ssrvae/models/networks.py", {"fit", *AFTER_A_FIT}),
        ("my_method.py", {"fit", *AFTER_A_FIT}),
        ("datagen/affine.py", {"data", "fit", "stress", "collect", "agreement", *FIGURES}),
        ("datagen/kinds/cards.py", {"data", "fit", "stress", "collect", "agreement", *FIGURES}),
        ("datagen/stress_factors/shear.py", FIGURES),
        ("datagen/stress_factors/gaussian_noise.py", {"stress", "collect", "agreement", *FIGURES}),
    ],
)
def test_code_is_an_input_of_what_depends_on_it(inputs, name, rules):
    assert after(inputs, name) == rules


def test_edited_code_reruns_what_depends_on_it(edited):
    edited.edit("ssrvae/study/jobs/stress.py")
    assert edited.rerun_rules() == {"stress", *AFTER_A_FIT}


def test_a_new_stress_factor_draws_figures_again(edited):
    added = edited.folder / "datagen" / "stress_factors" / "added.py"
    added.write_text(added.with_name("scale.py").read_text().replace('"scale"', '"added"'))
    try:
        assert edited.rerun_rules() == FIGURES
    finally:
        added.unlink()


def test_a_model_is_an_input_of_its_own_methods_alone(inputs):
    reading = [file for file, (rule, read) in inputs.items() if rule == "fit" and "ssrvae/models/networks.py" in read]
    assert reading
    assert [file for file in reading if "/ssrvae/" not in file] == []


def changed_study(workflow, before, after):
    text = (workflow.folder / "study.yaml").read_text()
    assert before in text
    workflow.write("study.yaml", text.replace(before, after))


def test_another_parameter_reruns_its_method_alone(edited):
    changed_study(edited, "hidden: [8], epochs: 1", "hidden: [9], epochs: 1")
    printed = edited.snakemake("--dry-run", "--printshellcmds", "--configfile", "study.yaml")
    assert printed.count("rule fit:") == 1
    assert "--method ssrvae" in printed


def test_a_new_method_is_run_and_no_other(edited):
    changed_study(edited, "methods: [decision_tree]}", "methods: [decision_tree, chance]}")
    changed_study(edited, "\nmethods:\n", "\nmethods:\n  chance: {estimator: sklearn.dummy.DummyClassifier}\n")
    printed = edited.snakemake("--dry-run", "--printshellcmds", "--configfile", "study.yaml")
    assert printed.count("rule fit:") == 2
    assert printed.count("--method chance") == 2
    assert "rule data:" not in printed


def test_a_new_stress_grid_trains_nothing(edited):
    grid = "\n  shift: {dataset: rotation_60, methods: [decision_tree], axes: {shift: [0.1, 0.2]}, per_class: 10}\n"
    edited.write("study.yaml", (edited.folder / "study.yaml").read_text().rstrip() + grid)
    assert edited.rerun_rules() == {"stress", "collect", "agreement"} | (AFTER_A_FIT & FIGURES)


def test_a_copied_project_without_snakemakes_records_runs_edited_code_again(edited, tmp_path):
    shutil.move(edited.folder / ".snakemake", tmp_path / "records")
    try:
        edited.edit("ssrvae/models/networks.py")
        assert "fit" in edited.rerun_rules()
    finally:
        shutil.rmtree(edited.folder / ".snakemake", ignore_errors=True)
        shutil.move(tmp_path / "records", edited.folder / ".snakemake")


def test_an_edited_file_of_the_users_is_read_again(edited):
    source = edited.folder / "results" / "data" / "rotation_60" / "seed0.npz"
    shutil.copy(source, edited.folder / "mine.npz")
    assert "images" in read_npz(edited.folder / "mine.npz")
    methods = "methods: {decision_tree: {estimator: sklearn.tree.DecisionTreeClassifier, use: labelled}}\n"
    edited.write("mine.yaml", "study: mine\nresults: mine\ndata: {kind: file, path: mine.npz}\n" + methods)
    target = "mine/runs/base/decision_tree/seed0/metrics.json"
    edited.snakemake("--cores", "1", "--configfile", "mine.yaml", "--", target)
    dry_run = ("--dry-run", "--configfile", "mine.yaml", "--", target)
    assert "Nothing to be done" in edited.snakemake(*dry_run)
    (edited.folder / "mine.npz").write_bytes(source.read_bytes() + b"\0")
    assert "rule data:" in edited.snakemake(*dry_run)
