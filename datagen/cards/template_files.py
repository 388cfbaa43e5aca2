"""Read the user's own templates: .npy, .npz or a folder of PNG files, checked image by image."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from datagen.errors import InputError
from datagen.npz import read_npz

LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # of red, green and blue (ITU-R BT.601)


def read_template_images(path: Path) -> dict[str, np.ndarray]:
    """Read one image a class, [side, side] float32 in [0, 1]: in file order, a folder's by file name.

    Raises InputError, naming the file and the class, for what cannot be read, and for images that differ in
    size or are not square, finite, in [0, 1] and more than black.
    """
    images = {name: _as_float(image, name, path) for name, image in _read(path).items()}
    for name, image in images.items():
        _check_image(image, f"template {name!r} of {path}")
    sides = {name: len(image) for name, image in images.items()}
    if len(set(sides.values())) > 1:
        listed = ", ".join(f"{name} {side} x {side}" for name, side in sides.items())
        raise InputError(f"templates of {path} differ in size: {listed}; crop or pad them to one square size")
    return images


def template_files(path: Path) -> list[Path]:
    """List the files that templates are read from: the PNG files of a folder, by name, or the one file."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix.lower() == ".png")


def _read(path: Path) -> dict[str, np.ndarray]:
    if path.is_dir():
        return {file.stem: _read_png(file) for file in template_files(path)}
    if path.suffix == ".npz":
        return _named_stack(read_npz(path))
    if path.suffix == ".npy":
        return _numbered(_read_npy(path))
    raise InputError(f"templates.path: {str(path)!r} is not a .npy or .npz file or a folder of PNG files")


def _read_npy(path: Path) -> np.ndarray:
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"templates.path: cannot read {path}: {error}") from error


def _numbered(stack: np.ndarray) -> dict[str, np.ndarray]:
    return {f"class_{number}": image for number, image in enumerate(np.atleast_1d(stack))}


def _named_stack(members: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    if "images" not in members:
        return dict(members)
    images = _numbered(members["images"])
    names = members.get("class_names", np.array(list(images))).astype(str).ravel().tolist()
    return dict(zip(names, images.values(), strict=False))


def _read_png(file: Path) -> np.ndarray:
    """Read a PNG as grey values in [0, 1], its transparent parts black."""
    from matplotlib.image import imread

    try:
        image = imread(file)
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"templates.path: cannot read {file}: {error}") from error
    if image.ndim == 2:
        return image
    alpha = image[:, :, 3] if image.shape[2] == 4 else np.float32(1)
    return np.clip(image[:, :, :3] @ LUMINANCE * alpha, 0, 1)


def _as_float(image: np.ndarray, name: str, path: Path) -> np.ndarray:
    if image.dtype.kind not in "buif":
        raise InputError(f"template {name!r} of {path} is {image.dtype}; expected numbers from 0 to 1, or bytes")
    if image.dtype.kind == "u":
        return image.astype(np.float32) / np.float32(np.iinfo(image.dtype).max)
    return image.astype(np.float32)


def _check_image(image: np.ndarray, what: str) -> None:
    if image.ndim != 2 or image.shape[0] != image.shape[1] or not image.size:
        shape = " x ".join(str(length) for length in image.shape)
        raise InputError(f"{what} has shape {shape}; expected a square grey image, side x side")
    bad = np.count_nonzero(~np.isfinite(image))
    if bad:
        raise InputError(f"{what} has {bad} NaN or infinite pixels; replace them")
    low, high = image.min(), image.max()
    if low < 0 or high > 1:
        raise InputError(f"{what} has values {low:g} to {high:g}; expected 0 (black) to 1 (white)")
    if high == 0:
        raise InputError(f"{what} is all black; draw the object in white on black")
