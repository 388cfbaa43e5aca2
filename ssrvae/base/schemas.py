"""Hold a value from a YAML file against a JSON schema, and word what is wrong with it."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from datagen.errors import InputError
from datagen.values import is_whole
from ssrvae.base.suggestions import suggest

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

_TYPE_NAMES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
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


def check_against(schema: Mapping[str, Any], value: Any, name: str) -> Any:
    """Return a plain copy, defaults filled in; raises InputError naming the key, the value and what is allowed."""
    try:
        plain = json.loads(json.dumps(value, default=str))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{name}: is no plain mapping of texts, numbers and lists ({error})") from error
    found = _validator()(schema).iter_errors(plain)
    errors = sorted(found, key=lambda error: [str(step) for step in error.absolute_path])
    if errors:
        raise InputError(f"{name}: {_explain(errors[0])}")
    return _with_defaults(plain, schema, schema.get("$defs", {}))


@cache
def _validator() -> "type[Validator]":
    """Make the validator to which 1.0 is no whole number, as it is none to data sets and estimators."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: is_whole(value))
    return extend(Draft202012Validator, type_checker=types)


def _with_defaults(value: Any, schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    """Fill in the defaults that the schema states, at every depth; definitions are those that it refers to."""
    if not isinstance(value, dict):
        return value
    for part in _applying(value, schema, definitions):
        properties = part.get("properties", {})
        others = part.get("additionalProperties") or {}
        filled = {key: _with_defaults(child, properties.get(key, others), definitions) for key, child in value.items()}
        missing = {key: rule["default"] for key, rule in properties.items() if "default" in rule and key not in value}
        value = filled | json.loads(json.dumps(missing))
    return value


def _applying(value: Any, schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give a schema and those of its parts, `allOf` if ... then ..., that hold for a value; references followed."""
    from jsonschema import Draft202012Validator

    if "$ref" in schema:
        schema = definitions[schema["$ref"].removeprefix("#/$defs/")]
    yield schema
    for branch in schema.get("allOf", ()):
        if Draft202012Validator(branch["if"]).is_valid(value):
            yield from _applying(value, branch["then"], definitions)


def _explain(error: "ValidationError") -> str:
    """Turn a schema violation into one sentence: the key, its value, what is allowed."""
    key = ".".join(str(step) for step in error.absolute_path)
    value: Any = error.instance
    rule: Any = error.validator_value
    schema: Any = error.schema
    shown = f"{_inside(key)}{json.dumps(value, ensure_ascii=False)}"
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
            whole = rule == "integer" and isinstance(value, float) and value.is_integer()
            return f"{shown} is not {_type_name(rule)}" + (f"; write {value:.0f}" if whole else "")
        case "anyOf" | "oneOf":
            return _explain_choice(error, key, shown)
        case "uniqueItems":
            return f"{shown} has a value twice"
        case "pattern":
            return f"{_inside(key)}{value!r} is not a name of the form {rule}"
        case bound if bound in _BOUNDS:
            reason = f": {schema['$comment']}" if bound == "maximum" and "$comment" in schema else ""
            return f"{shown} is not allowed; expected {_BOUNDS[bound]} {rule}{reason}"
        case count if count in _COUNTS:
            return f"{shown} has the wrong size; expected {_COUNTS[count].format(rule)}"
    return f"{_inside(key)}{error.message}"


def _explain_choice(error: "ValidationError", key: str, shown: str) -> str:
    """Word a value that fits none of several schemas, or more than one where one is asked for."""
    branches: Any = error.validator_value
    if all("required" in branch for branch in branches):
        names = [name for branch in branches for name in branch["required"]]
        if error.validator == "oneOf":
            return f"{_inside(key)}give either {' or '.join(names)}, and not both"
        return f"{_inside(key)}a key is missing; give {' or '.join(map(repr, names))}"
    within = [child for child in error.context or () if child.relative_path]
    if within:  # right but for one of its parts
        return _explain(within[0])
    if all("type" in branch for branch in branches) and error.context:
        return f"{shown} is not {' or '.join(_type_name(branch['type']) for branch in branches)}"
    return f"{_inside(key)}{error.message}"


def _inside(key: str) -> str:
    return f"{key}: " if key else ""


def _type_name(rule: str | list[str]) -> str:
    return " or ".join(_TYPE_NAMES[name] for name in ([rule] if isinstance(rule, str) else rule))
