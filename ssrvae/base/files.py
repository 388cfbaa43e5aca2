"""Tables, JSON and texts, each written whole or not at all."""

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datagen.errors import InputError
from datagen.files import write_whole

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "claim_folder",
    "read_csv",
    "read_json",
    "read_parquet",
    "write_csv",
    "write_json",
    "write_parquet",
    "write_text",
    "write_whole",
]


def claim_folder(path: Path) -> None:
    """Make a folder to write to; raises InputError, before any work is done, where that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(f"{path}: a file is in the way; expected a folder to write to") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be written to ({error.strerror}); give another folder") from error


def write_csv(table: "pd.DataFrame", path: Path) -> None:
    """Write a table with all digits that a float has."""
    write_whole(path, lambda part: table.to_csv(part, index=False))


def read_csv(path: Path) -> "pd.DataFrame":
    """Read a table; an absent or empty file is an InputError that names it.

    Classes keep their names as they are written: "01" is no number, and "None" or "NA" no missing value.
    """
    import pandas as pd

    try:
        return pd.read_csv(path, dtype=dict.fromkeys(("true", "predicted"), str), keep_default_na=False, na_values=[""])
    except (FileNotFoundError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{path}: no such table, or an empty file; it is written by the workflow") from error


def write_parquet(table: "pd.DataFrame", path: Path) -> None:
    """Write a table in Parquet, each of its pages with a checksum."""
    write_whole(path, lambda part: table.to_parquet(part, index=False, write_page_checksum=True))


def read_parquet(path: Path) -> "pd.DataFrame":
    """Read a table; raises OSError or ValueError where a page is not as it was written."""
    import pandas as pd

    return pd.read_parquet(path, page_checksum_verification=True)


def write_json(value: Any, path: Path) -> None:
    """Write JSON; what is not a number (NaN) becomes null."""
    write_text(json.dumps(_nulls_for_nan(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n", path)


def write_text(text: str, path: Path) -> None:
    """Write a text in UTF-8. Bytes of a file's name that are no text stand as "\\udcb5", which JSON reads back."""
    write_whole(path, lambda part: part.write_text(text, encoding="utf-8", errors="backslashreplace"))


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON mapping; raises InputError naming the file when it is missing or damaged."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(value, dict):
            raise ValueError("it holds no mapping")
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: cannot be read ({getattr(error, 'strerror', error)}); make it anew") from error
    return value


def _nulls_for_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _nulls_for_nan(child) for key, child in value.items()}
    if isinstance(value, (list, tuple)):
        return [_nulls_for_nan(child) for child in value]
    return None if isinstance(value, float) and value != value else value
