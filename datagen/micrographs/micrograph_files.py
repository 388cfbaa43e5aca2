"""Read micrographs: PNG, JPEG and TIFF of 8 or 16 bits or floats, one page or many, as grey values in [0, 1]."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from datagen.errors import InputError
from datagen.micrographs.micrograph_scale import image_scale, tiff_scale

if TYPE_CHECKING:
    from PIL.Image import Image
    from tifffile import TiffFile

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif")
TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # of red, green and blue (ITU-R BT.601)
# What Pillow, tifffile and NumPy raise for a file that is damaged.
DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)


class Micrograph(NamedTuple):
    """A grey image.

    pixels [height, width] float32 in [0, 1]; source: "folder/name.tif", or "name.tif#2" for page 2 of a file;
    nm_per_pixel, None where the file does not tell; note: what was changed in reading, "" for nothing.
    """

    pixels: np.ndarray
    source: str
    nm_per_pixel: float | None
    note: str


class _Page(NamedTuple):
    """Values as they stand in a file, [height, width] or [height, width, channels]."""

    values: np.ndarray
    nm_per_pixel: float | None


def read_micrographs(path: str | Path) -> list[Micrograph]:
    """Read every page of a file, or of every image in a folder, in the order of names.

    Whole numbers are divided by the highest that their type holds; floats in [0, 1] stay, others are stretched
    from their lowest to their highest value; colours become luminance. `note` tells of the latter two. Raises
    InputError, naming the file, for what is missing, no image, truncated, or all one value.
    """
    found = []
    for file, name in _files(Path(path)):
        for page in _read_file(file, name):
            if isinstance(page, InputError):
                raise page
            found.append(page)
    return found


def read_pages(file: Path) -> list[Micrograph | InputError]:
    """Read every page of a file; in the place of one that cannot be used stands the error that tells why.

    Raises InputError when the file itself cannot be read.
    """
    return _read_file(file, file.name)


def _files(path: Path) -> list[tuple[Path, str]]:
    if not path.is_dir():
        return [(path, path.name)]
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
    if not files:
        raise InputError(f"{path}: has no image; a folder of micrographs holds {', '.join(SUFFIXES)} files")
    return [(file, f"{path.name}/{file.name}") for file in files]


def _read_file(file: Path, name: str) -> list[Micrograph | InputError]:
    pages = _pages(file)
    sources = [name] if len(pages) == 1 else [f"{name}#{number}" for number in range(1, len(pages) + 1)]
    return [_usable(page, source, file) for page, source in zip(pages, sources, strict=True)]


def _usable(page: _Page, source: str, file: Path) -> Micrograph | InputError:
    try:
        return _micrograph(page, source, file)
    except InputError as error:
        return error


def _pages(file: Path) -> list[_Page]:
    try:
        with file.open("rb") as opened:
            magic = opened.read(4)
    except FileNotFoundError as error:
        where = f"{file}: is a link to a file that is not there" if file.is_symlink() else f"there is no file {file}"
        raise InputError(where) from error
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror or error})") from error
    pages = list(_tiff_pages(file) if magic in TIFF_MAGIC else _image_pages(file, None))
    if not pages:
        raise InputError(f"{file}: holds no image; it may be truncated, copy it again")
    return pages


def _tiff_pages(file: Path) -> Iterator[_Page]:
    from tifffile import TiffFile

    try:
        with TiffFile(file) as tiff:
            scale = tiff_scale(tiff)
            if any(_needs_codec(page) for page in tiff.pages):
                yield from _image_pages(file, scale)
                return
            yield from _series_pages(tiff, scale)
    except InputError:
        raise
    except DAMAGE as error:
        raise _damaged(file, error) from error
    except Exception as error:  # tifffile's own error derives from Exception alone
        raise _damaged(file, error) from error


def _needs_codec(page: object) -> bool:
    """Tell of compressions that tifffile leaves to imagecodecs (LZW, JPEG, ...), which Pillow reads."""
    return getattr(page, "compression", 1) not in (1, 8, 32946)  # none, deflate, old deflate


def _series_pages(tiff: "TiffFile", scale: float | None) -> Iterator[_Page]:
    for series in tiff.series:
        if series.keyframe.is_reduced:
            continue
        values = series.asarray()
        in_colour = series.axes.endswith("S")
        plane = values.shape[-3:] if in_colour else values.shape[-2:]
        for page in values.reshape(-1, *plane):
            yield _Page(page, scale)


def _image_pages(file: Path, scale: float | None) -> Iterator[_Page]:
    from PIL import Image, ImageSequence, UnidentifiedImageError

    try:
        with Image.open(file) as image:
            for page in ImageSequence.Iterator(image):
                yield _Page(_values(page), scale or image_scale(page))
    except UnidentifiedImageError as error:
        raise InputError(f"{file}: is not an image; expected {', '.join(SUFFIXES)}") from error
    except Image.DecompressionBombError as error:
        raise InputError(f"{file}: is too large ({error}); cut it into smaller micrographs") from error
    except DAMAGE as error:
        raise _damaged(file, error) from error


def _values(page: "Image") -> np.ndarray:
    """Give an image's values; palettes become colours, bits bytes, and transparency is left out."""
    if page.mode == "1":
        page = page.convert("L")
    elif page.mode in ("LA", "La"):
        page = page.getchannel(0)
    elif page.mode not in ("L", "I", "F") and not page.mode.startswith("I;16"):
        page = page.convert("RGB")
    return np.array(page)


def _damaged(file: Path, error: Exception) -> InputError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return InputError(f"{file}: is truncated or damaged ({reason[:120]}); copy it again or save it anew")


def _micrograph(page: _Page, source: str, file: Path) -> Micrograph:
    where = str(file) if "#" not in source else f"{file}, page {source.rpartition('#')[2]}"
    grey, colour_note = _grey(_finite(page.values, where), where)
    pixels, stretch_note = _unit_range(grey)
    if pixels.min() == pixels.max():
        raise InputError(f"{where}: all pixels have one value, {grey.flat[0]:g}; there is nothing to see")
    notes = [note for note in (colour_note, stretch_note) if note]
    return Micrograph(pixels, source, page.nm_per_pixel, "; ".join(notes))


def _finite(values: np.ndarray, where: str) -> np.ndarray:
    if values.dtype.kind not in "buif" or 0 in values.shape:
        raise InputError(f"{where}: holds {values.dtype} of shape {values.shape}; expected grey values")
    bad = np.count_nonzero(~np.isfinite(values))
    if bad:
        raise InputError(f"{where}: has {bad} NaN or infinite pixels; replace them")
    return values


def _grey(values: np.ndarray, where: str) -> tuple[np.ndarray, str]:
    if values.ndim == 2:
        return values, ""
    if values.shape[2] < 3:
        return values[:, :, 0], "transparency left out" if values.shape[2] == 2 else ""
    colours = values[:, :, :3]
    if (colours == colours[:, :, :1]).all():
        return colours[:, :, 0], "RGB of equal channels read as grey"
    grey = colours.astype(np.float32) @ LUMINANCE
    if values.dtype.kind == "u":
        grey = np.clip(grey / np.float32(np.iinfo(values.dtype).max), 0, 1)
    return grey, "RGB converted to grey"


def _unit_range(grey: np.ndarray) -> tuple[np.ndarray, str]:
    if grey.dtype.kind in "bu":
        top = 1 if grey.dtype.kind == "b" else np.iinfo(grey.dtype).max
        return (grey / np.float64(top)).astype(np.float32), ""
    low, high = float(grey.min()), float(grey.max())
    if (low >= 0 and high <= 1 and grey.dtype.kind == "f") or low == high:
        return grey.astype(np.float32), ""
    stretched = (grey.astype(np.float64) - low) / (high - low)
    return stretched.astype(np.float32), f"grey values {low:g} to {high:g} stretched to 0 to 1"
