"""What is decided once for all micrographs before they are cut: the patches' side, and whether to part objects."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from datagen.errors import InputError
from datagen.micrographs.micrograph_files import Micrograph, read_pages
from datagen.micrographs.patches import decide_cutting
from datagen.micrographs.segmentation import AUTO, Segmentation, segment
from ssrvae.library.hits import object_at
from ssrvae.library.labels import Label, Labels
from ssrvae.library.settings import Settings
from ssrvae.library.sources import Source

MOST_LOOKED_AT = 24
MORE_FOUND = 1.15
"""Parting must find so many times the labelled objects: a few that touch are no reason to part one of several parts."""
ALIKE = 1.5
"""Objects of a class are of one size up to this factor of the area: two that touch have twice that of one."""


class _Looked(NamedTuple):
    micrograph: Micrograph
    labels: list[Label]


def decide_together(sources: list[Source], labels: Labels, settings: Settings) -> Settings:
    """Fill in what is "auto" and one for all micrographs, by those that hold labels, MOST_LOOKED_AT of them.

    Touching objects are cut apart when that puts more labels in an object of their own of their class's usual size, by
    a local threshold when that puts still more. What is read in each micrograph
    (`datagen.micrographs.segmentation.decide`) stays as it is.
    """
    cutting, found = settings.cutting, settings.segmentation
    if AUTO not in (cutting.side_px, cutting.out_side_px, found.split_touching):
        return settings
    looked = [each for _, each in zip(range(MOST_LOOKED_AT), _labelled_pages(sources, labels), strict=False)]
    if found.split_touching == AUTO:
        found = _finding_most(looked, found)
    decided = decide_cutting([_objects(page, found) for page in looked], cutting)
    return replace(settings, segmentation=found, cutting=decided)


def _labelled_pages(sources: list[Source], labels: Labels) -> Iterator[_Looked]:
    for source in sources:
        named = labels.of(source.name)
        if not named:
            continue
        try:
            pages = read_pages(source.path)
        except InputError:
            continue  # told when the source is cut
        for number, page in enumerate(pages, start=1):
            own = [label for label, named_page in named if (named_page or 1) == number]
            if own and isinstance(page, Micrograph):
                yield _Looked(page, own)


def _finding_most(looked: list[_Looked], settings: Segmentation) -> Segmentation:
    """Leave objects whole, part them, or part them by a local threshold, which sees narrow gaps in a cluster."""
    best = replace(settings, split_touching=False)
    parted = replace(settings, split_touching=True)
    by_gaps = [replace(parted, threshold="local")] if settings.threshold == AUTO else []
    most = _n_alone(looked, best)
    for other in (parted, *by_gaps):
        n_alone = _n_alone(looked, other)
        if n_alone > MORE_FOUND * most:
            best, most = other, n_alone
    return best


def _n_alone(looked: list[_Looked], settings: Segmentation) -> int:
    """Count the labels that are the only one in an object which is about as large as others of their class.

    Where labels are few, one in a cluster is alone as well; the cluster's size gives it away.
    """
    areas: defaultdict[str, list[int]] = defaultdict(list)
    for page in looked:
        for name, area in _alone(page, _objects(page, settings)):
            areas[name].append(area)
    apart = (np.abs(np.log(of_class) - np.median(np.log(of_class))) for of_class in areas.values())
    return sum(int((log_ratios < np.log(ALIKE)).sum()) for log_ratios in apart)


def _objects(page: _Looked, settings: Segmentation) -> np.ndarray:
    try:
        return segment(page.micrograph.pixels, settings)
    except InputError:
        return np.zeros(page.micrograph.pixels.shape, dtype=np.int32)


def _alone(page: _Looked, objects: np.ndarray) -> Iterator[tuple[str, int]]:
    """Give the class of each label that is the only one in its object, and the object's area in px."""
    hits = [object_at(label, objects) for label in page.labels]
    counts, areas = Counter(hits), np.bincount(objects.ravel())
    for label, number in zip(page.labels, hits, strict=True):
        if number and counts[number] == 1:
            yield label.label, int(areas[number])
