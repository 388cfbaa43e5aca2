"""From a config's `data` stanza to a data set: generated, cut from a micrograph, or read from the user's own file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from datagen.cards.card_images import cards_spec, generate_cards
from datagen.cards.templates import load_templates
from datagen.contract import UNLABELLED
from datagen.dataset import Dataset, load_dataset
from datagen.external import ANIMAL_MNIST, FOLDER, MISSING, PYPARTY, Archive, MissingArchive
from datagen.image_sets.turned_images import chosen_classes, generate_image_set, image_set_spec
from datagen.particles.particle_sets import class_names, generate_particles, particles_spec
from ssrvae.study.seeds import data_stream


def make_dataset(recipe: Mapping[str, Any], seed: int, external: Path = FOLDER) -> Dataset:
    """Make the data set of a recipe (root_seed, data) and a replicate seed; a file's images are the same for each seed.

    external: folder of fetched archives; a real data set whose archive is missing becomes a stand-in, whose header
    tells the reason. Raises InputError for templates or a file that cannot be used.
    """
    data, seeds = recipe["data"], data_stream(recipe["root_seed"], seed)
    match data["kind"]:
        case "file":
            return load_dataset(data["path"], require=("labelled", "test"))
        case "cards":
            return generate_cards(cards_spec(data), seeds)
    try:
        if data["kind"] == "particles":
            return generate_particles(particles_spec(data), seeds, external, replicate=seed)
        return generate_image_set(image_set_spec(data), seeds, external)
    except MissingArchive as error:
        return _stand_in(data, str(error))


def check_spec(data: Mapping[str, Any]) -> None:
    """Let the generator read a `data` stanza; raises InputError. A file is read by the job that needs it."""
    match data["kind"]:
        case "cards":
            cards_spec(data)
        case "particles":
            particles_spec(data)
        case "silhouettes" | "digits":
            image_set_spec(data)


def check_source(data: Mapping[str, Any]) -> None:
    """Open the font, templates or file that a `data` stanza names; raises InputError for what cannot be used."""
    check_spec(data)
    if data["kind"] == "file":
        load_dataset(data["path"], require=("labelled", "test"))
    elif data["kind"] == "cards":
        spec = cards_spec(data)
        load_templates(spec.templates, spec.image_size)


def needed_archive(data: Mapping[str, Any]) -> Archive | None:
    """Name the archive that a `data` stanza's real images are fetched in, None for others."""
    if data["kind"] == "silhouettes":
        return ANIMAL_MNIST
    return PYPARTY if data.get("source") == "nanogold" else None


def _stand_in(data: Mapping[str, Any], reason: str) -> Dataset:
    """One black image a class in each split, so that every later step finds a data set to write a failed run for."""
    is_particles = data["kind"] == "particles"
    names = class_names(particles_spec(data)) if is_particles else chosen_classes(image_set_spec(data))
    split = np.repeat(("labelled", "unlabelled", "test"), len(names))
    truth = np.tile(np.arange(len(names)), 3)
    side = data.get("image_size", 48)
    images = np.zeros((len(truth), side, side), dtype=np.float32)
    labels = np.where(split == "labelled", truth, UNLABELLED)
    return Dataset(images, labels, truth, split, {}, names, {MISSING: reason})


def source_paths(data: Mapping[str, Any]) -> Iterator[Path]:
    """List the files that a `data` stanza reads, the user's own or a fetched archive: a new one is read again."""
    archive = needed_archive(data)
    if archive:
        yield FOLDER / archive.filename
    path = data.get("path") if data["kind"] == "file" else data.get("templates", {}).get("path")
    if path is None:
        return
    yield from sorted(Path(path).glob("*.png")) if Path(path).is_dir() else [Path(path)]
