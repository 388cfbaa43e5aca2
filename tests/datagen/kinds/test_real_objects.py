"""The fetched sets, made of a copy whose folder the environment variable SSRVAE_REAL_OBJECTS names."""

import os
from pathlib import Path

import numpy as np
import pytest

from datagen.dataset import REMARKS, Dataset, save_dataset
from datagen.external import fetch
from datagen.kinds import archives, data_kind
from datagen.kinds.chula_rbc import read_smears
from datagen.repository_archive import RepositoryArchive

COPIES = os.environ.get("SSRVAE_REAL_OBJECTS", "")
pytestmark = pytest.mark.skipif(not COPIES, reason="SSRVAE_REAL_OBJECTS names no folder of copies")


def archive(name: str) -> RepositoryArchive:
    return next(each for each in archives().values() if isinstance(each, RepositoryArchive) and each.name == name)


def make(name: str, external: Path, seed: int = 0) -> Dataset:
    kind, data = data_kind(name), {"kind": name, "image_size": 40, "labelled": {"per_class": 15}}
    kind.check(data)
    fetch(archive(name), external, Path(COPIES) / name)
    return kind.generate(data, np.random.SeedSequence(seed), seed, external)


def test_nanoshapes_are_three_classes_split_by_micrograph(tmp_path: Path):
    dataset = make("nanoshapes", tmp_path)
    save_dataset(dataset, tmp_path / "d.npz")
    assert dataset.class_names == ("cube", "octahedron", "sphere")
    parts = [set(dataset.part(split).factors["micrograph"]) for split in ("labelled", "unlabelled", "test")]
    assert sum(map(len, parts)) == len(set.union(*parts))
    assert np.bincount(dataset.part("test").truth).min() > 50
    assert "objects cut by the border are left out" in dataset.header[REMARKS][0]


def test_nanoshapes_are_bright_on_black_and_fill_their_outlines(tmp_path: Path):
    """The wrong polarity shows the rim of an object, and leaves its middle black."""
    dataset = make("nanoshapes", tmp_path)
    areas = dataset.factors["area_px"] / 4  # of 80 px squares in 40 px patches
    filled = (dataset.images > 0.25).sum(axis=(1, 2)) / areas
    assert np.mean((filled > 0.6) & (filled < 1.6)) > 0.95


def test_points_of_blood_cells_lie_in_the_cells_that_are_found(tmp_path: Path):
    """Of ten smears: nearly every point is the only one in an object of a cell's size."""
    source = archive("chula_rbc")
    path = fetch(source, tmp_path, Path(COPIES) / "chula_rbc")
    with source.unpacked(path) as folder:
        for image in sorted((folder / "images").iterdir())[10:]:
            image.unlink()
        smears, remarks = read_smears(folder)
        points = sum(
            len((folder / "labels" / f"{Path(each.name).stem}.txt").read_text().split()) // 3 for each in smears
        )
    objects = [each for smear in smears for each in smear.objects if each.class_name]
    assert len(objects) / points > 0.9
    assert 500 < np.median([each.mask.sum() for each in objects]) < 2500
    assert all(f"of {points} points" in remark for remark in remarks)
