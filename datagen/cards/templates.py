"""Templates: the one upright image of each class, from a font's glyphs or from the user's own files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datagen.cards.glyphs import draw_glyphs
from datagen.cards.template_files import read_template_images
from datagen.errors import InputError
from datagen.values import require_side

CARD_FONT = "DejaVu Sans"
CARD_GLYPHS = {"clubs": "\u2663", "spades": "\u2660", "hearts": "\u2665", "diamonds": "\u2666"}
GLYPH_KEYS = ("font", "glyphs", "size_px")
FILE_KEYS = ("path", "side_px", "class_names")


@dataclass(frozen=True)
class Templates:
    """One upright image a class, white on black: images [classes, side, side] float32 in [0, 1]."""

    images: np.ndarray
    class_names: tuple[str, ...]


def load_templates(source: Mapping | str | Path | None = None, image_size: int = 48) -> Templates:
    """Draw a font's glyphs, or read the user's templates; None gives the four card suits.

    source: {font, glyphs: {class: text}, size_px}, size_px by default 30 for images of 48 and in proportion
    for others; or the path, or {path, side_px, class_names}, of a .npy [classes, side, side], a .npz (one
    [side, side] array a class, or images and class_names) or a folder with one PNG a class. Files are
    resampled to side_px, by default image_size: a template shows what an image shows upright at scale 1.
    Raises InputError for an unknown key, font, glyph or file, for fewer than two classes, and for images that
    differ in size or are not square, finite, in [0, 1] and more than black.
    """
    keys = _source_keys(source)
    _check_keys(keys, FILE_KEYS if "path" in keys else GLYPH_KEYS)
    return _file_templates(keys, image_size) if "path" in keys else _glyph_templates(keys, image_size)


def _source_keys(source: object) -> Mapping:
    if isinstance(source, Mapping):
        return source
    if isinstance(source, (str, Path)):
        return {"path": source}
    if source is None:
        return {}
    keys = ", ".join(GLYPH_KEYS + FILE_KEYS)
    raise InputError(f"templates: {source!r} is neither a path nor a mapping with keys of {keys}")


def _glyph_templates(source: Mapping, image_size: int) -> Templates:
    glyphs = source.get("glyphs", CARD_GLYPHS)
    if not isinstance(glyphs, Mapping):
        raise InputError(f"templates.glyphs: {glyphs!r} is not a mapping of class names to characters")
    names = _checked_names(glyphs, "templates.glyphs")
    # The paper's proportions: a canvas of 64 px and suits of 30 px for images of 48 px. The canvas has the
    # parity of the image, so that an upright suit is cropped, not resampled.
    canvas_px = image_size + 2 * -(-image_size // 6)
    size_px = source.get("size_px", 30 * image_size / 48)
    return Templates(draw_glyphs(source.get("font", CARD_FONT), glyphs, size_px, canvas_px), names)


def _file_templates(source: Mapping, image_size: int) -> Templates:
    path = Path(source["path"])
    images = read_template_images(path)
    names = _checked_names(source.get("class_names", list(images)), f"templates of {path}")
    if len(names) != len(images):
        raise InputError(f"templates.class_names: {len(names)} names for the {len(images)} templates of {path}")
    side_px = source.get("side_px", image_size)
    require_side("templates.side_px", side_px, 2)
    return Templates(_resample(np.stack(list(images.values())), side_px), names)


def _checked_names(names: Iterable, what: str) -> tuple[str, ...]:
    listed = tuple(names)
    if len(listed) < 2:
        raise InputError(f"{what}: {len(listed)} found, at least 2 classes are needed")
    if len(set(listed)) < len(listed) or not all(isinstance(name, str) and name for name in listed):
        raise InputError(f"{what}: {list(listed)!r} are not distinct class names")
    return listed


def _check_keys(source: Mapping, allowed: tuple[str, ...]) -> None:
    for key in source:
        if key not in allowed:
            raise InputError(f"templates: unknown key {key!r}; allowed are {', '.join(allowed)}")


def _resample(images: np.ndarray, side_px: int) -> np.ndarray:
    """Resize [classes, side, side] bilinearly, smoothed first where it shrinks."""
    import torch

    if images.shape[-1] == side_px:
        return images
    source = torch.from_numpy(images)[:, None]
    size = (side_px, side_px)
    resized = torch.nn.functional.interpolate(source, size, mode="bilinear", antialias=True, align_corners=False)
    return resized[:, 0].clamp(0, 1).numpy()
