"""Classify the objects of micrographs, source by source; what is done is not done again."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from datagen.errors import InputError
from ssrvae.library.library_folder import Entry, LibraryFolder, Scenery, source_key
from ssrvae.library.messages import progress, report_problem
from ssrvae.library.model_folder import ModelFolder
from ssrvae.library.objects import Cut, Scene, cut
from ssrvae.library.readings import ObjectReadings, read_objects
from ssrvae.library.settings import Settings, read_settings
from ssrvae.library.sources import Source, find_sources

if TYPE_CHECKING:
    import pandas as pd

    from ssrvae.marginal.estimator import MarginalPoseClassifier

LONGEST_SIDE_PX = 1600
"""Of the picture of a micrograph that a library keeps."""


def classify(
    model_path: Path, paths: Sequence[Path], out: Path, settings_path: Path | None = None, kind: str | None = None
) -> str:
    """Add the objects of micrographs or patches to a library; returns a line on what was done.

    The settings are the model's own unless a file gives others; `kind` ("micrographs" or "patches") is what the model was
    fitted to unless given. A source that cannot be read is told and left out; whatever stops the run, sources that are
    done are kept, and the next run goes on from there. Raises InputError when nothing could be read at all.
    """
    model_folder, library = ModelFolder(model_path), LibraryFolder(out)
    model, class_names, fitted_kind, settings = model_folder.read()
    if settings_path:
        settings = read_settings(settings_path)
    sources, digest = find_sources(paths, kind or fitted_kind), model_folder.digest()
    library.begin(digest, class_names, settings.cutting.side_px)
    keys = {source_key(digest, asdict(settings), vars(source), source.content_hash()): source for source in sources}
    waiting = {key: source for key, source in keys.items() if not library.holds(key)}
    problems: list[str] = []
    try:
        for key, source in progress(waiting.items(), "classify", "file"):
            try:
                library.add(key, _entry(source, model, class_names, settings))
            except InputError as error:
                if len(sources) == 1:
                    raise
                problems.append(report_problem(f"skipped {error}"))
    finally:
        n_objects = library.assemble()
    if not n_objects:
        raise InputError("no file could be read; see the lines above")
    done = len(waiting) - len(problems)
    skipped = f", {len(problems)} skipped" if problems else ""
    return f"{out}: {done} of {len(sources)} sources classified, {len(sources) - len(waiting)} known{skipped}; {n_objects} objects"


def _entry(source: Source, model: "MarginalPoseClassifier", class_names: list[str], settings: Settings) -> Entry:
    found = cut(source, settings)
    notes = [report_problem(note) for note in found.notes]
    try:
        readings = read_objects(model, found.images)
    except InputError as error:
        raise InputError(f"{source.name}: {error}") from error
    patches = np.round(255 * found.images).astype(np.uint8)
    table = _described(found, readings, class_names, settings.cutting.side_px)
    return Entry(source.name, table, patches, [_scenery(scene) for scene in found.scenes], notes)


def _described(found: Cut, readings: ObjectReadings, class_names: list[str], span_px: int) -> "pd.DataFrame":
    """Put what was read beside where it was read; shifts are in px of the micrograph."""
    import pandas as pd

    best = readings.probabilities.argmax(axis=1)
    span = span_px if found.scenes else found.images.shape[-1]
    columns = {
        "class": np.array(class_names)[best],
        "probability": readings.probabilities.max(axis=1),
        "stranger": readings.stranger,
        "log_evidence": readings.log_evidence,
        "angle_deg": np.degrees(readings.angle_rad),
        "shift_x_px": span * readings.shift[:, 0],
        "shift_y_px": span * readings.shift[:, 1],
    }
    columns |= {f"style_{number + 1}": style for number, style in enumerate(readings.style.T)}
    columns |= {f"p_{name}": share for name, share in zip(class_names, readings.probabilities.T, strict=True)}
    where, measures = ["source", "object", "row", "column"], ["area_px", "diameter_nm", "on_border", "outline"]
    return pd.concat([found.table[where], pd.DataFrame(columns), found.table[measures]], axis=1)


def _scenery(scene: Scene) -> Scenery:
    from PIL import Image

    pixels, source, nm_per_pixel, _ = scene.micrograph
    low, high = np.percentile(pixels, [0.5, 99.5])
    grey = np.clip((pixels - low) / max(high - low, 1e-6), 0, 1)
    picture = Image.fromarray(np.round(255 * grey).astype(np.uint8))
    picture.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX))
    return Scenery(source, np.asarray(picture), *pixels.shape, nm_per_pixel)
