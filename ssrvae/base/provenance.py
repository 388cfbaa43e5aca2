"""Where a number comes from: the code, the configuration and the machine that made it, and what it cost."""

import hashlib
import json
import os
import platform
import resource
import subprocess
import time
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_PACKAGES = ("ssrvae", "numpy", "scipy", "scikit-learn", "torch", "pyro-ppl", "xgboost", "e2cnn")


def recipe_hash(recipe: Any) -> str:
    """Hash a JSON value to 12 hexadecimal digits. The order of keys counts: the glyphs' is the classes'."""
    return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:12]


def git_commit() -> str:
    """Name the commit of the code, with "+" when tracked files differ from it.

    Of an installed package it is the commit that it was installed from, else its version; "unknown" where neither is
    known. Another project's repository that the package happens to lie in is not asked.
    """
    return _commit_of_checkout(_ROOT) if _is_own_checkout(_ROOT) else _installed_from()


def threads_in_use() -> int:
    """Give the largest number of threads that a numerical library of this process would use now."""
    from threadpoolctl import threadpool_info

    return max((pool["num_threads"] for pool in threadpool_info()), default=1)


def _is_own_checkout(root: Path) -> bool:
    project = root / "pyproject.toml"
    return (root / ".git").exists() and project.is_file() and 'name = "ssrvae"' in project.read_text(encoding="utf-8")


def _commit_of_checkout(root: Path) -> str:
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--abbrev=12", "--exclude=*", "--dirty=+"],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()


def _installed_from() -> str:
    """Read the commit that pip noted (PEP 610), else the version, of the distribution that this file belongs to."""
    try:
        installed = distribution("ssrvae")
    except PackageNotFoundError:
        return "unknown"
    if Path(str(installed.locate_file("ssrvae"))).resolve() != Path(__file__).resolve().parents[1]:
        return "unknown"
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    return origin.get("vcs_info", {}).get("commit_id", "")[:12] or installed.version


def software_versions() -> dict[str, str]:
    """List the versions of Python and of the packages that numbers depend on."""
    return {"python": platform.python_version()} | {name: _version(name) for name in _PACKAGES}


def machine() -> dict[str, Any]:
    """Describe the machine."""
    return {"system": platform.platform(), "processor": _processor(), "cores": os.cpu_count()}


def peak_memory_mb() -> float:
    """Give the largest resident memory of this process so far, in MB (2^20 bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 if platform.system() == "Linux" else 1024**2), 1)


def process_seconds() -> float:
    """Give the wall-clock seconds since this process started, imports included."""
    import psutil

    return round(time.time() - psutil.Process().create_time(), 2)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
