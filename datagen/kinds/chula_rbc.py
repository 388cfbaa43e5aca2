"""Red blood cells in smears, each labelled by a point: 150 of the 738 images of Chula RBC-12.

K. Naruenatthanaset et al., arXiv 2012.01321; MIT.
"""

from pathlib import Path

from datagen.micrographs.fetched_sets import fetched_set_kind
from datagen.micrographs.micrograph_files import read_micrographs
from datagen.micrographs.object_masks import LabelledMicrographs
from datagen.micrographs.point_tables import Point, pointed_objects
from datagen.micrographs.segmentation import Segmentation
from datagen.repository_archive import RepositoryArchive

CELLS = (
    *("normal", "macrocyte", "microcyte", "spherocyte", "target", "stomatocyte", "ovalocyte", "teardrop", "burr"),
    *("schistocyte", "uncategorised", "hypochromia", "elliptocyte"),
)
"""Names of the codes 0 to 12."""
TOLD_APART_BY_SHAPE = ("normal", "spherocyte", "target", "ovalocyte", "teardrop", "burr", "schistocyte")
SEGMENTATION = Segmentation(objects="dark", split_touching=True, at_border="keep", databar_px=0)


def read_smears(folder: Path) -> LabelledMicrographs:
    """Read the smears, find their cells, and give those that a point lies in its class."""
    pixels = {page.source.rpartition("/")[2]: page.pixels for page in read_micrographs(folder / "images")}
    points = {name: points_of(folder, name) for name in pixels}
    return pointed_objects(pixels, points, SEGMENTATION)


def points_of(folder: Path, image: str) -> list[Point]:
    """Read the points of a smear, named as its file, of a folder with images/ and labels/."""
    path = folder / "labels" / f"{Path(image).stem}.txt"
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Point(float(x), float(y), CELLS[int(code)]) for x, y, code in lines]


CHULA_RBC = RepositoryArchive(
    name="chula_rbc",
    repository="Chula-PIC-Lab/Chula-RBC-12-Dataset",
    commit="fa130f48135d79bbd69f8e540b533511017d6896",
    manifest=Path(__file__).parents[1] / "manifests" / "chula_rbc.csv",
    holds="the blood smears and their labels",
)
KIND = fetched_set_kind(
    summary="red blood cells in smears, by shape",
    archive=CHULA_RBC,
    known=CELLS,
    class_names=TOLD_APART_BY_SHAPE,
    side_px=80,
    read=read_smears,
)
