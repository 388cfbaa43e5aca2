"""The user's own micrographs, with points, outlines (COCO) or label images that tell where objects of a class are."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from datagen.data_kind import Data, DataKind
from datagen.dataset import Dataset
from datagen.errors import InputError
from datagen.key_schemas import key
from datagen.micrographs.label_images import check_objects, label_image_of, read_classes, read_label_image
from datagen.micrographs.micrograph_files import SUFFIXES, read_micrographs
from datagen.micrographs.object_masks import LabelledMicrograph, LabelledMicrographs, masks_of, remarks_of
from datagen.micrographs.object_set_keys import OBJECT_SET_KEYS, object_set_spec
from datagen.micrographs.object_sets import ObjectSetSpec, object_set
from datagen.micrographs.outline_files import outlined_objects
from datagen.micrographs.point_tables import pointed_objects, read_points
from datagen.micrographs.segmentation import Segmentation
from datagen.splits import check_keys, named

LABELS = ("points", "outlines", "label_images")
_PATH = {"type": "string", "minLength": 1}
_KEYS = {
    "images": key("Folder of the micrographs, or one file whose pages they are.", **_PATH),
    "points": key("Table image,x,y,class: a point in each labelled object, in px from the top left one.", **_PATH),
    "segmentation": key(
        "How objects are found that points lie in.", type="object", additionalProperties=key("A setting.")
    ),
    "outlines": key("COCO file of the objects' outlines, polygons or run lengths, with their categories.", **_PATH),
    "label_images": key(
        "Folder of label images, named as the micrographs: one whole number an object, 0 for background.", **_PATH
    ),
    "classes": key("Table image,object,class for label images; an object without a line is unlabelled.", **_PATH),
}


def _spec(data: Data) -> ObjectSetSpec:
    given = [name for name in LABELS if name in data]
    if len(given) != 1:
        raise InputError(f"data: {' and '.join(given) or 'no labels'} given; expected one of {', '.join(LABELS)}")
    for name, needs in (("segmentation", "points"), ("classes", "label_images")):
        if name in data and needs not in data:
            raise InputError(f"data.{name}: is for {needs} alone; {given[0]} is given")
    if "label_images" in data and "classes" not in data:
        raise InputError("data.classes: is missing; label images need a table image,object,class")
    _settings(data)
    return object_set_spec(data, own_keys=tuple(_KEYS))


def _settings(data: Data) -> Segmentation:
    """Read the segmentation's settings; what the border does is at_border's to say."""
    settings = data.get("segmentation", {})
    if "at_border" in settings:
        raise InputError("data.segmentation.at_border: is not allowed; use data.at_border")
    check_keys(settings, tuple(field.name for field in fields(Segmentation)), "data.segmentation")
    with named("data.segmentation"):
        return Segmentation(**{**settings, "at_border": "keep"})


def _pixels(data: Data) -> tuple[dict[str, np.ndarray], list[str]]:
    """Read the micrographs, by name; remarks tell what was changed in reading."""
    pages = read_micrographs(data["images"])
    notes = Counter(f"micrographs: {page.note}" for page in pages if page.note)
    return {page.source.rpartition("/")[2]: page.pixels for page in pages}, remarks_of(notes)


def _outlined(path: Path, pixels: Mapping[str, np.ndarray]) -> LabelledMicrographs:
    objects, told = outlined_objects(path, {name: grey.shape for name, grey in pixels.items()})
    told["micrographs have no outline: left out"] = len(set(pixels) - set(objects))
    return LabelledMicrographs(
        [LabelledMicrograph(name, grey, objects[name]) for name, grey in pixels.items() if name in objects],
        remarks_of(told),
    )


def _numbered(folder: Path, table: Path, pixels: Mapping[str, np.ndarray]) -> LabelledMicrographs:
    classes, micrographs = read_classes(table, pixels), []
    owners: dict[Path, str] = {}
    for name, grey in pixels.items():
        path = label_image_of(name, folder)
        if owners.setdefault(path, name) != name:
            raise InputError(f"{path}: is the label image of {owners[path]} and of {name}; give each its own name")
        labels = read_label_image(path, grey.shape)
        check_objects(table, classes[name], labels, name)
        micrographs.append(LabelledMicrograph(name, grey, masks_of(labels, classes[name])))
    return LabelledMicrographs(micrographs, [])


def _labelled(data: Data) -> LabelledMicrographs:
    pixels, notes = _pixels(data)
    if "outlines" in data:
        found = _outlined(Path(data["outlines"]), pixels)
    elif "label_images" in data:
        found = _numbered(Path(data["label_images"]), Path(data["classes"]), pixels)
    else:
        shapes = {name: grey.shape for name, grey in pixels.items()}
        found = pointed_objects(pixels, read_points(Path(data["points"]), shapes), _settings(data))
    return LabelledMicrographs(found.micrographs, [*notes, *found.remarks])


def _generate(data: Data, seeds: np.random.SeedSequence, replicate: int, external: Path) -> Dataset:
    source = {name: data[name] for name in ("kind", *_KEYS) if name in data}
    return object_set(_spec(data), _labelled(data), seeds, source)


def _files(data: Data) -> Iterator[Path]:
    yield from _images_in(Path(data["images"]))
    for name in ("points", "outlines", "classes"):
        if name in data:
            yield Path(data[name])
    if "label_images" in data:
        yield from sorted(path for path in Path(data["label_images"]).glob("*") if path.is_file())


def _images_in(path: Path) -> list[Path]:
    """List the images of a folder; a file, whose pages are the micrographs, is read as well."""
    return [path] if path.is_file() else sorted(each for each in path.glob("*") if each.suffix.lower() in SUFFIXES)


def _open_files(data: Data) -> Any:
    """Read all but what takes long: the objects that points lie in are not looked for."""
    if "points" not in data:
        return _labelled(data)
    pixels, _ = _pixels(data)
    return read_points(Path(data["points"]), {name: grey.shape for name, grey in pixels.items()})


KIND = DataKind(
    summary="your own micrographs with points, outlines or label images",
    keys={**_KEYS, **OBJECT_SET_KEYS},
    required=("images", "side_px", "labelled"),
    generate=_generate,
    check=_spec,
    files=_files,
    open_files=_open_files,
)
