"""Copper and other nanoparticles in transmission electron micrographs, outlined by hand: cubes, octahedra, spheres.

NanoShapes, by a user of Roboflow (universe.roboflow.com/mlproject-ce4ej/nanoshapes), CC BY 4.0, in the repository of
CS-433/ml-project-2-andersmaxjohannes. Of the three augmented copies of a micrograph (turned, blurred, 2 % salt and
pepper) one is used. Most micrographs are mosaics of tiles of others, turned: a split by micrograph does not part all
copies of a particle (config/README.md).
"""

import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from datagen.micrographs.fetched_sets import fetched_set_kind
from datagen.micrographs.micrograph_files import read_micrographs
from datagen.micrographs.object_masks import LabelledMicrograph, LabelledMicrographs, remarks_of
from datagen.micrographs.outline_files import outlined_objects
from datagen.repository_archive import Compiled, RepositoryArchive

MANIFEST = Path(__file__).parents[1] / "manifests" / "nanoshapes.csv"
SHAPES = ("cube", "octahedron", "sphere")
MEDIAN_PX = 3  # of the filter against salt and pepper
OUTLINES = "annotations.coco.json"


def compile_outlines(sources: Sequence[bytes]) -> bytes:
    """Join COCO files, of the micrographs in the manifest alone, under their names here, in an order of their own."""
    names = {PurePosixPath(each.path).name: PurePosixPath(each.name).name for each in NANOSHAPES.files}
    names |= {name: name for name in names.values()}
    images, outlines = {}, []
    for source in sources:
        coco = json.loads(source)
        own = {each["id"]: each for each in coco["images"] if each["file_name"] in names}
        classes = {each["id"]: each["name"].lower() for each in coco["categories"]}
        for each in own.values():
            images[names[each["file_name"]]] = [each["height"], each["width"]]
        for each in coco["annotations"]:
            if each["image_id"] in own:
                rings = [[float(value) for value in ring] for ring in each["segmentation"]]
                outlines.append([names[own[each["image_id"]]["file_name"]], classes[each["category_id"]], rings])
    return _coco(images, sorted(outlines))


def _coco(images: dict[str, list[int]], outlines: list) -> bytes:
    classes = sorted({class_name for _, class_name, _ in outlines})
    coco = {
        "images": [{"id": name, "file_name": name, "height": h, "width": w} for name, (h, w) in sorted(images.items())],
        "categories": [{"id": name, "name": name} for name in classes],
        "annotations": [
            {"id": number, "image_id": name, "category_id": class_name, "segmentation": rings}
            for number, (name, class_name, rings) in enumerate(outlines)
        ],
    }
    return json.dumps(coco, sort_keys=True).encode()


def read_nanoshapes(folder: Path) -> LabelledMicrographs:
    """Read the micrographs, without salt and pepper, and the outlined objects."""
    from scipy.ndimage import median_filter

    pixels = {page.source.rpartition("/")[2]: page.pixels for page in read_micrographs(folder / "images")}
    objects, told = outlined_objects(folder / OUTLINES, {name: grey.shape for name, grey in pixels.items()})
    micrographs = [
        LabelledMicrograph(name, median_filter(grey, MEDIAN_PX), objects[name]) for name, grey in pixels.items()
    ]
    return LabelledMicrographs(micrographs, remarks_of(told))


NANOSHAPES = RepositoryArchive(
    name="nanoshapes",
    repository="CS-433/ml-project-2-andersmaxjohannes",
    commit="0dd302993e546c7e2512a26956e835aa9edfafed",
    manifest=MANIFEST,
    holds="the nanoparticles' micrographs and outlines",
    compiled=(
        Compiled(
            name=OUTLINES,
            paths=("Data/train/_annotations.coco.json", "Data/test/_annotations.coco.json"),
            make=compile_outlines,
            sha256="a5ad785d41850b10abcb11c3188b5fbfec0af6d2121bdd3afe9012d84a051ccd",
        ),
    ),
)
KIND = fetched_set_kind(
    summary="nanoparticles in transmission electron micrographs, by shape",
    archive=NANOSHAPES,
    known=SHAPES,
    class_names=SHAPES,
    side_px=80,
    read=read_nanoshapes,
)
