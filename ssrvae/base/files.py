"""Files written whole or not at all: tables, JSON, and whatever else a function can write."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def write_csv(table: "pd.DataFrame", path: Path) -> None:
    """Write a table with all digits that a float has."""
    write_whole(path, lambda part: table.to_csv(part, index=False))


def write_whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Let `write` fill a temporary file beside `path` and rename it, so that a killed run leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(descriptor)
    part = Path(name)
    try:
        write(part)
        part.chmod(0o644)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def nulls_for_nan(value: Any) -> Any:
    """Put None for every NaN, at any depth: JSON has no NaN."""
    if isinstance(value, dict):
        return {key: nulls_for_nan(child) for key, child in value.items()}
    if isinstance(value, float) and value != value:
        return None
    return value
