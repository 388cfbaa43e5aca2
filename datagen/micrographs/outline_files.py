"""Read outlines of objects from COCO files: polygons or run-length masks, cleaned, with their classes."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from datagen.errors import InputError
from datagen.micrographs.object_masks import ObjectMask, mask_at
from datagen.micrographs.run_lengths import decode

SECTIONS = ("images", "annotations", "categories")
NEEDED = {"images": ("id", "file_name"), "annotations": ("image_id", "category_id"), "categories": ("id", "name")}


class _Unusable(Exception):
    """An outline that is left out; the message goes on after the number of such outlines."""


def read_coco(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Read a COCO file's images, annotations and categories; InputError naming the file and what is missing."""
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: is no JSON ({' '.join(str(error).split())[:120]}); expected a COCO file") from error
    for section in SECTIONS:
        rows = found.get(section) if isinstance(found, dict) else None
        if not isinstance(rows, list) or not rows:
            raise InputError(f"{path}: has no {section}; a COCO file holds {', '.join(SECTIONS)}")
        for row in rows:
            absent = [key for key in NEEDED[section] if not isinstance(row, dict) or key not in row]
            if absent:
                raise InputError(f"{path}: one of the {section} has no {absent[0]}; expected {NEEDED[section]}")
    return {section: found[section] for section in SECTIONS}


def outlined_objects(
    path: Path, shapes: Mapping[str, tuple[int, ...]]
) -> tuple[dict[str, list[ObjectMask]], dict[str, int]]:
    """Give the objects of each micrograph that a COCO file outlines, and the counts of what was cleaned or left out.

    shapes: height and width of the micrographs by name. Raises InputError for a file that names a micrograph that is
    not there, has another size or stands twice, or an unknown category.
    """
    coco = read_coco(path)
    names = {each["id"]: _micrograph(path, each, shapes) for each in coco["images"]}
    twice = [name for name, count in Counter(names.values()).items() if count > 1]
    if twice:
        raise InputError(f"{path}: {twice[0]} stands for several images; give each its own name")
    classes = {each["id"]: str(each["name"]).strip() for each in coco["categories"]}
    objects: dict[str, list[ObjectMask]] = defaultdict(list)
    told: Counter[str] = Counter()
    for each in coco["annotations"]:
        name = _known(path, each, "image_id", names)
        class_name = _known(path, each, "category_id", classes)
        try:
            mask, remark = _mask(each, shapes[name])
        except _Unusable as reason:
            told[str(reason)] += 1
            continue
        except (InputError, KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path}: annotation {each.get('id', '?')} of {name} is damaged ({error})") from error
        rows, columns = np.nonzero(mask)
        objects[name].append(mask_at(rows, columns, class_name))
        told.update([remark] if remark else [])
    return dict(objects), dict(told)


def _micrograph(path: Path, image: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> str:
    name = Path(str(image["file_name"])).name
    if name not in shapes:
        raise InputError(f"{path}: outlines {name}, which is not among the {len(shapes)} micrographs")
    told = (image.get("height", shapes[name][0]), image.get("width", shapes[name][1]))
    if told != shapes[name]:
        raise InputError(
            f"{path}: outlines of {name} are drawn in {told[0]} x {told[1]} px; "
            f"the micrograph has {shapes[name][0]} x {shapes[name][1]}"
        )
    return name


def _known(path: Path, annotation: Mapping[str, Any], key: str, names: Mapping[Any, str]) -> str:
    if annotation[key] not in names:
        section = "images" if key == "image_id" else "categories"
        raise InputError(
            f"{path}: annotation {annotation.get('id', '?')} has {key} {annotation[key]!r}, not in {section}"
        )
    return names[annotation[key]]


def _mask(annotation: Mapping[str, Any], shape: tuple[int, ...]) -> tuple[np.ndarray, str]:
    """Give an annotation's mask [height, width], and a remark on what was cleaned, "" for nothing."""
    if annotation.get("iscrowd") and "counts" not in (annotation.get("segmentation") or ()):
        raise _Unusable("outlines are of crowds, no single object: left out")
    outline = annotation.get("segmentation")
    if not outline:
        raise _Unusable("annotations have no outline, or an empty one: left out")
    if isinstance(outline, Mapping):
        mask = decode(outline)
        if mask.shape != shape:
            raise InputError(f"its run-length mask has {mask.shape[0]} x {mask.shape[1]} px")
        crossed = False
    else:
        rings = [_ring(each) for each in outline]
        mask = np.any([_filled(ring, shape) for ring in rings], axis=0)
        crossed = any(_crosses_itself(ring) for ring in rings)
    if not mask.any():
        raise _Unusable("outlines hold no pixel of their micrograph: left out")
    return (_largest_piece(mask), "outlines cross themselves: the largest piece is used") if crossed else (mask, "")


def _ring(coordinates: Sequence[float]) -> np.ndarray:
    """Give a polygon's corners [n, 2] as x, y without repetitions."""
    corners = np.array(coordinates, dtype=np.float64)
    if corners.ndim != 1 or len(corners) % 2 or not np.isfinite(corners).all():
        raise InputError("a polygon is a list x1, y1, x2, y2, ... of numbers")
    corners = corners.reshape(-1, 2)
    return corners[(corners != np.roll(corners, 1, axis=0)).any(axis=1)]


def _filled(ring: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    from skimage.draw import polygon2mask

    # COCO's x, y count from the image's corner, pixels from the first one's centre.
    return polygon2mask(shape, ring[:, ::-1] - 0.5) if len(ring) >= 3 else np.zeros(shape, dtype=bool)


def _crosses_itself(ring: np.ndarray) -> bool:
    """Tell whether two sides of a polygon cross; those that follow each other meet, which is no crossing."""
    ends = np.roll(ring, -1, axis=0)
    first, second = np.triu_indices(len(ring), 2)
    a, b, c, d = ring[first], ends[first], ring[second], ends[second]
    return bool(((_side(a, b, c) * _side(a, b, d) < 0) & (_side(c, d, a) * _side(c, d, b) < 0)).any())


def _side(start: np.ndarray, end: np.ndarray, point: np.ndarray) -> np.ndarray:
    """Tell on which side of a line points lie: > 0, < 0, or 0 on it."""
    line, to = end - start, point - start
    return line[:, 0] * to[:, 1] - line[:, 1] * to[:, 0]


def _largest_piece(mask: np.ndarray) -> np.ndarray:
    from scipy.ndimage import binary_fill_holes
    from skimage.measure import label

    pieces = label(mask, connectivity=2)
    return binary_fill_holes(pieces == np.bincount(pieces[mask]).argmax())
