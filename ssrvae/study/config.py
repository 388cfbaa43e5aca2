"""Read a study's configuration and hold it against workflow/schemas/config.schema.json."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from ssrvae.base.schemas import check_against, read_yaml

SCHEMA_PATH = Path(__file__).parents[2] / "workflow" / "schemas" / "config.schema.json"


def load_config(source: str | Path) -> dict[str, Any]:
    """Read a YAML file, or JSON text that starts with "{", and check it; raises InputError naming file or key."""
    if str(source).lstrip().startswith("{"):
        return check_config(json.loads(str(source)))
    return check_config(read_yaml(source))


def check_config(config: Any) -> dict[str, Any]:
    """Return a plain copy, defaults filled in; raises InputError naming the key, the value and what is allowed."""
    return check_against(_schema(), config, "config")


@cache
def _schema() -> dict[str, Any]:
    return json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
