"""From a config's `data` stanza to a data set; one whose real images are missing stands in with the reason."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from datagen.contract import SPLITS, UNLABELLED
from datagen.dataset import FEWER_LABELS, IMAGE_SIDE_PX, REMARKS, Dataset
from datagen.external import FOLDER, MISSING, Archive, MissingArchive
from datagen.kinds import data_kind
from ssrvae.study.seeds import data_stream


def make_dataset(recipe: Mapping[str, Any], seed: int, external: Path = FOLDER) -> Dataset:
    """Make the data set of a recipe (root_seed, data) and a replicate seed; a file's images are the same for each seed.

    external: folder of fetched archives; a real data set whose archive is missing becomes a stand-in, whose header
    tells the reason. Raises InputError for templates or a file that cannot be used.
    """
    data, seeds = recipe["data"], data_stream(recipe["root_seed"], seed)
    kind = data_kind(data["kind"])
    try:
        return kind.generate(data, seeds, seed, external)
    except MissingArchive as error:
        if kind.fetched is None:
            raise
        return _stand_in(kind.fetched.class_names(data), data.get("image_size", IMAGE_SIDE_PX), str(error))


def needed_archive(data: Mapping[str, Any]) -> Archive | None:
    """Name the archive that a `data` stanza's real images are fetched in, None for others."""
    fetched = data_kind(data["kind"]).fetched
    return fetched.needed(data) if fetched else None


def source_paths(data: Mapping[str, Any]) -> Iterator[Path]:
    """List the files that a `data` stanza reads, the user's own or a fetched archive: a new one is read again."""
    archive = needed_archive(data)
    if archive:
        yield FOLDER / archive.filename
    yield from data_kind(data["kind"]).files(data)


def told_of(header: Mapping[str, Any]) -> Iterator[str]:
    """Word what a data set's header tells of labels that could not be used; a class with too few is a warning."""
    yield from header.get(REMARKS, ())
    for name, count in header.get(FEWER_LABELS, {}).items():
        yield f"warning: class {name} has {count} labelled images, fewer than data.labelled.per_class"


def _stand_in(names: tuple[str, ...], side: int, reason: str) -> Dataset:
    """One black image a class in each split, so that every later step finds a data set to write a failed run for."""
    split = np.repeat(SPLITS, len(names))
    truth = np.tile(np.arange(len(names)), len(SPLITS))
    images = np.zeros((len(truth), side, side), dtype=np.float32)
    labels = np.where(split == "labelled", truth, UNLABELLED)
    return Dataset(images, labels, truth, split, {}, names, {MISSING: reason})
