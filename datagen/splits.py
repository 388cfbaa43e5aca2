"""The three splits of a data set: images a class and the ranges of their factors, as a `data` stanza gives them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from datagen.contract import SPLITS
from datagen.errors import InputError
from datagen.factors import RANGE_BOUNDS, RANGE_NAMES, FactorRanges
from datagen.key_schemas import Schema, key, mapping
from datagen.values import require_positive

_REMARKS = {
    "labelled": "",
    "unlabelled": ", whose classes no fit sees",
    "test": "; ranges that are not given are those of the unlabelled images",
}


@dataclass(frozen=True)
class PartSpec:
    """One split: images a class, and the ranges of their factors; InputError for per_class < 1."""

    per_class: int
    ranges: FactorRanges

    def __post_init__(self) -> None:
        require_positive("per_class", self.per_class)


def part_specs(data: Mapping, allowed: tuple[str, ...]) -> dict[str, PartSpec]:
    """Read the three splits of a `data` stanza with these keys; the test ranges default to the unlabelled ones.

    Raises InputError naming the key (data.unlabelled.scale, ...), its value and what is allowed.
    """
    check_keys(data, allowed, "data")
    parts = {split: _stanza(data, split) for split in SPLITS}
    parts["test"] = {name: value for name, value in parts["unlabelled"].items() if name in RANGE_NAMES} | parts["test"]
    return {split: _part_spec(stanza, f"data.{split}") for split, stanza in parts.items()}


def check_keys(stanza: Mapping, allowed: tuple[str, ...], where: str) -> None:
    """Raise InputError, naming the section, for a key that is not allowed there."""
    for name in stanza:
        if name not in allowed:
            raise InputError(f"{where}: unknown key {name!r}; allowed are {', '.join(allowed)}")


@contextmanager
def named(where: str) -> Iterator[None]:
    """Put the config section before the key that an InputError names."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{where}.{error}") from error


def split_schemas() -> dict[str, Schema]:
    """Give the JSON schema of each split's stanza, for data kinds that draw factors."""
    return {
        split: mapping(
            f"The {split} images{_REMARKS[split]}.", {"per_class": per_class_schema(split), **_range_schemas(split)}
        )
        for split in SPLITS
    }


def per_class_schema(split: str) -> Schema:
    """Give the JSON schema of a split's number of images a class."""
    return key(f"Number of {split} images a class.", type="integer", minimum=1)


def _range_schemas(split: str) -> dict[str, Schema]:
    """Give the JSON schema of each of RANGE_NAMES."""
    whose = f"of the {split} images"
    rules = {name: bounds.schema() for name, bounds in RANGE_BOUNDS.items()}
    return {
        "rotation_deg": key(f"Rotation range {whose}: uniform within +- this many degrees.", **rules["rotation_deg"]),
        "shear_deg": key(
            f"Shear range {whose}, in x and in y: uniform within +- this many degrees.", **rules["shear_deg"]
        ),
        "scale": key(
            f"Scale range [lowest, highest] {whose}, as a factor.",
            type="array",
            items=rules["scale"],
            minItems=2,
            maxItems=2,
        ),
        "shift": key(
            f"Shift range {whose}, in x and in y: uniform within +- this fraction of the image side.",
            **rules["shift"],
        ),
    }


def _part_spec(stanza: Mapping, where: str) -> PartSpec:
    check_keys(stanza, ("per_class", *RANGE_NAMES), where)
    if "per_class" not in stanza:
        raise InputError(f"{where}.per_class is missing; give the number of images a class")
    ranges = {name: stanza[name] for name in RANGE_NAMES if name in stanza}
    with named(where):
        return PartSpec(stanza["per_class"], FactorRanges(**ranges))


def _stanza(data: Mapping, split: str) -> dict:
    stanza = data.get(split)
    if not isinstance(stanza, Mapping):
        raise InputError(
            f"data.{split}: {stanza!r} is not a mapping; give per_class and ranges ({', '.join(RANGE_NAMES)})"
        )
    return dict(stanza)
