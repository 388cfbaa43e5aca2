"""Data sets of particle agglomerates, simulated or real: a few labelled and turned upright, the others as they lie.

The labelled objects come from one half of the micrograph, or from a micrograph of their own; the unlabelled and the
test images are the objects of the other. Both are the same objects: as in the paper, the images that are to be
classified are those that are learnt from without labels.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from datagen.contract import UNLABELLED
from datagen.dataset import FORMAT_VERSION, IMAGE_SIDE_PX, Dataset
from datagen.errors import InputError
from datagen.external import FOLDER, checked
from datagen.factors import RANGE_BOUNDS
from datagen.micrographs.patches import Cutting, Patches, cut_patches, scaled_to_maximum, turn_upright
from datagen.particles.nanogold import PYPARTY, read_nanogold
from datagen.particles.simulated import Scene, simulate
from datagen.seeds import generator, stream_record
from datagen.splits import check_keys, named
from datagen.values import is_whole, require, require_positive, require_side

SOURCES = ("simulated", "nanogold")
LABELS = ("size", "peaks")
PATCH_KINDS = ("masked", "raw")
HALVES = ("left", "right", "either", "alternate")
LARGER = ("left_out", "last_class")
CLASSES = (2, 3, 4)
"""How many there may be: agglomerates of one particle up to so many."""
CLASS_NAMES = ("single", "double", "triple", "quadruple")
SPEC_KEYS = (
    *("kind", "source", "labels", "tested_half", "classes", "larger", "patches", "patch_px", "image_size"),
    "labelled",
)
_WIDER = 3  # halves; at least sqrt(2)
LABELLED_KEYS = ("per_class", "rotation_deg")


@dataclass(frozen=True)
class ParticlesSpec:
    """A data set of particles.

    source: "simulated" or "nanogold"; labels: "size" or "peaks" (of nanogold); tested_half: the half of nanogold that
    is tested, "left", "right", "either", by chance, or "alternate", by turns (`half_to_test`); classes: 2 to 4; larger:
    agglomerates of more particles are "left_out", or belong to the "last_class"; patches: "masked", without
    neighbours, or "raw"; patch_px: side that is cut; image_size: side it is resampled to; per_class: labelled images a
    class; rotation_deg: these are upright within +- this.
    Raises InputError naming the key for any other value.
    """

    source: str = "simulated"
    labels: str = "size"
    tested_half: str = "either"
    classes: int = 4
    larger: str = "left_out"
    patches: str = "masked"
    patch_px: int = 48
    image_size: int = IMAGE_SIDE_PX
    per_class: int = 15
    rotation_deg: float = 4.0

    def __post_init__(self) -> None:
        require(self.source in SOURCES, "source", self.source, _one_of(SOURCES))
        require(self.labels in LABELS, "labels", self.labels, _one_of(LABELS))
        own = self.source == "nanogold" or self.labels == "size"
        require(own, "labels", self.labels, '"size" for simulated particles, whose number is known')
        require(self.tested_half in HALVES, "tested_half", self.tested_half, _one_of(HALVES))
        require(
            is_whole(self.classes) and self.classes in CLASSES, "classes", self.classes, " or ".join(map(str, CLASSES))
        )
        require(self.larger in LARGER, "larger", self.larger, _one_of(LARGER))
        require(self.patches in PATCH_KINDS, "patches", self.patches, _one_of(PATCH_KINDS))
        for key in ("patch_px", "image_size"):
            require_side(key, getattr(self, key), 8)
        require_positive("labelled.per_class", self.per_class)
        RANGE_BOUNDS["rotation_deg"].require("labelled.rotation_deg", self.rotation_deg)


class Pool(NamedTuple):
    """Objects to draw from: their patches, particles [n] (1..4), and whether each [n] may be labelled or is tested."""

    patches: Patches
    particles: np.ndarray
    may_be_labelled: np.ndarray


def particles_spec(data: Mapping) -> ParticlesSpec:
    """Read the `data` stanza of a config of kind particles; InputError naming the key, its value, what is allowed."""
    labelled = data.get("labelled", {})
    for stanza, allowed, where in ((data, SPEC_KEYS, "data"), (labelled, LABELLED_KEYS, "data.labelled")):
        check_keys(stanza, allowed, where)
    own = {key: value for key, value in data.items() if key not in ("kind", "labelled")}
    with named("data"):
        return ParticlesSpec(**own, **labelled)


def generate_particles(
    spec: ParticlesSpec, seeds: int | np.random.SeedSequence, external: Path = FOLDER, replicate: int = 0
) -> Dataset:
    """Draw the labelled objects of a replicate; the others of their half are left out, those of the other half tested.

    external: folder of the fetched archives. replicate: its number, for halves that alternate. Beside the images,
    `factors` holds area_px, row and column (centroid, px), orientation_rad (counter-clockwise, of the object as it
    lies) of each. Raises InputError when a class has too few objects, and when the real micrograph was not fetched.
    """
    half = half_to_test(spec, replicate)
    pool = _nanogold(spec, half, seeds, external) if spec.source == "nanogold" else _simulated(spec, seeds)
    pool = _in_classes(pool, spec)
    labelled, tested = _drawn(pool, spec, seeds), _tested(pool, spec, seeds)
    rows = np.concatenate([labelled, tested, tested])
    split = np.repeat(("labelled", "unlabelled", "test"), [len(labelled), len(tested), len(tested)])
    truth = pool.particles[rows] - 1
    wide = np.concatenate([_upright(pool.patches, labelled, spec, seeds), pool.patches.images[np.tile(tested, 2)]])
    images = scaled_to_maximum(_middle(wide, spec.image_size))
    labels = np.where(split == "labelled", truth, UNLABELLED)
    return Dataset(images, labels, truth, split, _columns(pool.patches, rows), class_names(spec), _header(spec, seeds))


def class_names(spec: ParticlesSpec) -> tuple[str, ...]:
    """Give the names of the classes; a last one that holds agglomerates of more particles as well is "larger".

    The largest size class of the real micrograph, four particles or more, always does.
    """
    names = CLASS_NAMES[: spec.classes]
    holds_more = spec.larger == "last_class" or (spec.source == "nanogold" and spec.classes == len(CLASS_NAMES))
    return (*names[:-1], "larger") if holds_more else names


def half_to_test(spec: ParticlesSpec, replicate: int) -> str:
    """Name the half that a replicate tests: by turns the left of even ones, the right of odd; "" for no real one."""
    if spec.source != "nanogold":
        return ""
    return ("left", "right")[replicate % 2] if spec.tested_half == "alternate" else spec.tested_half


def _one_of(allowed: tuple[str, ...]) -> str:
    return " or ".join(f'"{value}"' for value in allowed)


def _cutting(spec: ParticlesSpec) -> Cutting:
    """Cut half as much again where neighbours are kept: a turned patch then has no empty corners."""
    if spec.patches == "masked":
        return Cutting(spec.patch_px, spec.image_size, neighbours="mask", normalise="none")
    return Cutting(_WIDER * spec.patch_px // 2, _WIDER * spec.image_size // 2, neighbours="keep", normalise="none")


def _middle(images: np.ndarray, side: int) -> np.ndarray:
    start = (images.shape[-1] - side) // 2
    return images[:, start : start + side, start : start + side]


def _simulated(spec: ParticlesSpec, seeds: int | np.random.SeedSequence) -> Pool:
    """Simulate two micrographs, one to label and one to test."""
    drawn = [simulate(Scene(), generator(seeds, "micrograph", name)) for name in ("labelled", "test")]
    pools = [
        _inside(each.pixels, each.objects, each.particles, np.full(len(each.particles), number == 0), spec)
        for number, each in enumerate(drawn)
    ]
    patches = Patches(*(np.concatenate(columns) for columns in zip(*(pool.patches for pool in pools), strict=True)))
    return Pool(patches, *(np.concatenate([pool[field] for pool in pools]) for field in (1, 2)))


def _in_classes(pool: Pool, spec: ParticlesSpec) -> Pool:
    """Number the objects by class, 1 to spec.classes: larger ones are left out, or belong to the last class."""
    particles = np.minimum(pool.particles, spec.classes) if spec.larger == "last_class" else pool.particles
    kept = particles <= spec.classes
    return Pool(Patches(*(column[kept] for column in pool.patches)), particles[kept], pool.may_be_labelled[kept])


def _nanogold(spec: ParticlesSpec, half: str, seeds: int | np.random.SeedSequence, external: Path) -> Pool:
    """Cut the real micrograph in two, left and right: one half is tested, the other labelled."""
    real = read_nanogold(checked(PYPARTY, external))
    from skimage.measure import regionprops

    columns = np.array([each.centroid[1] for each in regionprops(real.objects)])
    in_left = columns < real.pixels.shape[1] / 2
    halves = {"left": False, "right": True, "either": generator(seeds, "labelled half").random() < 0.5}
    labelled_left = halves[half]
    particles = real.sizes if spec.labels == "size" else real.peaks
    return _inside(real.pixels, real.objects, particles, in_left == labelled_left, spec)


def _inside(
    pixels: np.ndarray, objects: np.ndarray, particles: np.ndarray, may_be_labelled: np.ndarray, spec: ParticlesSpec
) -> Pool:
    """Cut the objects that lie whole in their patch, and their patch in the micrograph."""
    from skimage.measure import regionprops

    patches = cut_patches(pixels, objects, _cutting(spec))
    boxes = np.array([each.bbox for each in regionprops(objects)])
    corners = np.round(np.stack([patches.rows, patches.columns], axis=1) - (spec.patch_px - 1) / 2)
    in_micrograph = ((corners >= 0) & (corners + spec.patch_px <= pixels.shape)).all(axis=1)
    in_patch = ((boxes[:, :2] >= corners) & (boxes[:, 2:] <= corners + spec.patch_px)).all(axis=1)
    kept = in_micrograph & in_patch
    return Pool(Patches(*(column[kept] for column in patches)), particles[kept], may_be_labelled[kept])


def _drawn(pool: Pool, spec: ParticlesSpec, seeds: int | np.random.SeedSequence) -> np.ndarray:
    """Draw the objects to label, class by class: more a class begin with the fewer."""
    chosen = []
    for number, name in enumerate(class_names(spec), start=1):
        of_class = np.flatnonzero(pool.may_be_labelled & (pool.particles == number))
        if len(of_class) < spec.per_class:
            raise InputError(
                f"data.labelled.per_class: {spec.per_class} is not allowed; the labelled half has only "
                f"{len(of_class)} objects of class {name}"
            )
        chosen.append(generator(seeds, "labelled", "class", name).permutation(of_class)[: spec.per_class])
    return generator(seeds, "labelled", "order of rows").permutation(np.concatenate(chosen))


def _tested(pool: Pool, spec: ParticlesSpec, seeds: int | np.random.SeedSequence) -> np.ndarray:
    return generator(seeds, "test", "order of rows").permutation(np.flatnonzero(~pool.may_be_labelled))


def _upright(
    patches: Patches, rows: np.ndarray, spec: ParticlesSpec, seeds: int | np.random.SeedSequence
) -> np.ndarray:
    """Turn objects upright, but for a jitter: one draw an object, whether it is labelled or not."""
    jitter = generator(seeds, "labelled", "jitter").uniform(-1, 1, len(patches.objects))[rows]
    return turn_upright(patches.images[rows], patches.orientation_rad[rows] - np.radians(spec.rotation_deg) * jitter)


def _columns(patches: Patches, rows: np.ndarray) -> dict[str, np.ndarray]:
    columns = {"area_px": patches.area_px, "row": patches.rows, "column": patches.columns}
    columns["orientation_rad"] = patches.orientation_rad
    return {name: values[rows].astype(np.float64) for name, values in columns.items()}


def _header(spec: ParticlesSpec, seeds: int | np.random.SeedSequence) -> dict:
    return {"spec": {"kind": "particles", **asdict(spec)}, "seed": stream_record(seeds), "version": FORMAT_VERSION}
