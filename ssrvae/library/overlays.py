"""Pictures to check the segmentation by: the objects' outlines on their micrograph, which is named beneath."""

from pathlib import Path

from PIL import Image

from datagen.micrographs.segmentation import overlay
from ssrvae.library.lettering import with_caption
from ssrvae.library.objects import Scene
from ssrvae.library.pictures import write_png


def write_overlay(scene: Scene, folder: Path) -> Path:
    """Write the overlay of a micrograph, "name.tif.png" or "name.tif_page2.png"; returns its path."""
    source, n_objects = scene.micrograph.source, int(scene.objects.max())
    path = folder / f"{source.rpartition('/')[2].replace('#', '_page')}.png"
    picture = Image.fromarray(overlay(scene.micrograph.pixels, scene.objects))
    write_png(with_caption(picture, f"{source}: {n_objects} object{'s' if n_objects > 1 else ''}"), path)
    return path
