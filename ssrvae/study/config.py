"""Read a study's configuration and hold it against its schema."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from datagen.errors import InputError
from datagen.kinds import data_kind, kind_names
from ssrvae.base.schemas import check_against, read_yaml
from ssrvae.study.config_schema import config_schema

_schema = cache(config_schema)


def load_config(source: str | Path) -> dict[str, Any]:
    """Read a YAML file, or JSON text that starts with "{", and check it; raises InputError naming file or key."""
    if str(source).lstrip().startswith("{"):
        try:
            return check_config(json.loads(str(source)))
        except json.JSONDecodeError as error:
            raise InputError(f"config: is not JSON ({error}); expected a whole study, or a YAML file") from error
    return check_config(read_yaml(source))


def check_config(config: Any) -> dict[str, Any]:
    """Return a plain copy, defaults filled in; raises InputError naming the key, the value and what is allowed."""
    for where, data in _data_stanzas(config):
        _refuse_keys_of_other_kinds(where, data)
    return check_against(_schema(), config, "config")


def _data_stanzas(config: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """List what stands where `data` stanzas do, if it is a mapping."""
    found = {"data": config.get("data")} if isinstance(config, Mapping) else {}
    datasets = config.get("datasets") if isinstance(config, Mapping) else None
    for name, stanza in datasets.items() if isinstance(datasets, Mapping) else ():
        found[f"datasets.{name}.data"] = stanza.get("data") if isinstance(stanza, Mapping) else None
    return ((where, data) for where, data in found.items() if isinstance(data, Mapping))


def _refuse_keys_of_other_kinds(where: str, data: Mapping[str, Any]) -> None:
    kind = data.get("kind")
    if kind not in kind_names():
        return
    own = ("kind", *data_kind(kind).keys)
    for key in data:
        owners = [name for name in kind_names() if key in data_kind(name).keys]
        if key not in own and owners:
            raise InputError(
                f"config: {where}: key {key!r} belongs to kind {' or '.join(owners)}, not to kind {kind}; "
                f"allowed: {', '.join(sorted(own))}"
            )
