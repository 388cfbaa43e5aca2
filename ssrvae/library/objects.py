"""Cut the objects of a source: patches, where each object lies, its measures and its outline."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from datagen.errors import InputError
from datagen.micrographs.micrograph_files import Micrograph, read_micrographs, read_pages
from datagen.micrographs.patches import cut_patches, reach_px
from datagen.micrographs.segmentation import AUTO, Segmentation, find_objects
from datagen.npz import read_npz
from ssrvae.library.settings import Settings
from ssrvae.library.sources import MICROGRAPHS, Source

if TYPE_CHECKING:
    import pandas as pd

OUTLINE_TOLERANCE_PX = 0.5
HALF_HEIGHT = 0.5
"""The area of an object given as a patch is that above this share of its highest grey value."""

MOSTLY_INSIDE = 0.1


class Scene(NamedTuple):
    """A micrograph and its objects, numbered [height, width], 0 for background, and how these were found."""

    micrograph: Micrograph
    objects: np.ndarray
    decided: Segmentation


class Cut(NamedTuple):
    """The n objects of a source.

    images [n, side, side] in [0, 1]; orientation_rad [n], NaN for patches; scenes: none for patches; notes: what was
    changed or left out in reading; table [n]: source, object (its number in the source), row, column in px (NaN for
    patches), area_px, diameter_nm (of the circle of the same area, NaN without a scale), on_border, and outline: x and
    y of its corners in px, in turn (None for patches). n_pages: those that the file has, also where not all could be
    used.
    """

    images: np.ndarray
    orientation_rad: np.ndarray
    table: "pd.DataFrame"
    scenes: list[Scene]
    notes: list[str]
    n_pages: int = 1


def cut(source: Source, settings: Settings) -> Cut:
    """Read a source and cut its objects; raises InputError, naming the file, when there is none to be had.

    A page or a patch that cannot be used is left out, and a note tells so.
    """
    if not all(_is_text(str(path)) for path in (source.path, *source.files)):
        raise InputError(f"{source.path}: the name is no UTF-8 text, which tables need; rename the file")
    if source.kind == MICROGRAPHS:
        return _cut_pages(source, settings)
    if source.files[0].suffix.lower() == ".npz":
        return _cut_stack(source)
    return _cut_files(source)


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _cut_pages(source: Source, settings: Settings) -> Cut:
    pages = read_pages(source.path)
    cuts, errors = list[Cut](), list[InputError]()
    for page in pages:
        try:
            if isinstance(page, InputError):
                raise page
            named = source.name + page.source.removeprefix(source.path.name)
            cuts.append(_cut_micrograph(page._replace(source=named), settings))
        except InputError as error:
            errors.append(error)
    if not cuts:
        none = f"{source.path}: none of its {len(pages)} pages can be used; the first: " if len(pages) > 1 else ""
        raise InputError(f"{none}{errors[0]}") from errors[0]
    joined = _join(cuts)
    return joined._replace(notes=joined.notes + [f"skipped {error}" for error in errors], n_pages=len(pages))


def _cut_micrograph(micrograph: Micrograph, settings: Settings) -> Cut:
    import pandas as pd

    try:
        objects, flat, decided = find_objects(micrograph.pixels, settings.segmentation)
    except InputError as error:
        raise InputError(f"{micrograph.source}: {error}") from error
    patches = cut_patches(flat, objects, settings.cutting)
    table = pd.DataFrame(
        {
            "source": micrograph.source,
            "object": patches.objects,
            "row": patches.rows,
            "column": patches.columns,
            "area_px": patches.area_px,
            "diameter_nm": 2 * np.sqrt(patches.area_px / np.pi) * (micrograph.nm_per_pixel or np.nan),
            "on_border": patches.on_border,
            "outline": outlines(objects),
        }
    )
    told = (micrograph.note, _databar_note(decided, settings), _width_note(objects, settings))
    notes = [f"{micrograph.source}: {note}" for note in told if note]
    return Cut(patches.images, patches.orientation_rad, table, [Scene(micrograph, objects, decided)], notes)


def _databar_note(decided: Segmentation, settings: Settings) -> str:
    found = decided.databar_px if settings.segmentation.databar_px == AUTO else 0
    return f"a databar of {found} rows left out; segmentation: databar_px says otherwise" if found else ""


def _width_note(objects: np.ndarray, settings: Settings) -> str:
    side = settings.cutting.side_px
    if side == AUTO:
        return ""
    reach = reach_px(objects)
    wide = int((reach > int(side) / 2).sum())
    told = f"{wide} of {len(reach)} objects reach beyond their patch; raise cutting: side_px, which is {side}"
    return told if wide > MOSTLY_INSIDE * len(reach) else ""


def outlines(objects: np.ndarray) -> list[list[float]]:
    """Trace the outer border of each object, in the order of their numbers: x, y, x, y, ... in px."""
    from skimage.measure import approximate_polygon, find_contours, regionprops

    traced = []
    for each in regionprops(objects):
        borders = find_contours(np.pad(each.image, 1).astype(float), HALF_HEIGHT)
        corners = approximate_polygon(max(borders, key=len), OUTLINE_TOLERANCE_PX) - 1 + each.bbox[:2]
        traced.append(np.round(corners[:-1, ::-1], 1).ravel().tolist())
    return traced


def _cut_stack(source: Source) -> Cut:
    file = source.files[0]
    members = read_npz(file)
    if "images" not in members and len(members) != 1:
        raise InputError(f"{file}: holds arrays {', '.join(sorted(members))}; expected one named 'images'")
    images = members.get("images", next(iter(members.values())))
    if images.ndim != 3 or images.shape[1] != images.shape[2] or not images.size or images.dtype.kind not in "buif":
        shape = " x ".join(map(str, images.shape))
        raise InputError(f"{file}: images are {images.dtype} of shape {shape}; expected grey images, n x side x side")
    scaled = images / np.float32(np.iinfo(images.dtype).max) if images.dtype.kind == "u" else images
    scaled = scaled.astype(np.float32)
    if not np.isfinite(scaled).all() or scaled.min() < 0 or scaled.max() > 1:
        raise InputError(
            f"{file}: grey values must lie in [0, 1], got {scaled.min():g} to {scaled.max():g}; rescale them"
        )
    return _patches(scaled, [source.name] * len(scaled), range(len(scaled)), [])


def _cut_files(source: Source) -> Cut:
    images: list[np.ndarray] = []
    names, numbers, notes = list[str](), list[int](), list[str]()
    for number, file in enumerate(source.files):
        try:
            micrograph, *others = read_micrographs(file)
            images.append(_square(micrograph.pixels, file, images))
        except InputError as error:
            notes.append(f"skipped {error}")
            continue
        names.append(f"{source.name}/{file.name}" if file != source.path else source.name)
        numbers.append(number)
        notes += [f"{names[-1]}: holds {len(others) + 1} pages; a patch is the first alone"] if others else []
        notes += [f"{names[-1]}: {micrograph.note}"] if micrograph.note else []
    if not images:
        raise InputError(notes[0].removeprefix("skipped ") if len(notes) == 1 else f"{source.name}: no file is a patch")
    return _patches(np.stack(images), names, numbers, notes)


def _square(pixels: np.ndarray, file: Path, others: list[np.ndarray]) -> np.ndarray:
    height, width = pixels.shape
    side = len(others[0]) if others else height
    if height != side or width != side:
        raise InputError(f"{file}: is {height} x {width} px; expected patches of {side} x {side}")
    return pixels


def _patches(images: np.ndarray, names: list[str], numbers: "range | list[int]", notes: list[str]) -> Cut:
    import pandas as pd

    n, nowhere = len(images), np.full(len(images), np.nan)
    highest = images.max(axis=(1, 2), keepdims=True)
    table = pd.DataFrame(
        {
            "source": names,
            "object": list(numbers),
            "row": nowhere,
            "column": nowhere,
            "area_px": (images > HALF_HEIGHT * highest).sum(axis=(1, 2)),
            "diameter_nm": nowhere,
            "on_border": False,
            "outline": [None] * n,
        }
    )
    return Cut(images, nowhere, table, [], notes)


def _join(cuts: list[Cut]) -> Cut:
    import pandas as pd

    return Cut(
        np.concatenate([each.images for each in cuts]),
        np.concatenate([each.orientation_rad for each in cuts]),
        pd.concat([each.table for each in cuts], ignore_index=True),
        [scene for each in cuts for scene in each.scenes],
        [note for each in cuts for note in each.notes],
    )
