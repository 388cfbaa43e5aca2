"""Which objects the labels of a file name."""

from collections.abc import Iterator

import numpy as np

from datagen.errors import InputError
from ssrvae.library.labels import Label, Labels, called, names_of
from ssrvae.library.objects import Cut, Scene
from ssrvae.library.sources import PATCHES, Source


def named_objects(found: Cut, source: Source, labels: Labels) -> tuple[np.ndarray, list[str]]:
    """Name the objects [n] that labels name, "" for the others; and word the labels that name none.

    Raises InputError for an object with two labels, for a label that names a file of many pages but no page, and for
    a page that the file lacks.
    """
    names, problems = np.full(len(found.images), "", dtype=object), []
    hits = _patch_hits(found, labels) if labels.kind == PATCHES else _pixel_hits(found, source, labels)
    for label, hit in hits:
        if isinstance(hit, str):
            problems.append(f"{labels.where(label)}: {hit}")
        elif names[hit] not in ("", label.label):
            raise InputError(f"{labels.where(label)}: the object is labelled {names[hit]!r} and {label.label!r}")
        else:
            names[hit] = label.label
    return names, problems


def object_at(label: Label, objects: np.ndarray) -> int:
    """Give the number of the object at a label's pixel, 0 where there is none or the pixel lies outside."""
    row, column = (round(place) for place in label.pixel or (-1, -1))
    inside = 0 <= row < objects.shape[0] and 0 <= column < objects.shape[1]
    return int(objects[row, column]) if inside else 0


def _patch_hits(found: Cut, labels: Labels) -> Iterator[tuple[Label, int | str]]:
    """Give each label with the row of its patch, or with what became of that."""
    rows = dict[str, int]()
    for row, (source, number) in enumerate(zip(found.table["source"], found.table["object"], strict=True)):
        rows |= dict.fromkeys({*names_of(source), str(number)}, row)
    for label in labels.labels:
        hits = [rows[name] for name in called(label.name) if name in rows]
        yield label, hits[0] if hits else "the patch was skipped"


def _pixel_hits(found: Cut, source: Source, labels: Labels) -> Iterator[tuple[Label, int | str]]:
    """Give each label with the row of the object at its pixel, or with the reason why there is none."""
    pages, firsts = dict[int, Scene](), dict[int, int]()
    for scene in found.scenes:
        name = scene.micrograph.source
        page = int(name.removeprefix(source.name).removeprefix("#") or 1)
        pages[page], firsts[page] = scene, int((found.table["source"] == name).to_numpy().argmax())
    for label, named_page in labels.of(source.name):
        page = _checked_page(label, named_page, found.n_pages, labels.where(label))
        if page not in pages:
            yield label, f"page {page} of {source.name} was skipped"
        elif number := object_at(label, pages[page].objects):
            yield label, firsts[page] + number - 1
        else:
            row, column = label.pixel or (np.nan, np.nan)
            where = f"row, column ({row:g}, {column:g}) of {label.name}"
            yield label, f"{where} hits no object that was kept; see the overlay"


def _checked_page(label: Label, page: int | None, n_pages: int, where: str) -> int:
    if page is None and n_pages > 1:
        raise InputError(f"{where}: {label.name} has {n_pages} pages; name one of them, as {label.name}#1")
    if (page or 1) > n_pages or page == 0:
        pages = f"{n_pages} page{'s' if n_pages > 1 else ''}"
        raise InputError(f"{where}: there is no {label.name}; the file has {pages}, counted from 1")
    return page or 1
