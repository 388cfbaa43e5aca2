"""Pictures to check the segmentation by: outlines on their micrograph, and beneath its name and how they were found."""

import textwrap
from pathlib import Path

from PIL import Image

from datagen.micrographs.segmentation import Segmentation, overlay
from ssrvae.library.lettering import with_caption
from ssrvae.library.objects import Scene
from ssrvae.library.pictures import write_png

# Of the caption, which is no wider than the picture.
LETTER_PX, NARROWEST_LINE = 8, 20


def write_overlay(scene: Scene, folder: Path) -> Path:
    """Write the overlay of a micrograph, "name.tif.png" or "name.tif_page2.png"; returns its path."""
    source, n_objects = scene.micrograph.source, int(scene.objects.max())
    path = folder / f"{source.rpartition('/')[2].replace('#', '_page')}.png"
    picture = Image.fromarray(overlay(scene.micrograph.pixels, scene.objects))
    found = f"{source}: {n_objects} object{'s' if n_objects > 1 else ''}"
    lines = textwrap.wrap(found_by(scene.decided), max(picture.width // LETTER_PX, NARROWEST_LINE))
    write_png(with_caption(picture, found, *lines), path)
    return path


def found_by(decided: Segmentation) -> str:
    """Tell in a line by what objects were found."""
    threshold = "Otsu's threshold" if decided.threshold == "otsu" else f"threshold {decided.threshold}"
    background = "none" if decided.background is None else decided.background
    told = [f"{decided.objects}, {threshold}, background {background}, min_area_px {decided.min_area_px}"]
    told += ["cut apart"] if decided.split_touching is True else []
    told += [f"databar of {decided.databar_px} rows left out"] if decided.databar_px else []
    return ", ".join(told)
