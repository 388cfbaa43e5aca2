"""What the user hands over: micrographs and patches, in files and folders, as units of work known by their content."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from datagen.errors import InputError
from datagen.micrographs.micrograph_files import SUFFIXES

MICROGRAPHS, PATCHES = "micrographs", "patches"


@dataclass(frozen=True)
class Source:
    """A micrograph file, a folder of patches (each file one object), or an .npz of patches.

    name: as tables show it, the path with its folder's name alone; path: the whole path; files: in the order of names.
    """

    name: str
    path: Path
    kind: str
    files: tuple[Path, ...]

    def content_hash(self) -> str:
        """Hash the names and contents of the files to 64 hexadecimal digits; of one that cannot be read, its name."""
        digest = hashlib.sha256()
        for file in self.files:
            content = hashlib.sha256(_content(file)).digest()
            digest.update(os.fsencode(file.name) + b"\0" + content)
        return digest.hexdigest()


def find_sources(paths: Sequence[Path], kind: str) -> list[Source]:
    """List the sources in files and folders; an .npz is always one of patches.

    Raises InputError for a missing path, for a folder without images, and for two sources of one name.
    """
    found: dict[str, Source] = {}
    for source in (source for path in paths for source in _sources(path, kind)):
        other = found.setdefault(source.name, source)
        if other.path != source.path:
            raise InputError(f"{other.path} and {source.path} are both called {source.name} in tables; rename a folder")
    return list(found.values())


def check_apart(sources: Sequence[Source], written: Sequence[Path]) -> None:
    """Raise InputError for a source that lies where a command writes: its results would be read as images."""
    for place in (path.resolve() for path in written):
        for source in sources:
            if place in (source.path, *source.path.parents):
                raise InputError(f"{source.path}: lies in {place}, which is written to; give another --out")


def _sources(path: Path, kind: str) -> list[Source]:
    if not path.exists():
        raise InputError(f"there is no file or folder {path}")
    # A link to a file keeps its own name: what annexes and stores call their files says nothing.
    path = path.resolve() if path.is_dir() else path.parent.resolve() / path.name
    if path.suffix.lower() == ".npz":
        return [Source(_name(path), path, PATCHES, (path,))]
    if not path.is_dir():
        return [Source(_name(path), path, kind, (path,))]
    files = tuple(sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES))
    if not files:
        raise InputError(f"{path}: has no image; expected {', '.join(SUFFIXES)} files")
    if kind == PATCHES:
        return [Source(path.name, path, kind, files)]
    return [Source(_name(file), file, kind, (file,)) for file in files]


def _name(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""
