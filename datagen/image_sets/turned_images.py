"""Data sets made of given upright images: every image is used once, turned and moved as its split says."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from datagen.affine import warp
from datagen.cards.card_images import PartSpec, named, part_specs
from datagen.contract import SPLITS, UNLABELLED
from datagen.dataset import FORMAT_VERSION, Dataset
from datagen.errors import InputError
from datagen.external import ANIMAL_MNIST, FOLDER, checked
from datagen.factors import FACTOR_NAMES, Factors, sample_factors
from datagen.image_sets.labelled_images import CLASS_NAMES, LabelledImages
from datagen.seeds import generator
from datagen.values import is_whole, require

SPEC_KEYS = ("kind", "class_names", "image_size", *SPLITS)


@dataclass(frozen=True)
class ImageSetSpec:
    """A data set of given images: which ("silhouettes" or "digits"), its splits, the image side in px, its classes.

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
        known, chosen = CLASS_NAMES[self.kind], chosen_classes(self)
        require(set(chosen) <= set(known), "class_names", list(chosen), f"some of {', '.join(known)}")
        require(len(set(chosen)) == len(chosen) >= 2, "class_names", list(chosen), "two or more, each once")
        side = self.image_size
        require(is_whole(side) and side >= 8, "image_size", side, "a whole number >= 8")


def image_set_spec(data: Mapping) -> ImageSetSpec:
    """Read the `data` stanza of a config of kind silhouettes or digits; InputError naming the key and its value."""
    parts = part_specs(data, SPEC_KEYS)
    with named("data"):
        names = tuple(data["class_names"]) if "class_names" in data else None
        return ImageSetSpec(data["kind"], **parts, image_size=data.get("image_size", 48), class_names=names)


def chosen_classes(spec: ImageSetSpec) -> tuple[str, ...]:
    """Give the names of a data set's classes."""
    return spec.class_names or CLASS_NAMES[spec.kind]


def generate_image_set(spec: ImageSetSpec, seeds: int | np.random.SeedSequence, external: Path = FOLDER) -> Dataset:
    """Draw the images of each split, none twice, and turn and move them as the split's ranges say.

    external: folder of the fetched archives. More labelled images a class begin with the fewer and move no other
    split. Raises InputError when a class has too few images, and when they were not fetched.
    """
    source = _of_classes(_source(spec.kind, external), chosen_classes(spec))
    chosen: dict[str, list[np.ndarray]] = {part: [] for part in SPLITS}
    for number, name in enumerate(source.class_names):
        rows = generator(seeds, "images of class", name).permutation(np.flatnonzero(source.truth == number))
        for part, own in _divided(rows, spec, name).items():
            chosen[part].append(own)
    drawn = [_draw_part(getattr(spec, part), part, chosen[part], source, seeds) for part in SPLITS]
    rows = np.concatenate([part_rows for part_rows, _ in drawn])
    factors = {name: np.concatenate([part_factors[name] for _, part_factors in drawn]) for name in FACTOR_NAMES}
    split = np.repeat(SPLITS, [len(part_rows) for part_rows, _ in drawn])
    images = np.clip(warp(source.images, rows, factors, spec.image_size), 0, 1)
    truth = source.truth[rows]
    labels = np.where(split == "labelled", truth, UNLABELLED)
    return Dataset(images, labels, truth, split, factors, source.class_names, _header(spec, seeds))


def _source(kind: str, external: Path) -> LabelledImages:
    if kind == "digits":
        from datagen.image_sets.digits import read_digits

        return read_digits()
    from datagen.image_sets.silhouettes import read_silhouettes

    return read_silhouettes(checked(ANIMAL_MNIST, external))


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
    parent = seeds if isinstance(seeds, np.random.SeedSequence) else np.random.SeedSequence(seeds)
    seed = {"entropy": parent.entropy, "stream": list(parent.spawn_key)}
    return {"spec": asdict(spec), "seed": seed, "version": FORMAT_VERSION}
