"""Which files a stage depends on, against what Python really imports."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from ssrvae.study.source_files import method_source_files, source_files

ROOT = Path(__file__).parents[2]
TREE = {"estimator": "sklearn.tree.DecisionTreeClassifier"}
OURS = {"estimator": "ssrvae.SSVAEClassifier"}


@pytest.mark.parametrize(
    "module",
    [
        "ssrvae.study.jobs.fit",
        "ssrvae.study.jobs.stress",
        "ssrvae.study.jobs.pose_readings",
        "ssrvae.analysis.tables",
        "ssrvae.models.vae.estimators",
        "datagen.cards.card_images",
    ],
)
def test_every_file_that_an_import_loads_is_listed(module):
    code = (
        f"import {module}, sys, json\n"
        "print(json.dumps([m.__file__ for n, m in sys.modules.items() if n.split('.')[0] in ('ssrvae', 'datagen')]))"
    )
    loaded = json.loads(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True).stdout)
    # Those __init__ that hold names or a docstring alone change nothing; an edit there trains nothing again.
    names_alone = {"ssrvae/__init__.py", "datagen/__init__.py"}
    needed = {
        str(Path(file).relative_to(ROOT)) for file in loaded if ast.parse(Path(file).read_text()).body[1:]
    } - names_alone
    assert len(needed) > 3
    assert needed <= set(source_files(module))


def test_a_model_is_a_source_of_our_fits_and_not_of_a_trees():
    assert "ssrvae/models/networks.py" in method_source_files("ssrvae.study.jobs.fit", OURS)
    assert "ssrvae/models/networks.py" not in method_source_files("ssrvae.study.jobs.fit", TREE)
    assert {"ssrvae/study/jobs/fit.py", "ssrvae/scores/metrics.py"} <= set(
        method_source_files("ssrvae.study.jobs.fit", TREE)
    )


def test_parts_that_are_found_by_name_are_sources_of_a_fit():
    files = method_source_files("ssrvae.study.jobs.fit", OURS)
    parts = [str(path.relative_to(ROOT)) for path in (ROOT / "ssrvae/models/vae/decoders").glob("*.py")]
    assert len(parts) > 3
    assert set(parts) <= set(files)


def test_a_model_is_no_source_of_another_models_fits():
    ours = method_source_files("ssrvae.study.jobs.fit", {"estimator": "ssrvae.SSVAEClassifier"})
    assert not {"ssrvae/models/baselines/augmented.py", "ssrvae/models/marginal/estimator.py"} & set(ours)


@pytest.mark.parametrize("method", [OURS, TREE])
def test_a_fit_depends_on_no_figure_table_plan_or_command_line(method):
    files = method_source_files("ssrvae.study.jobs.fit", method)
    unwanted = (
        "ssrvae/cli/study_commands.py",
        "ssrvae/study/plan.py",
        "ssrvae/study/config.py",
        "ssrvae/analysis/tables.py",
        "ssrvae/study/jobs/stress.py",
    )
    assert not [file for file in files if file in unwanted or "figures" in file]


def test_a_users_module_and_what_it_imports_are_sources(tmp_path, monkeypatch):
    (tmp_path / "mine_helper.py").write_text("WIDTH = 3\n")
    (tmp_path / "mine.py").write_text("import numpy\nfrom mine_helper import WIDTH\n\nclass Mine:\n    pass\n")
    monkeypatch.chdir(tmp_path)
    files = [Path(file).name for file in method_source_files("ssrvae.study.jobs.fit", {"estimator": "mine.Mine"})]
    assert {"mine.py", "mine_helper.py"} <= set(files)


def test_what_a_users_package_imports_by_relative_names_are_sources(tmp_path, monkeypatch):
    package = tmp_path / "own_models"
    package.mkdir()
    (package / "__init__.py").write_text("from .model import Mine\n")
    (package / "model.py").write_text("from . import parts\nfrom .layers import WIDTH\n\nclass Mine:\n    pass\n")
    (package / "layers.py").write_text("from ...above import nothing\nWIDTH = 3\n")
    (package / "parts.py").write_text("")
    monkeypatch.chdir(tmp_path)
    for path in ("own_models.Mine", "own_models.model.Mine"):
        files = [Path(file).name for file in method_source_files("ssrvae.study.jobs.fit", {"estimator": path})]
        assert {"model.py", "layers.py", "parts.py"} <= set(files)
