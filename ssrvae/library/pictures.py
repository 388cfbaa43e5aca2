"""Pictures on disk and in a page."""

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

from ssrvae.base.files import write_whole

FASTER_METHOD = 4
"""WebP's effort, 0 to 6."""


def write_png(picture: Image.Image, path: Path) -> None:
    """Write a picture without loss."""
    write_whole(path, lambda part: picture.save(part, "PNG"))


def write_webp(picture: np.ndarray, path: Path, quality: int) -> None:
    """Write a grey picture, uint8 [height, width]."""
    write_whole(path, lambda part: part.write_bytes(_webp(picture, quality)))


def webp_uri(picture: np.ndarray, quality: int) -> str:
    """Write a grey picture, uint8 [height, width], as a data URI."""
    return f"data:image/webp;base64,{base64.b64encode(_webp(picture, quality)).decode()}"


def shrunk(picture: np.ndarray, factor: float) -> np.ndarray:
    """Make a grey picture, uint8 [height, width], smaller by a factor below 1; it stays as it is for 1 or more."""
    if factor >= 1:
        return picture
    height, width = picture.shape
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))


def _webp(picture: np.ndarray, quality: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "WEBP", quality=quality, method=FASTER_METHOD)
    return buffer.getvalue()
