"""Fetch real images: an archive is downloaded, or made of the user's copy, and checked; nothing is installed."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from datagen.errors import InputError

FOLDER = Path("results/external")
# In the header of a data set that stands in for one whose archive is missing: the reason.
MISSING = "missing"


class MissingArchive(InputError):
    """An archive that is not there or not the published one; the message tells how to bring it."""


class Archive(Protocol):
    """One file that real images come in.

    filename: its name; holds: what it is fetched for; by_hand: how to bring it without a network, "put it there: ...".
    """

    @property
    def filename(self) -> str: ...
    @property
    def holds(self) -> str: ...
    @property
    def by_hand(self) -> str: ...

    def download(self, folder: Path) -> str:
        """Put the file into a folder; return why it could not be had, or ""."""

    def gather(self, copy: Path, folder: Path) -> str:
        """Make the file, in a folder, of the user's copy; return why it could not be made, or ""."""

    def fault(self, path: Path) -> str:
        """Tell in what a file differs from the published one, "" for nothing."""


def fetch(archive: Archive, folder: Path = FOLDER, copy: Path | None = None) -> Path:
    """Download an archive into a folder, unless it lies there, or make it of the user's copy; returns its path.

    Raises MissingArchive, telling how to bring the file by hand, when it cannot be had.
    """
    path = folder / archive.filename
    if copy is None and path.exists() and path.stat().st_size:
        return checked(archive, folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as part:
        reason = archive.gather(copy, Path(part)) if copy else archive.download(Path(part))
        if reason:
            raise MissingArchive(_by_hand(archive, path, f"could not be {'made' if copy else 'downloaded'} ({reason})"))
        os.replace(Path(part) / archive.filename, path)
    return checked(archive, folder)


def checked(archive: Archive, folder: Path = FOLDER) -> Path:
    """Give the path of an archive that lies in a folder; MissingArchive when it does not, or is another file."""
    path = folder / archive.filename
    if not path.exists() or not path.stat().st_size:
        raise MissingArchive(_by_hand(archive, path, "is missing"))
    fault = archive.fault(path)
    if fault:
        raise MissingArchive(_by_hand(archive, path, fault))
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


def _by_hand(archive: Archive, path: Path, what: str) -> str:
    return f"{path}, which holds {archive.holds}, {what}; run `ssrvae fetch` with a network, or {archive.by_hand}"
