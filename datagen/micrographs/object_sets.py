"""Data sets of the objects of labelled micrographs, split by micrograph: no two splits share one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from datagen.contract import SPLITS, UNLABELLED
from datagen.dataset import FEWER_LABELS, FORMAT_VERSION, REMARKS, Dataset
from datagen.errors import InputError
from datagen.micrographs.mask_patches import centroid, cut_by_masks, orientation
from datagen.micrographs.micrograph_splits import check_spread, even_split
from datagen.micrographs.object_masks import LabelledMicrograph, LabelledMicrographs, ObjectMask, remarks_of
from datagen.micrographs.patches import scaled_to_maximum, turn_upright
from datagen.seeds import generator, stream_record
from datagen.values import is_real, is_whole, require, require_side

# Of the pixels of a micrograph's objects as many stay below its brightest: a speck counts for nothing.
BRIGHTEST_PERCENT = 99


@dataclass(frozen=True)
class ObjectSetSpec:
    """How labelled micrographs become a data set.

    class_names: those to use, in this order (empty: every class that has an object); side_px: side of the square about
    an object; image_size: side it is resampled to; size: "kept", one square for all, so that size counts, or "fitted",
    the square is fitted to each object, as for micrographs of several magnifications; per_class: labelled objects a
    class; upright: these are turned upright by their second moments; unlabelled, test: fractions of the micrographs,
    the others are labelled; at_border: "drop" or "keep" objects that the micrograph's edge cuts; brightness: patches
    are divided by the highest value of the "object", or by that of all objects of the "micrograph". Raises InputError
    naming the key for any other value.
    """

    class_names: tuple[str, ...]
    side_px: int
    image_size: int
    per_class: int
    upright: bool = True
    unlabelled: float = 0.25
    test: float = 0.35
    at_border: str = "drop"
    brightness: str = "object"
    size: str = "kept"

    def __post_init__(self) -> None:
        for key in ("side_px", "image_size"):
            require_side(key, getattr(self, key), 8)
        names, per_class = self.class_names, self.per_class
        require(len(set(names)) == len(names) != 1, "class_names", list(names), "two or more, each once")
        require(is_whole(per_class) and per_class >= 1, "labelled.per_class", per_class, "a whole number >= 1")
        require(isinstance(self.upright, bool), "labelled.upright", self.upright, "true or false")
        require(self.at_border in ("drop", "keep"), "at_border", self.at_border, '"drop" or "keep"')
        require(self.size in ("kept", "fitted"), "size", self.size, '"kept" or "fitted"')
        whose = self.brightness
        require(whose in ("object", "micrograph"), "brightness", whose, '"object" or "micrograph"')
        for part in ("unlabelled", "test"):
            share = getattr(self, part)
            require(is_real(share) and 0 < share < 1, f"{part}.fraction", share, "a number between 0 and 1")
        left = 1 - self.unlabelled - self.test
        require(left > 0, "test.fraction", self.test, f"less than 1 - unlabelled.fraction = {1 - self.unlabelled:g}")


class _Pool(NamedTuple):
    """The objects that may be used: micrograph [n], within [n] (index there), truth [n], -1 for other classes."""

    micrograph: np.ndarray
    within: np.ndarray
    truth: np.ndarray


def object_set(
    spec: ObjectSetSpec,
    labelled: LabelledMicrographs,
    seeds: int | np.random.SeedSequence,
    source: Mapping[str, Any],
) -> Dataset:
    """Split the micrographs, draw the labelled objects of each class, and cut the patches.

    More labelled objects a class begin with the fewer. Every object of the unlabelled micrographs is an unlabelled
    image, of whatever class; those of the test micrographs whose class is asked for are tested. `factors` holds
    area_px, row and column (centroid, px), orientation_rad (as the object lies) and micrograph, its number. The header
    tells the source, what was left out (REMARKS) and which classes have fewer labels than asked for (FEWER_LABELS).
    Raises InputError when a class has no labelled or no test object.
    """
    micrographs = labelled.micrographs
    spec = replace(spec, class_names=spec.class_names or _classes(micrographs))
    pool, left_out = _pool(spec, micrographs)
    part = _parts(spec, pool, micrographs, seeds)
    rows, few = _rows(spec, pool, part, seeds)
    chosen = np.concatenate([rows[name] for name in SPLITS])
    split = np.repeat(SPLITS, [len(rows[name]) for name in SPLITS])
    columns, images = _columns(pool, micrographs, chosen), _images(spec, pool, micrographs, chosen)
    if spec.upright:
        turned = split == "labelled"
        images[turned] = turn_upright(images[turned], columns["orientation_rad"][turned])
    if spec.brightness == "object":
        images = scaled_to_maximum(images)
    truth = pool.truth[chosen]
    labels = np.where(split == "labelled", truth, UNLABELLED)
    header = {"spec": {**source, **asdict(spec)}, "seed": stream_record(seeds), "version": FORMAT_VERSION}
    header |= {REMARKS: [*labelled.remarks, *left_out], FEWER_LABELS: few}
    return Dataset(images, labels, truth, split, columns, spec.class_names, header)


def _classes(micrographs: Sequence[LabelledMicrograph]) -> tuple[str, ...]:
    """List the classes of all objects, by name; InputError for none."""
    found = {each.class_name for micrograph in micrographs for each in micrograph.objects} - {""}
    if not found:
        raise InputError(f"no object of the {len(micrographs)} micrographs has a class; check where the labels lie")
    return tuple(sorted(found))


def _pool(spec: ObjectSetSpec, micrographs: Sequence[LabelledMicrograph]) -> tuple[_Pool, list[str]]:
    """Number the objects that lie whole in their micrograph and in their patch; remarks tell of the others."""
    number = {name: index for index, name in enumerate(spec.class_names)}
    rows, cut, wide = [], 0, 0
    for place, micrograph in enumerate(micrographs):
        for index, each in enumerate(micrograph.objects):
            is_cut = spec.at_border == "drop" and each.touches_border(micrograph.pixels.shape)
            is_wide = not is_cut and spec.size == "kept" and max(each.mask.shape) > spec.side_px
            cut, wide = cut + is_cut, wide + is_wide
            if not (is_cut or is_wide):
                rows.append((place, index, number.get(each.class_name, UNLABELLED)))
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    told = {"objects cut by the border": cut, f"objects wider than side_px = {spec.side_px}": wide}
    return _Pool(*table.T), remarks_of({f"{what} are left out": count for what, count in told.items()})


def _parts(
    spec: ObjectSetSpec, pool: _Pool, micrographs: Sequence[LabelledMicrograph], seeds: int | np.random.SeedSequence
) -> np.ndarray:
    """Give each object the part of its micrograph, [n]."""
    known = pool.truth != UNLABELLED
    held = np.zeros((len(micrographs), len(spec.class_names)))
    np.add.at(held, (pool.micrograph[known], pool.truth[known]), 1)
    check_spread(held, spec.class_names, [each.name for each in micrographs])
    return even_split(held, spec.unlabelled, spec.test, generator(seeds, "parts of micrographs"))[pool.micrograph]


def _rows(
    spec: ObjectSetSpec, pool: _Pool, part: np.ndarray, seeds: int | np.random.SeedSequence
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Draw the objects of each part, in random order, and count those of classes with fewer than asked for."""
    labelled, few = [], {}
    for number, name in enumerate(spec.class_names):
        own = np.flatnonzero((part == "labelled") & (pool.truth == number))
        labelled.append(generator(seeds, "labelled", "class", name).permutation(own)[: spec.per_class])
        if len(own) < spec.per_class:
            few[name] = len(own)
    rows = {
        "labelled": np.concatenate(labelled),
        "unlabelled": np.flatnonzero(part == "unlabelled"),
        "test": np.flatnonzero((part == "test") & (pool.truth != UNLABELLED)),
    }
    return {name: generator(seeds, name, "order of rows").permutation(own) for name, own in rows.items()}, few


def _object(pool: _Pool, micrographs: Sequence[LabelledMicrograph], row: int) -> ObjectMask:
    return micrographs[pool.micrograph[row]].objects[pool.within[row]]


def _columns(pool: _Pool, micrographs: Sequence[LabelledMicrograph], chosen: np.ndarray) -> dict[str, np.ndarray]:
    objects = [_object(pool, micrographs, row) for row in chosen]
    centres = np.array([centroid(each) for each in objects])
    return {
        "area_px": np.array([each.mask.sum() for each in objects], dtype=np.float64),
        "row": centres[:, 0],
        "column": centres[:, 1],
        "orientation_rad": np.array([orientation(each) for each in objects]),
        "micrograph": pool.micrograph[chosen].astype(np.float64),
    }


def _images(
    spec: ObjectSetSpec, pool: _Pool, micrographs: Sequence[LabelledMicrograph], chosen: np.ndarray
) -> np.ndarray:
    images = np.empty((len(chosen), spec.image_size, spec.image_size), dtype=np.float32)
    for place, micrograph in enumerate(micrographs):
        own = np.flatnonzero(pool.micrograph[chosen] == place)
        if len(own):
            side_px = spec.side_px if spec.size == "kept" else None
            cut = cut_by_masks(micrograph, pool.within[chosen[own]], side_px, spec.image_size)
            images[own] = cut if spec.brightness == "object" else _scaled_alike(cut)
    return images


def _scaled_alike(images: np.ndarray) -> np.ndarray:
    """Divide images [n, side, side] by the value that few pixels of their objects exceed; one of zeros stays."""
    inside = images[images > 0]
    return np.clip(images / np.percentile(inside, BRIGHTEST_PERCENT), 0, 1) if len(inside) else images
