"""Outlines of cells: a wheel of three outlines stands in for the package."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from datagen.errors import InputError
from datagen.kinds.cell_outlines import MEMBERS, REDUCED, SIDE_PX, read_cell_outlines

STANDING = "100 200\n170 200\n170 410\n100 410"
SMALL = "5 5\n40 5\n40 40\n5 40"


def wheel(path: Path, **parts: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for part, text in parts.items():
            archive.writestr(MEMBERS[part], text)
    return path


def test_outlines_are_filled_once_each_in_one_scale_with_the_long_axis_level(tmp_path: Path):
    archive = wheel(
        tmp_path / "w.whl", cells="\n\n".join([STANDING, SMALL, STANDING]), treatments="cytd\ncontrol\ncytd"
    )
    found = read_cell_outlines(archive)
    assert found.class_names == ("control", "cytd", "jasp")
    assert found.truth.tolist() == [1, 0]
    assert found.images.shape == (2, SIDE_PX, SIDE_PX)
    assert found.images.sum(axis=(1, 2)) == pytest.approx([70 * 210 / REDUCED**2, 35 * 35 / REDUCED**2], rel=0.02)
    wide = found.images[0] > 0.5
    assert (wide.any(axis=0).sum(), wide.any(axis=1).sum()) == (210 // REDUCED, 70 // REDUCED)
    middle = np.array(np.nonzero(wide)).mean(axis=1)
    assert middle == pytest.approx([(SIDE_PX - 1) / 2] * 2, abs=0.5)


def test_another_file_is_refused_by_what_it_lacks(tmp_path: Path):
    with pytest.raises(InputError, match=r"holds no readable geomstats/datasets/data/cells/treatments.txt"):
        read_cell_outlines(wheel(tmp_path / "w.whl", cells=SMALL))
