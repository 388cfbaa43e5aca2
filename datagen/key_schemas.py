"""The JSON schemas (draft 2020-12) of a configuration's keys, as plain mappings."""

from collections.abc import Mapping, Sequence
from typing import Any

from datagen.values import LARGEST_SIDE_PX, SIDE_IS_SQUARED

Schema = dict[str, Any]


def key(description: str, **rules: Any) -> Schema:
    """Describe one key: what it means, and its rules as JSON schema names them (type, minimum, enum, default)."""
    return {"description": description, **rules}


def side(description: str, at_least: int, **rules: Any) -> Schema:
    """Describe a key that holds a side of images in px; `$comment` is the reason of its upper bound."""
    bounds = {"minimum": at_least, "maximum": LARGEST_SIDE_PX, "$comment": SIDE_IS_SQUARED}
    return key(description, type="integer", **bounds, **rules)


def names(description: str, at_least: int = 1) -> Schema:
    """Describe a key that holds a list of names, each of them once."""
    return key(description, type="array", items={"type": "string"}, minItems=at_least, uniqueItems=True)


def mapping(description: str, keys: Mapping[str, Schema], required: Sequence[str] = (), **rules: Any) -> Schema:
    """Describe a mapping that has these keys and no other."""
    needed = {"required": list(required)} if required else {}
    return key(description, type="object", additionalProperties=False, **needed, **rules, properties=dict(keys))
