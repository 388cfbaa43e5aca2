"""The `data` keys that every set of micrographs' objects has, and how they are read."""

from collections.abc import Mapping
from typing import Any

from datagen.data_kind import IMAGE_SIZE
from datagen.dataset import IMAGE_SIDE_PX
from datagen.key_schemas import Schema, key, mapping, names, side
from datagen.micrographs.object_sets import ObjectSetSpec
from datagen.splits import check_keys, named, per_class_schema

PART_KEYS = {"labelled": ("per_class", "upright"), "unlabelled": ("fraction",), "test": ("fraction",)}


def _fraction(part: str, default: float) -> Schema:
    return key(
        f"Fraction of the micrographs that are {part}.",
        type="number",
        exclusiveMinimum=0,
        exclusiveMaximum=1,
        default=default,
    )


OBJECT_SET_KEYS: dict[str, Schema] = {
    "class_names": names("The classes to use, in this order.", at_least=2),
    "side_px": side(
        "Side of the square that is cut about an object, where sizes are kept; resampled to image_size. "
        "Wider objects are left out.",
        at_least=8,
    ),
    "size": key(
        "One square for all, so that size counts, or one fitted to each object, whatever side_px says.",
        enum=["kept", "fitted"],
        default=ObjectSetSpec.size,
    ),
    "image_size": IMAGE_SIZE,
    "at_border": key("Objects that the micrograph's edge cuts.", enum=["drop", "keep"], default="drop"),
    "brightness": key(
        "Patches are divided by the highest value of the object, or by that of the micrograph's objects.",
        enum=["object", "micrograph"],
        default=ObjectSetSpec.brightness,
    ),
    "labelled": mapping(
        "The labelled objects, of the micrographs that are neither unlabelled nor tested.",
        {
            "per_class": per_class_schema("labelled"),
            "upright": key(
                "Turned upright by their second moments, or as they lie.", type="boolean", default=ObjectSetSpec.upright
            ),
        },
        required=("per_class",),
    ),
    "unlabelled": mapping(
        "The micrographs of whose objects no fit sees a class; all their objects are used, of whatever class.",
        {"fraction": _fraction("unlabelled", ObjectSetSpec.unlabelled)},
    ),
    "test": mapping("The micrographs that are tested.", {"fraction": _fraction("tested", ObjectSetSpec.test)}),
}


def object_set_spec(
    data: Mapping[str, Any], class_names: tuple[str, ...] = (), side_px: int = 0, own_keys: tuple[str, ...] = ()
) -> ObjectSetSpec:
    """Read a `data` stanza; InputError naming the key, its value and what is allowed.

    class_names, side_px: what they are where the stanza gives none; own_keys: further ones that the kind reads itself.
    """
    check_keys(data, ("kind", *OBJECT_SET_KEYS, *own_keys), "data")
    parts = {part: data.get(part, {}) for part in PART_KEYS}
    for part, allowed in PART_KEYS.items():
        check_keys(parts[part], allowed, f"data.{part}")
    fractions = {part: parts[part]["fraction"] for part in ("unlabelled", "test") if "fraction" in parts[part]}
    chosen = tuple(data["class_names"]) if "class_names" in data else class_names
    with named("data"):
        return ObjectSetSpec(
            class_names=chosen,
            side_px=data.get("side_px", side_px),
            image_size=data.get("image_size", IMAGE_SIDE_PX),
            at_border=data.get("at_border", ObjectSetSpec.at_border),
            brightness=data.get("brightness", ObjectSetSpec.brightness),
            size=data.get("size", ObjectSetSpec.size),
            per_class=parts["labelled"].get("per_class", 0),
            upright=parts["labelled"].get("upright", ObjectSetSpec.upright),
            **fractions,
        )
