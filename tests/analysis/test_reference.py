"""When results/reference is made, and when that is refused."""

import json
import subprocess
from pathlib import Path

import pandas as pd
import pytest
import yaml

from datagen.errors import InputError
from ssrvae.analysis.reference import clean_commit, kept_paths, make_reference, refuse_other_commits

ROOT = Path(__file__).parents[2]
OWN, OTHER = "$(git rev-parse --short=12 HEAD)", "0e1234567890"


def git(root, *arguments):
    identity = ("-c", "user.name=tester", "-c", "user.email=tester@localhost")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def study(run=OWN, manifest=OWN, more=()):
    """An entry of the list whose command writes the tables of one run, and says which commit made what."""
    table = "dataset,method,seed,metric,value,commit\\nrotation_60,tree,0,accuracy,0.5,%s\\n"
    return {
        "commands": [
            f'printf "{table}" {run} > {{results}}/tables/accuracy.csv',
            f'printf \'{{{{"commit": "%s"}}}}\' {manifest} > {{results}}/tables/manifest.json',
            *more,
        ],
        "keep": {"results/reference/tiny": ["tables/accuracy.csv"], "shipped.csv": "tables/accuracy.csv"},
    }


@pytest.fixture
def tmp_path(tmp_path):
    """A folder with a space in its name, which commands are given as well."""
    folder = tmp_path / "my work"
    folder.mkdir()
    return folder


@pytest.fixture
def make(tmp_path):
    """Make the reference of a checkout that lists these studies; returns the kept files."""
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("results/*\n!results/reference/\n")
    (tmp_path / "model.py").write_text("")

    def made(before=lambda: None, **studies):
        (tmp_path / "reference.yaml").write_text(yaml.safe_dump(studies))
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-q", "-m", "A study")
        before()
        return make_reference(tmp_path / "reference.yaml", tmp_path, cores=1)

    return made


def test_what_is_listed_is_made_and_kept_where_it_is_listed(make, tmp_path):
    kept = make(tiny=study())
    assert kept == [tmp_path / "results" / "reference" / "tiny" / "accuracy.csv", tmp_path / "shipped.csv"]
    assert all("rotation_60,tree" in path.read_text() for path in kept)


def test_every_reference_result_has_an_origin_and_every_origin_a_study_that_is_there():
    listed = yaml.safe_load((ROOT / "config" / "reference.yaml").read_text())
    kept = {path for entry in listed.values() for path in kept_paths(entry["keep"])}
    found = {str(path.relative_to(ROOT)) for path in (ROOT / "results" / "reference").rglob("*") if path.is_file()}
    assert found - {"results/reference/README.md"} == {path for path in kept if path.startswith("results/reference/")}
    assert all((ROOT / path).exists() for path in kept)
    assert all((ROOT / entry["study"]).exists() for entry in listed.values() if "study" in entry)


def test_a_changed_file_is_refused_by_name_before_anything_runs(make, tmp_path):
    with pytest.raises(InputError, match=r"model\.py differ"):
        make(lambda: (tmp_path / "model.py").write_text("edited = True\n"), tiny=study())
    assert not (tmp_path / "results").exists()


def test_a_file_that_no_commit_holds_is_refused_too(make, tmp_path):
    with pytest.raises(InputError, match=r"found_by_name\.py differ"):
        make(lambda: (tmp_path / "found_by_name.py").write_text(""), tiny=study())


@pytest.mark.parametrize("commits", [{"run": OTHER}, {"run": f"{OWN}+"}, {"manifest": OTHER}])
def test_runs_of_another_commit_or_of_changed_files_are_refused_and_nothing_is_kept(make, tmp_path, commits):
    with pytest.raises(InputError, match=r"(tree on rotation_60, seed 0,|manifest\.json:) is of commit \w+\+?, not"):
        make(right=study(), wrong=study(**commits))
    assert not (tmp_path / "results" / "reference").exists()
    assert not (tmp_path / "shipped.csv").exists()


def test_an_edit_while_it_runs_is_refused(make, tmp_path):
    with pytest.raises(InputError, match=r"model\.py differ"):
        make(tiny=study(more=["echo edited > model.py"]))
    assert not (tmp_path / "results" / "reference").exists()


def test_a_commit_while_it_runs_is_refused(make, tmp_path):
    commit = "git -c user.name=t -c user.email=t@localhost commit -q --allow-empty -m Another"
    with pytest.raises(InputError, match="the commit is no longer"):
        make(tiny=study(more=[commit]))


def test_a_command_that_fails_is_named(make, tmp_path):
    with pytest.raises(InputError, match=r"tiny: `false` failed \(exit code 1\)"):
        make(tiny=study(more=["false"]))
    assert not (tmp_path / "results" / "reference").exists()


def test_an_unknown_key_is_named(make):
    with pytest.raises(InputError, match=r"tiny: unknown key 'seed'; did you mean seeds"):
        make(tiny=study() | {"seed": [0]})


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        ({"results": 3}, "tiny.keep.results: 3 is not a list or a text"),
        ({"results": [3]}, "tiny.keep.results.0: 3 is not a text"),
        (3, "tiny.keep: 3 is not a mapping"),
    ],
)
def test_files_to_keep_that_are_no_names_are_told_in_one_line(make, keep, message):
    with pytest.raises(InputError) as refused:
        make(tiny=study() | {"keep": keep})
    assert str(refused.value).endswith(f"reference.yaml: {message}")


def test_every_table_of_the_reference_can_be_read():
    tables = [*(ROOT / "results" / "reference").rglob("*.csv")]
    assert tables
    assert all(len(pd.read_csv(table)) for table in tables)


def test_a_folder_that_is_no_checkout_is_refused(tmp_path):
    with pytest.raises(InputError, match="is no git checkout"):
        clean_commit(tmp_path)


def test_tables_without_runs_are_not_asked_for_a_commit(tmp_path):
    refuse_other_commits(tmp_path, "abc")
    (tmp_path / "manifest.json").write_text(json.dumps({"commit": "def"}))
    refuse_other_commits(tmp_path, "abc")
