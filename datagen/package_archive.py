"""Archives of packages on PyPI: pip downloads them by name, their sha256 is checked, nothing is installed."""

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PackageArchive:
    """A package's archive on PyPI (an `Archive`): name, version, file name, sha256, and what it is fetched for."""

    name: str
    version: str
    filename: str
    sha256: str
    holds: str

    @property
    def by_hand(self) -> str:
        """Tell where the file is."""
        return f"put the file there: it is on https://pypi.org/project/{self.name}/{self.version}/#files"

    def download(self, folder: Path) -> str:
        """Let pip download the archive by the user's own index settings; returns why it could not, or ""."""
        # Of a source archive pip reads the metadata by running its set-up file: only after the hash was found right.
        requirements = folder / "requirements.txt"
        requirements.write_text(f"{self.name}=={self.version} --hash=sha256:{self.sha256}\n", encoding="utf-8")
        kind = "--no-binary" if self.filename.endswith(".tar.gz") else "--only-binary"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        options = ["--no-deps", kind, self.name, "--requirement", str(requirements), "--dest", str(folder)]
        done = subprocess.run([*pip, *options], capture_output=True, text=True, check=False)
        if done.returncode == 0 and (folder / self.filename).exists():
            return ""
        errors = [line for line in done.stderr.splitlines() if line.strip()]
        told = [line for line in errors if line.startswith("ERROR:")] or errors or ["pip gave no reason"]
        return told[-1].removeprefix("ERROR:").strip()[:160]

    def gather(self, copy: Path, folder: Path) -> str:
        """Copy the archive from the user's folder; returns why it could not, or ""."""
        if not (copy / self.filename).is_file():
            return f"there is no {copy / self.filename}"
        shutil.copyfile(copy / self.filename, folder / self.filename)
        return ""

    def fault(self, path: Path) -> str:
        """Compare a file's sha256."""
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return "" if digest == self.sha256 else f"has sha256 {digest[:12]}... instead of {self.sha256[:12]}..."
