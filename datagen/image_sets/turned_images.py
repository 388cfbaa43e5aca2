"""Data sets made of given upright images: every image is used once, turned and moved as its split says."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from datagen.affine import warp
from datagen.contract import SPLITS, UNLABELLED
from datagen.data_kind import IMAGE_SIZE, Data, DataKind, Fetched
from datagen.dataset import FORMAT_VERSION, IMAGE_SIDE_PX, Dataset
from datagen.errors import InputError
from datagen.external import Archive
from datagen.factors import FACTOR_NAMES, Factors, sample_factors
from datagen.key_schemas import names
from datagen.seeds import generator, stream_record
from datagen.splits import PartSpec, named, part_specs, split_schemas
from datagen.values import require, require_side

SPEC_KEYS = ("kind", "class_names", "image_size", *SPLITS)
_CLASS_NAMES = names("The classes to use, in this order; all when not given.", at_least=2)


class LabelledImages(NamedTuple):
    """images [n, side, side] float32 in [0, 1], upright; truth [n] int64; class_names of the classes 0, 1, ..."""

    images: np.ndarray
    truth: np.ndarray
    class_names: tuple[str, ...]


@dataclass(frozen=True)
class ImageSetSpec:
    """A data set of given images: its kind, its splits, the image side in px, its classes.

    class_names: those to use, in this order; None for all. Silhouettes are 28 px wide, digits 24: sides of 40 and 34
    keep the corners of turned ones.
    """

    kind: str
    labelled: PartSpec
    unlabelled: PartSpec
    test: PartSpec
    image_size: int
    class_names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        require_side("image_size", self.image_size, 8)


def turned_images_kind(
    name: str,
    summary: str,
    class_names: tuple[str, ...],
    read: Callable[[Path], LabelledImages],
    archive: Archive | None = None,
) -> DataKind:
    """Make the data kind of upright images that `read` gives from the folder of fetched archives.

    class_names: all that there are, in the order of their numbers; archive: what has to be fetched before.
    """

    def generate(data: Data, seeds: np.random.SeedSequence, replicate: int, external: Path) -> Dataset:
        return generate_image_set(image_set_spec(data, class_names), read(external), seeds)

    def chosen(data: Data) -> tuple[str, ...]:
        return image_set_spec(data, class_names).class_names or class_names

    return DataKind(
        summary=summary,
        keys={"class_names": _CLASS_NAMES, "image_size": IMAGE_SIZE, **split_schemas()},
        required=SPLITS,
        generate=generate,
        check=lambda data: image_set_spec(data, class_names),
        fetched=Fetched((archive,), lambda data: archive, chosen) if archive else None,
    )


def image_set_spec(data: Mapping, known: tuple[str, ...]) -> ImageSetSpec:
    """Read a `data` stanza whose classes are some of those known; InputError naming the key and its value."""
    parts = part_specs(data, SPEC_KEYS)
    with named("data"):
        chosen = tuple(data["class_names"]) if "class_names" in data else None
        if chosen is not None:
            require(set(chosen) <= set(known), "class_names", list(chosen), f"some of {', '.join(known)}")
            require(len(set(chosen)) == len(chosen) >= 2, "class_names", list(chosen), "two or more, each once")
        return ImageSetSpec(data["kind"], **parts, image_size=data.get("image_size", IMAGE_SIDE_PX), class_names=chosen)


def generate_image_set(spec: ImageSetSpec, images: LabelledImages, seeds: int | np.random.SeedSequence) -> Dataset:
    """Draw the images of each split, none twice, and turn and move them as the split's ranges say.

    More labelled images a class begin with the fewer and move no other split. Raises InputError when a class has too
    few images.
    """
    source = _of_classes(images, spec.class_names or images.class_names)
    chosen: dict[str, list[np.ndarray]] = {part: [] for part in SPLITS}
    for number, name in enumerate(source.class_names):
        rows = generator(seeds, "images of class", name).permutation(np.flatnonzero(source.truth == number))
        for part, own in _divided(rows, spec, name).items():
            chosen[part].append(own)
    drawn = [_draw_part(getattr(spec, part), part, chosen[part], source, seeds) for part in SPLITS]
    rows = np.concatenate([part_rows for part_rows, _ in drawn])
    factors = {name: np.concatenate([part_factors[name] for _, part_factors in drawn]) for name in FACTOR_NAMES}
    split = np.repeat(SPLITS, [len(part_rows) for part_rows, _ in drawn])
    turned = np.clip(warp(source.images, rows, factors, spec.image_size), 0, 1)
    truth = source.truth[rows]
    labels = np.where(split == "labelled", truth, UNLABELLED)
    return Dataset(turned, labels, truth, split, factors, source.class_names, _header(spec, seeds))


def _of_classes(source: LabelledImages, class_names: tuple[str, ...]) -> LabelledImages:
    truth = np.full(len(source.truth), UNLABELLED)
    for number, name in enumerate(class_names):
        truth[source.truth == source.class_names.index(name)] = number
    kept = truth != UNLABELLED
    return LabelledImages(source.images[kept], truth[kept], class_names)


def _divided(rows: np.ndarray, spec: ImageSetSpec, name: str) -> dict[str, np.ndarray]:
    """Give a class's shuffled images to the splits: test from the front, then unlabelled, labelled from the end."""
    n_test, n_unlabelled, n_labelled = spec.test.per_class, spec.unlabelled.per_class, spec.labelled.per_class
    if n_test + n_unlabelled + n_labelled > len(rows):
        raise InputError(
            f"data: per_class of labelled, unlabelled and test ({n_labelled} + {n_unlabelled} + {n_test}) is more than "
            f"the {len(rows)} images of class {name}; lower one of them"
        )
    unlabelled = rows[n_test : n_test + n_unlabelled]
    return {"test": rows[:n_test], "unlabelled": unlabelled, "labelled": rows[::-1][:n_labelled]}


def _draw_part(
    part: PartSpec,
    split: str,
    rows: list[np.ndarray],
    source: LabelledImages,
    seeds: int | np.random.SeedSequence,
) -> tuple[np.ndarray, Factors]:
    """Draw the factors of one split class by class; rows of the source and factors, shuffled alike."""
    streams = [generator(seeds, split, "class", name) for name in source.class_names]
    drawn = [sample_factors(part.ranges, len(own), stream) for own, stream in zip(rows, streams, strict=True)]
    every = np.concatenate(rows)
    order = generator(seeds, split, "order of rows").permutation(len(every))
    return every[order], {name: np.concatenate([own[name] for own in drawn])[order] for name in FACTOR_NAMES}


def _header(spec: ImageSetSpec, seeds: int | np.random.SeedSequence) -> dict:
    return {"spec": asdict(spec), "seed": stream_record(seeds), "version": FORMAT_VERSION}
