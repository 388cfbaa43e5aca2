"""Example micrographs are read back with their scale, and their tables describe the objects in them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datagen.errors import InputError
from datagen.external import MissingArchive
from datagen.micrographs.micrograph_files import read_micrographs
from datagen.micrographs.segmentation import Segmentation, segment
from datagen.particles.example_micrographs import write_example
from datagen.particles.simulated import PAPER_COUNTS, Scene


def test_a_simulated_example_is_read_back_and_its_objects_lie_where_the_table_says(tmp_path: Path):
    image, table = write_example("simulated", tmp_path, seed=1)
    (micrograph,) = read_micrographs(image)
    truth = pd.read_csv(table)
    assert micrograph.nm_per_pixel == pytest.approx(Scene().nm_per_pixel, rel=1e-5)
    assert micrograph.note == ""
    assert truth["particles"].value_counts().sort_index().tolist() == list(PAPER_COUNTS)
    objects = segment(micrograph.pixels, Segmentation(at_border="keep"))
    single = truth[truth["particles"] == 1]
    found = objects[single["row"].round().astype(int), single["column"].round().astype(int)]
    assert (found > 0).mean() > 0.99
    assert len(np.unique(found)) > 0.97 * len(single)


def test_what_cannot_be_written_is_told(tmp_path: Path):
    with pytest.raises(InputError, match="there is no example 'gold'; allowed are simulated, nanogold"):
        write_example("gold", tmp_path)
    with pytest.raises(MissingArchive, match="ssrvae fetch"):
        write_example("nanogold", tmp_path, external=tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write to"):
        write_example("simulated", tmp_path / "file")
