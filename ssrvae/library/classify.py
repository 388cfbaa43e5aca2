"""Classify the objects of micrographs, source by source; what is done is not done again."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from datagen.errors import InputError
from datagen.micrographs.segmentation import AUTO
from ssrvae.base.files import claim_folder
from ssrvae.library.library_folder import Entry, LibraryFolder, Scenery, source_key
from ssrvae.library.messages import print_notes, progress
from ssrvae.library.model_folder import FittedModel, ModelFolder
from ssrvae.library.object_readings import read_objects
from ssrvae.library.object_table import MEASURED, WHERE
from ssrvae.library.objects import Cut, Scene, cut
from ssrvae.library.pictures import shrunk
from ssrvae.library.settings import Settings, read_settings
from ssrvae.library.sources import MICROGRAPHS, Source, check_apart, find_sources

if TYPE_CHECKING:
    import pandas as pd

    from ssrvae.models.image_readings import ImageReadings

LONGEST_SIDE_PX = 1600
"""Of the picture of a micrograph that a library keeps."""
MOSTLY = 0.5


def classify(
    model_path: Path, paths: Sequence[Path], out: Path, settings_path: Path | None = None, kind: str | None = None
) -> str:
    """Add the objects of micrographs or patches to a library; returns a line on what was done.

    The settings are the model's own unless a file gives others; `kind` ("micrographs" or "patches") is what the model
    was fitted to unless given. A source that cannot be read is told and left out. Whatever stops the run, sources that
    are done are kept, and the next run goes on from there. Raises InputError when nothing could be read at all.
    """
    model_folder, library = ModelFolder(model_path), LibraryFolder(out)
    fitted = model_folder.read()
    settings = _as_fitted(read_settings(settings_path) if settings_path else fitted.settings, fitted)
    sources, digest = find_sources(paths, kind or fitted.kind), model_folder.digest()
    span_px = int(settings.cutting.side_px) if (kind or fitted.kind) == MICROGRAPHS else fitted.estimator.side_px
    check_apart(sources, [library.patches, library.sheets, library.sources])
    claim_folder(out)
    library.begin(digest, fitted.class_names, span_px)
    keys = {_key(source, digest, settings): source for source in sources}
    waiting = {key: source for key, source in keys.items() if not library.holds(key)}
    problems: list[str] = []
    try:
        n_skipped = _add(waiting, library, fitted, settings, span_px, problems)
    finally:
        print_notes(problems)
        n_objects = library.assemble()
    if not n_objects:
        raise InputError("no file could be read; see the lines above")
    told = [f"{len(waiting) - n_skipped} sources classified", f"{len(keys) - len(waiting)} known before"]
    told += [f"{n_skipped} skipped"] if n_skipped else []
    return f"{out}: {', '.join(told)}; {n_objects} objects in all"


def _as_fitted(settings: Settings, fitted: FittedModel) -> Settings:
    """Cut as the model's own objects were cut where that is "auto": one side for all, which no single image tells."""
    cutting, own, side = settings.cutting, fitted.settings.cutting, fitted.estimator.side_px
    if cutting.side_px == AUTO:
        cutting = replace(cutting, side_px=side if own.side_px == AUTO else own.side_px)
    if cutting.out_side_px == AUTO:
        cutting = replace(cutting, out_side_px=side)
    found = settings.segmentation
    if found.split_touching == AUTO:
        found = replace(found, split_touching=fitted.settings.segmentation.split_touching)
    return replace(settings, segmentation=found, cutting=cutting)


def _key(source: Source, model_digest: str, settings: Settings) -> str:
    how = [asdict(settings.segmentation), asdict(settings.cutting)]
    return source_key(model_digest, how, source.kind, source.name, source.content_hash())


def _add(
    waiting: dict[str, Source],
    library: LibraryFolder,
    fitted: FittedModel,
    settings: Settings,
    span_px: int,
    problems: list[str],
) -> int:
    """Add sources to the library; returns how many were skipped, and adds to `problems` what was left out or changed.

    Raises InputError when the only source cannot be read.
    """
    n_skipped = 0
    for key, source in progress(waiting.items(), "classify", "file"):
        try:
            library.check_name(source.name, source.path)
            entry = _entry(source, fitted, settings, span_px)
            problems += entry.notes
            library.add(key, entry)
        except InputError as error:
            if len(waiting) == 1:
                raise
            problems.append(f"skipped {error}")
            n_skipped += 1
    return n_skipped


def _entry(source: Source, fitted: FittedModel, settings: Settings, span_px: int) -> Entry:
    found = cut(source, settings)
    try:
        readings = read_objects(fitted.estimator, found.images)
    except InputError as error:
        raise InputError(f"{source.name}: {error}") from error
    patches = np.round(255 * found.images).astype(np.uint8)
    table = _described(found, readings, fitted.class_names, span_px)
    notes = found.notes + _strange(table)
    return Entry(source.name, source.path, table, patches, [_scenery(scene) for scene in found.scenes], notes)


def _strange(table: "pd.DataFrame") -> list[str]:
    """Tell of micrographs whose objects are strangers for the most part."""
    shares = table.groupby("source", sort=False)["stranger"].mean()
    told = "most objects fit no class; is it empty, of other objects, or of another magnification?"
    return [f"{source}: {told}" for source in shares[shares > MOSTLY].index]


def _described(found: Cut, readings: "ImageReadings", class_names: list[str], span_px: int) -> "pd.DataFrame":
    """Put what was read beside where it was read; a patch spans `span_px` of the micrograph."""
    import pandas as pd

    best = readings.probabilities.argmax(axis=1)
    columns = {
        "class": np.array(class_names)[best],
        "probability": readings.probabilities.max(axis=1),
        "stranger": readings.stranger,
        "familiarity": readings.familiarity,
        "angle_deg": np.degrees(readings.angle_rad),
        "shift_x_px": span_px * readings.shift[:, 0],
        "shift_y_px": span_px * readings.shift[:, 1],
    }
    columns |= {f"style_{number + 1}": style for number, style in enumerate(readings.style.T)}
    columns |= {f"p_{name}": share for name, share in zip(class_names, readings.probabilities.T, strict=True)}
    return pd.concat([found.table[list(WHERE)], pd.DataFrame(columns), found.table[list(MEASURED)]], axis=1)


def _scenery(scene: Scene) -> Scenery:
    pixels, source, nm_per_pixel, _ = scene.micrograph
    height, width = pixels.shape
    low, high = np.percentile(pixels, [0.5, 99.5])
    grey = np.clip((pixels - low) / max(high - low, 1e-6), 0, 1)
    picture = shrunk(np.round(255 * grey).astype(np.uint8), LONGEST_SIDE_PX / max(height, width))
    return Scenery(source, picture, height, width, nm_per_pixel)
