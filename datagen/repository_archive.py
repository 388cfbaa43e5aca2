"""Files of a public repository at one commit, each checked by size and git blob id, in one zip file."""

import csv
import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

HOST = "https://raw.githubusercontent.com"
TIMEOUT_S = 60
RETRIES = 3


class Listed(NamedTuple):
    """A file: its path in the repository, size in bytes, git blob id, and its name in the zip file."""

    path: str
    size: int
    blob: str
    name: str

    def fault(self, content: bytes) -> str:
        """Tell in what a file differs from the listed one, "" for nothing."""
        if len(content) != self.size:
            return f"{self.name} has {len(content)} bytes, not {self.size}"
        found = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        return "" if found == self.blob else f"{self.name} has git blob id {found[:12]}..., not {self.blob[:12]}..."


class Compiled(NamedTuple):
    """A file that is made of others of the repository: its name, their paths, how, and the sha256 of what is made."""

    name: str
    paths: tuple[str, ...]
    make: Callable[[Sequence[bytes]], bytes]
    sha256: str

    def fault(self, content: bytes) -> str:
        """Tell in what a file differs from the one that is made of the published ones, "" for nothing."""
        same = hashlib.sha256(content).hexdigest() == self.sha256
        return "" if same else f"{self.name} is not made of the published files"


@dataclass(frozen=True)
class RepositoryArchive:
    """Files of a repository, as one zip file (an `Archive`).

    name: of the data set; repository: "owner/name"; commit; manifest: CSV path,bytes,blob,name of the files; holds:
    what they are; compiled: files that are made of others; host: of the raw files.
    """

    name: str
    repository: str
    commit: str
    manifest: Path
    holds: str
    compiled: tuple[Compiled, ...] = ()
    host: str = HOST

    @property
    def filename(self) -> str:
        """Name the zip file by data set and commit."""
        return f"{self.name}-{self.commit[:7]}.zip"

    @property
    def by_hand(self) -> str:
        """Tell how to bring a copy."""
        return (
            f"bring a copy with `ssrvae fetch {self.filename} --from FOLDER`: the files are those of "
            f"https://github.com/{self.repository}/tree/{self.commit}"
        )

    @cached_property
    def files(self) -> tuple[Listed, ...]:
        """Read the manifest."""
        with self.manifest.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return tuple(Listed(row["path"], int(row["bytes"]), row["blob"], row["name"]) for row in rows)

    @property
    def members(self) -> tuple[Listed | Compiled, ...]:
        """List all that is in the zip file."""
        return (*self.files, *self.compiled)

    def download(self, folder: Path) -> str:
        """Download the files one by one; returns why they could not be had, or ""."""
        import pooch

        pooch.get_logger().setLevel("ERROR")
        paths = [*(each.path for each in self.files), *(path for each in self.compiled for path in each.paths)]
        with tempfile.TemporaryDirectory(dir=folder) as raw:
            # The hash that pooch knows is of the content alone: each file is checked when it is packed.
            shelf = pooch.create(
                raw,
                f"{self.host}/{self.repository}/{self.commit}/",
                registry=dict.fromkeys(paths),
                retry_if_failed=RETRIES,
            )
            for path in paths:
                try:
                    shelf.fetch(path, downloader=pooch.HTTPDownloader(timeout=TIMEOUT_S))
                except Exception as error:  # those of requests, urllib3 and pooch
                    return f"{path}: {' '.join(str(error).split())[:160]}"
            return self.gather(Path(raw), folder)

    def gather(self, copy: Path, folder: Path) -> str:
        """Pack a copy's files, named as in the repository or as in the zip file; returns why it could not, or ""."""
        packed: dict[str, bytes] = {}
        for each in self.files:
            found = _found(copy, each.name, each.path)
            if found is None:
                return f"there is no {copy / each.name}"
            packed[each.name] = found
        for made in self.compiled:
            parts = [_found(copy, path) for path in made.paths]
            own = _found(copy, made.name)
            given = [own] if own is not None else [part for part in parts if part is not None]
            if own is None and len(given) < len(parts):
                return f"there is no {copy / made.name}"
            try:
                packed[made.name] = made.make(given)
            except (ValueError, LookupError, TypeError) as error:
                return f"{made.name} cannot be made of them ({' '.join(str(error).split())[:120]})"
        _write(folder / self.filename, packed)
        return self.fault(folder / self.filename)

    def fault(self, path: Path) -> str:
        """Compare every file in a zip file with the manifest."""
        try:
            with zipfile.ZipFile(path) as packed:
                for each in self.members:
                    fault = each.fault(packed.read(each.name))
                    if fault:
                        return f"is not the published one: {fault}"
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            return f"is no whole zip file of them ({error})"
        return ""

    @contextmanager
    def unpacked(self, path: Path) -> Iterator[Path]:
        """Unpack the zip file to a folder that is removed at the end."""
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as packed:
            packed.extractall(folder, [each.name for each in self.members])
            yield Path(folder)


def _found(folder: Path, *names: str) -> bytes | None:
    """Read the first of some files that there is."""
    paths = [folder / name for name in names]
    return next((path.read_bytes() for path in paths if path.is_file()), None)


def _write(path: Path, members: dict[str, bytes]) -> None:
    """Write a zip file whose bytes do not tell when it was written; pictures are compressed already."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as packed:
        for name in sorted(members):
            packed.writestr(zipfile.ZipInfo(name), members[name])
