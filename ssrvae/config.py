"""Read a study's configuration and hold it against workflow/schemas/config.schema.json."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datagen.errors import InputError
from ssrvae.suggestions import suggest

if TYPE_CHECKING:
    from jsonschema import ValidationError

SCHEMA_PATH = Path(__file__).parent.parent / "workflow" / "schemas" / "config.schema.json"

_TYPE_NAMES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
}
_BOUNDS = {
    "minimum": ">=",
    "maximum": "<=",
    "exclusiveMinimum": ">",
    "exclusiveMaximum": "<",
}
_COUNTS = {
    "minItems": "at least {} values",
    "maxItems": "at most {} values",
    "minProperties": "at least {} keys",
    "maxProperties": "at most {} keys",
    "minLength": "at least {} characters",
}


def load_config(source: str | Path) -> dict[str, Any]:
    """Read a YAML file, or JSON text that starts with "{", and check it; raises InputError naming file or key."""
    if str(source).lstrip().startswith("{"):
        return check_config(json.loads(str(source)))
    import yaml

    try:
        config = yaml.safe_load(Path(source).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{source}: is not YAML ({' '.join(str(error).split())})") from error
    return check_config(config)


def check_config(config: Any) -> dict[str, Any]:
    """Return a plain copy, defaults filled in; raises InputError naming the key, the value and what is allowed."""
    plain = json.loads(json.dumps(config, default=str))
    errors = sorted(_validator().iter_errors(plain), key=lambda error: [str(step) for step in error.absolute_path])
    if errors:
        raise InputError(f"config: {_explain(errors[0])}")
    return _with_defaults(plain, _schema())


@cache
def _schema() -> dict[str, Any]:
    return json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(_schema())


def _with_defaults(value: Any, schema: Mapping[str, Any]) -> Any:
    """Fill in the defaults that the schema states, at every depth."""
    if not isinstance(value, dict):
        return value
    if "$ref" in schema:
        schema = _schema()["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties") or {}
    filled = {key: _with_defaults(child, properties.get(key, others)) for key, child in value.items()}
    missing = {key: child["default"] for key, child in properties.items() if "default" in child and key not in value}
    return filled | json.loads(json.dumps(missing))


def _explain(error: "ValidationError") -> str:
    """Turn a schema violation into one sentence: the key, its value, what is allowed."""
    key = ".".join(str(step) for step in error.absolute_path)
    value: Any = error.instance
    rule: Any = error.validator_value
    schema: Any = error.schema
    shown = f"{key}: {json.dumps(value, ensure_ascii=False)}"
    match error.validator:
        case "additionalProperties":
            allowed = schema["properties"]
            unknown = next(name for name in value if name not in allowed)
            return f"{_inside(key)}unknown key {unknown!r}; {suggest(unknown, allowed)}"
        case "required":
            absent = next(name for name in rule if name not in value)
            return f"{_inside(key)}key {absent!r} is missing"
        case "enum":
            return f"{shown} is not allowed; {suggest(str(value), map(str, rule))}"
        case "type":
            return f"{shown} is not {_TYPE_NAMES[rule]}"
        case "anyOf":
            return f"{_inside(key)}keys 'data' and 'datasets' are missing; give one of them"
        case "oneOf":
            return f"{_inside(key)}give either axes or points, and not both"
        case "uniqueItems":
            return f"{shown} has a value twice"
        case "pattern":
            return f"{_inside(key)}{value!r} is not a name of the form {rule}"
        case bound if bound in _BOUNDS:
            return f"{shown} is not allowed; expected {_BOUNDS[bound]} {rule}"
        case count if count in _COUNTS:
            return f"{shown} has the wrong size; expected {_COUNTS[count].format(rule)}"
    return f"{_inside(key)}{error.message}"


def _inside(key: str) -> str:
    return f"{key}: " if key else ""
