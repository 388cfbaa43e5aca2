"""Templates: the one upright image of each class, from a font's glyphs or from the user's own files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datagen.errors import InputError
from datagen.glyphs import CANVAS_PX, SIZE_PX, draw_glyphs
from datagen.values import is_whole, require

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

    source: {font, glyphs: {class: text}, size_px: 30}, glyphs about size_px tall on a 64 px canvas; or a
    path, or {path, side_px, class_names}, of a .npy [classes, side, side], a .npz with one [side, side] array
    a class, or a folder with one PNG a class. Files are resampled to side_px, by default image_size: a
    template shows what an image shows upright and at scale 1. Raises InputError for an unknown key, font,
    glyph or file, for fewer than two classes, and for images that differ in size or are not square, finite,
    in [0, 1] and more than black.
    """
    if source is None:
        source = {}
    if isinstance(source, (str, Path)):
        source = {"path": source}
    if not isinstance(source, Mapping):
        raise InputError(
            f"templates: {source!r} is neither a path nor a mapping of {', '.join(GLYPH_KEYS + FILE_KEYS)}"
        )
    _check_keys(source, FILE_KEYS if "path" in source else GLYPH_KEYS)
    return _file_templates(source, image_size) if "path" in source else _glyph_templates(source)


def _glyph_templates(source: Mapping) -> Templates:
    glyphs = source.get("glyphs", CARD_GLYPHS)
    if not isinstance(glyphs, Mapping):
        raise InputError(f"templates.glyphs: {glyphs!r} is not a mapping of class names to characters")
    names = _checked_names(glyphs, "templates.glyphs")
    images = draw_glyphs(source.get("font", CARD_FONT), glyphs, source.get("size_px", SIZE_PX), CANVAS_PX)
    return Templates(images, names)


def _file_templates(source: Mapping, image_size: int) -> Templates:
    path = Path(source["path"])
    images = _read_images(path)
    names = _checked_names(source.get("class_names", images), f"templates.class_names of {path}")
    if len(names) != len(images):
        raise InputError(
            f"templates.class_names: {len(names)} names for the {len(images)} templates of {path}"
        )
    _check_images(images, path)
    side_px = source.get("side_px", image_size)
    require(is_whole(side_px) and side_px >= 2, "templates.side_px", side_px, "a whole number >= 2")
    return Templates(_resample(np.stack(list(images.values())), side_px), names)


def _read_images(path: Path) -> dict[str, np.ndarray]:
    """Read the image of each class, in file order for .npy and .npz, by file name for a folder."""
    try:
        if path.is_dir():
            return {file.stem: _read_png(file) for file in sorted(path.glob("*.png"))}
        if path.suffix == ".npy":
            stack = np.load(path, allow_pickle=False)
            return {f"class_{number}": _as_float(image) for number, image in enumerate(stack)}
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as members:
                return {name: _as_float(members[name]) for name in members.files}
    except (OSError, ValueError, EOFError, TypeError, SyntaxError) as error:
        raise InputError(f"templates.path: cannot read {path}: {error}") from error
    raise InputError(f"templates.path: {str(path)!r} is not a .npy or .npz file or a folder of PNG files")


def _read_png(file: Path) -> np.ndarray:
    """Read a PNG as grey values in [0, 1], its transparent parts black."""
    from matplotlib.image import imread

    image = imread(file)
    if image.ndim == 2:
        return image
    alpha = image[:, :, 3] if image.shape[2] == 4 else np.float32(1)
    return image[:, :, :3] @ np.array([0.299, 0.587, 0.114], dtype=np.float32) * alpha


def _as_float(image: np.ndarray) -> np.ndarray:
    if image.dtype.kind == "u":
        return image.astype(np.float32) / np.iinfo(image.dtype).max
    return image.astype(np.float32)


def _check_images(images: Mapping[str, np.ndarray], path: Path) -> None:
    for name, image in images.items():
        _check_image(image, f"template {name!r} of {path}")
    shapes = {name: image.shape for name, image in images.items()}
    if len(set(shapes.values())) > 1:
        listed = ", ".join(f"{name} {height} x {width}" for name, (height, width) in shapes.items())
        raise InputError(f"templates of {path} differ in size: {listed}; crop or pad them to one square size")


def _check_image(image: np.ndarray, what: str) -> None:
    if image.ndim != 2 or image.shape[0] != image.shape[1]:
        shape = " x ".join(str(length) for length in image.shape)
        raise InputError(f"{what} has shape {shape}; expected a square grey image, side x side")
    if not np.isfinite(image).all():
        raise InputError(
            f"{what} has {np.count_nonzero(~np.isfinite(image))} NaN or infinite pixels; replace them"
        )
    if image.min() < 0 or image.max() > 1:
        raise InputError(
            f"{what} has values {image.min():g} to {image.max():g}; expected 0 (black) to 1 (white)"
        )
    if image.max() == 0:
        raise InputError(f"{what} is all black; draw the object in white on black")


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
    resized = torch.nn.functional.interpolate(
        torch.from_numpy(images)[:, None],
        (side_px, side_px),
        mode="bilinear",
        antialias=True,
        align_corners=False,
    )
    return resized[:, 0].clamp(0, 1).numpy()
