"""Give the objects that a segmentation found the classes of points that somebody set in them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from datagen.csv_tables import number, rows_of
from datagen.errors import InputError
from datagen.micrographs.object_masks import LabelledMicrograph, LabelledMicrographs, masks_of, remarks_of
from datagen.micrographs.segmentation import Segmentation, segment

COLUMNS = ("image", "x", "y", "class")


class Point(NamedTuple):
    """A place in a micrograph, x to the right and y down in px from the first pixel, and its class."""

    x: float
    y: float
    class_name: str


def read_points(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, list[Point]]:
    """Read a table image,x,y,class; points by micrograph.

    shapes: height and width of the micrographs by name. Raises InputError, naming the file and line, for a micrograph
    that is not there and a point outside it.
    """
    points: dict[str, list[Point]] = defaultdict(list)
    for row in rows_of(path, COLUMNS):
        name, x, y = row["image"], number(row, "x"), number(row, "y")
        if name not in shapes:
            raise InputError(f"{row.where}: {name!r} is not among the {len(shapes)} micrographs")
        height, width = shapes[name]
        if not (0 <= round(x) < width and 0 <= round(y) < height):
            raise InputError(f"{row.where}: x, y = {x:g}, {y:g} lies outside {name}, {width} px wide and {height} high")
        points[name].append(Point(x, y, row["class"]))
    return dict(points)


def pointed_objects(
    pixels: Mapping[str, np.ndarray], points: Mapping[str, Sequence[Point]], settings: Segmentation
) -> LabelledMicrographs:
    """Segment micrographs, by name, and give each object the class of the one point in it.

    A point in no object, and an object with more than one point, which are objects that were not told apart, are
    counted and told; such an object has no class.
    """
    micrographs, left_out, told = [], Counter[str](), Counter[str]()
    for name, grey in pixels.items():
        try:
            labels = segment(grey, settings)
        except InputError as error:
            left_out[f"of {len(pixels)} micrographs are left out, as {name}: {error}"] += 1
            continue
        classes, counts = _classes(labels, points.get(name, ()))
        told.update(counts)
        micrographs.append(LabelledMicrograph(name, grey, masks_of(labels, classes)))
    total = sum(len(own) for own in points.values())
    of_points = remarks_of({f"of {total} {what}": n for what, n in told.items()})
    return LabelledMicrographs(micrographs, [*remarks_of(left_out), *of_points])


def _classes(labels: np.ndarray, points: Collection[Point]) -> tuple[dict[int, str], dict[str, int]]:
    owners = [int(labels[round(point.y), round(point.x)]) for point in points]
    held = Counter(owners)
    classes = {
        owner: point.class_name for owner, point in zip(owners, points, strict=True) if owner and held[owner] == 1
    }
    shared = sum(count for owner, count in held.items() if owner and count > 1)
    return classes, {"points lie in no object": held[0], "points share an object with another": shared}
