"""Make all of results/reference from one clean commit, or say what stands in the way.

config/reference.yaml lists the studies and measurements. Each runs in a folder named by the commit, so that no run of
an earlier one is taken for granted and a run that was broken off goes on; nothing is kept before everything is there.
"""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from datagen.errors import InputError
from ssrvae.base.files import read_json, write_json
from ssrvae.base.schemas import check_against
from ssrvae.base.yaml_files import read_yaml

_TEXTS = {"type": "array", "items": {"type": "string"}}
_ENTRY = {
    "type": "object",
    "additionalProperties": False,
    "required": ["keep"],
    "properties": {
        "study": {"type": "string"},
        "seeds": {"type": "array", "items": {"type": "integer"}},
        "commands": _TEXTS,
        "keep": {"type": "object", "additionalProperties": {"anyOf": [_TEXTS, {"type": "string"}]}},
    },
}
_SCHEMA = {"type": "object", "additionalProperties": _ENTRY}


def make_reference(listed: Path, root: Path, cores: int | None) -> list[Path]:
    """Run everything that `listed` names in the checkout `root`, then copy what it keeps; return the files kept.

    Raises InputError when the checkout is no clean commit, before or after; when a study or a command fails; and when a
    table holds runs of another commit.
    """
    entries = check_against(_SCHEMA, read_yaml(listed), str(listed))
    commit = clean_commit(root)
    folders = {name: root / "results" / "reference_runs" / commit / name for name in entries}
    for name, entry in entries.items():
        _make(name, entry, folders[name], root, cores)
        if clean_commit(root) != commit:
            raise InputError(f"{root}: the commit is no longer {commit} after {name}; go back to it and start again")
        refuse_other_commits(folders[name] / "tables", commit)
    return [kept for name, entry in entries.items() for kept in _keep(entry["keep"], folders[name], root)]


def clean_commit(root: Path) -> str:
    """Name the commit of a checkout; raises InputError, naming the files, when it differs from that commit."""
    changed = _git(root, "status", "--porcelain").splitlines()
    if changed:
        named = ", ".join(line[3:] for line in changed[:5]) + (", ..." if len(changed) > 5 else "")
        raise InputError(f"{root}: {named} differ from the commit; commit or remove them before making a reference")
    return _git(root, "rev-parse", "--short=12", "HEAD").strip()


def refuse_other_commits(tables: Path, commit: str) -> None:
    """Raise InputError, naming table, run and commit, for a row or manifest of another commit or of a dirty one (+)."""
    accuracy, manifest = tables / "accuracy.csv", tables / "manifest.json"
    if not accuracy.exists():
        return
    found = pd.read_csv(accuracy, dtype={"commit": str})
    for row in found[found["commit"] != commit].itertuples():
        run = f"{row.method} on {row.dataset}, seed {row.seed}"
        raise InputError(f"{accuracy}: {run}, is of commit {row.commit}, not {commit}; run that study again")
    if (made_by := read_json(manifest)["commit"]) != commit:
        raise InputError(f"{manifest}: is of commit {made_by}, not {commit}; collect the study's tables again")


def kept_paths(keep: Mapping[str, str | list[str]]) -> dict[str, str]:
    """Spell out a `keep` of the list: for each path in the checkout the file of the results folder that goes there."""
    folders = {folder: files for folder, files in keep.items() if not isinstance(files, str)}
    single = {path: file for path, file in keep.items() if isinstance(file, str)}
    return {f"{folder}/{Path(file).name}": file for folder, files in folders.items() for file in files} | single


def _make(name: str, entry: Mapping[str, Any], results: Path, root: Path, cores: int | None) -> None:
    (results / "tables").mkdir(parents=True, exist_ok=True)
    if "study" in entry:
        own = results / "own.json"
        write_json({"results": str(results)} | ({"seeds": entry["seeds"]} if "seeds" in entry else {}), own)
        limit = ["--cores", str(cores)] if cores else []  # else all of them, as profiles/default says
        _run(name, [sys.executable, "-m", "snakemake", *limit, "--configfile", entry["study"], str(own)], root)
    for command in entry.get("commands", ()):
        _run(name, command.format(results=shlex.quote(str(results))), root)


def _run(name: str, command: str | list[str], root: Path) -> None:
    done = subprocess.run(command, cwd=root, shell=isinstance(command, str), check=False)
    if done.returncode:
        shown = command if isinstance(command, str) else " ".join(command)
        raise InputError(f"{name}: `{shown}` failed (exit code {done.returncode}); nothing was kept")


def _keep(kept: Mapping[str, str | list[str]], results: Path, root: Path) -> Iterator[Path]:
    for target, file in kept_paths(kept).items():
        path = root / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(results / file, path)
        yield path


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"{root}: is no git checkout ({done.stderr.strip()}); a reference is made from a commit")
    return done.stdout
