"""The JSON schemas (draft 2020-12) of a configuration's keys, as plain mappings."""

from collections.abc import Mapping, Sequence
from typing import Any

Schema = dict[str, Any]


def key(description: str, **rules: Any) -> Schema:
    """Describe one key: what it means, and its rules as JSON schema names them (type, minimum, enum, default)."""
    return {"description": description, **rules}


def names(description: str, at_least: int = 1) -> Schema:
    """Describe a key that holds a list of names, each of them once."""
    return key(description, type="array", items={"type": "string"}, minItems=at_least, uniqueItems=True)


def mapping(description: str, keys: Mapping[str, Schema], required: Sequence[str] = (), **rules: Any) -> Schema:
    """Describe a mapping that has these keys and no other."""
    needed = {"required": list(required)} if required else {}
    return key(description, type="object", additionalProperties=False, **needed, **rules, properties=dict(keys))
