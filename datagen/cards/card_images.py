"""Affine images of templates: the paper's card suits, labelled, unlabelled and test."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from datagen.affine import warp
from datagen.cards.templates import Templates, load_templates
from datagen.contract import SPLITS, UNLABELLED
from datagen.dataset import FORMAT_VERSION, IMAGE_SIDE_PX, Dataset
from datagen.factors import FACTOR_NAMES, FactorRanges, Factors, sample_factors
from datagen.seeds import generator, stream_record
from datagen.splits import PartSpec, named, part_specs
from datagen.values import require_positive, require_side

SPEC_KEYS = ("kind", "templates", "image_size", *SPLITS)


@dataclass(frozen=True)
class CardsSpec:
    """A data set to generate: its splits, the templates' source (load_templates), the image side in px."""

    labelled: PartSpec
    unlabelled: PartSpec
    test: PartSpec
    templates: Mapping | str | Path | None = None
    image_size: int = IMAGE_SIDE_PX

    def __post_init__(self) -> None:
        require_side("image_size", self.image_size, 2)


def cards_spec(data: Mapping) -> CardsSpec:
    """Read the `data` stanza of a config; the test ranges default to those of the unlabelled part.

    Raises InputError naming the key (data.unlabelled.scale, ...), its value and what is allowed.
    """
    parts = part_specs(data, SPEC_KEYS)
    with named("data"):
        return CardsSpec(**parts, templates=data.get("templates"), image_size=data.get("image_size", IMAGE_SIDE_PX))


def generate_cards(spec: CardsSpec, seeds: int | np.random.SeedSequence) -> Dataset:
    """Generate a spec's labelled, unlabelled and test images, in this order, classes shuffled inside each.

    Each class of each split has its own stream under `seeds`: the same spec and seed give the same bytes,
    more images a class begin with the fewer, and another class, split or range moves no other number.
    """
    templates = load_templates(spec.templates, spec.image_size)
    drawn = [_draw_part(getattr(spec, split), split, templates.class_names, seeds) for split in SPLITS]
    truth = np.concatenate([part_truth for part_truth, _ in drawn])
    factors = {name: np.concatenate([part_factors[name] for _, part_factors in drawn]) for name in FACTOR_NAMES}
    split = np.repeat(SPLITS, [len(part_truth) for part_truth, _ in drawn])
    images = warp(templates.images, truth, factors, spec.image_size)
    labels = np.where(split == "labelled", truth, UNLABELLED)
    return Dataset(images, labels, truth, split, factors, templates.class_names, _header(spec, seeds, templates))


def generate_images(
    templates: Templates, ranges: FactorRanges, per_class: int, image_size: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, Factors]:
    """Generate images [n, s, s] of given ranges, their true classes [n] and factors, n = per_class * classes.

    The classes take turns (0, 1, ..., 0, 1, ...), so calls that go on with the same generator and together
    make per_class images a class give just the rows of one large call: a test set of any size can be
    streamed.
    """
    require_positive("per_class", per_class)
    truth = np.tile(np.arange(len(templates.class_names)), per_class)
    factors = sample_factors(ranges, len(truth), rng)
    return warp(templates.images, truth, factors, image_size), truth, factors


def _draw_part(
    part: PartSpec, split: str, class_names: tuple[str, ...], seeds: int | np.random.SeedSequence
) -> tuple[np.ndarray, Factors]:
    """Draw the true classes and factors of one split, shuffled."""
    streams = [generator(seeds, split, "class", name) for name in class_names]
    drawn = [sample_factors(part.ranges, part.per_class, stream) for stream in streams]
    truth = np.repeat(np.arange(len(class_names)), part.per_class)
    order = generator(seeds, split, "order of rows").permutation(len(truth))
    factors = {name: np.concatenate([factors[name] for factors in drawn])[order] for name in FACTOR_NAMES}
    return truth[order], factors


def _header(spec: CardsSpec, seeds: int | np.random.SeedSequence, templates: Templates) -> dict:
    """Describe how the data set was made, down to the pixels of the templates."""
    digest = hashlib.sha256(np.ascontiguousarray(templates.images).tobytes()).hexdigest()
    header = {"spec": asdict(spec), "seed": stream_record(seeds), "templates_sha256": digest, "version": FORMAT_VERSION}
    return json.loads(json.dumps(header, default=str))
