"""Data kinds of micrographs that are fetched from a public repository, with the labels of their objects."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from datagen.data_kind import Data, DataKind, Fetched
from datagen.dataset import Dataset
from datagen.external import checked
from datagen.micrographs.object_masks import LabelledMicrographs
from datagen.micrographs.object_set_keys import OBJECT_SET_KEYS, object_set_spec
from datagen.micrographs.object_sets import ObjectSetSpec, object_set
from datagen.repository_archive import RepositoryArchive
from datagen.splits import named
from datagen.values import require


def fetched_set_kind(
    summary: str,
    archive: RepositoryArchive,
    known: tuple[str, ...],
    class_names: tuple[str, ...],
    side_px: int,
    read: Callable[[Path], LabelledMicrographs],
) -> DataKind:
    """Make the data kind of the objects that `read` finds in the folder of the unpacked archive.

    known: all classes; class_names, side_px: those that a stanza need not give.
    """

    def spec(data: Data) -> ObjectSetSpec:
        found = object_set_spec(data, class_names, side_px)
        with named("data"):
            allowed = set(found.class_names) <= set(known)
            require(allowed, "class_names", list(found.class_names), f"some of {', '.join(known)}")
        return found

    def generate(data: Data, seeds: np.random.SeedSequence, replicate: int, external: Path) -> Dataset:
        with archive.unpacked(checked(archive, external)) as folder:
            return object_set(spec(data), read(folder), seeds, {"kind": archive.name})

    return DataKind(
        summary=summary,
        keys=OBJECT_SET_KEYS,
        required=("labelled",),
        generate=generate,
        check=spec,
        fetched=Fetched((archive,), lambda data: archive, lambda data: spec(data).class_names),
    )
