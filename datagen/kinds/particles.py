"""Agglomerates of gold nanoparticles, cut from simulated micrographs or from a real one."""

from pathlib import Path
from typing import Any

import numpy as np

from datagen.data_kind import IMAGE_SIZE, Data, DataKind, Fetched
from datagen.dataset import Dataset
from datagen.external import Archive
from datagen.factors import RANGE_BOUNDS
from datagen.key_schemas import key, mapping, side
from datagen.particles.nanogold import PYPARTY
from datagen.particles.particle_sets import (
    CLASSES,
    HALVES,
    LABELS,
    LARGER,
    PATCH_KINDS,
    SOURCES,
    class_names,
    generate_particles,
    half_to_test,
    particles_spec,
)
from datagen.splits import per_class_schema

_KEYS = {
    "source": key("Micrographs that are simulated, or the real one of the package pyparty.", enum=list(SOURCES)),
    "labels": key("Source nanogold: classes by the package's sizes, or by intensity peaks.", enum=list(LABELS)),
    "tested_half": key(
        "Source nanogold: the half that is tested, the other one being labelled; either is drawn by chance, alternate "
        "tests the left one with even seeds, the right one with odd.",
        enum=list(HALVES),
    ),
    "classes": key(
        "Agglomerates of 1 to this many particles.", type="integer", minimum=min(CLASSES), maximum=max(CLASSES)
    ),
    "larger": key(
        "What agglomerates of more particles are: left_out, or objects of the last_class, which is then called larger.",
        enum=list(LARGER),
    ),
    "patches": key("Neighbours masked, or as they are.", enum=list(PATCH_KINDS)),
    "patch_px": side("Side of the square that is cut about an object, resampled to image_size.", at_least=8),
    "image_size": IMAGE_SIZE,
    "labelled": mapping(
        "The labelled objects, turned upright; the objects of the other half are unlabelled and tested.",
        {
            "per_class": per_class_schema("labelled"),
            "rotation_deg": key(
                "Labelled objects are upright within +- this many degrees.", **RANGE_BOUNDS["rotation_deg"].schema()
            ),
        },
    ),
}


def _generate(data: Data, seeds: np.random.SeedSequence, replicate: int, external: Path) -> Dataset:
    return generate_particles(particles_spec(data), seeds, external, replicate)


def _needed(data: Data) -> Archive | None:
    return PYPARTY if particles_spec(data).source == "nanogold" else None


def _class_names(data: Data) -> tuple[str, ...]:
    return class_names(particles_spec(data))


def _tested_half(data: Data, replicate: int) -> dict[str, Any]:
    return {"tested_half": half_to_test(particles_spec(data), replicate)}


KIND = DataKind(
    summary="objects of simulated micrographs or of a real one",
    keys=_KEYS,
    required=("source", "labelled"),
    generate=_generate,
    check=particles_spec,
    fetched=Fetched((PYPARTY,), _needed, _class_names),
    table_columns=_tested_half,
)
