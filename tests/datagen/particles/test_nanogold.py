"""Reading the real micrograph: on drawn labels always, on the fetched archive where it lies in results/external."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datagen.errors import InputError
from datagen.external import FOLDER, MissingArchive, checked
from datagen.particles.nanogold import MEMBERS, PYPARTY, count_peaks, label_objects, read_nanogold


def test_touching_regions_of_different_classes_are_different_objects_and_small_ones_none():
    classes = np.zeros((30, 40), dtype=np.int64)
    classes[2:8, 2:8] = 1  # 36 px
    classes[8:14, 8:20] = 2  # touches the first at a corner
    classes[20:25, 20:26] = 1  # 30 px: too small
    objects, sizes = label_objects(classes)
    assert objects.dtype == np.int32
    assert sizes.tolist() == [1, 2]
    assert (objects[5, 5], objects[10, 10], objects[22, 22]) == (1, 2, 0)


def test_peaks_are_counted_in_their_own_object_from_1_to_4():
    row, column = np.mgrid[:40, :120]
    places = [(20, 15), (20, 40), (20, 47), *[(20, 70 + 7 * step) for step in range(6)]]
    pixels = sum(np.exp(-((row - r) ** 2 + (column - c) ** 2) / 8) for r, c in places).astype(np.float32)
    objects = np.zeros((40, 120), dtype=np.int32)
    objects[5:35, 5:25], objects[5:35, 30:55], objects[5:35, 60:115] = 1, 2, 3
    objects[0:3, 0:3] = 4  # nothing bright in it
    assert count_peaks(pixels, objects).tolist() == [1, 2, 4, 1]


def write_archive(path: Path, images: dict[str, np.ndarray]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, values in images.items():
            stored = io.BytesIO()
            Image.fromarray(values).save(stored, format="tiff")
            member = tarfile.TarInfo(name)
            member.size = stored.tell()
            stored.seek(0)
            archive.addfile(member, stored)


def test_an_archive_is_read_without_unpacking_it(tmp_path: Path, rng: np.random.Generator):
    grey = rng.integers(0, 256, size=(30, 40), dtype=np.uint8)
    classes = np.zeros((30, 40), dtype=np.float32)
    classes[5:15, 5:15] = 3
    write_archive(tmp_path / "a.tar.gz", {MEMBERS["nanogold"]: grey, MEMBERS["nanolabels"]: classes})
    real = read_nanogold(tmp_path / "a.tar.gz")
    np.testing.assert_allclose(real.pixels, grey / 255, atol=1e-7)
    assert real.sizes.tolist() == [3]
    assert (real.objects == 1).sum() == 100


def test_an_archive_without_the_micrograph_is_refused(tmp_path: Path):
    write_archive(tmp_path / "a.tar.gz", {"other.tif": np.eye(9, dtype=np.float32)})
    (tmp_path / "b.tar.gz").write_bytes(b"no archive")
    for name in ("a.tar.gz", "b.tar.gz"):
        with pytest.raises(InputError, match="holds no readable"):
            read_nanogold(tmp_path / name)


def test_the_real_micrograph_has_the_published_size_and_classes():
    try:
        path = checked(PYPARTY, FOLDER)
    except MissingArchive as error:
        pytest.skip(str(error))
    real = read_nanogold(path)
    assert real.pixels.shape == (614, 1012)
    assert np.bincount(real.sizes).tolist() == [0, 1112, 269, 45, 40]
    assert (real.sizes == real.peaks).mean() == pytest.approx(0.91, abs=0.01)
