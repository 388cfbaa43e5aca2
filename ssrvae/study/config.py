"""Read a study's configuration and hold it against its schema."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from datagen.errors import InputError, naming
from datagen.kinds import data_kind, kind_names
from ssrvae.base.schemas import check_against
from ssrvae.base.yaml_files import read_yaml
from ssrvae.study.config_schema import config_schema

_UNNAMED = "config"
_schema = cache(config_schema)


def load_config(source: str | Path) -> dict[str, Any]:
    """Read a YAML file, or JSON text that starts with "{", and check it; raises InputError naming file or key."""
    name = source_name(source)
    return check_config(_json_text(str(source)) if name == _UNNAMED else read_yaml(source), name)


def check_config(config: Any, name: str = _UNNAMED) -> dict[str, Any]:
    """Return a plain copy, defaults filled in; raises InputError naming the key, the value and what is allowed.

    name: what errors call the configuration, the file that it is from.
    """
    with naming(name):
        for where, data in _data_stanzas(config):
            _refuse_keys_of_other_kinds(where, data)
    return check_against(_schema(), config, name)


def source_name(source: str | Path) -> str:
    """Give what errors call a study: its file, or "config" for JSON text."""
    return _UNNAMED if str(source).lstrip().startswith("{") else str(source)


def check_files(files: Iterable[str | Path], on_command_line: bool) -> str:
    """Read the files that Snakemake merged into a study once more: it would not see that a key stands twice.

    Returns what errors call the study; on_command_line tells that --config gave some of its keys. Raises InputError as
    read_yaml.
    """
    names = [_from_here(Path(file)) for file in files]
    for name in names:
        read_yaml(name)
    return " and ".join([*names, "--config"] if on_command_line else names)


def _from_here(file: Path) -> str:
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def _json_text(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_keys_once)
    except json.JSONDecodeError as error:
        raise InputError(f"{_UNNAMED}: is not JSON ({error}); expected a whole study, or a YAML file") from error


def _keys_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InputError(f"{_UNNAMED}: key {twice!r} stands twice; keep one")
    return found


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
                f"{where}: key {key!r} belongs to kind {' or '.join(owners)}, not to kind {kind}; "
                f"allowed: {', '.join(sorted(own))}"
            )
